/*
 * The core, case by case. A case is a policy text, a request and facts; nothing else exists.
 */
#include "audit/event.h"
#include "decide/decide.h"
#include "error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* needs those before it */
#include <cmocka.h>

#define MINUTE	 (60 * 1000LL)
#define YEAR_END INT64_C(1798761600000) /* 2027-01-01T00:00Z: the end of 2026-12-31 */

static struct policy *
policy_of(const char *text)
{
	static struct policy_problems problems;
	char bundle[4096];
	struct policy *p = NULL;
	int n = snprintf(bundle, sizeof(bundle),
	    "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n", strlen(text), text);

	memset(&problems, 0, sizeof(problems));
	if (policy_parse(bundle, (size_t)n, &p, &problems) != SKS_OK)
		fail_msg("line %d: %s", problems.item[0].line, problems.item[0].text);
	return p;
}

static const char accounts[] =
    "[account alice-adm]\nclass = admin\nperson = alice\n"
    "[account oracle]\nclass = shared\n"
    "[account backup]\nclass = service\nfrom = 192.0.2.7\n"
    "[rule all]\nservice = sshd, login, sudo, su\nrequire = mfa within 15m\n";

static struct request
remote_request(enum phase phase)
{
	struct request r = {.phase = phase,
	    .known = true,
	    .uid = 1001,
	    .by_root = true,
	    .login_uid = NO_UID,
	    .audit_session = NO_UID,
	    .actor_uid = 0,
	    .user = "alice",
	    .service = "sshd",
	    .source = "192.0.2.1",
	    .actor = "root"};
	return r;
}

static struct facts
quiet_facts(void)
{
	struct facts f = {.lane = LANE_STRANGER,
	    .lane_age_ms = AGE_NEVER,
	    .lane_window_age_ms = AGE_NEVER,
	    .source_age_ms = AGE_NEVER,
	    .txn_factor_age_ms = AGE_NEVER,
	    .session_factor_age_ms = AGE_NEVER,
	    .principal = "alice",
	    .principal_uid = 1001,
	    .devices = 1};
	return f;
}

static struct decision
decided(const char *policy_text, const struct request *r, const struct facts *f)
{
	struct policy *p = policy_of(policy_text);
	struct decision d;

	decide(p, r, f, &d);
	d.rule = NULL; /* the policy's */
	policy_free(p);
	return d;
}

/* ---- lanes ---------------------------------------------------------------------------------
 */

static void
test_lanes_by_strength(void **state)
{
	struct policy *p = policy_of("");
	struct request r = remote_request(PHASE_CHARGE);
	char key[LANE_SIZE];

	(void)state;
	assert_int_equal(lane_choose(p, &r, false, 0, key), LANE_STRANGER);
	assert_string_equal(key, "S:1001:alice");
	assert_int_equal(lane_choose(p, &r, true, 0, key), LANE_OWN);
	assert_string_equal(key, "O:1001:alice:192.0.2.1");
	(void)strcpy(r.key, "SHA256:abc");
	assert_int_equal(lane_choose(p, &r, true, 0, key), LANE_KEY);
	assert_string_equal(key, "K:1001:alice:SHA256:abc");
	r.key[0] = r.source[0] = '\0';
	(void)strcpy(r.tty, "tty1");
	assert_int_equal(lane_choose(p, &r, true, 0, key), LANE_LOCAL);
	assert_string_equal(key, "L:1001:alice:ttty1");
	r.login_uid = r.actor_uid = 1002;
	assert_int_equal(lane_choose(p, &r, true, 0, key), LANE_LOCAL);
	assert_string_equal(key, "L:1001:alice:u1002");
	r.real_uid = 33; /* a service that says it is bob's login */
	assert_int_equal(lane_choose(p, &r, true, 0, key), LANE_LOCAL);
	assert_string_equal(key, "L:1001:alice:u1002:r33");
	r.by_root = false;
	r.real_uid = 1001;
	assert_int_equal(lane_choose(p, &r, true, 0, key), LANE_PEER);
	assert_string_equal(key, "N:1001");
	r.by_root = true;
	r.known = false;
	assert_int_equal(lane_choose(p, &r, true, 4095, key), LANE_UNKNOWN);
	assert_string_equal(key, "U:4095");
	/* refused by sshd, which hands on junk: no lane of the account's own would ever lock */
	r.known = true;
	r.flags = PAM_FLAG_JUNK;
	assert_int_equal(lane_choose(p, &r, true, 17, key), LANE_UNKNOWN);
	assert_string_equal(key, "U:17");
	policy_free(p);
}

static void
test_longest_names_fit_a_lane(void **state)
{
	struct request r = remote_request(PHASE_CHARGE);
	char key[LANE_SIZE];

	(void)state;
	memset(r.user, 'a', sizeof(r.user) - 1);
	memset(r.key, 'k', sizeof(r.key) - 1);
	r.uid = UINT32_MAX;
	(void)lane_choose(NULL, &r, true, 0, key);
	assert_int_equal(key[strlen(key) - 1], 'k');
	assert_true(strlen(key) == 2 + 10 + 1 + 255 + 1 + 95);
}

static void
test_charge_counts_before_it_is_checked(void **state)
{
	struct request r = remote_request(PHASE_CHARGE);
	struct facts f = quiet_facts();
	uint32_t granted = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct decision d = decided(accounts, &r, &f);

		if (d.verdict != VERDICT_ALLOW) {
			assert_int_equal(d.reason, REASON_LOCKED);
			assert_true(d.changes.refusal_count);
			continue;
		}
		granted++;
		f.lane_count = d.changes.lane_count;
		f.lane_open = d.changes.lane_open;
		f.lane_age_ms = f.lane_window_age_ms = 0;
	}
	assert_int_equal(granted, 5);
}

static void
test_full_of_open_charges_waits(void **state)
{
	struct request r = remote_request(PHASE_CHARGE);
	struct facts f = quiet_facts();

	(void)state;
	f.lane_count = 5;
	f.lane_open = 3;
	f.lane_age_ms = f.lane_window_age_ms = 10;
	f.may_wait = true;
	assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_WAIT);
	f.may_wait = false;
	assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_DENY);
	f.may_wait = true;
	f.lane_open = 0;
	assert_int_equal(decided(accounts, &r, &f).reason, REASON_LOCKED);
}

/* The largest numbers that a policy may hold: a bastion for a hundred people, for ten years. */
static void
test_large_budgets_do_not_wrap(void **state)
{
	static const char policy[] = "[lockout]\nsource_deny = 100000\nunlock_time = 365d\n";
	struct request r = remote_request(PHASE_CHARGE);
	struct facts f = quiet_facts();

	(void)state;
	f.source_users = 100;
	f.source_age_ms = 0;
	f.source_level_milli = 100000 * 1000;
	assert_int_equal(decided(policy, &r, &f).verdict, VERDICT_ALLOW);
	f.source_age_ms = 364LL * 24 * 60 * MINUTE;
	struct decision d = decided(policy, &r, &f);
	assert_int_equal(d.changes.source_level_milli, 1000); /* drained long ago */
	f.source_age_ms = 0;
	f.source_level_milli = UINT32_MAX;
	d = decided(policy, &r, &f);
	assert_int_equal(d.reason, REASON_SOURCE_LOCKED);
	assert_in_range(d.wait_ms, 1000, 2 * 365LL * 24 * 60 * MINUTE);
}

static void
test_lock_and_window_end_on_time(void **state)
{
	static const struct {
		uint32_t count;
		int64_t age, window;
		uint32_t verdict;
	} c[] = {
	    {5, 0, 0, VERDICT_DENY},
	    {5, 30 * MINUTE - 1, 40 * MINUTE, VERDICT_DENY},
	    {5, 30 * MINUTE, 40 * MINUTE, VERDICT_ALLOW},
	    {4, 10 * MINUTE, 14 * MINUTE, VERDICT_ALLOW},
	    {4, 10 * MINUTE, 16 * MINUTE, VERDICT_ALLOW},
	};
	struct request r = remote_request(PHASE_CHARGE);

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct facts f = quiet_facts();
		struct decision d;

		f.lane_count = c[i].count;
		f.lane_age_ms = c[i].age;
		f.lane_window_age_ms = c[i].window;
		d = decided(accounts, &r, &f);
		assert_int_equal(d.verdict, c[i].verdict);
		if (i == 3)
			assert_int_equal(d.changes.lane_count, 5);
		if (i == 4)
			assert_int_equal(d.changes.lane_count, 1);
	}
}

static void
test_source_budget_drains_and_scales(void **state)
{
	struct request r = remote_request(PHASE_CHARGE);
	struct facts f = quiet_facts();

	(void)state;
	f.source_level_milli = 20000;
	f.source_age_ms = 0;
	assert_int_equal(decided(accounts, &r, &f).reason, REASON_SOURCE_LOCKED);
	f.source_age_ms = 2 * MINUTE; /* 20 in 30 minutes: one in 90 s */
	assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_ALLOW);
	f.source_age_ms = 0;
	f.source_users = 10; /* a bastion */
	assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_ALLOW);
}

static void
test_success_clears_only_its_own_lane(void **state)
{
	static const struct {
		uint32_t lane;
		bool cleared;
	} c[] = {{LANE_KEY, true}, {LANE_LOCAL, true}, {LANE_OWN, true}, {LANE_STRANGER, false},
	    {LANE_UNKNOWN, false}};
	struct request r = remote_request(PHASE_CODE);

	(void)state;
	r.has_code = true;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct facts f = quiet_facts();
		struct decision d;

		f.lane = c[i].lane;
		f.lane_count = 3;
		f.lane_age_ms = f.lane_window_age_ms = 1000;
		f.code = CODE_MATCH;
		d = decided(accounts, &r, &f);
		assert_int_equal(d.verdict, VERDICT_ALLOW);
		assert_true(d.changes.code_spend);
		assert_int_equal(d.changes.lane_put && d.changes.lane_count == 0, c[i].cleared);
	}
}

static void
test_need_gives_the_charge_back(void **state)
{
	struct request r = remote_request(PHASE_NEED);
	struct facts f = quiet_facts();
	struct decision d;

	(void)state;
	r.flags = PAM_FLAG_FIRST_FACTOR | PAM_FLAG_INTERACTIVE;
	f.txn = f.txn_charged = true;
	f.lane_count = f.lane_open = 1;
	d = decided(accounts, &r, &f);
	assert_int_equal(d.need, PAM_NEED_CODE);
	assert_int_equal(d.changes.lane_count, 0);
	assert_int_equal(d.changes.lane_open, 0);
	assert_false(d.changes.txn_charged);
	r.flags =
	    PAM_FLAG_INTERACTIVE; /* the module does not say that a first factor was right */
	d = decided(accounts, &r, &f);
	assert_false(d.changes.lane_put);
}

/* ---- codes
 * ----------------------------------------------------------------------------------- */

static void
test_what_a_code_is_worth(void **state)
{
	static const struct {
		uint32_t code, verdict, reason;
		bool charged, code_spent, recovery_spent;
	} c[] = {
	    {CODE_MATCH, VERDICT_ALLOW, REASON_OK, false, true, false},
	    {CODE_RECOVERY, VERDICT_ALLOW, REASON_OK, false, false, true},
	    {CODE_WRONG, VERDICT_DENY, REASON_WRONG_CODE, true, false, false},
	    {CODE_NONE, VERDICT_DENY, REASON_WRONG_CODE, true, false, false},
	    {CODE_REPLAYED, VERDICT_DENY, REASON_REPLAYED_CODE, false, false, false},
	    {CODE_FLOOR, VERDICT_DENY, REASON_CODE_BELOW_FLOOR, false, false, false},
	    {CODE_RECOVERY_SPENT, VERDICT_DENY, REASON_SPENT_RECOVERY_CODE, false, false,
		false},
	};
	struct request r = remote_request(PHASE_CODE);

	(void)state;
	r.has_code = true;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct facts f = quiet_facts();
		struct decision d;

		f.code = c[i].code;
		d = decided(accounts, &r, &f);
		assert_int_equal(d.verdict, c[i].verdict);
		assert_int_equal(d.reason, c[i].reason);
		assert_int_equal(d.changes.lane_put && d.changes.lane_count == 1, c[i].charged);
		assert_int_equal(d.changes.code_spend, c[i].code_spent);
		assert_int_equal(d.changes.recovery_spend, c[i].recovery_spent);
		assert_true(d.event_count >= 1);
	}
}

static void
test_locked_code_is_not_evaluated(void **state)
{
	struct policy *p = policy_of(accounts);
	struct request r = remote_request(PHASE_CODE);
	struct facts f = quiet_facts();

	(void)state;
	r.has_code = true;
	assert_true(decide_may_evaluate(p, &r, &f));
	f.lane_count = 5;
	f.lane_age_ms = 0;
	assert_false(decide_may_evaluate(p, &r, &f));
	f.lane_count = 0;
	r.flags = PAM_FLAG_PASSWORD_AS_CODE;
	assert_false(decide_may_evaluate(p, &r, &f));
	r.flags = 0;
	r.phase = PHASE_ACCOUNT;
	assert_false(decide_may_evaluate(p, &r, &f));
	policy_free(p);
}

static void
test_nothing_about_the_account_before_proof(void **state)
{
	struct request r = remote_request(PHASE_NEED);
	struct facts with = quiet_facts(), without = quiet_facts();

	(void)state;
	without.devices = 0;
	without.principal[0] = '\0';
	assert_int_equal(decided(accounts, &r, &with).need, PAM_NEED_CODE);
	assert_int_equal(decided(accounts, &r, &without).need, PAM_NEED_CODE);
	r.known = false;
	assert_int_equal(decided(accounts, &r, &without).need, PAM_NEED_CODE);
	r.known = true;
	r.flags = PAM_FLAG_FIRST_FACTOR;
	without.txn = without.txn_charged = true;
	assert_int_equal(decided(accounts, &r, &without).reason, REASON_NO_DEVICE);
}

/* ---- access
 * ------------------------------------------------------------------------------------ */

static void
test_access_table(void **state)
{
	static const struct {
		const char *user, *service, *source, *actor;
		uint32_t uid, actor_uid, real_uid, login_uid;
		bool txn;
		uint32_t factor;
		uint32_t verdict, reason;
	} c[] = {
	    /* key only, although a code is required */
	    {"alice", "sshd", "192.0.2.1", "root", 1001, 0, 0, NO_UID, false, FACTOR_NONE,
		VERDICT_DENY, REASON_KEY_ONLY},
	    {"alice", "sshd", "192.0.2.1", "root", 1001, 0, 0, NO_UID, true, FACTOR_TOTP,
		VERDICT_ALLOW, REASON_OK},
	    /* AUTH-6 holds for root and for administrators, whatever the rules say */
	    {"root", "sshd", "192.0.2.1", "root", 0, 0, 0, NO_UID, true, FACTOR_TOTP,
		VERDICT_DENY, REASON_SHARED_DIRECT},
	    {"alice-adm", "cockpit", "192.0.2.1", "root", 1002, 0, 0, NO_UID, true, FACTOR_NONE,
		VERDICT_DENY, REASON_MFA_REQUIRED},
	    {"oracle", "sshd", "192.0.2.1", "root", 1003, 0, 0, NO_UID, true, FACTOR_TOTP,
		VERDICT_DENY, REASON_SHARED_DIRECT},
	    {"root", "login", "", "root", 0, 0, 0, NO_UID, true, FACTOR_TOTP, VERDICT_ALLOW,
		REASON_OK},
	    /* a service account: by key, from its address, never by password */
	    {"backup", "sshd", "192.0.2.7", "root", 1004, 0, 0, NO_UID, false, FACTOR_NONE,
		VERDICT_ALLOW, REASON_NOT_REQUIRED},
	    {"backup", "sshd", "192.0.2.8", "root", 1004, 0, 0, NO_UID, false, FACTOR_NONE,
		VERDICT_DENY, REASON_REFUSED_BY_RULE},
	    {"backup", "sshd", "192.0.2.7", "root", 1004, 0, 0, NO_UID, true, FACTOR_TOTP,
		VERDICT_DENY, REASON_SERVICE_INTERACTIVE},
	    /* su to another person is refused, to one's own administrator account it is not */
	    {"bob", "su", "", "alice", 1005, 1001, 1001, 1001, true, FACTOR_TOTP, VERDICT_DENY,
		REASON_OTHER_PERSON},
	    {"alice-adm", "su", "", "alice", 1002, 1001, 1001, 1001, true, FACTOR_TOTP,
		VERDICT_ALLOW, REASON_OK},
	    /* root that nobody logged in as never depends on a code */
	    {"bob", "su", "", "root", 1005, 0, 0, NO_UID, false, FACTOR_NONE, VERDICT_ALLOW,
		REASON_ROOT_CALLER},
	    {"root", "cron", "", "root", 0, 0, 0, NO_UID, false, FACTOR_NONE, VERDICT_ALLOW,
		REASON_ROOT_CALLER},
	    /* a person's jobs are decided as that person's, though root starts them */
	    {"bob", "cron", "", "root", 1005, 0, 0, NO_UID, false, FACTOR_NONE, VERDICT_ALLOW,
		REASON_NOT_REQUIRED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct request r = remote_request(PHASE_ACCOUNT);
		struct facts f = quiet_facts();
		struct decision d;

		(void)snprintf(r.user, sizeof(r.user), "%s", c[i].user);
		(void)snprintf(r.service, sizeof(r.service), "%s", c[i].service);
		(void)snprintf(r.source, sizeof(r.source), "%s", c[i].source);
		(void)snprintf(r.actor, sizeof(r.actor), "%s", c[i].actor);
		r.uid = c[i].uid;
		r.actor_uid = c[i].actor_uid;
		r.real_uid = c[i].real_uid;
		r.login_uid = c[i].login_uid;
		f.txn = f.txn_first_factor = c[i].txn;
		f.txn_factor = c[i].factor;
		f.txn_factor_age_ms = c[i].factor != FACTOR_NONE ? 1000 : AGE_NEVER;
		d = decided(accounts, &r, &f);
		if (d.verdict != c[i].verdict || d.reason != c[i].reason)
			fail_msg("case %zu (%s by %s): %s, %s", i, c[i].user, c[i].service,
			    d.verdict == VERDICT_ALLOW ? "allow" : "deny",
			    reason_words[d.reason]);
		assert_int_equal(d.event_count, 1);
	}
}

static void
test_freshness_belongs_to_the_login(void **state)
{
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = quiet_facts();

	(void)state;
	(void)strcpy(r.service, "sudo");
	r.source[0] = '\0';
	(void)strcpy(r.actor, "alice");
	r.actor_uid = r.real_uid = r.login_uid = 1001;
	f.session = true;
	f.session_uid = 1001;
	(void)strcpy(f.session_user, "alice");
	(void)strcpy(f.session_source, "192.0.2.1");
	f.session_factor = FACTOR_TOTP;
	f.session_factor_age_ms = 14 * MINUTE;
	assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_ALLOW);
	f.session_factor_age_ms = 16 * MINUTE;
	assert_int_equal(decided(accounts, &r, &f).reason, REASON_MFA_STALE);
	f.session_factor_age_ms = MINUTE;
	(void)strcpy(f.session_user, "bob"); /* somebody else's login */
	assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_DENY);
	(void)strcpy(f.session_user, "alice");
	r.flags = PAM_FLAG_INTERACTIVE;
	f.session_factor_age_ms = 16 * MINUTE;
	struct decision d = decided(accounts, &r, &f);
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_int_equal(d.need, PAM_NEED_CODE);
	assert_int_equal(d.event_count, 0);
}

static void
test_floor_needs_no_rule_and_no_rule_lifts_it(void **state)
{
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = quiet_facts();

	(void)state;
	(void)strcpy(r.service, "sudo");
	r.source[0] = '\0';
	r.actor_uid = r.real_uid = r.login_uid = 1001;
	(void)strcpy(r.actor, "alice");
	f.session = true;
	f.session_uid = 1001;
	(void)strcpy(f.session_user, "alice");
	(void)strcpy(f.session_service, "login");
	assert_int_equal(decided("", &r, &f).verdict, VERDICT_ALLOW); /* at the console */
	(void)strcpy(f.session_source, "192.0.2.1");
	assert_int_equal(decided("", &r, &f).reason, REASON_MFA_REQUIRED);
	f.session = false; /* a login that nobody saw begin */
	assert_int_equal(decided("", &r, &f).verdict, VERDICT_DENY);
	f.session = true;
	assert_int_equal(
	    decided("[rule late]\nservice = sudo\nrequire = mfa within 30d\n", &r, &f).verdict,
	    VERDICT_DENY);
}

/* A session without an address is no console for that: a job, a desktop over the network, or
 * the session of an earlier sudo whose login is gone. */
static void
test_only_a_console_is_no_remote_administration(void **state)
{
	static const struct {
		const char *service;
		uint32_t verdict;
	} c[] = {
	    {"login", VERDICT_ALLOW},
	    {"gdm-password", VERDICT_ALLOW},
	    {"cron", VERDICT_DENY},
	    {"atd", VERDICT_DENY},
	    {"systemd-user", VERDICT_DENY},
	    {"sudo", VERDICT_DENY},
	    {"su", VERDICT_DENY},
	    {"xrdp-sesman", VERDICT_DENY},
	    {"sshd", VERDICT_DENY},
	    {"never-heard-of", VERDICT_DENY},
	    {"", VERDICT_DENY},
	};
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = quiet_facts();

	(void)state;
	(void)strcpy(r.service, "sudo");
	r.source[0] = '\0';
	r.actor_uid = r.real_uid = r.login_uid = 1001;
	(void)strcpy(r.actor, "alice");
	f.session = true;
	f.session_uid = 1001;
	(void)strcpy(f.session_user, "alice");
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		(void)strcpy(f.session_service, c[i].service);
		if (decided("", &r, &f).verdict != c[i].verdict ||
		    decided("[rule away]\nservice_class = elevation\nfrom = remote\n"
			    "refuse = yes\n",
			&r, &f)
			    .verdict != c[i].verdict)
			fail_msg("sudo in a session of \"%s\"", c[i].service);
	}
}

static void
test_refusal_wins_in_any_order(void **state)
{
	static const char *const policy[] = {"[rule a]\nservice = sshd\nrequire = mfa\n[rule "
					     "b]\nfrom = 192.0.2.0/24\nrefuse = yes\n",
	    "[rule b]\nfrom = 192.0.2.0/24\nrefuse = yes\n[rule a]\nservice = sshd\nrequire = "
	    "mfa\n"};
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = quiet_facts();

	(void)state;
	f.txn = f.txn_first_factor = true;
	f.txn_factor = FACTOR_TOTP;
	f.txn_factor_age_ms = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(decided(policy[i], &r, &f).reason, REASON_REFUSED_BY_RULE);
	(void)strcpy(r.source, "198.51.100.1");
	for (int i = 0; i < 2; i++)
		assert_int_equal(decided(policy[i], &r, &f).verdict, VERDICT_ALLOW);
}

static void
test_suspension_is_strongest(void **state)
{
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = quiet_facts();

	(void)state;
	f.txn = f.txn_first_factor = true;
	f.txn_factor = FACTOR_TOTP;
	f.txn_factor_age_ms = 0;
	f.suspended = true;
	assert_int_equal(decided(accounts, &r, &f).reason, REASON_SUSPENDED);
	assert_int_equal(decided("[host]\nobserve = yes\n", &r, &f).verdict, VERDICT_DENY);
}

static void
test_observe_lets_in_behind_a_proof_only(void **state)
{
	struct request r = remote_request(PHASE_CODE);
	struct facts f = quiet_facts();
	struct decision d;

	(void)state;
	r.has_code = true;
	f.code = CODE_WRONG;
	assert_int_equal(decided("[host]\nobserve = yes\n", &r, &f).verdict, VERDICT_DENY);
	f.txn = f.txn_first_factor = true;
	d = decided("[host]\nobserve = yes\n", &r, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_true(d.observed);
	assert_int_equal(d.reason, REASON_WRONG_CODE);
}

static void
test_observing_ends_by_itself(void **state)
{
	static const char *const policy[] = {
	    "[host]\nobserve = until 2026-12-31\n",
	    "[service sshd]\nobserve = until 2026-12-31\n",
	    "[group staff]\nobserve = until 2026-12-31\n",
	};
	struct request r = remote_request(PHASE_ACCOUNT);

	(void)state;
	(void)strcpy(r.user, "root");
	r.uid = 0;
	for (int i = 0; i < 3; i++) {
		struct facts f = quiet_facts();
		struct decision d;

		f.groups_known = true;
		(void)strcpy(f.groups, "users,staff");
		f.wall_ms = f.date_ms = YEAR_END - 1;
		d = decided(policy[i], &r, &f);
		assert_int_equal(d.verdict, VERDICT_ALLOW);
		assert_true(d.observed);
		assert_int_equal(d.reason, REASON_SHARED_DIRECT);
		f.wall_ms = f.date_ms = YEAR_END;
		assert_int_equal(decided(policy[i], &r, &f).verdict, VERDICT_DENY);
		f.wall_ms = YEAR_END - MINUTE; /* set back: it does not begin again */
		assert_int_equal(decided(policy[i], &r, &f).verdict, VERDICT_DENY);
		f.date_ms = 0; /* a record of before there was a date */
		assert_int_equal(decided(policy[i], &r, &f).verdict, VERDICT_ALLOW);
	}
}

static void
test_a_group_that_is_not_known_eases_nothing(void **state)
{
	static const char policy[] = "[group staff]\nobserve = yes\ngrace = until 2026-12-31\n"
				     "[rule all]\nservice = sshd\nrequire = mfa\n";
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = quiet_facts();

	(void)state;
	f.devices = 0;
	f.txn = f.txn_first_factor = true;
	(void)strcpy(f.groups, "staff"); /* not to be looked at */
	assert_int_equal(decided(policy, &r, &f).verdict, VERDICT_DENY);
	f.groups_known = true;
	assert_int_equal(decided(policy, &r, &f).verdict, VERDICT_ALLOW);
	(void)strcpy(f.groups, "staffer,other");
	assert_int_equal(decided(policy, &r, &f).verdict, VERDICT_DENY);
}

/* ---- enrolment grace -------------------------------------------------------------------------
 */

static const char grace[] = "[group staff]\ngrace = until 2026-12-31\n"
			    "[account alice-adm]\nclass = admin\nperson = alice\n"
			    "[rule all]\nservice = sshd, sudo, su\nrequire = mfa\n";

static struct facts
grace_facts(void)
{
	struct facts f = quiet_facts();

	f.devices = 0;
	f.groups_known = true;
	(void)strcpy(f.groups, "staff");
	f.wall_ms = f.date_ms = YEAR_END - 1;
	return f;
}

static void
test_grace_lets_in_who_has_no_device_yet(void **state)
{
	struct request r = remote_request(PHASE_NEED);
	struct facts f = grace_facts();
	struct decision d;

	(void)state;
	r.flags = PAM_FLAG_FIRST_FACTOR;
	/* nothing proved: everybody is asked for a code */
	assert_int_equal(decided(grace, &r, &f).need, PAM_NEED_CODE);
	f.txn = f.txn_first_factor = true;
	d = decided(grace, &r, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.need, PAM_NEED_NONE);
	r.phase = PHASE_CODE;
	d = decided(grace, &r, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.reason, REASON_GRACE);
	assert_int_equal(d.changes.txn_factor, FACTOR_NONE);
	r.phase = PHASE_ACCOUNT;
	d = decided(grace, &r, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.reason, REASON_GRACE);
	assert_int_equal(d.text, TEXT_GRACE);
	assert_false(d.observed);
	r.phase = PHASE_OPEN;
	assert_int_equal(decided(grace, &r, &f).reason, REASON_GRACE);
	/* with a key too */
	f.txn = f.txn_first_factor = false;
	assert_int_equal(decided(grace, &r, &f).reason, REASON_GRACE);
}

static void
test_grace_ends_with_a_device_and_with_its_day(void **state)
{
	struct request r = remote_request(PHASE_CODE);
	struct facts f = grace_facts();
	struct decision d;

	(void)state;
	r.flags = PAM_FLAG_FIRST_FACTOR;
	f.txn = f.txn_first_factor = true;
	f.date_ms = YEAR_END; /* whatever the wall clock says */
	d = decided(grace, &r, &f);
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_int_equal(d.reason, REASON_NO_DEVICE);
	assert_int_equal(d.text, TEXT_NO_DEVICE); /* the next step */
	f.date_ms = f.wall_ms;
	f.devices = 1; /* whoever has one uses it */
	assert_int_equal(decided(grace, &r, &f).reason, REASON_NO_CODE);
	f.devices = 0;
	f.recovery_codes = 3;
	assert_int_equal(decided(grace, &r, &f).verdict, VERDICT_DENY);
}

static void
test_grace_suspends_the_floor_and_says_so(void **state)
{
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = grace_facts();
	struct decision d;

	(void)state;
	(void)strcpy(r.user, "alice-adm");
	(void)strcpy(f.principal, "alice-adm");
	f.txn = f.txn_first_factor = true;
	d = decided(grace, &r, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_false(d.floor);
	assert_true(d.floor_suspended);
	f.date_ms = YEAR_END;
	d = decided(grace, &r, &f);
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_true(d.floor);
	assert_false(d.floor_suspended);
}

/* su to root: the group is one of root's, the device is not. */
static void
test_grace_is_for_accounts_of_ones_own(void **state)
{
	struct request r = remote_request(PHASE_ACCOUNT);
	struct facts f = grace_facts();

	(void)state;
	(void)strcpy(r.user, "root");
	(void)strcpy(r.service, "su");
	(void)strcpy(r.actor, "alice");
	r.source[0] = '\0';
	r.uid = 0;
	r.actor_uid = r.login_uid = r.real_uid = 1001;
	f.session = true;
	assert_int_equal(decided(grace, &r, &f).verdict, VERDICT_DENY);
}

static void
test_a_peer_that_is_not_root_asks_for_itself(void **state)
{
	struct facts f = quiet_facts();

	(void)state;
	for (uint32_t phase = 0; phase < 12; phase++) {
		struct request r = remote_request(PHASE_CODE);

		r.phase = phase;
		r.by_root = false;
		r.real_uid = 1002;
		r.has_code = true;
		f.code = CODE_MATCH;
		assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_DENY);
		r.real_uid = 1001;
		if (phase > PHASE_CODE || phase == PHASE_NONE)
			assert_int_equal(decided(accounts, &r, &f).verdict, VERDICT_DENY);
	}
}

/* ---- commands
 * ------------------------------------------------------------------------------------ */

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
	    cmocka_unit_test(test_lanes_by_strength),
	    cmocka_unit_test(test_longest_names_fit_a_lane),
	    cmocka_unit_test(test_charge_counts_before_it_is_checked),
	    cmocka_unit_test(test_full_of_open_charges_waits),
	    cmocka_unit_test(test_large_budgets_do_not_wrap),
	    cmocka_unit_test(test_lock_and_window_end_on_time),
	    cmocka_unit_test(test_source_budget_drains_and_scales),
	    cmocka_unit_test(test_success_clears_only_its_own_lane),
	    cmocka_unit_test(test_need_gives_the_charge_back),
	    cmocka_unit_test(test_what_a_code_is_worth),
	    cmocka_unit_test(test_locked_code_is_not_evaluated),
	    cmocka_unit_test(test_nothing_about_the_account_before_proof),
	    cmocka_unit_test(test_access_table),
	    cmocka_unit_test(test_freshness_belongs_to_the_login),
	    cmocka_unit_test(test_floor_needs_no_rule_and_no_rule_lifts_it),
	    cmocka_unit_test(test_only_a_console_is_no_remote_administration),
	    cmocka_unit_test(test_refusal_wins_in_any_order),
	    cmocka_unit_test(test_suspension_is_strongest),
	    cmocka_unit_test(test_observe_lets_in_behind_a_proof_only),
	    cmocka_unit_test(test_observing_ends_by_itself),
	    cmocka_unit_test(test_a_group_that_is_not_known_eases_nothing),
	    cmocka_unit_test(test_grace_lets_in_who_has_no_device_yet),
	    cmocka_unit_test(test_grace_ends_with_a_device_and_with_its_day),
	    cmocka_unit_test(test_grace_suspends_the_floor_and_says_so),
	    cmocka_unit_test(test_grace_is_for_accounts_of_ones_own),
	    cmocka_unit_test(test_a_peer_that_is_not_root_asks_for_itself),
	    cmocka_unit_test(test_command_table),
	    cmocka_unit_test(test_who_gave_up_a_device_needs_more_than_a_password),
	    cmocka_unit_test(test_grace_opens_enrolment_for_its_group),
	    cmocka_unit_test(test_a_password_waits_its_turn),
	    cmocka_unit_test(test_who_is_suspended_gets_no_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
