/*
 * Makes a log as the daemon does, on a clock of its own, much faster than time passes.
 *
 *	makelog DIR RECORDS [TURN [WHAT...]]
 *
 * DIR becomes a state directory: turns of TURN (64) records, seals when they are due, a restart
 *in another boot after half of them, a clean stop at the end. DIR/vkey, DIR/epoch_key,
 *DIR/log.key; DIR/seen: heads that were signed on the way, as a log of another host would have
 *them. Where DIR has a log already, it goes on under DIR/log.key.
 */
#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "audit/reanchor.h"
#include "error.h"
#include "store/keep.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEEN_EVERY = 2 };

static const char *dir;
static struct store *store;
static struct chain *chain;
static struct logkey key;
static struct note_skey auditor;
static struct instant now = {.wall_ms = INT64_C(1795324991042), .boot_ms = 60000};
static uint8_t boot_id[16], boot = 1;
static uint64_t made, turns;
static FILE *seen;

static void
check(int r, const char *what)
{
	if (r == SKS_OK)
		return;
	fprintf(stderr, "makelog: %s: %s (%s)\n", what, error_text(r),
	    store != NULL ? store_error(store) : "");
	exit(1);
}

static FILE *
file(const char *name, const char *mode)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, mode);
	return f;
}

/* ---- records ----------------------------------------------------------------------------- */

static const struct {
	uint16_t action;
	const char *outcome, *reason;
} kinds[] = {
    {ACTION_CODE, "success", "ok"},
    {ACTION_SESSION_OPEN, "success", "ok"},
    {ACTION_ATTEMPT, "failure", "locked"},
    {ACTION_FIRST_FACTOR, "failure", "wrong-password"},
    {ACTION_ACCOUNT, "success", "ok"},
    {ACTION_LOG_READ, "success", NULL},
    {ACTION_SESSION_CLOSE, "success", "ok"},
};

static void
append(const struct event_info *event, const char *outcome, const char *reason)
{
	static const char *const controls[] = {"AUTH-1", "LOG-2"};
	char text[64];
	struct record r;

	record_init(&r, event, now, boot_id, outcome, reason);
	if (event->retention == RETAIN_ACCESS) {
		(void)snprintf(text, sizeof(text), "user%llu", (unsigned long long)(made % 97));
		record_put_str(&r, "user.name", text);
		(void)snprintf(
		    text, sizeof(text), "192.0.2.%llu", (unsigned long long)(made % 251));
		record_put_str(&r, "source.ip", text);
		record_put_str(&r, "process.name", "sshd");
		record_put_int(&r, "process.pid", (int64_t)(1000 + made % 30000));
		record_put_int(&r, "user.id", (int64_t)(1000 + made % 97));
		record_put_str(&r, "sekisho.connection", "192.0.2.7 40022 198.51.100.1 22");
		record_put_str(&r, "sekisho.lane", "stranger");
		record_put_str(&r, "sekisho.rule", "remote-administration \"quoted\"");
	}
	record_put_str(&r, "sekisho.policy",
	    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
	record_put_list(&r, "sekisho.control", controls, 2);
	check(record_finish(&r), "record");
	check(store_append(store, &r), "append");
	record_clear(&r);
	made++;
}

static void
append_start(const char *word, uint64_t size, bool unclean)
{
	struct record r;

	record_init(&r, event_by_action(ACTION_DAEMON_START), now, boot_id, "success", word);
	record_put_int(&r, "sekisho.log.size", (int64_t)size);
	record_put_bool(&r, "sekisho.log.unclean", unclean);
	check(record_finish(&r), "record");
	check(store_append(store, &r), "append");
	record_clear(&r);
}

static void
append_sleep(int64_t slept_ms)
{
	struct record r;

	record_init(
	    &r, event_by_action(ACTION_SUSPEND), now, boot_id, "unknown", "host-suspended");
	record_put_int(&r, "sekisho.suspend.ms", slept_ms);
	check(record_finish(&r), "record");
	check(store_append(store, &r), "append");
	record_clear(&r);
}

/* ---- turns ------------------------------------------------------------------------------- */

static void
begin(void)
{
	(void)store_space(store);
	check(store_begin(store, now), "begin");
}

static void
commit(void)
{
	check(chain_turn(chain, store, now), "chain");
	check(store_commit(store), "commit");
	chain_committed(chain);
	while (store_index_due(store) != STORE_INDEX_DONE) {
		begin();
		check(store_index(store), "index");
		check(store_commit(store), "commit");
	}
	if (store_checkpoint_due(store))
		check(store_checkpoint(store), "checkpoint");
}

/* As rsyslog writes what it received: newlines escaped, all in one line. */
static void
note_head(void)
{
	struct chain_status status;
	struct buf note;
	uint64_t size;

	chain_status(chain, &status);
	buf_init(&note, 4096);
	check(store_head_newest(store, status.id, &size, &note), "head");
	fprintf(seen, "Nov 22 05:23:11 host sekisho-policyd[812]: head ");
	for (size_t i = 0; i < note.len; i++) {
		if (note.data[i] == '\n')
			fputs("#012", seen);
		else
			fputc(note.data[i], seen);
	}
	fputc('\n', seen);
	buf_clear(&note);
}

static void
turn(uint64_t count)
{
	begin();
	for (uint64_t i = 0; i < count; i++) {
		const size_t n = sizeof(kinds) / sizeof(kinds[0]);
		const struct event_info *event = event_by_action(kinds[made % n].action);

		append(event, kinds[made % n].outcome, kinds[made % n].reason);
		now.wall_ms += 11;
		now.boot_ms += 11;
	}
	commit();
	if (++turns % SEEN_EVERY == 0)
		note_head();
	if (!chain_seal_due(chain, now))
		return;
	begin();
	check(chain_seal(chain, store, now), "seal");
	commit();
}

static void
stop(void)
{
	begin();
	append(event_by_action(ACTION_DAEMON_STOP), "success", "clean");
	commit();
	begin();
	check(chain_seal(chain, store, now), "seal");
	commit();
	note_head();
	chain_free(chain);
	chain = NULL;
	store_close(store);
	store = NULL;
}

static void
start(void)
{
	struct store_options o = {.dir = dir, .reserve_bytes = 1 << 20};
	char seal_dir[4096];
	const char *reason = NULL;
	enum store_start how;
	uint64_t size;

	memset(boot_id, boot, sizeof(boot_id));
	memcpy(o.boot_id, boot_id, sizeof(boot_id));
	check(store_open(&o, &store, &how), "open");
	(void)snprintf(seal_dir, sizeof(seal_dir), "%s/seal", dir);
	check(chain_new(&key, seal_dir, boot_id, &chain), "chain");
	begin();
	if (how == STORE_UNVOUCHED)
		check(store_floor_raise(store, now.wall_ms, 1), "floor");
	check(chain_start(chain, store, now, how, &reason), "chain_start");
	check(store_log_size(store, &size), "size");
	append_start("clean", size, reason != NULL);
	commit();
}

/* ---- what happens in the middle ---------------------------------------------------------- */

static int
read_class(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	uint8_t *class = context;

	(void)seq;
	*class = header[41];
	return SKS_OK;
}

static void
destroy(const char *what)
{
	bool keep = strcmp(what, "kept") == 0, early = strcmp(what, "false-retention") == 0;
	const char *const range[] = {"20-60", "64"};
	const int64_t period = 1000;
	struct record r;

	begin();
	for (uint64_t seq = 20; !keep && seq <= 64; seq++) {
		uint8_t class = RETAIN_COUNT;

		check(store_headers(store, seq, seq, read_class, &class), "header");
		if ((seq <= 60 || seq == 64) && class == RETAIN_ACCESS)
			check(store_erase(store, seq), "erase");
	}
	record_init(&r, event_by_action(ACTION_RETENTION), now, boot_id, "success", "ok");
	record_put_str(&r, "sekisho.retention.class", "access");
	record_put_int(&r, "sekisho.retention.period", early ? 86400000 : period);
	record_put_int(&r, "sekisho.retention.cutoff", now.wall_ms - period);
	record_put_list(&r, "sekisho.retention.ranges", range, 2);
	check(record_finish(&r), "record");
	check(store_append(store, &r), "append");
	record_clear(&r);
	commit();
}

static void
redact(void)
{
	struct record r;

	begin();
	check(store_erase(store, 70), "erase");
	record_init(&r, event_by_action(ACTION_REDACT), now, boot_id, "success", "ok");
	record_put_str(&r, "sekisho.request", "X-1");
	record_put_int(&r, "sekisho.request.record", 70);
	check(record_finish(&r), "record");
	check(store_append(store, &r), "append");
	record_clear(&r);
	commit();
}

static void
rotate(void)
{
	struct note_skey next;
	struct secret text;
	FILE *f;

	check(note_skey_new(key.key.vkey.name, NOTE_ED25519, &next), "key");
	begin();
	check(chain_rotate(chain, store, now, &next), "rotate");
	commit();
	check(note_skey_format(&next, &text), "key");
	f = file("log.key", "w");
	if (f == NULL || fprintf(f, "%s\n", (char *)text.bytes) < 0 || fclose(f) != 0)
		exit(1);
	key.key = next;
	note_skey_clear(&next);
}

static void
anchor(const struct note_skey *signer)
{
	static struct reanchor wanted;
	struct record r;
	struct buf note;

	begin();
	check(reanchor_find(store, &wanted), "reanchor");
	buf_init(&note, 8192);
	check(note_sign(signer, 0, wanted.text, strlen(wanted.text), &note), "sign");
	buf_put_u8(&note, 0);
	record_init(&r, event_by_action(ACTION_REANCHOR), now, boot_id, "success", NULL);
	record_put_str(&r, "sekisho.log.note", (const char *)note.data);
	buf_clear(&note);
	check(record_finish(&r), "record");
	check(store_append(store, &r), "append");
	record_clear(&r);
	check(reanchor_done(store, &wanted), "done");
	commit();
}

static void
pass(int64_t wall_ms, int64_t boot_ms)
{
	now.wall_ms += wall_ms;
	now.boot_ms += boot_ms;
}

static void
happen(const char *what)
{
	const int64_t hour = 3600000;

	if (strstr(what, "retention") != NULL || strcmp(what, "kept") == 0) {
		destroy(what);
	} else if (strcmp(what, "redact") == 0) {
		redact();
	} else if (strcmp(what, "rotate") == 0) {
		rotate();
	} else if (strcmp(what, "new-chain") == 0) {
		begin();
		check(store_meta_set(store, "chain.begin", "restored"), "meta");
		commit();
		stop();
		start();
	} else if (strcmp(what, "anchor") == 0) {
		anchor(&auditor);
	} else if (strcmp(what, "false-anchor") == 0) {
		anchor(&key.key);
	} else if (strcmp(what, "clock-back") == 0 || strcmp(what, "clock-step") == 0) {
		pass(-hour, 0);
		if (strcmp(what, "clock-step") == 0) {
			begin();
			append(
			    event_by_action(ACTION_CLOCK_STEP), "unknown", "wall-clock-jump");
			commit();
		}
		turn(40);
	} else if (strcmp(what, "gap") == 0 || strcmp(what, "sleep") == 0) {
		pass(hour, hour);
		begin();
		if (strcmp(what, "sleep") == 0)
			append_sleep(hour);
		commit();
		turn(1);
	} else if (strcmp(what, "crash") == 0) {
		chain_free(chain);
		store_close(store);
		start();
	} else {
		fprintf(stderr, "makelog: nothing is called %s\n", what);
		exit(2);
	}
}

static void
reboot(void)
{
	boot++;
	now.wall_ms += 90000;
	now.boot_ms = 30000;
}

/* Where an earlier run stopped. */
static void
recall(void)
{
	FILE *f = file("clock", "r");
	long long wall;

	if (f == NULL)
		return;
	if (fscanf(f, "%lld %hhu", &wall, &boot) != 2)
		exit(1);
	fclose(f);
	now.wall_ms = wall;
	reboot();
}

static void
remember(void)
{
	FILE *f = file("clock", "w");

	if (f == NULL || fprintf(f, "%lld %u\n", (long long)now.wall_ms, boot) < 0 ||
	    fclose(f) != 0)
		exit(1);
}

/* ---- the keys ---------------------------------------------------------------------------- */

static void
load_key(const char *name, const char *origin, struct note_skey *out)
{
	char line[SECRET_MAX];
	FILE *f = file(name, "r");
	struct secret text;

	if (f != NULL) {
		if (fgets(line, sizeof(line), f) == NULL ||
		    secret_set_str(&text, line) != SKS_OK)
			exit(1);
		check(note_skey_parse(&text, out), name);
		fclose(f);
		return;
	}
	check(note_skey_new(origin, NOTE_ED25519, out), "key");
	check(note_skey_format(out, &text), "key");
	f = file(name, "w");
	if (f == NULL || fprintf(f, "%s\n", (char *)text.bytes) < 0 || fclose(f) != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	char vkey[NOTE_VKEY_SIZE];
	uint64_t count, each;
	FILE *f;

	if (argc < 3)
		return 2;
	dir = argv[1];
	count = strtoull(argv[2], NULL, 10);
	each = argc > 3 ? strtoull(argv[3], NULL, 10) : 64;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return 1;
	load_key("log.key", "host.example/0123456789abcdef/audit", &key.key);
	load_key("auditor.key", "auditor.example/2026", &auditor);
	note_vkey_format(&auditor.vkey, key.auditor);
	seen = file("seen", "a");
	note_vkey_format(&key.key.vkey, vkey);
	f = file("vkey", "w");
	if (seen == NULL || f == NULL || fputs(vkey, f) < 0 || fclose(f) != 0)
		return 1;
	recall();
	start();
	while (made < count / 2)
		turn(each);
	for (int i = 4; i < argc; i++)
		happen(argv[i]);
	stop();
	reboot();
	start();
	while (made < count)
		turn(each < count - made ? each : count - made);
	stop();
	remember();
	fclose(seen);
	logkey_clear(&key);
	note_skey_clear(&auditor);
	return 0;
}
