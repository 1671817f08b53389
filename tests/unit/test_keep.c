/*
 * What is destroyed is in no file of the store: not in the database, its log, nor in what
 * either does not use. Looked for as bytes.
 */
#include "planted.h"

enum { RECORDS = 3000 };

static void
wipe(struct world *w)
{
	assert_true(store_wipe_due(w->store));
	assert_int_equal(store_wipe(w->store), SKS_OK);
	assert_false(store_wipe_due(w->store));
}

static void
erase(struct world *w, uint64_t from, uint64_t to, uint64_t step)
{
	for (uint64_t seq = from; seq <= to;) {
		world_begin(w);
		for (int i = 0; i < 50 && seq <= to; i++, seq += step)
			assert_int_equal(store_erase(w->store, seq), SKS_OK);
		world_commit(w);
		(void)store_space(w->store);
	}
}

static void
check_integrity(const struct world *w)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
	    "sqlite3 'file:%s/sekisho.db?mode=ro' 'PRAGMA integrity_check' | grep -qx ok",
	    w->dir);
	assert_int_equal(system(command), 0);
}

static void
test_what_is_destroyed_is_found_nowhere(void **state)
{
	static struct traces t;
	struct world *w = *state;
	size_t before = 0;

	fill(w, 1, RECORDS);
	erase(w, 3, RECORDS, 6);
	find(w, &t);
	for (uint64_t seq = 3; seq <= RECORDS; seq += 6)
		before += t.body[seq];
	assert_true(before > RECORDS / 12); /* the search finds what is there */
	wipe(w);
	find(w, &t);
	for (uint64_t seq = 1; seq <= RECORDS; seq++) {
		assert_int_equal(t.body[seq], seq % 6 != 3);
		assert_int_equal(t.user[seq], seq % 6 != 3);
	}
	/* the first half, one by one, while more is written */
	for (uint64_t seq = 1; seq <= RECORDS / 2; seq++) {
		world_begin(w);
		assert_int_equal(
		    store_erase(w->store, seq), seq % 6 == 3 ? SKS_NOT_FOUND : SKS_OK);
		world_commit(w);
	}
	fill(w, RECORDS + 1, RECORDS + 100);
	wipe(w);
	find(w, &t);
	for (uint64_t seq = 1; seq <= RECORDS + 100; seq++) {
		assert_int_equal(
		    t.body[seq], seq > RECORDS / 2 && (seq > RECORDS || seq % 6 != 3));
		assert_int_equal(t.user[seq], t.body[seq]);
	}
	check_integrity(w);
}

/* A number that the database says of itself. */
static long
pragma(const struct world *w, const char *name)
{
	char command[256], answer[32] = "";
	FILE *f;

	(void)snprintf(command, sizeof(command),
	    "sqlite3 'file:%s/sekisho.db?mode=ro' 'PRAGMA %s'", w->dir, name);
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(answer, sizeof(answer), f));
	(void)pclose(f);
	return strtol(answer, NULL, 10);
}

/* What was destroyed makes room: a store whose periods end stops growing. */
static void
test_its_space_is_used_again(void **state)
{
	struct world *w = *state;
	long pages;

	fill(w, 1, 600);
	assert_int_equal(store_checkpoint(w->store), SKS_OK);
	pages = pragma(w, "page_count");
	erase(w, 1, 600, 1);
	wipe(w);
	assert_true(pragma(w, "freelist_count") > pages * 2 / 3);
	fill(w, 601, 1000);
	assert_int_equal(store_checkpoint(w->store), SKS_OK);
	assert_int_equal(pragma(w, "page_count"), pages);
	check_integrity(w);
}

/* Overwritten, not cut off: the blocks are the same ones. */
static void
test_the_log_is_overwritten_in_place(void **state)
{
	struct world *w = *state;
	struct bytes before, after;

	fill(w, 1, 50);
	before = slurp(w, "sekisho.db-wal");
	assert_non_null(memmem(before.data, before.len, "planted-", 8));
	wipe(w);
	after = slurp(w, "sekisho.db-wal");
	assert_int_equal(after.len, before.len);
	for (size_t i = 0; i < after.len; i++)
		assert_int_equal(after.data[i], 0);
	free(before.data);
	free(after.data);
}

static void
test_a_reader_is_not_waited_for(void **state)
{
	struct world *w = *state;
	struct store_options o = {.dir = w->dir, .read_only = true};
	struct store *reader;

	memset(o.boot_id, w->boot, sizeof(o.boot_id));
	fill(w, 1, 20);
	assert_int_equal(store_open(&o, &reader, NULL), SKS_OK);
	assert_int_equal(store_begin(reader, w->now), SKS_OK);
	uint64_t size;
	assert_int_equal(store_log_size(reader, &size), SKS_OK);
	fill(w, 21, 40);
	assert_int_equal(store_wipe(w->store), SKS_CONFLICT);
	assert_true(store_wipe_due(w->store));
	fill(w, 41, 60); /* nobody is kept from writing */
	store_rollback(reader);
	wipe(w);
	store_close(reader);
}

static void
test_nothing_remains_beside_a_header(void **state)
{
	struct world *w = *state;
	struct log_filter f = {.user = ""};
	struct log_cursor *c;
	struct log_row row;
	char user[TOKEN];

	fill(w, 1, 3);
	world_begin(w);
	assert_int_equal(store_erase(w->store, 2), SKS_OK);
	assert_int_equal(store_erase(w->store, 2), SKS_NOT_FOUND);
	assert_int_equal(store_erase(w->store, 4), SKS_NOT_FOUND);
	assert_int_equal(store_erase(w->store, 0), SKS_NOT_FOUND);
	world_commit(w);
	assert_int_equal(store_log_open(w->store, &f, 1, &c), SKS_OK);
	assert_int_equal(store_log_step(c, &row), 1);
	assert_int_equal(row.seq, 2);
	assert_null(row.body);
	store_log_close(c);
	token(user, 'u', 2);
	f.user = user;
	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_OK);
	assert_int_equal(store_log_step(c, &row), 0);
	store_log_close(c);
	f.user = "";
	f.outcome = "failure";
	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_OK);
	assert_int_equal(store_log_step(c, &row), 1);
	assert_int_equal(row.seq, 1);
	assert_int_equal(store_log_step(c, &row), 1);
	assert_int_equal(row.seq, 3);
	store_log_close(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_what_is_destroyed_is_found_nowhere),
	    WORLD_TEST(test_its_space_is_used_again),
	    WORLD_TEST(test_the_log_is_overwritten_in_place),
	    WORLD_TEST(test_a_reader_is_not_waited_for),
	    WORLD_TEST(test_nothing_remains_beside_a_header),
	};

	return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
