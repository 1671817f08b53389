#include "report/period.h"

#include "error.h"
#include <string.h>
#include <time.h>

enum { YEAR_MIN = 1990, YEAR_MAX = 2999 };
static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

static unsigned fiscal_start = 401; /* the 1st of April */

void
period_fiscal_start(unsigned month_day)
{
	fiscal_start = month_day;
}

static int64_t period_midnight(int year, int month, int day);

static int64_t
period_begins(int year)
{
	return period_midnight(year, (int)(fiscal_start / 100) - 1, (int)(fiscal_start % 100));
}

static struct tm
period_local(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	(void)localtime_r(&t, &tm);
	return tm;
}

static int64_t
period_midnight(int year, int month, int day)
{
	struct tm tm = {
	    .tm_year = year - 1900, .tm_mon = month, .tm_mday = day, .tm_isdst = -1};

	return (int64_t)mktime(&tm) * 1000;
}

int
period_fiscal_year_of(int64_t wall_ms)
{
	struct tm tm = period_local(wall_ms);

	return tm.tm_year + 1900 - (wall_ms < period_begins(tm.tm_year + 1900));
}

/* The first moment behind "at" at which a unit begins. */
static int64_t
period_next(enum period_unit unit, unsigned step, int64_t at)
{
	struct tm tm = period_local(at);
	int year = tm.tm_year + 1900;

	switch (unit) {
	case PERIOD_DAY:
		return period_midnight(year, tm.tm_mon, tm.tm_mday + 1);
	case PERIOD_WEEK: /* from Monday */
		return period_midnight(year, tm.tm_mon, tm.tm_mday + 7 - (tm.tm_wday + 6) % 7);
	case PERIOD_MONTH:
		return period_midnight(year, tm.tm_mon + 1, 1);
	case PERIOD_QUARTER:
		return period_midnight(year, tm.tm_mon / 3 * 3 + 3, 1);
	default:
		return period_begins(year + (int)step - (at < period_begins(year)));
	}
}

static bool
period_divide(struct period *p, enum period_unit unit, unsigned step)
{
	int64_t at = p->from_ms;

	for (p->count = 0; at < p->until_ms; p->count++) {
		if (p->count == PERIOD_BUCKETS_MAX)
			return false;
		p->edge_ms[p->count] = at;
		at = period_next(unit, step, at);
	}
	p->edge_ms[p->count] = p->until_ms;
	p->unit = unit;
	return true;
}

int
period_between(int64_t from_ms, int64_t until_ms, struct period *p)
{
	unsigned years = 1;

	memset(p, 0, sizeof(*p));
	p->from_ms = from_ms;
	p->until_ms = until_ms;
	if (from_ms < 0 || until_ms <= from_ms || until_ms / day_ms > 365 * INT64_C(1100))
		return SKS_INVALID;
	for (enum period_unit u = PERIOD_DAY; u < PERIOD_YEARS; u++) {
		if (period_divide(p, u, 1))
			return SKS_OK;
	}
	while (!period_divide(p, PERIOD_YEARS, years))
		years *= 2;
	return SKS_OK;
}

int
period_fiscal_year(int year, struct period *out)
{
	int r;

	if (year < YEAR_MIN || year > YEAR_MAX)
		return SKS_INVALID;
	r = period_between(period_begins(year), period_begins(year + 1), out);
	out->fiscal_year = year;
	return r;
}

unsigned
period_bucket(const struct period *p, int64_t wall_ms)
{
	if (wall_ms < p->from_ms || wall_ms >= p->until_ms)
		return p->count;
	for (unsigned i = 0; i < p->count; i++) {
		if (wall_ms < p->edge_ms[i + 1])
			return i;
	}
	return p->count;
}
