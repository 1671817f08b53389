/*
 * Records and heads leave the host: which targets the policy names, how far each has come, and
 * whether one lags. The forwarder sends; nothing that is decided waits for it.
 *
 * Delivery is at least once: the place of each target is kept in the store now and then, and
 * what came after it is sent again after a crash. A record's sequence tells a second one.
 */
#ifndef SEKISHO_FORWARDING_H
#define SEKISHO_FORWARDING_H

#include "server.h"
#include <jansson.h>

/* Before the first record of this start: reads the places. A store that is new starts at its
 * beginning; a target that is new to an old one starts with what is recorded from now on. */
int forwarding_start(struct server *s);
/* About once a second. */
int forwarding_tick(struct server *s);
/* At the end: keeps the places. Inside a turn. */
int forwarding_keep(struct server *s, void *context);
/* An array of {target, place, behind, since, shortened, state, why}, the caller's. NULL: out of memory. */
json_t *forwarding_status(struct server *s);

#endif
