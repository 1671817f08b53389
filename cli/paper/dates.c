#include "paper/dates.h"

#include "i18n.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

__asm__(".pushsection .rodata\npaper_eras:\n.incbin \"conf/eras\"\n.byte 0\n.popsection\n");
extern const char paper_eras[];

struct era {
	int year, month, day;
	char name[32];
};

static struct tm
local(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	(void)localtime_r(&t, &tm);
	return tm;
}

static bool
is_before(const struct tm *tm, const struct era *e)
{
	int day = (tm->tm_year + 1900) * 10000 + (tm->tm_mon + 1) * 100 + tm->tm_mday;

	return day < e->year * 10000 + e->month * 100 + e->day;
}

/* The era that this day is in; false before the first. */
static bool
era_of(const struct tm *tm, struct era *out)
{
	for (const char *line = paper_eras; *line != '\0';) {
		const char *end = strchr(line, '\n');

		if (sscanf(line, "%4d-%2d-%2d %31s", &out->year, &out->month, &out->day,
			out->name) == 4 &&
		    !is_before(tm, out))
			return true;
		line = end != NULL ? end + 1 : line + strlen(line);
	}
	return false;
}

static bool
is_japanese(void)
{
	return strcmp(i18n_language(), "ja") == 0;
}

/* The first year of an era is written with a word. */
static void
era_year(const struct era *e, int year, char *out, size_t size)
{
	if (year == e->year)
		(void)snprintf(out, size, "%s元年", e->name);
	else
		(void)snprintf(out, size, "%s%d年", e->name, year - e->year + 1);
}

static const char *
day_of(const struct tm *tm, char out[DATES_SIZE])
{
	char iso[32], year[48];
	struct era e;

	(void)strftime(iso, sizeof(iso), "%Y-%m-%d", tm);
	if (!is_japanese() || !era_of(tm, &e)) {
		(void)snprintf(out, DATES_SIZE, "%s", iso);
		return out;
	}
	era_year(&e, tm->tm_year + 1900, year, sizeof(year));
	(void)snprintf(
	    out, DATES_SIZE, "%s%d月%d日（%s）", year, tm->tm_mon + 1, tm->tm_mday, iso);
	return out;
}

const char *
dates_day(int64_t wall_ms, char out[DATES_SIZE])
{
	struct tm tm = local(wall_ms);

	out[0] = '\0';
	return wall_ms == 0 ? out : day_of(&tm, out);
}

const char *
dates_last_day(int64_t end_ms, bool machine, char out[DATES_SIZE])
{
	time_t last = (time_t)((end_ms - 1) / 1000);
	struct tm tm = {0};

	out[0] = '\0';
	if (end_ms == 0 || gmtime_r(&last, &tm) == NULL)
		return out;
	if (!machine)
		return day_of(&tm, out);
	(void)strftime(out, DATES_SIZE, "%Y-%m-%d", &tm);
	return out;
}

const char *
dates_time(int64_t wall_ms, char out[DATES_SIZE])
{
	struct tm tm = local(wall_ms);
	char day[DATES_SIZE], clock[32];

	out[0] = '\0';
	if (wall_ms == 0)
		return out;
	(void)dates_day(wall_ms, day);
	(void)strftime(clock, sizeof(clock), "%H:%M %Z", &tm);
	(void)snprintf(out, DATES_SIZE, "%.80s%s%s", day, is_japanese() ? "" : " ", clock);
	return out;
}

const char *
dates_fiscal_year(int year, char out[DATES_SIZE])
{
	/* the year has the name of the era that its most days are in: that of its autumn */
	struct tm tm = {.tm_year = year - 1900, .tm_mon = 9, .tm_mday = 1};
	char name[48];
	struct era e;

	if (!is_japanese() || !era_of(&tm, &e)) {
		(void)snprintf(out, DATES_SIZE, _("fiscal year %d"), year);
		return out;
	}
	era_year(&e, year, name, sizeof(name));
	(void)snprintf(out, DATES_SIZE, "%s度（%d）", name, year);
	return out;
}

const char *
dates_machine(int64_t wall_ms, char out[DATES_SIZE])
{
	struct tm tm = local(wall_ms);
	char text[40];
	size_t n;

	out[0] = '\0';
	if (wall_ms == 0)
		return out;
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (n > 2) /* +0900 is +09:00 there */
		(void)snprintf(out, DATES_SIZE, "%.*s:%s", (int)n - 2, text, text + n - 2);
	return out;
}
