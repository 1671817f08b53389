/*
 * What in the policy is weaker than its rules: each such place is an entry in the register of
 * exceptions, made by the daemon (PRIV-8).
 */
#ifndef SEKISHO_POLICY_EXCEPTIONS_H
#define SEKISHO_POLICY_EXCEPTIONS_H

#include "policy/policy.h"

struct weakening {
	char origin[320]; /* names it for as long as it stands in the policy */
	const char *kind; /* "observe", "grace", "passphrase" or "service-account" */
	char subject[264];   /* an account, "@GROUP" or "*" */
	const char *service; /* or "*" */
	int64_t end_wall_ms; /* 0: none */
};

enum { WEAKENINGS_MAX = 256 };

/* All of them, at most max; *count says how many. */
void policy_weakenings(const struct policy *p, struct weakening *out, size_t max, size_t *count);

void exceptions_set_defaults(struct policy *p);
void exceptions_free(struct policy *p);

#endif
