/*
 * The period of a report: a fiscal year, from April on unless the policy says otherwise, or from
 * and until; and the up to PERIOD_BUCKETS_MAX stretches of days, weeks, months, quarters or years
 * that charts show.
 */
#ifndef SEKISHO_REPORT_PERIOD_H
#define SEKISHO_REPORT_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

enum { PERIOD_BUCKETS_MAX = 16 };
enum period_unit { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEARS };

struct period {
	int64_t from_ms, until_ms; /* wall clock, until excluded */
	int fiscal_year;           /* 0: it is none */
	enum period_unit unit;
	unsigned count;
	int64_t edge_ms[PERIOD_BUCKETS_MAX + 1]; /* edge_ms[0] is from_ms, the last until_ms */
};

/* The day that a fiscal year begins with in this process: 401, the 1st of April, unless told. */
void period_fiscal_start(unsigned month_day);
/* The fiscal year that a time is in, by local time. */
int period_fiscal_year_of(int64_t wall_ms);
/* 0; SKS_INVALID: a year that none can be, or nothing between from and until. */
int period_fiscal_year(int year, struct period *out);
int period_between(int64_t from_ms, int64_t until_ms, struct period *out);
/* Of a time in the period; count when it is outside. */
unsigned period_bucket(const struct period *p, int64_t wall_ms);

#endif
