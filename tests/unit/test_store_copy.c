/* Copies of a store that is at work: of one moment, whole, with nothing written on the way. */
#include "store_fixture.h"

#include "store/copy.h"
#include <sqlite3.h>

struct image {
	int fd;
	uint64_t bytes, stop_at; /* 0: never */
};

static int
take(void *ctx, uint64_t at, const void *data, size_t len)
{
	struct image *i = ctx;

	i->bytes += len;
	if (i->stop_at != 0 && i->bytes > i->stop_at)
		return SKS_FULL;
	assert_int_equal(pwrite(i->fd, data, len, (off_t)at), (ssize_t)len);
	return SKS_OK;
}

static void
add_records(struct world *w, int count)
{
	const uint8_t boot[16] = {1};
	struct record r;

	assert_int_equal(store_begin(w->store, w->now), SKS_OK);
	for (int i = 0; i < count; i++) {
		record_init(&r, event_by_action(ACTION_CODE), w->now, boot, "success", "ok");
		record_put_str(&r, "user.name", "alice");
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(w->store, &r), SKS_OK);
		record_clear(&r);
	}
	assert_int_equal(store_commit(w->store), SKS_OK);
}

static char *
image_path(const struct world *w, char out[128])
{
	(void)snprintf(out, 128, "%s/image", w->dir);
	return out;
}

static int64_t
image_number(const char *path, const char *sql)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	int64_t n = -1;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void
test_while_at_work(void **state)
{
	struct world *w = *state;
	struct image image = {0};
	struct store_copy *c;
	char path[128];
	int r, steps = 0;

	add_records(w, 6000);
	image.fd = open(image_path(w, path), O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(store_copy_open(w->dir, take, &image, &c), SKS_OK);
	assert_int_equal(store_copy_info(c)->size, 6000);
	assert_int_equal(store_copy_info(c)->wall_ms, w->now.wall_ms);
	while ((r = store_copy_step(c, 16)) == 1) {
		/* the daemon goes on, and checkpoints what it may */
		add_records(w, 7);
		assert_int_equal(store_checkpoint(w->store), SKS_OK);
		steps++;
	}
	assert_int_equal(r, 0);
	assert_true(steps > 20);
	store_copy_close(c);
	close(image.fd);
	assert_int_equal(image_number(path, "SELECT count(*) FROM records"), 6000);
	assert_int_equal(image_number(path, "SELECT max(seq) FROM records"), 6000);
	assert_int_equal(
	    image_number(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	/* and the daemon's own is as it was */
	add_records(w, 1);
	world_close(w);
	assert_int_equal(world_open(w), SKS_OK);
	assert_int_equal(w->start, STORE_CLEAN);
}

/* Few pages are held back: what is large is handed on long before the end. */
static void
test_streams(void **state)
{
	struct world *w = *state;
	struct image image = {.stop_at = 0};
	struct store_copy *c;
	char path[128];

	add_records(w, 6000);
	image.fd = open(image_path(w, path), O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(store_copy_open(w->dir, take, &image, &c), SKS_OK);
	assert_int_equal(store_copy_step(c, 200), 1);
	assert_true(image.bytes > 100 * 4096);
	store_copy_close(c);
	close(image.fd);
}

static void
test_target_fails(void **state)
{
	struct world *w = *state;
	struct image image = {.stop_at = 100000};
	struct store_copy *c;
	char path[128];
	int r;

	add_records(w, 6000);
	image.fd = open(image_path(w, path), O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(store_copy_open(w->dir, take, &image, &c), SKS_OK);
	while ((r = store_copy_step(c, 16)) == 1)
		continue;
	assert_int_equal(r, SKS_FULL);
	store_copy_close(c);
	close(image.fd);
	add_records(w, 1);
}

static void
test_no_store(void **state)
{
	struct image image = {.fd = -1};
	struct store_copy *c;

	(void)state;
	assert_int_equal(store_copy_open("/nonexistent", take, &image, &c), SKS_NOT_FOUND);
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_while_at_work),
	    WORLD_TEST(test_streams),
	    WORLD_TEST(test_target_fails),
	    WORLD_TEST(test_no_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
