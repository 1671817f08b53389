/*
 * Sessions whose terminal nobody uses: they are told, and ended, as the policy says for the
 * class of their account.
 */
#ifndef SEKISHO_KEEPER_IDLE_H
#define SEKISHO_KEEPER_IDLE_H

#include "server.h"

/* Once a second, outside a turn: asks the warden now and then, where the policy has a limit. */
int idle_tick(struct server *s);

#endif
