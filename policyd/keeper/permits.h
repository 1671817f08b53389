/* Permits that are over and whose use nobody has reported: chased once, with a record, which alerts.
 */
#ifndef SEKISHO_KEEPER_PERMITS_H
#define SEKISHO_KEEPER_PERMITS_H

#include "server.h"

/* Between turns; looks once a minute. */
int permits_tick(struct server *s);

#endif
