#ifndef SEKISHO_CLI_LOG_NOTHING_H
#define SEKISHO_CLI_LOG_NOTHING_H

#include "args.h"

/* Says on standard error that no record fits the filters, and which of them was perhaps mistyped.
 * Returns the exit status: STATUS_USAGE where --reason is a word that no event has and one is near
 * that some have, else STATUS_DONE. With "waiting", for --follow, only the former is said. */
int log_nothing_say(const struct args *args, bool waiting);

#endif
