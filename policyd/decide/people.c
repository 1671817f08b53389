/* What is stated about people, by root, with evidence, and only what the policy knows; and who is
 * still a member of a role. */
#include "decide/internal.h"

void
decide_attribute_set(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	enum reason missing = REASON_NONE;

	if (!r->by_root)
		missing = REASON_ROOT_ONLY;
	else if (policy_attribute(p, r->attribute) == NULL)
		missing = REASON_NOT_FOUND;
	else if (r->user[0] == '\0' || r->text[0] == '\0' ||
		 (r->until_ms != 0 && r->until_ms <= f->wall_ms))
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_ATTRIBUTE_SET, missing);
}

void
decide_attribute_revoke(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = REASON_NONE;

	if (!r->by_root)
		missing = REASON_ROOT_ONLY;
	else if (!f->found)
		missing = REASON_NOT_FOUND;
	else if (r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_ATTRIBUTE_REVOKE, missing);
}

void
decide_permit_report(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = REASON_NONE;

	if (!f->found)
		missing = REASON_NOT_FOUND;
	else if (!f->open)
		missing = REASON_WRONG_STATE;
	else if (r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_PERMIT_REPORT, missing);
}

/* found: the list is whole and names somebody. */
void
decide_staff(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	uint16_t action =
	    r->verb == VERB_STAFF_IMPORT ? ACTION_STAFF_IMPORT : ACTION_STAFF_RECONCILE;

	if (!r->by_root)
		outcome_refuse(out, action, REASON_ROOT_ONLY);
	else if (!f->found)
		outcome_refuse(out, action, REASON_INVALID_VALUE);
	else
		outcome_allow(out, action, REASON_OK);
}

/* Who signs for the members of a role is none of them, whichever account they use. */
void
decide_role_certify(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	const struct role *role = policy_role(p, r->role);
	enum reason missing = REASON_NONE;

	if (r->by_root || !f->identified)
		missing = REASON_NOT_IDENTIFIED;
	else if (f->suspended)
		missing = REASON_SUSPENDED;
	else if (role == NULL)
		missing = REASON_NOT_FOUND;
	else if (!role_may_review(p, role, r->by, f->groups_known ? f->groups : NULL))
		missing = REASON_NOT_PERMITTED;
	else if (f->member)
		missing = REASON_SAME_PERSON;
	else if (!f->code_ok)
		missing = r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED;
	else if (r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	else if (!f->listed)
		missing = REASON_WRONG_STATE;
	outcome_settle(out, ACTION_ROLE_REVIEW, missing);
}
