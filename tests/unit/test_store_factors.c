/* Devices, recovery codes, users, policies and refusals: the registers. */
#include "store_fixture.h"

static struct device
new_device(struct world *w, const char *name, uint32_t state)
{
	struct device d = {
	    .uid = 1001,
	    .state = state,
	    .digits = 6,
	    .period_s = 30,
	    .sealed_len = 53,
	    .issued_wall_ms = w->now.wall_ms,
	};

	(void)snprintf(d.user, sizeof(d.user), "alice");
	(void)snprintf(d.name, sizeof(d.name), "%s", name);
	(void)snprintf(d.algorithm, sizeof(d.algorithm), "SHA1");
	memset(d.sealed, 0x5a, d.sealed_len);
	assert_int_equal(store_device_reserve_id(w->store, &d.id), SKS_OK);
	return d;
}

static struct device
add_device(struct world *w, const char *name, uint32_t state)
{
	struct device d;

	world_begin(w);
	d = new_device(w, name, state);
	assert_int_equal(store_device_add(w->store, &d), SKS_OK);
	world_commit(w);
	return d;
}

static void
test_a_device_comes_back_as_it_was_stored(void **state)
{
	struct world *w = *state;
	struct device d, back;

	world_begin(w);
	d = new_device(w, "phone", DEVICE_PENDING);
	d.last_step = 11;
	d.floor_step = 12;
	d.drift = -3;
	d.imported = true;
	d.confirmed_wall_ms = 13;
	d.ended_wall_ms = 14;
	d.used_wall_ms = 15;
	(void)snprintf(d.issued_by, sizeof(d.issued_by), "root");
	(void)snprintf(d.verified_by, sizeof(d.verified_by), "admin1");
	(void)snprintf(d.verified_how, sizeof(d.verified_how), "in person");
	(void)snprintf(d.source, sizeof(d.source), "192.0.2.7");
	(void)snprintf(d.purpose_version, sizeof(d.purpose_version), "2026-1");
	(void)snprintf(d.ended_by, sizeof(d.ended_by), "alice");
	(void)snprintf(d.ended_why, sizeof(d.ended_why), "lost on a train");
	assert_int_equal(store_device_add(w->store, &d), SKS_OK);
	assert_int_equal(store_device_get(w->store, d.id, &back), SKS_OK);
	assert_memory_equal(&d, &back, sizeof(d));
	d.last_step = 20;
	d.state = DEVICE_ACTIVE;
	d.drift = 2;
	assert_int_equal(store_device_update(w->store, &d), SKS_OK);
	assert_int_equal(store_device_get(w->store, d.id, &back), SKS_OK);
	assert_memory_equal(&d, &back, sizeof(d));
	assert_int_equal(store_device_get(w->store, d.id + 1, &back), SKS_NOT_FOUND);
	d.id++;
	assert_int_equal(store_device_update(w->store, &d), SKS_NOT_FOUND);
	world_commit(w);
}

static void
test_an_update_never_revives_a_spent_step(void **state)
{
	struct world *w = *state;
	struct device d = add_device(w, "phone", DEVICE_ACTIVE);

	world_begin(w);
	d.last_step = 100;
	d.floor_step = 90;
	assert_int_equal(store_device_update(w->store, &d), SKS_OK);
	d.last_step = 50;
	d.floor_step = 40;
	assert_int_equal(store_device_update(w->store, &d), SKS_OK);
	assert_int_equal(store_device_get(w->store, d.id, &d), SKS_OK);
	assert_int_equal(d.last_step, 100);
	assert_int_equal(d.floor_step, 90);
	world_commit(w);
}

static void
test_a_name_is_free_again_when_its_device_has_ended(void **state)
{
	struct world *w = *state;
	struct device first = add_device(w, "phone", DEVICE_ACTIVE);
	struct device second;

	world_begin(w);
	assert_int_equal(store_mark(w->store), SKS_OK);
	second = new_device(w, "phone", DEVICE_PENDING);
	assert_int_equal(store_device_add(w->store, &second), SKS_CONFLICT);
	assert_int_equal(store_unmark(w->store), SKS_OK);
	first.state = DEVICE_LOST;
	assert_int_equal(store_device_update(w->store, &first), SKS_OK);
	second = new_device(w, "phone", DEVICE_PENDING);
	assert_int_equal(store_device_add(w->store, &second), SKS_OK);
	world_commit(w);
}

static void
test_devices_are_listed_newest_first_and_per_user(void **state)
{
	struct world *w = *state;
	struct device list[4], other;
	size_t count;

	add_device(w, "a", DEVICE_ACTIVE);
	add_device(w, "b", DEVICE_REVOKED);
	add_device(w, "c", DEVICE_ACTIVE);
	world_begin(w);
	other = new_device(w, "d", DEVICE_ACTIVE);
	other.uid = 1002; /* the name came back as somebody else */
	assert_int_equal(store_device_add(w->store, &other), SKS_OK);
	world_commit(w);
	assert_int_equal(
	    store_devices(w->store, "alice", 1001, false, list, 4, &count), SKS_OK);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].name, "c");
	assert_string_equal(list[2].name, "a");
	assert_int_equal(store_devices(w->store, "alice", 1001, true, list, 4, &count), SKS_OK);
	assert_int_equal(count, 2);
	assert_int_equal(
	    store_devices(w->store, "alice", 1001, true, list, 1, &count), SKS_TOO_BIG);
	assert_int_equal(
	    store_devices(w->store, "alice", 1002, false, list, 4, &count), SKS_OK);
	assert_int_equal(count, 1);
}

static int
spend(struct world *w, uint64_t device, int64_t step)
{
	struct request r = world_request(PHASE_CODE, 500);
	struct changes c = {.code_spend = true};
	struct facts f;
	int error;

	world_begin(w);
	world_load(w, &r, &f);
	f.device = device;
	f.step = step;
	f.drift = 1;
	error = store_apply(w->store, &r, &f, &c);
	if (error == SKS_OK)
		world_commit(w);
	else
		store_rollback(w->store);
	return error;
}

static void
test_a_step_is_spent_once_whatever_the_decision_says(void **state)
{
	struct world *w = *state;
	struct device d = add_device(w, "phone", DEVICE_ACTIVE);

	assert_int_equal(spend(w, d.id, 100), SKS_OK);
	assert_int_equal(spend(w, d.id, 100), SKS_CONFLICT);
	assert_int_equal(spend(w, d.id, 99), SKS_CONFLICT);
	assert_int_equal(spend(w, d.id, 101), SKS_OK);
	assert_int_equal(store_device_get(w->store, d.id, &d), SKS_OK);
	assert_int_equal(d.last_step, 101);
	assert_int_equal(d.drift, 1);
	assert_int_equal(d.used_wall_ms, w->now.wall_ms);
	world_begin(w);
	d.state = DEVICE_LOST;
	assert_int_equal(store_device_update(w->store, &d), SKS_OK);
	world_commit(w);
	assert_int_equal(spend(w, d.id, 200), SKS_CONFLICT);
}

static void
test_a_floor_binds_old_devices_each_by_its_own_drift(void **state)
{
	struct world *w = *state;
	struct device slow = add_device(w, "slow", DEVICE_ACTIVE);
	struct device minute, fresh;
	int64_t step = w->now.wall_ms / 30000;

	world_begin(w);
	slow.drift = -4;
	assert_int_equal(store_device_update(w->store, &slow), SKS_OK);
	minute = new_device(w, "minute", DEVICE_ACTIVE);
	minute.period_s = 60;
	minute.drift = 2;
	assert_int_equal(store_device_add(w->store, &minute), SKS_OK);
	assert_int_equal(store_floor_raise(w->store, w->now.wall_ms, 1), SKS_OK);
	fresh = new_device(w, "fresh", DEVICE_ACTIVE);
	assert_int_equal(store_device_add(w->store, &fresh), SKS_OK);
	world_commit(w);

	assert_int_equal(store_device_get(w->store, slow.id, &slow), SKS_OK);
	assert_int_equal(slow.floor_step, step + 1 - 4);
	assert_int_equal(store_device_get(w->store, minute.id, &minute), SKS_OK);
	assert_int_equal(minute.floor_step, w->now.wall_ms / 60000 + 1 + 2);
	assert_int_equal(store_device_get(w->store, fresh.id, &fresh), SKS_OK);
	assert_int_equal(fresh.floor_step, 0);
	assert_int_equal(spend(w, slow.id, slow.floor_step), SKS_CONFLICT);
	assert_int_equal(spend(w, slow.id, slow.floor_step + 1), SKS_OK);
	assert_int_equal(spend(w, fresh.id, 1), SKS_OK);
}

static void
test_a_lower_floor_does_not_take_a_higher_one_away(void **state)
{
	struct world *w = *state;
	struct device d = add_device(w, "phone", DEVICE_ACTIVE);
	int64_t step = w->now.wall_ms / 30000;

	world_begin(w);
	assert_int_equal(store_floor_raise(w->store, w->now.wall_ms, 1), SKS_OK);
	assert_int_equal(store_floor_raise(w->store, w->now.wall_ms - 3600000, 1), SKS_OK);
	assert_int_equal(store_device_get(w->store, d.id, &d), SKS_OK);
	assert_int_equal(d.floor_step, step + 1);
	assert_int_equal(store_floor_raise(w->store, w->now.wall_ms + 60000, 1), SKS_OK);
	assert_int_equal(store_device_get(w->store, d.id, &d), SKS_OK);
	assert_int_equal(d.floor_step, step + 3);
	world_commit(w);
}

static void
test_the_survey_counts_devices_that_drift(void **state)
{
	static const int32_t drift[] = {0, 1, 2, 3, -2, -1};
	struct world *w = *state;
	uint32_t used, early, late;
	struct device d;
	char name[16];

	for (size_t i = 0; i < sizeof(drift) / sizeof(drift[0]); i++) {
		(void)snprintf(name, sizeof(name), "d%zu", i);
		d = add_device(w, name, DEVICE_ACTIVE);
		d.drift = drift[i];
		d.used_wall_ms = w->now.wall_ms;
		world_begin(w);
		assert_int_equal(store_device_update(w->store, &d), SKS_OK);
		world_commit(w);
	}
	world_pass(w, INT64_C(7) * 24 * 3600 * 1000);
	world_begin(w);
	assert_int_equal(store_drift_survey(w->store, &used, &early, &late), SKS_OK);
	store_rollback(w->store);
	assert_int_equal(used, 6);
	assert_int_equal(early, 2);
	assert_int_equal(late, 1);
	world_pass(w, 1);
	world_begin(w);
	assert_int_equal(store_drift_survey(w->store, &used, &early, &late), SKS_OK);
	store_rollback(w->store);
	assert_int_equal(used, 0);
}

static void
test_facts_count_active_devices_and_unspent_codes(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_NEED, 500);
	uint8_t hash[3][RECOVERY_HASH_SIZE] = {{1}, {2}, {3}};
	struct facts f;

	add_device(w, "a", DEVICE_ACTIVE);
	add_device(w, "b", DEVICE_PENDING);
	add_device(w, "c", DEVICE_LOST);
	world_begin(w);
	assert_int_equal(store_recovery_replace(w->store, "alice", 1001,
			     (const uint8_t(*)[RECOVERY_HASH_SIZE])hash, 3),
	    SKS_OK);
	world_commit(w);
	f = world_facts(w, &r);
	assert_int_equal(f.devices, 1);
	assert_int_equal(f.recovery_codes, 3);
	r.uid = 1002;
	f = world_facts(w, &r);
	assert_int_equal(f.devices, 0);
	assert_int_equal(f.recovery_codes, 0);
}

static void
test_a_recovery_code_is_spent_once_by_its_owner(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CODE, 500);
	const uint8_t hash[2][RECOVERY_HASH_SIZE] = {{1}, {2}};
	struct changes c = {.recovery_spend = true};
	struct facts f;
	uint64_t id;
	bool spent;

	world_begin(w);
	assert_int_equal(store_recovery_replace(w->store, "alice", 1001, hash, 2), SKS_OK);
	assert_int_equal(
	    store_recovery_find(w->store, "bob", 1001, hash[0], &id, &spent), SKS_NOT_FOUND);
	assert_int_equal(
	    store_recovery_find(w->store, "alice", 1001, hash[0], &id, &spent), SKS_OK);
	assert_false(spent);
	world_load(w, &r, &f);
	f.device = id;
	f.principal_uid = 1002;
	assert_int_equal(store_apply(w->store, &r, &f, &c), SKS_CONFLICT);
	f.principal_uid = 1001;
	world_apply(w, &r, &f, &c);
	assert_int_equal(store_apply(w->store, &r, &f, &c), SKS_CONFLICT);
	assert_int_equal(
	    store_recovery_find(w->store, "alice", 1001, hash[0], &id, &spent), SKS_OK);
	assert_true(spent);
	assert_int_equal(store_recovery_replace(w->store, "alice", 1001, &hash[1], 1), SKS_OK);
	assert_int_equal(
	    store_recovery_find(w->store, "alice", 1001, hash[0], &id, &spent), SKS_NOT_FOUND);
	world_commit(w);
	assert_int_equal(world_facts(w, &r).recovery_codes, 1);
}

/* ---- users ----------------------------------------------------------------------------------
 */

static void
test_a_suspension_holds_for_name_and_uid_together(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct user_state u;

	world_begin(w);
	assert_int_equal(
	    store_user_suspend(w->store, "alice", 1001, true, "root", "on leave"), SKS_OK);
	world_commit(w);
	assert_true(world_facts(w, &r).suspended);
	assert_int_equal(store_user(w->store, "alice", 1001, 5, 60000, &u), SKS_OK);
	assert_true(u.suspended);
	assert_int_equal(u.suspended_wall_ms, w->now.wall_ms);
	assert_string_equal(u.suspended_by, "root");
	assert_string_equal(u.suspended_why, "on leave");
	r.uid = 1002;
	assert_false(world_facts(w, &r).suspended);
	r.uid = 1001;
	world_begin(w);
	assert_int_equal(
	    store_user_suspend(w->store, "alice", 1001, false, "root", "back"), SKS_OK);
	world_commit(w);
	assert_false(world_facts(w, &r).suspended);
}

static void
fill_lane(struct world *w, const char *key, uint32_t count, uint32_t open)
{
	struct request r = world_request(PHASE_CHARGE, 500);
	struct changes c = {.lane_put = true, .lane_stamp = true, .lane_window_start = true};
	struct facts f;

	c.lane_count = count;
	c.lane_open = open;
	world_begin(w);
	world_load(w, &r, &f);
	(void)snprintf(f.lane_key, sizeof(f.lane_key), "%s", key);
	world_apply(w, &r, &f, &c);
	world_commit(w);
}

static void
test_locked_lanes_are_counted_and_emptied(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct user_state u;
	uint32_t lanes;

	fill_lane(w, "S:1001:alice", 5, 0);
	fill_lane(w, "L:1001:alice:tty1", 6, 2);
	fill_lane(w, "O:1001:alice:192.0.2.7", 4, 0);
	world_begin(w);
	assert_int_equal(store_user(w->store, "alice", 1001, 5, 60000, &u), SKS_OK);
	assert_int_equal(u.lanes_locked, 2);
	assert_int_equal(store_user(w->store, "alice", 1001, 0, 60000, &u), SKS_OK);
	assert_int_equal(u.lanes_locked, 0);
	store_rollback(w->store);
	world_pass(w, 60000);
	world_begin(w);
	assert_int_equal(store_user(w->store, "alice", 1001, 5, 60000, &u), SKS_OK);
	assert_int_equal(u.lanes_locked, 0);
	assert_int_equal(store_user_unlock(w->store, "bob", 1002, &lanes), SKS_OK);
	assert_int_equal(lanes, 0);
	assert_int_equal(store_user_unlock(w->store, "alice", 1001, &lanes), SKS_OK);
	assert_int_equal(lanes, 3);
	world_commit(w);
	assert_int_equal(world_facts(w, &r).lane_count, 0);
}

static void
test_unlocking_leaves_open_charges_to_be_settled(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;
	uint32_t lanes;

	fill_lane(w, "S:1001:alice", 6, 2);
	world_begin(w);
	assert_int_equal(store_user_unlock(w->store, "alice", 1001, &lanes), SKS_OK);
	world_commit(w);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_count, 2);
	assert_int_equal(f.lane_open, 2);
}

static void
suspend(struct world *w, const char *name, uint32_t uid)
{
	world_begin(w);
	assert_int_equal(store_user_suspend(w->store, name, uid, true, "root", "x"), SKS_OK);
	world_commit(w);
}

static void
test_users_are_listed_by_name_in_pages(void **state)
{
	struct world *w = *state;
	struct user_state u[3];
	size_t count;

	suspend(w, "dave", 4);
	suspend(w, "bob", 2);
	suspend(w, "carol", 31);
	suspend(w, "carol", 3);
	suspend(w, "alice", 1);
	assert_int_equal(store_users(w->store, "", 5, 60000, u, 3, &count), SKS_OK);
	assert_int_equal(count, 2); /* the two carols stay together */
	assert_string_equal(u[0].user, "alice");
	assert_string_equal(u[1].user, "bob");
	assert_int_equal(store_users(w->store, "bob", 5, 60000, u, 3, &count), SKS_OK);
	assert_int_equal(count, 3);
	assert_int_equal(u[0].uid, 3);
	assert_int_equal(u[1].uid, 31);
	assert_string_equal(u[2].user, "dave");
	assert_int_equal(store_users(w->store, "dave", 5, 60000, u, 3, &count), SKS_OK);
	assert_int_equal(count, 0);
}

static void
test_the_last_success_is_shown(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_OPEN, 500);
	struct changes opened = {.session_open = true};
	struct user_state u;

	world_change(w, &r, &opened);
	assert_int_equal(store_user(w->store, "alice", 1001, 5, 60000, &u), SKS_OK);
	assert_int_equal(u.last_success_wall_ms, w->now.wall_ms);
	assert_string_equal(u.last_success_source, "192.0.2.7");
	assert_int_equal(store_user(w->store, "nobody", 9, 5, 60000, &u), SKS_OK);
	assert_string_equal(u.user, "nobody");
	assert_int_equal(u.last_success_wall_ms, 0);
}

/* ---- policies, values, refusals
 * -------------------------------------------------------------- */

static void
test_the_newest_activation_is_the_active_policy(void **state)
{
	struct world *w = *state;
	struct stored_policy p[3];
	struct buf bundle;
	size_t count;

	buf_init(&bundle, 100);
	assert_int_equal(store_policy_bundle(w->store, "", &bundle), SKS_NOT_FOUND);
	world_begin(w);
	assert_int_equal(
	    store_policy_activate(w->store, "d1", "one", 3, "root", "first"), SKS_OK);
	assert_int_equal(store_policy_activate(w->store, "d2", "two!", 4, "bob", ""), SKS_OK);
	assert_int_equal(
	    store_policy_activate(w->store, "d1", "one", 3, "root", "back"), SKS_OK);
	world_commit(w);
	assert_int_equal(store_policy_bundle(w->store, "", &bundle), SKS_OK);
	assert_int_equal(bundle.len, 3);
	assert_memory_equal(bundle.data, "one", 3);
	buf_reset(&bundle);
	assert_int_equal(store_policy_bundle(w->store, "d2", &bundle), SKS_OK);
	assert_memory_equal(bundle.data, "two!", 4);
	assert_int_equal(store_policy_bundle(w->store, "d3", &bundle), SKS_NOT_FOUND);
	buf_clear(&bundle);
	assert_int_equal(store_policy_history(w->store, p, 3, &count), SKS_OK);
	assert_int_equal(count, 3);
	assert_true(p[0].active && !p[1].active && !p[2].active);
	assert_string_equal(p[0].comment, "back");
	assert_string_equal(p[1].digest, "d2");
	assert_string_equal(p[1].by, "bob");
	assert_int_equal(store_policy_history(w->store, p, 1, &count), SKS_OK);
	assert_int_equal(count, 1);
}

static void
test_named_values(void **state)
{
	struct world *w = *state;
	char value[8];

	assert_int_equal(store_meta_get(w->store, "x", value, sizeof(value)), SKS_NOT_FOUND);
	world_begin(w);
	assert_int_equal(store_meta_set(w->store, "x", "1234567"), SKS_OK);
	assert_int_equal(store_meta_set(w->store, "y", "12345678"), SKS_OK);
	assert_int_equal(store_meta_set(w->store, "x", "7654321"), SKS_OK);
	world_commit(w);
	assert_int_equal(store_meta_get(w->store, "x", value, sizeof(value)), SKS_OK);
	assert_string_equal(value, "7654321");
	assert_int_equal(store_meta_get(w->store, "y", value, sizeof(value)), SKS_TOO_BIG);
	assert_string_equal(value, "");
}

static bool
refuse(struct world *w, const char *key, const char *reason)
{
	bool first;

	world_begin(w);
	assert_int_equal(store_refusal_count(w->store, key, reason, &first), SKS_OK);
	world_commit(w);
	return first;
}

static void
test_refusals_are_counted_after_the_first(void **state)
{
	struct world *w = *state;
	struct store_refusals due;
	int64_t since = w->now.wall_ms;

	assert_true(refuse(w, "S:1001:alice", "locked"));
	assert_false(refuse(w, "S:1001:alice", "locked"));
	assert_true(refuse(w, "S:1001:alice", "suspended"));
	world_pass(w, 9999);
	assert_false(refuse(w, "S:1001:alice", "locked"));
	world_begin(w);
	assert_int_equal(store_refusals_due(w->store, 10000, &due), SKS_NOT_FOUND);
	store_rollback(w->store);
	world_close(w); /* they outlive the daemon */
	assert_int_equal(world_open(w), SKS_OK);
	world_pass(w, 1);
	world_begin(w);
	assert_int_equal(store_refusals_due(w->store, 10000, &due), SKS_OK);
	assert_string_equal(due.key, "S:1001:alice");
	assert_string_equal(due.reason, "locked");
	assert_int_equal(due.count, 2);
	assert_int_equal(due.since_wall_ms, since);
	/* the other one has nothing to add to its record, and goes */
	assert_int_equal(store_refusals_due(w->store, 10000, &due), SKS_NOT_FOUND);
	world_commit(w);
	assert_true(refuse(w, "S:1001:alice", "suspended"));
}

static void
test_refusals_do_not_fill_the_store(void **state)
{
	struct world *w = *state;
	struct store_refusals due;
	uint64_t counted = 0;
	int first = 0, rows = 0;
	char key[32];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "source%d", i);
		first += refuse(w, key, "source-locked");
	}
	assert_int_equal(first, 129);
	/* Many at once: they come at longer intervals, and then all together. */
	world_pass(w, 160000);
	world_begin(w);
	assert_int_equal(store_refusals_due(w->store, 10000, &due), SKS_NOT_FOUND);
	world_commit(w);
	world_pass(w, 10000);
	world_begin(w);
	while (store_refusals_due(w->store, 10000, &due) == SKS_OK) {
		assert_string_equal(due.key, "*");
		counted += due.count;
		rows++;
	}
	world_commit(w);
	assert_int_equal(rows, 1);
	assert_int_equal(counted + (uint64_t)first, 1000);
}

static void
add_owners(struct world *w, int from, int to)
{
	world_begin(w);
	for (int i = from; i < to; i++) {
		for (int k = 0; k < (i % 10 == 0 ? 2 : 1); k++) {
			struct device d = new_device(w, k == 0 ? "phone" : "other", DEVICE_ACTIVE);

			/* not in the order of their names */
			(void)snprintf(d.user, sizeof(d.user), "u%05d", (i * 7919) % 6000);
			d.uid = 2000 + (uint32_t)((i * 7919) % 6000);
			d.sealed[0] = i == 17 ? 0x77 : 0x5a;
			assert_int_equal(store_device_add(w->store, &d), SKS_OK);
		}
	}
	world_commit(w);
}

/* Few are sorted, many are found in order: the answer is the same, and complete in number. */
static void
test_owners_are_named_in_order_however_many(void **state)
{
	static struct store_device_owner few[8], many[8];
	struct store_sealed_head head[4];
	struct world *w = *state;
	uint64_t devices;
	size_t n;

	add_owners(w, 0, 3000);
	world_begin(w);
	assert_int_equal(
	    store_device_owners(w->store, UINT32_MAX, "SHA1", few, 8, &n, &devices), SKS_OK);
	assert_int_equal(n, 8);
	assert_int_equal(devices, 3300);
	assert_int_equal(
	    store_device_owners(w->store, UINT32_MAX, "SHA256", few, 8, &n, &devices), SKS_OK);
	assert_int_equal(n + devices, 0);
	world_commit(w);
	add_owners(w, 3000, 6000);
	world_begin(w);
	assert_int_equal(
	    store_device_owners(w->store, UINT32_MAX, "SHA1", many, 8, &n, &devices), SKS_OK);
	assert_int_equal(n, 8);
	assert_int_equal(devices, 6600);
	for (int i = 0; i < 8; i++) {
		char name[NAME_SIZE];

		(void)snprintf(name, sizeof(name), "u%05d", i);
		assert_string_equal(many[i].user, name);
		assert_int_equal(many[i].uid, 2000 + i);
	}
	assert_int_equal(many[0].devices, 2);
	assert_int_equal(many[1].devices, 1);
	/* up to a device: what came later is another matter */
	assert_int_equal(store_device_owners(w->store, 2, "", few, 8, &n, &devices), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(devices, 2);
	assert_string_equal(few[0].user, "u00000");
	assert_int_equal(store_sealed_heads(w->store, head, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_int_equal(head[0].total + head[1].total, 6600);
	assert_int_equal(head[0].live + head[1].live, 6600);
	assert_int_equal(store_sealed_heads(w->store, head, 1, &n), SKS_TOO_BIG);
	world_commit(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_a_device_comes_back_as_it_was_stored),
	    WORLD_TEST(test_an_update_never_revives_a_spent_step),
	    WORLD_TEST(test_a_name_is_free_again_when_its_device_has_ended),
	    WORLD_TEST(test_devices_are_listed_newest_first_and_per_user),
	    WORLD_TEST(test_a_step_is_spent_once_whatever_the_decision_says),
	    WORLD_TEST(test_a_floor_binds_old_devices_each_by_its_own_drift),
	    WORLD_TEST(test_a_lower_floor_does_not_take_a_higher_one_away),
	    WORLD_TEST(test_the_survey_counts_devices_that_drift),
	    WORLD_TEST(test_facts_count_active_devices_and_unspent_codes),
	    WORLD_TEST(test_a_recovery_code_is_spent_once_by_its_owner),
	    WORLD_TEST(test_a_suspension_holds_for_name_and_uid_together),
	    WORLD_TEST(test_locked_lanes_are_counted_and_emptied),
	    WORLD_TEST(test_unlocking_leaves_open_charges_to_be_settled),
	    WORLD_TEST(test_users_are_listed_by_name_in_pages),
	    WORLD_TEST(test_owners_are_named_in_order_however_many),
	    WORLD_TEST(test_the_last_success_is_shown),
	    WORLD_TEST(test_the_newest_activation_is_the_active_policy),
	    WORLD_TEST(test_named_values),
	    WORLD_TEST(test_refusals_are_counted_after_the_first),
	    WORLD_TEST(test_refusals_do_not_fill_the_store),
	};

	return cmocka_run_group_tests_name("store registers", tests, NULL, NULL);
}
