/*
 * Carrying out a plan: kept first, then pending, then made; taken back when a step fails. And
 * the daemon's half, which knows who may confirm.
 */
#ifndef SEKISHO_CLI_SETUP_APPLY_H
#define SEKISHO_CLI_SETUP_APPLY_H

#include "plan.h"

/* What became of it. */
struct applied {
	uint64_t id;
	struct instant deadline;
};

/* Everything is said. Status; STATUS_DONE: applied, and waits for its confirmation. */
int apply_plan(
    const struct plan *p, const struct args *args, int64_t within_ms, struct applied *out);
/* Takes a change back now: that which is pending, or the newest that was confirmed. */
int apply_undo(const struct args *args);
/* Asks the daemon whether this session may confirm what is pending, and confirms it. */
int apply_confirm(const struct args *args);
/* One file more that a policy brings, and that goes back with it at the deadline on the wall clock.
 * Status; said. */
int apply_file_until(const char *path, mode_t mode, const struct buf *bytes, int64_t wall_ms);
/* --within, else the default. 0: nothing waits for a confirmation. Status; said. */
int apply_within(const struct args *args, int64_t *within_ms, bool may_be_none);

#endif
