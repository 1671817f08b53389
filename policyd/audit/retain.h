/*
 * When a record's period is over: the rules, without store or clock.
 *
 * A record is due when two things hold. Its own header is older than its period, and the log
 * had it already at a time that a *vouched* clock puts that far back. The vouched clock never
 * goes back, follows the boot clock while somebody watches, and believes a wall clock that ran
 * ahead of it (a step forward, time during which nobody watched) only after a while. So
 * neither a wall clock set forward nor a header stamped in 1970 brings anything forward.
 *
 * A period that a policy makes shorter counts after RETAIN_GRACE_MS of watched time; a longer
 * one at once.
 */
#ifndef SEKISHO_AUDIT_RETAIN_H
#define SEKISHO_AUDIT_RETAIN_H

#include "clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETAIN_DAY_MS (INT64_C(24) * 60 * 60 * 1000)
/* How long a shortened period has to be in force before it deletes. */
#define RETAIN_GRACE_MS (7 * RETAIN_DAY_MS)
/* A wall clock ahead by more than this is not believed at once ... */
#define RETAIN_LEAD_MS 1500
/* ... but when it has run steadily for a tenth of its lead, no less and no more than this. */
#define RETAIN_STEADY_MIN_MS (INT64_C(60) * 60 * 1000)
#define RETAIN_STEADY_MAX_MS (7 * RETAIN_DAY_MS)
/* How often it is noted which records there are by now. */
#define RETAIN_NOTE_MS RETAIN_DAY_MS

enum { RETAIN_TEXT_SIZE = 160 };

/* ---- the vouched clock ------------------------------------------------------------------- */

struct retain_clock {
	int64_t vouched_ms;  /* wall clock, as far as it is believed */
	int64_t watched_ms;  /* time that passed under our eyes, in all */
	int64_t steady_ms;   /* of these, since the wall clock last ran further ahead */
	int64_t lead_ms;     /* how far the wall clock was ahead when last looked at */
	int64_t boot_ms;     /* when that was ... */
	uint8_t boot_id[16]; /* ... in that boot */
};

/* The first look of all; vouched_ms is now, or what is known from before. */
void retain_clock_begin(
    struct retain_clock *c, int64_t vouched_ms, struct instant now, const uint8_t boot_id[16]);
/* A further look, a minute or years later. */
void retain_clock_look(struct retain_clock *c, struct instant now, const uint8_t boot_id[16]);
/* The time that deletions go by: never later than either clock. */
int64_t retain_clock_now(const struct retain_clock *c, int64_t wall_ms);
/*
 * The date that what ends on a day goes by: never earlier than the wall clock, nor than what the
 * boot clock makes of the time that was vouched for. A wall clock set back revives nothing; one
 * set forward is believed while it stands there.
 */
int64_t retain_clock_date(
    const struct retain_clock *c, struct instant now, const uint8_t boot_id[16]);
/* How much longer it has to be watched until the lead is believed; 0: it is. */
int64_t retain_clock_doubt(const struct retain_clock *c);
/* As text[RETAIN_TEXT_SIZE] and back; SKS_INVALID. */
void retain_clock_print(const struct retain_clock *c, char *text);
int retain_clock_scan(struct retain_clock *c, const char *text);

/* ---- the period of a class --------------------------------------------------------------- */

struct retain_class {
	int64_t period_ms; /* in force */
	int64_t wanted_ms; /* by the policy; shorter than period_ms while its grace lasts */
	int64_t since_ms;  /* watched_ms when that was first seen */
	uint64_t cursor;   /* all records of the class up to here are deleted, or wait */
};

void retain_class_begin(struct retain_class *c, int64_t period_ms);
/* What the policy says now. */
void retain_class_settle(struct retain_class *c, int64_t period_ms, int64_t watched_ms);
/* Watched time until a shortened period counts; 0: none is on its way. */
int64_t retain_class_grace(const struct retain_class *c, int64_t watched_ms);
void retain_class_print(const struct retain_class *c, char *text);
int retain_class_scan(struct retain_class *c, const char *text);

/* ---- ranges of records ------------------------------------------------------------------- */

enum { RETAIN_RANGES_MAX = 256, RETAIN_RANGE_TEXT = 44 };

/* What a batch deleted: records of one class, in order. */
struct retain_ranges {
	struct {
		uint64_t first, last;
	} item[RETAIN_RANGES_MAX];
	size_t count;
	bool open; /* the last one goes on with the next record of the class */
};

/* A record that was deleted; false when there is no room, and it must stay. */
bool retain_ranges_add(struct retain_ranges *r, uint64_t seq);
/* A record that stays: no range goes across it. */
void retain_ranges_break(struct retain_ranges *r);
/* "17" or "17-40". */
const char *retain_range_text(
    const struct retain_ranges *r, size_t i, char text[RETAIN_RANGE_TEXT]);

#endif
