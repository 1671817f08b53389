/* Secrets: set, compared, wiped; and randomness that is random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "secret.h"
#include <string.h>

static bool
is_wiped(const struct secret *s)
{
	static const uint8_t zero[SECRET_MAX + 1];

	return s->len == 0 && memcmp(s->bytes, zero, sizeof(zero)) == 0;
}

static void
test_set_at_its_limits(void **state)
{
	static const size_t length[] = {
	    0, 1, SECRET_MAX - 1, SECRET_MAX, SECRET_MAX + 1, SIZE_MAX};
	uint8_t data[SECRET_MAX + 1];
	struct secret s = SECRET_INIT;

	(void)state;
	memset(data, 0xab, sizeof(data));
	for (size_t i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		bool fits = length[i] <= SECRET_MAX;

		assert_int_equal(secret_set_str(&s, "an older and longer one"), SKS_OK);
		assert_int_equal(secret_set(&s, data, length[i]), fits ? SKS_OK : SKS_TOO_BIG);
		if (!fits) {
			assert_true(is_wiped(&s));
			continue;
		}
		assert_int_equal(s.len, length[i]);
		assert_memory_equal(s.bytes, data, length[i]);
		for (size_t j = length[i]; j < sizeof(s.bytes); j++)
			assert_int_equal(s.bytes[j], 0); /* nothing of the older one */
	}
	assert_int_equal(secret_set(&s, NULL, 0), SKS_OK);
	assert_true(is_wiped(&s));
}

static void
test_clear_wipes_all(void **state)
{
	struct secret s;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	secret_clear(&s);
	assert_true(is_wiped(&s));
}

static void
test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
	    {"", "", true},
	    {"a", "a", true},
	    {"correct horse", "correct horse", true},
	    {"a", "", false},
	    {"", "a", false},
	    {"abc", "abd", false},
	    {"abc", "bbc", false},
	    {"abc", "abcd", false},
	    {"abcd", "abc", false},
	};
	struct secret a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(secret_set_str(&a, cases[i].a), SKS_OK);
		assert_int_equal(secret_set_str(&b, cases[i].b), SKS_OK);
		assert_int_equal(secret_equal(&a, &b), cases[i].equal);
	}
	assert_int_equal(secret_set(&a, "x\0y", 3), SKS_OK); /* a NUL ends nothing */
	assert_int_equal(secret_set(&b, "x\0z", 3), SKS_OK);
	assert_false(secret_equal(&a, &b));
	assert_int_equal(secret_set(&b, "x", 1), SKS_OK); /* "x" and "x\0": length decides */
	a.len = 2;
	assert_false(secret_equal(&a, &b));
	memset(a.bytes, 0, sizeof(a.bytes));
	memset(b.bytes, 0, sizeof(b.bytes));
	a.len = SECRET_MAX + 1;
	b.len = SECRET_MAX + 1; /* damaged: never equal, never read beyond */
	assert_false(secret_equal(&a, &b));
}

static void
test_equal_bytes_sees_every_bit(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 0x3c, sizeof(a));
	for (size_t bit = 0; bit < sizeof(a) * 8; bit++) {
		memcpy(b, a, sizeof(a));
		assert_true(secret_equal_bytes(a, b, sizeof(a)));
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(secret_equal_bytes(a, b, sizeof(a)));
	}
	assert_true(secret_equal_bytes(a, b, 0));
}

static void
test_random(void **state)
{
	uint8_t a[1024] = {0}, b[1024] = {0};
	bool seen[256] = {false};
	int distinct = 0;

	(void)state;
	assert_int_equal(secret_random(a, sizeof(a)), SKS_OK);
	assert_int_equal(secret_random(b, sizeof(b)), SKS_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		seen[a[i]] = true;
	for (size_t i = 0; i < sizeof(seen); i++)
		distinct += seen[i];
	assert_true(distinct > 200); /* 252 expected; fewer than 200 never */
	b[0] = 0x77;
	assert_int_equal(secret_random(b, 0), SKS_OK);
	assert_int_equal(b[0], 0x77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_set_at_its_limits),
	    cmocka_unit_test(test_clear_wipes_all),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_equal_bytes_sees_every_bit),
	    cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
