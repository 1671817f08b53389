/*
 * What keeper.c, tick.c, session.c, chain.c and spooled.c share.
 */
#ifndef SEKISHO_KEEPER_H
#define SEKISHO_KEEPER_H

#include "server.h"

/* Begins a record of the daemon's own. */
void keeper_record(struct server *s, struct record *r, uint16_t action, enum outcome outcome,
    const char *reason);
/* Finishes, appends and clears it. Inside a transaction. */
int keeper_append(struct server *s, struct record *r);
/* Before the first record of a start: floors where this boot cannot vouch for the store, and the
 * log's chain. Does its work once. Inside a transaction. */
int keeper_begin_chain(struct server *s);
/* Once a second: what the log needs, each in a turn of its own. */
int keeper_chain(struct server *s);
/* Records that the host slept, before anything that came after it. */
int keeper_look_for_suspend(struct server *s);
/* Closes the epoch now. */
int keeper_seal(struct server *s);
/* Keeps the offset between the clocks for the next start. Work for turn_own(). */
int keeper_remember_clock(struct server *s, void *context);
/* At the start: ends the sessions of earlier boots and of processes that are gone, watches the
 * others again. */
int keeper_attach_sessions(struct server *s);

/* Asks the warden for the oldest spooled event, if none is under way. */
void spooled_poll(struct server *s);

/* ---- backup.c --------------------------------------------------------------------- */

struct backup_done {
	bool scheduled;
	char path[256], digest[65]; /* SHA-256 in hex */
	uint64_t bytes, log_size;
	char head[2048]; /* the newest signed head inside; "" */
};
/* At the start: the record of a restore that was made while no daemon ran. Inside a turn. */
int keeper_restored(struct server *s);
/* Records it: from now on this is the last good one. Inside a turn. */
int keeper_backup_done(struct server *s, const struct backup_done *d);

struct backup_status {
	int64_t last_wall_ms; /* 0: never */
	int64_t every_ms;     /* 0: none is made by itself */
	bool overdue;
};
int keeper_backup_status(struct server *s, struct backup_status *out);
/* Once a second: begins one that is due, says so when the last is too old. */
int keeper_backup(struct server *s, struct instant now);

#endif
