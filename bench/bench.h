/*
 * What the programs of the benchmarks agree on: the made-up accounts, their keys, and what a
 * client reports.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdint.h>

enum {
	BENCH_USERS_MAX = 1000000,
	BENCH_UID_FIRST = 1000000, /* user number n has this uid plus n */
	BENCH_NAME_SIZE = 16,
	BENCH_KEY_SIZE = 20,
	BENCH_STEP_S = 30,
	BENCH_DIGITS = 6,
};

/* "b0000042" is user number 42. */
#define BENCH_NAME_FORMAT "b%07u"

/* One transaction, as a client writes it to its standard output. Times of CLOCK_MONOTONIC_RAW.
 */
struct bench_result {
	uint64_t begun_ns;
	uint32_t start_ns, authenticate_ns, account_ns, end_ns; /* durations of the PAM calls */
	int32_t status; /* the first that failed, or 0 */
	uint32_t asked; /* prompts that were answered */
};

#endif
