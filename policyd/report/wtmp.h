/*
 * Logins as wtmp has them, held against those of the log. What a program writes into wtmp
 * without asking PAM is in no record.
 */
#ifndef SEKISHO_REPORT_WTMP_H
#define SEKISHO_REPORT_WTMP_H

#include "report/gather.h"
#include <stdbool.h>
#include <stdint.h>

enum { WTMP_ROWS_MAX = 200 };

struct wtmp {
	bool read;
	uint64_t count, unknown; /* of the period, as far as the log goes back */
	struct {
		int64_t wall_ms;
		char user[33], line[33], host[65];
	} row[WTMP_ROWS_MAX]; /* the first ones that are unknown */
};

/* The file at path, an absolute one, which belongs to owner or root and which others may not write. A
 * missing one is not read, nor one that is not to be trusted: then SKS_UNTRUSTED and in why[] a sentence
 * for the operator. Of a very large one only the newest lines count. g is finished. */
int wtmp_compare(struct wtmp *w, const char *path, uint32_t owner, const struct gather *g,
    char *why, size_t why_size);

#endif
