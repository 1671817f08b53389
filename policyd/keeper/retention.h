/*
 * Retention at work: bodies are destroyed when their period is over, a batch at a time, each
 * batch in one transaction with the record that says what it took. The rules are in
 * audit/retain.h; what is kept of them is in the store, so that a crash at any point loses
 * nothing and repeats nothing.
 */
#ifndef SEKISHO_RETENTION_H
#define SEKISHO_RETENTION_H

#include "audit/retain.h"
#include "server.h"
#include "store/keep.h"

enum { RETENTION_BATCH = 128 }; /* records looked at in one */

struct retention_state {
	struct retain_clock clock;
	struct retain_class class[RETAIN_LOG]; /* by enum retention */
};

/* What is kept; before the first look, what the policy says. Inside a transaction. */
int retention_load(struct server *s, struct retention_state *x);
/* The date that what ends on a day goes by (retain_clock_date). Inside a transaction. */
int retention_date(struct server *s, struct instant now, int64_t *date_ms);
/* Ends a request of another kind than R and E that nobody waits for any more, with its record. Inside
 * a transaction. */
int retention_expire(struct server *s, const struct store_request *q);
/* The first record that is not due yet for a class, less one; 0: none is. */
int retention_limit(
    struct server *s, const struct retention_state *x, uint8_t class, uint64_t *limit);
/* Destroys what is due, at most some thousand bodies; more: not all yet. "by" asked for it.
 * Inside a transaction. */
int retention_now(struct server *s, const char *by, uint64_t *destroyed, bool *more);
/* Looks again at what waits: a hold was released. */
void retention_look_again(void);
/* Once a second, between turns. */
int retention_tick(struct server *s);
/* Takes what was destroyed out of the files, unless somebody reads: then the next tick does. */
int retention_wipe(struct server *s);

#endif
