/*
 * Commands: who may issue, confirm, end and import second factors, suspend and resume accounts,
 * lift locks and change the policy.
 *
 * Root acts for others and its record names who verified the person and how. A person acts for
 * themselves only, and proves it: with a current code where they have a device, else with the
 * password, while the policy leaves enrolment open.
 */
#include "decide/internal.h"
#include <string.h>

enum device_states { PENDING, ACTIVE, LOST, REVOKED, RETURNED }; /* enum device_state */

static bool
is_self(const struct admin_request *r)
{
	return r->uid == r->by_uid && strcmp(r->user, r->by) == 0;
}

static bool
enrolment_is_open(const struct policy *p, const struct admin_facts *f)
{
	int64_t date_ms = f->date_ms > f->wall_ms ? f->date_ms : f->wall_ms;

	/* In the grace of a group the password alone lets in anyway: now is the time. */
	if (policy_grace_until(p, f->groups_known ? f->groups : NULL, date_ms) != 0)
		return true;
	return p->enrol_open &&
	       (p->enrol_until_wall_ms == 0 || f->wall_ms < p->enrol_until_wall_ms);
}

static bool
params_are_valid(const struct admin_request *r)
{
	return (r->digits == 6 || r->digits == 8) && (r->period_s == 30 || r->period_s == 60) &&
	       (strcmp(r->algorithm, "SHA1") == 0 || strcmp(r->algorithm, "SHA256") == 0 ||
		   strcmp(r->algorithm, "SHA512") == 0) &&
	       r->name[0] != '\0';
}

/* Has the person proved enough to change their own factors? */
static enum reason
proof_missing(
    const struct policy *p, const struct admin_request *r, const struct admin_facts *f)
{
	if (r->by_root)
		return REASON_NONE;
	if (!is_self(r))
		return REASON_NOT_PERMITTED;
	if (f->devices > 0)
		return f->code_ok ? REASON_NONE
				  : (r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED);
	if (f->code_ok) /* a recovery code, after the last device was lost */
		return REASON_NONE;
	if (!enrolment_is_open(p, f))
		return REASON_ENROLMENT_CLOSED;
	/* Reporting a loss asks for no proof: it must not make the password enough. */
	if (f->gave_up)
		return r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED;
	if (!f->password_ok)
		return r->has_password ? REASON_WRONG_PASSWORD : REASON_PROOF_NEEDED;
	return REASON_NONE;
}

static void
decide_enroll(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	enum reason missing;

	if (!params_are_valid(r))
		outcome_refuse(out, ACTION_FACTOR_ENROLL, REASON_INVALID_VALUE);
	else if (strcmp(r->purpose_version, p->purpose_version) != 0)
		outcome_refuse(out, ACTION_FACTOR_ENROLL, REASON_PURPOSE_NOT_ACCEPTED);
	else if ((missing = proof_missing(p, r, f)) != REASON_NONE)
		outcome_refuse(out, ACTION_FACTOR_ENROLL, missing);
	else if (f->suspended)
		outcome_refuse(out, ACTION_FACTOR_ENROLL, REASON_SUSPENDED);
	else if (f->exists)
		outcome_refuse(out, ACTION_FACTOR_ENROLL, REASON_EXISTS);
	else
		outcome_allow(out, ACTION_FACTOR_ENROLL, REASON_OK);
}

static void
decide_confirm(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!f->found || (!r->by_root && !is_self(r)))
		outcome_refuse(out, ACTION_FACTOR_CONFIRM, REASON_NOT_FOUND);
	else if (f->state != PENDING)
		outcome_refuse(out, ACTION_FACTOR_CONFIRM, REASON_WRONG_STATE);
	else if (f->suspended && !r->by_root)
		outcome_refuse(out, ACTION_FACTOR_CONFIRM, REASON_SUSPENDED);
	else if (!f->code_ok)
		outcome_refuse(out, ACTION_FACTOR_CONFIRM, REASON_WRONG_CODE);
	else
		outcome_allow(out, ACTION_FACTOR_CONFIRM, REASON_OK);
}

static void
decide_import(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!r->by_root)
		outcome_refuse(out, ACTION_FACTOR_IMPORT, REASON_ROOT_ONLY);
	else if (!params_are_valid(r))
		outcome_refuse(out, ACTION_FACTOR_IMPORT, REASON_INVALID_VALUE);
	else if (f->exists)
		outcome_refuse(out, ACTION_FACTOR_IMPORT, REASON_EXISTS);
	else
		outcome_allow(out, ACTION_FACTOR_IMPORT, REASON_OK);
}

/*
 * Ending a device. Reporting a loss needs no proof: it can only take access away, and whoever
 * lost the phone may have nothing else. Revoking and returning are not urgent, so they do.
 */
static void
decide_end(const struct policy *p, const struct admin_request *r, const struct admin_facts *f,
    uint16_t action, struct decision *out)
{
	enum reason missing = REASON_NONE;

	if (!r->by_root && !is_self(r))
		missing = REASON_NOT_PERMITTED;
	else if (action != ACTION_FACTOR_LOST)
		missing = proof_missing(p, r, f);
	if (missing != REASON_NONE)
		outcome_refuse(out, action, missing);
	else if (!f->found)
		outcome_refuse(out, action, REASON_NOT_FOUND);
	else if (f->state > LOST || (f->state == LOST && action != ACTION_FACTOR_RETURN))
		outcome_refuse(out, action, REASON_WRONG_STATE);
	else
		outcome_allow(out, action, REASON_OK);
}

static void
decide_recovery(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	enum reason missing = proof_missing(p, r, f);

	if (missing != REASON_NONE)
		outcome_refuse(out, ACTION_RECOVERY_CODES, missing);
	else if (f->suspended && !r->by_root)
		outcome_refuse(out, ACTION_RECOVERY_CODES, REASON_SUSPENDED);
	else if (f->devices == 0)
		outcome_refuse(out, ACTION_RECOVERY_CODES, REASON_NO_DEVICE);
	else
		outcome_allow(out, ACTION_RECOVERY_CODES, REASON_OK);
}

static void
decide_root_only(const struct admin_request *r, const struct admin_facts *f, uint16_t action,
    struct decision *out)
{
	if (!r->by_root)
		outcome_refuse(out, action, REASON_ROOT_ONLY);
	else if (!f->found)
		outcome_refuse(out, action, REASON_NOT_FOUND);
	else if (r->verb == VERB_USER_ADD && r->for_ms != 0 &&
		 (r->verified_by[0] == '\0' || strcmp(r->verified_by, "not stated") == 0))
		outcome_refuse(out, action, REASON_INVALID_VALUE);
	else if ((r->verb == VERB_USER_SUSPEND || r->verb == VERB_USER_RETIRE ||
		     r->verb == VERB_USER_ADD) &&
		 r->uid == 0)
		outcome_refuse(out, action,
		    REASON_NOT_PERMITTED); /* root at the console stays the last way in */
	else if (r->verb == VERB_USER_SUSPEND && f->suspended)
		outcome_refuse(out, action, REASON_WRONG_STATE);
	else if (r->verb == VERB_USER_RESUME && !f->suspended)
		outcome_refuse(out, action, REASON_WRONG_STATE);
	else if (r->verb == VERB_BREAK_GLASS_MADE && f->open)
		outcome_refuse(out, action, REASON_NOT_REVIEWED);
	else
		outcome_allow(out, action, REASON_OK);
}

/* Verbs whose only condition is who asks, or which device it is about. */
static const struct {
	uint32_t verb;
	uint16_t action;
} by_root[] = {
    {VERB_USER_UNLOCK, ACTION_LOCKOUT_END},
    {VERB_USER_SUSPEND, ACTION_USER_SUSPEND},
    {VERB_USER_RESUME, ACTION_USER_RESUME},
    {VERB_USER_RETIRE, ACTION_USER_RETIRE},
    {VERB_USER_ADD, ACTION_USER_INVITE},
    {VERB_PASSWORD_EXPIRE, ACTION_PASSWORD_EXPIRE},
    {VERB_BREAK_GLASS_MADE, ACTION_BREAK_GLASS_MADE},
    {VERB_POLICY_APPLY, ACTION_POLICY_APPLY},
    {VERB_POLICY_ROLLBACK, ACTION_POLICY_APPLY},
}, ends_device[] = {
    {VERB_FACTOR_REVOKE, ACTION_FACTOR_REVOKE},
    {VERB_FACTOR_LOST, ACTION_FACTOR_LOST},
    {VERB_FACTOR_RETURN, ACTION_FACTOR_RETURN},
};

static bool
decide_by_table(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	for (size_t i = 0; i < sizeof(by_root) / sizeof(by_root[0]); i++) {
		if (by_root[i].verb == r->verb) {
			decide_root_only(r, f, by_root[i].action, out);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(ends_device) / sizeof(ends_device[0]); i++) {
		if (ends_device[i].verb == r->verb) {
			decide_end(p, r, f, ends_device[i].action, out);
			return true;
		}
	}
	return false;
}

static void
decide_report(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	(void)r; /* everybody's own */
	if (!f->found)
		outcome_refuse(out, ACTION_USER_REPORT, REASON_INVALID_VALUE);
	else
		outcome_allow(out, ACTION_USER_REPORT, REASON_OK);
}

/* Whose question each of the others is; by_policy sees the policy, by_facts need not. */
static const struct {
	uint32_t verb;
	void (*by_policy)(const struct policy *p, const struct admin_request *r,
	    const struct admin_facts *f, struct decision *out);
	void (*by_facts)(
	    const struct admin_request *r, const struct admin_facts *f, struct decision *out);
} by_verb[] = {
    {VERB_ENROLL, .by_policy = decide_enroll},
    {VERB_ENROLL_CONFIRM, .by_facts = decide_confirm},
    {VERB_FACTOR_IMPORT, .by_facts = decide_import},
    {VERB_RECOVERY_CODES, .by_policy = decide_recovery},
    {VERB_REPORT, .by_facts = decide_report},

    {VERB_REQUEST, .by_policy = decide_role_request},
    {VERB_APPROVE, .by_policy = decide_approve},
    {VERB_DENY, .by_facts = decide_decline},
    {VERB_GRANT_END, .by_facts = decide_grant_end},
    {VERB_PERMIT_REPORT, .by_facts = decide_permit_report},
    {VERB_ROLE_CERTIFY, .by_policy = decide_role_certify},

    {VERB_ATTRIBUTE_SET, .by_policy = decide_attribute_set},
    {VERB_ATTRIBUTE_REVOKE, .by_facts = decide_attribute_revoke},
    {VERB_STAFF_IMPORT, .by_facts = decide_staff},
    {VERB_STAFF_RECONCILE, .by_facts = decide_staff},
    {VERB_TRAINING_EXCUSE, .by_policy = decide_training_excuse},
    {VERB_PLAN_DONE, .by_facts = decide_plan_done},
    {VERB_SELF_CHECK, .by_facts = decide_self_check},

    {VERB_EXCEPTION_REQUEST, .by_policy = decide_exception_request},
    {VERB_EXCEPTION_END, .by_facts = decide_exception_end},
    {VERB_EXCEPTION_REPORT, .by_facts = decide_exception_report},
    {VERB_BYPASS_REQUEST, .by_policy = decide_bypass_request},
    {VERB_CONTINGENCY_ACTIVATE, .by_facts = decide_contingency_request},
    {VERB_BREAK_GLASS_REVIEW, .by_facts = decide_review},

    {VERB_HOLD_ADD, .by_facts = decide_hold_add},
    {VERB_HOLD_RELEASE, .by_facts = decide_hold_release},
    {VERB_REDACT, .by_facts = decide_redact},
    {VERB_EXPORT, .by_facts = decide_export},
    {VERB_PAPER, .by_facts = decide_export},
    {VERB_AUDIT_REPORT, .by_facts = decide_export},
    {VERB_AUDIT_BUNDLE, .by_facts = decide_export},
    {VERB_REVIEW_OPEN, .by_facts = decide_review_open},
    {VERB_REVIEW_MARK, .by_facts = decide_review_mark},
    {VERB_REVIEW_SIGN, .by_facts = decide_review_sign},
    {VERB_FINDING_ADD, .by_facts = decide_finding_add},
    {VERB_FINDING_CLOSE, .by_facts = decide_finding_close},
};

void
decide_command(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	*out = (struct decision){0};
	if ((r->verb == VERB_POLICY_APPLY || r->verb == VERB_POLICY_ROLLBACK) && f->must_approve &&
	    !f->open) {
		decide_policy_request(r, f, out);
		return;
	}
	if (decide_by_table(p, r, f, out))
		return;
	for (size_t i = 0; i < sizeof(by_verb) / sizeof(by_verb[0]); i++) {
		if (by_verb[i].verb != r->verb)
			continue;
		if (by_verb[i].by_policy != NULL)
			by_verb[i].by_policy(p, r, f, out);
		else
			by_verb[i].by_facts(r, f, out);
		return;
	}
	out->reason = REASON_NOT_PERMITTED;
}
