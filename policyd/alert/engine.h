/*
 * Which alerts a stream of records gives rise to. Pure: no clock, no file, no store.
 *
 * It is fed the summary of each committed record, in order, and answers what to raise. Tables
 * are bounded: where more is to be counted than they hold, what was quiet for longest is
 * forgotten. Times are milliseconds on any one clock that does not run backwards.
 */
#ifndef SEKISHO_ALERT_ENGINE_H
#define SEKISHO_ALERT_ENGINE_H

#include "decide/decide.h"
#include "policy/policy.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	ALERT_GROUPS_MAX = 2048, /* counters of all rules together */
	ALERT_SEQ_MAX = 16,      /* records that an alert names: the last of those counted */
	ALERT_PENDING_MAX = 32,  /* raised and not yet taken */
};

struct alert_seen {
	uint64_t seq;
	uint16_t action;
	uint32_t outcome;
	const char *reason, *user, *source; /* "": none */
	bool has_class;
	enum account_class class;
	int64_t at_ms;
	bool new_source, new_device, elsewhere; /* asked for by alert_engine_needs() */
	bool quiet; /* counted, but what it raises was raised before */
};

struct alert_raise {
	size_t rule;     /* index of the policy's alert[] */
	uint16_t action; /* of the last record, as all that follows */
	uint32_t outcome;
	char reason[40], user[NAME_SIZE], source[SOURCE_SIZE];
	uint64_t last_seq;
	uint32_t count; /* records, accounts or sources; 0: it only tells what was held back */
	uint32_t held;  /* alerts of this rule that were not raised since the last one */
	uint64_t seq[ALERT_SEQ_MAX];
	size_t seq_count;
};

struct alert_engine;

/* The policy has to outlive all but alert_engine_free(). seed keeps strangers from choosing
 * names that are counted as one. NULL: out of memory. */
struct alert_engine *alert_engine_new(const struct policy *policy, uint64_t seed);
void alert_engine_free(struct alert_engine *e);

/* What some rule has to know about this record beyond what is in the summary: a bit per enum
 * alert_when. */
unsigned int alert_engine_needs(const struct alert_engine *e, const struct alert_seen *seen);
/* 0; SKS_NOMEM: it was not counted everywhere. */
int alert_engine_feed(struct alert_engine *e, const struct alert_seen *seen);
/* Periods that are over: what was held back in them is told. */
void alert_engine_tick(struct alert_engine *e, int64_t now_ms);
/* The oldest alert that was raised and not taken; false when there is none. */
bool alert_engine_take(struct alert_engine *e, struct alert_raise *out);

#endif
