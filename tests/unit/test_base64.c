/* Base64: the vectors of RFC 4648, every byte both ways, and what is not canonical. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base64.h"
#include "error.h"
#include <string.h>

static void
test_rfc4648_vectors(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].bytes), text_len = strlen(cases[i].text);
		char text[16], back[16];

		assert_int_equal(BASE64_LEN(len), text_len);
		assert_int_equal(
		    base64_encode(cases[i].bytes, len, text, sizeof(text)), text_len);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(
		    base64_decode(cases[i].text, text_len, back, sizeof(back)), len);
		assert_memory_equal(back, cases[i].bytes, len);
	}
}

static void
test_every_byte_both_ways(void **state)
{
	uint8_t data[70], back[70];
	char text[BASE64_LEN(70) + 1];

	(void)state;
	for (unsigned start = 0; start < 256; start++) {
		size_t len = start % 71;

		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)(start * 7 + i * 37);
		assert_int_equal(base64_encode(data, len, text, sizeof(text)), BASE64_LEN(len));
		assert_int_equal(base64_decode(text, strlen(text), back, sizeof(back)), len);
		assert_memory_equal(back, data, len);
	}
}

static void
test_room(void **state)
{
	char text[8], back[3] = {1, 2, 3};

	(void)state;
	assert_int_equal(base64_encode("foob", 4, text, 8), SKS_TOO_BIG);
	assert_int_equal(base64_encode("foo", 3, text, 5), 4);
	assert_int_equal(base64_decode("Zm9vYg==", 8, back, sizeof(back)), SKS_TOO_BIG);
	assert_memory_equal(back, "\0\0\0", 3);
	assert_int_equal(base64_decode("Zm9v", 4, back, sizeof(back)), 3);
	assert_int_equal(base64_decode("Zm8=", 4, back, 2), 2);
}

static void
test_only_the_one_encoding_is_read(void **state)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "=",
	    "==", "====", "Zh==", "Zm9=", "Zm9\n", "Zm 9", "Zm9v\n", "Z=g=", "Zm-_",
	    "Zg==Zg==", "\xff\xff\xff\xff"};
	uint8_t back[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(back, 7, sizeof(back));
		assert_int_equal(
		    base64_decode(bad[i], strlen(bad[i]), back, sizeof(back)), SKS_INVALID);
		for (size_t k = 0; k < sizeof(back); k++)
			assert_int_equal(back[k], 0);
	}
	assert_int_equal(base64_decode("Zm\0v", 4, back, sizeof(back)), SKS_INVALID);
	assert_int_equal(base64_decode("+/+/", 4, back, sizeof(back)), 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc4648_vectors),
	    cmocka_unit_test(test_every_byte_both_ways),
	    cmocka_unit_test(test_room),
	    cmocka_unit_test(test_only_the_one_encoding_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
