/* What the host says of itself, as an input of rules: [host-attribute NAME] and "host = ...".
 */
#ifndef SEKISHO_POLICY_HOST_H
#define SEKISHO_POLICY_HOST_H

#include "policy/policy.h"

struct value;

/* "days-since-update > 30, definitions > 7" into struct host_conditions. */
int host_conditions_take(struct value *v);
/* The section that has just ended: does it say one source, and times that fit? */
void host_attribute_check(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
/* Once all is read: adds a problem for every attribute that a rule asks for and nothing
 * supplies, and the built-in one where a rule asks for it. 0 or SKS_NOMEM. */
int host_complete(struct policy *p, struct policy_problems *problems);
/* Is one of them true? list: "NAME=VALUE,NAME=?", see policy_host_value(). */
bool host_conditions_hold(const struct host_conditions *c, const char *list);
/* A new one with the usual times; owns name. NULL: no memory. */
struct host_attribute *host_attribute_add(struct policy *p, char *name);
void host_free(struct policy *p);

#endif
