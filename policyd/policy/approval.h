/*
 * Ways of approving, as the policy writes them: for roles and for contingency policies.
 */
#ifndef SEKISHO_POLICY_APPROVAL_H
#define SEKISHO_POLICY_APPROVAL_H

#include "policy/policy.h"

/* Is there an @group in it? Who is in one is not known here. */
bool list_names_groups(const struct strings *list);
/* How many different people a list names, without one of them (NULL: all). */
size_t list_count_people(const struct policy *p, const struct strings *list, const char *without);

/* Does any part name groups? */
bool approvals_name_groups(const struct approval_set *set, size_t sets);
/* Could others than this person (NULL: anybody) be enough? Who is in a group is not known. */
bool approvals_are_possible(const struct policy *p, const struct approval_set *set, size_t sets,
    const char *without);
void approvals_free(struct approval_set *set, size_t sets);

#endif
