/* What [attribute NAME] comes to, and what else of people and tickets a policy is asked about. */
#ifndef SEKISHO_POLICY_ATTRIBUTE_H
#define SEKISHO_POLICY_ATTRIBUTE_H

#include "policy/policy.h"

/* Adds a problem for every attribute that is required and not described, and for what a role or
 * rule asks for that nobody could ever fulfil. */
void attribute_complete(const struct policy *p, struct policy_problems *problems);
/* Can a ticket be compared with this pattern? */
bool attribute_pattern_is_sane(const char *pattern);
void attribute_free(struct policy *p);

#endif
