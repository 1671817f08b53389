/*
 * The core, case by case: what a verb of the command is allowed.
 */
#include "decide_fixture.h"

#include "audit/event.h"

/* ---- commands ---------------------------------------------------------------------------- */

/* A loss is reported without a proof: it must not be a way from the password to a new device.
 */
static void
test_who_gave_up_a_device_needs_more_than_a_password(void **state)
{
	struct policy *p = policy_of("[factor]\nenrol = open\n");
	struct admin_request r = {.verb = VERB_ENROLL,
	    .uid = 1001,
	    .by_uid = 1001,
	    .user = "alice",
	    .by = "alice",
	    .name = "phone",
	    .algorithm = "SHA256",
	    .digits = 6,
	    .period_s = 30,
	    .has_password = true};
	struct admin_facts f = {.password_ok = true, .gave_up = true};
	struct decision d;

	(void)state;
	(void)snprintf(r.purpose_version, sizeof(r.purpose_version), "%s", p->purpose_version);
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.reason, REASON_PROOF_NEEDED);
	f.code_ok = r.has_code = true; /* a recovery code */
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	f.code_ok = r.has_code = false;
	r.by_root = true; /* root verifies the person */
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	policy_free(p);
}

static void
test_grace_opens_enrolment_for_its_group(void **state)
{
	struct policy *p = policy_of("[factor]\nenrol = closed\n"
				     "[group staff]\ngrace = until 2026-12-31\n");
	struct admin_request r = {.verb = VERB_ENROLL,
	    .uid = 1001,
	    .by_uid = 1001,
	    .user = "alice",
	    .by = "alice",
	    .name = "phone",
	    .algorithm = "SHA256",
	    .digits = 6,
	    .period_s = 30,
	    .has_password = true};
	struct admin_facts f = {
	    .password_ok = true, .groups = "users,staff", .wall_ms = 1, .date_ms = YEAR_END - 1};
	struct decision d;

	(void)state;
	(void)snprintf(r.purpose_version, sizeof(r.purpose_version), "%s", p->purpose_version);
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.reason, REASON_ENROLMENT_CLOSED); /* the groups are not known */
	f.groups_known = true;
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	f.password_ok = false;
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_DENY);
	f.password_ok = true;
	f.date_ms = YEAR_END; /* whatever the wall clock says */
	decide_command(p, &r, &f, &d);
	assert_int_equal(d.reason, REASON_ENROLMENT_CLOSED);
	policy_free(p);
}

/* An enrolment that was begun before must not come true after. */
/* Two passwords at a time: who has to wait is let in by nothing, observed or not, and nobody writes
 * down that they were told. */
static void
test_a_password_waits_its_turn(void **state)
{
	static const uint32_t phases[] = {PHASE_PASSWORD_BEGIN, PHASE_PASSWORD};
	struct request r = {.user = "user1", .known = true, .uid = 7001, .by_root = true};
	struct facts f = {0};
	struct decision d;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		r.phase = phases[i % 2];
		r.flags = i < 2 ? 0 : PAM_FLAG_OBSERVE;
		f.password_turn = PASSWORD_TURN_HERE;
		assert_int_equal(decided("", &r, &f).verdict, VERDICT_ALLOW);
		f.password_turn = PASSWORD_TURN_LATER;
		d = decided("", &r, &f);
		assert_int_equal(d.verdict, VERDICT_DENY);
		assert_int_equal(d.need, PAM_NEED_TURN);
		assert_int_equal(d.text, TEXT_PASSWORD_LATER);
		assert_int_equal(d.event_count, 0);
		f.password_turn = PASSWORD_TURN_OVER;
		d = decided("", &r, &f);
		assert_int_equal(d.verdict, VERDICT_DENY);
		assert_int_equal(d.need, PAM_NEED_NONE);
		assert_int_equal(d.text, TEXT_PASSWORD_BUSY);
		assert_int_equal(d.event_count, 1);
		assert_int_equal(d.events[0].reason, REASON_BUSY);
	}
}

static void
test_who_is_suspended_gets_no_factor(void **state)
{
	static const uint32_t verbs[] = {VERB_ENROLL, VERB_ENROLL_CONFIRM, VERB_RECOVERY_CODES};
	struct policy *p = policy_of("[factor]\nenrol = open\n");
	struct decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct admin_request r = {.verb = verbs[i],
		    .uid = 1001,
		    .by_uid = 1001,
		    .user = "alice",
		    .by = "alice",
		    .name = "phone",
		    .algorithm = "SHA256",
		    .digits = 6,
		    .period_s = 30,
		    .has_code = true};
		struct admin_facts f = {.code_ok = true, .found = true, .devices = 1};

		(void)snprintf(
		    r.purpose_version, sizeof(r.purpose_version), "%s", p->purpose_version);
		decide_command(p, &r, &f, &d);
		assert_int_equal(d.verdict, VERDICT_ALLOW);
		f.suspended = true;
		decide_command(p, &r, &f, &d);
		assert_int_equal(d.reason, REASON_SUSPENDED);
		r.by_root = true;
		decide_command(p, &r, &f, &d);
		assert_true(verbs[i] == VERB_ENROLL || d.verdict == VERDICT_ALLOW);
	}
	policy_free(p);
}

static void
test_command_table(void **state)
{
	static const struct {
		uint32_t verb;
		bool root, self, code, password, found;
		uint32_t devices, state, reason;
	} c[] = {
	    {VERB_ENROLL, false, true, false, false, false, 0, 0, REASON_PROOF_NEEDED},
	    {VERB_ENROLL, false, true, false, true, false, 0, 0, REASON_OK},
	    {VERB_ENROLL, false, true, false, true, false, 1, 0, REASON_PROOF_NEEDED},
	    {VERB_ENROLL, false, true, true, false, false, 1, 0, REASON_OK},
	    {VERB_ENROLL, false, false, true, true, false, 1, 0, REASON_NOT_PERMITTED},
	    {VERB_ENROLL, true, false, false, false, false, 1, 0, REASON_OK},
	    {VERB_FACTOR_LOST, false, true, false, false, true, 1, 1, REASON_OK},
	    {VERB_FACTOR_LOST, false, false, false, false, true, 1, 1, REASON_NOT_PERMITTED},
	    {VERB_FACTOR_REVOKE, false, true, false, false, true, 1, 1, REASON_PROOF_NEEDED},
	    {VERB_FACTOR_REVOKE, false, true, true, false, true, 1, 1, REASON_OK},
	    {VERB_FACTOR_REVOKE, true, false, false, false, true, 1, 3, REASON_WRONG_STATE},
	    {VERB_FACTOR_IMPORT, false, true, true, true, true, 1, 1, REASON_ROOT_ONLY},
	    {VERB_USER_SUSPEND, false, true, true, true, true, 1, 1, REASON_ROOT_ONLY},
	    {VERB_USER_SUSPEND, true, false, false, false, true, 1, 1, REASON_OK},
	    {VERB_USER_RESUME, true, false, false, false, true, 1, 1, REASON_WRONG_STATE},
	    {VERB_POLICY_APPLY, false, true, true, true, true, 1, 1, REASON_ROOT_ONLY},
	    {VERB_RECOVERY_CODES, false, true, true, false, false, 0, 0, REASON_NO_DEVICE},
	};
	struct policy *p = policy_of("[factor]\nenrol = open\n");

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct admin_request r = {.verb = c[i].verb,
		    .uid = 1001,
		    .by_uid = c[i].root   ? 0
			      : c[i].self ? 1001
					  : 1002,
		    .by_root = c[i].root,
		    .user = "alice",
		    .name = "phone",
		    .algorithm = "SHA256",
		    .digits = 6,
		    .period_s = 30};
		struct admin_facts f = {.password_ok = c[i].password,
		    .code_ok = c[i].code,
		    .found = c[i].found,
		    .devices = c[i].devices,
		    .state = c[i].state};
		struct decision d;

		(void)snprintf(r.by, sizeof(r.by), "%s",
		    c[i].root   ? "root"
		    : c[i].self ? "alice"
				: "bob");
		(void)snprintf(
		    r.purpose_version, sizeof(r.purpose_version), "%s", p->purpose_version);
		decide_command(p, &r, &f, &d);
		if (d.reason != c[i].reason)
			fail_msg("case %zu (%s): %s", i, verb_words[c[i].verb],
			    reason_words[d.reason]);
		assert_int_equal(d.verdict == VERDICT_ALLOW, c[i].reason == REASON_OK);
		(void)strcpy(r.purpose_version, "another");
		decide_command(p, &r, &f, &d);
		if (c[i].verb == VERB_ENROLL)
			assert_int_equal(d.reason, REASON_PURPOSE_NOT_ACCEPTED);
	}
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_command_table),
	    cmocka_unit_test(test_who_gave_up_a_device_needs_more_than_a_password),
	    cmocka_unit_test(test_grace_opens_enrolment_for_its_group),
	    cmocka_unit_test(test_a_password_waits_its_turn),
	    cmocka_unit_test(test_who_is_suspended_gets_no_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
