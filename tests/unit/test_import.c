/* Keys from google-authenticator and pam_oath files: taken over, or refused with the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "factor/import.h"
#include <stdio.h>
#include <string.h>

#define KEY32  "JBSWY3DPEHPK3PXP"     /* 10 bytes */
#define KEY16  "48656c6c6f21deadbeef" /* the same ones */
#define SEED16 "3132333435363738393031323334353637383930"

static const uint8_t BYTES[] = {'H', 'e', 'l', 'l', 'o', '!', 0xde, 0xad, 0xbe, 0xef};

static void
assert_wiped(const struct import_entry *e)
{
	static const struct import_entry zero;

	assert_memory_equal(e, &zero, sizeof(zero));
}

static void
test_google(void **state)
{
	static const struct {
		const char *text;
		uint32_t period_s, scratch;
	} cases[] = {
	    {KEY32 "\n\" TOTP_AUTH\n", 30, 0},
	    {KEY32 "\n\" TOTP_AUTH", 30, 0},
	    {KEY32 "\r\n\" TOTP_AUTH\r\n12345678\r\n", 30, 1},
	    {"  jbsw y3dp ehpk 3pxp \n\" TOTP_AUTH\n", 30, 0},
	    {KEY32 "\n\" RATE_LIMIT 3 30 1700000000\n\" WINDOW_SIZE 17\n\" STEP_SIZE 30\n"
		   "\" DISALLOW_REUSE 57000000\n\" TOTP_AUTH\n13992269\n28124169\n44040538\n"
		   "66676306\n86888870\n",
		30, 5},
	    {KEY32 "\n\" STEP_SIZE 60\n\" TOTP_AUTH\n\n\n", 60, 0},
	    {KEY32 "\n\" TIME_SKEW -2\n\" TOTP_AUTH\n\" LAST0 1\n", 30, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import_entry e;
		char why[128] = "old";
		int r =
		    import_google(cases[i].text, strlen(cases[i].text), &e, why, sizeof(why));

		if (r != SKS_OK)
			fail_msg("case %zu: %d %s", i, r, why);
		assert_string_equal(why, "");
		assert_string_equal(e.user, "");
		assert_int_equal(e.key.len, sizeof(BYTES));
		assert_memory_equal(e.key.bytes, BYTES, sizeof(BYTES));
		assert_string_equal(e.params.algorithm, "SHA1");
		assert_int_equal(e.params.digits, 6);
		assert_int_equal(e.params.period_s, cases[i].period_s);
		assert_int_equal(e.scratch_codes, cases[i].scratch);
		assert_int_equal(e.line, 1);
		assert_false(e.has_pin);
	}
}

static void
test_google_refused(void **state)
{
	static const struct {
		const char *text, *why[2];
	} cases[] = {
	    {"", {"line 1:", "base32"}},
	    {"\n", {"line 1:", "base32"}},
	    {"\" TOTP_AUTH\n" KEY32 "\n", {"line 1:", "base32"}},
	    {"JBSWY3DP\n\" TOTP_AUTH\n", {"line 1:", "80 bits"}},
	    {"JBSWY3DPEHPK3PX0\n\" TOTP_AUTH\n", {"line 1:", "base32"}},
	    {KEY32 "\n\" RATE_LIMIT 3 30\n\" HOTP_COUNTER 1\n", {"line 3:", "counter-based"}},
	    {KEY32 "\n\" TOTP_AUTH\n\" HOTP_COUNTER 1\n", {"line 3:", "counter-based"}},
	    {KEY32 "\n\" TOTP_AUTH\n\" OTP_DISABLED\n", {"line 3:", "switched off"}},
	    {KEY32 "\n\" TOTP_AUTH\n\" STEP_SIZE 45\n", {"line 3:", "30 or 60"}},
	    {KEY32 "\n\" TOTP_AUTH\n\" STEP_SIZE\n", {"line 3:", "30 or 60"}},
	    {KEY32 "\n\" STEP_SIZE 30\n\" STEP_SIZE 60\n\" TOTP_AUTH\n", {"line 3:", "twice"}},
	    {KEY32 "\n", {"line 1:", "TOTP_AUTH"}},
	    {KEY32 "\n12345678\n", {"line 2:", "TOTP_AUTH"}},
	    {KEY32 "\n\" TOTP_AUTH\n1234567\n", {"line 3:", "scratch"}},
	    {KEY32 "\n\" TOTP_AUTH\n" KEY32 "\n", {"line 3:", "scratch"}},
	    {KEY32 "\nTOTP_AUTH\n", {"line 2:", "scratch"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import_entry e;
		char why[128] = "";
		int r =
		    import_google(cases[i].text, strlen(cases[i].text), &e, why, sizeof(why));

		if (r != SKS_INVALID || strstr(why, cases[i].why[0]) != why ||
		    strstr(why, cases[i].why[1]) == NULL)
			fail_msg("case %zu: %d \"%s\"", i, r, why);
		assert_null(strstr(why, "JBSW"));
		assert_wiped(&e);
	}
}

static void
test_nul_bytes(void **state)
{
	static const char google[] = KEY32 "\0\n\" TOTP_AUTH\n";
	static const char oath[] = "HOTP/T30 us\0er - " KEY16 "\n";
	static const char key[] = "HOTP/T30 user - " KEY16 "\0\0\n";
	struct import_oath in;
	struct import_entry e;
	char why[128];

	(void)state;
	assert_int_equal(
	    import_google(google, sizeof(google) - 1, &e, why, sizeof(why)), SKS_INVALID);
	import_oath_init(&in, oath, sizeof(oath) - 1);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), SKS_INVALID);
	import_oath_init(&in, key, sizeof(key) - 1);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), SKS_INVALID);
}

static void
test_oath(void **state)
{
	static const struct {
		const char *line;
		uint32_t digits, period_s;
		bool pin;
	} cases[] = {
	    {"HOTP/T30/6 alice - " SEED16, 6, 30, false},
	    {"HOTP/T30 alice - " SEED16 "\n", 6, 30, false},
	    {"HOTP/T30/8\talice\t-\t" SEED16 "\t0\t328482\t2009-12-07T23:23:49L\r\n", 8, 30,
		false},
	    {"  HOTP/T60 alice + " SEED16 "\n", 6, 60, false},
	    {"HOTP/T60/6 alice pw " SEED16 "\n", 6, 60, true},
	    {"HOTP/T60/8 alice 1234 " SEED16 "\n", 8, 60, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import_oath in;
		struct import_entry e;
		char why[128] = "old";

		import_oath_init(&in, cases[i].line, strlen(cases[i].line));
		if (import_oath_next(&in, &e, why, sizeof(why)) != 1)
			fail_msg("case %zu: %s", i, why);
		assert_string_equal(why, "");
		assert_string_equal(e.user, "alice");
		assert_int_equal(e.key.len, 20);
		assert_memory_equal(e.key.bytes, "12345678901234567890", 20);
		assert_string_equal(e.params.algorithm, "SHA1");
		assert_int_equal(e.params.digits, cases[i].digits);
		assert_int_equal(e.params.period_s, cases[i].period_s);
		assert_int_equal(e.has_pin, cases[i].pin);
		assert_int_equal(e.line, 1);
		assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), 0);
	}
}

/* A refused line does not hide those behind it. */
static void
test_oath_file(void **state)
{
	static const char file[] = "# comment\n"
				   "\n"
				   "HOTP/T30/6 alice - " KEY16 "\n"
				   "HOTP bob - " KEY16 " 4\n"
				   "   # indented\n"
				   "HOTP/T60/8 カルロス - 48656C6C6F21DEADBEEF\n"
				   "HOTP/T30/7 dora - " KEY16 "\n"
				   "HOTP/T30 alice - " SEED16;
	struct import_oath in;
	struct import_entry e;
	char why[128];

	(void)state;
	import_oath_init(&in, file, strlen(file));
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), 1);
	assert_string_equal(e.user, "alice");
	assert_int_equal(e.line, 3);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), SKS_INVALID);
	assert_non_null(strstr(why, "line 4:"));
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), 1);
	assert_string_equal(e.user, "カルロス");
	assert_memory_equal(e.key.bytes, BYTES, sizeof(BYTES));
	assert_int_equal(e.params.period_s, 60);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), SKS_INVALID);
	assert_non_null(strstr(why, "line 7:"));
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), 1);
	assert_int_equal(e.line, 8);
	assert_int_equal(e.key.len, 20);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), 0);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), 0);
}

static void
test_oath_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
	    {"HOTP alice - " KEY16, "counter-based"},
	    {"HOTP/E alice - " KEY16, "counter-based"},
	    {"HOTP/E/6 alice - " KEY16, "counter-based"},
	    {"HOTP/T30/7 alice - " KEY16, "6 or 8"},
	    {"HOTP/T60/7 alice - " KEY16, "6 or 8"},
	    {"HOTP/T30/66 alice - " KEY16, "6 or 8"},
	    {"HOTP/T300 alice - " KEY16, "6 or 8"},
	    {"HOTP/T45 alice - " KEY16, "type"},
	    {"HOTP/T45/6 alice - " KEY16, "type"},
	    {"hotp/t30 alice - " KEY16, "type"},
	    {"MOTP alice - " KEY16, "type"},
	    {"HOTP/T30 alice -", "type, user, PIN and secret"},
	    {"HOTP/T30", "type, user, PIN and secret"},
	    {KEY16, "type, user, PIN and secret"},
	    {"HOTP/T30 alice - 00", "80 bits"},
	    {"HOTP/T30 alice - " KEY16 "0", "whole number"},
	    {"HOTP/T30 alice - " KEY16 "0g", "hexadecimal"},
	    {"HOTP/T30 alice - " KEY32, "hexadecimal"},
	    {"HOTP/T30 al\x01ice - " KEY16, "user name"},
	    {"HOTP/T30 al\xffice - " KEY16, "user name"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import_oath in;
		struct import_entry e;
		char why[128] = "";
		int r;

		import_oath_init(&in, cases[i].line, strlen(cases[i].line));
		r = import_oath_next(&in, &e, why, sizeof(why));
		if (r != SKS_INVALID || strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %d \"%s\"", i, r, why);
		assert_non_null(strstr(why, "line 1:"));
		assert_null(strstr(why, "4865"));
		assert_null(strstr(why, "JBSW"));
		assert_wiped(&e);
	}
}

static void
test_oath_long(void **state)
{
	struct import_oath in;
	struct import_entry e;
	char line[4096], why[128];
	size_t n;

	(void)state;
	/* the longest key, and one byte more */
	for (size_t extra = 0; extra < 2; extra++) {
		n = (size_t)snprintf(line, sizeof(line), "HOTP/T30 a - ");
		memset(line + n, 'a', 2 * (TOTP_KEY_MAX + extra));
		import_oath_init(&in, line, n + 2 * (TOTP_KEY_MAX + extra));
		assert_int_equal(
		    import_oath_next(&in, &e, why, sizeof(why)), extra == 0 ? 1 : SKS_INVALID);
	}
	memset(line + n, 'a', sizeof(line) - n);
	import_oath_init(&in, line, sizeof(line));
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), SKS_INVALID);
	memcpy(line, "HOTP/T30 ", 9);
	memset(line + 9, 'a', 2000);
	memcpy(line + 2009, " - ", 3);
	import_oath_init(&in, line, 2012 + 40);
	assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)), SKS_INVALID);
	/* the longest name, and one letter more */
	for (size_t len = NAME_SIZE - 1; len <= NAME_SIZE; len++) {
		memcpy(line, "HOTP/T30 ", 9);
		memset(line + 9, 'a', len);
		n = (size_t)snprintf(line + 9 + len, sizeof(line) - 9 - len, " - %s", KEY16);
		import_oath_init(&in, line, 9 + len + n);
		assert_int_equal(import_oath_next(&in, &e, why, sizeof(why)),
		    len < NAME_SIZE ? 1 : SKS_INVALID);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_google),
	    cmocka_unit_test(test_google_refused),
	    cmocka_unit_test(test_nul_bytes),
	    cmocka_unit_test(test_oath),
	    cmocka_unit_test(test_oath_file),
	    cmocka_unit_test(test_oath_refused),
	    cmocka_unit_test(test_oath_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
