/*
 * Roles: who may ask, who may approve, what ends one.
 *
 * Nobody holds power by default. A member asks for a stated reason and a limited time, with a
 * code of their own, in a login that this daemon knows; others approve, compared as persons.
 * Ending takes power away, so it asks for no proof.
 */
#include "decide/internal.h"
#include <string.h>

static void
deny(struct decision *out, uint16_t action, enum reason reason)
{
	outcome_deny(out, action, reason, TEXT_NONE);
}

/* Is it a person, in a login of their own, and do they prove it now? */
static enum reason
asker_missing(const struct admin_request *r, const struct admin_facts *f)
{
	if (r->by_root || !f->identified)
		return REASON_NOT_IDENTIFIED;
	if (f->suspended)
		return REASON_SUSPENDED;
	if (!f->code_ok)
		return r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED;
	return REASON_NONE;
}

/* What the role itself says about asking for it here and now. */
static enum reason
role_refuses(
    const struct role *role, const struct admin_request *r, const struct admin_facts *f)
{
	if (!policy_is_among(&role->members, r->by, f->groups_known ? f->groups : NULL))
		return REASON_NOT_PERMITTED;
	if (!sources_match(&role->from, f->source))
		return REASON_WRONG_PLACE;
	if (!policy_hours_match(&role->time, f->weekday, f->minute_of_day))
		return REASON_OUTSIDE_HOURS;
	if (r->for_ms > role->max_duration_ms)
		return REASON_TOO_LONG;
	return REASON_NONE;
}

static bool
role_is_full(const struct role *role, const struct admin_facts *f)
{
	return role->max_members != 0 && f->people >= role->max_members;
}

void
decide_role_request(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	const struct role *role = policy_role(p, r->role);
	enum reason missing = role == NULL ? REASON_NOT_FOUND : asker_missing(r, f);

	if (missing == REASON_NONE)
		missing = role_refuses(role, r, f);
	if (missing == REASON_NONE && (r->text[0] == '\0' || r->for_ms <= 0))
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && f->exists)
		missing = REASON_EXISTS;
	if (missing == REASON_NONE && role_is_full(role, f))
		missing = REASON_ROLE_FULL;
	if (missing != REASON_NONE)
		deny(out, ACTION_ROLE_REQUEST, missing);
	else
		outcome_allow(out, role->approve_nobody ? ACTION_GRANT_START : ACTION_ROLE_REQUEST,
		    REASON_OK);
}

enum reason
decide_grant_unfit(const struct policy *p, const struct admin_request *r, const struct admin_facts *f)
{
	const struct role *role = policy_role(p, r->role);

	if (f->exists) /* they approved it before */
		return REASON_EXISTS;
	if (role == NULL || r->for_ms > role->max_duration_ms)
		return REASON_WRONG_STATE; /* the policy is another one now */
	return f->enough && role_is_full(role, f) ? REASON_ROLE_FULL : REASON_NONE;
}

void
decide_grant_end(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!f->found)
		deny(out, ACTION_GRANT_END, REASON_NOT_FOUND);
	else if (!f->same_person && !f->redactor && !r->by_root)
		deny(out, ACTION_GRANT_END, REASON_NOT_PERMITTED);
	else if (!f->open)
		deny(out, ACTION_GRANT_END, REASON_WRONG_STATE);
	else
		outcome_allow(out, ACTION_GRANT_END,
		    f->same_person ? REASON_WITHDRAWN : REASON_REVOKED);
}
