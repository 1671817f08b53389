#ifndef SEKISHO_CLI_LOG_FILTER_H
#define SEKISHO_CLI_LOG_FILTER_H

#include "args.h"
#include "protocol.h"

/* --user, --event, --outcome, --reason, --source, --since and --until into a request. 0, or
 * STATUS_USAGE after saying what is wrong. */
int log_filter_set(struct command *q, const struct args *args);

/* --source, or another option that takes an address, as records name it: an IPv6 address becomes its
 * /64. The same statuses. */
int log_filter_set_source(struct command *q, const struct args *args, enum option option);

#endif
