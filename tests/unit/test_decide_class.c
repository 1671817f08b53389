/* Kinds of accounts, devices, and what a session may have: the language and the core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "buf.h"
#include "decide/decide.h"
#include "error.h"
#include "policy/capability.h"
#include <stdio.h>
#include <string.h>

#define KEY_A "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

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
expect_problem(const char *text, const char *says)
{
	assert_null(parse(text));
	if (strstr(problems.item[0].text, says) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", says, problems.item[0].text);
}

static const char accounts[] =
    "[account alice]\n[account alice-adm]\nclass = admin\nperson = alice\n"
    "[account bob]\n[account bot]\nclass = service\n"
    "[account oracle]\nclass = shared\nexclusive = yes\n"
    "[account old]\nclass = shared\n"
    "[service mailer]\nclass = remote\neveryday = yes\n[service gdm]\neveryday = no\n"
    "[role web]\nmembers = alice\napprove = nobody\ncapabilities = cap_net_raw, cap_kill\n"
    "[role time]\nmembers = alice\napprove = nobody\ncapabilities = cap_sys_time\n"
    "[session]\ndrop_capabilities = cap_sys_ptrace\nno_new_privs = yes\n"
    "[device desk]\nowner = alice\naddress = 192.0.2.1\n"
    "[device laptop]\nkind = private\nkey = " KEY_A "\n"
    "[device both]\nkey = " KEY_B "\naddress = 192.0.2.9\n";

/* alice in her own login, from 192.0.2.1, at this service about that account. */
static struct request
request_of(enum phase phase, const char *service, const char *user, uint32_t uid)
{
	struct request r = {.phase = phase,
	    .known = true,
	    .uid = uid,
	    .by_root = true,
	    .real_uid = 1001,
	    .login_uid = 1001,
	    .audit_session = 5,
	    .actor_uid = 1001,
	    .actor = "alice"};

	(void)snprintf(r.service, sizeof(r.service), "%s", service);
	(void)snprintf(r.user, sizeof(r.user), "%s", user);
	if (strcmp(service, "su") != 0)
		(void)snprintf(r.source, sizeof(r.source), "192.0.2.1");
	return r;
}

static struct facts
facts_of(void)
{
	struct facts f = {.lane = LANE_STRANGER,
	    .txn = true,
	    .txn_first_factor = true,
	    .txn_factor = FACTOR_TOTP,
	    .session = true,
	    .session_uid = 1001,
	    .session_user = "alice",
	    .session_source = "192.0.2.1",
	    .session_service = "sshd",
	    .session_factor = FACTOR_TOTP,
	    .principal = "alice",
	    .principal_uid = 1001,
	    .devices = 1};
	return f;
}

static enum reason
reason_of(const char *more, const struct request *r, const struct facts *f)
{
	char text[4096];
	struct policy *p;
	struct decision d;

	(void)snprintf(text, sizeof(text), "%s%s", accounts, more);
	p = parse_good(text);
	decide(p, r, f, &d);
	policy_free(p);
	return (enum reason)d.reason;
}

static void
test_administrators_stay_out_of_daily_work(void **state)
{
	struct facts f = facts_of();
	struct request r = request_of(PHASE_ACCOUNT, "xrdp-sesman", "alice-adm", 1003);

	(void)state;
	assert_int_equal(reason_of("", &r, &f), REASON_EVERYDAY_SERVICE);
	r = request_of(PHASE_ACCOUNT, "mailer", "alice-adm", 1003);
	assert_int_equal(reason_of("", &r, &f), REASON_EVERYDAY_SERVICE);
	r = request_of(PHASE_OPEN, "mailer", "alice-adm", 1003);
	assert_int_equal(reason_of("", &r, &f), REASON_EVERYDAY_SERVICE);
	r = request_of(PHASE_ACCOUNT, "mailer", "alice", 1001);
	assert_int_not_equal(reason_of("", &r, &f), REASON_EVERYDAY_SERVICE);
	r = request_of(PHASE_ACCOUNT, "gdm", "alice-adm", 1003); /* the policy says not */
	assert_int_not_equal(reason_of("", &r, &f), REASON_EVERYDAY_SERVICE);
	r = request_of(PHASE_ACCOUNT, "sshd", "alice-adm", 1003);
	assert_int_not_equal(reason_of("", &r, &f), REASON_EVERYDAY_SERVICE);
}

static void
test_a_shared_account_is_used_out_of_a_persons_login(void **state)
{
	struct request r = request_of(PHASE_ACCOUNT, "su", "oracle", 1005);
	struct facts f = facts_of();

	(void)state;
	assert_int_equal(reason_of("", &r, &f), REASON_OK);
	f.session = false;
	assert_int_equal(reason_of("", &r, &f), REASON_NOT_IDENTIFIED);
	f.session = true;
	(void)strcpy(f.session_user, "bot");
	assert_int_equal(reason_of("", &r, &f), REASON_NOT_IDENTIFIED);
	(void)strcpy(f.session_user, "old");
	assert_int_equal(reason_of("", &r, &f), REASON_NOT_IDENTIFIED);
	(void)strcpy(f.session_user, "alice-adm");
	assert_int_not_equal(reason_of("", &r, &f), REASON_NOT_IDENTIFIED);
	/* root's own scripts go on, and root at a console stays the last way in */
	f.session = false;
	r.real_uid = r.actor_uid = 0;
	r.login_uid = NO_UID;
	assert_int_equal(reason_of("", &r, &f), REASON_ROOT_CALLER);
	r = request_of(PHASE_ACCOUNT, "su", "root", 0);
	assert_int_not_equal(reason_of("", &r, &f), REASON_NOT_IDENTIFIED);
}

static void
test_one_person_at_a_time(void **state)
{
	struct request r = request_of(PHASE_ACCOUNT, "su", "oracle", 1005);
	struct facts f = facts_of();

	(void)state;
	(void)strcpy(f.held_by, "bob");
	assert_int_equal(reason_of("", &r, &f), REASON_HELD);
	r.phase = PHASE_OPEN; /* who came in between */
	assert_int_equal(reason_of("", &r, &f), REASON_HELD);
	(void)strcpy(f.held_by, "alice-adm"); /* the same person */
	assert_int_not_equal(reason_of("", &r, &f), REASON_HELD);
	(void)strcpy(f.held_by, "bob");
	(void)strcpy(r.user, "old"); /* not exclusive */
	assert_int_not_equal(reason_of("", &r, &f), REASON_HELD);
}

static const struct machine *
machine_at(const struct policy *p, const char *key, const char *source)
{
	return policy_machine(p, key, source);
}

static void
test_which_device_it_is(void **state)
{
	struct policy *p = parse_good(accounts);

	(void)state;
	assert_string_equal(machine_at(p, "", "192.0.2.1")->name, "desk");
	assert_string_equal(machine_at(p, KEY_A, "203.0.113.5")->name, "laptop");
	assert_string_equal(machine_at(p, KEY_A, "192.0.2.1")->name, "laptop");
	assert_string_equal(machine_at(p, KEY_B, "192.0.2.9")->name, "both");
	assert_null(machine_at(p, KEY_B, "192.0.2.8")); /* a key that was copied */
	assert_null(machine_at(p, "", "192.0.2.9"));    /* an address without its key */
	assert_null(machine_at(p, "", "203.0.113.5"));
	policy_free(p);
}

static void
test_rules_require_devices(void **state)
{
	static const char issued[] = "[rule d]\nclass = person\ndevice = issued\n";
	static const char registered[] = "[rule d]\nclass = person\ndevice = registered\n";
	struct request r = request_of(PHASE_ACCOUNT, "sshd", "alice", 1001);
	struct facts f = facts_of();

	(void)state;
	assert_int_equal(reason_of(issued, &r, &f), REASON_NOT_REQUIRED);
	(void)strcpy(r.source, "203.0.113.5");
	assert_int_equal(reason_of(issued, &r, &f), REASON_DEVICE_REQUIRED);
	assert_int_equal(reason_of(registered, &r, &f), REASON_DEVICE_REQUIRED);
	(void)strcpy(r.key, KEY_A);
	assert_int_equal(reason_of(issued, &r, &f), REASON_DEVICE_REQUIRED);
	assert_int_equal(reason_of(registered, &r, &f), REASON_NOT_REQUIRED);
	/* a key login: which key, sshd says when the session opens */
	r.key[0] = '\0';
	f.txn = f.txn_first_factor = false;
	f.txn_factor = FACTOR_NONE;
	assert_int_equal(reason_of(registered, &r, &f), REASON_NOT_REQUIRED);
	r.phase = PHASE_OPEN;
	assert_int_equal(reason_of(registered, &r, &f), REASON_DEVICE_REQUIRED);
	(void)strcpy(r.key, KEY_A);
	assert_int_equal(reason_of(registered, &r, &f), REASON_NOT_REQUIRED);
}

static void
test_su_comes_from_where_its_login_came_from(void **state)
{
	static const char rule[] = "[rule d]\nservice = su\ndevice = registered\n";
	struct request r = request_of(PHASE_ACCOUNT, "su", "oracle", 1005);
	struct facts f = facts_of();

	(void)state;
	assert_int_equal(reason_of(rule, &r, &f), REASON_OK);
	(void)strcpy(f.session_source, "203.0.113.5");
	assert_int_equal(reason_of(rule, &r, &f), REASON_DEVICE_REQUIRED);
	(void)strcpy(f.session_key, KEY_A);
	assert_int_equal(reason_of(rule, &r, &f), REASON_OK);
}

static struct decision
opened(const char *service, const char *user, uint32_t uid, const char *roles)
{
	struct request r = request_of(PHASE_OPEN, service, user, uid);
	struct policy *p = parse_good(accounts);
	struct facts f = facts_of();
	struct decision d;

	(void)snprintf(f.roles, sizeof(f.roles), "%s", roles);
	decide(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	d.rule = NULL;
	policy_free(p);
	return d;
}

enum { CAP_KILL = 5, CAP_NET_RAW = 13, CAP_SYS_PTRACE = 19, CAP_SYS_TIME = 25 };
#define BIT(n) (UINT64_C(1) << (n))

static void
test_what_a_session_may_have(void **state)
{
	struct decision d = opened("sshd", "alice", 1001, "web,time");

	(void)state;
	assert_true(d.inheritable == (BIT(CAP_KILL) | BIT(CAP_NET_RAW) | BIT(CAP_SYS_TIME)));
	assert_true(d.drop == 0 && !d.no_new_privs);
	d = opened("sshd", "alice", 1001, "gone"); /* the policy has it no more, but it was one */
	assert_true(d.inheritable == 0 && d.drop == 0);
	d = opened("sshd", "alice", 1001, "");
	assert_true(d.inheritable == 0 && d.drop == BIT(CAP_SYS_PTRACE) && d.no_new_privs);
	d = opened("sudo", "alice", 1001, "web"); /* sudo makes its own */
	assert_true(d.inheritable == 0 && d.drop == 0 && !d.no_new_privs);
	d = opened("cron", "root", 0, "");
	assert_true(d.inheritable == 0 && d.drop == 0 && !d.no_new_privs);
	d = opened("cron", "bot", 1004, "");
	assert_true(d.inheritable == 0 && d.drop == 0 && !d.no_new_privs);
}

/* Roles with conditions: what they are for they are for at every use. */
static const char conditions[] =
    "[account alice]\n[account bob]\n"
    "[role day]\nmembers = alice\napprove = nobody\ncapabilities = cap_kill\ntime = 08:00-18:00\n"
    "[role away]\nmembers = alice\napprove = nobody\ncommands = /usr/bin/id\n"
    "root_equivalent = no\nfrom = 203.0.113.0/24\n"
    "[role guarded]\nmembers = alice\napprove = nobody\ncommands = /usr/bin/id\n"
    "root_equivalent = no\nplugin = required\n"
    "[role home]\nkind = remote-work\nmembers = alice\napprove = nobody\ntime = 08:00-18:00\n"
    "[session]\nno_new_privs = yes\n";

static struct decision
used(enum phase phase, const char *service, const char *roles, uint32_t minute, uint32_t flags)
{
	struct request r = request_of(phase, service, "alice", 1001);
	struct policy *p = parse_good(conditions);
	struct facts f = facts_of();
	struct decision d;

	r.flags = flags;
	if (strcmp(service, "sshd") == 0) {
		(void)snprintf(r.source, sizeof(r.source), "192.0.2.1");
		f.session = false;
	}
	f.minute_of_day = minute;
	(void)snprintf(f.roles, sizeof(f.roles), "%s", roles);
	(void)snprintf(f.acting, sizeof(f.acting), "%s", roles);
	decide(p, &r, &f, &d);
	d.rule = NULL;
	policy_free(p);
	return d;
}

static void
test_a_role_at_each_use(void **state)
{
	struct decision d = used(PHASE_OPEN, "su", "day", 600, 0);

	(void)state;
	assert_true(d.inheritable == BIT(CAP_KILL) && !d.no_new_privs);
	d = used(PHASE_OPEN, "su", "day", 1100, 0);
	assert_true(d.inheritable == 0 && d.no_new_privs);
	assert_int_equal(used(PHASE_ACCOUNT, "sshd", "home", 600, 0).reason, REASON_NOT_REQUIRED);
	assert_int_equal(used(PHASE_ACCOUNT, "sshd", "home", 1100, 0).reason, REASON_PERMIT_MISSING);
	assert_int_equal(used(PHASE_ACCOUNT, "sudo", "day", 1100, 0).verdict, VERDICT_ALLOW);
	assert_int_equal(used(PHASE_ACCOUNT, "sudo", "away", 600, 0).reason, REASON_WRONG_PLACE);
	assert_int_equal(used(PHASE_ACCOUNT, "sudo", "away", 600, PAM_FLAG_SUDO_PLUGIN).verdict,
	    VERDICT_ALLOW);
	assert_int_equal(used(PHASE_ACCOUNT, "su", "away", 600, 0).verdict, VERDICT_ALLOW);
	d = used(PHASE_ACCOUNT, "sudo-i", "guarded", 600, 0);
	assert_int_equal(d.reason, REASON_PLUGIN_MISSING);
	assert_int_equal(d.text, TEXT_PLUGIN_MISSING);
	assert_int_equal(used(PHASE_ACCOUNT, "sudo", "guarded", 600, PAM_FLAG_SUDO_PLUGIN).verdict,
	    VERDICT_ALLOW);
	assert_int_equal(used(PHASE_ACCOUNT, "sudo", "", 600, 0).verdict, VERDICT_ALLOW);
}

static void
test_a_shared_account_by_role(void **state)
{
	static const char text[] = "[account alice]\n[account app]\nclass = shared\nby_role = yes\n"
				   "[role app]\nmembers = alice\napprove = nobody\nrun_as = app\n"
				   "commands = ALL\nroot_equivalent = no\ntime = 08:00-18:00\n"
				   "[role part]\nmembers = alice\napprove = nobody\nrun_as = app\n"
				   "commands = /usr/bin/id\nroot_equivalent = no\n";
	static const struct {
		const char *roles;
		uint32_t minute;
		uint32_t reason;
	} table[] = {{"", 600, REASON_NO_GRANT}, {"part", 600, REASON_NO_GRANT},
	    {"part,app", 600, REASON_OK}, {"app", 1100, REASON_NO_GRANT}};
	struct policy *p = parse_good(text);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct request r = request_of(PHASE_ACCOUNT, "su", "app", 1006);
		struct facts f = facts_of();
		struct decision d;

		f.minute_of_day = table[i].minute;
		(void)snprintf(f.acting, sizeof(f.acting), "%s", table[i].roles);
		decide(p, &r, &f, &d);
		assert_int_equal(d.reason, table[i].reason);
	}
	policy_free(p);
}

static void
test_two_devices_are_one_more_record(void **state)
{
	struct request r = request_of(PHASE_OPEN, "sshd", "alice", 1001);
	struct policy *p = parse_good(accounts);
	struct facts f = facts_of();
	struct decision d;

	(void)state;
	decide(p, &r, &f, &d);
	assert_int_equal(d.event_count, 1);
	(void)strcpy(f.elsewhere, "laptop");
	decide(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.event_count, 2);
	assert_int_equal(d.events[1].action, ACTION_TWO_DEVICES);
	policy_free(p);
}

static void
test_what_the_language_refuses(void **state)
{
	char list[64];

	(void)state;
	expect_problem("[device d]\nowner = bob\n", "at least one of them");
	expect_problem("[device d]\nkey = MD5:aa\n", "fingerprints");
	expect_problem("[device d]\nkey = SHA256:aa\n", "fingerprints");
	expect_problem("[device d]\nkey = " KEY_A "\n[device e]\nkey = " KEY_A "\n", "already");
	expect_problem("[device d]\nkind = rented\naddress = remote\n", "issued, private");
	expect_problem("[rule r]\nrefuse = yes\ndevice = issued\n", "not both");
	expect_problem("[rule r]\ndevice = any\n", "registered or issued");
	expect_problem("[session]\ndrop_capabilities = cap_net\n", "names of capabilities");
	expect_problem("[role w]\nmembers = a\napprove = nobody\ncapabilities = cap_sys_admin\n",
	    "cap_sys_admin leads to root");
	policy_free(parse_good("[role w]\nmembers = a\napprove = nobody\n"
			       "capabilities = cap_sys_admin\nroot_equivalent = yes\n"));
	assert_string_equal(capability_print(BIT(CAP_KILL) | BIT(CAP_SYS_TIME), list, sizeof(list)),
	    "cap_kill,cap_sys_time");
	assert_string_equal(capability_print(0, list, sizeof(list)), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_administrators_stay_out_of_daily_work),
	    cmocka_unit_test(test_a_shared_account_is_used_out_of_a_persons_login),
	    cmocka_unit_test(test_one_person_at_a_time),
	    cmocka_unit_test(test_which_device_it_is),
	    cmocka_unit_test(test_rules_require_devices),
	    cmocka_unit_test(test_su_comes_from_where_its_login_came_from),
	    cmocka_unit_test(test_what_a_session_may_have),
	    cmocka_unit_test(test_a_role_at_each_use),
	    cmocka_unit_test(test_a_shared_account_by_role),
	    cmocka_unit_test(test_two_devices_are_one_more_record),
	    cmocka_unit_test(test_what_the_language_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
