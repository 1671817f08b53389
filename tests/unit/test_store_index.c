/* The indexes that follow the log: whatever they know by now, a search finds the same. */
#include "store_fixture.h"

#include "store/keep.h"
#include "store/verify.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

enum { RECORDS = 6000, PER_TURN = 500 };

static void
append(struct world *w, int number)
{
	static const uint8_t boot_id[16] = {9};
	struct record r;
	char text[32];

	record_init(&r, event_by_action(ACTION_CODE), w->now, boot_id,
	    number % 5 == 0 ? "failure" : "success", "ok");
	(void)snprintf(text, sizeof(text), "user%d", number % 97);
	record_put_str(&r, "user.name", number % 11 == 0 ? "" : text);
	(void)snprintf(text, sizeof(text), "192.0.2.%d", number % 89);
	record_put_str(&r, "source.ip", number % 13 == 0 ? "" : text);
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(w->store, &r), SKS_OK);
	record_clear(&r);
}

static void
fill(struct world *w, int from, int to)
{
	world_begin(w);
	for (int i = from; i <= to; i++) {
		append(w, i);
		if (i % PER_TURN == 0) {
			world_commit(w);
			world_begin(w);
		}
	}
	world_commit(w);
}

static uint64_t
indexed(struct world *w)
{
	uint64_t seq;

	assert_int_equal(store_indexed(w->store, &seq), SKS_OK);
	return seq;
}

/* Reads what the filter gives in both directions and compares it with what there is. */
static void
search(struct store *s, int records, struct log_filter f, bool (*fits)(int))
{
	struct log_cursor *c;
	struct log_row row;
	int r;

	for (int newest = 0; newest < 2; newest++) {
		int at = newest ? records : 1, step = newest ? -1 : 1;

		f.newest_first = newest;
		assert_int_equal(store_log_open(s, &f, 0, &c), SKS_OK);
		while ((r = store_log_step(c, &row)) > 0) {
			for (; !fits(at); at += step)
				assert_in_range(at, 1, records);
			assert_int_equal(row.seq, at);
			at += step;
		}
		assert_int_equal(r, 0);
		for (; at >= 1 && at <= records; at += step)
			assert_false(fits(at));
		store_log_close(c);
	}
}

static bool
is_user(int i)
{
	return i % 97 == 42 && i % 11 != 0;
}

static bool
is_source(int i)
{
	return i % 89 == 7 && i % 13 != 0;
}

static bool
is_failed_user(int i)
{
	return is_user(i) && i % 5 == 0;
}

static bool
is_both(int i)
{
	return i % 97 == 5 && i % 89 == 7 && i % 11 != 0 && i % 13 != 0;
}

static bool
is_nobody(int i)
{
	(void)i;
	return false;
}

static void
search_all(struct store *s, int records)
{
	search(s, records, (struct log_filter){.user = "user42"}, is_user);
	search(s, records, (struct log_filter){.source = "192.0.2.7"}, is_source);
	search(s, records, (struct log_filter){.user = "user42", .outcome = "failure"},
	    is_failed_user);
	search(
	    s, records, (struct log_filter){.user = "user5", .source = "192.0.2.7"}, is_both);
	search(s, records, (struct log_filter){.user = "nobody"}, is_nobody);
}

static void
test_a_search_finds_the_same_at_each_place(void **state)
{
	struct world *w = *state;
	uint64_t before = 0;

	fill(w, 1, RECORDS);
	assert_int_equal(indexed(w), 0);
	search_all(w->store, RECORDS);
	while (store_index_due(w->store) != STORE_INDEX_DONE) {
		world_begin(w);
		assert_int_equal(store_index(w->store), SKS_OK);
		world_commit(w);
		assert_true(indexed(w) > before);
		before = indexed(w);
		if (before / 256 % 5 == 1)
			search_all(w->store, RECORDS);
	}
	search_all(w->store, RECORDS);
	world_index(w);
	assert_int_equal(indexed(w), RECORDS);
	search_all(w->store, RECORDS);
}

static void
test_few_wait_and_many_press(void **state)
{
	struct world *w = *state;

	fill(w, 1, 63);
	assert_int_equal(store_index_due(w->store), STORE_INDEX_DONE);
	fill(w, 64, 64);
	assert_int_equal(store_index_due(w->store), STORE_INDEX_WHEN_IDLE);
	fill(w, 65, 4096);
	assert_int_equal(store_index_due(w->store), STORE_INDEX_PRESSING);
	world_begin(w);
	assert_int_equal(store_index_due(w->store), STORE_INDEX_DONE); /* not in a turn */
	store_rollback(w->store);
}

static void
test_what_is_undone_is_not_indexed(void **state)
{
	struct world *w = *state;

	fill(w, 1, 100);
	world_begin(w);
	assert_int_equal(store_index(w->store), SKS_OK);
	assert_int_equal(indexed(w), 100);
	store_rollback(w->store);
	assert_int_equal(indexed(w), 0);
	search_all(w->store, 100);
	world_index(w);
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(indexed(w), 100);
	search_all(w->store, 100);
}

/* One reads while another writes: until the commit, nothing of an index is there. */
static void
test_a_reader_beside_it(void **state)
{
	struct world *w = *state;
	struct store_options o = {.dir = w->dir, .read_only = true};
	struct store *reader;
	uint64_t seq;

	fill(w, 1, 3000);
	assert_int_equal(store_open(&o, &reader, NULL), SKS_OK);
	world_begin(w);
	assert_int_equal(store_index(w->store), SKS_OK);
	assert_int_equal(store_indexed(reader, &seq), SKS_OK);
	assert_int_equal(seq, 0);
	search_all(reader, 3000);
	world_commit(w);
	assert_int_equal(store_indexed(reader, &seq), SKS_OK);
	assert_int_equal(seq, 256);
	search_all(reader, 3000);
	store_close(reader);
}

/* ---- crashes ----------------------------------------------------------------------------- */

enum { BEFORE_INDEX, IN_INDEX, BEFORE_COMMIT, AFTER_COMMIT, PLACES };

/* The daemon ends, as by kill -9, somewhere between a record and its index. */
static void
die_at(struct world *w, int place)
{
	assert_int_equal(world_open(w), SKS_OK);
	fill(w, 1001, 1100);
	if (place == BEFORE_INDEX)
		(void)raise(SIGKILL);
	world_begin(w);
	assert_int_equal(store_index(w->store), SKS_OK);
	if (place == IN_INDEX)
		(void)raise(SIGKILL);
	append(w, 1101);
	if (place == BEFORE_COMMIT)
		(void)raise(SIGKILL);
	world_commit(w);
	(void)raise(SIGKILL);
}

static void
test_killed_between_a_record_and_its_index(void **state)
{
	for (int place = 0; place < PLACES; place++) {
		struct world *w = *state;
		int status, records = place == AFTER_COMMIT ? 1101 : 1100;
		pid_t pid;

		fill(w, 1, 1000);
		world_begin(w);
		assert_int_equal(store_index(w->store), SKS_OK);
		world_commit(w);
		world_close(w);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			die_at(w, place);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(world_open(w), SKS_OK);
		if (w->start != STORE_CLEAN)
			world_vouch(w);
		assert_int_equal(indexed(w), place == AFTER_COMMIT ? 512 : 256);
		search_all(w->store, records);
		world_index(w);
		search_all(w->store, records);
		world_teardown(state);
		assert_int_equal(world_setup(state), 0);
	}
}

/* ---- destroying -------------------------------------------------------------------------- */

static int64_t
entries(struct world *w, const char *sql)
{
	char path[128];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t n;

	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void
test_entries_go_with_the_body(void **state)
{
	struct world *w = *state;

	fill(w, 1, 300);
	world_begin(w);
	assert_int_equal(store_index(w->store), SKS_OK); /* 256 of them */
	world_commit(w);
	world_begin(w);
	for (uint64_t seq = 200; seq <= 290; seq++)
		assert_int_equal(store_erase(w->store, seq), SKS_OK);
	world_commit(w);
	world_index(w);
	assert_int_equal(
	    entries(w, "SELECT count(*) FROM records_user WHERE seq BETWEEN 200 AND 290"), 0);
	assert_int_equal(
	    entries(w, "SELECT count(*) FROM records_source WHERE seq BETWEEN 200 AND 290"), 0);
	assert_int_equal(entries(w, "SELECT count(*) FROM records_user"),
	    entries(w, "SELECT count(*) FROM records WHERE user IS NOT NULL"));
	assert_int_equal(entries(w, "SELECT count(*) FROM records_source"),
	    entries(w, "SELECT count(*) FROM records WHERE source IS NOT NULL"));
}

/* ---- a store of before ------------------------------------------------------------------- */

static void
test_a_store_of_version_4(void **state)
{
	struct world *w = *state;
	char path[128], name[64];
	sqlite3 *db = NULL;

	fill(w, 1, 1000);
	world_index(w);
	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, BACK_TO_VERSION_4, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_CLEAN);
	assert_int_equal(indexed(w), 0);
	assert_int_equal(store_check_schema(w->store, name, sizeof(name)), SKS_OK);
	search_all(w->store, 1000);
	world_index(w);
	search_all(w->store, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_a_search_finds_the_same_at_each_place),
	    WORLD_TEST(test_few_wait_and_many_press),
	    WORLD_TEST(test_what_is_undone_is_not_indexed),
	    WORLD_TEST(test_a_reader_beside_it),
	    WORLD_TEST(test_killed_between_a_record_and_its_index),
	    WORLD_TEST(test_entries_go_with_the_body),
	    WORLD_TEST(test_a_store_of_version_4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
