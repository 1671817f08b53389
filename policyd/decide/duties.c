/* What is due once in a fiscal year: who is excused, what of the plan is done, and self-checks. */
#include "decide/internal.h"

/* Only from what is due each year; the reason is why they cannot attend. */
void
decide_training_excuse(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	const struct attribute *a = policy_attribute(p, r->attribute);
	enum reason missing = REASON_NONE;

	(void)f; /* whatever was recorded before */
	if (!r->by_root)
		missing = REASON_ROOT_ONLY;
	else if (a == NULL || !a->fiscal_year)
		missing = REASON_NOT_FOUND;
	else if (r->user[0] == '\0' || r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_TRAINING_EXCUSE, missing);
}

void
decide_plan_done(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = REASON_NONE;

	if (!r->by_root && !f->auditor)
		missing = REASON_NOT_PERMITTED;
	else if (!f->found)
		missing = REASON_NOT_FOUND;
	else if (f->exists)
		missing = REASON_WRONG_STATE;
	else if (r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_PLAN_DONE, missing);
}

/* In one's own name: a person says how it is, nobody for them. */
void
decide_self_check(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = REASON_NONE;

	if (r->by_root || !f->identified)
		missing = REASON_NOT_IDENTIFIED;
	else if (f->suspended)
		missing = REASON_SUSPENDED;
	else if (r->role[0] == '\0' || !f->found)
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_SELF_CHECK, missing);
}
