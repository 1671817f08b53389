/* What trainings, the yearly plan and self-checks share: the fiscal year they are asked for. */
#ifndef SEKISHO_CLI_DUTIES_H
#define SEKISHO_CLI_DUTIES_H

#include "args.h"
#include "call.h"

/* --fiscal-year into the request; without it the daemon takes the one that is under way. A status,
 * after saying what is wrong. */
int duties_set_year(struct call *call, const struct args *args);

#endif
