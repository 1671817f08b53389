/*
 * [contingency NAME]: what several people relax together when the usual way is not open. It stands
 * in the policy, so it is approved as every change of the policy is, and sealed by its digest.
 */
#ifndef SEKISHO_POLICY_CONTINGENCY_H
#define SEKISHO_POLICY_CONTINGENCY_H

#include "policy/policy.h"

enum { CONTINGENCY_NAME_MAX = 31 };

/* Where it stands, for problems. 0 or SKS_NOMEM. */
int contingency_place(struct contingency *c, const char *file, int line);
/* Sorts by name, fills in the digests, and adds a problem for each that contradicts itself, that
 * fewer than two people activate, or that lowers what is no requirement of a rule. After roles
 * were completed. 0, SKS_NOMEM or SKS_TOO_BIG. */
int contingency_complete(struct policy *p, struct policy_problems *problems);
void contingency_free(struct policy *p);

#endif
