/* When a period is over: the vouched clock, shortened periods, ranges. No store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/retain.h"
#include "error.h"
#include <string.h>

#define HOUR INT64_C(3600000)
#define DAY  RETAIN_DAY_MS
#define WALL INT64_C(1800000000000)

static const uint8_t boot_a[16] = {1}, boot_b[16] = {2};

static struct retain_clock
begun(void)
{
	struct retain_clock c;

	retain_clock_begin(&c, WALL, (struct instant){WALL, 1000}, boot_a);
	return c;
}

/* Looks once a minute for so long; both clocks run. */
static void
watch(struct retain_clock *c, struct instant *now, const uint8_t boot[16], int64_t ms)
{
	for (int64_t end = now->boot_ms + ms; now->boot_ms < end;) {
		int64_t step = end - now->boot_ms < 60000 ? end - now->boot_ms : 60000;

		now->boot_ms += step;
		now->wall_ms += step;
		retain_clock_look(c, *now, boot);
	}
}

static void
test_it_follows_the_clocks(void **state)
{
	struct retain_clock c = begun();
	struct instant now = {WALL, 1000};

	(void)state;
	watch(&c, &now, boot_a, 3 * DAY);
	assert_int_equal(c.vouched_ms, now.wall_ms);
	assert_int_equal(c.watched_ms, 3 * DAY);
	assert_int_equal(retain_clock_doubt(&c), 0);
	/* slewed by NTP, half a millisecond a second */
	for (int i = 0; i < 1000; i++) {
		now.boot_ms += 60000;
		now.wall_ms += 60030;
		retain_clock_look(&c, now, boot_a);
	}
	assert_int_equal(c.vouched_ms, now.wall_ms);
}

static void
test_a_jump_forward_is_believed_late(void **state)
{
	static const struct {
		int64_t jump, wait;
	} cases[] = {
	    {2000, HOUR},           /* at least an hour */
	    {5 * HOUR, HOUR},       /* a tenth would be less */
	    {50 * HOUR, 5 * HOUR},  /* a tenth */
	    {70 * DAY, 7 * DAY},    /* a tenth */
	    {20000 * DAY, 7 * DAY}, /* at most a week */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct retain_clock c = begun();
		struct instant now = {WALL, 1000};

		watch(&c, &now, boot_a, HOUR);
		now.wall_ms += cases[i].jump;
		watch(&c, &now, boot_a, cases[i].wait - 60000);
		assert_int_equal(c.vouched_ms, now.wall_ms - cases[i].jump);
		assert_int_equal(retain_clock_now(&c, now.wall_ms), c.vouched_ms);
		assert_true(retain_clock_doubt(&c) > 0);
		watch(&c, &now, boot_a, 3 * 60000);
		assert_int_equal(c.vouched_ms, now.wall_ms);
		assert_int_equal(retain_clock_doubt(&c), 0);
	}
}

static void
test_a_jump_taken_back_leaves_nothing(void **state)
{
	struct retain_clock c = begun();
	struct instant now = {WALL, 1000};

	(void)state;
	now.wall_ms += 3650 * DAY;
	watch(&c, &now, boot_a, DAY);
	now.wall_ms -= 3650 * DAY;
	watch(&c, &now, boot_a, HOUR);
	assert_int_equal(c.vouched_ms, now.wall_ms);
	assert_int_equal(c.vouched_ms, WALL + DAY + HOUR);
}

/* One jump after another, each before the one before it is believed. */
static void
test_jumps_in_a_row_begin_the_wait_again(void **state)
{
	struct retain_clock c = begun();
	struct instant now = {WALL, 1000};

	(void)state;
	for (int i = 0; i < 48; i++) {
		now.wall_ms += 10 * DAY;
		watch(&c, &now, boot_a, HOUR / 2);
	}
	assert_int_equal(c.vouched_ms, WALL + DAY);
}

static void
test_set_back_it_waits(void **state)
{
	struct retain_clock c = begun();
	struct instant now = {WALL, 1000};

	(void)state;
	now.wall_ms -= 100 * DAY;
	watch(&c, &now, boot_a, DAY);
	assert_int_equal(c.vouched_ms, WALL + DAY); /* never back */
	assert_int_equal(retain_clock_now(&c, now.wall_ms), now.wall_ms);
	/* and set right again it is no jump to doubt */
	now.wall_ms += 100 * DAY;
	watch(&c, &now, boot_a, 60000);
	assert_int_equal(c.vouched_ms, now.wall_ms);
}

static void
test_a_reboot_is_believed_after_a_while(void **state)
{
	struct retain_clock c = begun();
	struct instant now = {WALL, 1000};

	(void)state;
	watch(&c, &now, boot_a, DAY);
	now.wall_ms += 30 * DAY; /* switched off */
	now.boot_ms = 20000;
	retain_clock_look(&c, now, boot_b);
	assert_int_equal(c.vouched_ms, WALL + DAY);
	watch(&c, &now, boot_b, 3 * DAY - HOUR);
	assert_true(c.vouched_ms < now.wall_ms);
	watch(&c, &now, boot_b, 2 * HOUR);
	assert_int_equal(c.vouched_ms, now.wall_ms);
}

/* Off 14 hours a day, for a year: never far behind. */
static void
test_a_host_that_sleeps_at_night(void **state)
{
	struct retain_clock c = begun();
	struct instant now = {WALL, 1000};
	int64_t worst = 0;

	(void)state;
	for (int day = 0; day < 365; day++) {
		uint8_t boot[16] = {3, (uint8_t)day, (uint8_t)(day >> 8)};

		now.boot_ms = 20000;
		retain_clock_look(&c, now, boot);
		watch(&c, &now, boot, 10 * HOUR);
		if (now.wall_ms - c.vouched_ms > worst)
			worst = now.wall_ms - c.vouched_ms;
		now.wall_ms += 14 * HOUR;
	}
	assert_true(worst < DAY);
}

/* The boot clock cannot run backwards; what says so is not believed. */
static void
test_a_boot_clock_that_runs_back_is_no_time(void **state)
{
	struct retain_clock c = begun();

	(void)state;
	retain_clock_look(&c, (struct instant){WALL, 500}, boot_a);
	assert_int_equal(c.vouched_ms, WALL);
	assert_int_equal(c.watched_ms, 0);
}

static void
test_the_clock_is_kept_as_text(void **state)
{
	struct retain_clock c = begun(), back;
	struct instant now = {WALL, 1000};
	char text[RETAIN_TEXT_SIZE];

	(void)state;
	now.wall_ms += 90 * DAY;
	watch(&c, &now, boot_a, HOUR + 1234);
	memset(c.boot_id, 0xfe, sizeof(c.boot_id));
	retain_clock_print(&c, text);
	assert_int_equal(retain_clock_scan(&back, text), SKS_OK);
	assert_memory_equal(&c, &back, sizeof(c));
	assert_int_equal(retain_clock_scan(&back, ""), SKS_INVALID);
	assert_int_equal(retain_clock_scan(&back, "1 2 3 4 5"), SKS_INVALID);
	assert_int_equal(retain_clock_scan(&back, "1 -2 3 4 5 00"), SKS_INVALID);
	text[strlen(text) - 1] = '\0';
	assert_int_equal(retain_clock_scan(&back, text), SKS_INVALID);
}

/* ---- periods -------------------------------------------------------------------------------
 */

static void
test_a_longer_period_counts_at_once(void **state)
{
	struct retain_class c;

	(void)state;
	retain_class_begin(&c, 365 * DAY);
	retain_class_settle(&c, 730 * DAY, HOUR);
	assert_int_equal(c.period_ms, 730 * DAY);
	assert_int_equal(retain_class_grace(&c, HOUR), 0);
}

/* What ends on a day ends by either clock, and does not begin again. */
static void
test_a_date_never_goes_back(void **state)
{
	struct retain_clock c;
	struct instant now = {.wall_ms = 100 * DAY, .boot_ms = HOUR};
	uint8_t boot[16] = {1}, other[16] = {2};

	(void)state;
	retain_clock_begin(&c, now.wall_ms, now, boot);
	assert_int_equal(retain_clock_date(&c, now, boot), 100 * DAY);
	now.boot_ms += 10 * DAY; /* ten days pass, and the wall clock was set back by twenty */
	now.wall_ms -= 10 * DAY;
	assert_int_equal(retain_clock_date(&c, now, boot), 110 * DAY);
	assert_int_equal(retain_clock_date(&c, now, other), 100 * DAY); /* a reboot: 1970 or so */
	now.wall_ms = 500 * DAY; /* set forward: believed as long as it stands there */
	assert_int_equal(retain_clock_date(&c, now, boot), 500 * DAY);
	now.wall_ms = 100 * DAY;
	assert_int_equal(retain_clock_date(&c, now, boot), 110 * DAY);
}

static void
test_a_shorter_period_has_its_grace(void **state)
{
	struct retain_class c;

	(void)state;
	retain_class_begin(&c, 365 * DAY);
	retain_class_settle(&c, 30 * DAY, 100 * DAY);
	assert_int_equal(c.period_ms, 365 * DAY);
	assert_int_equal(retain_class_grace(&c, 100 * DAY), RETAIN_GRACE_MS);
	retain_class_settle(&c, 30 * DAY, 100 * DAY + RETAIN_GRACE_MS - 1);
	assert_int_equal(c.period_ms, 365 * DAY);
	retain_class_settle(&c, 30 * DAY, 100 * DAY + RETAIN_GRACE_MS);
	assert_int_equal(c.period_ms, 30 * DAY);
	assert_int_equal(retain_class_grace(&c, 200 * DAY), 0);
}

/* Taken back in time, it never was; and another one waits anew. */
static void
test_a_shortening_taken_back(void **state)
{
	struct retain_class c;

	(void)state;
	retain_class_begin(&c, 365 * DAY);
	retain_class_settle(&c, 30 * DAY, 0);
	retain_class_settle(&c, 365 * DAY, 6 * DAY);
	retain_class_settle(&c, 30 * DAY, 6 * DAY + 1);
	retain_class_settle(&c, 30 * DAY, 8 * DAY);
	assert_int_equal(c.period_ms, 365 * DAY);
	retain_class_settle(&c, 20 * DAY, 12 * DAY);
	retain_class_settle(&c, 20 * DAY, 18 * DAY);
	assert_int_equal(c.period_ms, 365 * DAY);
	retain_class_settle(&c, 20 * DAY, 19 * DAY);
	assert_int_equal(c.period_ms, 20 * DAY);
}

static void
test_a_class_is_kept_as_text(void **state)
{
	struct retain_class c = {1, 2, 3, UINT64_MAX}, back;
	char text[RETAIN_TEXT_SIZE];

	(void)state;
	retain_class_print(&c, text);
	assert_int_equal(retain_class_scan(&back, text), SKS_OK);
	assert_memory_equal(&c, &back, sizeof(c));
	assert_int_equal(retain_class_scan(&back, "0 0 0 0"), SKS_INVALID);
	assert_int_equal(retain_class_scan(&back, "5 5 0"), SKS_INVALID);
}

/* ---- ranges --------------------------------------------------------------------------------
 */

static void
test_ranges(void **state)
{
	static struct retain_ranges r;
	char text[RETAIN_RANGE_TEXT];

	(void)state;
	assert_true(retain_ranges_add(&r, 3));
	assert_true(retain_ranges_add(&r, 9)); /* what lies between is of other classes */
	retain_ranges_break(&r);
	retain_ranges_break(&r);
	assert_true(retain_ranges_add(&r, 11));
	assert_int_equal(r.count, 2);
	assert_string_equal(retain_range_text(&r, 0, text), "3-9");
	assert_string_equal(retain_range_text(&r, 1, text), "11");
	for (uint64_t i = 2; i < RETAIN_RANGES_MAX; i++) {
		retain_ranges_break(&r);
		assert_true(retain_ranges_add(&r, UINT64_MAX - 1000 + i));
	}
	assert_true(retain_ranges_add(&r, UINT64_MAX));
	assert_string_equal(retain_range_text(&r, RETAIN_RANGES_MAX - 1, text),
	    "18446744073709550870-18446744073709551615");
	retain_ranges_break(&r);
	assert_false(retain_ranges_add(&r, UINT64_MAX));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_it_follows_the_clocks),
	    cmocka_unit_test(test_a_jump_forward_is_believed_late),
	    cmocka_unit_test(test_a_jump_taken_back_leaves_nothing),
	    cmocka_unit_test(test_jumps_in_a_row_begin_the_wait_again),
	    cmocka_unit_test(test_set_back_it_waits),
	    cmocka_unit_test(test_a_reboot_is_believed_after_a_while),
	    cmocka_unit_test(test_a_host_that_sleeps_at_night),
	    cmocka_unit_test(test_a_boot_clock_that_runs_back_is_no_time),
	    cmocka_unit_test(test_the_clock_is_kept_as_text),
	    cmocka_unit_test(test_a_longer_period_counts_at_once),
	    cmocka_unit_test(test_a_shorter_period_has_its_grace),
	    cmocka_unit_test(test_a_date_never_goes_back),
	    cmocka_unit_test(test_a_shortening_taken_back),
	    cmocka_unit_test(test_a_class_is_kept_as_text),
	    cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests_name("retain", tests, NULL, NULL);
}
