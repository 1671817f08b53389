/*
 * Writing a filter (filter.h) from keys that come in order: the index in front, the buckets behind
 * it, and the header last, without which the file is none.
 */
#ifndef SEKISHO_PASSWORD_FILTER_WRITE_H
#define SEKISHO_PASSWORD_FILTER_WRITE_H

#include "password/filter_build.h"
#include <stddef.h>

struct filter_writer;

/* Into an empty file, which stays the caller's. 0; SKS_NOMEM or what writing it came to: free *out
 * then too. */
int filter_write_begin(int fd, uint64_t entries, struct filter_writer **out);
/* In ascending order. SKS_INVALID when the keys are not spread as hashes are; SKS_FULL, SKS_IO. */
int filter_write_key(struct filter_writer *w, uint64_t key);
/* The rest, and the header: of result what goes in is read, and bytes set. It is on the disk then. */
int filter_write_end(struct filter_writer *w, struct filter_result *result);
void filter_write_free(struct filter_writer **w);

/* All of it, at that place. SKS_FULL, SKS_READONLY, SKS_NOT_FOUND, SKS_IO. */
int filter_write_at(int fd, const void *data, size_t len, uint64_t offset);
/* What errno comes to after a write. */
int filter_write_error(void);

#endif
