/*
 * The core, case by case: who is let in, from where and how; observing, and grace before
 * enrolment.
 */
#include "decide_fixture.h"

#include "audit/event.h"

/* ---- access ------------------------------------------------------------------------------ */

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

/* ---- enrolment grace --------------------------------------------------------------------- */

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
