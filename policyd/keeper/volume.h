/*
 * What is sent to the far end of remote sessions: looked at now and then while they last, once
 * more by the module when they close, warned of above the policy's limits, recorded at the end
 * of the session and of the day. All figures are bytes that the far end has acknowledged, so each
 * is a lower bound; what cannot be measured is said to be so and has no figure.
 */
#ifndef SEKISHO_KEEPER_VOLUME_H
#define SEKISHO_KEEPER_VOLUME_H

#include "server.h"
#include <jansson.h>

/* Inside a turn: a session was opened, after its row is there; one closes, before it goes. */
int volume_begun(struct server *s, const struct job *job);
int volume_over(struct server *s, const struct job *job);
/* Once a second, outside a turn. */
int volume_tick(struct server *s);
/* "sent_today" of a person, where something was measured. Inside a turn. */
int volume_put_today(struct server *s, const char *person, json_t *o);
/* For root: "counted", and "why" not. The caller's. */
json_t *volume_status(void);

#endif
