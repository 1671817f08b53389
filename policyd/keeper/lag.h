/*
 * A target of forwarding that lags: when it does, and that it is said once, when it begins and when it ends.
 *
 * It lags where what was there a minute ago has not gone out, or, with more than 1000 records in line, what
 * was there five seconds ago; and no longer once what was there five seconds ago has. That it lags is kept
 * with its place (forwarding.h), so that the end is a record even after a restart.
 */
#ifndef SEKISHO_LAG_H
#define SEKISHO_LAG_H

#include "policy/target.h"
#include "server.h"

/* A target, and how far it has come. */
struct outflow {
	char target[TARGET_TEXT_MAX + 1];
	struct forward_place place;
	bool asked;
	int64_t ask_at_ms; /* monotonic, like all here */
	int64_t asked_ms;
	int64_t retry_ms;
	uint64_t goal;     /* the newest record when it was last found to have caught up … */
	int64_t goal_ms;   /* … or since when it has not reached that */
	int64_t caught_ms; /* it had everything that there was then */
	int64_t behind_wall_ms; /* 0: it is not */
	int status; /* SKS_*, by the forwarder's last answer or for want of one */
	char why[128]; /* the same for a person; empty: nothing is wrong */
	uint64_t shortened; /* records that were too long for it, see forward_answer */
};

/* How many records of a log of this size it has not taken yet. */
uint64_t lag_count(const struct outflow *l, uint64_t size);
/* Why nothing or too little goes out, a word of event.reason: of the forwarder's last status. */
const char *lag_reason(int status);
/* Between turns: records that a lag began or ended. now: monotonic, ms. On a full disk it stays to be said. */
int lag_look(struct server *s, struct outflow *l, uint64_t size, int64_t now);

#endif
