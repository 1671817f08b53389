/*
 * What is wrong with a policy, as compilers say it: file:line: text.
 */
#ifndef SEKISHO_CLI_POLICY_PROBLEMS_H
#define SEKISHO_CLI_POLICY_PROBLEMS_H

#include "policy/policy.h"
#include <jansson.h>
#include <stdio.h>

/* Names inside a bundle become paths that an editor can open: those of /etc/sekisho, or, for a
 * draft, the one of file[count] that ends in the same name. */
void problems_locate(struct policy_problems *problems, const char *const *file, size_t count);
void problems_print(FILE *out, const struct policy_problems *problems);
/* [{"file","line","text"}]; the caller decrefs. */
json_t *problems_json(const struct policy_problems *problems);

#endif
