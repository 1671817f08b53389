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

/* The file at path; a missing one is not read. g is finished. */
void wtmp_compare(struct wtmp *w, const char *path, const struct gather *g);

#endif
