/*
 * Roles: who may ask, who may approve, what ends one.
 *
 * Nobody holds power by default. A member asks for a stated reason and a limited time, with a
 * code of their own, in a login that this daemon knows; others approve, compared as persons.
 * Ending takes power away, so it asks for no proof.
 */
#include "decide/internal.h"
#include <string.h>

static bool
role_is_full(const struct role *role, const struct admin_facts *f)
{
	return role->max_members != 0 && f->people >= role->max_members;
}

/* ---- what asking for a role takes --------------------------------------------------------- */

struct conditions {
	struct role_condition *item;
	size_t count;
};

static void
take(struct conditions *c, enum reason reason, bool met)
{
	if (c->count < ROLE_CONDITIONS_MAX)
		c->item[c->count++] = (struct role_condition){reason, met};
}

/* Is it a person, in a login of their own, and do they prove it now? */
static void
take_asker(struct conditions *c, const struct admin_request *r, const struct admin_facts *f)
{
	take(c, REASON_NOT_IDENTIFIED, !r->by_root && f->identified);
	take(c, REASON_SUSPENDED, !f->suspended);
	take(c, r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED, f->code_ok);
}

/* Nobody, or another person whom the policy lets be asked, with a reason. */
static bool
superior_is_fit(
    const struct policy *p, const struct role *role, const struct admin_request *r)
{
	if (r->superior[0] == '\0')
		return true;
	return r->because[0] != '\0' && role_may_be_asked(role, r->superior) &&
	       strcmp(policy_person(p, r->superior), policy_person(p, r->by)) != 0;
}

/* What the role itself says about asking for it here and now. */
static void
take_role(struct conditions *c, const struct policy *p, const struct role *role, const struct admin_request *r,
    const struct admin_facts *f)
{
	int64_t date_ms = f->date_ms > f->wall_ms ? f->date_ms : f->wall_ms;
	int64_t until_ms =
	    role_member_until(role, r->by, f->groups_known ? f->groups : NULL);

	take(c, REASON_NOT_PERMITTED, date_ms < until_ms);
	take(c, REASON_NOT_CERTIFIED, f->standing == STANDING_COUNTS);
	take(c, REASON_WRONG_PLACE, sources_match(&role->from, f->source));
	take(c, REASON_OUTSIDE_HOURS,
	    policy_hours_match(&role->time, f->weekday, f->minute_of_day));
	take(c, REASON_TOO_LONG,
	    r->for_ms <= role->max_duration_ms &&
		(date_ms >= until_ms || r->for_ms <= until_ms - date_ms));
	take(c, REASON_ATTRIBUTE_MISSING,
	    policy_attribute_missing(p, &role->attributes, policy_person(p, r->by), f->attributes,
		date_ms) == NULL);
	take(c, REASON_TICKET_MISSING, policy_ticket_matches(role, r->ticket));
	take(c, REASON_SUPERIOR_UNFIT, superior_is_fit(p, role, r));
	take(c, REASON_INVALID_VALUE, r->text[0] != '\0' && r->for_ms > 0);
	take(c, REASON_EXISTS, !f->exists);
	take(c, REASON_ROLE_FULL, !role_is_full(role, f));
	take(c, REASON_TOO_MANY_ROLES, f->held < ROLES_AT_ONCE);
}

size_t
explain_role(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct role_condition out[ROLE_CONDITIONS_MAX])
{
	const struct role *role = policy_role(p, r->role);
	struct conditions c = {.item = out};

	if (role == NULL) {
		take(&c, REASON_NOT_FOUND, false);
		return c.count;
	}
	take_asker(&c, r, f);
	take_role(&c, p, role, r, f);
	return c.count;
}

/* The first that is missing. */
static enum reason
request_missing(
    const struct policy *p, const struct admin_request *r, const struct admin_facts *f)
{
	struct role_condition c[ROLE_CONDITIONS_MAX];
	size_t count = explain_role(p, r, f, c);

	for (size_t i = 0; i < count; i++) {
		if (!c[i].met)
			return (enum reason)c[i].reason;
	}
	return REASON_NONE;
}

void
decide_role_request(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	const struct role *role = policy_role(p, r->role);
	enum reason missing = request_missing(p, r, f);

	if (missing != REASON_NONE || role == NULL)
		outcome_refuse(out, ACTION_ROLE_REQUEST, missing);
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
		outcome_refuse(out, ACTION_GRANT_END, REASON_NOT_FOUND);
	else if (!f->same_person && !f->redactor && !r->by_root)
		outcome_refuse(out, ACTION_GRANT_END, REASON_NOT_PERMITTED);
	else if (!f->open)
		outcome_refuse(out, ACTION_GRANT_END, REASON_WRONG_STATE);
	else
		outcome_allow(out, ACTION_GRANT_END,
		    f->same_person ? REASON_WITHDRAWN : REASON_REVOKED);
}
