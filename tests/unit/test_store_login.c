/* Lanes, sources, transactions and sessions: what a login leaves for the next question. */
#include "store_fixture.h"

static const struct changes charge = {
    .lane_put = true,
    .lane_count = 1,
    .lane_open = 1,
    .lane_stamp = true,
    .lane_window_start = true,
    .source_put = true,
    .source_level_milli = 1000,
    .txn_put = true,
    .txn_charged = true,
};

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static void
test_an_empty_store_knows_nothing(void **state)
{
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f = world_facts(*state, &r);

	assert_int_equal(f.lane_count, 0);
	assert_true(f.lane_age_ms == AGE_NEVER && f.lane_window_age_ms == AGE_NEVER);
	assert_true(f.source_age_ms == AGE_NEVER && f.txn_factor_age_ms == AGE_NEVER);
	assert_true(f.session_factor_age_ms == AGE_NEVER);
	assert_false(f.txn || f.session || f.known_source || f.suspended);
}

static void
test_a_charge_is_seen_in_its_own_turn_and_later(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;

	world_begin(w);
	world_load(w, &r, &f);
	world_apply(w, &r, &f, &charge);
	world_load(w, &r, &f);
	assert_int_equal(f.lane_count, 1);
	assert_int_equal(f.lane_open, 1);
	assert_true(f.txn && f.txn_charged);
	world_commit(w);

	world_pass(w, 7000);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_count, 1);
	assert_int_equal(f.lane_age_ms, 7000);
	assert_int_equal(f.lane_window_age_ms, 7000);
	assert_int_equal(f.source_level_milli, 1000);
	assert_int_equal(f.source_age_ms, 7000);
}

static void
test_a_lane_keeps_the_times_that_are_not_changed(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct changes more = {.lane_put = true, .lane_count = 2, .lane_stamp = true};
	struct facts f;

	world_change(w, &r, &charge);
	world_pass(w, MINUTE);
	world_change(w, &r, &more);
	world_pass(w, 1000);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_count, 2);
	assert_int_equal(f.lane_open, 0);
	assert_int_equal(f.lane_age_ms, 1000);
	assert_int_equal(f.lane_window_age_ms, MINUTE + 1000);
}

static void
test_local_logins_share_no_budget(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;

	r.source[0] = '\0';
	world_change(w, &r, &charge);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_count, 1);
	assert_int_equal(f.source_level_milli, 0);
	assert_true(f.source_age_ms == AGE_NEVER);
}

/* ---- ages over boots ----------------------------------------------------------------------
 */

static void
test_within_a_boot_the_wall_clock_does_not_age(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;

	world_change(w, &r, &charge);
	w->now.boot_ms += 3000;
	w->now.wall_ms -= HOUR;
	f = world_facts(w, &r);
	assert_int_equal(f.lane_age_ms, 3000);
	w->now.wall_ms += 5 * HOUR;
	f = world_facts(w, &r);
	assert_int_equal(f.lane_age_ms, 3000);
	assert_int_equal(f.source_age_ms, 3000);
}

static void
test_an_age_is_never_negative(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);

	world_change(w, &r, &charge);
	w->now.boot_ms -= 5000;
	assert_int_equal(world_facts(w, &r).lane_age_ms, 0);
	assert_int_equal(world_facts(w, &r).source_age_ms, 0);
}

/* The window began in the boot before, the last charge came in this one. */
static void
test_each_time_belongs_to_its_own_boot(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct changes more = {.lane_put = true, .lane_count = 2, .lane_stamp = true};
	struct facts f;

	world_change(w, &r, &charge);
	world_reboot(w, MINUTE);
	world_vouch(w);
	world_change(w, &r, &more);
	world_pass(w, 1000);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_age_ms, 1000);
	assert_int_equal(f.lane_window_age_ms, MINUTE + 1000);
}

static void
test_across_boots_the_wall_clock_ages(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;

	world_change(w, &r, &charge);
	world_reboot(w, 10 * MINUTE);
	world_vouch(w);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_age_ms, 10 * MINUTE);
	assert_int_equal(f.lane_window_age_ms, 10 * MINUTE);
	assert_int_equal(f.source_age_ms, 10 * MINUTE);
}

static void
test_a_reboot_settles_open_charges_as_failed(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct store_open_charge open;
	struct facts f;
	size_t count;

	world_change(w, &r, &charge);
	world_reboot(w, 1000);
	world_vouch(w);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_count, 1);
	assert_int_equal(f.lane_open, 0);
	assert_false(f.txn);
	world_begin(w);
	assert_int_equal(store_open_charges(w->store, 0, &open, 1, &count), SKS_OK);
	assert_int_equal(count, 0);
	store_rollback(w->store);
}

static void
test_a_restart_in_the_same_boot_keeps_open_charges(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;

	world_change(w, &r, &charge);
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_CLEAN);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_open, 1);
	assert_true(f.txn && f.txn_charged);
}

/* The clock was a day ahead when the lane was charged: its age must start, not wait a day. */
static void
test_a_time_in_the_future_becomes_now(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f;

	world_change(w, &r, &charge);
	world_reboot(w, -24 * (int64_t)HOUR);
	world_vouch(w);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_age_ms, 0);
	world_pass(w, 4000);
	f = world_facts(w, &r);
	assert_int_equal(f.lane_age_ms, 4000);
	assert_int_equal(f.lane_window_age_ms, 4000);
	assert_int_equal(f.source_age_ms, 4000);
}

/* ---- transactions --------------------------------------------------------------------------
 */

static void
test_a_transaction_is_found_by_process_and_parent_only(void **state)
{
	struct world *w = *state;
	struct request child = world_request(PHASE_CHARGE, 500);
	struct request parent = world_request(PHASE_ACCOUNT, 499);
	struct request r;

	world_change(w, &child, &charge);
	assert_true(world_facts(w, &child).txn);
	assert_true(world_facts(w, &parent).txn);

	r = world_request(PHASE_ACCOUNT, 501); /* its parent is 500: not the way round */
	assert_false(world_facts(w, &r).txn);
	r = parent;
	r.pid_start++; /* the number was given to another process */
	assert_false(world_facts(w, &r).txn);
	r = parent;
	r.uid++;
	assert_false(world_facts(w, &r).txn);
	r = parent;
	(void)snprintf(r.user, sizeof(r.user), "alicia");
	assert_false(world_facts(w, &r).txn);
	r = parent;
	(void)snprintf(r.service, sizeof(r.service), "login");
	assert_false(world_facts(w, &r).txn);
	r = parent;
	r.connection[0] = '1';
	r.connection[1] = '8';
	assert_false(world_facts(w, &r).txn);
}

/* A user's process says what it likes, and then runs sudo in its place: the same process. */
static void
test_what_a_user_began_is_nothing_to_root(void **state)
{
	struct world *w = *state;
	struct request user = world_request(PHASE_CHARGE, 500);
	struct request root = world_request(PHASE_CODE, 500);

	user.by_root = false;
	world_change(w, &user, &charge);
	assert_true(world_facts(w, &user).txn);
	assert_false(world_facts(w, &root).txn);
	world_change(w, &root, &charge);
	assert_true(world_facts(w, &root).txn);
	assert_int_equal(world_facts(w, &user).lane, LANE_PEER);
	assert_int_equal(world_facts(w, &root).lane, LANE_STRANGER);
}

static void
test_a_transaction_is_updated_and_dies_after_ten_minutes(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CODE, 500);
	struct changes proved = {
	    .txn_put = true,
	    .txn_first_factor = true,
	    .txn_factor = FACTOR_TOTP,
	    .txn_factor_now = true,
	};
	struct changes accounted = {
	    .txn_put = true,
	    .txn_first_factor = true,
	    .txn_accounted = true,
	    .txn_factor = FACTOR_TOTP,
	};
	struct facts f;
	uint64_t id;

	world_change(w, &r, &charge);
	id = world_facts(w, &r).txn_id;
	world_pass(w, 2000);
	world_change(w, &r, &proved);
	world_pass(w, 3000);
	world_change(w, &r, &accounted);
	f = world_facts(w, &r);
	assert_int_equal(f.txn_id, id);
	assert_true(f.txn_first_factor && f.txn_accounted && !f.txn_charged);
	assert_int_equal(f.txn_factor, FACTOR_TOTP);
	assert_int_equal(f.txn_factor_age_ms, 3000);

	world_pass(w, 10 * MINUTE - 5001);
	assert_true(world_facts(w, &r).txn);
	world_pass(w, 1);
	assert_false(world_facts(w, &r).txn);
}

static void
test_the_newest_transaction_of_a_monitor_counts(void **state)
{
	struct world *w = *state;
	struct request first = world_request(PHASE_CHARGE, 500);
	struct request second = world_request(PHASE_CHARGE, 501);
	struct request monitor = world_request(PHASE_ACCOUNT, 499);
	struct changes wrong = {.txn_put = true};
	struct facts f;

	second.parent = first.parent;
	second.parent_start = first.parent_start;
	world_change(w, &first, &wrong);
	world_change(w, &second, &charge);
	f = world_facts(w, &monitor);
	assert_int_equal(f.txn_id, world_facts(w, &second).txn_id);
	assert_int_not_equal(f.txn_id, world_facts(w, &first).txn_id);
}

static void
test_a_charge_is_settled_in_the_lane_it_was_taken_from(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct facts f = {.lane = LANE_OWN, .lane_key = "O:1001:alice:192.0.2.7"};

	world_change(w, &r, &charge);
	world_begin(w);
	f.principal_uid = NO_UID;
	assert_int_equal(store_load(w->store, &r, &f), SKS_OK);
	store_rollback(w->store);
	assert_int_equal(f.lane, LANE_STRANGER);
	assert_string_equal(f.lane_key, "S:1001:alice");
	assert_int_equal(f.lane_open, 1);
}

static void
test_a_deleted_transaction_is_gone(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_FAILED, 500);
	struct request parent = world_request(PHASE_FAILED, 499);
	struct changes gone = {.txn_delete = true};

	world_change(w, &r, &charge);
	world_change(w, &r, &gone);
	assert_false(world_facts(w, &r).txn);
	assert_false(world_facts(w, &parent).txn);
}

static void
test_changing_a_transaction_that_is_gone_is_a_conflict(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CODE, 500);
	struct changes gone = {.txn_delete = true};
	struct facts f;

	world_change(w, &r, &charge);
	world_begin(w);
	world_load(w, &r, &f);
	world_apply(w, &r, &f, &gone);
	assert_int_equal(store_apply(w->store, &r, &f, &charge), SKS_CONFLICT);
	store_rollback(w->store);
}

static void
test_open_charges_are_listed_until_they_are_settled(void **state)
{
	struct world *w = *state;
	struct store_open_charge open[4];
	struct changes settled = {.txn_put = true, .lane_put = true, .lane_count = 1};
	struct request r;
	size_t count;

	for (uint32_t pid = 500; pid < 520; pid += 10) {
		r = world_request(PHASE_CHARGE, pid);
		(void)snprintf(r.tty, sizeof(r.tty), "pts/%u", pid);
		world_change(w, &r, &charge);
		world_pass(w, 1000);
	}
	world_begin(w);
	assert_int_equal(store_open_charges(w->store, 0, open, 4, &count), SKS_OK);
	assert_int_equal(count, 2);
	assert_int_equal(open[0].age_ms, 2000);
	assert_int_equal(open[1].age_ms, 1000);
	assert_int_equal(open[0].request.pid, 500);
	assert_int_equal(open[0].request.pid_start, 1500);
	assert_string_equal(open[0].request.user, "alice");
	assert_string_equal(open[0].request.source, "192.0.2.7");
	assert_string_equal(open[0].request.tty, "pts/500");
	assert_int_equal(open[0].facts.lane, LANE_STRANGER);
	assert_int_equal(open[0].facts.lane_open, 1);
	assert_int_equal(open[0].facts.source_level_milli, 1000);
	assert_true(open[0].facts.txn && open[0].facts.txn_charged);
	assert_int_equal(
	    store_open_charges(w->store, open[0].facts.txn_id, &open[2], 1, &count), SKS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(open[2].facts.txn_id, open[1].facts.txn_id);

	world_apply(w, &open[0].request, &open[0].facts, &settled);
	assert_int_equal(store_open_charges(w->store, 0, open, 4, &count), SKS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(open[0].request.pid, 510);
	world_commit(w);
}

static void
test_the_open_charge_of_a_process(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct changes settled = {.txn_put = true};
	struct store_open_charge open;

	world_change(w, &r, &charge);
	world_pass(w, 11 * MINUTE); /* it still counts when no phase finds it any more */
	world_begin(w);
	assert_int_equal(store_open_charge_of(w->store, 500, 1500, &open), SKS_OK);
	assert_string_equal(open.request.connection, r.connection);
	assert_int_equal(open.facts.lane_count, 1);
	assert_int_equal(store_open_charge_of(w->store, 500, 1501, &open), SKS_NOT_FOUND);
	assert_int_equal(store_open_charge_of(w->store, 499, 1499, &open), SKS_NOT_FOUND);
	assert_int_equal(store_open_charge_refresh(w->store, &open), SKS_OK);
	world_apply(w, &open.request, &open.facts, &settled);
	assert_int_equal(store_open_charge_refresh(w->store, &open), SKS_NOT_FOUND);
	assert_int_equal(store_open_charge_of(w->store, 500, 1500, &open), SKS_NOT_FOUND);
	store_rollback(w->store);
}

/* Old transactions make room, but none whose charge nobody has settled. */
static void
test_old_transactions_go_but_not_open_charges(void **state)
{
	struct world *w = *state;
	struct changes settled = {.txn_put = true};
	struct store_open_charge open[40];
	struct request r;
	struct facts f;
	size_t count;

	for (uint32_t pid = 500; pid < 520; pid += 2) {
		r = world_request(PHASE_CHARGE, pid);
		world_change(w, &r, pid == 506 ? &charge : &settled);
	}
	world_pass(w, 10 * MINUTE);
	for (uint32_t pid = 600; pid < 620; pid += 2) {
		r = world_request(PHASE_CHARGE, pid);
		world_change(w, &r, &settled);
	}
	/* seen through a deletion that must find nothing: ids of the old ones are 1 to 10 */
	world_begin(w);
	assert_int_equal(store_open_charges(w->store, 0, open, 40, &count), SKS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(open[0].request.pid, 506);
	r = world_request(PHASE_CODE, 502);
	world_load(w, &r, &f);
	for (f.txn_id = 1; f.txn_id <= 10; f.txn_id++) {
		f.txn = true;
		assert_int_equal(store_apply(w->store, &r, &f, &settled),
		    f.txn_id == 4 ? SKS_OK : SKS_CONFLICT);
	}
	store_rollback(w->store);
}

/* ---- sessions ------------------------------------------------------------------------------
 */

static struct request
login_request(uint32_t phase, uint32_t pid, uint32_t audit_session)
{
	struct request r = world_request(phase, pid);

	r.audit_session = audit_session;
	r.login_uid = 1001;
	return r;
}

/* The newest session that this process opened. */
static struct session
session_of(struct store *s, uint32_t pid)
{
	static struct session all[16];
	struct session found = {0};
	size_t n = 0;

	assert_int_equal(store_sessions(s, NO_UID, all, 16, &n), SKS_OK);
	for (size_t i = 0; i < n; i++) {
		if (all[i].pid == pid && all[i].id > found.id)
			found = all[i];
	}
	assert_int_not_equal(found.id, 0);
	return found;
}

static void
test_a_session_carries_the_factor_of_its_login(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CODE, 500);
	struct request monitor = login_request(PHASE_OPEN, 499, 12);
	struct request sudo = login_request(PHASE_NEED, 800, 12);
	struct changes proved = {
	    .txn_put = true, .txn_factor = FACTOR_TOTP, .txn_factor_now = true};
	struct changes opened = {.session_open = true};
	struct session session;
	struct facts f;

	(void)snprintf(sudo.service, sizeof(sudo.service), "sudo");
	sudo.connection[0] = sudo.source[0] = '\0';
	world_change(w, &r, &proved);
	world_pass(w, 1500);
	world_change(w, &monitor, &opened);
	world_pass(w, 500);
	f = world_facts(w, &sudo);
	assert_true(f.session && !f.txn);
	assert_int_equal(f.session_uid, 1001);
	assert_string_equal(f.session_user, "alice");
	assert_string_equal(f.session_source, "192.0.2.7");
	assert_string_equal(f.session_service, "sshd");
	assert_int_equal(f.session_factor, FACTOR_TOTP);
	assert_int_equal(f.session_factor_age_ms, 2000);
	/* the transaction is used up: no second session stands on it */
	assert_false(world_facts(w, &r).txn);
	session = session_of(w->store, 499);
	assert_int_equal(session.id, f.session_id);
	assert_true(session.login);
	assert_int_equal(session.factor_wall_ms, w->now.wall_ms - 2000);
	sudo.audit_session = 13;
	assert_false(world_facts(w, &sudo).session);
	/* what outlives its login runs sudo: that is no login of its own */
	opened.session_inside = true;
	sudo.phase = PHASE_OPEN;
	world_change(w, &sudo, &opened);
	session = session_of(w->store, sudo.pid);
	assert_false(session.login);
	assert_false(world_facts(w, &sudo).session);
}

static void
test_a_session_with_an_open_charge_leaves_it_to_be_settled(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	struct changes opened = {.session_open = true};
	struct store_open_charge open;
	size_t count;

	world_change(w, &r, &charge);
	world_change(w, &r, &opened);
	assert_false(world_facts(w, &r).txn);
	world_begin(w);
	assert_int_equal(store_open_charges(w->store, 0, &open, 1, &count), SKS_OK);
	assert_int_equal(count, 1);
	store_rollback(w->store);
}

static void
test_a_new_code_freshens_the_login_not_the_sudo(void **state)
{
	struct world *w = *state;
	struct request login = login_request(PHASE_OPEN, 499, 12);
	struct request sudo = login_request(PHASE_OPEN, 800, 12);
	struct changes opened = {.session_open = true};
	struct changes fresh = {
	    .session_factor_now = true, .txn_put = true, .txn_factor = FACTOR_RECOVERY};
	struct session list[4];
	struct facts f;
	size_t count;

	world_change(w, &login, &opened);
	world_change(w, &sudo, &opened);
	f = world_facts(w, &sudo);
	assert_int_equal(f.session_factor, FACTOR_NONE);
	assert_true(f.session_factor_age_ms == AGE_NEVER);
	world_change(w, &sudo, &fresh);
	world_pass(w, 60);
	f = world_facts(w, &sudo);
	assert_int_equal(f.session_factor, FACTOR_RECOVERY);
	assert_int_equal(f.session_factor_age_ms, 60);
	world_begin(w);
	assert_int_equal(store_sessions(w->store, NO_UID, list, 4, &count), SKS_OK);
	store_rollback(w->store);
	assert_int_equal(count, 2);
	assert_true(list[0].login && !list[1].login);
	assert_int_equal(list[1].factor, FACTOR_NONE);
}

static void
test_sessions_close_by_process_or_with_their_boot(void **state)
{
	struct world *w = *state;
	struct request login = login_request(PHASE_OPEN, 499, 12);
	struct request sudo = login_request(PHASE_OPEN, 800, 12);
	struct changes opened = {.session_open = true};
	struct changes closed = {.session_close = true};
	struct request stranger = sudo;
	struct session list[4];
	size_t count;

	world_change(w, &login, &opened);
	world_change(w, &sudo, &opened);
	stranger.pid_start++;
	world_change(w, &stranger, &closed);
	assert_int_equal(store_sessions(w->store, 1001, list, 4, &count), SKS_OK);
	assert_int_equal(count, 2);
	world_change(w, &sudo, &closed);
	assert_int_equal(store_sessions(w->store, 1001, list, 4, &count), SKS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].pid, 499);
	assert_int_equal(store_sessions(w->store, 1002, list, 4, &count), SKS_OK);
	assert_int_equal(count, 0);

	world_reboot(w, MINUTE);
	world_vouch(w);
	assert_false(world_facts(w, &sudo).session); /* audit sessions are numbered anew */
	world_begin(w);
	assert_int_equal(store_sessions_of_earlier_boots(w->store, list, 4, &count), SKS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].pid, 499);
	world_commit(w);
	world_begin(w);
	assert_int_equal(store_sessions_of_earlier_boots(w->store, list, 4, &count), SKS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(store_session_end(w->store, list[0].id), SKS_NOT_FOUND);
	store_rollback(w->store);
}

/* ---- known sources --------------------------------------------------------------------------
 */

static void
learn(struct world *w, const char *user, uint32_t uid, const char *source)
{
	struct request r = world_request(PHASE_CODE, 500);
	struct changes c = {.source_learn = true};

	(void)snprintf(r.user, sizeof(r.user), "%s", user);
	r.uid = uid;
	(void)snprintf(r.source, sizeof(r.source), "%s", source);
	world_change(w, &r, &c);
}

static bool
knows(struct world *w, const char *user, uint32_t uid, const char *source)
{
	struct request r = world_request(PHASE_CODE, 500);
	struct facts f;
	bool known;

	(void)snprintf(r.user, sizeof(r.user), "%s", user);
	r.uid = uid;
	(void)snprintf(r.source, sizeof(r.source), "%s", source);
	f = world_facts(w, &r);
	assert_int_equal(store_known_source(w->store, &r, &known), SKS_OK);
	assert_int_equal(known, f.known_source);
	return known;
}

static void
test_sixteen_sources_are_known_and_the_oldest_is_dropped(void **state)
{
	struct world *w = *state;
	char source[32];

	for (int i = 0; i < 17; i++) {
		(void)snprintf(source, sizeof(source), "198.51.100.%d", i);
		learn(w, "alice", 1001, source);
		world_pass(w, 1000);
		if (i == 15)
			assert_true(knows(w, "alice", 1001, "198.51.100.0"));
	}
	assert_false(knows(w, "alice", 1001, "198.51.100.0"));
	for (int i = 1; i < 17; i++) {
		(void)snprintf(source, sizeof(source), "198.51.100.%d", i);
		assert_true(knows(w, "alice", 1001, source));
	}
	assert_false(knows(w, "alice", 1002, "198.51.100.5"));
	assert_false(knows(w, "bob", 1001, "198.51.100.5"));
}

static void
test_the_source_just_learnt_is_never_the_one_dropped(void **state)
{
	struct world *w = *state;
	char source[32];

	for (int i = 0; i < 16; i++) {
		(void)snprintf(source, sizeof(source), "198.51.100.%d", i);
		learn(w, "alice", 1001, source);
	}
	world_reboot(w, 1000); /* the boot clock is far behind that of the rows */
	world_vouch(w);
	learn(w, "alice", 1001, "203.0.113.9");
	assert_true(knows(w, "alice", 1001, "203.0.113.9"));
}

static void
test_a_source_is_forgotten_after_thirty_days(void **state)
{
	struct world *w = *state;
	int64_t month = (int64_t)30 * 24 * HOUR;

	learn(w, "alice", 1001, "198.51.100.1");
	world_pass(w, month - 1);
	assert_true(knows(w, "alice", 1001, "198.51.100.1"));
	world_pass(w, 1);
	assert_false(knows(w, "alice", 1001, "198.51.100.1"));
	learn(w, "alice", 1001, "198.51.100.1");
	world_reboot(w, month - 1000);
	world_vouch(w);
	assert_true(knows(w, "alice", 1001, "198.51.100.1"));
	world_pass(w, 1000);
	assert_false(knows(w, "alice", 1001, "198.51.100.1"));
}

static void
test_users_of_a_source_are_counted_once_each(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CHARGE, 500);
	char user[16];

	for (uint32_t i = 0; i < 5; i++) {
		(void)snprintf(user, sizeof(user), "user%u", i);
		learn(w, user, 2000 + i, "192.0.2.7");
		learn(w, user, 2000 + i, "192.0.2.7");
		learn(w, user, 2000 + i, "192.0.2.8");
	}
	assert_int_equal(world_facts(w, &r).source_users, 5);
	world_pass(w, (int64_t)30 * 24 * HOUR);
	assert_int_equal(world_facts(w, &r).source_users, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_an_empty_store_knows_nothing),
	    WORLD_TEST(test_a_charge_is_seen_in_its_own_turn_and_later),
	    WORLD_TEST(test_a_lane_keeps_the_times_that_are_not_changed),
	    WORLD_TEST(test_local_logins_share_no_budget),
	    WORLD_TEST(test_within_a_boot_the_wall_clock_does_not_age),
	    WORLD_TEST(test_an_age_is_never_negative),
	    WORLD_TEST(test_each_time_belongs_to_its_own_boot),
	    WORLD_TEST(test_across_boots_the_wall_clock_ages),
	    WORLD_TEST(test_a_reboot_settles_open_charges_as_failed),
	    WORLD_TEST(test_a_restart_in_the_same_boot_keeps_open_charges),
	    WORLD_TEST(test_a_time_in_the_future_becomes_now),
	    WORLD_TEST(test_a_transaction_is_found_by_process_and_parent_only),
	    WORLD_TEST(test_what_a_user_began_is_nothing_to_root),
	    WORLD_TEST(test_a_transaction_is_updated_and_dies_after_ten_minutes),
	    WORLD_TEST(test_the_newest_transaction_of_a_monitor_counts),
	    WORLD_TEST(test_a_charge_is_settled_in_the_lane_it_was_taken_from),
	    WORLD_TEST(test_a_deleted_transaction_is_gone),
	    WORLD_TEST(test_changing_a_transaction_that_is_gone_is_a_conflict),
	    WORLD_TEST(test_open_charges_are_listed_until_they_are_settled),
	    WORLD_TEST(test_the_open_charge_of_a_process),
	    WORLD_TEST(test_old_transactions_go_but_not_open_charges),
	    WORLD_TEST(test_a_session_carries_the_factor_of_its_login),
	    WORLD_TEST(test_a_session_with_an_open_charge_leaves_it_to_be_settled),
	    WORLD_TEST(test_a_new_code_freshens_the_login_not_the_sudo),
	    WORLD_TEST(test_sessions_close_by_process_or_with_their_boot),
	    WORLD_TEST(test_sixteen_sources_are_known_and_the_oldest_is_dropped),
	    WORLD_TEST(test_the_source_just_learnt_is_never_the_one_dropped),
	    WORLD_TEST(test_a_source_is_forgotten_after_thirty_days),
	    WORLD_TEST(test_users_of_a_source_are_counted_once_each),
	};

	return cmocka_run_group_tests_name("store login", tests, NULL, NULL);
}
