/*
 * The register of exceptions (PRIV-8): E-3 is entry 3. Those that somebody asked for, and those
 * that the daemon enters by itself because something is weaker than its rules. All inside a turn.
 */
#ifndef SEKISHO_STORE_EXCEPTIONS_H
#define SEKISHO_STORE_EXCEPTIONS_H

#include "store/keep.h"

#define EXCEPTIONS_SQL                                                                         \
	"CREATE TABLE IF NOT EXISTS exceptions (number INTEGER PRIMARY KEY,"                   \
	" kind TEXT NOT NULL, origin TEXT NOT NULL, state INTEGER NOT NULL,"                   \
	" judged INTEGER NOT NULL, emergency INTEGER NOT NULL, rule TEXT NOT NULL,"            \
	" key TEXT NOT NULL, subject TEXT NOT NULL, service TEXT NOT NULL,"                    \
	" source TEXT NOT NULL, duration INTEGER NOT NULL, at_in INTEGER, at_wall INTEGER,"    \
	" at_boot INTEGER, end_wall INTEGER NOT NULL, waived INTEGER NOT NULL,"                \
	" report_due INTEGER NOT NULL, chased INTEGER NOT NULL, ended_by TEXT NOT NULL,"       \
	" ended_why TEXT NOT NULL, ended_wall INTEGER NOT NULL, paper TEXT NOT NULL) STRICT;"  \
	"CREATE INDEX IF NOT EXISTS exceptions_live ON exceptions (number) WHERE state < 2;"   \
	"CREATE INDEX IF NOT EXISTS exceptions_due ON exceptions (report_due)"                 \
	" WHERE report_due > 0;"

enum exception_state { EXCEPTION_ASKED, EXCEPTION_ACTIVE, EXCEPTION_OVER };
enum exception_judged { EXCEPTION_UNJUDGED, EXCEPTION_GRANTED, EXCEPTION_REFUSED };

enum {
	EXCEPTIONS_MAX = 1000,      /* asked for and in force, together */
	EXCEPTION_PAPER_MAX = 6144, /* bytes, as JSON */
};

struct store_exception {
	uint64_t number;
	char kind[32];    /* "asked", "observe", "grace", "bypass", "break-glass" … */
	char origin[320]; /* of one that was entered by itself; "": somebody asked */
	uint32_t state, judged; /* the enums above */
	bool emergency;         /* in force before it was judged */
	/* what it lowers, for whom, where: names, "@GROUP" among subjects, "*" for all */
	char rule[256], key[32], subject[264], service[64], source[64];
	int64_t for_ms;      /* 0: until end_wall_ms */
	int64_t end_wall_ms; /* 0: none */
	int64_t from_wall_ms, until_wall_ms; /* 0: not begun; no end */
	/* Of an active one: by the boot clock within a boot, by the wall clock too, whichever is
	 * less; 0 when it is over. INT64_MAX: no end. */
	int64_t left_ms;
	bool waived;            /* its end need not be reported */
	int64_t report_due_ms;  /* wall clock; 0: nothing is due */
	bool chased;
	char ended_by[NAME_SIZE], ended_why[64];
	int64_t ended_wall_ms;
	char paper[EXCEPTION_PAPER_MAX]; /* who applied, judged and reported what, as JSON */
};

/* Takes x->number, which is its request's, and everything but the times. SKS_FULL beyond
 * EXCEPTIONS_MAX. */
int store_exception_add(struct store *s, const struct store_exception *x);
int store_exception_get(struct store *s, uint64_t number, struct store_exception *out);
/* The live one of that origin; SKS_NOT_FOUND. */
int store_exception_of(struct store *s, const char *origin, struct store_exception *out);
/* From now on. SKS_NOT_FOUND unless it is asked for. */
int store_exception_start(struct store *s, uint64_t number);
/* judged, for_ms, waived and paper as they are in x. */
int store_exception_update(struct store *s, const struct store_exception *x);
/* SKS_NOT_FOUND when it was over. report_due_ms 0: nobody has to report. */
int store_exception_end(struct store *s, uint64_t number, const char *by, const char *why,
    int64_t report_due_ms);
int store_exception_reported(struct store *s, const struct store_exception *x);
int store_exception_chased(struct store *s, uint64_t number);
/* Behind number "after", oldest first: live ones and those whose report is due; with "all" every
 * one. */
int store_exception_list(struct store *s, uint64_t after, bool all, struct store_exception *out,
    size_t max, size_t *count);

/*
 * What is in force for this account at this service, a line each, for the core
 * (decide/exception.c): NUMBER, key, subject, service, source and rule, with tabs between. groups
 * as in struct facts, NULL: not known, then none. What does not fit is left out: that lowers
 * nothing.
 */
int store_exceptions_for(struct store *s, const char *user, const char *service,
    const char *groups, char *out, size_t size);

/* ---- bypasses: B-4 is request 4 of kind 'B' and, once it is approved, a code that works once -- */

#define BYPASS_SQL                                                                             \
	"CREATE TABLE IF NOT EXISTS bypasses (number INTEGER PRIMARY KEY, user TEXT NOT NULL," \
	" uid INTEGER NOT NULL, state INTEGER NOT NULL, duration INTEGER NOT NULL,"            \
	" exception INTEGER NOT NULL, hash BLOB, at_in INTEGER, at_wall INTEGER,"              \
	" at_boot INTEGER, verified_by TEXT NOT NULL, verified_how TEXT NOT NULL) STRICT;"     \
	"CREATE INDEX IF NOT EXISTS bypasses_user ON bypasses (user);"

enum bypass_state { BYPASS_ASKED, BYPASS_ISSUED, BYPASS_USED, BYPASS_OVER };

struct store_bypass {
	uint64_t number, exception; /* the entry that it is in the register; 0: none yet */
	char user[NAME_SIZE];
	uint32_t uid;
	uint32_t state; /* enum bypass_state */
	int64_t for_ms;
	int64_t left_ms; /* of an issued one, as in struct store_exception */
	char verified_by[NAME_SIZE], verified_how[NAME_SIZE];
};

int store_bypass_ask(struct store *s, const struct store_bypass *b);
int store_bypass_get(struct store *s, uint64_t number, struct store_bypass *out);
/* From now on its code is good. SKS_NOT_FOUND unless it is asked for. */
int store_bypass_issue(struct store *s, uint64_t number, uint64_t exception,
    const uint8_t hash[RECOVERY_HASH_SIZE]);
/* SKS_NOT_FOUND when it was used or over. */
int store_bypass_end(struct store *s, uint64_t number);
/* Issued and not over; out may be NULL. */
int store_bypass_list(struct store *s, struct store_bypass *out, size_t max, size_t *count);
/* When the last one for this person was issued, and its number; SKS_NOT_FOUND. */
int store_bypass_last(struct store *s, const char *user, uint32_t uid, uint64_t *number,
    int64_t *wall_ms);
/* The unused one of this person with this hash, in time: its number; SKS_NOT_FOUND. */
int store_bypass_find(struct store *s, const char *user, uint32_t uid,
    const uint8_t hash[RECOVERY_HASH_SIZE], uint64_t *number);

/* ---- policies that wait for another person: P-7 is request 7 of kind 'P' --------------------- */

#define POLICY_REQUESTS_SQL                                                                    \
	"CREATE TABLE IF NOT EXISTS policy_requests (number INTEGER PRIMARY KEY,"              \
	" from_digest TEXT NOT NULL, to_digest TEXT NOT NULL) STRICT;"

int store_policy_request_add(struct store *s, uint64_t number, const char *from, const char *to,
    const void *bundle, size_t len);
/* SKS_NOT_FOUND */
int store_policy_request_get(struct store *s, uint64_t number, char from[POLICY_DIGEST_SIZE],
    char to[POLICY_DIGEST_SIZE]);
/* The newest for this step; SKS_NOT_FOUND. */
int store_policy_request_find(
    struct store *s, const char *from, const char *to, uint64_t *number);

#endif
