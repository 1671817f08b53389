/*
 * What is kept of the log, and what is destroyed: bodies, how old they are, holds, and requests
 * that wait for a second person. All inside a turn, but for store_wipe().
 */
#ifndef SEKISHO_STORE_KEEP_H
#define SEKISHO_STORE_KEEP_H

#include "store/store.h"

/* ---- destroying -------------------------------------------------------------------------- */

/*
 * Takes a record's body, and what of it stands beside the header: afterwards user and source
 * are NULL, reason is "", outcome is "unknown", as nothing could check them any more.
 * SKS_NOT_FOUND when there is no such record, or no body.
 *
 * Committed, it is out of everybody's sight. Out of the files it is after store_wipe().
 */
int store_erase(struct store *s, uint64_t seq);

/* May the files still hold something that was destroyed? True from store_erase() on, and after
 * each start: nobody knows what the last run left. */
bool store_wipe_due(const struct store *s);
/*
 * Moves all of the write-ahead log into the database file, each page scrubbed (scrub.h), and
 * overwrites the log. Outside a turn. SKS_CONFLICT while somebody reads from the log: nothing
 * is lost, try again. SKS_FULL, SKS_IO.
 */
int store_wipe(struct store *s);

/* ---- what there is ----------------------------------------------------------------------- */

struct store_kept {
	uint64_t seq;
	int64_t wall_ms;
	uint8_t retention; /* RETAIN_COUNT: its header cannot be read */
	bool body;
};

/* One record; SKS_NOT_FOUND. */
int store_kept_get(struct store *s, uint64_t seq, struct store_kept *out);
/* Records after "after" up to "upto", in order, at most max. */
int store_kept_scan(struct store *s, uint64_t after, uint64_t upto, struct store_kept *out,
    size_t max, size_t *count);

/* All records up to seq were there at that time. */
int store_age_note(struct store *s, uint64_t seq, int64_t wall_ms);
/* The time of the last note; SKS_NOT_FOUND. */
int store_age_last(struct store *s, int64_t *wall_ms);
/* Up to which record the log went at that time, or before; 0: unknown. */
int store_age_limit(struct store *s, int64_t wall_ms, uint64_t *seq);
/* The time of the first note that goes beyond seq; SKS_NOT_FOUND. */
int store_age_next(struct store *s, uint64_t seq, int64_t *wall_ms);

/* Records whose turn came and that stay all the same: on hold, or stamped in the future. */
int store_waiting_put(struct store *s, const struct store_kept *k);
int store_waiting_done(struct store *s, uint64_t seq);
int store_waiting_scan(struct store *s, uint8_t retention, uint64_t after,
    struct store_kept *out, size_t max, size_t *count);
int store_waiting_count(struct store *s, uint8_t retention, uint64_t *count);

/* ---- holds ------------------------------------------------------------------------------- */

enum { HOLDS_MAX = 256 }; /* in force at a time */

struct store_hold { /* what is empty or 0 limits nothing; what is given must all fit */
	uint64_t id;
	char user[NAME_SIZE], source[SOURCE_SIZE]; /* as values anywhere in a body */
	int64_t since_wall_ms, until_wall_ms;      /* of the header; until is exclusive */
	uint64_t from, to;                         /* sequence, both included */
	char by[NAME_SIZE], why[256];
	int64_t made_wall_ms;
	char released_by[NAME_SIZE], released_why[256];
	int64_t released_wall_ms; /* 0: in force */
};

/* Assigns id. SKS_FULL beyond HOLDS_MAX. */
int store_hold_add(struct store *s, struct store_hold *h);
int store_hold_get(struct store *s, uint64_t id, struct store_hold *out); /* SKS_NOT_FOUND */
/* SKS_NOT_FOUND, also when it was released before. */
int store_hold_release(struct store *s, uint64_t id, const char *by, const char *why);
/* Newest first; "all" with those released. */
int store_hold_list(
    struct store *s, bool all, struct store_hold *out, size_t max, size_t *count);
/* Is a record, which still has its body, on hold? */
int store_hold_match(struct store *s, const struct store_kept *k, bool *held);

/* ---- requests that wait for somebody ----------------------------------------------------- */

enum request_state {
	REQUEST_OPEN,
	REQUEST_APPROVED,
	REQUEST_DECLINED,
	REQUEST_WITHDRAWN,
	REQUEST_EXPIRED,
	REQUEST_USED, /* approved, and what was approved was done */
};
/* How long one waits. */
#define REQUEST_LIFE_MS (INT64_C(7) * 24 * 60 * 60 * 1000)
/* A role or a bypass is wanted now, not next week. */
static inline int64_t
request_life_ms(char kind)
{
	switch (kind) {
	case 'R':
	case 'B':
		return REQUEST_LIFE_MS / 7;
	case 'U': /* somebody sits before their terminal meanwhile */
		return INT64_C(5) * 60 * 1000;
	case 'E': /* it waits for its judgement for as long as it takes */
		return INT64_MAX;
	default:
		return REQUEST_LIFE_MS;
	}
}
enum { REQUEST_ID_SIZE = 24, REQUESTS_MAX = 64 /* open ones of a kind */ };
enum { REQUESTS_LIST_MAX = 8 * REQUESTS_MAX };

struct store_request {
	char kind;       /* 'X' in X-1: see docs/events.md */
	uint64_t number; /* 1 in X-1 */
	uint32_t state;  /* enum request_state */
	/* what it is about; X: a record's sequence; D: a digest of what is to be handed out */
	uint64_t record;
	char by[NAME_SIZE], person[NAME_SIZE];
	uint32_t by_uid;
	char why[256];
	int64_t made_wall_ms, made_watched_ms; /* the second: of the retention clock */
	char ended_by[NAME_SIZE];
	int64_t ended_wall_ms;
};

/* How many of this kind wait that this person has asked for. */
int store_request_count(struct store *s, char kind, const char *person, int64_t *count);
/* Assigns number, from 1 on for each kind. SKS_FULL beyond REQUESTS_MAX. */
int store_request_add(struct store *s, struct store_request *r);
int store_request_get(struct store *s, char kind, uint64_t number, struct store_request *out);
/* SKS_NOT_FOUND unless it is open. */
int store_request_end(
    struct store *s, const struct store_request *r, enum request_state state, const char *by);
/* It was approved, and is used up now. SKS_NOT_FOUND unless it is approved. */
int store_request_use(struct store *s, const struct store_request *r);
/* Is it too old to be approved? By either clock. */
bool request_is_over(const struct store_request *r, int64_t wall_ms, int64_t watched_ms);
/* Who approved what this person asked for, as far as that still waits for others or holds; at most
 * max of them. */
struct store_approver {
	char kind;
	uint64_t number;
	char account[NAME_SIZE];
};
int store_approved_for(struct store *s, const char *person, struct store_approver *out,
    size_t max, size_t *count);
/* The open ones of all kinds, oldest first. */
int store_request_list(struct store *s, struct store_request *out, size_t max, size_t *count);

#endif
