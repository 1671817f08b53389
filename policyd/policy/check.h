/*
 * What holds across keys and sections: defaults before reading, checks and completion after.
 */
#ifndef SEKISHO_POLICY_CHECK_H
#define SEKISHO_POLICY_CHECK_H

#include "policy/policy.h"

/* The shipped defaults. 0 or SKS_NOMEM. */
int check_set_defaults(struct policy *p);
/* Where a rule stands. 0 or SKS_NOMEM. */
int check_rule_place(struct rule *rule, const char *file, int line);
int check_role_place(struct role *role, const char *file, int line);
int check_audit_place(struct policy *p, const char *file, int line);
int check_alert_place(struct alert_rule *rule, const char *file, int line);
/* Without a place and a key no backup comes about, and nobody would notice
 * before it is needed; for the end of [backup]. */
void check_notice(const struct policy *p, const char *file, int line,
    struct policy_problems *problems);
void check_backup(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
/* There is a date; for the end of each [plan NAME]. */
void check_plan(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
/* A reason is given; for the end of each [control NAME]. */
void check_own(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
/* A purpose of the host's own needs a version; for the end of [factor]. */
void check_purpose(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
/* Fills in what follows from the rest, sorts what is looked up by name, and adds a problem for
 * everything that contradicts itself. 0 or SKS_NOMEM. */
int policy_check(struct policy *p, struct policy_problems *problems);

#endif
