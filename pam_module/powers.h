/*
 * Capabilities of a session that opens: what its roles give, and what it loses because it has none.
 */
#ifndef SEKISHO_POWERS_H
#define SEKISHO_POWERS_H

#include "ask.h"

/*
 * Carries out what the daemon's answer says, on this process, which the session comes from.
 * Inheritable capabilities stay through a change of the user, and are worth something to programs
 * with file capabilities (sekisho-run). In su and login, which let go of their handle as the user,
 * they become ambient then. False when something could not be taken away: the session must not
 * open; what cannot be given is only told to the system log.
 */
bool powers_apply(struct ask *a);

#endif
