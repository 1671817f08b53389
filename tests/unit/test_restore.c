/* A store's file is looked at before it takes anybody's place; what is put back knows its
 * limits. */
#include "store_fixture.h"

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "backup/image.h"
#include "backup/restore.h"
#include "backup/stream.h"
#include "backup/unpack.h"
#include <sqlite3.h>
#include <sys/mman.h>

enum { RECORDS = 20, HEAD = 12 };

static struct note_skey log_key;

static int
take_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct merkle_frontier *tree = context;
	struct merkle_hash leaf;

	(void)seq;
	assert_int_equal(merkle_leaf(header, RECORD_HEADER_SIZE, &leaf), SKS_OK);
	return merkle_push(tree, &leaf);
}

static void
sign_head(struct world *w, uint64_t chain, uint64_t first, uint64_t size)
{
	struct merkle_frontier tree = {0};
	struct checkpoint c = {.size = size};
	struct buf note;

	(void)snprintf(c.origin, sizeof(c.origin), "%s", log_key.vkey.name);
	assert_int_equal(
	    store_headers(w->store, first, first + size - 1, take_header, &tree), SKS_OK);
	assert_int_equal(merkle_root(&tree, &c.root), SKS_OK);
	buf_init(&note, 4096);
	assert_int_equal(checkpoint_sign(&c, &log_key, &note), SKS_OK);
	buf_put_u8(&note, '\0');
	assert_int_equal(
	    store_head_put(w->store, chain, size, (const char *)note.data), SKS_OK);
	buf_clear(&note);
}

static void
add_records(struct world *w, int count)
{
	const uint8_t boot[16] = {1};
	struct record r;

	for (int i = 0; i < count; i++) {
		record_init(&r, event_by_action(ACTION_CODE), w->now, boot, "success", "ok");
		record_put_str(&r, "user.name", "alice");
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(w->store, &r), SKS_OK);
		record_clear(&r);
	}
}

/* A log of 20 records in one chain that begins with the third, with a head over 12. */
static int
setup(void **state)
{
	struct store_chain chain = {.first = 3};
	struct world *w;

	if (world_setup(state) != 0 ||
	    note_skey_new("gate/0/audit", NOTE_ED25519, &log_key) != SKS_OK)
		return -1;
	w = *state;
	world_begin(w);
	(void)snprintf(chain.origin, sizeof(chain.origin), "%s", log_key.vkey.name);
	note_vkey_format(&log_key.vkey, chain.vkey);
	add_records(w, RECORDS);
	assert_int_equal(store_chain_begin(w->store, &chain), SKS_OK);
	sign_head(w, chain.id, chain.first, HEAD);
	assert_int_equal(store_user_suspend(w->store, "bob", 1002, false, "root", ""), SKS_OK);
	world_commit(w);
	return 0;
}

/* Closed, with everything in the one file; changed by this SQL ("": nothing). */
static char *
file_after(struct world *w, const char *sql, char path[128])
{
	sqlite3 *db;

	world_close(w);
	(void)snprintf(path, 128, "%s/%s", w->dir, STORE_FILE);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(
	    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	return path;
}

static void
test_whole(void **state)
{
	struct image_report report;
	char path[128];

	assert_int_equal(image_verify(file_after(*state, "", path), true, &report), SKS_OK);
	assert_int_equal(report.records, RECORDS);
	assert_int_equal(report.deleted, 0);
	assert_int_equal(report.chains, 1);
	assert_int_equal(report.heads, 1);
	assert_string_equal(report.chain.origin, "gate/0/audit");
}

/* What was done to the file, and what must be said of it. */
static const struct damage {
	const char *sql, *says;
} damages[] = {
    {"UPDATE records SET body = CAST(replace(CAST(body AS TEXT), 'alice', 'malice') AS BLOB) "
     "WHERE seq = 2",
	"body of record 2"},
    {"UPDATE records SET header = zeroblob(76) WHERE seq = 7", "record 7"},
    {"UPDATE records SET header = (SELECT header FROM records WHERE seq = 5) WHERE seq = 6",
	"record 6"},
    {"DELETE FROM records WHERE seq = 9", "record 9"},
    {"DELETE FROM records WHERE seq = 1", "record 1"},
    {"DELETE FROM records WHERE seq > 10", "missing at the end"},
    {"UPDATE chains SET first = 4", "its signed head"},
    {"UPDATE heads SET size = 11", "not one of its key"},
    {"UPDATE heads SET note = replace(note, 'gate', 'fate')", "not one of its key"},
    {"INSERT INTO chains VALUES (2, 99, 'x', 'y')", "missing at the end"},
    {"CREATE TRIGGER t AFTER INSERT ON meta BEGIN SELECT 1; END", "what no store of ours"},
    {"CREATE VIEW v AS SELECT 1", "what no store of ours"},
    {"PRAGMA user_version = 99", "schema version 99"},
};

static void
test_damage(void **state)
{
	const size_t count = sizeof(damages) / sizeof(damages[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		void *own = NULL;
		struct image_report report;
		char path[128];
		int r;

		assert_int_equal(setup(&own), 0);
		/* bodies are blobs: SQL's replace made text of one */
		r = image_verify(file_after(own, damages[i].sql, path), true, &report);
		if (r == SKS_OK || strstr(report.why, damages[i].says) == NULL)
			fail_msg("%s: %d, %s", damages[i].sql, r, report.why);
		world_teardown(&own);
	}
}

/* A deleted body is no damage: its header stays. */
static void
test_deleted_body(void **state)
{
	struct image_report report;
	char path[128];

	assert_int_equal(image_verify(file_after(*state,
					  "UPDATE records SET body = NULL WHERE seq < 5", path),
			     true, &report),
	    SKS_OK);
	assert_int_equal(report.deleted, 4);
}

static void
test_torn_page(void **state)
{
	struct image_report report;
	char path[128];
	int fd = open(file_after(*state, "", path), O_RDWR | O_CLOEXEC);
	uint8_t junk[4096];

	memset(junk, 0x5a, sizeof(junk));
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 8 * 4096), sizeof(junk));
	close(fd);
	assert_int_equal(image_verify(path, true, &report), SKS_CORRUPT);
}

/* ---- entries ----------------------------------------------------------------------------- */

static int
unpack(const struct buf *entries, uint64_t *size)
{
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	int r;

	assert_int_equal(write(in, entries->data, entries->len), (ssize_t)entries->len);
	lseek(in, 0, SEEK_SET);
	r = backup_unpack(in, out, size);
	close(in);
	close(out);
	return r;
}

static void
entry(struct buf *b, uint8_t type, uint64_t at, const char *bytes)
{
	buf_put_u8(b, type);
	buf_put_u64(b, at);
	buf_put_u32(b, (uint32_t)strlen(bytes));
	buf_put_bytes(b, bytes, strlen(bytes));
}

static void
test_entries(void **state)
{
	uint64_t size;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	entry(&b, BACKUP_PAGES, 4, "later");
	entry(&b, BACKUP_PAGES, 0, "first");
	assert_int_equal(unpack(&b, &size), SKS_TRUNCATED); /* no end */
	entry(&b, BACKUP_END, 9, "");
	assert_int_equal(unpack(&b, &size), SKS_OK);
	assert_int_equal(size, 9);
	b.len--;
	assert_int_equal(unpack(&b, &size), SKS_TRUNCATED);
	b.len++;
	buf_put_u8(&b, 0);
	assert_int_equal(unpack(&b, &size), SKS_TRAILING);
	buf_reset(&b);
	entry(&b, BACKUP_PAGES, 4, "later");
	entry(&b, BACKUP_END, 8, ""); /* shorter than what it holds */
	assert_int_equal(unpack(&b, &size), SKS_INVALID);
	buf_reset(&b);
	entry(&b, BACKUP_PAGES, UINT64_MAX - 2, "x");
	assert_int_equal(unpack(&b, &size), SKS_INVALID);
	buf_reset(&b);
	entry(&b, 9, 0, "x");
	assert_int_equal(unpack(&b, &size), SKS_INVALID);
	buf_clear(&b);
}

#define IMAGE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IMAGE_TEST(test_whole),
	    cmocka_unit_test(test_damage),
	    IMAGE_TEST(test_deleted_body),
	    IMAGE_TEST(test_torn_page),
	    cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
