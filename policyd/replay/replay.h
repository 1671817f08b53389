/*
 * A stretch of the log decided again under another policy: who would meet something else.
 *
 * Reads the store and nothing but the store, in short pieces, on connections of its own that
 * cannot write; in a process for each processor, at a low priority. What it keeps is bounded,
 * however long the log is.
 */
#ifndef SEKISHO_REPLAY_REPLAY_H
#define SEKISHO_REPLAY_REPLAY_H

#include "replay/compare.h"
#include "store/store.h"

enum { REPLAY_GROUPS_MAX = 4096, REPLAY_SERVICE_SIZE = 64 };

/* One account and service, one change of the end. */
struct replay_group {
	char account[NAME_SIZE], service[REPLAY_SERVICE_SIZE]; /* "sekisho VERB": a command */
	char before_rule[NAME_SIZE], after_rule[NAME_SIZE];
	uint32_t before_kind, before_reason, after_kind, after_reason, missing;
	bool before_observed, after_observed;
	uint64_t times, last_seq;
	int64_t last_wall_ms;
};

struct replay_result {
	uint64_t decisions;            /* that could be read */
	uint64_t changed[REPLAY_ENDS]; /* by what they would come to, each login once */
	uint64_t followed;             /* later decisions of a login that had changed already */
	uint64_t sums;                 /* refusals that are recorded as sums only */
	uint64_t deleted;              /* records whose body is gone */
	uint64_t damaged;              /* that do not match their header, or cannot be read */
	uint64_t unlisted;             /* changes beyond REPLAY_GROUPS_MAX */
	int64_t first_wall_ms, last_wall_ms; /* of what was looked at; 0: nothing */
	size_t group_count;
	struct replay_group group[REPLAY_GROUPS_MAX]; /* most frequent first */
};

struct replay_options {
	const char *dir; /* the state directory */
	const struct policy *would;
	const char *user;                     /* NULL: everybody */
	int64_t since_wall_ms, until_wall_ms; /* 0: open */
	uint64_t records_max;                 /* the newest so many; 0: all */
	unsigned processes;                   /* 0: one for each processor */
};

/* *out is the caller's, zeroed first; it is large. A negative error when the store cannot be
 * read (SKS_NOMEM, SKS_IO …); changes nothing. Forks: call it with one thread and no store
 * open. */
int replay_run(const struct replay_options *o, struct replay_result *out);

#endif
