/* The buffer: what goes in comes out, and no length can make it read or write outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
test_integers_are_big_endian(void **state)
{
	static const uint8_t wire[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01,
	    0x23, 0x45, 0x67, 0x89, 0xab, 0xcd};
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	buf_put_u8(&b, 0x01);
	buf_put_u16(&b, 0x2345);
	buf_put_u32(&b, 0x6789abcd);
	buf_put_u64(&b, UINT64_C(0xef0123456789abcd));
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(b.len, sizeof(wire));
	assert_memory_equal(b.data, wire, sizeof(wire));
	assert_int_equal(buf_get_u8(&b), 0x01);
	assert_int_equal(buf_get_u16(&b), 0x2345);
	assert_int_equal(buf_get_u32(&b), 0x6789abcd);
	assert_true(buf_get_u64(&b) == UINT64_C(0xef0123456789abcd));
	assert_int_equal(buf_end(&b), SKS_OK);
	buf_clear(&b);
}

static void
test_integers_at_their_limits(void **state)
{
	static const uint64_t value[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000,
	    UINT32_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++) {
		struct buf b;

		buf_init(&b, 15);
		buf_put_u8(&b, (uint8_t)value[i]);
		buf_put_u16(&b, (uint16_t)value[i]);
		buf_put_u32(&b, (uint32_t)value[i]);
		buf_put_u64(&b, value[i]);
		assert_int_equal(buf_get_u8(&b), (uint8_t)value[i]);
		assert_int_equal(buf_get_u16(&b), (uint16_t)value[i]);
		assert_true(buf_get_u32(&b) == (uint32_t)value[i]);
		assert_true(buf_get_u64(&b) == value[i]);
		assert_int_equal(buf_end(&b), SKS_OK);
		buf_clear(&b);
	}
}

/* Every get on every shorter input: an error, a zero, and no byte beyond the end. */
static void
test_truncated_reads(void **state)
{
	(void)state;
	for (size_t width = 1; width <= 8; width *= 2) {
		for (size_t have = 0; have < width; have++) {
			uint8_t *bytes =
			    malloc(have + 1); /* exact size: ASan watches the end */
			uint64_t got = 0;
			struct buf b;

			assert_non_null(bytes);
			memset(bytes, 0xff, have + 1);
			buf_init_read(&b, bytes, have);
			got = width == 1   ? buf_get_u8(&b)
			      : width == 2 ? buf_get_u16(&b)
			      : width == 4 ? buf_get_u32(&b)
					   : buf_get_u64(&b);
			assert_true(got == 0);
			assert_int_equal(buf_error(&b), SKS_TRUNCATED);
			free(bytes);
		}
	}
}

static void
test_error_is_sticky(void **state)
{
	static const uint8_t bytes[] = {0, 9, 'a', 'b', 'c', 'd'};
	uint8_t out[2] = {1, 1};
	char text[16] = "old";
	struct buf b;

	(void)state;
	buf_init_read(&b, bytes, sizeof(bytes));
	buf_get_str(&b, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(buf_error(&b), SKS_TRUNCATED);
	assert_int_equal(buf_get_u8(&b), 0);
	assert_null(buf_get_ptr(&b, 0));
	buf_get_bytes(&b, out, sizeof(out));
	assert_int_equal(out[0] | out[1], 0);
	assert_int_equal(buf_end(&b), SKS_TRUNCATED);
}

struct str_case {
	const char *name;
	const char *wire;
	size_t wire_len;
	size_t size; /* of the destination */
	int error;
	const char *text;
};

static const struct str_case str_cases[] = {
    {"ordinary", "\0\3abc", 5, 16, SKS_OK, "abc"},
    {"empty", "\0\0", 2, 16, SKS_OK, ""},
    {"empty into one byte", "\0\0", 2, 1, SKS_OK, ""},
    {"fits exactly", "\0\3abc", 5, 4, SKS_OK, "abc"},
    {"one too long", "\0\3abc", 5, 3, SKS_TOO_BIG, ""},
    {"no room at all", "\0\3abc", 5, 1, SKS_TOO_BIG, ""},
    {"no length", "", 0, 16, SKS_TRUNCATED, ""},
    {"half a length", "\0", 1, 16, SKS_TRUNCATED, ""},
    {"cut short", "\0\3ab", 4, 16, SKS_TRUNCATED, ""},
    {"length 65535",
	"\xff\xff"
	"ab",
	4, 16, SKS_TRUNCATED, ""},
    {"NUL inside", "\0\3a\0c", 5, 16, SKS_INVALID, ""},
    {"only NUL", "\0\1\0", 3, 16, SKS_INVALID, ""},
    {"left over", "\0\1ab", 4, 16, SKS_TRAILING, "a"},
};

static void
test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(str_cases) / sizeof(str_cases[0]); i++) {
		const struct str_case *c = &str_cases[i];
		char *text = malloc(c->size);
		struct buf b;

		assert_non_null(text);
		memset(text, 'x', c->size);
		buf_init_read(&b, c->wire, c->wire_len);
		buf_get_str(&b, text, c->size);
		if (buf_end(&b) != c->error || strcmp(text, c->text) != 0)
			fail_msg("%s: error %d, text \"%s\"", c->name, buf_end(&b), text);
		free(text);
	}
}

static void
test_longest_string(void **state)
{
	char *text = calloc(1, UINT16_MAX + 2);
	char *back = calloc(1, UINT16_MAX + 1);
	struct buf b;

	(void)state;
	assert_non_null(text);
	assert_non_null(back);
	memset(text, 'a', UINT16_MAX);
	buf_init(&b, UINT16_MAX + 2);
	buf_put_str(&b, text);
	assert_int_equal(buf_error(&b), SKS_OK);
	buf_get_str(&b, back, UINT16_MAX + 1);
	assert_int_equal(buf_end(&b), SKS_OK);
	assert_string_equal(back, text);
	text[UINT16_MAX] = 'a';
	buf_reset(&b);
	buf_put_str(&b, text);
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	free(text);
	free(back);
}

static void
test_growth_stops_at_max(void **state)
{
	static const size_t max[] = {1, 2, 255, 256, 257, 1000, 70000};
	const uint8_t one = 0x5a;

	(void)state;
	for (size_t i = 0; i < sizeof(max) / sizeof(max[0]); i++) {
		struct buf b;

		buf_init(&b, max[i]);
		for (size_t n = 0; n < max[i]; n++)
			buf_put_bytes(&b, &one, 1);
		assert_int_equal(buf_error(&b), SKS_OK);
		assert_int_equal(b.len, max[i]);
		assert_true(b.cap <= max[i]);
		assert_int_equal(b.data[0], one);
		assert_int_equal(b.data[max[i] - 1], one);
		buf_put_u8(&b, 0);
		assert_int_equal(buf_error(&b), SKS_TOO_BIG);
		assert_int_equal(b.len, max[i]);
		buf_clear(&b);
		assert_null(b.data);
	}
}

static void
test_hostile_lengths(void **state)
{
	uint8_t bytes[4] = {1, 2, 3, 4};
	struct buf b;

	(void)state;
	buf_init_read(&b, bytes, sizeof(bytes));
	buf_get_u8(&b);
	assert_null(buf_get_ptr(&b, SIZE_MAX)); /* pos + len would wrap */
	assert_int_equal(buf_error(&b), SKS_TRUNCATED);

	buf_init(&b, SIZE_MAX);
	buf_put_u32(&b, 1);
	assert_null(buf_reserve(&b, SIZE_MAX)); /* len + len would wrap */
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	buf_clear(&b);

	buf_init(&b, 0);
	buf_put_u8(&b, 1);
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	buf_clear(&b);
}

static void
test_fixed_and_reader_keep_to_their_bytes(void **state)
{
	uint8_t bytes[6] = {9, 9, 9, 9, 9, 9};
	static const uint8_t constant[3] = {
	    7, 8, 9}; /* in read-only memory: a write would crash */
	struct buf b;

	(void)state;
	buf_init_fixed(&b, bytes, 4);
	buf_put_u32(&b, 0x01020304);
	assert_int_equal(buf_error(&b), SKS_OK);
	buf_put_u8(&b, 5);
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	assert_int_equal(bytes[4], 9);
	buf_clear(&b);
	assert_int_equal(bytes[0], 1); /* not the buffer's to wipe */

	buf_init_read(&b, constant, sizeof(constant));
	buf_put_u8(&b, 5);
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	buf_reset(&b);
	buf_clear(&b);
	assert_int_equal(constant[0], 7);

	buf_init_read(&b, NULL, 0);
	assert_int_equal(buf_end(&b), SKS_OK);
	assert_non_null(buf_get_ptr(&b, 0));
}

static void
test_printf(void **state)
{
	char fixed[5];
	char expected[2001];
	struct buf b;

	(void)state;
	buf_init_fixed(&b, fixed, sizeof(fixed));
	buf_printf(&b, "%s-%d", "ab", 12); /* all five bytes, no NUL */
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_memory_equal(fixed, "ab-12", 5);
	buf_printf(&b, "%s", "");
	assert_int_equal(buf_error(&b), SKS_OK);
	buf_printf(&b, "x");
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);

	snprintf(expected, sizeof(expected), "%02000d", 7);
	buf_init(&b, 2000); /* beyond the stack buffer */
	buf_printf(&b, "%02000d", 7);
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(b.len, 2000);
	assert_memory_equal(b.data, expected, 2000);
	buf_clear(&b);
	for (int width = 510; width <= 514; width++) {
		buf_init(&b, 1000);
		buf_printf(&b, "%0*d", width, 7);
		assert_int_equal(b.len, width);
		assert_int_equal(b.data[width - 1], '7');
		buf_clear(&b);
	}
	buf_init(&b, 1999);
	buf_printf(&b, "%02000d", 7);
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	buf_clear(&b);
}

static void
test_reserve_and_reset_wipe(void **state)
{
	uint8_t bytes[8];
	uint8_t *at;
	struct buf b;

	(void)state;
	memset(bytes, 0x55, sizeof(bytes));
	buf_init_fixed(&b, bytes, sizeof(bytes));
	at = buf_reserve(&b, 3);
	assert_ptr_equal(at, bytes);
	assert_int_equal(at[0] | at[1] | at[2], 0);
	assert_int_equal(b.len, 3);
	buf_put_u32(&b, 0xffffffff);
	buf_get_u8(&b);
	buf_get_ptr(&b, 100);
	buf_reset(&b);
	assert_int_equal(buf_end(&b), SKS_OK);
	assert_int_equal(b.len, 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_integers_are_big_endian),
	    cmocka_unit_test(test_integers_at_their_limits),
	    cmocka_unit_test(test_truncated_reads),
	    cmocka_unit_test(test_error_is_sticky),
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_longest_string),
	    cmocka_unit_test(test_growth_stops_at_max),
	    cmocka_unit_test(test_hostile_lengths),
	    cmocka_unit_test(test_fixed_and_reader_keep_to_their_bytes),
	    cmocka_unit_test(test_printf),
	    cmocka_unit_test(test_reserve_and_reset_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
