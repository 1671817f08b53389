/*
 * What the host knows of an account's password and its end, for the daemon, which may not read it.
 */
#ifndef SEKISHO_SHADOW_H
#define SEKISHO_SHADOW_H

#include "ask.h"

/* Into the request, with a->shadow, where this process is root and the account has an entry in shadow(5). The
 * password itself does not leave: a hash of its hash names it. */
void shadow_into_request(struct ask *a);
/* Is the file still as it was then? */
bool shadow_is_same(const struct shadow_stamp *then);

#endif
