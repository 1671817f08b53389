/* Invitations and terms: used once, for a time by both clocks, and not after a restore. */
#include "store/invite.h"
#include "store_fixture.h"

enum { UID = 1001, HOUR_MS = 3600000 };

static void
invite(struct world *w, const char *user, int64_t lasts_ms)
{
	struct invitation i = {.mark = "m1",
	    .lasts_ms = lasts_ms,
	    .by = "root",
	    .verified_by = "reception",
	    .verified_how = "passport"};

	world_begin(w);
	assert_int_equal(store_invitation_add(w->store, user, UID, &i), SKS_OK);
	world_commit(w);
}

static struct invitation
of(struct world *w, const char *user)
{
	struct invitation i;

	world_begin(w);
	if (store_invitation(w->store, user, UID, &i) != SKS_OK)
		i.state = INVITATION_NONE;
	world_commit(w);
	return i;
}

static void
test_once(void **state)
{
	struct world *w = *state;
	struct invitation i;

	assert_int_equal(of(w, "hanako").state, INVITATION_NONE);
	invite(w, "hanako", HOUR_MS);
	i = of(w, "hanako");
	assert_int_equal(i.state, INVITATION_OPEN);
	assert_string_equal(i.verified_how, "passport");
	assert_int_equal(of(w, "taro").state, INVITATION_NONE);
	world_begin(w);
	assert_int_equal(store_invitation_end(w->store, "hanako", UID, i.number, INVITATION_SPENT, 7, 8),
	    SKS_OK);
	/* a second one in the same turn, and in a later one */
	assert_int_equal(store_invitation_end(w->store, "hanako", UID, i.number, INVITATION_SPENT, 9, 8),
	    SKS_CONFLICT);
	world_commit(w);
	world_begin(w);
	assert_int_equal(store_invitation_end(w->store, "hanako", UID, i.number, INVITATION_SPENT, 9, 8),
	    SKS_CONFLICT);
	world_commit(w);
	i = of(w, "hanako");
	assert_int_equal(i.state, INVITATION_SPENT);
	assert_int_equal(i.spent_pid, 7);
	invite(w, "hanako", HOUR_MS);
	assert_int_equal(of(w, "hanako").number, 2);
	assert_int_equal(of(w, "hanako").state, INVITATION_OPEN);
}

static void
test_time(void **state)
{
	struct world *w = *state;

	invite(w, "hanako", HOUR_MS);
	world_pass(w, HOUR_MS - 1);
	assert_int_equal(of(w, "hanako").state, INVITATION_OPEN);
	world_pass(w, 1);
	assert_int_equal(of(w, "hanako").state, INVITATION_EXPIRED);
}

/* The wall clock alone moves: forward it ends, back it gives nothing. */
static void
test_jump(void **state)
{
	struct world *w = *state;

	invite(w, "hanako", HOUR_MS);
	w->now.wall_ms += HOUR_MS;
	assert_int_equal(of(w, "hanako").state, INVITATION_EXPIRED);
	w->now.wall_ms -= 3 * HOUR_MS;
	assert_int_equal(of(w, "hanako").state, INVITATION_OPEN);
	w->now.boot_ms += HOUR_MS;
	assert_int_equal(of(w, "hanako").state, INVITATION_EXPIRED);
}

static void
test_restored(void **state)
{
	struct world *w = *state;
	struct store_restored out;

	invite(w, "hanako", HOUR_MS);
	invite(w, "taro", HOUR_MS);
	world_begin(w);
	assert_int_equal(store_invitation_end(w->store, "taro", UID, 1, INVITATION_SPENT, 7, 8), SKS_OK);
	assert_int_equal(store_restored(w->store, &out), SKS_OK);
	world_commit(w);
	assert_int_equal(out.invitations, 1);
	assert_int_equal(of(w, "hanako").state, INVITATION_VOID);
	assert_int_equal(of(w, "taro").state, INVITATION_SPENT);
}

static void
test_terms(void **state)
{
	struct world *w = *state;
	struct account_terms t = {.until_wall_ms = 5, .must = MUST_CHANGE, .must_mark = "m", .must_why = "x"}, read;

	world_begin(w);
	assert_int_equal(store_account_terms(w->store, "hanako", UID, &read), SKS_OK);
	assert_int_equal(read.must, MUST_NOT);
	assert_int_equal(store_account_terms_put(w->store, "hanako", UID, &t), SKS_OK);
	assert_int_equal(store_account_terms(w->store, "hanako", UID, &read), SKS_OK);
	assert_memory_equal(&read, &t, sizeof(t));
	assert_int_equal(store_account_terms(w->store, "hanako", UID + 1, &read), SKS_OK);
	assert_int_equal(read.until_wall_ms, 0);
	world_commit(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_once),
	    WORLD_TEST(test_time),
	    WORLD_TEST(test_jump),
	    WORLD_TEST(test_restored),
	    WORLD_TEST(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
