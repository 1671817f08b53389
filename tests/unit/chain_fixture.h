/* A chain over a real store, with what a test does to it and looks at. */
#ifndef SEKISHO_CHAIN_FIXTURE_H
#define SEKISHO_CHAIN_FIXTURE_H

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

static inline void
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

static inline int
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

static inline int
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

static inline void
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
static inline void
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

static inline void
seal(struct log_world *l)
{
	world_begin(l->w);
	assert_int_equal(chain_seal(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
}

static inline void
restart(struct log_world *l)
{
	chain_free(l->chain);
	l->chain = NULL;
	world_close(l->w);
	assert_int_equal(world_open(l->w), SKS_OK);
	chain_up(l);
}

static inline uint64_t
log_size(struct log_world *l)
{
	uint64_t size;

	assert_int_equal(store_log_size(l->w->store, &size), SKS_OK);
	return size;
}

static inline int
push_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct merkle_hash leaf;

	(void)seq;
	assert_int_equal(merkle_leaf(header, RECORD_HEADER_SIZE, &leaf), SKS_OK);
	return merkle_push(context, &leaf);
}

/* The newest head is signed, has this size, and its root is that of the headers read again. */
static inline void
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
static inline json_t *
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

static inline const char *
text_of(const json_t *body, const char *key)
{
	const char *text = json_string_value(json_object_get(body, key));

	assert_non_null(text);
	return text;
}

static inline void
decode64(const char *text, uint8_t *out, size_t size)
{
	uint8_t raw[128];
	size_t len = strlen(text);

	assert_true(len <= 128);
	assert_true(EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len) >= (int)size);
	memcpy(out, raw, size);
}

static inline int
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

#endif
