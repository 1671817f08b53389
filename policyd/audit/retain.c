#include "audit/retain.h"
#include "error.h"
#include "hex.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the vouched clock ------------------------------------------------------------------- */

void
retain_clock_begin(
    struct retain_clock *c, int64_t vouched_ms, struct instant now, const uint8_t boot_id[16])
{
	*c = (struct retain_clock){.vouched_ms = vouched_ms, .boot_ms = now.boot_ms};
	memcpy(c->boot_id, boot_id, sizeof(c->boot_id));
	c->lead_ms = now.wall_ms > vouched_ms ? now.wall_ms - vouched_ms : 0;
}

static int64_t
retain_clock_wanted(const struct retain_clock *c)
{
	int64_t wanted = c->lead_ms / 10;

	if (c->lead_ms <= RETAIN_LEAD_MS)
		return 0;
	if (wanted < RETAIN_STEADY_MIN_MS)
		return RETAIN_STEADY_MIN_MS;
	return wanted < RETAIN_STEADY_MAX_MS ? wanted : RETAIN_STEADY_MAX_MS;
}

void
retain_clock_look(struct retain_clock *c, struct instant now, const uint8_t boot_id[16])
{
	bool same_boot = memcmp(c->boot_id, boot_id, sizeof(c->boot_id)) == 0;
	int64_t passed = same_boot && now.boot_ms > c->boot_ms ? now.boot_ms - c->boot_ms : 0;
	int64_t lead;

	c->boot_ms = now.boot_ms;
	memcpy(c->boot_id, boot_id, sizeof(c->boot_id));
	c->vouched_ms += passed;
	c->watched_ms += passed;
	c->steady_ms += passed;
	lead = now.wall_ms > c->vouched_ms ? now.wall_ms - c->vouched_ms : 0;
	/* What it ran ahead just now it has not been seen to keep. Time that nobody watched
	 * adds to the lead as well: a host that sleeps each night gets its nights believed. */
	if (same_boot && lead > c->lead_ms + RETAIN_LEAD_MS)
		c->steady_ms = 0;
	c->lead_ms = lead;
	if (c->steady_ms < retain_clock_wanted(c))
		return;
	c->vouched_ms += lead;
	c->lead_ms = c->steady_ms = 0;
}

int64_t
retain_clock_now(const struct retain_clock *c, int64_t wall_ms)
{
	return wall_ms < c->vouched_ms ? wall_ms : c->vouched_ms;
}

int64_t
retain_clock_date(
    const struct retain_clock *c, struct instant now, const uint8_t boot_id[16])
{
	bool same_boot = memcmp(c->boot_id, boot_id, sizeof(c->boot_id)) == 0;
	int64_t passed = same_boot && now.boot_ms > c->boot_ms ? now.boot_ms - c->boot_ms : 0;
	int64_t vouched_ms = c->vouched_ms + passed;

	return now.wall_ms > vouched_ms ? now.wall_ms : vouched_ms;
}

int64_t
retain_clock_doubt(const struct retain_clock *c)
{
	int64_t wanted = retain_clock_wanted(c);

	return wanted > c->steady_ms ? wanted - c->steady_ms : 0;
}

void
retain_clock_print(const struct retain_clock *c, char *text)
{
	char boot[2 * sizeof(c->boot_id) + 1];

	(void)hex_put(boot, c->boot_id, sizeof(c->boot_id));
	(void)snprintf(text, RETAIN_TEXT_SIZE,
	    "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s", c->vouched_ms,
	    c->watched_ms, c->steady_ms, c->lead_ms, c->boot_ms, boot);
}

int
retain_clock_scan(struct retain_clock *c, const char *text)
{
	char boot[2 * sizeof(c->boot_id) + 1];

	memset(c, 0, sizeof(*c));
	if (sscanf(text,
		"%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %32[0-9a-f]",
		&c->vouched_ms, &c->watched_ms, &c->steady_ms, &c->lead_ms, &c->boot_ms,
		boot) != 6 ||
	    strlen(boot) != sizeof(boot) - 1 || c->watched_ms < 0 || c->steady_ms < 0)
		return SKS_INVALID;
	for (size_t i = 0; i < sizeof(c->boot_id); i++) {
		unsigned int byte = 0;

		(void)sscanf(boot + 2 * i, "%2x", &byte);
		c->boot_id[i] = (uint8_t)byte;
	}
	return SKS_OK;
}

/* ---- the period of a class --------------------------------------------------------------- */

void
retain_class_begin(struct retain_class *c, int64_t period_ms)
{
	*c = (struct retain_class){.period_ms = period_ms, .wanted_ms = period_ms};
}

void
retain_class_settle(struct retain_class *c, int64_t period_ms, int64_t watched_ms)
{
	if (period_ms >= c->period_ms) {
		c->period_ms = c->wanted_ms = period_ms;
		c->since_ms = 0;
		return;
	}
	if (c->wanted_ms != period_ms) {
		c->wanted_ms = period_ms;
		c->since_ms = watched_ms;
	}
	if (retain_class_grace(c, watched_ms) == 0)
		c->period_ms = period_ms;
}

int64_t
retain_class_grace(const struct retain_class *c, int64_t watched_ms)
{
	int64_t passed = watched_ms - c->since_ms;

	if (c->wanted_ms >= c->period_ms || passed >= RETAIN_GRACE_MS)
		return 0;
	return RETAIN_GRACE_MS - passed;
}

void
retain_class_print(const struct retain_class *c, char *text)
{
	(void)snprintf(text, RETAIN_TEXT_SIZE, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64,
	    c->period_ms, c->wanted_ms, c->since_ms, c->cursor);
}

int
retain_class_scan(struct retain_class *c, const char *text)
{
	memset(c, 0, sizeof(*c));
	if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNu64, &c->period_ms,
		&c->wanted_ms, &c->since_ms, &c->cursor) != 4 ||
	    c->period_ms <= 0 || c->wanted_ms <= 0)
		return SKS_INVALID;
	return SKS_OK;
}

/* ---- ranges of records ------------------------------------------------------------------- */

bool
retain_ranges_add(struct retain_ranges *r, uint64_t seq)
{
	if (r->open) {
		r->item[r->count - 1].last = seq;
		return true;
	}
	if (r->count == RETAIN_RANGES_MAX)
		return false;
	r->item[r->count].first = r->item[r->count].last = seq;
	r->count++;
	r->open = true;
	return true;
}

void
retain_ranges_break(struct retain_ranges *r)
{
	r->open = false;
}

const char *
retain_range_text(const struct retain_ranges *r, size_t i, char text[RETAIN_RANGE_TEXT])
{
	if (r->item[i].first == r->item[i].last)
		(void)snprintf(text, RETAIN_RANGE_TEXT, "%" PRIu64, r->item[i].first);
	else
		(void)snprintf(text, RETAIN_RANGE_TEXT, "%" PRIu64 "-%" PRIu64,
		    r->item[i].first, r->item[i].last);
	return text;
}
