/* The chain over a real store: heads, seals, restarts, and when a new chain must begin. */
#include "store_fixture.h"

#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "audit/epoch.h"
#include "audit/reanchor.h"
#include "audit/tree.h"
#include <jansson.h>
#include <openssl/evp.h>

struct log_world {
	struct world *w;
	struct logkey key;
	struct chain *chain;
	char seal_dir[128];
	const char *reason;
};

static void
chain_up(struct log_world *l)
{
	uint8_t boot_id[16];

	memset(boot_id, l->w->boot, sizeof(boot_id));
	assert_int_equal(chain_new(&l->key, l->seal_dir, boot_id, &l->chain), SKS_OK);
	world_begin(l->w);
	if (l->w->start == STORE_UNVOUCHED || l->w->start == STORE_REWOUND)
		assert_int_equal(store_floor_raise(l->w->store, l->w->now.wall_ms, 1), SKS_OK);
	assert_int_equal(
	    chain_start(l->chain, l->w->store, l->w->now, l->w->start, &l->reason), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
}

static int
setup(void **state)
{
	struct log_world *l = calloc(1, sizeof(*l));

	if (l == NULL || world_setup((void **)&l->w) != 0)
		return -1;
	(void)snprintf(l->seal_dir, sizeof(l->seal_dir), "%s/seal", l->w->dir);
	*state = l;
	if (note_skey_new("host/0123456789abcdef/audit", NOTE_ED25519, &l->key.key) != SKS_OK)
		return -1;
	chain_up(l);
	return 0;
}

static int
teardown(void **state)
{
	struct log_world *l = *state;
	char command[160];

	chain_free(l->chain);
	logkey_clear(&l->key);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", l->seal_dir);
	if (system(command) != 0)
		return -1;
	(void)world_teardown((void **)&l->w);
	free(l);
	return 0;
}

#define CHAIN_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void
append(struct log_world *l, int count)
{
	uint8_t boot_id[16];
	struct record r;

	memset(boot_id, l->w->boot, sizeof(boot_id));
	for (int i = 0; i < count; i++) {
		record_init(
		    &r, event_by_action(ACTION_CODE), l->w->now, boot_id, "success", "ok");
		record_put_int(&r, "test.number", i);
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(l->w->store, &r), SKS_OK);
		record_clear(&r);
	}
}

/* Turns of at most 2,000 records each, as the daemon does them. */
static void
turn(struct log_world *l, int count)
{
	do {
		int some = count < 2000 ? count : 2000;

		assert_int_equal(store_space(l->w->store), STORE_SPACE_OK);
		world_begin(l->w);
		append(l, some);
		assert_int_equal(chain_turn(l->chain, l->w->store, l->w->now), SKS_OK);
		world_commit(l->w);
		chain_committed(l->chain);
		count -= some;
	} while (count > 0);
}

static void
seal(struct log_world *l)
{
	world_begin(l->w);
	assert_int_equal(chain_seal(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
}

static void
restart(struct log_world *l)
{
	chain_free(l->chain);
	l->chain = NULL;
	world_close(l->w);
	assert_int_equal(world_open(l->w), SKS_OK);
	chain_up(l);
}

static uint64_t
log_size(struct log_world *l)
{
	uint64_t size;

	assert_int_equal(store_log_size(l->w->store, &size), SKS_OK);
	return size;
}

static int
push_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct merkle_hash leaf;

	(void)seq;
	assert_int_equal(merkle_leaf(header, RECORD_HEADER_SIZE, &leaf), SKS_OK);
	return merkle_push(context, &leaf);
}

/* The newest head is signed, has this size, and its root is that of the headers read again. */
static void
assert_head(struct log_world *l, uint64_t size)
{
	struct merkle_frontier all = {0};
	struct chain_status status;
	struct checkpoint head;
	struct merkle_hash root;
	struct note_vkey vkey;
	struct buf note;
	uint64_t stored;

	chain_status(l->chain, &status);
	assert_int_equal(status.head_size, size);
	assert_int_equal(note_vkey_parse(status.vkey, &vkey), SKS_OK);
	buf_init(&note, 4096);
	assert_int_equal(store_head_newest(l->w->store, status.id, &stored, &note), SKS_OK);
	assert_int_equal(stored, size);
	assert_int_equal(checkpoint_open(note.data, note.len, &vkey, &head), SKS_OK);
	buf_clear(&note);
	assert_string_equal(head.origin, status.origin);
	assert_int_equal(head.size, size);
	assert_int_equal(store_headers(l->w->store, status.first, status.first + size - 1,
			     push_header, &all),
	    SKS_OK);
	assert_int_equal(merkle_root(&all, &root), SKS_OK);
	assert_true(merkle_equal(&root, &head.root));
}

/* The last record of an action; the caller frees the object. */
static json_t *
last_body(struct log_world *l, const char *event)
{
	struct log_filter filter = {.event = event, .newest_first = true};
	struct log_cursor *c;
	struct log_row row;
	json_t *body;

	assert_int_equal(store_log_open(l->w->store, &filter, 0, &c), SKS_OK);
	assert_int_equal(store_log_step(c, &row), 1);
	body = json_loadb(row.body, row.body_len, 0, NULL);
	store_log_close(c);
	assert_non_null(body);
	return body;
}

static const char *
text_of(const json_t *body, const char *key)
{
	const char *text = json_string_value(json_object_get(body, key));

	assert_non_null(text);
	return text;
}

static void
decode64(const char *text, uint8_t *out, size_t size)
{
	uint8_t raw[128];
	size_t len = strlen(text);

	assert_true(len <= 128);
	assert_true(EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len) >= (int)size);
	memcpy(out, raw, size);
}

static void
begins_with_a_record_of_its_own(void **state)
{
	struct log_world *l = *state;
	json_t *body = last_body(l, "log.begin");

	assert_string_equal(l->reason, "first");
	assert_string_equal(text_of(body, "sekisho.log.origin"), "host/0123456789abcdef/audit");
	assert_null(json_object_get(body, "sekisho.log.previous.origin"));
	json_decref(body);
	assert_head(l, 1);
}

static void
signs_with_the_64th_record_in_the_same_commit(void **state)
{
	struct log_world *l = *state;

	turn(l, HEAD_RECORDS - 1);
	assert_head(l, 1);
	turn(l, 1);
	assert_head(l, 1 + HEAD_RECORDS);
	turn(l, 0);
	turn(l, 200);
	assert_head(l, 201 + HEAD_RECORDS);
}

static void
signs_after_a_while(void **state)
{
	struct log_world *l = *state;

	assert_false(chain_head_due(l->chain, l->w->now));
	turn(l, 1);
	world_pass(l->w, HEAD_AGE_MS - 1);
	turn(l, 1); /* the first one's age counts */
	assert_false(chain_head_due(l->chain, l->w->now));
	world_pass(l->w, 1);
	assert_true(chain_head_due(l->chain, l->w->now));
	world_begin(l->w);
	assert_int_equal(chain_sign(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
	assert_head(l, 3);
	assert_false(chain_head_due(l->chain, l->w->now));
}

static void
an_undone_turn_leaves_no_trace(void **state)
{
	struct log_world *l = *state;

	turn(l, 300);
	world_begin(l->w);
	append(l, 500);
	assert_int_equal(chain_turn(l->chain, l->w->store, l->w->now), SKS_OK);
	store_rollback(l->w->store);
	chain_undone(l->chain);
	assert_head(l, 301);
	turn(l, 100);
	assert_head(l, 401);
}

/* One job of a turn is undone after another one signed: the store keeps that head, and the tree
 * is made again from the records. */
static void
a_job_undone_alone_keeps_the_tree_right(void **state)
{
	struct log_world *l = *state;

	turn(l, 200);
	world_begin(l->w);
	append(l, 100);
	assert_int_equal(chain_sign(l->chain, l->w->store, l->w->now), SKS_OK);
	assert_int_equal(store_mark(l->w->store), SKS_OK);
	append(l, 300);
	assert_int_equal(chain_sign(l->chain, l->w->store, l->w->now), SKS_OK);
	chain_undone(l->chain);
	assert_int_equal(store_unmark(l->w->store), SKS_OK);
	append(l, 70);
	assert_int_equal(chain_turn(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
	assert_head(l, 371);
	restart(l);
	assert_null(l->reason);
	turn(l, 64);
	assert_head(l, 435);
}

/* Sizes around those where subtrees fill, each also after a start that reads the tree back. */
static void
the_tree_grows_and_is_found_again(void **state)
{
	static const int step[] = {254, 64, 200, 1500, 65536 - 2075, 64, 300};
	struct log_world *l = *state;
	uint64_t size = 1;

	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		turn(l, step[i]);
		size += (uint64_t)step[i];
		assert_head(l, size);
		restart(l);
		assert_null(l->reason);
		assert_head(l, size);
	}
}

/* A proof made from nodes and headers holds against the signed root. */
static void
proves_single_records(void **state)
{
	struct log_world *l = *state;
	struct tree_source source = {.store = l->w->store};
	struct merkle_frontier all = {0};
	struct merkle_hash root, leaf;
	struct merkle_proof proof;

	turn(l, 70000);
	assert_int_equal(store_chain(l->w->store, 0, &source.chain), SKS_OK);
	assert_int_equal(store_headers(l->w->store, 1, 70001, push_header, &all), SKS_OK);
	assert_int_equal(merkle_root(&all, &root), SKS_OK);
	for (uint64_t i = 0; i < 70001; i += 6997) {
		assert_int_equal(
		    merkle_prove_inclusion(70001, i, tree_subtree, &source, &proof), SKS_OK);
		assert_int_equal(tree_subtree(&source, 0, i, &leaf), SKS_OK);
		assert_int_equal(
		    merkle_verify_inclusion(&proof, 70001, i, &leaf, &root), SKS_OK);
	}
}

/* ---- seals ------------------------------------------------------------------------------- */

static int
key_files(const struct log_world *l)
{
	char command[192];
	FILE *p;
	int n = -1;

	(void)snprintf(command, sizeof(command), "ls -A '%s' | wc -l", l->seal_dir);
	p = popen(command, "r");
	assert_non_null(p);
	assert_int_equal(fscanf(p, "%d", &n), 1);
	(void)pclose(p);
	return n;
}

static void
read_time(const json_t *body, const char *word, struct epoch_time *t)
{
	char key[64];
	const char *hex;

	(void)snprintf(key, sizeof(key), "sekisho.seal.%s.wall", word);
	t->wall_ms = json_integer_value(json_object_get(body, key));
	(void)snprintf(key, sizeof(key), "sekisho.seal.%s.boot", word);
	t->boot_ms = json_integer_value(json_object_get(body, key));
	(void)snprintf(key, sizeof(key), "sekisho.seal.%s.boot_id", word);
	hex = text_of(body, key);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &t->boot_id[i]), 1);
}

/* The newest seal verifies under "public", which becomes the key of the next epoch. */
static void
assert_seal(
    struct log_world *l, uint64_t epoch, uint64_t size, uint8_t public[ED25519_KEY_SIZE])
{
	json_t *body = last_body(l, "log.seal");
	struct chain_status status;
	struct seal_statement s = {0};
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	struct buf text;

	chain_status(l->chain, &status);
	s.origin = status.origin;
	s.epoch = (uint64_t)json_integer_value(json_object_get(body, "sekisho.seal.epoch"));
	s.size = (uint64_t)json_integer_value(json_object_get(body, "sekisho.seal.size"));
	decode64(text_of(body, "sekisho.seal.root"), s.root.bytes, sizeof(s.root.bytes));
	decode64(text_of(body, "sekisho.seal.next"), s.next, sizeof(s.next));
	decode64(text_of(body, "sekisho.seal.signature"), signature, sizeof(signature));
	read_time(body, "from", &s.from);
	read_time(body, "to", &s.to);
	assert_int_equal(s.epoch, epoch);
	assert_int_equal(s.size, size);
	buf_init(&text, 4096);
	seal_text(&s, &text);
	assert_int_equal(ed25519_verify(public, text.data, text.len, signature), SKS_OK);
	buf_clear(&text);
	memcpy(public, s.next, ED25519_KEY_SIZE);
	json_decref(body);
}

static void
seals_hand_over_from_key_to_key(void **state)
{
	struct log_world *l = *state;
	uint8_t public[ED25519_KEY_SIZE];
	json_t *body = last_body(l, "log.begin");

	decode64(text_of(body, "sekisho.log.epoch_key"), public, sizeof(public));
	json_decref(body);
	for (uint64_t epoch = 0; epoch < 5; epoch++) {
		uint64_t size;

		turn(l, (int)epoch * 100); /* an epoch without a record is one too */
		size = log_size(l);
		world_pass(l->w, EPOCH_AGE_MS);
		assert_true(chain_seal_due(l->chain, l->w->now));
		seal(l);
		assert_false(chain_seal_due(l->chain, l->w->now));
		assert_seal(l, epoch, size, public);
		assert_head(l, size + 1); /* the seal itself has a head, too */
		assert_int_equal(key_files(l), 1);
		if (epoch == 2)
			restart(l);
		assert_true(l->reason == NULL || epoch < 2);
	}
}

static void
many_records_close_an_epoch(void **state)
{
	struct log_world *l = *state;

	turn(l, EPOCH_RECORDS - 2); /* and log.begin */
	assert_false(chain_seal_due(l->chain, l->w->now));
	turn(l, 64);
	assert_true(chain_seal_due(l->chain, l->w->now));
}

/* Killed before the commit of a seal: the epoch's key must still be there, and the next one's
 * that was made for nothing goes. */
static void
a_crash_while_sealing_continues_the_chain(void **state)
{
	struct log_world *l = *state;

	turn(l, 10);
	world_begin(l->w);
	assert_int_equal(chain_seal(l->chain, l->w->store, l->w->now), SKS_OK);
	assert_int_equal(key_files(l), 2);
	store_rollback(l->w->store);
	restart(l);
	assert_null(l->reason);
	assert_int_equal(key_files(l), 1);
	seal(l);
	turn(l, 3);

	/* and after the commit, before the old key was destroyed */
	world_begin(l->w);
	assert_int_equal(chain_seal(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	assert_int_equal(key_files(l), 2);
	restart(l);
	assert_null(l->reason);
	assert_int_equal(key_files(l), 1);
}

static void
another_boot_closes_the_epoch_soon(void **state)
{
	struct log_world *l = *state;

	turn(l, 5);
	chain_free(l->chain);
	world_reboot(l->w, 3600000);
	chain_up(l);
	assert_null(l->reason);
	assert_true(chain_seal_due(l->chain, l->w->now));
}

/* ---- new chains -------------------------------------------------------------------------- */

static void
assert_new_chain(struct log_world *l, const char *reason, uint64_t old_size)
{
	json_t *body = last_body(l, "log.begin");
	struct chain_status status;

	assert_non_null(l->reason);
	assert_string_equal(l->reason, reason);
	assert_string_equal(
	    text_of(body, "sekisho.log.previous.origin"), "host/0123456789abcdef/audit");
	assert_int_equal(
	    json_integer_value(json_object_get(body, "sekisho.log.previous.size")), old_size);
	json_decref(body);
	chain_status(l->chain, &status);
	assert_int_equal(status.id, 2);
	assert_int_equal(status.first, old_size + 1);
	assert_string_not_equal(status.origin, "host/0123456789abcdef/audit");
	assert_head(l, 1);
	assert_int_equal(key_files(l), 1);
	turn(l, 700);
	assert_head(l, 701);
	restart(l);
	assert_null(l->reason);
	assert_head(l, 701);
}

static void
a_lost_epoch_key_begins_a_new_chain(void **state)
{
	struct log_world *l = *state;
	char command[160];

	turn(l, 100);
	(void)snprintf(command, sizeof(command), "rm '%s'/*", l->seal_dir);
	assert_int_equal(system(command), 0);
	restart(l);
	assert_new_chain(l, "seal-lost", 101);
}

static void
another_epoch_key_begins_a_new_chain(void **state)
{
	struct log_world *l = *state;
	char command[192];

	turn(l, 100);
	(void)snprintf(
	    command, sizeof(command), "head -c 32 /dev/zero > '%s/1.0'", l->seal_dir);
	assert_int_equal(system(command), 0);
	restart(l);
	assert_new_chain(l, "seal-lost", 101);
}

static void
another_log_key_begins_a_new_chain(void **state)
{
	struct log_world *l = *state;
	json_t *body;

	turn(l, 20);
	note_skey_clear(&l->key.key);
	assert_int_equal(
	    note_skey_new("host/fedcba9876543210/audit", NOTE_ED25519, &l->key.key), SKS_OK);
	l->key.start = LOGKEY_MADE;
	restart(l);
	body = last_body(l, "log.begin");
	assert_string_equal(text_of(body, "sekisho.log.origin"), "host/fedcba9876543210/audit");
	json_decref(body);
	l->key.start = LOGKEY_READ;
	assert_new_chain(l, "key-lost", 21);
}

/* The key cannot be replaced: the chain is this machine's own all the same, and begun once. */
static void
a_clone_under_the_same_key_begins_a_new_chain(void **state)
{
	struct log_world *l = *state;

	turn(l, 20);
	l->key.start = LOGKEY_FOREIGN;
	(void)snprintf(l->key.machine, sizeof(l->key.machine), "another machine");
	restart(l);
	assert_new_chain(l, "cloned", 21);
}

/* And where the clone has no store: its first chain has no right to the name of the key. */
static void
a_clone_without_a_store_takes_another_name(void **state)
{
	struct log_world *l = *state;
	struct chain_status status;
	char command[320];

	chain_free(l->chain);
	world_close(l->w);
	(void)snprintf(
	    command, sizeof(command), "rm '%s'/sekisho.db* '%s'", l->w->dir, l->w->generation);
	assert_int_equal(system(command), 0);
	l->key.start = LOGKEY_FOREIGN;
	assert_int_equal(world_open(l->w), SKS_OK);
	chain_up(l);
	assert_string_equal(l->reason, "first");
	chain_status(l->chain, &status);
	assert_memory_equal(status.origin, "host/0123456789abcdef/audit/", 28);
}

static void
a_rewound_store_begins_a_new_chain(void **state)
{
	struct log_world *l = *state;
	char command[512];

	turn(l, 10);
	chain_free(l->chain);
	world_close(l->w);
	(void)snprintf(command, sizeof(command), "cp -a '%s' '%s.old'", l->w->dir, l->w->dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(world_open(l->w), SKS_OK);
	chain_up(l);
	turn(l, 10);
	turn(l, 10);
	turn(l, 10);
	chain_free(l->chain);
	world_close(l->w);
	(void)snprintf(command, sizeof(command),
	    "cp -a '%s.old'/sekisho.db* '%s'/ && rm -r '%s.old'", l->w->dir, l->w->dir,
	    l->w->dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(world_open(l->w), SKS_OK);
	assert_int_equal(l->w->start, STORE_REWOUND);
	chain_up(l);
	assert_new_chain(l, "rewound", 11);
}

/* ---- another log key --------------------------------------------------------------------- */

static void
rotate_key(struct log_world *l, bool commit)
{
	if (!l->key.has_next)
		assert_int_equal(
		    note_skey_new(l->key.key.vkey.name, NOTE_ED25519, &l->key.next), SKS_OK);
	l->key.has_next = true;
	world_begin(l->w);
	assert_int_equal(chain_rotate(l->chain, l->w->store, l->w->now, &l->key.next), SKS_OK);
	if (commit) {
		world_commit(l->w);
		chain_committed(l->chain);
	} else {
		store_rollback(l->w->store);
		chain_undone(l->chain);
	}
	assert_true(chain_has_key(l->chain, commit ? &l->key.next : &l->key.key));
}

/* The file after the command is done: the new key alone. */
static void
forget_old_key(struct log_world *l)
{
	l->key.key = l->key.next;
	note_skey_clear(&l->key.next);
	l->key.has_next = false;
}

static void
a_new_key_is_signed_for_by_the_old_one(void **state)
{
	struct log_world *l = *state;
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	char text[1024], old[NOTE_VKEY_SIZE], new[NOTE_VKEY_SIZE];
	json_t *body;

	turn(l, 10);
	note_vkey_format(&l->key.key.vkey, old);
	rotate_key(l, true);
	note_vkey_format(&l->key.next.vkey, new);
	assert_head(l, 12); /* by the new key, over its own record too */
	body = last_body(l, "log.key");
	assert_string_equal(text_of(body, "sekisho.log.vkey"), new);
	assert_string_equal(text_of(body, "sekisho.log.previous_vkey"), old);
	assert_int_equal(json_integer_value(json_object_get(body, "sekisho.log.size")), 11);
	decode64(text_of(body, "sekisho.log.signature"), signature, sizeof(signature));
	(void)snprintf(text, sizeof(text), "sekisho/log-key/v1\n%s\n11\n%s\n",
	    "host/0123456789abcdef/audit", new);
	assert_int_equal(
	    ed25519_verify(l->key.key.vkey.key, text, strlen(text), signature), SKS_OK);
	json_decref(body);
	/* neither the same key again, nor one of another name */
	assert_int_equal(
	    chain_rotate(l->chain, l->w->store, l->w->now, &l->key.next), SKS_INVALID);
	forget_old_key(l);
	turn(l, 200);
	assert_head(l, 212);
	seal(l);
	rotate_key(l, true);
	restart(l);
	assert_null(l->reason);
}

/* Killed before the file is written again, after it, or before the commit. */
static void
a_new_key_survives_a_crash(void **state)
{
	struct log_world *l = *state;

	turn(l, 10);
	rotate_key(l, false);
	assert_head(l, 1);
	restart(l); /* the file names a next one that the log does not know */
	assert_null(l->reason);
	assert_true(chain_has_key(l->chain, &l->key.key));
	rotate_key(l, true);
	restart(l); /* the file still has both */
	assert_null(l->reason);
	assert_true(chain_has_key(l->chain, &l->key.next));
	turn(l, 100);
	assert_head(l, 112);
	forget_old_key(l);
	restart(l);
	assert_null(l->reason);
	turn(l, 100);
	assert_head(l, 212);
}

static void
an_old_key_put_back_begins_a_new_chain(void **state)
{
	struct log_world *l = *state;
	uint64_t before;

	turn(l, 10);
	rotate_key(l, true);
	l->key.has_next = false; /* the file of before, from a backup */
	before = log_size(l);
	restart(l);
	assert_new_chain(l, "key-lost", before);
}

/* ---- an auditor -------------------------------------------------------------------------- */

static int
sign_and_check(const struct reanchor *wanted, const struct note_skey *by, const char *text)
{
	struct buf note;
	int r;

	buf_init(&note, 8192);
	assert_int_equal(note_sign(by, 0, text, strlen(text), &note), SKS_OK);
	r = reanchor_check(wanted, note.data, note.len);
	buf_clear(&note);
	return r;
}

static void
an_auditor_vouches_for_a_new_chain(void **state)
{
	struct log_world *l = *state;
	struct note_skey auditor, stranger;
	char vkey[NOTE_VKEY_SIZE], other[REANCHOR_TEXT_MAX];
	struct reanchor wanted;
	json_t *begin;

	assert_int_equal(reanchor_find(l->w->store, &wanted), SKS_NOT_FOUND);
	assert_int_equal(note_skey_new("auditor", NOTE_ED25519, &auditor), SKS_OK);
	assert_int_equal(note_skey_new("auditor", NOTE_ED25519, &stranger), SKS_OK);
	turn(l, 10);
	/* named only now, when a new chain begins: that counts for nothing */
	note_vkey_format(&stranger.vkey, l->key.auditor);
	note_skey_clear(&l->key.key);
	assert_int_equal(note_skey_new("host/1/audit", NOTE_ED25519, &l->key.key), SKS_OK);
	restart(l);
	assert_string_equal(l->reason, "key-lost");
	assert_int_equal(reanchor_find(l->w->store, &wanted), SKS_OK);
	assert_string_equal(wanted.auditor, "");
	assert_int_equal(sign_and_check(&wanted, &stranger, wanted.text), SKS_DENIED);
	begin = last_body(l, "log.begin");
	assert_non_null(
	    strstr(wanted.text, "sekisho/reanchor/v1\nhost/0123456789abcdef/audit\n11\n"));
	assert_non_null(strstr(wanted.text, text_of(begin, "sekisho.log.previous.root")));
	assert_non_null(strstr(wanted.text, text_of(begin, "sekisho.log.vkey")));
	json_decref(begin);
	/* as if the first record had named one */
	note_vkey_format(&auditor.vkey, vkey);
	(void)snprintf(wanted.auditor, sizeof(wanted.auditor), "%s", vkey);
	assert_int_equal(sign_and_check(&wanted, &auditor, wanted.text), SKS_OK);
	assert_int_equal(sign_and_check(&wanted, &stranger, wanted.text), SKS_DENIED);
	(void)snprintf(other, sizeof(other), "%s", wanted.text);
	other[sizeof("sekisho/reanchor/v1\nhost") + 3] ^= 1;
	assert_int_equal(sign_and_check(&wanted, &auditor, other), SKS_INVALID);
	assert_int_equal(reanchor_check(&wanted, "nonsense", 8), SKS_INVALID);
	world_begin(l->w);
	assert_int_equal(reanchor_done(l->w->store, &wanted), SKS_OK);
	world_commit(l->w);
	assert_int_equal(reanchor_find(l->w->store, &wanted), SKS_NOT_FOUND);
	note_skey_clear(&auditor);
	note_skey_clear(&stranger);
}

static void
the_file_is_read_back(void **state)
{
	char machine[LOGKEY_MACHINE_SIZE];
	struct logkey k = {.made_ms = 1795326526347, .next_made_ms = 7}, back;
	struct buf file;
	uint8_t *whole;

	(void)state;
	assert_int_equal(note_skey_new("host/1/audit", NOTE_ED25519, &k.key), SKS_OK);
	assert_int_equal(note_skey_new("host/1/audit", NOTE_ED25519, &k.next), SKS_OK);
	(void)snprintf(k.machine, sizeof(k.machine), "00112233445566778899aabbccddeeff");
	for (int next = 0; next < 2; next++) {
		k.has_next = next == 1;
		buf_init(&file, 4096);
		logkey_format(&k, &file);
		assert_int_equal(buf_error(&file), SKS_OK);
		assert_int_equal(logkey_parse(file.data, file.len, &back, machine), SKS_OK);
		assert_string_equal(machine, k.machine);
		assert_true(note_vkey_equal(&back.key.vkey, &k.key.vkey));
		assert_int_equal(back.made_ms, k.made_ms);
		assert_int_equal(back.has_next, k.has_next);
		assert_int_equal(back.next_made_ms, next == 1 ? 7 : 0);
		assert_true(!k.has_next || note_vkey_equal(&back.next.vkey, &k.next.vkey));
		/* cut, or with a byte too many */
		for (size_t cut = 0; cut < file.len; cut++)
			if (cut == 0 || file.data[cut - 1] != '\n')
				assert_int_equal(
				    logkey_parse(file.data, cut, &back, machine), SKS_INVALID);
		buf_put_u8(&file, 0);
		assert_int_equal(
		    logkey_parse(file.data, file.len, &back, machine), SKS_INVALID);
		buf_clear(&file);
	}
	/* a next one of another name is none */
	note_skey_clear(&k.next);
	assert_int_equal(note_skey_new("host/2/audit", NOTE_ED25519, &k.next), SKS_OK);
	buf_init(&file, 4096);
	logkey_format(&k, &file);
	assert_int_equal(logkey_parse(file.data, file.len, &back, machine), SKS_INVALID);
	/* a number that is none ends with its line, and the file is not read behind its end */
	k.has_next = false;
	buf_reset(&file);
	logkey_format(&k, &file);
	buf_put_bytes(&file, "next \n", 6);
	assert_int_equal(logkey_parse(file.data, file.len, &back, machine), SKS_INVALID);
	memcpy(file.data + file.len - 6, "made \n", 6);
	whole = malloc(file.len); /* ends where the file ends */
	assert_non_null(whole);
	memcpy(whole, file.data, file.len);
	assert_int_equal(logkey_parse(whole, file.len, &back, machine), SKS_OK);
	assert_int_equal(back.made_ms, 0);
	free(whole);
	buf_clear(&file);
	logkey_clear(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CHAIN_TEST(begins_with_a_record_of_its_own),
	    CHAIN_TEST(signs_with_the_64th_record_in_the_same_commit),
	    CHAIN_TEST(signs_after_a_while),
	    CHAIN_TEST(an_undone_turn_leaves_no_trace),
	    CHAIN_TEST(a_job_undone_alone_keeps_the_tree_right),
	    CHAIN_TEST(the_tree_grows_and_is_found_again),
	    CHAIN_TEST(proves_single_records),
	    CHAIN_TEST(seals_hand_over_from_key_to_key),
	    CHAIN_TEST(many_records_close_an_epoch),
	    CHAIN_TEST(a_crash_while_sealing_continues_the_chain),
	    CHAIN_TEST(another_boot_closes_the_epoch_soon),
	    CHAIN_TEST(a_lost_epoch_key_begins_a_new_chain),
	    CHAIN_TEST(another_epoch_key_begins_a_new_chain),
	    CHAIN_TEST(another_log_key_begins_a_new_chain),
	    CHAIN_TEST(a_clone_under_the_same_key_begins_a_new_chain),
	    CHAIN_TEST(a_clone_without_a_store_takes_another_name),
	    CHAIN_TEST(a_rewound_store_begins_a_new_chain),
	    CHAIN_TEST(a_new_key_is_signed_for_by_the_old_one),
	    CHAIN_TEST(a_new_key_survives_a_crash),
	    CHAIN_TEST(an_old_key_put_back_begins_a_new_chain),
	    CHAIN_TEST(an_auditor_vouches_for_a_new_chain),
	    cmocka_unit_test(the_file_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
