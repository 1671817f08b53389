/* Holds, the age of records, what waits, and requests: what the store keeps of them. */
#include "store_fixture.h"

#include "store/keep.h"
#include <stdbool.h>

#define WALL INT64_C(1800000000000)
#define HOUR INT64_C(3600000)

/* One record an hour, by turns of alice and bob; carol acts on the even ones. */
static void
fill(struct world *w, int records)
{
	static const uint8_t boot[16] = {1};
	struct record r;

	world_begin(w);
	for (int i = 1; i <= records; i++) {
		record_init(&r,
		    event_by_action(i % 3 == 0 ? ACTION_FACTOR_ENROLL : ACTION_CODE),
		    (struct instant){.wall_ms = WALL + i * HOUR}, boot, "success", "ok");
		record_put_str(&r, "user.name", i % 2 == 0 ? "alice" : "bo\"b");
		record_put_str(&r, "user.effective.name", i % 2 == 0 ? "carol" : "");
		record_put_str(&r, "source.ip", i % 4 == 0 ? "192.0.2.7" : "192.0.2.77");
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(w->store, &r), SKS_OK);
		record_clear(&r);
	}
	world_commit(w);
}

static int
setup(void **state)
{
	if (world_setup(state) != 0)
		return -1;
	fill(*state, 12);
	return 0;
}

/* Which of the twelve are on hold, a bit each. */
static unsigned
held(struct world *w)
{
	unsigned bits = 0;

	world_begin(w);
	for (uint64_t seq = 1; seq <= 12; seq++) {
		struct store_kept k;
		bool yes = false;

		assert_int_equal(store_kept_get(w->store, seq, &k), SKS_OK);
		assert_int_equal(store_hold_match(w->store, &k, &yes), SKS_OK);
		bits |= (unsigned)yes << seq;
	}
	store_rollback(w->store);
	return bits;
}

static uint64_t
hold(struct world *w, struct store_hold h)
{
	world_begin(w);
	assert_int_equal(store_hold_add(w->store, &h), SKS_OK);
	world_commit(w);
	return h.id;
}

static void
release(struct world *w, uint64_t id)
{
	world_begin(w);
	assert_int_equal(store_hold_release(w->store, id, "root", "over"), SKS_OK);
	world_commit(w);
}

static void
test_what_a_hold_holds(void **state)
{
	static const struct {
		struct store_hold hold;
		unsigned bits;
	} cases[] = {
	    {{.from = 3, .to = 5}, 0x38},
	    {{.from = 11}, 0x1800},
	    {{.to = 2}, 0x6},
	    {{.user = "alice"}, 0x1554},
	    {{.user = "bo\"b"}, 0xaaa},
	    {{.user = "carol"}, 0x1554}, /* who acted */
	    {{.user = "ali"}, 0},        /* nobody's name */
	    {{.source = "192.0.2.7"}, 0x1110},
	    {{.since_wall_ms = WALL + 10 * HOUR}, 0x1c00},
	    {{.until_wall_ms = WALL + 3 * HOUR}, 0x6},
	    {{.user = "alice", .source = "192.0.2.7", .from = 5, .to = 11}, 0x100},
	    {{.user = "bo\"b", .source = "192.0.2.7"}, 0},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t id = hold(w, cases[i].hold);

		assert_int_equal(held(w), cases[i].bits);
		release(w, id);
		assert_int_equal(held(w), 0);
	}
}

static void
test_holds_add_up_and_are_listed(void **state)
{
	struct world *w = *state;
	struct store_hold list[4];
	size_t n = 0;

	hold(w, (struct store_hold){.from = 1, .to = 2, .by = "root", .why = "case 7"});
	hold(w, (struct store_hold){.from = 2, .to = 3});
	assert_int_equal(held(w), 0xe);
	release(w, 1);
	assert_int_equal(held(w), 0xc);
	world_begin(w);
	assert_int_equal(store_hold_release(w->store, 1, "root", "again"), SKS_NOT_FOUND);
	assert_int_equal(store_hold_release(w->store, 9, "root", "none"), SKS_NOT_FOUND);
	assert_int_equal(store_hold_list(w->store, false, list, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].id, 2);
	assert_int_equal(store_hold_list(w->store, true, list, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[1].why, "case 7");
	assert_string_equal(list[1].released_why, "over");
	assert_int_equal(list[1].released_wall_ms, w->now.wall_ms);
	assert_int_equal(store_hold_get(w->store, 3, list), SKS_NOT_FOUND);
	store_rollback(w->store);
}

static void
test_holds_are_not_without_end(void **state)
{
	struct world *w = *state;
	struct store_hold h = {.from = 1};

	world_begin(w);
	for (int i = 0; i < HOLDS_MAX; i++)
		assert_int_equal(store_hold_add(w->store, &h), SKS_OK);
	assert_int_equal(store_hold_add(w->store, &h), SKS_FULL);
	assert_int_equal(store_hold_release(w->store, 5, "root", "room"), SKS_OK);
	assert_int_equal(store_hold_add(w->store, &h), SKS_OK);
	store_rollback(w->store);
}

static void
test_ages(void **state)
{
	struct world *w = *state;
	uint64_t seq;
	int64_t wall;

	world_begin(w);
	assert_int_equal(store_age_last(w->store, &wall), SKS_NOT_FOUND);
	assert_int_equal(store_age_limit(w->store, INT64_MAX, &seq), SKS_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(store_age_note(w->store, 4, 1000), SKS_OK);
	assert_int_equal(store_age_note(w->store, 9, 2000), SKS_OK);
	assert_int_equal(store_age_last(w->store, &wall), SKS_OK);
	assert_int_equal(wall, 2000);
	assert_int_equal(store_age_limit(w->store, 999, &seq), SKS_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(store_age_limit(w->store, 1999, &seq), SKS_OK);
	assert_int_equal(seq, 4);
	assert_int_equal(store_age_limit(w->store, 2000, &seq), SKS_OK);
	assert_int_equal(seq, 9);
	assert_int_equal(store_age_next(w->store, 3, &wall), SKS_OK);
	assert_int_equal(wall, 1000);
	assert_int_equal(store_age_next(w->store, 4, &wall), SKS_OK);
	assert_int_equal(wall, 2000);
	assert_int_equal(store_age_next(w->store, 9, &wall), SKS_NOT_FOUND);
	store_rollback(w->store);
}

static void
test_what_there_is(void **state)
{
	struct world *w = *state;
	struct store_kept k[12];
	uint64_t count;
	size_t n;

	world_begin(w);
	assert_int_equal(store_erase(w->store, 6), SKS_OK);
	assert_int_equal(store_kept_scan(w->store, 4, 7, k, 12, &n), SKS_OK);
	assert_int_equal(n, 3);
	assert_int_equal(k[0].seq, 5);
	assert_int_equal(k[0].retention, RETAIN_ACCESS);
	assert_int_equal(k[0].wall_ms, WALL + 5 * HOUR);
	assert_true(k[0].body);
	assert_int_equal(k[1].retention, RETAIN_PRIVILEGE);
	assert_false(k[1].body);
	assert_int_equal(store_kept_get(w->store, 13, k), SKS_NOT_FOUND);
	assert_int_equal(store_kept_get(w->store, 0, k), SKS_NOT_FOUND);
	assert_int_equal(store_kept_get(w->store, UINT64_MAX, k), SKS_NOT_FOUND);
	assert_int_equal(store_kept_scan(w->store, 0, 12, k, 12, &n), SKS_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(store_waiting_put(w->store, &k[i]), SKS_OK);
	assert_int_equal(store_waiting_put(w->store, &k[2]), SKS_OK); /* once more */
	assert_int_equal(store_waiting_count(w->store, RETAIN_PRIVILEGE, &count), SKS_OK);
	assert_int_equal(count, 4);
	assert_int_equal(store_waiting_done(w->store, 3), SKS_OK);
	assert_int_equal(store_waiting_scan(w->store, RETAIN_PRIVILEGE, 0, k, 2, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_int_equal(k[0].seq, 6);
	assert_int_equal(k[1].seq, 9);
	store_rollback(w->store);
}

static void
test_requests(void **state)
{
	struct world *w = *state;
	struct store_request q = {.kind = 'X', .record = 3, .by = "alice", .person = "Alice"};
	struct store_request other = {.kind = 'E', .by = "bob"}, back, list[4];
	int64_t waiting;
	size_t n;

	world_begin(w);
	assert_int_equal(store_request_add(w->store, &q), SKS_OK);
	assert_int_equal(q.number, 1);
	assert_int_equal(store_request_add(w->store, &other), SKS_OK);
	assert_int_equal(other.number, 1);
	assert_int_equal(store_request_add(w->store, &q), SKS_OK);
	assert_int_equal(q.number, 2);
	assert_int_equal(store_request_list(w->store, list, 4, &n), SKS_OK);
	assert_int_equal(n, 3);
	q.number = 1;
	assert_int_equal(store_request_end(w->store, &q, REQUEST_APPROVED, "bob"), SKS_OK);
	assert_int_equal(
	    store_request_end(w->store, &q, REQUEST_DECLINED, "bob"), SKS_NOT_FOUND);
	assert_int_equal(store_request_get(w->store, 'X', 1, &back), SKS_OK);
	assert_int_equal(back.state, REQUEST_APPROVED);
	assert_string_equal(back.ended_by, "bob");
	assert_string_equal(back.person, "Alice");
	assert_int_equal(store_request_get(w->store, 'X', 3, &back), SKS_NOT_FOUND);
	assert_int_equal(store_request_list(w->store, list, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	for (int i = 0; i < REQUESTS_MAX - 1; i++)
		assert_int_equal(store_request_add(w->store, &q), SKS_OK);
	assert_int_equal(store_request_add(w->store, &q), SKS_FULL);
	assert_int_equal(store_request_count(w->store, 'X', "Alice", &waiting), SKS_OK);
	assert_int_equal(waiting, REQUESTS_MAX);
	assert_int_equal(store_request_count(w->store, 'E', "Alice", &waiting), SKS_OK);
	assert_int_equal(waiting, 0);
	assert_int_equal(store_request_add(w->store, &other), SKS_OK);
	store_rollback(w->store);
}

/* By whichever clock says so first. */
static void
test_a_request_is_over_after_a_week(void **state)
{
	struct store_request q = {.made_wall_ms = WALL, .made_watched_ms = 500};

	(void)state;
	assert_false(request_is_over(&q, WALL + REQUEST_LIFE_MS - 1, 500));
	assert_true(request_is_over(&q, WALL + REQUEST_LIFE_MS, 500));
	assert_true(request_is_over(&q, WALL - HOUR, 500 + REQUEST_LIFE_MS));
}

#define FILLED(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    FILLED(test_what_a_hold_holds),
	    FILLED(test_holds_add_up_and_are_listed),
	    FILLED(test_holds_are_not_without_end),
	    FILLED(test_ages),
	    FILLED(test_what_there_is),
	    FILLED(test_requests),
	    cmocka_unit_test(test_a_request_is_over_after_a_week),
	};

	return cmocka_run_group_tests_name("holds", tests, NULL, NULL);
}
