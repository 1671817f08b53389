/* Grants in the store: from asked for to over, on both clocks; approvals; gids; an older store. */
#include "store_fixture.h"

#include "store/grant.h"
#include "store/store_internal.h"
#include <sqlite3.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static void
ask(struct world *w, uint64_t number)
{
	struct store_grant g = {.number = number, .uid = 1001, .for_ms = HOUR_MS};

	(void)snprintf(g.role, sizeof(g.role), "web");
	(void)snprintf(g.user, sizeof(g.user), "alice");
	(void)snprintf(g.person, sizeof(g.person), "alice");
	(void)snprintf(g.why, sizeof(g.why), "case 7");
	world_begin(w);
	assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
	world_commit(w);
}

static void
start(struct world *w, uint64_t number)
{
	world_begin(w);
	assert_int_equal(store_grant_start(w->store, number), SKS_OK);
	world_commit(w);
}

static struct store_grant
look(struct world *w, uint64_t number)
{
	struct store_grant g;

	world_begin(w);
	assert_int_equal(store_grant_get(w->store, number, &g), SKS_OK);
	store_rollback(w->store);
	return g;
}

/* Who has it, without that person; and whether alice has or wants it. */
static void
expect_holders(struct world *w, const char *person, uint32_t expected)
{
	uint32_t people = 99;
	bool has;

	world_begin(w);
	assert_int_equal(store_grant_holders(w->store, "web", person, &people), SKS_OK);
	assert_int_equal(people, expected);
	assert_int_equal(store_grant_holders(w->store, "db", person, &people), SKS_OK);
	assert_int_equal(people, 0);
	assert_int_equal(store_grant_has(w->store, "web", "alice", 1001, &has), SKS_OK);
	assert_true(has);
	assert_int_equal(store_grant_has(w->store, "web", "alice", 7, &has), SKS_OK);
	assert_false(has);
	store_rollback(w->store);
}

static void
test_life(void **state)
{
	struct world *w = *state;
	struct store_grant g, list[4];
	size_t n;

	ask(w, 1);
	ask(w, 2);
	g = look(w, 1);
	assert_int_equal(g.state, GRANT_ASKED);
	assert_int_equal(g.left_ms, 0);
	assert_int_equal(g.until_wall_ms, 0);
	start(w, 1);
	world_pass(w, 10 * MINUTE_MS);
	g = look(w, 1);
	assert_int_equal(g.state, GRANT_ACTIVE);
	assert_int_equal(g.left_ms, 50 * MINUTE_MS);
	assert_int_equal(g.until_wall_ms - g.from_wall_ms, HOUR_MS);
	assert_string_equal(g.why, "case 7");
	expect_holders(w, "alice", 0);
	expect_holders(w, "bob", 1);
	world_begin(w);
	assert_int_equal(store_grant_start(w->store, 1), SKS_NOT_FOUND);
	assert_int_equal(store_grant_end(w->store, 1, "bob", "no longer needed"), SKS_OK);
	assert_int_equal(store_grant_end(w->store, 1, "bob", "again"), SKS_NOT_FOUND);
	assert_int_equal(store_grant_start(w->store, 1), SKS_NOT_FOUND);
	assert_int_equal(
	    store_grant_list(w->store, 0, false, NULL, 0, list, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].number, 2);
	assert_int_equal(store_grant_list(w->store, 0, true, "alice", 1001, list, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].ended_by, "bob");
	assert_int_equal(store_grant_list(w->store, 0, true, "alice", 7, list, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	world_commit(w);
}

/* The nth role of alice, with as long a name and number as there are. */
static void
has_role(struct world *w, uint32_t n)
{
	struct store_grant g = {.number = UINT64_C(9000000000000000000) + n,
	    .uid = 1001,
	    .for_ms = HOUR_MS};

	(void)snprintf(g.role, sizeof(g.role), "role-of-a-long-name-%03u", n);
	(void)snprintf(g.user, sizeof(g.user), "alice");
	world_begin(w);
	assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
	assert_int_equal(store_grant_start(w->store, g.number), SKS_OK);
	world_commit(w);
}

/* Rules refuse by roles: one that is left out of the list is a refusal that is not seen. */
static void
test_all_roles_or_an_error(void **state)
{
	struct world *w = *state;
	char ids[GRANTS_SIZE], roles[ROLES_SIZE], *rest = roles, name[64];
	uint32_t count = 99;

	for (uint32_t n = 1; n <= ROLES_AT_ONCE; n++)
		has_role(w, n);
	world_begin(w);
	assert_int_equal(store_grant_held(w->store, "alice", 1001, ids, roles), SKS_OK);
	assert_int_equal(store_grant_count(w->store, "alice", 1001, &count), SKS_OK);
	assert_int_equal(count, ROLES_AT_ONCE);
	assert_int_equal(strlen(ids), ROLES_AT_ONCE * strlen("R-9000000000000000001,") - 1);
	for (uint32_t n = 1; n <= ROLES_AT_ONCE; n++) {
		(void)snprintf(name, sizeof(name), "role-of-a-long-name-%03u", n);
		assert_string_equal(strsep(&rest, ","), name);
	}
	assert_null(rest);
	assert_int_equal(store_grant_held(w->store, "alice", 7, ids, NULL), SKS_OK);
	assert_string_equal(ids, "");
	assert_int_equal(store_grant_count(w->store, "bob", 1001, &count), SKS_OK);
	assert_int_equal(count, 0);
	store_rollback(w->store);

	has_role(w, ROLES_AT_ONCE + 1);
	world_begin(w);
	assert_int_equal(store_grant_held(w->store, "alice", 1001, ids, roles), SKS_TOO_BIG);
	assert_int_equal(store_grant_held(w->store, "alice", 1001, NULL, roles), SKS_TOO_BIG);
	store_rollback(w->store);
	world_pass(w, HOUR_MS); /* over, though nobody has ended them */
	world_begin(w);
	assert_int_equal(store_grant_held(w->store, "alice", 1001, ids, roles), SKS_TOO_BIG);
	assert_int_equal(store_grant_end(w->store, UINT64_C(9000000000000000001), "", ""), SKS_OK);
	assert_int_equal(store_grant_held(w->store, "alice", 1001, ids, roles), SKS_OK);
	assert_string_equal(roles, "");
	store_rollback(w->store);
}

/* ---- what others have costs nothing ------------------------------------------------------ */

static int
count_step(void *steps)
{
	(*(size_t *)steps)++;
	return 0;
}

/* How much SQLite works to tell what alice has. */
static size_t
steps_to_look(struct world *w)
{
	char roles[ROLES_SIZE];
	uint32_t count = 0;
	size_t steps = 0;
	bool has = false;

	world_begin(w);
	sqlite3_progress_handler(w->store->db, 1, count_step, &steps);
	assert_int_equal(store_grant_held(w->store, "alice", 1001, NULL, roles), SKS_OK);
	assert_string_equal(roles, "web");
	assert_int_equal(store_grant_count(w->store, "alice", 1001, &count), SKS_OK);
	assert_int_equal(store_grant_has(w->store, "web", "alice", 1001, &has), SKS_OK);
	assert_true(has && count == 1);
	sqlite3_progress_handler(w->store->db, 0, NULL, NULL);
	store_rollback(w->store);
	return steps;
}

static void
test_others_cost_nothing(void **state)
{
	struct world *w = *state;
	size_t alone;

	ask(w, 1);
	start(w, 1);
	(void)steps_to_look(w); /* prepares the statements */
	alone = steps_to_look(w);
	assert_true(alone > 10);
	world_begin(w);
	for (uint32_t n = 2; n < 2000; n++) {
		struct store_grant g = {.number = n, .uid = n, .for_ms = HOUR_MS};

		(void)snprintf(g.role, sizeof(g.role), "web");
		(void)snprintf(g.user, sizeof(g.user), "user%u", n);
		assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
		assert_int_equal(store_grant_start(w->store, n), SKS_OK);
	}
	world_commit(w);
	assert_in_range(steps_to_look(w), 1, alone + 10); /* the end of a list is another row */
}

static void
test_room(void **state)
{
	struct store_grant g = {.role = "web", .user = "user", .for_ms = HOUR_MS};
	struct world *w = *state;

	world_begin(w);
	for (g.number = 1; g.number <= GRANTS_MAX; g.number++) {
		assert_int_equal(store_grant_room(w->store), SKS_OK);
		assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
	}
	assert_int_equal(store_grant_room(w->store), SKS_FULL);
	assert_int_equal(store_grant_ask(w->store, &g), SKS_FULL);
	assert_int_equal(store_grant_end(w->store, 1, "root", "over"), SKS_OK);
	assert_int_equal(store_grant_room(w->store), SKS_OK);
	world_commit(w);
}

static void
test_clocks(void **state)
{
	struct world *w = *state;

	ask(w, 1);
	start(w, 1);
	/* the wall clock goes back: the boot clock counts on */
	w->now.boot_ms += 59 * MINUTE_MS;
	w->now.wall_ms -= HOUR_MS;
	assert_int_equal(look(w, 1).left_ms, MINUTE_MS);
	w->now.boot_ms += MINUTE_MS;
	assert_int_equal(look(w, 1).left_ms, 0);
}

static void
test_wall_forward(void **state)
{
	struct world *w = *state;

	ask(w, 1);
	start(w, 1);
	w->now.wall_ms += 2 * HOUR_MS;
	assert_int_equal(look(w, 1).left_ms, 0);
}

static void
test_reboot(void **state)
{
	struct world *w = *state;

	ask(w, 1);
	start(w, 1);
	world_reboot(w, 20 * MINUTE_MS);
	world_vouch(w);
	assert_int_equal(look(w, 1).left_ms, 40 * MINUTE_MS);
	/* before it began: that clock says nothing */
	w->now.wall_ms -= 21 * MINUTE_MS;
	assert_int_equal(look(w, 1).left_ms, 0);
}

static void
test_approvals(void **state)
{
	struct world *w = *state;
	struct store_approval a = {.uid = 1002}, list[GRANT_APPROVALS_MAX];
	size_t n;

	ask(w, 1);
	(void)snprintf(a.account, sizeof(a.account), "bob");
	(void)snprintf(a.person, sizeof(a.person), "robert");
	(void)snprintf(a.groups, sizeof(a.groups), "staff,security");
	world_begin(w);
	assert_int_equal(store_approval_add(w->store, 1, &a), SKS_OK);
	assert_int_equal(store_approval_add(w->store, 1, &a), SKS_CONFLICT);
	assert_int_equal(store_approvals(w->store, 1, list, GRANT_APPROVALS_MAX, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].person, "robert");
	assert_string_equal(list[0].groups, "staff,security");
	assert_int_equal(store_approvals(w->store, 2, list, GRANT_APPROVALS_MAX, &n), SKS_OK);
	assert_int_equal(n, 0);
	for (int i = 1; i < GRANT_APPROVALS_MAX; i++) {
		(void)snprintf(a.account, sizeof(a.account), "bob%d", i);
		assert_int_equal(store_approval_add(w->store, 1, &a), SKS_OK);
	}
	(void)snprintf(a.account, sizeof(a.account), "late");
	assert_int_equal(store_approval_add(w->store, 1, &a), SKS_FULL);
	world_commit(w);
}

static void
test_gids(void **state)
{
	struct world *w = *state;
	uint32_t web, db, again;

	world_begin(w);
	assert_int_equal(store_role_gid(w->store, "web", &web), SKS_OK);
	assert_int_equal(store_role_gid(w->store, "db", &db), SKS_OK);
	assert_int_equal(store_role_gid(w->store, "web", &again), SKS_OK);
	world_commit(w);
	assert_int_equal(web, ROLE_GID_MIN);
	assert_int_equal(db, ROLE_GID_MIN + 1);
	assert_int_equal(again, web);
}

/* A store from before there were grants is taken on, and then has all that a new one has. */
static void
test_upgrade(void **state)
{
	struct world *w = *state;
	char path[128];
	sqlite3 *db;

	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
			     BACK_TO_VERSION_4 "DROP TABLE grants; DROP TABLE approvals; DROP TABLE role_gids;"
			     "PRAGMA user_version = 3",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(world_open(w), SKS_OK);
	ask(w, 1);
	start(w, 1);
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(look(w, 1).state, GRANT_ACTIVE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_life),
	    WORLD_TEST(test_all_roles_or_an_error),
	    WORLD_TEST(test_others_cost_nothing),
	    WORLD_TEST(test_room),
	    WORLD_TEST(test_clocks),
	    WORLD_TEST(test_wall_forward),
	    WORLD_TEST(test_reboot),
	    WORLD_TEST(test_approvals),
	    WORLD_TEST(test_gids),
	    WORLD_TEST(test_upgrade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
