/* One-time codes: every value of RFC 4226 (Appendix D) and RFC 6238 (Appendix B), the window.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "factor/totp.h"
#include <stdio.h>
#include <string.h>

static const char SEED[] = "1234567890123456789012345678901234567890123456789012345678901234";
static const struct totp_params SHA1_6 = {"SHA1", 6, 30};

static struct secret
seed(size_t len)
{
	struct secret key;

	assert_int_equal(secret_set(&key, SEED, len), SKS_OK);
	return key;
}

static void
test_rfc4226_appendix_d(void **state)
{
	/* the column "Decimal"; a code is its last digits */
	static const uint32_t decimal[] = {
	    1284755224,
	    1094287082,
	    137359152,
	    1726969429,
	    1640338314,
	    868254676,
	    1918287922,
	    82162583,
	    673399871,
	    645520489,
	};
	static const char *const hotp[] = {
	    "755224",
	    "287082",
	    "359152",
	    "969429",
	    "338314",
	    "254676",
	    "287922",
	    "162583",
	    "399871",
	    "520489",
	};
	struct secret key = seed(20);
	struct totp_params eight = {"SHA1", 8, 30};
	char code[16], expected[16];

	(void)state;
	for (size_t count = 0; count < 10; count++) {
		assert_int_equal(totp_generate(&key, &SHA1_6, (int64_t)count, code), SKS_OK);
		assert_string_equal(code, hotp[count]);
		snprintf(expected, sizeof(expected), "%08u", decimal[count] % 100000000);
		assert_int_equal(totp_generate(&key, &eight, (int64_t)count, code), SKS_OK);
		assert_string_equal(code, expected);
	}
}

static void
test_rfc6238_appendix_b(void **state)
{
	static const struct {
		int64_t time_s;
		const char *sha1, *sha256, *sha512;
	} rows[] = {
	    {59, "94287082", "46119246", "90693936"},
	    {1111111109, "07081804", "68084774", "25091201"},
	    {1111111111, "14050471", "67062674", "99943326"},
	    {1234567890, "89005924", "91819424", "93441116"},
	    {2000000000, "69279037", "90698825", "38618901"},
	    {20000000000, "65353130", "77737706", "47863826"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct {
			struct totp_params p;
			size_t key_len;
			const char *code;
		} modes[] = {
		    {{"SHA1", 8, 30}, 20, rows[i].sha1},
		    {{"SHA256", 8, 30}, 32, rows[i].sha256},
		    {{"SHA512", 8, 30}, 64, rows[i].sha512},
		};
		int64_t now_ms = rows[i].time_s * 1000;

		for (size_t m = 0; m < 3; m++) {
			struct totp_params p = modes[m].p;
			struct secret key = seed(modes[m].key_len);
			char code[16];
			int64_t step;

			step = totp_step(now_ms, 30);
			assert_int_equal(totp_generate(&key, &p, step, code), SKS_OK);
			assert_string_equal(code, modes[m].code);
			assert_true(totp_find(&key, &p, now_ms, 0, 0, code, &step));
			assert_int_equal(step, rows[i].time_s / 30);
			/* 6 digits are the end of 8 */
			p.digits = 6;
			assert_true(totp_find(&key, &p, now_ms, 0, 0, code + 2, &step));
			assert_false(totp_find(&key, &p, now_ms, 0, 0, code, &step));
		}
	}
}

static void
test_period_of_a_minute(void **state)
{
	/* computed with oathtool -s60 */
	struct totp_params p = {"SHA1", 8, 60};
	struct secret key = seed(20);
	char code[16];
	int64_t step;

	(void)state;
	assert_int_equal(totp_generate(&key, &p, totp_step(1234567890000, 60), code), SKS_OK);
	assert_string_equal(code, "55713351");
	assert_true(totp_find(&key, &p, 1234567890000, 0, 0, "55713351", &step));
	assert_int_equal(step, 1234567890 / 60);
}

static void
test_step(void **state)
{
	(void)state;
	assert_int_equal(totp_step(0, 30), 0);
	assert_int_equal(totp_step(29999, 30), 0);
	assert_int_equal(totp_step(30000, 30), 1);
	assert_int_equal(totp_step(59999, 60), 0);
	assert_int_equal(totp_step(-1, 30), 0);
	assert_int_equal(totp_step(INT64_MIN, 30), 0);
	assert_int_equal(totp_step(1000, 0), 0);
	assert_int_equal(totp_step(INT64_MAX, 30), INT64_MAX / 30000);
}

static void
test_window_and_drift(void **state)
{
	static const struct {
		int64_t now;
		int32_t drift;
		uint32_t window;
		int64_t typed;
		bool found;
	} cases[] = {
	    {1000, 0, 1, 999, true},
	    {1000, 0, 1, 1000, true},
	    {1000, 0, 1, 1001, true},
	    {1000, 0, 1, 998, false},
	    {1000, 0, 1, 1002, false},
	    {1000, 0, 0, 1001, false},
	    {1000, 3, 1, 1004, true},
	    {1000, 3, 1, 1002, true},
	    {1000, 3, 1, 1001, false},
	    {1000, 3, 1, 1005, false},
	    {1000, -8, 2, 990, true},
	    {1000, -8, 2, 989, false},
	    {1000, -8, 2, 995, false},
	    {0, 0, 1, 0, true},
	    {0, -5, 1, 0, false}, /* steps before 1970 are computed but do not count */
	    {0, -1, 1, 0, true},
	};
	struct secret key = seed(20);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char code[16];
		int64_t step = -7;
		bool found;

		assert_int_equal(totp_generate(&key, &SHA1_6, cases[i].typed, code), SKS_OK);
		found = totp_find(&key, &SHA1_6, cases[i].now * 30000 + 29999, cases[i].drift,
		    cases[i].window, code, &step);
		if (found != cases[i].found)
			fail_msg("case %zu: found %d", i, found);
		assert_int_equal(step, found ? cases[i].typed : 0);
	}
}

static void
test_what_is_no_code(void **state)
{
	static const char *const typed[] = {
	    "",
	    "2",
	    "28708",
	    "2870820",
	    "028708",
	    "94287082",
	    "287082 ",
	    "28708A",
	    "2870820000000000",
	    "28708200000000000000000000000000",
	};
	struct totp_params eight = {"SHA1", 8, 30};
	struct secret key = seed(20);
	int64_t step;

	(void)state;
	assert_true(totp_find(&key, &SHA1_6, 30000, 0, 0, "287082", &step));
	assert_int_equal(step, 1);
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		assert_false(totp_find(&key, &SHA1_6, 30000, 0, 1, typed[i], &step));
	assert_true(totp_find(&key, &eight, 30000, 0, 0, "94287082", &step));
	assert_false(totp_find(&key, &eight, 30000, 0, 1, "942870820", &step));
	assert_false(totp_find(&key, &eight, 30000, 0, 1, "287082", &step));
}

/* Now and then a code comes back within a few steps: the later step is the one to spend. */
static void
test_later_of_two_steps(void **state)
{
	struct secret key = seed(20);
	char recent[8][16];
	char code[16];
	int64_t step;

	(void)state;
	for (int64_t s = 0; s < 2000000; s++) {
		assert_int_equal(totp_generate(&key, &SHA1_6, s, code), SKS_OK);
		for (int64_t back = 1; back < 8 && back <= s; back++) {
			if (strcmp(recent[(s - back) % 8], code) != 0)
				continue;
			assert_true(totp_find(&key, &SHA1_6, s * 30000, 0, 8, code, &step));
			assert_int_equal(step, s);
			return;
		}
		memcpy(recent[s % 8], code, sizeof(code));
	}
	fail_msg("no code came twice");
}

static void
test_bad_parameters(void **state)
{
	static const struct totp_params bad[] = {
	    {"SHA1", 7, 30},
	    {"SHA1", 5, 30},
	    {"SHA1", 0, 30},
	    {"SHA1", 10, 30},
	    {"SHA1", 6, 0},
	    {"", 6, 30},
	    {"sha1", 6, 30},
	    {"SHA224", 6, 30},
	    {"MD5", 6, 30},
	};
	struct secret key = seed(20);
	struct secret none = SECRET_INIT;
	char code[16];
	int64_t step;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(code, 'x', sizeof(code));
		assert_int_equal(totp_generate(&key, &bad[i], 1, code), SKS_INVALID);
		assert_string_equal(code, "");
		assert_false(totp_find(&key, &bad[i], 30000, 0, 1, "287082", &step));
	}
	assert_int_equal(totp_generate(&none, &SHA1_6, 1, code), SKS_INVALID);
	assert_int_equal(totp_generate(&key, &SHA1_6, -1, code), SKS_INVALID);
	/* the code of an empty key is known to everybody */
	assert_false(totp_find(&none, &SHA1_6, 59000, 0, 1, "812658", &step));
	assert_false(totp_find(&none, &SHA1_6, 0, 0, 1, "328482", &step));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc4226_appendix_d),
	    cmocka_unit_test(test_rfc6238_appendix_b),
	    cmocka_unit_test(test_period_of_a_minute),
	    cmocka_unit_test(test_step),
	    cmocka_unit_test(test_window_and_drift),
	    cmocka_unit_test(test_what_is_no_code),
	    cmocka_unit_test(test_later_of_two_steps),
	    cmocka_unit_test(test_bad_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
