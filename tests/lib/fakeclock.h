/*
 * The sandbox's clock: one page that every process of the namespace maps.
 * fakeclock.c reads it in their place, sandbox-clock.c writes it.
 */
#ifndef TESTS_FAKECLOCK_H
#define TESTS_FAKECLOCK_H

#include <stdint.h>

#define FAKECLOCK_PATH "/run/sekisho-sandbox/clock"

struct fakeclock {
	int64_t shift_s; /* wall and boot clock together: time that passed */
	int64_t jump_s;  /* wall clock alone: somebody set the clock */
	int64_t awake_s; /* of shift_s: while the host was awake, so CLOCK_MONOTONIC_RAW too */
	int64_t start_s; /* wall clock alone: when the sandbox began, instead of now */
	int64_t unsynchronised; /* what the kernel says: nothing keeps its clock in step */
};

/* A longer step at once is a host that slept. */
enum { FAKECLOCK_AWAKE_MAX_S = 60 };

#endif
