/* Time: the calendar against the C library's, texts as people and RFC 3339 write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "error.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS    INT64_C(86400000)
#define UNTOUCHED INT64_C(-4242)

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(id, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
test_now_is_now(void **state)
{
	int64_t before = (int64_t)time(NULL) * 1000;
	struct instant now = clock_now();
	int64_t after = ((int64_t)time(NULL) + 1) * 1000;
	int64_t mono = clock_monotonic_ms();
	struct timespec nap = {0, 20000000};

	(void)state;
	assert_true(now.wall_ms >= before && now.wall_ms <= after);
	assert_true(read_clock(CLOCK_BOOTTIME) - now.boot_ms < 5000);
	assert_true(read_clock(CLOCK_BOOTTIME) >= now.boot_ms);
	assert_true(read_clock(CLOCK_MONOTONIC) - mono < 5000);
	assert_true(read_clock(CLOCK_MONOTONIC) >= mono);
	assert_int_equal(nanosleep(&nap, NULL), 0);
	assert_true(clock_monotonic_ms() - mono >= 20);
	assert_true(clock_now().boot_ms - now.boot_ms >= 20);
	assert_true(clock_now().boot_ms - now.boot_ms < 60000);
}

static void
test_boot_id(void **state)
{
	char a[BOOT_ID_SIZE + 1], b[BOOT_ID_SIZE + 1];

	(void)state;
	memset(a, 'x', sizeof(a));
	assert_int_equal(clock_boot_id(a), SKS_OK);
	assert_int_equal(clock_boot_id(b), SKS_OK);
	assert_int_equal(strlen(a), BOOT_ID_SIZE);
	assert_int_equal(strspn(a, "0123456789abcdef-"), BOOT_ID_SIZE);
	assert_string_equal(a, b);
}

static void
test_rfc3339_known(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
	    {0, "1970-01-01T00:00:00.000Z"},
	    {1, "1970-01-01T00:00:00.001Z"},
	    {-1, "1969-12-31T23:59:59.999Z"},
	    {951782400000, "2000-02-29T00:00:00.000Z"},
	    {951868799999, "2000-02-29T23:59:59.999Z"},
	    {951868800000, "2000-03-01T00:00:00.000Z"},
	    {2147483648000, "2038-01-19T03:14:08.000Z"},
	    {4107542400000, "2100-03-01T00:00:00.000Z"},
	    {253402300799999, "9999-12-31T23:59:59.999Z"},
	    {253402300800000, "9999-12-31T23:59:59.999Z"}, /* more than four digits */
	    {INT64_MAX, "9999-12-31T23:59:59.999Z"},
	    {-62167219200000, "0000-01-01T00:00:00.000Z"},
	    {-62167219200001, "0000-01-01T00:00:00.000Z"},
	    {INT64_MIN, "0000-01-01T00:00:00.000Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[25];

		assert_ptr_equal(clock_rfc3339(cases[i].ms, out, sizeof(out)), out);
		assert_string_equal(out, cases[i].text);
		assert_string_equal(clock_rfc3339(cases[i].ms, out, 24), "");
	}
}

/* One instant in each week of 3,000 years, against gmtime_r, and back. */
static void
test_calendar_agrees_with_libc(void **state)
{
	(void)state;
	for (int64_t week = -100000; week < 60000; week++) {
		int64_t ms = week * 7 * DAY_MS + (week * 7919 % DAY_MS);
		time_t t = (time_t)(ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000));
		char ours[32], theirs[64];
		struct tm tm;
		int64_t back = 0;

		clock_rfc3339(ms, ours, sizeof(ours));
		assert_non_null(gmtime_r(&t, &tm));
		snprintf(theirs, sizeof(theirs), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec, (int)(ms - (int64_t)t * 1000));
		if (strcmp(ours, theirs) != 0)
			fail_msg("%" PRId64 ": %s, not %s", ms, ours, theirs);
		assert_int_equal(clock_parse(ours, 0, &back), SKS_OK);
		assert_true(back == ms);
	}
}

static void
test_time_zone_changes_nothing(void **state)
{
	char out[32];
	int64_t ms;

	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	tzset();
	assert_string_equal(clock_rfc3339(0, out, sizeof(out)), "1970-01-01T00:00:00.000Z");
	assert_int_equal(clock_parse("1970-01-02", 0, &ms), SKS_OK);
	assert_true(ms == DAY_MS);
	unsetenv("TZ");
	tzset();
}

#define NOW INT64_C(1795323791042) /* 2026-11-22T05:03:11.042Z */

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int error;
		int64_t ms;
	} cases[] = {
	    {"2026-11-22T05:03:11.042Z", SKS_OK, NOW},
	    {"2026-11-22t05:03:11.042z", SKS_OK, NOW},
	    {"2026-11-22 05:03:11.042Z", SKS_OK, NOW},
	    {"2026-11-22T14:03:11.042+09:00", SKS_OK, NOW},
	    {"2026-11-21T23:33:11.042-05:30", SKS_OK, NOW},
	    {"2026-11-22T05:03:11.0429999999999999999999Z", SKS_OK, NOW},
	    {"2026-11-22T05:03:11Z", SKS_OK, NOW - 42},
	    {"2026-11-22T05:03:11.5Z", SKS_OK, NOW - 42 + 500},
	    {"2016-12-31T23:59:60Z", SKS_OK, 1483228800000}, /* a leap second */
	    {"2026-11-22", SKS_OK, NOW - NOW % DAY_MS},
	    {"2024-02-29", SKS_OK, 1709164800000},
	    {"2000-02-29", SKS_OK, 951782400000},
	    {"0s", SKS_OK, NOW},
	    {"90m", SKS_OK, NOW - INT64_C(90) * 60000},
	    {"2h", SKS_OK, NOW - INT64_C(7200000)},
	    {"7d", SKS_OK, NOW - 7 * DAY_MS},
	    {"", SKS_INVALID, 0},
	    {"2026", SKS_INVALID, 0}, /* a year? seconds? not said */
	    {"2026-", SKS_INVALID, 0},
	    {"2026-11", SKS_INVALID, 0},
	    {"2026-11-2", SKS_INVALID, 0},
	    {"2026-11-22T", SKS_INVALID, 0},
	    {"2026-11-22T05:03Z", SKS_INVALID, 0},
	    {"2026-11-22T05:03:11", SKS_INVALID, 0}, /* no zone */
	    {"2026-11-22T05:03:11.Z", SKS_INVALID, 0},
	    {"2026-11-22T05:03:11+0900", SKS_INVALID, 0},
	    {"2026-11-22T05:03:11+24:00", SKS_INVALID, 0},
	    {"2026-11-22T05:03:11+09:60", SKS_INVALID, 0},
	    {"2026-11-22T05:03:11Z ", SKS_INVALID, 0},
	    {"2026-11-22Z", SKS_INVALID, 0},
	    {"2026-00-22", SKS_INVALID, 0},
	    {"2026-13-22", SKS_INVALID, 0},
	    {"2026-11-00", SKS_INVALID, 0},
	    {"2026-11-31", SKS_INVALID, 0},
	    {"2026-02-29", SKS_INVALID, 0},
	    {"1900-02-29", SKS_INVALID, 0},
	    {"2026-11-22T24:00:00Z", SKS_INVALID, 0},
	    {"2026-11-22T05:60:11Z", SKS_INVALID, 0},
	    {"2026-11-22T05:03:61Z", SKS_INVALID, 0},
	    {"-026-11-22", SKS_INVALID, 0},
	    {"+2026-11-22", SKS_INVALID, 0},
	    {" 2026-11-22", SKS_INVALID, 0},
	    {"12026-11-22", SKS_INVALID, 0},
	    {"2026-1a-22", SKS_INVALID, 0},
	    {"yesterday", SKS_INVALID, 0},
	    {"-2h", SKS_INVALID, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = UNTOUCHED;
		int error = clock_parse(cases[i].text, NOW, &ms);

		if (error != cases[i].error || ms != (error == 0 ? cases[i].ms : UNTOUCHED))
			fail_msg("\"%s\": %d, %" PRId64, cases[i].text, error, ms);
	}
}

static void
test_age_before_all_time(void **state)
{
	int64_t ms = UNTOUCHED;

	(void)state;
	assert_int_equal(clock_parse("1d", INT64_MIN, &ms), SKS_INVALID);
	assert_int_equal(clock_parse("1d", INT64_MIN + DAY_MS, &ms), SKS_OK);
	assert_true(ms == INT64_MIN);
}

static void
test_parse_duration(void **state)
{
	static const struct {
		const char *text;
		int error;
		int64_t ms;
	} cases[] = {
	    {"15m", SKS_OK, 900000},
	    {"2h", SKS_OK, 7200000},
	    {"30s", SKS_OK, 30000},
	    {"1d", SKS_OK, 86400000},
	    {"90", SKS_OK, 90000},
	    {"0", SKS_OK, 0},
	    {"000000000000000000000000000001s", SKS_OK, 1000},
	    {"1000000000d", SKS_OK, INT64_C(1000000000) * 86400000},
	    {"106751991167d", SKS_INVALID, 0}, /* near INT64_MAX ms: nobody means it */
	    {"99999999999d", SKS_OK, INT64_C(99999999999) * 86400000},
	    {"9223372036854775808", SKS_INVALID, 0},
	    {"99999999999999999999999999", SKS_INVALID, 0},
	    {"", SKS_INVALID, 0},
	    {"m", SKS_INVALID, 0},
	    {"-1m", SKS_INVALID, 0},
	    {"+1m", SKS_INVALID, 0},
	    {"1.5h", SKS_INVALID, 0},
	    {"1h30m", SKS_INVALID, 0},
	    {"1 h", SKS_INVALID, 0},
	    {" 1h", SKS_INVALID, 0},
	    {"1h ", SKS_INVALID, 0},
	    {"1H", SKS_INVALID, 0},
	    {"5y", SKS_OK, INT64_C(5) * 365 * 86400000},
	    {"99999999999y", SKS_INVALID, 0},
	    {"1w", SKS_INVALID, 0},
	    {"1ms", SKS_INVALID, 0},
	    {"0x10", SKS_INVALID, 0},
	    {"１h", SKS_INVALID, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = UNTOUCHED;
		int error = clock_parse_duration(cases[i].text, &ms);

		if (error != cases[i].error || ms != (error == 0 ? cases[i].ms : UNTOUCHED))
			fail_msg("\"%s\": %d, %" PRId64, cases[i].text, error, ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_now_is_now),
	    cmocka_unit_test(test_boot_id),
	    cmocka_unit_test(test_rfc3339_known),
	    cmocka_unit_test(test_calendar_agrees_with_libc),
	    cmocka_unit_test(test_time_zone_changes_nothing),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_age_before_all_time),
	    cmocka_unit_test(test_parse_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
