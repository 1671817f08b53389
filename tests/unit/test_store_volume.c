/* Figures of sessions and days: by cookie, never downwards, counted once, gone with a restore. */
#include "store/volume.h"
#include "store_fixture.h"

enum { COOKIE = 77, PID = 500 };

static const struct changes opened = {.session_open = true}, closed = {.session_close = true};

static void
begin(struct world *w, uint32_t pid, uint16_t port, uint64_t cookie, uint64_t sent)
{
	struct request r = world_request(PHASE_OPEN, pid);

	world_change(w, &r, &opened);
	world_begin(w);
	assert_int_equal(store_volume_open(w->store, &r, port, cookie, sent), SKS_OK);
	world_commit(w);
}

static void
last(struct world *w, uint32_t pid, uint64_t cookie, uint64_t sent)
{
	struct request r = world_request(PHASE_CLOSE, pid);

	world_begin(w);
	assert_int_equal(store_volume_last(w->store, &r, cookie, sent), SKS_OK);
	world_commit(w);
}

static size_t
list(struct world *w, bool over, struct store_volume *v)
{
	size_t n = 0;

	world_begin(w);
	assert_int_equal(store_volumes(w->store, over, 0, v, 8, &n), SKS_OK);
	world_commit(w);
	return n;
}

static void
test_a_session(void **state)
{
	struct world *w = *state;
	struct request r = world_request(PHASE_CLOSE, PID);
	struct store_volume v[8];

	begin(w, PID, 22, UINT64_MAX - 1, 3000);
	assert_int_equal(list(w, false, v), 1);
	assert_string_equal(v[0].user, "alice");
	assert_int_equal(v[0].port, 22);
	assert_true(v[0].cookie == UINT64_MAX - 1);
	assert_int_equal(v[0].measured_wall_ms, 0);
	assert_int_equal(store_volume_bytes(&v[0]), 0); /* the handshake is not of it */
	last(w, PID, UINT64_MAX - 1, 3500);
	world_change(w, &r, &closed);
	assert_int_equal(list(w, false, v), 0);
	assert_int_equal(list(w, true, v), 1); /* until its end is recorded */
	assert_int_equal(store_volume_bytes(&v[0]), 500);
	assert_true(v[0].last);
	world_begin(w);
	assert_int_equal(store_volume_drop(w->store, v[0].session), SKS_OK);
	world_commit(w);
	assert_int_equal(list(w, true, v), 0);
}

static void
test_another_connection(void **state)
{
	struct world *w = *state;
	struct store_volume v[8];

	begin(w, PID, 22, COOKIE, 3000);
	last(w, PID, COOKIE + 1, 1 << 30); /* the same port, used again */
	assert_int_equal(list(w, false, v), 1);
	assert_int_equal(store_volume_bytes(&v[0]), 0);
	assert_false(v[0].last);
	last(w, PID, COOKIE, 2000); /* fewer than before: it stays */
	assert_int_equal(list(w, false, v), 1);
	assert_int_equal(v[0].sent, 3000);
}

static void
test_what_is_asked_for(void **state)
{
	struct world *w = *state;
	uint16_t port[4];
	size_t n;

	begin(w, PID, 22, COOKIE, 0);
	begin(w, PID + 1, 22, COOKIE + 1, 0);
	begin(w, PID + 2, 2222, COOKIE + 2, 0);
	begin(w, PID + 3, 0, 0, 0); /* not measured */
	world_begin(w);
	assert_int_equal(store_volume_ports(w->store, port, 4, &n), SKS_OK);
	world_commit(w);
	assert_int_equal(n, 2);
	assert_int_equal(port[0] + port[1], 22 + 2222);
}

static void
test_days(void **state)
{
	struct world *w = *state;
	struct store_volume_day d = {.day = "2026-11-22", .person = "alice", .bytes = 100}, all[4];
	size_t n;

	world_begin(w);
	assert_int_equal(store_volume_day_add(w->store, &d), SKS_OK);
	assert_int_equal(d.bytes, 100);
	d = (struct store_volume_day){
	    .day = "2026-11-22", .person = "alice", .bytes = 11, .sessions = 1, .warned = true};
	assert_int_equal(store_volume_day_add(w->store, &d), SKS_OK);
	assert_int_equal(d.bytes, 111);
	d = (struct store_volume_day){.day = "2026-11-22", .person = "alice", .unmeasured = 1};
	assert_int_equal(store_volume_day_add(w->store, &d), SKS_OK);
	assert_true(d.warned && d.sessions == 1 && d.unmeasured == 1);
	d = (struct store_volume_day){.day = "2026-11-23", .person = "alice", .bytes = 1};
	assert_int_equal(store_volume_day_add(w->store, &d), SKS_OK);
	assert_int_equal(store_volume_days(w->store, "2026-11-22", all, 4, &n), SKS_OK);
	assert_int_equal(n, 0); /* it is not over */
	assert_int_equal(store_volume_days(w->store, "2026-11-23", all, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_volume_day_drop(w->store, &all[0]), SKS_OK);
	assert_int_equal(store_volume_days(w->store, "", all, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].day, "2026-11-23");
	assert_int_equal(store_volume_day(w->store, "2026-11-23", "alice", &d), SKS_OK);
	assert_int_equal(d.bytes, 1);
	assert_int_equal(store_volume_day(w->store, "2026-11-22", "alice", &d), SKS_NOT_FOUND);
	world_commit(w);
}

static void
test_restored(void **state)
{
	struct world *w = *state;
	struct store_restored what;
	struct store_volume v[8];

	begin(w, PID, 22, COOKIE, 10);
	world_begin(w);
	assert_int_equal(store_restored(w->store, &what), SKS_OK);
	world_commit(w);
	assert_int_equal(list(w, true, v) + list(w, false, v), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_a_session),
	    WORLD_TEST(test_another_connection),
	    WORLD_TEST(test_what_is_asked_for),
	    WORLD_TEST(test_days),
	    WORLD_TEST(test_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
