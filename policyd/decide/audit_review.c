/*
 * What auditors do: they open records, say what they think of them, sign off a period, and keep
 * findings until somebody has put right what they found. Always as a person in a login of their
 * own that this daemon knows; root is nobody here, and nobody signs for a time in which they had
 * power themselves.
 */
#include "decide/internal.h"

static enum reason
auditor_missing(const struct admin_request *r, const struct admin_facts *f)
{
	if (r->by_root || !f->identified)
		return REASON_NOT_IDENTIFIED;
	if (f->suspended)
		return REASON_SUSPENDED;
	return f->auditor ? REASON_NONE : REASON_NOT_PERMITTED;
}

void
decide_review_open(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = auditor_missing(r, f);

	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	outcome_settle(out, ACTION_REVIEW_OPEN, missing);
}

void
decide_review_mark(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = auditor_missing(r, f);

	if (missing == REASON_NONE && r->name[0] == '\0')
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && !f->open) /* nobody has looked at it */
		missing = REASON_WRONG_STATE;
	outcome_settle(out, ACTION_REVIEW_MARK, missing);
}

void
decide_review_sign(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = auditor_missing(r, f);

	if (missing == REASON_NONE && !f->code_ok)
		missing = r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED;
	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE && f->power != 0)
		missing = REASON_SAME_PERSON;
	if (missing == REASON_NONE && f->unopened != 0)
		missing = REASON_UNOPENED;
	outcome_settle(out, ACTION_REVIEW_SIGN_OFF, missing);
}

void
decide_finding_add(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = auditor_missing(r, f);

	if (missing == REASON_NONE && (r->text[0] == '\0' || r->name[0] == '\0' || r->for_ms <= 0))
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	outcome_settle(out, ACTION_FINDING_OPEN, missing);
	if (missing == REASON_NONE && f->grave) {
		out->reason = REASON_GRAVE;
		out->events[0].reason = REASON_GRAVE;
	}
}

void
decide_finding_close(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = auditor_missing(r, f);

	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE && !f->open)
		missing = REASON_WRONG_STATE;
	if (missing == REASON_NONE && f->same_person) /* who had to put it right */
		missing = REASON_SAME_PERSON;
	if (missing == REASON_NONE && r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_FINDING_CLOSE, missing);
}
