/* Roles: each condition of asking, approving and ending one missing alone. */
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

static struct policy *policy;

static int
setup(void **state)
{
	static const char text[] = "[role web]\nmembers = @ops\napprove = 1 from bob\n"
				   "max_duration = 1h\nmax_members = 2\nfrom = local\n"
				   "time = mon-fri 08:00-18:00\n"
				   "[role strict]\nmembers = alice\napprove = 1 from bob\n"
				   "ticket = CASE-[0-9]+\nattributes = training\n"
				   "superiors = carol, @chiefs\n"
				   "[attribute training]\nvalid = 365d\n"
				   "[account alice-adm]\nperson = alice\n"
				   "[role free]\nmembers = alice\napprove = nobody\n";
	struct policy_problems problems = {.count = 0};
	struct buf bundle;
	int r;

	(void)state;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	r = policy_parse(bundle.data, bundle.len, &policy, &problems);
	buf_clear(&bundle);
	return r;
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static struct admin_request
asks(uint32_t verb, const char *role)
{
	struct admin_request r = {.verb = verb,
	    .by = "alice",
	    .by_uid = 1001,
	    .text = "case 7",
	    .has_code = true,
	    .for_ms = 1800000};

	(void)snprintf(r.role, sizeof(r.role), "%s", role);
	return r;
}

static const struct admin_facts good = {.identified = true,
    .code_ok = true,
    .found = true,
    .open = true,
    .redactor = true,
    .groups_known = true,
    .groups = "staff,ops",
    .weekday = 1,
    .minute_of_day = 600};

static void
expect(const struct admin_request *r, const struct admin_facts *f, enum reason reason,
    uint16_t action)
{
	struct decision d;

	decide_command(policy, r, f, &d);
	assert_int_equal(d.reason, reason);
	assert_int_equal(d.event_count, 1);
	assert_int_equal(d.events[0].action, action);
	assert_int_equal(
	    d.verdict == VERDICT_ALLOW, reason == REASON_OK || reason == REASON_WITHDRAWN || reason == REASON_REVOKED);
}

static void
test_asking(void **state)
{
	struct admin_request r = asks(VERB_REQUEST, "web");
	struct admin_facts f = good;

	(void)state;
	expect(&r, &f, REASON_OK, ACTION_ROLE_REQUEST);
	r = asks(VERB_REQUEST, "free");
	expect(&r, &f, REASON_OK, ACTION_GRANT_START);
	r = asks(VERB_REQUEST, "wob");
	expect(&r, &f, REASON_NOT_FOUND, ACTION_ROLE_REQUEST);
}

#define ASK_WITHOUT(change, expected)                                                           \
	do {                                                                                   \
		struct admin_request r = asks(VERB_REQUEST, "web");                            \
		struct admin_facts f = good;                                                   \
		struct decision d;                                                             \
		change;                                                                        \
		decide_command(policy, &r, &f, &d);                                            \
		assert_int_equal(d.reason, expected);                                          \
		assert_int_equal(d.verdict, VERDICT_DENY);                                     \
		assert_int_equal(d.events[0].outcome, OUTCOME_FAILURE);                        \
	} while (0)

static void
test_asking_without(void **state)
{
	(void)state;
	ASK_WITHOUT(r.by_root = true, REASON_NOT_IDENTIFIED);
	ASK_WITHOUT(f.identified = false, REASON_NOT_IDENTIFIED);
	ASK_WITHOUT(f.suspended = true, REASON_SUSPENDED);
	ASK_WITHOUT(f.code_ok = false, REASON_WRONG_CODE);
	ASK_WITHOUT(f.code_ok = r.has_code = false, REASON_PROOF_NEEDED);
	ASK_WITHOUT(f.groups[0] = '\0', REASON_NOT_PERMITTED);
	/* groups that could not be found out make nobody a member */
	ASK_WITHOUT(f.groups_known = false, REASON_NOT_PERMITTED);
	ASK_WITHOUT(memcpy(f.source, "192.0.2.1", 10), REASON_WRONG_PLACE);
	ASK_WITHOUT(f.weekday = 0, REASON_OUTSIDE_HOURS);
	ASK_WITHOUT(r.for_ms = 3600001, REASON_TOO_LONG);
	ASK_WITHOUT(r.for_ms = 0, REASON_INVALID_VALUE);
	ASK_WITHOUT(r.for_ms = -1, REASON_INVALID_VALUE);
	ASK_WITHOUT(r.text[0] = '\0', REASON_INVALID_VALUE);
	ASK_WITHOUT(f.exists = true, REASON_EXISTS);
	ASK_WITHOUT(f.people = 2, REASON_ROLE_FULL);
	ASK_WITHOUT(f.held = ROLES_AT_ONCE, REASON_TOO_MANY_ROLES);
}

/* Each condition of the strict role missing alone; explain lays the same open. */
static void
expect_strict(const struct admin_request *r, const struct admin_facts *f, enum reason reason)
{
	struct role_condition c[ROLE_CONDITIONS_MAX];
	size_t count = explain_role(policy, r, f, c), missing = 0;
	struct decision d;

	decide_command(policy, r, f, &d);
	assert_int_equal(d.reason, reason);
	for (size_t i = 0; i < count; i++) {
		if (c[i].met)
			continue;
		missing++;
		assert_int_equal(c[i].reason, reason);
	}
	assert_int_equal(missing, reason == REASON_OK ? 0 : 1);
}

#define STRICT_WITH(change, expected)                                                          \
	do {                                                                                   \
		struct admin_request r = asks(VERB_REQUEST, "strict");                         \
		struct admin_facts f = good;                                                   \
		f.wall_ms = f.date_ms = 2000;                                                  \
		(void)snprintf(f.attributes, sizeof(f.attributes), "training=1000:0");         \
		(void)snprintf(r.ticket, sizeof(r.ticket), "CASE-7");                          \
		change;                                                                        \
		expect_strict(&r, &f, expected);                                               \
	} while (0)
#define SET(field, text) (void)snprintf(field, sizeof(field), "%s", text)

static void
test_strict(void **state)
{
	(void)state;
	STRICT_WITH((void)r, REASON_OK);
	STRICT_WITH(SET(r.ticket, ""), REASON_TICKET_MISSING);
	STRICT_WITH(SET(r.ticket, "case 7"), REASON_TICKET_MISSING);
	STRICT_WITH(SET(f.attributes, ""), REASON_ATTRIBUTE_MISSING);
	STRICT_WITH(SET(f.attributes, "training=1000:2000"), REASON_ATTRIBUTE_MISSING);
	/* a clock that was put back does not make it hold again */
	STRICT_WITH(f.date_ms = INT64_C(400) * 86400000, REASON_ATTRIBUTE_MISSING);
	STRICT_WITH(SET(r.superior, "carol"), REASON_SUPERIOR_UNFIT);
	STRICT_WITH((SET(r.superior, "carol"), SET(r.because, "away")), REASON_OK);
	STRICT_WITH((SET(r.superior, "alice"), SET(r.because, "me")), REASON_SUPERIOR_UNFIT);
	STRICT_WITH((SET(r.superior, "alice-adm"), SET(r.because, "me")), REASON_SUPERIOR_UNFIT);
	STRICT_WITH(f.weekday = 0, REASON_OK);
}

static struct decision
answered(struct admin_facts f, struct admin_request r)
{
	struct decision d;

	(void)snprintf(r.request, sizeof(r.request), "R-1");
	decide_command(policy, &r, &f, &d);
	return d;
}

static void
test_superior_named_alone(void **state)
{
	struct admin_request r = asks(VERB_REQUEST, "web"); /* which lets nobody else be asked */
	struct admin_facts f = good;

	(void)state;
	SET(r.superior, "carol");
	SET(r.because, "away");
	expect(&r, &f, REASON_SUPERIOR_UNFIT, ACTION_ROLE_REQUEST);
}

static void
test_attributes(void **state)
{
	struct admin_request r = {.verb = VERB_ATTRIBUTE_SET, .by_root = true, .user = "alice",
	    .text = "sheet 12", .attribute = "training"};
	struct admin_facts f = {.wall_ms = 1000};

	(void)state;
	expect(&r, &f, REASON_OK, ACTION_ATTRIBUTE_SET);
	r.until_ms = 1000;
	expect(&r, &f, REASON_INVALID_VALUE, ACTION_ATTRIBUTE_SET);
	r.until_ms = 1001;
	expect(&r, &f, REASON_OK, ACTION_ATTRIBUTE_SET);
	r.text[0] = '\0';
	expect(&r, &f, REASON_INVALID_VALUE, ACTION_ATTRIBUTE_SET);
	SET(r.text, "sheet 12");
	SET(r.attribute, "other");
	expect(&r, &f, REASON_NOT_FOUND, ACTION_ATTRIBUTE_SET);
	r.by_root = false;
	expect(&r, &f, REASON_ROOT_ONLY, ACTION_ATTRIBUTE_SET);
	r.verb = VERB_ATTRIBUTE_REVOKE;
	expect(&r, &f, REASON_ROOT_ONLY, ACTION_ATTRIBUTE_REVOKE);
	r.by_root = true;
	expect(&r, &f, REASON_NOT_FOUND, ACTION_ATTRIBUTE_REVOKE);
	f.found = true;
	expect(&r, &f, REASON_OK, ACTION_ATTRIBUTE_REVOKE);
	r.text[0] = '\0';
	expect(&r, &f, REASON_INVALID_VALUE, ACTION_ATTRIBUTE_REVOKE);
}

static void
test_answering(void **state)
{
	struct admin_request r = asks(VERB_APPROVE, "web");
	struct admin_facts f = good;
	struct decision d = answered(f, r);

	(void)state;
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.events[0].action, ACTION_ROLE_ANSWER);
	f.enough = true;
	d = answered(f, r);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.events[0].action, ACTION_GRANT_START);
	f.people = 2;
	d = answered(f, r);
	assert_int_equal(d.reason, REASON_ROLE_FULL);
	assert_int_equal(d.events[0].action, ACTION_ROLE_ANSWER);
	f = good;
	f.enough = f.exists = true;
	assert_int_equal(answered(f, r).reason, REASON_EXISTS);
	f = good;
	f.enough = f.same_person = true;
	assert_int_equal(answered(f, r).reason, REASON_SAME_PERSON);
	f.redactor = false; /* said even to who may not approve at all */
	assert_int_equal(answered(f, r).reason, REASON_SAME_PERSON);
	f.same_person = false;
	assert_int_equal(answered(f, r).reason, REASON_NOT_PERMITTED);
	f = good;
	f.enough = true;
	assert_int_equal(answered(f, asks(VERB_APPROVE, "gone")).reason, REASON_WRONG_STATE);
	r.for_ms = 3600001; /* the policy was made stricter meanwhile */
	assert_int_equal(answered(f, r).reason, REASON_WRONG_STATE);
}

static void
test_ending(void **state)
{
	struct admin_request r = asks(VERB_GRANT_END, "web");
	struct admin_facts f = good;

	(void)state;
	expect(&r, &f, REASON_REVOKED, ACTION_GRANT_END);
	f.same_person = true;
	expect(&r, &f, REASON_WITHDRAWN, ACTION_GRANT_END);
	f = (struct admin_facts){.found = true, .open = true};
	expect(&r, &f, REASON_NOT_PERMITTED, ACTION_GRANT_END);
	r.by_root = true;
	expect(&r, &f, REASON_REVOKED, ACTION_GRANT_END);
	f.open = false;
	expect(&r, &f, REASON_WRONG_STATE, ACTION_GRANT_END);
	f.found = false;
	expect(&r, &f, REASON_NOT_FOUND, ACTION_GRANT_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_asking),
	    cmocka_unit_test(test_asking_without),
	    cmocka_unit_test(test_strict),
	    cmocka_unit_test(test_superior_named_alone),
	    cmocka_unit_test(test_attributes),
	    cmocka_unit_test(test_answering),
	    cmocka_unit_test(test_ending),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
