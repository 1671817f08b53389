/*
 * Verifying where the place matters: the store in use must go as far as its heads, a run that
 * was interrupted goes on, and what was changed behind its back is found. What can be changed
 * in a store is in tests/hazard/tamper.sh.
 */
#include "store_fixture.h"

#include "audit/chain.h"
#include "audit/verify.h"
#include "audit/verify_seen.h"
#include "store/store_internal.h"
#include <sqlite3.h>

struct log_world {
	struct world *w;
	struct logkey key;
	struct chain *chain;
	char seal_dir[128], resume[128];
	struct verify_result result;
};

static void
commit(struct log_world *l)
{
	assert_int_equal(chain_turn(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
}

static void
append(struct log_world *l, int count)
{
	uint8_t boot_id[16];
	struct record r;

	memset(boot_id, l->w->boot, sizeof(boot_id));
	world_begin(l->w);
	for (int i = 0; i < count; i++) {
		record_init(
		    &r, event_by_action(ACTION_CODE), l->w->now, boot_id, "success", "ok");
		record_put_str(&r, "user.name", i % 2 ? "alice" : "b\xff\"ob");
		record_put_str(&r, "source.ip", "192.0.2.1");
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(l->w->store, &r), SKS_OK);
		record_clear(&r);
		world_pass(l->w, 10);
	}
	commit(l);
}

static void
append_action(struct log_world *l, uint16_t action)
{
	uint8_t boot_id[16];
	struct record r;

	memset(boot_id, l->w->boot, sizeof(boot_id));
	world_begin(l->w);
	record_init(&r, event_by_action(action), l->w->now, boot_id, "success", "ok");
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(l->w->store, &r), SKS_OK);
	record_clear(&r);
	commit(l);
}

static int
setup(void **state)
{
	struct log_world *l = calloc(1, sizeof(*l));
	uint8_t boot_id[16];
	const char *reason;

	if (l == NULL || world_setup((void **)&l->w) != 0)
		return -1;
	*state = l;
	(void)snprintf(l->seal_dir, sizeof(l->seal_dir), "%s/seal", l->w->dir);
	(void)snprintf(l->resume, sizeof(l->resume), "%s/resume", l->w->dir);
	memset(boot_id, l->w->boot, sizeof(boot_id));
	if (note_skey_new("host/0123456789abcdef/audit", NOTE_ED25519, &l->key.key) != SKS_OK ||
	    chain_new(&l->key, l->seal_dir, boot_id, &l->chain) != SKS_OK)
		return -1;
	world_begin(l->w);
	if (chain_start(l->chain, l->w->store, l->w->now, l->w->start, &reason) != SKS_OK)
		return -1;
	world_commit(l->w);
	chain_committed(l->chain);
	append_action(l, ACTION_DAEMON_START);
	append(l, 300);
	return 0;
}

static int
teardown(void **state)
{
	struct log_world *l = *state;
	char command[300];

	chain_free(l->chain);
	logkey_clear(&l->key);
	(void)snprintf(command, sizeof(command), "rm -rf '%s' '%s'", l->seal_dir, l->resume);
	if (system(command) != 0)
		return -1;
	(void)world_teardown((void **)&l->w);
	free(l);
	return 0;
}

#define VERIFY_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct verify_options
live(const struct log_world *l)
{
	return (struct verify_options){.live = true, .now_wall_ms = l->w->now.wall_ms};
}

/* The verdict; its first finding, if any, has this kind. */
static void
expect(struct log_world *l, const struct verify_options *o, enum verify_status status,
    enum verify_kind kind)
{
	assert_int_equal(verify_run(l->w->store, o, &l->result), SKS_OK);
	if (status != VERIFY_FINE)
		assert_string_equal(
		    verify_kinds[l->result.finding[0].kind].word, verify_kinds[kind].word);
	assert_int_equal(l->result.status, status);
}

static void
change(struct log_world *l, const char *sql)
{
	char path[128];
	sqlite3 *db;

	world_close(l->w);
	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, l->w->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(world_open(l->w), SKS_OK);
}

static void
test_a_log_in_use_is_whole(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.records, 302);
	assert_int_equal(l->result.bodies, 302);
	assert_int_equal(l->result.starts, 1);
	assert_int_equal(l->result.chain_count, 1);
	assert_int_equal(l->result.unsigned_records, 0);
	append(l, 5);
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.unsigned_records, 5);
	o.quick = true;
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.bodies, 0);
}

/* Silence is news on a live store alone, and after a clean stop it is none. */
static void
test_a_log_in_use_is_not_silent(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	o.now_wall_ms += 19 * 60 * 1000;
	expect(l, &o, VERIFY_FINE, 0);
	o.now_wall_ms += 2 * 60 * 1000;
	expect(l, &o, VERIFY_STALE, VERIFY_SILENT);
	o.live = false;
	expect(l, &o, VERIFY_FINE, 0);
	o.live = true;
	append_action(l, ACTION_DAEMON_STOP);
	world_begin(l->w);
	assert_int_equal(chain_seal(l->chain, l->w->store, l->w->now), SKS_OK);
	commit(l);
	expect(l, &o, VERIFY_FINE, 0);
	assert_true(l->result.clean_stop);
}

/* A head that went further: on a live store the records are gone, a copy is only older. */
static void
test_a_head_that_went_further(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);
	struct chain_status status;
	struct verify_seen seen;
	struct buf note;
	uint64_t size;
	FILE *file;

	append(l, 64);
	buf_init(&note, 4096);
	chain_status(l->chain, &status);
	assert_int_equal(store_head_newest(l->w->store, status.id, &size, &note), SKS_OK);
	verify_seen_init(&seen);
	file = fmemopen(note.data, note.len, "r");
	assert_int_equal(verify_seen_read(&seen, file), SKS_OK);
	(void)fclose(file);
	o.seen = &seen;
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.seen_heads, 1);
	change(l, "DELETE FROM records WHERE seq > 300; DELETE FROM heads; DELETE FROM nodes "
		  "WHERE n > 0");
	assert_int_equal(verify_run(l->w->store, &o, &l->result), SKS_OK);
	assert_int_equal(l->result.status, VERIFY_TAMPERED);
	assert_true(l->result.count[VERIFY_CUT] > 0);
	assert_int_equal(l->result.count[VERIFY_OLDER], 0);
	o.live = false;
	assert_int_equal(verify_run(l->w->store, &o, &l->result), SKS_OK);
	assert_int_equal(l->result.count[VERIFY_CUT], 0);
	assert_true(l->result.count[VERIFY_OLDER] > 0);
	/* one that nobody signed says nothing */
	seen.head[0].signature[3] ^= 1;
	assert_int_equal(verify_run(l->w->store, &o, &l->result), SKS_OK);
	assert_int_equal(l->result.count[VERIFY_OLDER], 0);
	assert_int_equal(l->result.seen_unknown, 1);
	verify_seen_clear(&seen);
	buf_clear(&note);
}

/* Behind a key that nobody can read any more everything could be signed by anybody: a record
 * that says the change of the key was redacted does not excuse it. */
static void
test_a_change_of_the_key_that_is_gone(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);
	struct note_skey next;
	uint8_t boot_id[16];
	uint64_t size, seq;
	struct record r;
	char sql[200];

	assert_int_equal(note_skey_new(l->key.key.vkey.name, NOTE_ED25519, &next), SKS_OK);
	assert_int_equal(store_log_size(l->w->store, &size), SKS_OK);
	seq = size + 1;
	world_begin(l->w);
	assert_int_equal(chain_rotate(l->chain, l->w->store, l->w->now, &next), SKS_OK);
	commit(l);
	expect(l, &o, VERIFY_FINE, 0);
	memset(boot_id, l->w->boot, sizeof(boot_id));
	world_begin(l->w);
	record_init(
	    &r, event_by_action(ACTION_REDACT), l->w->now, boot_id, "success", "approved");
	record_put_int(&r, "sekisho.request.record", (int64_t)seq);
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(l->w->store, &r), SKS_OK);
	record_clear(&r);
	commit(l);
	(void)snprintf(sql, sizeof(sql),
	    "UPDATE records SET body = NULL, outcome = 2, reason = '' WHERE seq = %llu",
	    (unsigned long long)seq);
	change(l, sql);
	expect(l, &o, VERIFY_TAMPERED, VERIFY_DELETED);
	assert_int_equal(l->result.finding[0].seq, seq);
	note_skey_clear(&next);
}

/* The newest head, as it was seen elsewhere. */
static void
see_newest_head(struct log_world *l, struct verify_seen *seen)
{
	struct chain_status status;
	struct buf note;
	uint64_t size;
	FILE *file;

	buf_init(&note, 4096);
	chain_status(l->chain, &status);
	assert_int_equal(store_head_newest(l->w->store, status.id, &size, &note), SKS_OK);
	verify_seen_init(seen);
	file = fmemopen(note.data, note.len, "r");
	assert_int_equal(verify_seen_read(seen, file), SKS_OK);
	(void)fclose(file);
	buf_clear(&note);
}

/* Put back to before a change of its key, a log does not know the key of the head that went
 * further: that must not pass for the head of another log. */
static void
test_a_copy_from_before_a_change_of_the_key(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);
	struct note_skey next;
	struct verify_seen seen;

	assert_int_equal(note_skey_new(l->key.key.vkey.name, NOTE_ED25519, &next), SKS_OK);
	change(l, "CREATE TABLE h AS SELECT * FROM heads; CREATE TABLE c AS SELECT * FROM chains");
	world_begin(l->w);
	assert_int_equal(chain_rotate(l->chain, l->w->store, l->w->now, &next), SKS_OK);
	commit(l);
	see_newest_head(l, &seen);
	o.seen = &seen;
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.seen_heads, 1);
	change(l, "DELETE FROM records WHERE seq > 302; DELETE FROM heads; INSERT INTO heads "
		  "SELECT * FROM h; DELETE FROM chains; INSERT INTO chains SELECT * FROM c");
	expect(l, &o, VERIFY_INCOMPLETE, VERIFY_SEEN_KEY);
	/* one that claims the key of the log, and was not signed by it, says nothing */
	seen.head[0].key_id = l->key.key.vkey.id;
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.seen_unknown, 1);
	verify_seen_clear(&seen);
	note_skey_clear(&next);
}

/* Everything back to before a chain was begun anew: its head, seen elsewhere, tells. */
static void
test_a_copy_from_before_a_later_chain(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);
	struct verify_seen seen;
	uint8_t boot_id[16];
	const char *reason;

	memset(boot_id, l->w->boot, sizeof(boot_id));
	change(l, "CREATE TABLE h AS SELECT * FROM heads; CREATE TABLE c AS SELECT * FROM chains");
	chain_free(l->chain);
	assert_int_equal(chain_new(&l->key, l->seal_dir, boot_id, &l->chain), SKS_OK);
	world_begin(l->w);
	assert_int_equal(
	    chain_start(l->chain, l->w->store, l->w->now, STORE_REWOUND, &reason), SKS_OK);
	assert_string_equal(reason, "rewound");
	commit(l);
	see_newest_head(l, &seen);
	o.seen = &seen;
	change(l, "DELETE FROM records WHERE seq > 302; DELETE FROM heads; INSERT INTO heads "
		  "SELECT * FROM h; DELETE FROM chains; INSERT INTO chains SELECT * FROM c");
	expect(l, &o, VERIFY_TAMPERED, VERIFY_CUT);
	o.live = false;
	expect(l, &o, VERIFY_STALE, VERIFY_OLDER);
	assert_int_equal(l->result.seen_heads, 1);
	/* anybody can write such a name */
	seen.head[0].signature[9] ^= 1;
	expect(l, &o, VERIFY_FINE, 0);
	verify_seen_clear(&seen);
}

/* The file of a run that was interrupted: as one would have left it after so many records. */
static void
test_a_run_goes_on(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);
	char kept[4096];
	FILE *file;
	size_t len;

	o.resume = l->resume;
	append(l, 3000); /* a place is kept every 1,024 records, and the first at once */
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.resumed, 0);
	assert_int_not_equal(access(l->resume, F_OK), 0); /* all done: nothing to go on from */
	/* a body at the end is false: the run ends, and the place before it is kept */
	change(l, "CREATE TABLE kept AS SELECT body FROM records WHERE seq = 3100;"
		  "UPDATE records SET body = x'7b7d' WHERE seq = 3100");
	expect(l, &o, VERIFY_TAMPERED, VERIFY_BODY);
	assert_int_equal(l->result.finding[0].seq, 3100);
	file = fopen(l->resume, "r");
	assert_non_null(file);
	len = fread(kept, 1, sizeof(kept) - 1, file);
	(void)fclose(file);
	assert_true(len > 0);
	/* what is found after going on is looked at once more from the beginning */
	expect(l, &o, VERIFY_TAMPERED, VERIFY_BODY);
	assert_int_equal(l->result.resumed, 0);
	/* and when all is well, only the rest is read */
	change(l, "UPDATE records SET body = (SELECT body FROM kept) WHERE seq = 3100");
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.resumed, 1024);
	assert_int_equal(l->result.bodies, 3302 - 1024);
	assert_int_not_equal(access(l->resume, F_OK), 0);
	/* a place in another log is none here */
	kept[len] = '\0';
	memcpy(strstr(kept, "root ") + 5, "AAAAAAAA", 8);
	file = fopen(l->resume, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(kept, 1, len, file), len);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fclose(file);
	expect(l, &o, VERIFY_FINE, 0);
	assert_int_equal(l->result.resumed, 0);
	assert_int_not_equal(access(l->resume, F_OK), 0);
	/* a file of somebody's is neither written nor taken away */
	file = fopen(l->resume, "w");
	assert_non_null(file);
	assert_true(fputs("precious\n", file) >= 0);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fclose(file);
	expect(l, &o, VERIFY_FINE, 0);
	file = fopen(l->resume, "r");
	assert_non_null(file);
	assert_non_null(fgets(kept, sizeof(kept), file));
	(void)fclose(file);
	assert_string_equal(kept, "precious\n");
}

static void
test_a_header_of_another_length(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	change(l, "UPDATE records SET header = x'01' WHERE seq = 20;"
		  "UPDATE records SET header = zeroblob(100000) WHERE seq = 40");
	expect(l, &o, VERIFY_TAMPERED, VERIFY_HEADER);
	assert_int_equal(l->result.finding[0].seq, 20);
	assert_int_equal(l->result.count[VERIFY_HEADER], 2);
}

/* Sums of such times would not fit. */
static void
test_a_header_with_a_time_that_no_clock_shows(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	change(l, "UPDATE records SET header = CAST(substr(header, 1, 33) ||"
		  " x'7fffffffffffff00' || substr(header, 42) AS BLOB) WHERE seq = 20");
	assert_int_equal(verify_run(l->w->store, &o, &l->result), SKS_OK);
	assert_int_equal(l->result.status, VERIFY_TAMPERED);
	assert_int_equal(l->result.count[VERIFY_HEADER], 1);
	assert_int_equal(l->result.count[VERIFY_CLOCK_BACK], 0); /* nothing is reckoned with it */
}

static void
append_with(struct log_world *l, uint16_t action, void (*put)(struct record *))
{
	uint8_t boot_id[16];
	struct record r;

	memset(boot_id, l->w->boot, sizeof(boot_id));
	world_begin(l->w);
	record_init(&r, event_by_action(action), l->w->now, boot_id, "success", "ok");
	put(&r);
	assert_int_equal(record_finish(&r), SKS_OK);
	assert_int_equal(store_append(l->w->store, &r), SKS_OK);
	record_clear(&r);
	commit(l);
}

static void
put_long_sleep(struct record *r)
{
	record_put_int(r, "sekisho.suspend.ms", INT64_MAX);
}

/* Whatever they say, what they excuse has an end that fits. */
static void
test_sleeps_longer_than_time(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	append_with(l, ACTION_SUSPEND, put_long_sleep);
	append_with(l, ACTION_SUSPEND, put_long_sleep);
	append_with(l, ACTION_SUSPEND, put_long_sleep);
	expect(l, &o, VERIFY_FINE, 0);
}

static void
put_long_period(struct record *r)
{
	static const char *const ranges[] = {"2-3"};

	record_put_str(r, "sekisho.retention.class", "access");
	record_put_int(r, "sekisho.retention.cutoff", INT64_MIN);
	record_put_int(r, "sekisho.retention.period", INT64_MAX);
	record_put_list(r, "sekisho.retention.ranges", ranges, 1);
}

static void
test_a_period_that_cannot_have_ended(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	append_with(l, ACTION_RETENTION, put_long_period);
	expect(l, &o, VERIFY_TAMPERED, VERIFY_DELETION);
}

static void
put_redacted(struct record *r)
{
	static const char *const records[] = {"5", "7-9"};

	record_put_list(r, "sekisho.restore.redacted", records, 2);
}

/* A statement that is not done holds the store as it was: what is written meanwhile piles up. */
static void
test_a_restore_is_not_read_on_and_on(void **state)
{
	struct log_world *l = *state;
	struct verify_options o = live(l);

	o.quick = true;
	append_with(l, ACTION_BACKUP_RESTORE, put_redacted);
	expect(l, &o, VERIFY_FINE, 0);
	assert_non_null(l->w->store->stmt[ST_ROW_GET]);
	assert_false(sqlite3_stmt_busy(l->w->store->stmt[ST_ROW_GET]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    VERIFY_TEST(test_a_log_in_use_is_whole),
	    VERIFY_TEST(test_a_log_in_use_is_not_silent),
	    VERIFY_TEST(test_a_head_that_went_further),
	    VERIFY_TEST(test_a_change_of_the_key_that_is_gone),
	    VERIFY_TEST(test_a_copy_from_before_a_change_of_the_key),
	    VERIFY_TEST(test_a_copy_from_before_a_later_chain),
	    VERIFY_TEST(test_a_run_goes_on),
	    VERIFY_TEST(test_a_header_of_another_length),
	    VERIFY_TEST(test_a_header_with_a_time_that_no_clock_shows),
	    VERIFY_TEST(test_sleeps_longer_than_time),
	    VERIFY_TEST(test_a_period_that_cannot_have_ended),
	    VERIFY_TEST(test_a_restore_is_not_read_on_and_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
