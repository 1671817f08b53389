/* Dates as they stand on paper: with the era, which conf/eras lists. */
#ifndef SEKISHO_CLI_PAPER_DATES_H
#define SEKISHO_CLI_PAPER_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATES_SIZE = 128 };

/* Local time, "" for 0: 令和8年11月22日（2026-11-22）14:03 JST; in other languages
 * 2026-11-22 14:03 JST. All return out. */
const char *dates_time(int64_t wall_ms, char out[DATES_SIZE]);
/* Without the time of day. */
const char *dates_day(int64_t wall_ms, char out[DATES_SIZE]);
/* The day that ends at this moment, as the policy has days: by UTC. machine: 2026-11-22. */
const char *dates_last_day(int64_t end_ms, bool machine, char out[DATES_SIZE]);
/* 令和8年度; "fiscal year 2026". */
const char *dates_fiscal_year(int year, char out[DATES_SIZE]);
/* For machines, with the offset: 2026-11-22T14:03:11+09:00. */
const char *dates_machine(int64_t wall_ms, char out[DATES_SIZE]);

#endif
