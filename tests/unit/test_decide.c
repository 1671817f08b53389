/*
 * The core, case by case: lanes with their budgets and locks, and what a code is worth.
 */
#include "decide_fixture.h"

#include "audit/event.h"

/* ---- lanes ------------------------------------------------------------------------------- */

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

/* ---- codes ------------------------------------------------------------------------------- */

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
