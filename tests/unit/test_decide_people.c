/* Members of roles: who may sign for them, when it is due, and whose membership counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "buf.h"
#include "decide/decide.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

#define DAY_MS (INT64_C(86400000))

static struct policy *policy;

static int
parse(const char *text, struct policy **out)
{
	struct policy_problems problems = {.count = 0};
	struct buf bundle;
	int r;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(
	    &bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	r = policy_parse(bundle.data, bundle.len, out, &problems);
	buf_clear(&bundle);
	return r;
}

static int
setup(void **state)
{
	(void)state;
	return parse("[host]\ndormant = 90d\n[audit]\nauditors = dora\n"
		     "[role web]\nmembers = alice\napprove = nobody\nreview = 180d\n"
		     "reviewers = bob, @chiefs\n"
		     "[role year]\nmembers = alice\napprove = nobody\nreview = fiscal-year\n"
		     "[role term]\nmembers = carol until 2027-03-31, @ops, dave\n"
		     " @guests until 2027-04-30\napprove = nobody\n"
		     "[role free]\nmembers = alice\napprove = nobody\n",
	    &policy);
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static const struct admin_facts good = {.identified = true,
    .code_ok = true,
    .listed = true,
    .groups_known = true,
    .groups = "staff"};
static const struct admin_request sign = {
    .verb = VERB_ROLE_CERTIFY, .by = "bob", .role = "web", .text = "seen", .has_code = true};

#define SIGN(change, expected)                                                                 \
	do {                                                                                   \
		struct admin_request r = sign;                                                 \
		struct admin_facts f = good;                                                   \
		struct decision d;                                                             \
		change;                                                                        \
		decide_command(policy, &r, &f, &d);                                            \
		assert_int_equal(d.reason, expected);                                          \
		assert_int_equal(d.verdict == VERDICT_ALLOW, (expected) == REASON_OK);         \
		assert_int_equal(d.event_count, 1);                                            \
		assert_int_equal(d.events[0].action, ACTION_ROLE_REVIEW);                      \
	} while (0)

static void
test_signing(void **state)
{
	(void)state;
	SIGN((void)0, REASON_OK);
	SIGN(strcpy(r.by, "eve"), REASON_NOT_PERMITTED);
	SIGN((strcpy(r.by, "eve"), strcpy(f.groups, "chiefs")), REASON_OK);
	SIGN((strcpy(r.by, "eve"), strcpy(f.groups, "chiefs"), f.groups_known = false),
	    REASON_NOT_PERMITTED);
	SIGN(strcpy(r.by, "dora"), REASON_NOT_PERMITTED); /* others are named */
	SIGN((strcpy(r.by, "dora"), strcpy(r.role, "free")), REASON_OK);
	SIGN(f.identified = false, REASON_NOT_IDENTIFIED);
	SIGN(r.by_root = true, REASON_NOT_IDENTIFIED);
	SIGN(f.suspended = true, REASON_SUSPENDED);
	SIGN(strcpy(r.role, "wob"), REASON_NOT_FOUND);
	SIGN(f.member = true, REASON_SAME_PERSON);
	SIGN(f.code_ok = false, REASON_WRONG_CODE);
	SIGN((f.code_ok = false, r.has_code = false), REASON_PROOF_NEEDED);
	SIGN(r.text[0] = '\0', REASON_INVALID_VALUE);
	SIGN(f.listed = false, REASON_WRONG_STATE);
}

/* A membership that does not count gives nothing, whatever the policy says. */
static void
test_standing(void **state)
{
	struct admin_request r = {.verb = VERB_REQUEST,
	    .by = "alice",
	    .role = "web",
	    .text = "case 7",
	    .has_code = true,
	    .for_ms = 60000};
	struct admin_facts f = good;
	struct decision d;

	(void)state;
	decide_command(policy, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	for (f.standing = STANDING_OUT; f.standing <= STANDING_RESTORED; f.standing++) {
		decide_command(policy, &r, &f, &d);
		assert_int_equal(d.verdict, VERDICT_DENY);
		assert_int_equal(d.reason, REASON_NOT_CERTIFIED);
	}
}

static void
test_due(void **state)
{
	const int64_t may = INT64_C(1778000000000);     /* 2026-05-05 */
	const int64_t april27 = INT64_C(1806537600000); /* 2027-04-01 */
	const int64_t april28 = INT64_C(1838160000000); /* 2028-04-01 */

	(void)state;
	assert_int_equal(role_review_due(policy, policy_role(policy, "free"), may, may), 0);
	assert_int_equal(
	    role_review_due(policy, policy_role(policy, "web"), 0, may), may + 180 * DAY_MS);
	assert_int_equal(
	    role_review_due(policy, policy_role(policy, "web"), may, 1), may + 180 * DAY_MS);
	assert_int_equal(role_review_due(policy, policy_role(policy, "year"), 0, may), april27);
	assert_int_equal(role_review_due(policy, policy_role(policy, "year"), may, 1), april28);
}

static void
test_dormant(void **state)
{
	struct policy never = {0};

	(void)state;
	assert_false(policy_is_dormant(policy, 0, 90 * DAY_MS - 1));
	assert_true(policy_is_dormant(policy, 0, 90 * DAY_MS));
	assert_false(policy_is_dormant(policy, DAY_MS, 90 * DAY_MS));
	assert_false(policy_is_dormant(&never, 0, INT64_MAX));
}

/* A membership with an end: no longer than to it, and from then on none. */
static void
test_until(void **state)
{
	const int64_t end = INT64_C(1806537600000); /* of 2027-03-31 */
	struct admin_request r = {.verb = VERB_REQUEST,
	    .by = "carol",
	    .role = "term",
	    .text = "case 7",
	    .has_code = true,
	    .for_ms = 3600000};
	const struct role *term = policy_role(policy, "term");
	struct admin_facts f = good;
	struct decision d;

	(void)state;
	assert_int_equal(role_member_until(term, "carol", "staff"), end);
	assert_int_equal(role_member_until(term, "carol", "ops"), INT64_MAX);
	assert_int_equal(role_member_until(term, "dave", NULL), INT64_MAX);
	assert_int_equal(role_member_until(term, "eve", "guests"), end + 30 * DAY_MS);
	assert_int_equal(role_member_until(term, "eve", NULL), 0);
	assert_true(role_may_be_of(term, "eve", end + DAY_MS));
	f.wall_ms = end - 3600000;
	decide_command(policy, &r, &f, &d);
	assert_int_equal(d.reason, REASON_OK);
	f.wall_ms++;
	decide_command(policy, &r, &f, &d);
	assert_int_equal(d.reason, REASON_TOO_LONG);
	f.wall_ms = end;
	decide_command(policy, &r, &f, &d);
	assert_int_equal(d.reason, REASON_NOT_PERMITTED);
	f.wall_ms = end - 3600000; /* a clock that was put back gives nothing back */
	f.date_ms = end;
	decide_command(policy, &r, &f, &d);
	assert_int_equal(d.reason, REASON_NOT_PERMITTED);
}

static void
test_until_refused(void **state)
{
	static const char *const bad[] = {"alice until", "alice until 2027-02-30",
	    "until 2027-03-31 @ops", "alice until until 2027-03-31", "alice until 7d"};
	char text[256];
	struct policy *p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "[role web]\nmembers = %s\napprove = nobody\n",
		    bad[i]);
		p = NULL;
		if (parse(text, &p) != SKS_INVALID)
			fail_msg("%s", text);
	}
}

/* What is asked for has to be possible, and be what it looks like. */
static void
test_refused(void **state)
{
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(
	    parse("[role web]\nmembers = alice\napprove = nobody\nreview = 180d\n", &p),
	    SKS_INVALID);
	assert_null(p);
	assert_int_equal(parse("[role web]\nmembers = alice\napprove = nobody\nreview = 1h\n"
			       "reviewers = bob\n",
			     &p),
	    SKS_INVALID);
	assert_int_equal(parse("[role web]\nmembers = alice\napprove = nobody\n"
			       "review = fiscal-years\nreviewers = bob\n",
			     &p),
	    SKS_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signing),
	    cmocka_unit_test(test_standing),
	    cmocka_unit_test(test_due),
	    cmocka_unit_test(test_dormant),
	    cmocka_unit_test(test_until),
	    cmocka_unit_test(test_until_refused),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
