/* The floor of the host's rating (PRIV-15): what a policy has to keep to be loaded. */
#ifndef SEKISHO_POLICY_FLOOR_H
#define SEKISHO_POLICY_FLOOR_H

#include "policy/policy.h"

/* Adds a problem for everything by which the policy stays below it. After all else is complete. */
void floor_check(const struct policy *p, struct policy_problems *problems);

#endif
