/* Roles of the policy: what is read, what is refused, and whose approvals are enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include "policy/policy.h"
#include <stdio.h>
#include <string.h>

static struct policy_problems problems;

static struct policy *
parse(const char *text)
{
	struct policy *p = NULL;
	struct buf bundle;

	memset(&problems, 0, sizeof(problems));
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(
	    &bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	(void)policy_parse(bundle.data, bundle.len, &p, &problems);
	buf_clear(&bundle);
	return p;
}

static struct policy *
parse_good(const char *text)
{
	struct policy *p = parse(text);

	if (p == NULL)
		fail_msg("line %d: %s", problems.item[0].line, problems.item[0].text);
	return p;
}

static void
expect_problem(const char *text, int line, const char *says)
{
	struct policy *p = parse(text);

	assert_null(p);
	assert_int_equal(problems.item[0].line, line);
	if (strstr(problems.item[0].text, says) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", says, problems.item[0].text);
}

#define ROLE   "[role web]\nmembers = alice, @ops\n"
#define SIMPLE "[role web]\nmembers = alice\napprove = 1 from bob\n"

static void
test_fields(void **state)
{
	struct policy *p = parse_good("[account x]\nclass = person\n[role zeta]\nmembers = x\napprove = nobody\n" ROLE
	    "approve = 1 from @security and 2 from carol, dave erin or 1 from frank\n"
	    "max_members = 3\nmax_duration = 90m\nrun_as = www-data\nroot_equivalent = no\n"
	    "commands = /usr/bin/systemctl restart nginx, /usr/bin/id,\n"
	    "  sudoedit /etc/nginx/nginx.conf\nfrom = local 192.0.2.0/24\n"
	    "time = mon-fri 08:00-18:00\n");
	const struct role *r = policy_role(p, "web");

	(void)state;
	assert_non_null(r);
	assert_null(policy_role(p, "we"));
	assert_true(policy_role(p, "zeta")->approve_nobody);
	assert_int_equal(r->members.count, 2);
	assert_int_equal(r->approve_count, 2);
	assert_int_equal(r->approve[0].count, 2);
	assert_int_equal(r->approve[0].item[0].need, 1);
	assert_string_equal(r->approve[0].item[0].from.item[0], "@security");
	assert_int_equal(r->approve[0].item[1].need, 2);
	assert_int_equal(r->approve[0].item[1].from.count, 3);
	assert_string_equal(r->approve[0].item[1].from.item[2], "erin");
	assert_string_equal(r->approve[1].item[0].from.item[0], "frank");
	assert_int_equal(r->max_members, 3);
	assert_int_equal(r->max_duration_ms, 90 * 60 * 1000);
	assert_string_equal(r->run_as, "www-data");
	assert_int_equal(r->root_equivalent, ROOT_NO);
	assert_int_equal(r->commands.count, 3);
	assert_string_equal(r->commands.item[0], "/usr/bin/systemctl restart nginx");
	assert_string_equal(r->commands.item[2], "sudoedit /etc/nginx/nginx.conf");
	assert_true(r->from.local);
	assert_true(policy_hours_match(&r->time, 1, 8 * 60));
	assert_false(policy_hours_match(&r->time, 0, 8 * 60));
	assert_string_equal(policy_role(p, "zeta")->run_as, "root");
	assert_true(role_may_be_of(r, "somebody in ops", 0));
	assert_true(role_may_be_of(policy_role(p, "zeta"), "x", 0));
	assert_false(role_may_be_of(policy_role(p, "zeta"), "y", 0));
	policy_free(p);
}

static void
test_hours_that_are_left(void **state)
{
	struct hours office = {.weekdays = 0x3e, .from_minute = 480, .to_minute = 1080};
	struct hours night = {.weekdays = 0x7f, .from_minute = 1320, .to_minute = 360};
	struct hours all = {.weekdays = 0x7f, .from_minute = 0, .to_minute = 1440};
	struct hours_list list = {.item = &office, .count = 1};
	const int64_t minute = 60000;

	(void)state;
	assert_int_equal(policy_hours_left_ms(&list, 0, 1, 480), 600 * minute);
	assert_int_equal(policy_hours_left_ms(&list, 59999, 1, 1079), 1);
	assert_int_equal(policy_hours_left_ms(&list, 0, 1, 1080), 0);
	assert_int_equal(policy_hours_left_ms(&list, 0, 0, 600), 0);
	list.item = &night;
	assert_int_equal(policy_hours_left_ms(&list, 0, 6, 1380), 420 * minute);
	assert_int_equal(policy_hours_left_ms(&list, 0, 0, 60), 300 * minute);
	list.item = &all;
	assert_true(policy_hours_left_ms(&list, 0, 3, 700) == INT64_MAX);
	list.count = 0;
	assert_true(policy_hours_left_ms(&list, 0, 3, 700) == INT64_MAX);
}

static void
test_refused(void **state)
{
	(void)state;
	expect_problem("[role web]\napprove = nobody\n", 1, "members: expected");
	expect_problem(ROLE, 1, "approve: expected who approves");
	expect_problem(ROLE "approve = 0 from bob\n", 3, "approve: expected");
	expect_problem(ROLE "approve = 9 from bob\n", 3, "approve: expected");
	expect_problem(ROLE "approve = 5 from @a and 4 from @b\n", 3, "approve: expected");
	expect_problem(ROLE "approve = 1 of bob\n", 3, "approve: expected");
	expect_problem(ROLE "approve = 1 from\n", 3, "approve: expected");
	expect_problem(ROLE "approve = 1 from bob and\n", 3, "approve: expected");
	expect_problem(ROLE "approve = 1 from bob, @\n", 3, "approve: expected");
	expect_problem("[role web]\nmembers = a\napprove = nobody\ncommands = /usr/bin/id\nroot_equivalent = no\n"
		       "each_use = two-person\n", 1, "expected another member");
	expect_problem(ROLE "approve = nobdy\n", 3, "did you mean \"nobody\"");
	expect_problem(ROLE "approve = 3 from bob, carol\n", 1, "nobody could ever have");
	expect_problem("[account bob2]\nperson = bob\n" ROLE "approve = 2 from bob, bob2\n", 3,
	    "nobody could ever have");
	expect_problem("[role web]\nmembers = alice, bob\napprove = 1 from bob\n", 1,
	    "bob would have to approve");
	expect_problem("[account al2]\nperson = alice\n" ROLE "approve = 1 from al2\n", 3,
	    "alice would have to approve");
	expect_problem("[role Web]\nmembers = alice\napprove = nobody\n", 1, "lower-case");
	expect_problem(
	    "[role a23456789012345678901234]\nmembers = a\napprove = nobody\n", 1, "lower-case");
	expect_problem(
	    "[role web]\nmembers = a, b, c\nmax_members = 2\napprove = nobody\n", 1,
	    "max_members");
	expect_problem(SIMPLE "commands = /usr/bin/id\n", 1, "root_equivalent: expected");
	expect_problem(SIMPLE "commands = ALL\nroot_equivalent = no\n", 1, "gives everything");
	expect_problem(
	    SIMPLE "commands = /bin/bash -l\nroot_equivalent = no\n", 1, "gives everything");
	expect_problem(SIMPLE "commands = id\n", 4, "commands: expected");
	expect_problem(SIMPLE "commands = /bin/cat /var/log/*\n", 4, "commands: expected");
	expect_problem(SIMPLE "commands = !/bin/su\n", 4, "commands: expected");
	expect_problem(SIMPLE "commands = /bin/cat ^.+$\n", 4, "commands: expected");
	expect_problem(
	    SIMPLE "commands = /usr/bin/\nroot_equivalent = no\n", 1, "is a directory");
	expect_problem(
	    SIMPLE "commands = /bin/ls\nroot_equivalent = no\nrun_as = ALL\n", 1, "run_as");
	expect_problem(
	    SIMPLE "commands = /bin/ls\nroot_equivalent = no\nrun_as = \"#0\"\n", 6, "run_as");
	expect_problem(
	    SIMPLE "commands = /bin/ls\nroot_equivalent = no\nrun_as = www data\n", 1, "run_as");
	expect_problem(SIMPLE "root_equivalent = unsaid\n", 4, "root_equivalent: expected");
}

static bool
approved(const struct role *r, size_t count, const char *const (*given)[3])
{
	struct role_approval a[8];

	for (size_t i = 0; i < count; i++)
		a[i] = (struct role_approval){given[i][0], given[i][1], given[i][2]};
	return role_is_approved(r, a, count);
}

static void
test_approval(void **state)
{
	static const char *const sec[][3] = {
	    {"sam", "sam", "security"}, {"carol", "carol", NULL}, {"dave", "dave", "staff"}};
	/* carol is in both: she sits where the others cannot */
	static const char *const both[][3] = {{"carol", "carol", "security"},
	    {"sam", "sam", "x,security,y"}, {"erin", "erin", ""}};
	/* one person twice, under two accounts */
	static const char *const twice[][3] = {
	    {"sam", "sam", "security"}, {"carol", "carol", ""}, {"dave", "carol", ""}};
	static const char *const frank[][3] = {{"frank", "frank", ""}};
	static const char *const stranger[][3] = {
	    {"mallory", "mallory", "securit,insecurity"}};
	struct policy *p = parse_good("[role web]\nmembers = alice\n"
	    "approve = 1 from @security and 2 from carol, dave, erin or 1 from frank\n"
	    "[role free]\nmembers = alice\napprove = nobody\n");
	const struct role *r = policy_role(p, "web");

	(void)state;
	assert_false(approved(r, 0, sec));
	assert_false(approved(r, 1, sec));
	assert_false(approved(r, 2, sec));
	assert_true(approved(r, 3, sec));
	assert_false(approved(r, 2, both));
	assert_true(approved(r, 3, both));
	assert_false(approved(r, 3, twice));
	assert_true(approved(r, 1, frank));
	assert_false(approved(r, 1, stranger));
	assert_true(approved(policy_role(p, "free"), 0, sec));
	assert_true(role_may_approve(r, "sam", "security"));
	assert_true(role_may_approve(r, "erin", NULL));
	assert_false(role_may_approve(r, "sam", NULL));
	assert_false(role_may_approve(r, "alice", "staff"));
	policy_free(p);
}

#define FLOOD                                                                                  \
	"[rule all]\nrequire = mfa\n[rule dev]\ndevice = issued\n" SIMPLE "[contingency flood]\n"
#define GOOD FLOOD "approvers = 2 from @c\nfor = 8h\nlower = all:require\n"

static void
test_contingency(void **state)
{
	struct policy *p = parse_good(GOOD), *same = parse_good("# other\n" GOOD),
		      *other = parse_good(GOOD "text = x\n");
	const struct contingency *c = policy_contingency(p, "flood");

	(void)state;
	assert_non_null(c);
	assert_null(policy_contingency(p, "web"));
	assert_true(policy_contingency_lowers(c, "require", "all"));
	assert_false(policy_contingency_lowers(c, "within", "all"));
	assert_false(policy_contingency_lowers(c, "require", "al"));
	assert_false(policy_contingency_lowers(c, "require", "all:require"));
	assert_string_equal(c->digest, policy_contingency(same, "flood")->digest);
	assert_string_not_equal(c->digest, policy_contingency(other, "flood")->digest);
	assert_true(policy_roles_need_groups(p));
	policy_free(p);
	policy_free(same);
	policy_free(other);

	expect_problem(FLOOD "for = 8h\nlower = all:require\n", 8, "several people");
	expect_problem(FLOOD "approvers = 1 from @c\nfor = 8h\nlower = all:require\n", 8,
	    "several people");
	expect_problem(FLOOD "approvers = 2 from @c or 1 from bob\nfor = 8h\nlower = "
			     "all:require\n",
	    8, "several people");
	expect_problem(FLOOD "approvers = 2 from bob\nfor = 8h\nlower = all:require\n", 8,
	    "nobody could activate");
	expect_problem(FLOOD "approvers = nobody\nfor = 8h\nlower = all:require\n", 9,
	    "approvers: expected");
	expect_problem(FLOOD "approvers = 2 from @c\nlower = all:require\n", 8, "for: expected");
	expect_problem(FLOOD "approvers = 2 from @c\nfor = 8d\nlower = all:require\n", 10,
	    "for: expected");
	expect_problem(FLOOD "approvers = 2 from @c\nfor = 8h\n", 8, "it relaxes nothing");
	expect_problem(FLOOD "approvers = 2 from @c\nfor = 8h\nlower = all\n", 11,
	    "lower: expected RULE:KEY");
	expect_problem(GOOD "text = x\n[contingency Flood]\napprovers = 2 from @c\nfor = 8h\n"
			    "lower = all:require\n",
	    13, "expected a name");
	expect_problem(FLOOD "approvers = 2 from @c\nfor = 8h\nlower = all:refuse\n", 8,
	    "no requirement of a rule");
	expect_problem(FLOOD "approvers = 2 from @c\nfor = 8h\nlower = dev:require\n", 8,
	    "no requirement of a rule");
	expect_problem(FLOOD "approvers = 2 from @c\nfor = 8h\nlower = AUTH-6:require\n", 8,
	    "no requirement of a rule");
	expect_problem(GOOD "roles = web\n", 8, "roles, approve: expected both");
	expect_problem(GOOD "roles = wob\napprove = 1 from @c\n", 8, "no role \"wob\"");
	expect_problem("[host]\nrating = integrity-2\n[role away]\nmembers = alice\n"
		       "kind = remote-work\napprove = 2 from @o\n[contingency flood]\n"
		       "approvers = 2 from @c\nfor = 8h\nroles = away\napprove = 1 from @c\n",
	    7, "two officers approve the permit");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_hours_that_are_left),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_approval),
	    cmocka_unit_test(test_contingency),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
