/*
 * What the roles of the policy may run with sudo, as a file of setup's change: worked out from
 * the policy as it will be, shown with the rest and taken back with it.
 */
#ifndef SEKISHO_CLI_SETUP_ROLES_H
#define SEKISHO_CLI_SETUP_ROLES_H

#include "plan.h"
#include "policy/policy.h"
#include <stdbool.h>

/* The policy as it will be, of the files that are there with the plan's over them; the caller frees it.
 * Status; with "say" what is wrong is said, with file and line. */
int roles_policy(const struct plan *p, bool say, struct policy **policy);
/* Called when all files of the policy are in the plan. Status; said. */
int roles_plan(struct plan *p);

#endif
