/*
 * How values of the daemon's answers look to a person, and how answers look to a program.
 */
#ifndef SEKISHO_CLI_SHOW_H
#define SEKISHO_CLI_SHOW_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SHOW_TIME_SIZE = 32 };

/* Members of an object; "", 0 and false when absent or of another type. */
const char *show_text(const json_t *object, const char *key);
int64_t show_number(const json_t *object, const char *key);
/* The length of an array, or the value of a number. */
int64_t show_count(const json_t *object, const char *key);

/* Local time, "2026-11-22 14:03:11"; "" for 0. Returns out. */
const char *show_time(int64_t wall_ms, char out[SHOW_TIME_SIZE]);
const char *show_time_of(const json_t *object, const char *key, char out[SHOW_TIME_SIZE]);
/* How long before its end something that holds for a time is warned of. */
#define SHOW_DAY_MS  (INT64_C(24) * 60 * 60 * 1000)
#define SHOW_SOON_MS (7 * SHOW_DAY_MS)
/* The last day of something that ends with a day, in UTC, "2027-01-31". Returns out. */
const char *show_last_day(int64_t end_wall_ms, char out[SHOW_TIME_SIZE]);
/* A number into out. */
const char *show_digits(int64_t number, char out[SHOW_TIME_SIZE]);

/* Lines of the daemon's own text, each cleaned; nothing for "". */
void show_sentence(FILE *out, const char *text);
/* {"status":…,"text":…,"record":…} on standard output. */
void show_result_json(int status, const char *text, uint64_t record);
/* JSON on standard output, one line. */
void show_json(const json_t *json);

/* jansson through an allocator that wipes what it frees: enrolment brings secrets. */
void show_wipe_json_memory(void);

#endif
