/* Bytes as hexadecimal digits and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hex.h"
#include <string.h>

static void
test_every_byte(void **state)
{
	char text[3];
	uint8_t back;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		assert_ptr_equal(hex_put(text, &byte, 1), text);
		assert_int_equal(strspn(text, "0123456789abcdef"), 2);
		assert_true(hex_read(text, &back, 1));
		assert_int_equal(back, byte);
	}
}

static void
test_order(void **state)
{
	const uint8_t bytes[] = {0x00, 0x1f, 0xa0, 0xff};
	uint8_t back[sizeof(bytes)];
	char text[2 * sizeof(bytes) + 1];

	(void)state;
	assert_string_equal(hex_put(text, bytes, sizeof(bytes)), "001fa0ff");
	assert_true(hex_read(text, back, sizeof(back)));
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_string_equal(hex_put(text, bytes, 0), "");
	assert_true(hex_read("", back, 0));
}

static void
test_what_is_none(void **state)
{
	static const char *const wrong[] = {"", "0", "001", "00112", "0011 ", "00 1", "001g",
	    "00/1", "00:1", "00`1", "001A", "0x01"};
	uint8_t back[2];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(hex_read(wrong[i], back, sizeof(back)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_byte),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
