/*
 * Telling people about alerts: the system log at once; mail and commands through the courier,
 * a few at a time, again after growing pauses when it fails. Nobody waits for any of it.
 */
#ifndef SEKISHO_ALERT_DELIVERY_H
#define SEKISHO_ALERT_DELIVERY_H

#include "alert/alert.h"
#include "server.h"
#include <jansson.h>

/* In line for everybody whom the list names. What finds no room is given up, and recorded. */
void delivery_add(struct server *s, const struct alert *a, const struct alert_targets *to);
/* Once a second: hands over what is due; records what was given up. 0, or an error that must
 * end the daemon. */
int delivery_tick(struct server *s);
/* Nothing waits, is under way or has to be recorded. */
bool delivery_is_idle(void);
/* The last ones, newest first. */
json_t *delivery_json(void);
/* How many were given up by this daemon, and how many wait. */
void delivery_counts(uint64_t *given_up, size_t *waiting);

#endif
