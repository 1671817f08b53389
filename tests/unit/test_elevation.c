/* Commands of sudo's: which are a role's, and each reason to refuse one alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "buf.h"
#include "decide/elevation.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

static struct policy *policy;

static int
setup(void **state)
{
	static const char text[] =
	    "[role web]\nmembers = @ops\napprove = nobody\nmax_duration = 1h\nroot_equivalent = no\n"
	    "commands = /usr/bin/id, /usr/bin/systemctl  restart nginx, sudoedit /etc/motd\n"
	    "mask = -p\nfrom = local\ntime = mon-fri 08:00-18:00\n"
	    "[role all]\nmembers = alice\napprove = nobody\nmax_duration = 2h\ncommands = ALL\n"
	    "root_equivalent = yes\nrun_as = oracle\n"
	    "[account alice]\n[account alice-adm]\nperson = alice\nclass = admin\n"
	    "[account db]\nclass = shared\nexclusive = yes\n"
	    "[account app]\nclass = shared\nby_role = yes\n[account bot]\nclass = service\n"
	    "[role pair]\nmembers = alice, bob\napprove = nobody\ncommands = /usr/bin/id\n"
	    "root_equivalent = no\neach_use = two-person\n";
	struct policy_problems problems = {.count = 0};
	struct buf bundle;
	int r;

	(void)state;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	r = policy_parse(bundle.data, bundle.len, &policy, &problems);
	if (r != SKS_OK && problems.count > 0)
		print_message("%s\n", problems.item[0].text);
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

static struct elevation_request
runs(const char *command, const char *arguments)
{
	struct elevation_request r = {.user = "alice", .uid = 1001, .run_as = "root"};

	(void)snprintf(r.command, sizeof(r.command), "%s", command);
	(void)snprintf(r.arguments, sizeof(r.arguments), "%s", arguments);
	return r;
}

static void
test_covers(void **state)
{
	static const struct {
		const char *command, *arguments;
		bool edit, cut, covered;
	} table[] = {
	    {"/usr/bin/id", "", false, false, true},
	    {"/usr/bin/id", "-u\n", false, false, true},
	    {"/usr/bin/id", "-u\n", false, true, true},
	    {"/usr/bin/i", "", false, false, false},
	    {"/usr/bin/idd", "", false, false, false},
	    {"", "", false, false, false},
	    {"/usr/bin/systemctl", "restart\nnginx\n", false, false, true},
	    {"/usr/bin/systemctl", "restart nginx\n", false, false, true}, /* sudoers joins them */
	    {"/usr/bin/systemctl", "restart\nnginx\n", false, true, false},
	    {"/usr/bin/systemctl", "restart\nnginx2\n", false, false, false},
	    {"/usr/bin/systemctl", "restart\nngin\n", false, false, false},
	    {"/usr/bin/systemctl", "restart\nnginx\n-f\n", false, false, false},
	    {"/usr/bin/systemctl", "restart\n", false, false, false},
	    {"/usr/bin/systemctl", "", false, false, false},
	    {"sudoedit", "/etc/motd\n", true, false, true},
	    {"sudoedit", "/etc/motd\n/etc/shadow\n", true, false, false},
	    {"sudoedit", "", true, false, false},
	    {"/usr/bin/id", "/etc/motd\n", true, false, false},
	};
	const struct role *role = policy_role(policy, "web");

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct elevation_request r = runs(table[i].command, table[i].arguments);

		r.edit = table[i].edit;
		r.cut = table[i].cut;
		if (elevation_covers(role, &r) != table[i].covered)
			fail_msg("row %zu: %s %s", i, table[i].command, table[i].arguments);
	}
}

static void
test_covers_for_another(void **state)
{
	struct elevation_request r = runs("/usr/bin/anything", "at\nall\n");

	(void)state;
	assert_false(elevation_covers(policy_role(policy, "all"), &r));
	(void)snprintf(r.run_as, sizeof(r.run_as), "oracle");
	assert_true(elevation_covers(policy_role(policy, "all"), &r));
	assert_false(elevation_covers(policy_role(policy, "web"), &r));
}

static const struct elevation_facts good = {.identified = true,
    .weekday = 1,
    .minute_of_day = 600,
    .grant = 7,
    .role = "web",
    .left_ms = 1000};

static void
expect(const struct elevation_request *r, const struct elevation_facts *f, enum reason reason,
    bool allowed)
{
	struct decision d;

	memset(&d, 0xff, sizeof(d));
	decide_elevation(policy, r, f, &d);
	assert_int_equal(d.reason, reason);
	assert_int_equal(d.verdict == VERDICT_ALLOW, allowed);
	assert_int_equal(d.event_count, 1);
	assert_int_equal(d.events[0].action, ACTION_SUDO_COMMAND);
	assert_int_equal(d.events[0].outcome, allowed ? OUTCOME_SUCCESS : OUTCOME_FAILURE);
}

static void
test_with_a_grant(void **state)
{
	struct elevation_request r = runs("/usr/bin/id", "");
	struct elevation_facts f = good;

	(void)state;
	r.timeout_s = 3613;
	expect(&r, &f, REASON_OK, true);
	f.identified = false;
	expect(&r, &f, REASON_NOT_IDENTIFIED, false);
	f = good;
	(void)snprintf(f.source, sizeof(f.source), "192.0.2.1");
	expect(&r, &f, REASON_WRONG_PLACE, false);
	f = good;
	f.weekday = 0;
	expect(&r, &f, REASON_OUTSIDE_HOURS, false);
	f = good;
	f.left_ms = 0;
	expect(&r, &f, REASON_NO_GRANT, false);
	f = good;
	f.suspended = true;
	expect(&r, &f, REASON_SUSPENDED, false);
	f = good;
	(void)snprintf(f.role, sizeof(f.role), "gone"); /* from the policy, in this moment */
	expect(&r, &f, REASON_NO_GRANT, false);
}

static void
test_without_a_grant(void **state)
{
	struct elevation_request r = runs("/usr/bin/id", "");
	struct elevation_facts f = {.identified = true};

	(void)state;
	expect(&r, &f, REASON_STANDING_RIGHT, true);
	r.timeout_s = 100; /* the site's own */
	expect(&r, &f, REASON_STANDING_RIGHT, true);
	r.timeout_s = elevation_timeout_s(policy_role(policy, "web"));
	expect(&r, &f, REASON_NO_GRANT, false);
	r.timeout_s = elevation_timeout_s(policy_role(policy, "all"));
	expect(&r, &f, REASON_NO_GRANT, false);
	r.timeout_s = 0;
	f.over = true;
	expect(&r, &f, REASON_NO_GRANT, false);
	f.over = false;
	f.suspended = true;
	expect(&r, &f, REASON_SUSPENDED, false);
	r.uid = 0;
	expect(&r, &f, REASON_ROOT_CALLER, true);
}

static void
test_two_people(void **state)
{
	struct elevation_request r = runs("/usr/bin/id", "");
	struct elevation_facts f = good;

	(void)state;
	(void)snprintf(r.actor, sizeof(r.actor), "alice");
	(void)snprintf(f.role, sizeof(f.role), "pair");
	expect(&r, &f, REASON_SECOND_PERSON, false);
	f.use = USE_WAITS;
	expect(&r, &f, REASON_SECOND_PERSON, false);
	f.use = USE_DECLINED;
	expect(&r, &f, REASON_DECLINED, false);
	f.use = USE_OVER;
	expect(&r, &f, REASON_EXPIRED, false);
	f.use = USE_APPROVED;
	expect(&r, &f, REASON_SAME_PERSON, false); /* by nobody */
	(void)snprintf(f.use_by, sizeof(f.use_by), "bob");
	expect(&r, &f, REASON_OK, true);
	(void)snprintf(f.use_by, sizeof(f.use_by), "alice-adm");
	expect(&r, &f, REASON_SAME_PERSON, false);
	(void)snprintf(f.use_by, sizeof(f.use_by), "bob");
	(void)snprintf(r.actor, sizeof(r.actor), "bob"); /* bob's login identity */
	expect(&r, &f, REASON_SAME_PERSON, false);
	f.identified = false;
	expect(&r, &f, REASON_NOT_IDENTIFIED, false);
}

static void
test_shared_accounts(void **state)
{
	struct elevation_request r = runs("/usr/bin/anything", "");
	struct elevation_facts f = {.identified = true};

	(void)state;
	(void)snprintf(r.actor, sizeof(r.actor), "alice");
	(void)snprintf(r.run_as, sizeof(r.run_as), "db");
	r.login_uid = 1001;
	r.run_as_uid = 1005;
	expect(&r, &f, REASON_STANDING_RIGHT, true);
	(void)snprintf(f.held_by, sizeof(f.held_by), "bob");
	expect(&r, &f, REASON_HELD, false);
	(void)snprintf(f.held_by, sizeof(f.held_by), "alice-adm"); /* is alice */
	expect(&r, &f, REASON_STANDING_RIGHT, true);
	f.identified = false;
	expect(&r, &f, REASON_NOT_IDENTIFIED, false);
	f.identified = true;
	(void)snprintf(r.actor, sizeof(r.actor), "bot");
	expect(&r, &f, REASON_NOT_IDENTIFIED, false);
	(void)snprintf(r.actor, sizeof(r.actor), "alice");
	(void)snprintf(r.run_as, sizeof(r.run_as), "app");
	expect(&r, &f, REASON_NO_GRANT, false);
	f.held_by[0] = '\0';
	f.grant = 7;
	f.left_ms = 1000;
	(void)snprintf(f.role, sizeof(f.role), "all");
	expect(&r, &f, REASON_OK, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_covers),
	    cmocka_unit_test(test_covers_for_another),
	    cmocka_unit_test(test_with_a_grant),
	    cmocka_unit_test(test_without_a_grant),
	    cmocka_unit_test(test_two_people),
	    cmocka_unit_test(test_shared_accounts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
