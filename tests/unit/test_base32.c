/* Base32: the vectors of RFC 4648, what apps and people make of them, and junk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base32.h"
#include "error.h"
#include <stdlib.h>
#include <string.h>

static void
test_rfc4648_vectors(void **state)
{
	static const struct {
		const char *bytes, *text, *padded;
	} cases[] = {
	    {"", "", ""},
	    {"f", "MY", "MY======"},
	    {"fo", "MZXQ", "MZXQ===="},
	    {"foo", "MZXW6", "MZXW6==="},
	    {"foob", "MZXW6YQ", "MZXW6YQ="},
	    {"fooba", "MZXW6YTB", "MZXW6YTB"},
	    {"foobar", "MZXW6YTBOI", "MZXW6YTBOI======"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].bytes);
		char text[32];
		uint8_t back[16];

		assert_int_equal(BASE32_LEN(len), strlen(cases[i].text));
		assert_int_equal(base32_encode(cases[i].bytes, len, text, sizeof(text)),
		    strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(base32_decode(cases[i].text, back, sizeof(back)), len);
		assert_memory_equal(back, cases[i].bytes, len);
		assert_int_equal(base32_decode(cases[i].padded, back, sizeof(back)), len);
		assert_memory_equal(back, cases[i].bytes, len);
	}
}

static void
test_every_byte_both_ways(void **state)
{
	uint8_t data[64], back[64];
	char text[BASE32_LEN(64) + 1];

	(void)state;
	for (unsigned int start = 0; start < 256; start++) {
		size_t len = start % 65;

		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)(start * 7 + i * 37);
		assert_int_equal(base32_encode(data, len, text, sizeof(text)), BASE32_LEN(len));
		assert_int_equal(
		    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), BASE32_LEN(len));
		assert_int_equal(base32_decode(text, back, sizeof(back)), len);
		assert_memory_equal(back, data, len);
	}
}

static void
test_decode(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		int r;
	} cases[] = {
	    {"mzxw6ytb", 5, 5},  /* lower case */
	    {"MZXW 6ytb", 5, 5}, /* as apps group it */
	    {" MZXW-6YTB-", 5, 5},
	    {"MZXW6YTB", 4, SKS_TOO_BIG},
	    {"MY", 0, SKS_TOO_BIG},
	    {"", 0, 0},
	    {" - ", 4, 0},
	    {"MZ", 1, 1},          /* bits left over: dropped */
	    {"M", 4, SKS_INVALID}, /* lengths that no bytes have */
	    {"MZX", 4, SKS_INVALID},
	    {"MZXW6Y", 4, SKS_INVALID},
	    {"MZXW6YTBM", 8, SKS_INVALID},
	    {"MY=====", 4, SKS_INVALID}, /* padding too short, too long, inside, alone */
	    {"MY=======", 4, SKS_INVALID},
	    {"MZXW6YTB========", 8, SKS_INVALID},
	    {"========", 4, SKS_INVALID},
	    {"=", 4, SKS_INVALID},
	    {"MY======MY", 4, SKS_INVALID},
	    {"MY====MZ", 4, SKS_INVALID}, /* as many as fit, but inside */
	    {"MY== ====", 4, 1},
	    {"MZXW0YTB", 8, SKS_INVALID}, /* 0, 1, 8, 9 are not of the alphabet */
	    {"MZXW1YTB", 8, SKS_INVALID},
	    {"MZXW8YTB", 8, SKS_INVALID},
	    {"MZXW9YTB", 8, SKS_INVALID},
	    {"MZXW@YTB", 8, SKS_INVALID}, /* beside A, Z, a, z */
	    {"MZXW[YTB", 8, SKS_INVALID},
	    {"MZXW`YTB", 8, SKS_INVALID},
	    {"MZXW{YTB", 8, SKS_INVALID},
	    {"MZXW6YTB\n", 8, SKS_INVALID},
	    {"MZXW\xc1"
	     "6YTB",
		8, SKS_INVALID}, /* A with the high bit */
	    {"ＭＺ", 8, SKS_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *out = malloc(cases[i].size + (cases[i].size == 0));
		int r;

		assert_non_null(out);
		memset(out, 0xee, cases[i].size);
		r = base32_decode(cases[i].text, out, cases[i].size);
		if (r != cases[i].r)
			fail_msg("\"%s\": %d", cases[i].text, r);
		for (size_t j = 0; r < 0 && j < cases[i].size; j++)
			assert_int_equal(out[j], 0);
		if (r == 5)
			assert_memory_equal(out, "fooba", 5);
		free(out);
	}
}

static void
test_encode_needs_its_room(void **state)
{
	char text[9];

	(void)state;
	assert_int_equal(base32_encode("fooba", 5, text, 9), 8);
	assert_int_equal(base32_encode("fooba", 5, text, 8), SKS_TOO_BIG);
	assert_int_equal(base32_encode("", 0, text, 0), SKS_TOO_BIG);
	assert_int_equal(base32_encode("", SIZE_MAX, text, 9), SKS_TOO_BIG);
	assert_int_equal(base32_encode("", SIZE_MAX / 8 + 1, text, 9), SKS_TOO_BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc4648_vectors),
	    cmocka_unit_test(test_every_byte_both_ways),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_encode_needs_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
