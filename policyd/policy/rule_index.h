/*
 * The rules of a policy by what they ask for, made once when it is loaded; policy_rules_match()
 * and policy_rules_next() (policy.h) look into it.
 */
#ifndef SEKISHO_RULE_INDEX_H
#define SEKISHO_RULE_INDEX_H

#include "policy/policy.h"

/* Of a policy whose rules change no more: it points into them. SKS_NOMEM, SKS_TOO_BIG; what was
 * made is p->rule_index all the same. */
int rule_index_make(struct policy *p);
void rule_index_free(struct rule_index *x); /* NULL: nothing */

#endif
