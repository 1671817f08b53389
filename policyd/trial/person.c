/* What is asked of people before they get credentials, an exception or records; and whether a
 * report of theirs is taken, and reaches somebody. */
#include "trial/trial.h"

#include <stdio.h>
#include <string.h>

static void
person_asks(uint32_t verb, struct admin_request *r, struct admin_facts *f)
{
	*r = (struct admin_request){.verb = verb,
	    .by_uid = TRIAL_UID,
	    .uid = TRIAL_UID,
	    .login_uid = TRIAL_UID,
	    .text = "-",
	    .has_code = true};
	(void)snprintf(r->by, sizeof(r->by), "%s", TRIAL_PERSON);
	(void)snprintf(r->user, sizeof(r->user), "%s", TRIAL_PERSON);
	*f = (struct admin_facts){.identified = true,
	    .redactor = true,
	    .code_ok = true,
	    .found = true,
	    .groups_known = true};
}

static void
root_asks(uint32_t verb, struct admin_request *r, struct admin_facts *f)
{
	person_asks(verb, r, f);
	r->by_root = true;
	r->by_uid = 0;
	(void)snprintf(r->by, sizeof(r->by), "root");
}

static bool
is_refused(const struct policy *p, const struct admin_request *r, const struct admin_facts *f,
    uint32_t reason)
{
	struct decision d;

	decide_command(p, r, f, &d);
	return d.verdict != VERDICT_ALLOW && d.reason == reason;
}

/* Whoever has no device yet, and nothing but the password. */
void
trial_enrolment(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	person_asks(VERB_ENROLL, &r, &f);
	r.has_code = f.code_ok = false;
	r.has_password = f.password_ok = true;
	r.digits = 6;
	r.period_s = 30;
	(void)snprintf(r.algorithm, sizeof(r.algorithm), "SHA256");
	(void)snprintf(r.name, sizeof(r.name), "trial");
	(void)snprintf(r.purpose_version, sizeof(r.purpose_version), "%s", p->purpose_version);
	f.wall_ms = f.date_ms = t->now_ms;
	trial_note(t, is_refused(p, &r, &f, REASON_ENROLMENT_CLOSED), "password alone", "");
}

void
trial_unverified(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	root_asks(VERB_USER_ADD, &r, &f);
	r.for_ms = 1000;
	trial_note(t, is_refused(p, &r, &f, REASON_INVALID_VALUE), "invitation", "");
	for (int how = 0; how < 2; how++) {
		person_asks(VERB_BYPASS_REQUEST, &r, &f);
		r.for_ms = 1000;
		r.subject_uid = TRIAL_UID - 1;
		(void)snprintf(r.subject, sizeof(r.subject), "%s", TRIAL_PERSON "-2");
		(void)snprintf(
		    how == 0 ? r.verified_how : r.verified_by, sizeof(r.verified_by), "-");
		trial_note(t, is_refused(p, &r, &f, REASON_INVALID_VALUE), "bypass", "");
	}
}

/* Does an alert about it go to anybody? */
static bool
is_heard(const struct policy *p, const char *event)
{
	for (size_t i = 0; i < p->alert_count; i++) {
		const struct alert_rule *rule = &p->alert[i];
		bool named = false, told = false;

		for (size_t k = 0; k < rule->event.count; k++)
			named |= strcmp(rule->event.item[k], event) == 0;
		for (size_t k = 0; k < rule->to.count; k++)
			told |= rule->to.item[k].to != ALERT_TO_NOBODY;
		if (named && told && !rule->off)
			return true;
	}
	return false;
}

void
trial_report(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;
	struct decision d;

	person_asks(VERB_REPORT, &r, &f);
	r.has_code = f.code_ok = false;
	decide_command(p, &r, &f, &d);
	trial_note(t, d.verdict == VERDICT_ALLOW, "taken", "");
	person_asks(VERB_FACTOR_LOST, &r, &f);
	r.has_code = f.code_ok = false;
	f.state = 1; /* DEVICE_ACTIVE */
	decide_command(p, &r, &f, &d);
	trial_note(t, d.verdict == VERDICT_ALLOW, "device lost", "");
	trial_note(t, is_heard(p, "user.report"), "nobody is told", "");
}

/* ---- exceptions ----------------------------------------------------------------------------
 */

static bool
exception_base(const struct policy *p, struct admin_request *r, struct admin_facts *f)
{
	person_asks(VERB_EXCEPTION_REQUEST, r, f);
	for (size_t i = 0; i < p->rule_count; i++) {
		if (!p->rule[i].require_mfa)
			continue;
		(void)snprintf(r->rule, sizeof(r->rule), "%s", p->rule[i].name);
		(void)snprintf(r->key, sizeof(r->key), "require");
		(void)snprintf(r->subject, sizeof(r->subject), "%s", TRIAL_PERSON);
		(void)snprintf(r->scope_service, sizeof(r->scope_service), "*");
		(void)snprintf(r->scope_source, sizeof(r->scope_source), "*");
		(void)snprintf(r->clause, sizeof(r->clause), "-");
		(void)snprintf(r->measure, sizeof(r->measure), "-");
		(void)snprintf(r->report, sizeof(r->report), "-");
		r->for_ms = 1000;
		return true;
	}
	return false;
}

/* Each field of the form left out, a period beyond the longest, an answer without a reason. */
void
trial_exception(const struct policy *p, struct trial *t)
{
	static const char *const field[] = {"clause", "measure", "report", "reason", "period"};
	static struct admin_request r;
	static struct admin_facts f;

	for (size_t i = 0; i < 5 && exception_base(p, &r, &f); i++) {
		char *const text[] = {r.clause, r.measure, r.report, r.text};

		if (i < 4)
			text[i][0] = '\0';
		else
			r.for_ms = 0;
		trial_note(t, is_refused(p, &r, &f, REASON_INVALID_VALUE), "without", field[i]);
	}
	if (exception_base(p, &r, &f)) {
		r.for_ms = p->exception_max_ms + 1000;
		trial_note(t, is_refused(p, &r, &f, REASON_TOO_LONG), "too long", "");
	}
	for (int granted = 0; granted < 2; granted++) {
		person_asks(granted ? VERB_APPROVE : VERB_DENY, &r, &f);
		(void)snprintf(r.request, sizeof(r.request), "E-1");
		r.text[0] = '\0';
		f.open = true;
		trial_note(t, is_refused(p, &r, &f, REASON_INVALID_VALUE),
		    "answer without reason", "");
	}
}

/* ---- records that leave, policies that change ----------------------------------------------
 */

void
trial_export(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	person_asks(VERB_EXPORT, &r, &f);
	trial_note(t, is_refused(p, &r, &f, REASON_ROOT_ONLY), "by anybody", "");
	root_asks(VERB_EXPORT, &r, &f);
	r.text[0] = '\0';
	trial_note(t, is_refused(p, &r, &f, REASON_INVALID_VALUE), "without purpose", "");
	root_asks(VERB_EXPORT, &r, &f);
	(void)snprintf(r.request, sizeof(r.request), "D-1");
	f.must_approve = true;
	f.open = false;
	trial_note(t, is_refused(p, &r, &f, REASON_WRONG_STATE), "not approved", "");
	if (policy_rating(p, RATING_CONFIDENTIALITY) >= 2)
		trial_note(
		    t, policy_rating_reaches(p, p->export_encrypt_from), "not encrypted", "");
	if (policy_rating(p, RATING_CONFIDENTIALITY) >= 3)
		trial_note(
		    t, policy_rating_reaches(p, p->export_approve_from), "by one person", "");
}

void
trial_policy_alone(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;
	struct decision d;

	person_asks(VERB_POLICY_APPLY, &r, &f);
	trial_note(t, is_refused(p, &r, &f, REASON_ROOT_ONLY), "by anybody", "");
	if (p->change != CHANGE_TWO_PERSON) {
		trial_note(t, false, "one person", "");
		return;
	}
	root_asks(VERB_POLICY_APPLY, &r, &f);
	f.must_approve = true;
	f.identified = false;
	decide_command(p, &r, &f, &d);
	trial_note(t, d.verdict != VERDICT_ALLOW, "root unknown by whom", "");
}
