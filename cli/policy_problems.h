/*
 * What is wrong with a policy, as compilers say it: file:line: text.
 */
#ifndef SEKISHO_CLI_POLICY_PROBLEMS_H
#define SEKISHO_CLI_POLICY_PROBLEMS_H

#include "policy/policy.h"
#include <jansson.h>
#include <stdio.h>

void problems_print(FILE *out, const struct policy_problems *problems);
/* [{"file","line","text"}]; the caller decrefs. */
json_t *problems_json(const struct policy_problems *problems);

#endif
