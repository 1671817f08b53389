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
    {ACTION_USER_ENDED, {"AUTH-9"}},
    {ACTION_USER_RETIRE, {"AUTH-9", "PRIV-9"}},
    {ACTION_TWO_DEVICES, {"AUTH-1"}},
    {ACTION_CAPABILITIES_USE, {"PRIV-3"}},
    {ACTION_SESSION_IDLE, {"AUTH-15"}},
    {ACTION_DOWNLOAD_WARN, {"LOG-6"}},
    {ACTION_DOWNLOAD_DAY_WARN, {"LOG-6"}},
    {ACTION_DOWNLOAD_SESSION, {"LOG-6"}},
    {ACTION_DOWNLOAD_DAY, {"LOG-6"}},
    {ACTION_USER_RESUME, {"AUTH-9", "AUTH-16"}},
    {ACTION_USER_REPORT, {"AUTH-17"}},
    {ACTION_BREAK_GLASS_MADE, {"AUTH-12"}},
    {ACTION_LOG_READ, {"LOG-12"}},
    {ACTION_COMMAND_REFUSE, {"LOG-12"}},
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
    {ACTION_LOG_KEY, {"LOG-3", "KEY-2"}},
    {ACTION_REANCHOR, {"LOG-3"}},
    {ACTION_ALERT_RAISE, {"LOG-9"}},
    {ACTION_ALERT_UNDELIVERED, {"LOG-4", "LOG-9"}},
    {ACTION_LOG_END, {"LOG-14", "KEY-2"}},
    {ACTION_RETENTION, {"LOG-1", "LOG-10", "LOG-14"}},
    {ACTION_HOLD, {"LOG-10"}},
    {ACTION_RELEASE, {"LOG-10"}},
    {ACTION_REDACT_REQUEST, {"LOG-10", "LOG-14"}},
    {ACTION_REDACT, {"LOG-10", "LOG-14"}},
    {ACTION_ROLE_REQUEST, {"PRIV-1", "PRIV-3", "PRIV-5"}},
    {ACTION_ROLE_REVIEW, {"PRIV-2", "PRIV-9"}},
    {ACTION_ROLE_REVIEW_OVERDUE, {"PRIV-9"}},
    {ACTION_STAFF_IMPORT, {"PRIV-14", "PROVE-8"}},
    {ACTION_STAFF_MOVE, {"PRIV-9"}},
    {ACTION_STAFF_END, {"PRIV-9"}},
    {ACTION_STAFF_RECONCILE, {"PRIV-14", "PROVE-8"}},
    {ACTION_ROLE_ANSWER, {"PRIV-3", "PRIV-5"}},
    {ACTION_GRANT_START, {"PRIV-1", "PRIV-3", "PRIV-5"}},
    {ACTION_GRANT_END, {"PRIV-3", "AUTH-9"}},
    {ACTION_USE_REQUEST, {"PRIV-3", "PRIV-5"}},
    {ACTION_USE_ANSWER, {"PRIV-3", "PRIV-5"}},
    {ACTION_SUDO_COMMAND, {"PRIV-1", "PRIV-3", "LOG-1"}},
    {ACTION_SUDO_EXIT, {"PRIV-3", "LOG-1"}},
    {ACTION_SUDO_REFUSED, {"PRIV-1", "LOG-1"}},
    {ACTION_SUDO_END, {"PRIV-3", "AUTH-9"}},
    {ACTION_SUDO_LEFT, {"PRIV-3", "AUTH-9"}},
    {ACTION_CONTINGENCY_PREPARED, {"PRIV-7", "PRIV-16"}},
    {ACTION_CONTINGENCY_REQUEST, {"PRIV-8", "PRIV-16"}},
    {ACTION_CONTINGENCY_ANSWER, {"PRIV-5", "PRIV-8", "PRIV-16"}},
    {ACTION_CONTINGENCY_START, {"PRIV-5", "PRIV-8", "PRIV-16"}},
    {ACTION_CONTINGENCY_END, {"PRIV-8", "PRIV-16"}},
    {ACTION_EXCEPTION_REQUEST, {"PRIV-8"}},
    {ACTION_EXCEPTION_ANSWER, {"PRIV-5", "PRIV-8"}},
    {ACTION_EXCEPTION_START, {"PRIV-8"}},
    {ACTION_EXCEPTION_END, {"PRIV-8"}},
    {ACTION_EXCEPTION_REPORT, {"PRIV-8"}},
    {ACTION_EXCEPTION_OVERDUE, {"PRIV-8"}},
    {ACTION_BYPASS_REQUEST, {"AUTH-12", "AUTH-16", "PRIV-8"}},
    {ACTION_BYPASS_ANSWER, {"AUTH-12", "PRIV-5", "PRIV-8"}},
    {ACTION_BREAK_GLASS_REVIEW, {"AUTH-12", "PRIV-5", "PRIV-8"}},
    {ACTION_POLICY_REQUEST, {"PRIV-7"}},
    {ACTION_POLICY_ANSWER, {"PRIV-5", "PRIV-7"}},
    {ACTION_KEY_MAKE, {"KEY-1", "KEY-2"}},
    {ACTION_KEY_ROTATE, {"KEY-1", "KEY-2"}},
    {ACTION_KEY_RETIRE, {"KEY-2"}},
    {ACTION_KEY_BACKUP, {"KEY-3"}},
    {ACTION_KEY_EXPOSED, {"KEY-2"}},
    {ACTION_KEY_OVERDUE, {"KEY-2"}},
    {ACTION_EXPORT, {"LOG-12", "LOG-13", "PROVE-2"}},
    {ACTION_EXPORT_REQUEST, {"LOG-12", "LOG-13"}},
    {ACTION_PAPER, {"PRIV-8", "PRIV-13", "PROVE-2"}},
    {ACTION_BACKUP_CREATE, {"LOG-11", "LOG-13"}},
    {ACTION_BACKUP_OVERDUE, {"LOG-11"}},
    {ACTION_BACKUP_RESTORE, {"LOG-3", "LOG-11"}},
    {ACTION_FORWARD_BEHIND, {"LOG-3", "LOG-4"}},
    {ACTION_FORWARD_RESUMED, {"LOG-3"}},
    {ACTION_SYSTEM_BASELINE, {"LOG-8"}},
    {ACTION_SYSTEM_CHANGE, {"LOG-8"}},
    {ACTION_CHANGE_PENDING, {"PRIV-7"}},
    {ACTION_CHANGE_CONFIRM, {"PRIV-7"}},
    {ACTION_CHANGE_UNDO, {"PRIV-7"}},
    {ACTION_CHANGE_CONFLICT, {"LOG-8"}},
    {ACTION_TRAINING_EXCUSE, {"PRIV-11"}},
    {ACTION_TRAINING_URGE, {"PRIV-11"}},
    {ACTION_TRAINING_OVERDUE, {"PRIV-11"}},
    {ACTION_PLAN_DONE, {"PROVE-1"}},
    {ACTION_PLAN_OVERDUE, {"PROVE-1"}},
    {ACTION_SELF_CHECK, {"PROVE-1"}},
    {ACTION_CHECK_RUN, {"PROVE-1", "PROVE-3"}},
    {ACTION_CHECK_FINDING, {"PROVE-1", "PROVE-3"}},
    {ACTION_CHECK_SIGN_OFF, {"LOG-7"}},
};

/* What the outcome itself is evidence of, whatever was asked. */
static const struct {
	uint32_t reason;
	const char *control;
} controls_of_reason[] = {
    {REASON_SUSPENDED, "AUTH-9"},
    {REASON_SHARED_DIRECT, "AUTH-13"},
    {REASON_HELD, "AUTH-13"},
    {REASON_EVERYDAY_SERVICE, "PRIV-4"},
    {REASON_DEVICE_REQUIRED, "AUTH-1"},
    {REASON_LOCKED, "AUTH-14"},
    {REASON_SOURCE_LOCKED, "AUTH-14"},
    {REASON_SERVICE_INTERACTIVE, "AUTH-1"},
};

/* Each control once. */
struct controls {
	const char *item[CONTROLS_MAX];
	size_t count;
};

static void
controls_add(struct controls *c, const char *control)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->item[i], control) == 0)
			return;
	if (c->count < CONTROLS_MAX)
		c->item[c->count++] = control;
}

static void
controls_add_rule(struct controls *c, const struct policy *policy, const char *rule)
{
	for (size_t i = 0; policy != NULL && rule != NULL && i < policy->rule_count; i++)
		if (strcmp(policy->rule[i].name, rule) == 0)
			for (size_t j = 0; j < policy->rule[i].control.count; j++)
				controls_add(c, policy->rule[i].control.item[j]);
}

void
controls_put_decision(
    struct record *r, uint16_t action, const struct policy *policy, const struct decision *d)
{
	struct controls c = {.count = 0};

	for (size_t i = 0; i < sizeof(controls_of) / sizeof(controls_of[0]); i++)
		for (size_t j = 0; controls_of[i].action == action && j < 6; j++)
			if (controls_of[i].control[j] != NULL)
				controls_add(&c, controls_of[i].control[j]);
	for (size_t i = 0; i < sizeof(controls_of_reason) / sizeof(controls_of_reason[0]); i++)
		if (controls_of_reason[i].reason == d->reason)
			controls_add(&c, controls_of_reason[i].control);
	if (d->floor)
		controls_add(&c, "AUTH-6");
	if (d->noticed)
		controls_add(&c, "LOG-2");
	controls_add_rule(&c, policy, d->rule);
	if (c.count > 0)
		record_put_list(r, "sekisho.control", c.item, c.count);
}

void
controls_put(struct record *r, uint16_t action)
{
	const struct decision none = {0};

	controls_put_decision(r, action, NULL, &none);
}
