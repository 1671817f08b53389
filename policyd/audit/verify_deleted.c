/*
 * What was destroyed, and whether it was due: log.retention names ranges of a class whose
 * period had ended, log.redact one record that two people wanted gone, backup.restore those
 * that were redacted after the backup was made. Read in the first pass, because they come after
 * what they speak of; asked in the second.
 */
#include "audit/event.h"
#include "audit/verify_internal.h"
#include "error.h"
#include "fields.h"
#include <stdlib.h>
#include <string.h>

enum { RANGE_TEXT = 48, CLASS_TEXT = 32 };

static int
deleted_add(struct verify *v, const struct deleted_range *range)
{
	struct deleted *d = &v->deleted;
	struct deleted_range *more;
	size_t room;

	if (d->count == d->room) {
		room = d->room == 0 ? 64 : 2 * d->room;
		more = reallocarray(d->range, room, sizeof(*more));
		if (more == NULL) {
			v->fatal = SKS_NOMEM;
			return SKS_NOMEM;
		}
		d->range = more;
		d->room = room;
	}
	d->range[d->count++] = *range;
	return SKS_OK;
}

/* ---- retention --------------------------------------------------------------------------- */

struct retention_record {
	struct verify *v;
	uint64_t seq;
	char class[CLASS_TEXT];
	int64_t cutoff, period;
	int retention;
	bool malformed;
};

static bool
parse_range(const char *text, uint64_t *from, uint64_t *to)
{
	char *end;

	if (text[0] < '1' || text[0] > '9')
		return false;
	*from = *to = strtoull(text, &end, 10);
	if (*end == '-' && end[1] >= '1' && end[1] <= '9')
		*to = strtoull(end + 1, &end, 10);
	return *end == '\0' && *from <= *to;
}

static int
retention_range(void *context, const struct flat_item *string)
{
	struct retention_record *x = context;
	struct deleted_range range = {
	    .cutoff_ms = x->cutoff, .by = x->seq, .retention = (uint8_t)x->retention};
	char text[RANGE_TEXT];

	if (!flat_string(string, text, sizeof(text)) ||
	    !parse_range(text, &range.from, &range.to) || range.to >= x->seq) {
		x->malformed = true;
		return SKS_OK;
	}
	return deleted_add(x->v, &range);
}

/* The list, once the rest of the body is known and sound. */
static int
retention_ranges(struct retention_record *x, const struct header *h)
{
	struct store_row row;
	struct flat_item item;
	struct flat f;
	int r = store_row_get(x->v->store, h->seq, &row);

	x->malformed = true; /* until the list was seen */
	if (r == SKS_OK && row.body != NULL)
		flat_init(&f, row.body, row.body_len);
	else
		flat_init(&f, "{}", 2);
	while (flat_next(&f, &item) == 1) {
		if (!flat_is(&item, "sekisho.retention.ranges"))
			continue;
		x->malformed = false;
		r = flat_list(&item, retention_range, x);
		if (r == SKS_INVALID)
			x->malformed = true;
	}
	store_row_done(x->v->store);
	return r;
}

void
verify_retention(struct verify *v, const struct header *h)
{
	struct retention_record x = {.v = v, .seq = h->seq};
	struct place place[] = {
	    {.key = "sekisho.retention.class", .text = x.class, .size = sizeof(x.class)},
	    {.key = "sekisho.retention.cutoff", .number = &x.cutoff},
	    {.key = "sekisho.retention.period", .number = &x.period},
	};
	const char *wrong = NULL;
	bool gone;

	v->deleted.newest = h->seq;
	if (!verify_read(v, h, place, 3, &gone))
		return;
	x.retention = fields_value(retention_words, x.class);
	if (!place[0].found || !place[1].found || !place[2].found || x.retention < 0)
		wrong = "malformed";
	else if (x.retention == RETAIN_LOG)
		wrong = "that class is kept for ever";
	else if (x.period <= 0 || x.period > VERIFY_TIME_MAX || x.cutoff > h->wall_ms - x.period)
		wrong = "the period had not ended";
	else if (retention_ranges(&x, h) != SKS_OK || x.malformed)
		wrong = "its ranges";
	if (wrong != NULL)
		verify_find(v, VERIFY_DELETION, h->seq, h->seq, "%s", wrong);
}

/* ---- redaction --------------------------------------------------------------------------- */

void
verify_redaction(struct verify *v, const struct header *h)
{
	int64_t seq = 0;
	char outcome[CLASS_TEXT];
	struct place place[] = {
	    {.key = "sekisho.request.record", .number = &seq},
	    {.key = "event.outcome", .text = outcome, .size = sizeof(outcome)},
	};
	struct deleted_range range = {
	    .cutoff_ms = INT64_MAX, .by = h->seq, .retention = RETAIN_COUNT};
	bool gone;

	v->deleted.newest = h->seq;
	if (!verify_read(v, h, place, 2, &gone) ||
	    strcmp(outcome, outcome_words[OUTCOME_SUCCESS]) != 0)
		return;
	if (!place[0].found || seq <= 0 || (uint64_t)seq >= h->seq) {
		verify_find(v, VERIFY_DELETION, h->seq, h->seq, "no record is named");
		return;
	}
	range.from = range.to = (uint64_t)seq;
	(void)deleted_add(v, &range);
}

/* ---- a backup that was put back ------------------------------------------------------------
 */

static int
restored_redaction(void *context, const struct flat_item *string)
{
	struct retention_record *x = context;
	struct deleted_range range = {
	    .cutoff_ms = INT64_MAX, .by = x->seq, .retention = RETAIN_COUNT};
	char text[RANGE_TEXT];

	if (!flat_string(string, text, sizeof(text)) ||
	    !parse_range(text, &range.from, &range.to) || range.to >= x->seq) {
		x->malformed = true;
		return SKS_OK;
	}
	return deleted_add(x->v, &range);
}

/* What two people wanted gone after the backup was made, its log.redact being lost. */
void
verify_restored(struct verify *v, const struct header *h)
{
	struct retention_record x = {.v = v, .seq = h->seq};
	struct store_row row;
	struct flat_item item;
	struct flat f;
	bool gone;

	v->deleted.newest = h->seq;
	if (!verify_read(v, h, NULL, 0, &gone))
		return;
	if (store_row_get(v->store, h->seq, &row) == SKS_OK && row.body != NULL)
		flat_init(&f, row.body, row.body_len);
	else
		flat_init(&f, "{}", 2);
	while (flat_next(&f, &item) == 1) {
		if (flat_is(&item, "sekisho.restore.redacted") &&
		    flat_list(&item, restored_redaction, &x) == SKS_INVALID)
			x.malformed = true;
	}
	store_row_done(v->store);
	if (x.malformed)
		verify_find(v, VERIFY_DELETION, h->seq, h->seq, "its records");
}

/* ---- asking ------------------------------------------------------------------------------ */

static int
compare_ranges(const void *a, const void *b)
{
	const struct deleted_range *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

void
verify_deleted_sort(struct deleted *d)
{
	if (d->count > 0)
		qsort(d->range, d->count, sizeof(*d->range), compare_ranges);
	d->next = d->active_count = 0;
}

static void
active_drop_before(struct deleted *d, uint64_t seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->active_count; i++) {
		if (d->range[d->active[i]].to >= seq)
			d->active[kept++] = d->active[i];
	}
	d->active_count = kept;
}

const struct deleted_range *
verify_deleted_find(struct deleted *d, const struct header *h)
{
	const size_t most = sizeof(d->active) / sizeof(d->active[0]);

	for (; d->next < d->count && d->range[d->next].from <= h->seq; d->next++) {
		if (d->range[d->next].to < h->seq)
			continue;
		if (d->active_count == most)
			active_drop_before(d, h->seq);
		if (d->active_count < most)
			d->active[d->active_count++] = d->next;
	}
	if (d->active_count > 0)
		active_drop_before(d, h->seq);
	for (size_t i = 0; i < d->active_count; i++) {
		const struct deleted_range *range = &d->range[d->active[i]];

		if ((range->retention == RETAIN_COUNT || range->retention == h->retention) &&
		    h->wall_ms <= range->cutoff_ms)
			return range;
	}
	return NULL;
}
