/*
 * What auditors do with the log: records that were opened and marked, periods that were signed
 * off, and findings with their owners. All inside a turn.
 */
#ifndef SEKISHO_STORE_AUDIT_REVIEW_H
#define SEKISHO_STORE_AUDIT_REVIEW_H

#include "store/store.h"

#define AUDIT_REVIEW_SQL                                                                       \
	"CREATE TABLE IF NOT EXISTS audit_seen (record INTEGER PRIMARY KEY,"                   \
	" by TEXT NOT NULL, wall INTEGER NOT NULL, mark TEXT NOT NULL DEFAULT '',"             \
	" comment TEXT NOT NULL DEFAULT '') STRICT;"                                           \
	"CREATE TABLE IF NOT EXISTS audit_periods (number INTEGER PRIMARY KEY,"                \
	" first INTEGER NOT NULL, last INTEGER NOT NULL, until_wall INTEGER NOT NULL,"         \
	" by TEXT NOT NULL, person TEXT NOT NULL, wall INTEGER NOT NULL,"                      \
	" risky INTEGER NOT NULL, opened INTEGER NOT NULL, head TEXT NOT NULL,"                \
	" comment TEXT NOT NULL) STRICT;"                                                      \
	"CREATE TABLE IF NOT EXISTS audit_findings (number INTEGER PRIMARY KEY,"               \
	" record INTEGER NOT NULL, what TEXT NOT NULL, owner TEXT NOT NULL,"                   \
	" due_wall INTEGER NOT NULL, grave INTEGER NOT NULL, by TEXT NOT NULL,"                \
	" wall INTEGER NOT NULL, chased_wall INTEGER NOT NULL DEFAULT 0,"                      \
	" closed_by TEXT NOT NULL DEFAULT '', closed_why TEXT NOT NULL DEFAULT '',"            \
	" closed_wall INTEGER NOT NULL DEFAULT 0) STRICT;"

/* ---- records ----------------------------------------------------------------------------- */

enum { REVIEW_MARK_SIZE = 16, REVIEW_COMMENT_SIZE = 256 };

/* A record as a review lists it. */
struct store_risky {
	uint64_t seq;
	uint16_t action;
	uint8_t outcome;
	char user[NAME_SIZE], source[SOURCE_SIZE], reason[64];
	int64_t wall_ms;
	bool deleted;          /* its body is gone */
	char by[NAME_SIZE];    /* who opened it; "": nobody */
	char mark[REVIEW_MARK_SIZE], comment[REVIEW_COMMENT_SIZE];
	/* why it is listed; these are the caller's */
	uint8_t risk;         /* enum risk */
	uint32_t count;       /* of so many records, */
	uint64_t first;       /* from that one on */
	char actor[NAME_SIZE];
};

/* SKS_NOT_FOUND. */
int store_risky_get(struct store *s, uint64_t seq, struct store_risky *out);

/* The first one to open it stays known. */
int store_seen_open(struct store *s, uint64_t record, const char *by);
/* SKS_NOT_FOUND when nobody opened it. */
int store_seen_mark(struct store *s, uint64_t record, const char *mark, const char *comment);
int store_seen(struct store *s, uint64_t record, bool *opened);
/* The number of the last record of before that time; 0: there is none. By halving: the numbers
 * follow the clock, but for what it was set back. */
int store_last_before(struct store *s, int64_t wall_ms, uint64_t *seq);

/* ---- periods ----------------------------------------------------------------------------- */

struct store_period {
	uint64_t number, first, last;
	int64_t until_wall_ms; /* of the last record, as the calendar has it */
	char by[NAME_SIZE], person[NAME_SIZE];
	int64_t wall_ms; /* when it was signed off */
	uint64_t risky, opened;
	char head[96]; /* "SIZE ROOT" */
	char comment[REVIEW_COMMENT_SIZE];
};

/* Assigns number. */
int store_period_add(struct store *s, struct store_period *p);
/* The newest one. SKS_NOT_FOUND. */
int store_period_last(struct store *s, struct store_period *out);
/* Newest first. */
int store_period_list(struct store *s, struct store_period *out, size_t max, size_t *count);
/* How often this person asked for, had or approved a role between the two times. */
int store_power_of(struct store *s, const char *person, int64_t from_wall_ms, int64_t until_wall_ms,
    uint64_t *times);

/* ---- findings ---------------------------------------------------------------------------- */

enum { FINDINGS_MAX = 512 /* open */ };

struct store_finding {
	uint64_t number, record; /* record 0: of no single one */
	char what[REVIEW_COMMENT_SIZE], owner[NAME_SIZE];
	int64_t due_wall_ms;
	bool grave;
	char by[NAME_SIZE];
	int64_t wall_ms, chased_wall_ms;
	char closed_by[NAME_SIZE], closed_why[REVIEW_COMMENT_SIZE];
	int64_t closed_wall_ms; /* 0: open */
};

/* Assigns number. SKS_FULL beyond FINDINGS_MAX. */
int store_finding_add(struct store *s, struct store_finding *f);
int store_finding_get(struct store *s, uint64_t number, struct store_finding *out); /* NOT_FOUND */
int store_finding_close(struct store *s, uint64_t number, const char *by, const char *why);
int store_finding_chased(struct store *s, uint64_t number);
/* Open ones by their date, then, with "all", closed ones. */
int store_finding_list(
    struct store *s, bool all, struct store_finding *out, size_t max, size_t *count);

#endif
