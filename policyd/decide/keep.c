/*
 * What is kept beyond its period, and what is destroyed before it.
 *
 * Holding is root's. Destroying one record takes two people: each acts as the login identity of
 * a session that is known, for their own account, with a code of their own; and they are
 * compared as persons, because one person may have several accounts. Root alone is nobody here.
 */
#include "decide/internal.h"
#include <string.h>

void
decide_hold_add(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!r->by_root)
		outcome_refuse(out, ACTION_HOLD, REASON_ROOT_ONLY);
	else if (!f->found || r->text[0] == '\0')
		outcome_refuse(out, ACTION_HOLD, REASON_INVALID_VALUE);
	else
		outcome_allow(out, ACTION_HOLD, REASON_OK);
}

void
decide_hold_release(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!r->by_root)
		outcome_refuse(out, ACTION_RELEASE, REASON_ROOT_ONLY);
	else if (!f->found)
		outcome_refuse(out, ACTION_RELEASE, REASON_NOT_FOUND);
	else if (!f->open)
		outcome_refuse(out, ACTION_RELEASE, REASON_WRONG_STATE);
	else if (r->text[0] == '\0')
		outcome_refuse(out, ACTION_RELEASE, REASON_INVALID_VALUE);
	else
		outcome_allow(out, ACTION_RELEASE, REASON_OK);
}

/* Is it a person, one of those who may, and do they prove it now? */
enum reason
decide_person_missing(const struct admin_request *r, const struct admin_facts *f)
{
	if (r->by_root || !f->identified)
		return REASON_NOT_IDENTIFIED;
	if (f->suspended)
		return REASON_SUSPENDED;
	if (!f->redactor)
		return REASON_NOT_PERMITTED;
	if (!f->code_ok)
		return r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED;
	return REASON_NONE;
}

/* What protects the record itself. */
static enum reason
record_kept(const struct admin_facts *f)
{
	if (f->for_ever)
		return REASON_KEPT_FOR_EVER;
	return f->on_hold ? REASON_ON_HOLD : REASON_NONE;
}

void
decide_redact(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = decide_person_missing(r, f);

	if (missing == REASON_NONE && r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE)
		missing = record_kept(f);
	if (missing == REASON_NONE && f->exists)
		missing = REASON_EXISTS;
	outcome_settle(out, ACTION_REDACT_REQUEST, missing);
}

/* Root reads the log, and papers are an auditor's too; who sends it away is a person, and from some
 * rating on not alone. */
void
decide_export(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	bool asks = f->must_approve && r->request[0] == '\0', paper = r->verb == VERB_PAPER;
	bool report = r->verb == VERB_AUDIT_REPORT ||
		      r->verb == VERB_AUDIT_BUNDLE; /* for those who may read it all anyway */
	uint16_t action = asks ? ACTION_EXPORT_REQUEST : paper ? ACTION_PAPER : ACTION_EXPORT;

	if (!r->by_root && !((paper || report) && f->auditor))
		outcome_refuse(out, action, REASON_ROOT_ONLY);
	else if ((paper || report) && f->suspended)
		outcome_refuse(out, action, REASON_SUSPENDED);
	else if (r->text[0] == '\0')
		outcome_refuse(out, action, REASON_INVALID_VALUE);
	else if (asks && !f->identified)
		outcome_refuse(out, action, REASON_NOT_IDENTIFIED);
	else if (asks && f->exists)
		outcome_refuse(out, action, REASON_EXISTS);
	else if (f->must_approve && !asks && !f->found)
		outcome_refuse(out, action, REASON_NOT_FOUND);
	else if (f->must_approve && !asks && !f->open)
		outcome_refuse(out, action, REASON_WRONG_STATE);
	else
		outcome_allow(out, action, REASON_OK);
}

static bool
is_contingency(const struct admin_request *r)
{
	return strcmp(r->key, CONTINGENCY_KEY) == 0;
}

/* What an answer to a request is recorded as; begins: it is the last approval that was needed. */
static uint16_t
answer_action(const struct admin_request *r, bool begins)
{
	switch (r->request[0]) {
	case 'R':
		return begins ? ACTION_GRANT_START : ACTION_ROLE_ANSWER;
	case 'D':
		return ACTION_EXPORT_REQUEST;
	case 'E':
		if (is_contingency(r))
			return begins ? ACTION_CONTINGENCY_START : ACTION_CONTINGENCY_ANSWER;
		return ACTION_EXCEPTION_ANSWER;
	case 'B':
		return ACTION_BYPASS_ANSWER;
	case 'P':
		return ACTION_POLICY_ANSWER;
	case 'U':
		return ACTION_USE_ANSWER;
	default:
		return ACTION_REDACT;
	}
}

void
decide_approve(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	enum reason missing = decide_person_missing(r, f);

	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE && !f->open)
		missing = REASON_WRONG_STATE;
	/* for oneself is for oneself, with a wrong code too */
	if (f->same_person &&
	    (missing == REASON_NONE || missing == REASON_NOT_PERMITTED ||
		missing == REASON_WRONG_CODE || missing == REASON_PROOF_NEEDED))
		missing = REASON_SAME_PERSON;
	if (missing == REASON_NONE && f->crossed)
		missing = REASON_CROSSED;
	if (missing == REASON_NONE)
		missing = r->request[0] == 'R' ? decide_grant_unfit(p, r, f) : record_kept(f);
	if (missing == REASON_NONE)
		missing = decide_exception_unfit(r, f);
	if (missing != REASON_NONE) {
		outcome_refuse(out, answer_action(r, false), missing);
		return;
	}
	outcome_allow(out, answer_action(r, f->enough), REASON_OK);
	exception_used(out, f->contingency);
}

/* Whoever asked may take it back, and whoever may approve may decline: both only leave the
 * record as it is, so root may too, and nobody has to prove anything. */
void
decide_decline(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	uint16_t action = answer_action(r, false);

	if (!f->found)
		outcome_refuse(out, action, REASON_NOT_FOUND);
	else if (!f->same_person && !f->redactor && !r->by_root)
		outcome_refuse(out, action, REASON_NOT_PERMITTED);
	else if (!f->open)
		outcome_refuse(out, action, REASON_WRONG_STATE);
	else if (r->request[0] == 'E' && !f->same_person && r->text[0] == '\0')
		outcome_refuse(out, action, REASON_INVALID_VALUE); /* refused, with the reason */
	if (out->reason != REASON_NONE)
		return;
	out->verdict = VERDICT_ALLOW;
	out->reason = f->same_person ? REASON_WITHDRAWN : REASON_DECLINED;
	/* to the record that was to be destroyed, nothing happened */
	outcome_event(out, action, OUTCOME_FAILURE, out->reason);
}
