/*
 * The key file: read back as it was written, of the form before as well; what is damaged, cut
 * or contradictory is refused as a whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "factor/keyring.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1000 };

static char text[KEYRING_FILE_MAX + 1];

static size_t
encode(const struct keyring *ring)
{
	struct buf b;

	memset(text, 0, sizeof(text));
	buf_init_fixed(&b, (uint8_t *)text, KEYRING_FILE_MAX);
	keyring_encode(ring, &b);
	assert_int_equal(buf_error(&b), SKS_OK);
	return b.len;
}

static void
make_old_and_new(struct keyring *ring)
{
	assert_int_equal(keyring_make(ring, ALGORITHM_AES_256_GCM, NOW), SKS_OK);
	assert_int_equal(
	    keyring_rotate(ring, ALGORITHM_CHACHA20_POLY1305, RING_OLD, 2 * NOW), SKS_OK);
	assert_int_equal(
	    keyring_rotate(ring, ALGORITHM_AES_256_GCM, RING_OLD, 3 * NOW), SKS_OK);
	assert_int_equal(keyring_retire(ring, ring->key[0].id, 4 * NOW), SKS_OK);
}

static void
test_back_and_forth(void **state)
{
	struct keyring ring, back;
	size_t len;

	(void)state;
	make_old_and_new(&ring);
	len = encode(&ring);
	assert_int_equal(keyring_parse(text, len, 0, &back), SKS_OK);
	assert_int_equal(back.count, 4);
	assert_memory_equal(&back, &ring, sizeof(ring));
	assert_int_equal(ring.key[0].state, RING_RETIRED);
	assert_int_equal(ring.key[0].ended_ms, 4 * NOW);
	assert_int_equal(ring.key[2].state, RING_OLD);
	assert_int_equal(ring.key[2].made_ms, 2 * NOW);
	assert_int_equal(ring.key[2].ended_ms, 3 * NOW);
	assert_ptr_equal(keyring_current(&ring, RING_SEALING), &ring.key[3]);
	assert_ptr_equal(keyring_current(&ring, RING_DERIVATION), &ring.key[1]);
	assert_non_null(strstr(text, " retired 1000 4000 -\n"));
	keyring_clear(&ring);
	for (size_t i = 0; i < sizeof(ring); i++)
		assert_int_equal(((uint8_t *)&ring)[i], 0);
}

/* 32 bytes: SHA-256 names the key, and HKDF-Extract gives the other one, written out here. */
static void
test_bare_key(void **state)
{
	uint8_t key[32], zero[32] = {0}, expected[32], digest[32];
	struct keyring ring;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(7 * i);
	HMAC(EVP_sha256(), zero, 32, key, sizeof(key), expected, NULL);
	EVP_Digest(key, sizeof(key), digest, NULL, EVP_sha256(), NULL);
	assert_int_equal(keyring_parse(key, sizeof(key), NOW, &ring), SKS_OK);
	assert_int_equal(ring.count, 2);
	assert_memory_equal(keyring_current(&ring, RING_SEALING)->bytes, key, 32);
	assert_memory_equal(keyring_current(&ring, RING_SEALING)->id, digest, 4);
	assert_int_equal(keyring_current(&ring, RING_SEALING)->made_ms, NOW);
	assert_memory_equal(keyring_current(&ring, RING_DERIVATION)->bytes, expected, 32);
	/* written in the new form, it is the same ring */
	len = encode(&ring);
	assert_int_equal(keyring_parse(text, len, 5, &ring), SKS_OK);
	assert_memory_equal(keyring_current(&ring, RING_DERIVATION)->bytes, expected, 32);
	assert_int_equal(keyring_current(&ring, RING_SEALING)->made_ms, NOW);
}

static void
test_damaged(void **state)
{
	struct keyring ring, back;
	size_t len;

	(void)state;
	make_old_and_new(&ring);
	len = encode(&ring);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ 1 << bit);
			assert_int_not_equal(keyring_parse(text, len, 0, &back), SKS_OK);
			assert_int_equal(back.count, 0);
			text[i] = (char)(text[i] ^ 1 << bit);
		}
	}
	for (size_t cut = 0; cut < len; cut++)
		if (cut != KEYRING_KEY_SIZE)
			assert_int_not_equal(keyring_parse(text, cut, 0, &back), SKS_OK);
	assert_int_not_equal(keyring_parse(text, len + 1, 0, &back), SKS_OK);
	assert_int_equal(keyring_parse(text, KEYRING_FILE_MAX + 1, 0, &back), SKS_TOO_BIG);
	assert_int_equal(keyring_parse(text, len, 0, &back), SKS_OK);
}

/* Sound bytes, and yet no ring. */
static void
test_contradictory(void **state)
{
	struct keyring ring, back;

	(void)state;
	make_old_and_new(&ring);
	ring.key[2].state = RING_CURRENT; /* two */
	assert_int_equal(keyring_parse(text, encode(&ring), 0, &back), SKS_INVALID);
	make_old_and_new(&ring);
	ring.key[3].state = RING_OLD; /* none */
	assert_int_equal(keyring_parse(text, encode(&ring), 0, &back), SKS_INVALID);
	make_old_and_new(&ring);
	ring.key[1].state = RING_OLD; /* no derivation key */
	assert_int_equal(keyring_parse(text, encode(&ring), 0, &back), SKS_INVALID);
	make_old_and_new(&ring);
	ring.key[2] = ring.key[3]; /* twice the same */
	ring.key[2].state = RING_OLD;
	assert_int_equal(keyring_parse(text, encode(&ring), 0, &back), SKS_INVALID);
	make_old_and_new(&ring);
	ring.key[3].algorithm = ALGORITHM_SHA_256; /* seals nothing */
	assert_int_equal(keyring_parse(text, encode(&ring), 0, &back), SKS_INVALID);
	make_old_and_new(&ring);
	ring.key[3].id[0] ^= 1;
	assert_int_equal(keyring_parse(text, encode(&ring), 0, &back), SKS_CORRUPT);
}

/* What was retired longest ago makes room; keys that still open something do not. */
static void
test_full(void **state)
{
	uint8_t first[KEYRING_ID_SIZE];
	struct keyring ring;

	(void)state;
	assert_int_equal(keyring_make(&ring, ALGORITHM_AES_256_GCM, NOW), SKS_OK);
	memcpy(first, ring.key[0].id, sizeof(first));
	while (ring.count < KEYRING_MAX)
		assert_int_equal(
		    keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_OLD, NOW), SKS_OK);
	assert_int_equal(keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_OLD, NOW), SKS_FULL);
	assert_int_equal(keyring_retire(&ring, first, NOW), SKS_OK);
	assert_true(encode(&ring) < KEYRING_FILE_MAX);
	assert_int_equal(keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_OLD, NOW), SKS_OK);
	assert_int_equal(ring.count, KEYRING_MAX);
	assert_null(keyring_find(&ring, RING_SEALING, first));
	assert_non_null(keyring_current(&ring, RING_SEALING));
	assert_non_null(keyring_current(&ring, RING_DERIVATION));
	assert_true(encode(&ring) < KEYRING_FILE_MAX);
}

/* One file, one thief: with the current key every other one in it is exposed too. */
static void
test_exposed(void **state)
{
	struct keyring ring;

	(void)state;
	make_old_and_new(&ring);
	assert_int_equal(
	    keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_EXPOSED, 9 * NOW), SKS_OK);
	assert_int_equal(ring.key[0].state, RING_RETIRED);
	assert_int_equal(ring.key[1].state, RING_CURRENT); /* derivation */
	assert_int_equal(ring.key[2].state, RING_EXPOSED);
	assert_int_equal(ring.key[3].state, RING_EXPOSED);
	assert_int_equal(ring.key[4].state, RING_CURRENT);
	assert_int_equal(ring.key[2].ended_ms, 3 * NOW);
	assert_int_equal(ring.key[3].ended_ms, 9 * NOW);
	/* a later, ordinary rotation does not make them good again */
	assert_int_equal(
	    keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_OLD, 10 * NOW), SKS_OK);
	assert_int_equal(ring.key[2].state, RING_EXPOSED);
	assert_int_equal(ring.key[4].state, RING_OLD);
	assert_int_equal(keyring_rotate(&ring, ALGORITHM_SHA_256, RING_OLD, NOW), SKS_INVALID);
	assert_int_equal(
	    keyring_rotate(&ring, ALGORITHM_AES_256_GCM, RING_RETIRED, NOW), SKS_INVALID);
}

static void
test_ids(void **state)
{
	uint8_t id[KEYRING_ID_SIZE];
	char shown[2 * KEYRING_ID_SIZE + 1];

	(void)state;
	assert_true(keyring_id_read("00ff1a2b", id));
	keyring_id_text(id, shown);
	assert_string_equal(shown, "00ff1a2b");
	assert_false(keyring_id_read("00ff1a2", id));
	assert_false(keyring_id_read("00ff1a2bc", id));
	assert_false(keyring_id_read("00FF1A2B", id));
	assert_false(keyring_id_read("00ff1a2g", id));
	assert_false(keyring_id_read("", id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_back_and_forth),
	    cmocka_unit_test(test_bare_key),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_contradictory),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_exposed),
	    cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
