/* What auditors may do: everything there once, then each condition missing alone. And which
 * records they have to open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "audit/risk.h"
#include "decide/decide.h"
#include <string.h>

static const uint32_t verbs[] = {VERB_REVIEW_OPEN, VERB_REVIEW_MARK, VERB_REVIEW_SIGN,
    VERB_FINDING_ADD, VERB_FINDING_CLOSE};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static struct decision
decided(const struct admin_request *r, const struct admin_facts *f)
{
	static const struct policy p;
	struct decision d;

	decide_command(&p, r, f, &d);
	assert_int_equal(d.event_count, 1);
	assert_int_equal(d.events[0].reason, d.reason);
	return d;
}

static struct admin_request
auditor(uint32_t verb)
{
	return (struct admin_request){.verb = verb,
	    .user = "eve",
	    .by = "eve",
	    .by_uid = 1005,
	    .login_uid = 1005,
	    .name = "ok",
	    .text = "seen",
	    .for_ms = 1,
	    .has_code = true};
}

static const struct admin_facts good = {
    .identified = true, .auditor = true, .code_ok = true, .found = true, .open = true};

static void
test_all_is_there(void **state)
{
	(void)state;
	for (int i = 0; i < VERBS; i++) {
		struct admin_request r = auditor(verbs[i]);
		struct decision d = decided(&r, &good);

		assert_int_equal(d.verdict, VERDICT_ALLOW);
		assert_int_equal(d.reason, REASON_OK);
		assert_int_equal(d.events[0].outcome, OUTCOME_SUCCESS);
	}
}

static void
refused(uint32_t verb, const struct admin_request *r, const struct admin_facts *f, enum reason why)
{
	struct admin_request q = *r;
	struct decision d;

	q.verb = verb;
	d = decided(&q, f);
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_int_equal(d.reason, why);
	assert_int_equal(d.events[0].outcome, OUTCOME_FAILURE);
}

static void
test_who(void **state)
{
	(void)state;
	for (int i = 0; i < VERBS; i++) {
		struct admin_request r = auditor(verbs[i]), root = r;
		struct admin_facts f = good;

		root.by_root = true;
		refused(verbs[i], &root, &good, REASON_NOT_IDENTIFIED);
		f.identified = false;
		refused(verbs[i], &r, &f, REASON_NOT_IDENTIFIED);
		f = good;
		f.suspended = true;
		refused(verbs[i], &r, &f, REASON_SUSPENDED);
		f = good;
		f.auditor = false;
		refused(verbs[i], &r, &f, REASON_NOT_PERMITTED);
		f.redactor = true; /* whoever may do other things */
		refused(verbs[i], &r, &f, REASON_NOT_PERMITTED);
	}
}

static void
test_records(void **state)
{
	struct admin_request r = auditor(0);
	struct admin_facts f = good;

	(void)state;
	f.found = false;
	refused(VERB_REVIEW_OPEN, &r, &f, REASON_NOT_FOUND);
	f = good;
	f.open = false; /* nobody opened it */
	refused(VERB_REVIEW_MARK, &r, &f, REASON_WRONG_STATE);
	r.name[0] = '\0'; /* no mark that there is */
	refused(VERB_REVIEW_MARK, &r, &good, REASON_INVALID_VALUE);
}

static void
test_signing(void **state)
{
	struct admin_request r = auditor(0);
	struct admin_facts f = good;

	(void)state;
	f.unopened = 1;
	refused(VERB_REVIEW_SIGN, &r, &f, REASON_UNOPENED);
	f.power = 1; /* said first: somebody else has to, whatever is opened */
	refused(VERB_REVIEW_SIGN, &r, &f, REASON_SAME_PERSON);
	f.found = false;
	refused(VERB_REVIEW_SIGN, &r, &f, REASON_NOT_FOUND);
	f.code_ok = false;
	refused(VERB_REVIEW_SIGN, &r, &f, REASON_WRONG_CODE);
	r.has_code = false;
	refused(VERB_REVIEW_SIGN, &r, &f, REASON_PROOF_NEEDED);
}

static void
test_findings(void **state)
{
	struct admin_request r = auditor(0);
	struct admin_facts f = good;

	(void)state;
	r.for_ms = 0; /* its date has passed, or there is none */
	refused(VERB_FINDING_ADD, &r, &good, REASON_INVALID_VALUE);
	r = auditor(0);
	r.name[0] = '\0';
	refused(VERB_FINDING_ADD, &r, &good, REASON_INVALID_VALUE);
	r = auditor(0);
	r.text[0] = '\0';
	refused(VERB_FINDING_ADD, &r, &good, REASON_INVALID_VALUE);
	refused(VERB_FINDING_CLOSE, &r, &good, REASON_INVALID_VALUE);
	r = auditor(0);
	f.same_person = true;
	refused(VERB_FINDING_CLOSE, &r, &f, REASON_SAME_PERSON);
	f = good;
	f.open = false;
	refused(VERB_FINDING_CLOSE, &r, &f, REASON_WRONG_STATE);
	f.found = false;
	refused(VERB_FINDING_CLOSE, &r, &f, REASON_NOT_FOUND);
	refused(VERB_FINDING_ADD, &r, &f, REASON_NOT_FOUND);
	f = good;
	f.grave = true; /* which is what the alert goes by */
	r.verb = VERB_FINDING_ADD;
	assert_int_equal(decided(&r, &f).reason, REASON_GRAVE);
	assert_int_equal(decided(&r, &f).verdict, VERDICT_ALLOW);
}

/* ---- what has to be opened --------------------------------------------------------------- */

static void
test_risk_of_one_record(void **state)
{
	static const struct {
		uint16_t action;
		uint8_t outcome;
		enum risk risk;
	} cases[] = {
	    {ACTION_CODE, OUTCOME_FAILURE, RISK_NONE},
	    {ACTION_SESSION_OPEN, OUTCOME_SUCCESS, RISK_NONE},
	    {ACTION_LOG_READ, OUTCOME_SUCCESS, RISK_NONE},
	    {ACTION_REVIEW_OPEN, OUTCOME_SUCCESS, RISK_NONE},
	    {ACTION_BREAK_GLASS, OUTCOME_SUCCESS, RISK_EMERGENCY},
	    {ACTION_BREAK_GLASS, OUTCOME_FAILURE, RISK_EMERGENCY},
	    {ACTION_GRANT_START, OUTCOME_SUCCESS, RISK_POWER},
	    {ACTION_GRANT_END, OUTCOME_SUCCESS, RISK_NONE},
	    {ACTION_POLICY_APPLY, OUTCOME_SUCCESS, RISK_RULES},
	    {ACTION_EXCEPTION_ANSWER, OUTCOME_SUCCESS, RISK_WEAKER},
	    {ACTION_EXCEPTION_OVERDUE, OUTCOME_FAILURE, RISK_OVERDUE},
	    {ACTION_REVIEW_OVERDUE, OUTCOME_FAILURE, RISK_OVERDUE},
	    {ACTION_ROLE_ANSWER, OUTCOME_SUCCESS, RISK_NONE},
	    {ACTION_ROLE_ANSWER, OUTCOME_FAILURE, RISK_REFUSED},
	    {ACTION_CHECK_RUN, OUTCOME_UNKNOWN, RISK_NONE},
	    {ACTION_RELEASE, OUTCOME_SUCCESS, RISK_RECORDING},
	    {ACTION_SYSTEM_CHANGE, OUTCOME_SUCCESS, RISK_HOST},
	    {60000, OUTCOME_FAILURE, RISK_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(risk_of(cases[i].action, cases[i].outcome), cases[i].risk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_is_there),
	    cmocka_unit_test(test_who),
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_signing),
	    cmocka_unit_test(test_findings),
	    cmocka_unit_test(test_risk_of_one_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
