/*
 * Is a store's file whole? Looked at before it takes anybody's place: SQLite's own check of all
 * pages, our schema and nothing beside it, records without a gap, each body fitting its header,
 * and every kept head fitting the tree over the headers.
 */
#ifndef SEKISHO_BACKUP_IMAGE_H
#define SEKISHO_BACKUP_IMAGE_H

#include "store/store.h"
#include <stdbool.h>
#include <stdint.h>

struct image_report {
	uint64_t records, deleted; /* deleted: bodies that are gone */
	uint64_t chains, heads;    /* heads: signed ones that fit */
	int64_t first_wall_ms, last_wall_ms;
	struct store_chain chain; /* the newest; id 0: none */
	uint64_t users;
	char why[320]; /* what is wrong, one sentence in English */
};

/*
 * path: the file. alone: nobody else has it open and it has no log beside it (a copy); it is
 * then not written to at all. 0, SKS_CORRUPT, SKS_INVALID (another schema), SKS_IO.
 */
int image_verify(const char *path, bool alone, struct image_report *out);

#endif
