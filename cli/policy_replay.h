/* What another policy would have changed: for `policy replay`, and before one is applied. */
#ifndef SEKISHO_CLI_POLICY_REPLAY_H
#define SEKISHO_CLI_POLICY_REPLAY_H

#include "policy/policy.h"

/* Tells on standard output, in a few lines, what of the last 30 days (at most the newest
 * 200,000 records) would have ended otherwise under this policy; or why that cannot be said.
 * Takes about a second where the log is that long. Root only; changes nothing. */
void policy_replay_summary(const struct policy *policy);

#endif
