/*
 * Members of roles, kept in sight: since when the policy names them, and whether somebody
 * reviewed them in time.
 */
#ifndef SEKISHO_KEEPER_MEMBERS_H
#define SEKISHO_KEEPER_MEMBERS_H

#include "server.h"
#include "store/terms.h"
#include <jansson.h>

struct members_review {
	struct store_review last; /* all zero: there was none */
	int64_t due_wall_ms;      /* 0: none is asked for */
	bool overdue;
};
/* Inside a turn. */
int members_review(struct server *s, const struct role *role, struct members_review *out);
/* Appends {"role", "due"} for each role that is overdue. Inside a turn. */
int members_overdue(struct server *s, json_t *list);
/* Once a second between turns: notes who became a member when the policy is another one; once
 * an hour, records what is overdue, each once. */
int members_tick(struct server *s);

#endif
