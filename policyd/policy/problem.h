/*
 * Collecting what is wrong with a policy: all of it, up to POLICY_PROBLEMS_MAX, so that one
 * run of "policy check" is enough. Texts are in the language of i18n.
 */
#ifndef SEKISHO_PROBLEM_H
#define SEKISHO_PROBLEM_H

#include "policy/policy.h"

/* Adds a problem; what came from the file is made safe to print. problems may be NULL. */
void problem_add(struct policy_problems *problems, const char *file, int line, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

#endif
