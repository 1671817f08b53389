/* Turns, marks, generations: what is durable, what is undone, and whether it can be believed.
 */
#include "store_fixture.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

static struct record
new_record(struct world *w, const char *user)
{
	uint8_t boot_id[16] = {0};
	struct record r;

	record_init(&r, event_by_action(ACTION_CODE), w->now, boot_id, "success", "ok");
	record_put_str(&r, "user.name", user);
	assert_int_equal(record_finish(&r), SKS_OK);
	return r;
}

static void
append(struct world *w, const char *user)
{
	struct record r = new_record(w, user);

	assert_int_equal(store_append(w->store, &r), SKS_OK);
	record_clear(&r);
}

static uint64_t
log_size(struct world *w)
{
	uint64_t size;

	assert_int_equal(store_log_size(w->store, &size), SKS_OK);
	return size;
}

static void
note(struct world *w, const char *value)
{
	world_begin(w);
	assert_int_equal(store_meta_set(w->store, "note", value), SKS_OK);
	world_commit(w);
}

static void
expect_note(struct world *w, const char *value)
{
	char found[32];

	assert_int_equal(store_meta_get(w->store, "note", found, sizeof(found)), SKS_OK);
	assert_string_equal(found, value);
}

static void
test_a_mark_undoes_exactly_one_request(void **state)
{
	struct world *w = *state;
	char value[8];

	world_begin(w);
	for (int i = 0; i < 5; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "k%d", i);
		assert_int_equal(store_mark(w->store), SKS_OK);
		assert_int_equal(store_meta_set(w->store, name, "v"), SKS_OK);
		append(w, name);
		if (i == 2)
			assert_int_equal(store_unmark(w->store), SKS_OK);
	}
	world_commit(w);
	for (int i = 0; i < 5; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "k%d", i);
		assert_int_equal(store_meta_get(w->store, name, value, sizeof(value)),
		    i == 2 ? SKS_NOT_FOUND : SKS_OK);
	}
	/* no sequence number is missing for the one that was undone */
	assert_int_equal(log_size(w), 4);
}

static void
test_a_mark_can_be_gone_back_to_again(void **state)
{
	struct world *w = *state;

	world_begin(w);
	append(w, "kept");
	assert_int_equal(store_mark(w->store), SKS_OK);
	append(w, "a");
	assert_int_equal(store_unmark(w->store), SKS_OK);
	append(w, "b");
	assert_int_equal(store_unmark(w->store), SKS_OK);
	world_commit(w);
	assert_int_equal(log_size(w), 1);
}

static void
test_a_rollback_leaves_nothing(void **state)
{
	struct world *w = *state;

	note(w, "before");
	world_begin(w);
	assert_int_equal(store_meta_set(w->store, "note", "undone"), SKS_OK);
	append(w, "alice");
	store_rollback(w->store);
	expect_note(w, "before");
	assert_int_equal(log_size(w), 0);
}

static void
test_turns_do_not_nest(void **state)
{
	struct world *w = *state;

	assert_int_equal(store_mark(w->store), SKS_CONFLICT);
	assert_int_equal(store_unmark(w->store), SKS_CONFLICT);
	assert_int_equal(store_commit(w->store), SKS_INTERNAL);
	world_begin(w);
	assert_int_equal(store_begin(w->store, w->now), SKS_CONFLICT);
	assert_int_equal(store_unmark(w->store), SKS_CONFLICT);
	world_commit(w);
	store_rollback(w->store);
}

static void
test_another_writer_is_a_conflict(void **state)
{
	struct world *w = *state;
	char path[128];
	sqlite3 *other;

	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_begin(w->store, w->now), SKS_CONFLICT);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	world_begin(w);
	world_commit(w);
	sqlite3_close(other);
}

/* ---- generations
 * ----------------------------------------------------------------------------- */

static void
copy_file(const char *from, const char *to)
{
	static char block[1 << 16];
	int in = open(from, O_RDONLY), out;
	ssize_t n;

	assert_true(in >= 0);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		assert_int_equal(write(out, block, (size_t)n), n);
	close(in);
	close(out);
}

/* The whole store as an intruder or an administrator would copy it. */
static void
copy_store(const struct world *w, const char *from, const char *to)
{
	static const char *const names[] = {"sekisho.db", "sekisho.db-wal"};
	char a[160], b[160];

	(void)w;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(a, sizeof(a), "%s/%s", from, names[i]);
		(void)snprintf(b, sizeof(b), "%s/%s", to, names[i]);
		copy_file(a, b);
	}
}

struct backup {
	char dir[64];
};

static void
backup_make(const struct world *w, struct backup *b)
{
	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/sekisho-backup-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	copy_store(w, w->dir, b->dir);
}

static void
backup_put_back(const struct world *w, const struct backup *b)
{
	char shm[128];

	copy_store(w, b->dir, w->dir);
	(void)snprintf(shm, sizeof(shm), "%s/sekisho.db-shm", w->dir);
	(void)unlink(shm);
}

static void
backup_remove(const struct backup *b)
{
	struct world w = {0};

	(void)snprintf(w.dir, sizeof(w.dir), "%s", b->dir);
	world_remove(&w);
}

static void
test_a_clean_stop_is_clean(void **state)
{
	struct world *w = *state;

	note(w, "a");
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_CLEAN);
	expect_note(w, "a");
}

static void
test_a_kill_after_a_commit_loses_nothing(void **state)
{
	struct world *w = *state;
	int status;
	pid_t pid;

	note(w, "a");
	world_close(w);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (world_open(w) == SKS_OK && store_begin(w->store, w->now) == SKS_OK &&
		    store_meta_set(w->store, "note", "killed") == SKS_OK &&
		    store_commit(w->store) == SKS_OK)
			_exit(0); /* no close: as if killed */
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_CLEAN);
	expect_note(w, "killed");
}

/* Writes records until it is killed, and tells each one that was acknowledged. */
static void
write_until_killed(struct world *w, int out)
{
	uint64_t seq;

	if (world_open(w) != SKS_OK)
		_exit(1);
	if (store_begin(w->store, w->now) != SKS_OK ||
	    store_floor_raise(w->store, w->now.wall_ms, 1) != SKS_OK ||
	    store_commit(w->store) != SKS_OK)
		_exit(2);
	for (;;) {
		struct record r = new_record(w, "alice");

		if (store_begin(w->store, w->now) != SKS_OK ||
		    store_append(w->store, &r) != SKS_OK || store_commit(w->store) != SKS_OK)
			_exit(3);
		seq = r.seq;
		record_clear(&r);
		if (write(out, &seq, sizeof(seq)) != sizeof(seq))
			_exit(4);
		if (seq % 50 == 0 && store_checkpoint(w->store) != SKS_OK)
			_exit(5);
	}
}

static void
test_a_kill_at_any_moment_loses_nothing_acknowledged(void **state)
{
	struct world *w = *state;
	uint64_t acknowledged = 0, seq;
	int status;

	world_close(w);
	for (unsigned round = 0; round < 25; round++) {
		int out[2];
		pid_t pid;

		assert_int_equal(pipe(out), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			write_until_killed(w, out[1]);
		close(out[1]);
		for (unsigned i = 0; i < 3 + round * 7; i++) {
			if (read(out[0], &seq, sizeof(seq)) != sizeof(seq))
				break;
			acknowledged = seq;
		}
		(void)usleep(round * 37);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(out[0], &seq, sizeof(seq)) == sizeof(seq))
			acknowledged = seq;
		close(out[0]);
		assert_int_equal(world_open(w), SKS_OK);
		assert_int_not_equal(w->start, STORE_REWOUND);
		assert_true(log_size(w) == acknowledged || log_size(w) == acknowledged + 1);
		world_close(w);
	}
	assert_true(acknowledged > 25 * 3);
	assert_int_equal(world_open(w), SKS_OK);
}

/* The memory was told of a commit that never came. */
static void
bump_memory(const struct world *w, uint8_t by)
{
	uint8_t last;
	int fd = open(w->generation, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &last, 1, 7), 1);
	last = (uint8_t)(last + by);
	assert_int_equal(pwrite(fd, &last, 1, 7), 1);
	close(fd);
}

static void
test_a_kill_before_a_commit_is_unvouched(void **state)
{
	struct world *w = *state;

	note(w, "a");
	world_close(w);
	bump_memory(w, 1);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_UNVOUCHED);
}

static void
test_an_older_copy_is_rewound(void **state)
{
	struct world *w = *state;
	struct backup b;

	note(w, "old");
	world_close(w);
	backup_make(w, &b);
	assert_int_equal(world_open(w), SKS_OK);
	note(w, "spent");
	note(w, "more");
	world_close(w);
	backup_put_back(w, &b);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_REWOUND);
	expect_note(w, "old");
	backup_remove(&b);
}

/* One commit back looks like a kill before a commit; the floors apply to both. */
static void
test_a_copy_one_commit_older_is_not_clean(void **state)
{
	struct world *w = *state;
	struct backup b;

	note(w, "old");
	world_close(w);
	backup_make(w, &b);
	assert_int_equal(world_open(w), SKS_OK);
	note(w, "spent");
	world_close(w);
	backup_put_back(w, &b);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_UNVOUCHED);
	backup_remove(&b);
}

static void
test_half_a_log_cut_away_is_rewound(void **state)
{
	struct world *w = *state;
	struct backup b;
	char wal[128];

	/* copied while it runs, so that all of it is in the log only */
	for (int i = 0; i < 20; i++)
		note(w, "committed");
	backup_make(w, &b);
	world_close(w);
	backup_put_back(w, &b);
	backup_remove(&b);
	(void)snprintf(wal, sizeof(wal), "%s/sekisho.db-wal", w->dir);
	assert_int_equal(truncate(wal, 32 + 4120 * 12), 0);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_REWOUND);
}

static void
test_a_store_deleted_in_the_same_boot_is_rewound(void **state)
{
	struct world *w = *state;
	char path[128];

	note(w, "a");
	note(w, "b");
	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db-wal", w->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_REWOUND);
}

static void
test_a_reboot_and_a_lost_memory_are_unvouched(void **state)
{
	struct world *w = *state;

	note(w, "a");
	world_reboot(w, 1000);
	world_vouch(w);
	world_close(w);
	w->boot++; /* the memory of another boot says nothing, even where it is equal */
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_UNVOUCHED);
}

static void
test_without_floors_an_unvouched_store_commits_nothing(void **state)
{
	struct world *w = *state;

	note(w, "a");
	world_reboot(w, 1000);
	world_begin(w);
	assert_int_equal(store_meta_set(w->store, "note", "b"), SKS_OK);
	assert_int_equal(store_commit(w->store), SKS_INTERNAL);
	expect_note(w, "a");
	/* and stopping does not make it clean */
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_UNVOUCHED);
	world_vouch(w);
	note(w, "c");
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_CLEAN);
}

static void
test_a_turn_without_changes_is_no_commit(void **state)
{
	struct world *w = *state;
	uint8_t before[24], after[24];
	int fd;

	note(w, "a");
	fd = open(w->generation, O_RDONLY);
	assert_int_equal(pread(fd, before, sizeof(before), 0), sizeof(before));
	world_begin(w);
	world_commit(w);
	assert_int_equal(pread(fd, after, sizeof(after), 0), sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
	note(w, "b");
	assert_int_equal(pread(fd, after, sizeof(after), 0), sizeof(after));
	assert_int_equal(after[7], before[7] + 1);
	close(fd);
}

/* ---- damage
 * ----------------------------------------------------------------------------------- */

static void
test_a_file_that_is_no_database_is_corrupt(void **state)
{
	struct world *w = *state;
	char path[128];
	int fd;

	note(w, "a");
	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db-wal", w->dir);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "not a database", 14, 0), 14);
	close(fd);
	assert_int_equal(world_open(w), SKS_CORRUPT);
	assert_null(w->store);
}

/* Only a page that opening the store does not read by itself. */
static void
test_a_damaged_table_is_found_after_an_unclean_stop(void **state)
{
	struct world *w = *state;
	static const uint8_t junk[64] = {0xee};
	char path[128];
	sqlite3_stmt *st;
	sqlite3 *other;
	off_t page;
	int fd;

	note(w, "a");
	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(other,
		"SELECT rootpage FROM sqlite_schema WHERE name = 'recovery'", -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	page = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(other);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), (page - 1) * 4096), sizeof(junk));
	close(fd);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db-wal", w->dir);
	(void)unlink(path);
	assert_int_equal(world_open(w), SKS_OK); /* after a clean stop nobody looks */
	world_close(w);
	bump_memory(w, 1);
	assert_int_equal(world_open(w), SKS_CORRUPT);
}

static void
test_a_newer_schema_is_left_alone(void **state)
{
	struct world *w = *state;
	char path[128];
	sqlite3 *other;

	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(other, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	assert_int_equal(world_open(w), SKS_NEWER);
}

/* ---- the reader
 * -------------------------------------------------------------------------------- */

static void
test_a_reader_says_that_a_store_is_older(void **state)
{
	struct world *w = *state;
	struct store_options o = {.dir = w->dir, .read_only = true};
	struct store *reader;
	char path[128];
	sqlite3 *other;

	world_close(w);
	(void)snprintf(path, sizeof(path), "%s/sekisho.db", w->dir);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "PRAGMA user_version = 4", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	assert_int_equal(store_open(&o, &reader, NULL), SKS_OLDER);
}

static void
test_a_reader_sees_commits_and_writes_nothing(void **state)
{
	struct world *w = *state;
	struct store_options o = {.dir = w->dir, .read_only = true};
	struct store *reader;
	char value[8];

	memset(o.boot_id, w->boot, sizeof(o.boot_id));
	note(w, "a");
	assert_int_equal(store_open(&o, &reader, NULL), SKS_OK);
	assert_int_equal(store_meta_get(reader, "note", value, sizeof(value)), SKS_OK);
	assert_string_equal(value, "a");
	note(w, "b");
	assert_int_equal(store_meta_get(reader, "note", value, sizeof(value)), SKS_OK);
	assert_string_equal(value, "b");
	assert_int_equal(store_meta_set(reader, "note", "c"), SKS_READONLY);
	assert_int_equal(store_begin(reader, w->now), SKS_OK);
	store_rollback(reader);
	store_close(reader);
	expect_note(w, "b");
}

/* Off the commit path, and the file keeps its blocks. */
static void
test_a_checkpoint_empties_the_log_that_is_due(void **state)
{
	struct world *w = *state;
	char wal[128];
	struct stat st;
	int turns = 0;

	(void)snprintf(wal, sizeof(wal), "%s/sekisho.db-wal", w->dir);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_size, 6 << 20);
	while (!store_checkpoint_due(w->store)) {
		world_begin(w);
		for (int i = 0; i < 30; i++)
			append(w, "alice");
		world_commit(w);
		(void)store_space(w->store);
		assert_true(turns++ < 10000);
	}
	world_begin(w);
	assert_int_equal(store_checkpoint(w->store), SKS_CONFLICT);
	store_rollback(w->store);
	assert_int_equal(store_checkpoint(w->store), SKS_OK);
	assert_false(store_checkpoint_due(w->store));
	note(w, "after");
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_size, 6 << 20);
}

static int
count_rows(sqlite3 *db)
{
	sqlite3_stmt *st;
	int rows = -1;

	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT sum(length(x) = 3000) FROM t", -1, &st, NULL),
	    SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		rows = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return rows;
}

/* Gathered writes to the log are read back, rewritten and synced like others: a transaction
 * that does not fit the cache does all of it. */
static void
test_gathered_writes_survive_a_small_cache(void **state)
{
	struct world *w = *state;
	char path[128];
	sqlite3 *db, *other;

	(void)snprintf(path, sizeof(path), "%s/other.db", w->dir);
	assert_int_equal(
	    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "sekisho"),
	    SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 10;"
		"CREATE TABLE t (x BLOB); BEGIN;"
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
		" INSERT INTO t SELECT zeroblob(2000) FROM n;"
		"UPDATE t SET x = zeroblob(3000); UPDATE t SET x = zeroblob(3000); COMMIT",
		NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(count_rows(db), 500);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(count_rows(other), 500);
	sqlite3_close(other);
	assert_int_equal(sqlite3_wal_checkpoint(db, NULL), SQLITE_OK);
	assert_int_equal(count_rows(db), 500);
	sqlite3_close(db);
	assert_int_equal(unlink(path), 0);
}

static void
test_the_files_are_private(void **state)
{
	static const char *const names[] = {"sekisho.db", "sekisho.db-wal", "sekisho.db-shm"};
	struct world *w = *state;
	char path[128];
	struct stat st;

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", w->dir, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_a_mark_undoes_exactly_one_request),
	    WORLD_TEST(test_a_mark_can_be_gone_back_to_again),
	    WORLD_TEST(test_a_rollback_leaves_nothing),
	    WORLD_TEST(test_turns_do_not_nest),
	    WORLD_TEST(test_another_writer_is_a_conflict),
	    WORLD_TEST(test_a_clean_stop_is_clean),
	    WORLD_TEST(test_a_kill_after_a_commit_loses_nothing),
	    WORLD_TEST(test_a_kill_at_any_moment_loses_nothing_acknowledged),
	    WORLD_TEST(test_a_kill_before_a_commit_is_unvouched),
	    WORLD_TEST(test_an_older_copy_is_rewound),
	    WORLD_TEST(test_a_copy_one_commit_older_is_not_clean),
	    WORLD_TEST(test_half_a_log_cut_away_is_rewound),
	    WORLD_TEST(test_a_store_deleted_in_the_same_boot_is_rewound),
	    WORLD_TEST(test_a_reboot_and_a_lost_memory_are_unvouched),
	    WORLD_TEST(test_without_floors_an_unvouched_store_commits_nothing),
	    WORLD_TEST(test_a_turn_without_changes_is_no_commit),
	    WORLD_TEST(test_a_file_that_is_no_database_is_corrupt),
	    WORLD_TEST(test_a_damaged_table_is_found_after_an_unclean_stop),
	    WORLD_TEST(test_a_newer_schema_is_left_alone),
	    WORLD_TEST(test_a_reader_says_that_a_store_is_older),
	    WORLD_TEST(test_a_reader_sees_commits_and_writes_nothing),
	    WORLD_TEST(test_a_checkpoint_empties_the_log_that_is_due),
	    WORLD_TEST(test_gathered_writes_survive_a_small_cache),
	    WORLD_TEST(test_the_files_are_private),
	};

	return cmocka_run_group_tests_name("store turns", tests, NULL, NULL);
}
