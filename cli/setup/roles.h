/*
 * What the roles of the policy may run with sudo, as a file of setup's change: worked out from
 * the policy as it will be, shown with the rest and taken back with it.
 */
#ifndef SEKISHO_CLI_SETUP_ROLES_H
#define SEKISHO_CLI_SETUP_ROLES_H

#include "plan.h"

/* Called when all files of the policy are in the plan. Status; said. */
int roles_plan(struct plan *p);

#endif
