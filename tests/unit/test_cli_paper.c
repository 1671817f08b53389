/* Papers: dates with their era, and entries held against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/paper/dates.c"
#include "../../cli/paper/entries.c"
#include <stdlib.h>

/* What the library's own would say after i18n_init("ja"), without its catalogue. */
static const char *language = "ja";

const char *
i18n_language(void)
{
	return language;
}

static int64_t
at(const char *text)
{
	struct tm tm = {.tm_isdst = -1};

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return (int64_t)mktime(&tm) * 1000;
}

static void
dates_have_their_era(void **state)
{
	static const struct {
		const char *when, *day;
	} cases[] = {{"2026-11-22 14:03", "令和8年11月22日（2026-11-22）"},
	    {"2019-05-01 00:00", "令和元年5月1日（2019-05-01）"},
	    {"2019-04-30 23:59", "平成31年4月30日（2019-04-30）"},
	    {"1989-01-08 00:00", "平成元年1月8日（1989-01-08）"},
	    {"1989-01-07 12:00", "昭和64年1月7日（1989-01-07）"}};
	char out[DATES_SIZE];

	(void)state;
	language = "ja";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(dates_day(at(cases[i].when), out), cases[i].day);
	assert_string_equal(dates_time(at("2026-11-22 14:03"), out),
	    "令和8年11月22日（2026-11-22）14:03 JST");
	assert_string_equal(dates_machine(at("2026-11-22 14:03"), out), "2026-11-22T14:03:00+09:00");
	assert_string_equal(dates_fiscal_year(2026, out), "令和8年度（2026）");
	assert_string_equal(dates_fiscal_year(2019, out), "令和元年度（2019）");
	assert_string_equal(dates_fiscal_year(2018, out), "平成30年度（2018）");
	/* the day that is over at midnight UTC, whatever the time zone */
	assert_string_equal(dates_last_day(INT64_C(1793491200000), false, out),
	    "令和8年10月31日（2026-10-31）");
	assert_string_equal(dates_last_day(INT64_C(1793491200000), true, out), "2026-10-31");
	assert_string_equal(dates_last_day(0, true, out), "");
	language = "en";
	assert_string_equal(dates_time(at("2026-11-22 14:03"), out), "2026-11-22 14:03 JST");
	assert_string_equal(dates_fiscal_year(2026, out), "fiscal year 2026");
	assert_string_equal(dates_time(0, out), "");
	assert_string_equal(dates_machine(0, out), "");
}

static size_t
differences(const char *log, const char *table)
{
	json_t *a = json_loads(log, 0, NULL), *b = json_loads(table, 0, NULL);
	json_t *found = paper_compare(a, b);
	size_t n = json_array_size(found);

	assert_non_null(a);
	assert_non_null(b);
	json_decref(a);
	json_decref(b);
	json_decref(found);
	return n;
}

static void
entries_are_compared(void **state)
{
	static const struct {
		const char *log, *table;
		size_t n;
	} cases[] = {{"[]", "[]", 0},
	    {"[{\"id\":\"E-1\",\"rule\":\"a\"}]", "[{\"id\":\"E-1\",\"rule\":\"a\"}]", 0},
	    {"[{\"id\":\"E-1\",\"rule\":\"a\"}]", "[{\"id\":\"E-1\",\"rule\":\"b\"}]", 1},
	    {"[{\"id\":\"E-1\"}]", "[{\"id\":\"E-1\",\"rule\":\"b\"}]", 1},
	    {"[{\"id\":\"E-1\",\"rule\":\"a\"}]", "[{\"id\":\"E-1\"}]", 1},
	    {"[{\"id\":\"E-1\"}]", "[]", 1}, {"[]", "[{\"id\":\"E-1\"}]", 1},
	    {"[{\"id\":\"E-2\"},{\"id\":\"E-1\"}]", "[{\"id\":\"E-1\"},{\"id\":\"E-2\"}]", 0},
	    /* two looks at a clock are one time, two seconds apart at most */
	    {"[{\"id\":\"E-1\",\"from_at\":5000}]", "[{\"id\":\"E-1\",\"from_at\":7000}]", 0},
	    {"[{\"id\":\"E-1\",\"from_at\":5000}]", "[{\"id\":\"E-1\",\"from_at\":7001}]", 1},
	    {"[{\"id\":\"E-1\",\"from_at\":5000}]", "[{\"id\":\"E-1\"}]", 1},
	    {"[{\"id\":\"E-1\",\"for\":5000}]", "[{\"id\":\"E-1\",\"for\":5001}]", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (differences(cases[i].log, cases[i].table) != cases[i].n)
			fail_msg("case %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_have_their_era),
	    cmocka_unit_test(entries_are_compared),
	};

	(void)setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
