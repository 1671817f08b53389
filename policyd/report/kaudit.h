/*
 * The kernel's audit, held against the log: who was root in a login session (auid and ses, which the
 * kernel keeps and a program cannot change back) although no record of sudo, su or a login as root in
 * that session is there. What the kernel was not told to write shows nowhere.
 */
#ifndef SEKISHO_REPORT_KAUDIT_H
#define SEKISHO_REPORT_KAUDIT_H

#include "report/gather.h"
#include "report/hostlogs.h"
#include "report/kaudit_line.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	KAUDIT_ROWS_MAX = 200,
	KAUDIT_BYTES_MAX = 256 << 20, /* of all files, the newest */
	KAUDIT_RECENT = 1 << 14,      /* login sessions whose begin is remembered; a power of two */
	KAUDIT_OWN_MAX = 12,
};

enum kaudit_state {
	KAUDIT_NOT_READ, /* nobody could open it */
	KAUDIT_ABSENT,
	KAUDIT_REFUSED, /* it is there, but not to be trusted or not to be read */
	KAUDIT_READ,
};

enum kaudit_reason {
	KAUDIT_NO_LOGIN, /* the session began in the period and no record has it */
	KAUDIT_NO_USE,   /* its login is recorded, no use of privilege in it before */
	KAUDIT_BEFORE,   /* it began before the period, or before the log or the files */
};

/* One login session that was root unexplained. */
struct kaudit_row {
	uint32_t auid, ses;
	enum kaudit_reason reason;
	enum kaudit_kind kind; /* of its first line */
	int64_t begin_ms;      /* of the session; 0: not known */
	int64_t first_ms, last_ms;
	uint64_t count;
	char what[KAUDIT_WHAT_SIZE]; /* of its first line */
	char name[33];               /* the caller's to fill; "" */
};

/* How a session began, and the programs that the login itself starts as root in the first moments. */
struct kaudit_begin {
	uint32_t auid, ses, own[KAUDIT_OWN_MAX];
	unsigned own_count;
	int64_t wall_ms; /* 0: none here */
};

struct kaudit {
	enum kaudit_state state;
	char why[256];    /* KAUDIT_REFUSED: one sentence */
	bool cut;         /* older lines were left unread */
	int64_t first_ms; /* the oldest line that was read */
	/* lines that were read, that are none of auditd's, that show root's power in the period, of
	 * them starts of programs, and those that nothing explains */
	uint64_t lines, odd, shows, execs, unexplained;
	struct kaudit_row row[KAUDIT_ROWS_MAX];
	size_t rows;
	uint64_t beyond; /* unexplained lines that found no row */
	struct kaudit_begin *begin; /* KAUDIT_RECENT, only while files are read */
	struct kaudit_lines *lines_of; /* the same: where in them */
};

/* Begins with the log's state: when it is open kaudit_step() has something to do. 0 or SKS_NOMEM;
 * kaudit_end() in any case. */
int kaudit_begin(struct kaudit *k, const struct hostlog *log);
/* Reads about so many bytes more. 1: go on, 0: that was all. g is finished. */
int kaudit_step(struct kaudit *k, size_t bytes, const struct gather *g);
void kaudit_end(struct kaudit *k);

/* A part of it: one line (without its newline). k->begin is the caller's. */
void kaudit_take(struct kaudit *k, const char *line, size_t len, const struct gather *g);

#endif
