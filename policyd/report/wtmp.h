/*
 * Logins as wtmp has them, held against those of the log. What a program writes into wtmp
 * without asking PAM is in no record.
 */
#ifndef SEKISHO_REPORT_WTMP_H
#define SEKISHO_REPORT_WTMP_H

#include "report/gather.h"
#include "report/hostlogs.h"
#include <stdbool.h>
#include <stdint.h>
#include <utmp.h>

enum { WTMP_ROWS_MAX = 200, WTMP_LINES_MAX = 1 << 20 /* 384 MB, the newest */ };

struct wtmp {
	bool read;
	uint64_t count, unknown; /* of the period, as far as the log goes back */
	struct {
		int64_t wall_ms;
		char user[33], line[33], host[65];
	} row[WTMP_ROWS_MAX]; /* the first ones that are unknown */
	struct hostlog_reader reader;
};

/* Begins; nothing is read of a log that is not open. */
void wtmp_begin(struct wtmp *w, const struct hostlog *log);
/* Reads about so many bytes more. 1: go on, 0: that was all. g is finished. */
int wtmp_step(struct wtmp *w, size_t bytes, const struct gather *g);

#endif
