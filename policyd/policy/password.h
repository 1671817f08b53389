/*
 * [password] of the policy.
 */
#ifndef SEKISHO_POLICY_PASSWORD_H
#define SEKISHO_POLICY_PASSWORD_H

#include "password/judge.h"
#include "policy/policy.h"

void password_set_defaults(struct policy *p);
void password_free(struct policy *p);
/* For the end of the section: lists that would not fit a question to the worker, names of
 * filters that are none. */
void check_password(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
/* What is asked of the password of an account of this class. */
void password_rules_of(
    const struct policy *p, enum account_class class, struct password_rules *out);

/* How old a password of an account of this class may become; 0: as old as it likes. */
int64_t policy_password_max_age(const struct policy *p, enum account_class class);

/* "upper" …, and "none". */
extern const char *const password_classes_words[];

#endif
