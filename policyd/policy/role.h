/*
 * What [role NAME] comes to: power that people ask for, that others approve, and that ends.
 */
#ifndef SEKISHO_POLICY_ROLE_H
#define SEKISHO_POLICY_ROLE_H

#include "policy/policy.h"

/* Of the group sekisho-NAME, which useradd and friends want to be 32 bytes at most. */
#define ROLE_GROUP_PREFIX "sekisho-"
enum { ROLE_NAME_MAX = 23 };

/* Fills in what follows from the rest, sorts by name, and adds a problem for every role that
 * contradicts itself or that nobody could ever get. 0 or SKS_NOMEM. */
int role_complete(struct policy *p, struct policy_problems *problems);
/* Is it a program that gives whoever runs it everything that its user may do? With arguments. */
bool role_gives_everything(const char *command);
void role_free(struct policy *p);

#endif
