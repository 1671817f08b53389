/*
 * What the host says of itself ([host-attribute NAME]): asked of the warden and of the courier
 * at intervals, kept in memory alone. After a start, and after a policy that brings a new one,
 * an attribute is not known until it was read, a second or two later.
 */
#ifndef SEKISHO_KEEPER_HOST_H
#define SEKISHO_KEEPER_HOST_H

#include "server.h"
#include <jansson.h>

/* Once a second, outside a turn: asks for what is due. */
void host_tick(struct server *s);
/* What rules of the policy ask of the host, into facts.host: "NAME=NUMBER,NAME=?". "" where
 * none does. */
void host_facts(const struct policy *p, int64_t wall_ms, char out[HOST_LIST_SIZE]);
/* How often what is known has changed: no decision rests on a host that was otherwise. */
uint64_t host_news(void);
/* A list of name, used, known, value, at (wall clock ms) and why not. The caller's. */
json_t *host_status(const struct policy *p, int64_t wall_ms);

#endif
