/*
 * Grants that run: they end when their time is over, when their user is suspended or when the
 * policy has their role no more, and everybody in them is in the group index meanwhile.
 */
#ifndef SEKISHO_KEEPER_GRANTS_H
#define SEKISHO_KEEPER_GRANTS_H

#include "server.h"
#include "store/grant.h"

/* Ends what this user has and takes back what they asked for, each with its record; user NULL: what
 * anybody has. Inside a turn; the index follows by grants_publish(). */
int grants_end_user(
    struct server *s, const char *user, uint32_t uid, const char *by, const char *why);
/* The same of one role: what this account has of it, or asked for. */
int grants_end_role(
    struct server *s, const char *role, const char *user, const char *by, const char *why);
/* And what any account of this person has of any role. */
int grants_end_person(struct server *s, const char *person, const char *by, const char *why);
/* May this account, in these groups (NULL: not known), approve what was asked for? The superior
 * whom the request names takes the place of the approvers. Inside a turn. */
bool grants_may_answer(
    struct server *s, const struct store_grant *g, const char *user, const char *groups);
/* How long what runs under this grant may go on: until the grant ends, or the hours of its role;
 * 0: not now. *why: what ends it first, a word of event.reason. Changes nothing. */
int64_t grants_left_ms(const struct server *s, const struct store_grant *g, const char **why);
/* How many requests this account, in these groups (NULL: not known), may approve: those of other
 * people. Inside a turn. */
int grants_waiting(struct server *s, const char *user, const char *groups, uint32_t *count);
/* Writes the group index anew. Where it cannot be written it is removed, so that nobody has what
 * may have been taken away, and the next tick tries again. Outside a
 * turn; fits after_commit. */
void grants_publish(struct server *s, struct job *job);
/* At the start, and once a second between turns. */
int grants_tick(struct server *s);

#endif
