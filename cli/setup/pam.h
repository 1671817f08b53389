/*
 * PAM's part of the plan: the snippets that Sekisho's lines are in, and the services that include them.
 */
#ifndef SEKISHO_CLI_SETUP_PAM_H
#define SEKISHO_CLI_SETUP_PAM_H

#include "plan.h"

/* The last part: from here on the plan's files are PAM files. Status; a refusal is said. */
int pam_plan(struct plan *p);

#endif
