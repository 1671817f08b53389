/*
 * Alert rules: the built-in ones, and what those of the files come to together with them.
 *
 * A section that bears the name of a built-in rule changes that rule: whom it tells, how often,
 * from how many on; never what it is about.
 */
#ifndef SEKISHO_POLICY_ALERT_H
#define SEKISHO_POLICY_ALERT_H

#include "alert/alert.h"
#include "policy/policy.h"

enum {
	ALERT_NAME_MAX = 39,   /* it is the reason of the alert's record */
	ALERT_RULES_MAX = 128, /* built-in ones included */
	ALERT_TARGETS_MAX = 8, /* of one rule */
	ALERT_THRESHOLD_MAX = 100,
};

/* The table of built-in rules; its strings are the program's own. */
struct alert_builtin {
	const char *name, *what;
	const char *event[12];
	uint8_t outcome_mask;
	const char *reason[12];
	uint8_t class_mask;
	enum alert_when when;
	enum alert_per per;
	enum alert_count count;
	uint32_t threshold;
	int64_t within_ms;
};
extern const struct alert_builtin alert_builtins[];
extern const size_t alert_builtin_count;
const struct alert_builtin *alert_builtin(const char *name);

/* NULL-terminated names of all events that a rule may name: not those of alerts themselves,
 * which would feed each other. */
extern const char *const alert_event_words[];

/* Adds the built-in rules that no file names, fills in what is unset, checks the rest and sorts
 * by name. 0 or SKS_NOMEM. */
int alert_complete(struct policy *p, struct policy_problems *problems);
void alert_free(struct policy *p);
/* "mail root, journal" into out. */
void alert_print_targets(const struct alert_targets *to, struct buf *out);

#endif
