/*
 * The staff list in the store: taken over whole, compared with policy and host, and what
 * follows from it: a person in another unit, a contract that has ended.
 */
#ifndef SEKISHO_STAFF_H
#define SEKISHO_STAFF_H

#include "server.h"
#include "staff/list.h"
#include <jansson.h>

struct staff_taken { /* how many */
	size_t persons, new, moved, gone;
};

/* Puts the list into the store in the place of the one before. Who is in another unit loses the
 * roles that they have, each with its record. 0, or a negative error. Inside a turn. */
int staff_take(
    struct server *s, const struct staff_list *list, const char *by, struct staff_taken *out);
/* Once a second between turns: contracts that have ended end the accounts, at once after
 * staff_take(), else within a minute. */
int staff_tick(struct server *s);
void staff_tick_now(struct server *s, struct job *job); /* fits after_commit */
/* Everything that differs, as {kind, person, account, list, here}; accounts: those of the host,
 * a line for each. Inside a turn. */
int staff_compare(struct server *s, const struct buf *accounts, json_t *differences);
/* Is this a line for each account? Names only, no blanks. */
bool staff_accounts_are_sane(const struct buf *accounts);

#endif
