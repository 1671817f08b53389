#include "audit/controls.h"
#include <string.h>

enum { CONTROLS_MAX = 16 };

static const struct {
	uint16_t action;
	const char *control[6];
} controls_of[] = {
    {ACTION_ATTEMPT, {"AUTH-14", "LOG-1"}},
    {ACTION_FIRST_FACTOR, {"AUTH-2", "AUTH-14", "LOG-1"}},
    {ACTION_CODE, {"AUTH-1", "AUTH-2", "AUTH-5", "LOG-1"}},
    {ACTION_AUTHENTICATED, {"AUTH-1", "AUTH-2", "LOG-1"}},
    {ACTION_BREAK_GLASS, {"AUTH-12", "PRIV-8", "LOG-1"}},
    {ACTION_REFUSALS, {"AUTH-14", "LOG-1"}},
    {ACTION_ACCOUNT, {"AUTH-1", "PRIV-1", "LOG-1"}},
    {ACTION_SESSION_OPEN, {"AUTH-1", "LOG-1"}},
    {ACTION_SESSION_CLOSE, {"LOG-1"}},
    {ACTION_LOCKOUT_START, {"AUTH-14"}},
    {ACTION_LOCKOUT_END, {"AUTH-14", "AUTH-16"}},
    {ACTION_FACTOR_ENROLL, {"AUTH-10", "AUTH-11", "AUTH-16"}},
    {ACTION_FACTOR_CONFIRM, {"AUTH-10", "AUTH-11"}},
    {ACTION_FACTOR_REVOKE, {"AUTH-10"}},
    {ACTION_FACTOR_LOST, {"AUTH-10", "AUTH-17"}},
    {ACTION_FACTOR_RETURN, {"AUTH-10"}},
    {ACTION_FACTOR_IMPORT, {"AUTH-10", "AUTH-16"}},
    {ACTION_RECOVERY_CODES, {"AUTH-12", "AUTH-16"}},
    {ACTION_USER_SUSPEND, {"AUTH-9"}},
    {ACTION_USER_RESUME, {"AUTH-9", "AUTH-16"}},
    {ACTION_USER_REPORT, {"AUTH-17"}},
    {ACTION_BREAK_GLASS_MADE, {"AUTH-12"}},
    {ACTION_LOG_READ, {"LOG-12"}},
    {ACTION_POLICY_APPLY, {"PRIV-7"}},
    {ACTION_POLICY_REFUSED, {"PRIV-7", "PROVE-5"}},
    {ACTION_DAEMON_START, {"LOG-4"}},
    {ACTION_DAEMON_STOP, {"LOG-4"}},
    {ACTION_CLOCK_STEP, {"LOG-4"}},
    {ACTION_SPOOL, {"LOG-4"}},
    {ACTION_SPOOL_REFUSED, {"LOG-4", "PROVE-5"}},
    {ACTION_INPUT_REFUSED, {"PROVE-5"}},
    {ACTION_DISK, {"LOG-4"}},
    {ACTION_REWOUND, {"LOG-3", "LOG-4"}},
};

void
controls_put(struct record *r, uint16_t action, const struct policy *policy, const char *rule)
{
	const char *list[CONTROLS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(controls_of) / sizeof(controls_of[0]); i++)
		for (size_t j = 0; controls_of[i].action == action && j < 6; j++)
			if (controls_of[i].control[j] != NULL)
				list[n++] = controls_of[i].control[j];
	for (size_t i = 0; policy != NULL && rule != NULL && i < policy->rule_count; i++)
		if (strcmp(policy->rule[i].name, rule) == 0)
			for (size_t j = 0;
			     j < policy->rule[i].control.count && n < CONTROLS_MAX; j++)
				list[n++] = policy->rule[i].control.item[j];
	if (n > 0)
		record_put_list(r, "sekisho.control", list, n);
}
