/* Ed25519: vectors of RFC 8032 7.1, and every bit of a signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/ed25519.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

static void
unhex(const char *hex, uint8_t *out)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
}

static void
test_rfc8032_vectors(void **state)
{
	static const struct {
		const char *seed, *key, *message, *signature;
		size_t len;
	} cases[] = {
	    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33b"
		"ac"
		"c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		0},
	    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e1599"
		"6e"
		"458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		1},
	    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "\xaf\x82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f2"
		"90"
		"ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
		2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t raw[32], key[32], expected_key[32], signature[64], expected[64];
		struct secret seed;

		unhex(cases[i].seed, raw);
		unhex(cases[i].key, expected_key);
		unhex(cases[i].signature, expected);
		assert_int_equal(secret_set(&seed, raw, 32), SKS_OK);
		assert_int_equal(ed25519_public(&seed, key), SKS_OK);
		assert_memory_equal(key, expected_key, 32);
		assert_int_equal(
		    ed25519_sign(&seed, cases[i].message, cases[i].len, signature), SKS_OK);
		assert_memory_equal(signature, expected, 64);
		assert_int_equal(
		    ed25519_verify(key, cases[i].message, cases[i].len, signature), SKS_OK);
		secret_clear(&seed);
	}
}

static void
test_every_bit_of_a_signature_counts(void **state)
{
	uint8_t key[32], signature[64];
	struct secret seed;

	(void)state;
	assert_int_equal(ed25519_generate(&seed), SKS_OK);
	assert_int_equal(ed25519_public(&seed, key), SKS_OK);
	assert_int_equal(ed25519_sign(&seed, "word", 4, signature), SKS_OK);
	assert_int_equal(ed25519_verify(key, "word", 4, signature), SKS_OK);
	assert_int_equal(ed25519_verify(key, "Word", 4, signature), SKS_CORRUPT);
	assert_int_equal(ed25519_verify(key, "word", 3, signature), SKS_CORRUPT);
	for (unsigned bit = 0; bit < 512; bit++) {
		signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ 1U << bit % 8);
		assert_int_equal(ed25519_verify(key, "word", 4, signature), SKS_CORRUPT);
		signature[bit / 8] = (uint8_t)(signature[bit / 8] ^ 1U << bit % 8);
	}
	secret_clear(&seed);
}

static void
test_a_seed_of_another_length_is_refused(void **state)
{
	uint8_t key[32], signature[64];
	struct secret seed;

	(void)state;
	assert_int_equal(secret_set(&seed, "short", 5), SKS_OK);
	assert_int_equal(ed25519_public(&seed, key), SKS_INVALID);
	assert_int_equal(ed25519_sign(&seed, "word", 4, signature), SKS_INVALID);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc8032_vectors),
	    cmocka_unit_test(test_every_bit_of_a_signature_counts),
	    cmocka_unit_test(test_a_seed_of_another_length_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
