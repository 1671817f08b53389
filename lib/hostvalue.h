/*
 * What a host can say of itself by a number: one integer in one line, from a file or a program
 * of root's; and how long ago its packages were brought up to date.
 */
#ifndef SEKISHO_HOSTVALUE_H
#define SEKISHO_HOSTVALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { HOST_VALUE_TEXT = 64 }; /* a file of one is not longer */

/* Digits, at most 15 of them, "-" before them if negative, one newline behind them or none:
 * else nothing, no blank and no sign besides. False when it is none, and *out is as it was. */
bool host_value_parse(const char *text, size_t len, int64_t *out);

/* When the newest list of apt's was made, of which updates there are; 0: there is none. */
time_t updates_listed(void);
/* The newest file of a pattern; 0: there is none. */
time_t updates_newest(const char *pattern);

#endif
