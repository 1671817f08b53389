/*
 * Moving here from google-authenticator, pam_oath, pam_faillock and pam_pwquality: what they
 * know is taken over, and what has no equivalent is said.
 */
#ifndef SEKISHO_CLI_SETUP_FROM_H
#define SEKISHO_CLI_SETUP_FROM_H

#include "plan.h"

/* Adds the policy's files and the notes for p->from. Status; said. */
int from_plan(struct plan *p);
/* Gives the daemon the keys of p->from. Status; said. */
int from_import(const struct plan *p, const struct args *args);
/* Has this account a device that is active? */
bool from_has_device(const char *user);

#endif
