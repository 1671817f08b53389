/*
 * Time as a parameter. Wall clock for people, boot clock (CLOCK_BOOTTIME, runs through
 * suspend) for expiry. Everything that decides takes a struct instant; only the edges read
 * the clock.
 */
#ifndef SEKISHO_CLOCK_H
#define SEKISHO_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct instant {
	int64_t wall_ms; /* since 1970-01-01 UTC */
	int64_t boot_ms; /* CLOCK_BOOTTIME */
};

enum { BOOT_ID_SIZE = 36 };

struct instant clock_now(void);
/* CLOCK_MONOTONIC in ms: for deadlines of I/O only. */
int64_t clock_monotonic_ms(void);
/* The same in microseconds: for measuring only. */
int64_t clock_monotonic_us(void);
/* CLOCK_MONOTONIC_RAW in ms: stands still while the host sleeps. */
int64_t clock_awake_ms(void);
/* /proc/sys/kernel/random/boot_id, NUL-terminated, into out[BOOT_ID_SIZE + 1]; 0 or SKS_IO. */
int clock_boot_id(char out[BOOT_ID_SIZE + 1]);
/* The same as bytes. */
int clock_boot_bytes(uint8_t out[16]);
/* RFC 3339 in UTC with milliseconds, e.g. 2026-11-22T05:03:11.042Z; returns out. */
const char *clock_rfc3339(int64_t wall_ms, char *out, size_t size);
/* RFC 3339 or "YYYY-MM-DD", or an age such as "90m", "2h", "7d" before now_ms. 0 or SKS_INVALID. */
int clock_parse(const char *text, int64_t now_ms, int64_t *wall_ms);
/* "15m", "2h", "30s", "1d", "5y" (of 365 days), "90" (seconds) into ms. 0 or SKS_INVALID. */
int clock_parse_duration(const char *text, int64_t *ms);

#endif
