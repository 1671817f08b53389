/* When a chain cannot go on: a new one, another log key, and an auditor who vouches for it. */
#include "chain_fixture.h"

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
