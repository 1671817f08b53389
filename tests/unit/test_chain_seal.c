/* The chain over a real store: epochs, each closed by a seal of its own key. */
#include "chain_fixture.h"

/* ---- seals ------------------------------------------------------------------------------- */

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CHAIN_TEST(seals_hand_over_from_key_to_key),
	    CHAIN_TEST(many_records_close_an_epoch),
	    CHAIN_TEST(a_crash_while_sealing_continues_the_chain),
	    CHAIN_TEST(another_boot_closes_the_epoch_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
