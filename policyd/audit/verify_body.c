/*
 * The second pass: each record found by its own number, its body against its header, its
 * columns against its body. A record that a search by number does not find is missing, even
 * when a walk through the table would meet it.
 */
#include "audit/json.h"
#include "audit/record.h"
#include "audit/verify_resume.h"
#include "error.h"
#include "fields.h"
#include <stdio.h>
#include <string.h>

enum { TIME_TEXT = 40, ACTION_TEXT = 64, OUTCOME_TEXT = 16, PROGRESS_EVERY = 1024 };

struct body {
	struct flat_item user, source, reason;
	char action[ACTION_TEXT], outcome[OUTCOME_TEXT], time[TIME_TEXT];
	bool has_user, has_source, has_reason;
};

static bool
body_read(const struct store_row *row, struct body *b)
{
	struct flat_item item;
	struct flat f;
	int r;

	b->action[0] = b->outcome[0] = b->time[0] = '\0';
	b->has_user = b->has_source = b->has_reason = false;
	flat_init(&f, row->body, row->body_len);
	while ((r = flat_next(&f, &item)) == 1) {
		if (item.type != FLAT_STRING)
			continue;
		if (flat_is(&item, "user.name")) {
			b->user = item;
			b->has_user = item.len > 0;
		} else if (flat_is(&item, "source.ip")) {
			b->source = item;
			b->has_source = item.len > 0;
		} else if (flat_is(&item, "event.reason")) {
			b->reason = item;
			b->has_reason = true;
		} else if (flat_is(&item, "event.action")) {
			(void)flat_string(&item, b->action, sizeof(b->action));
		} else if (flat_is(&item, "event.outcome")) {
			(void)flat_string(&item, b->outcome, sizeof(b->outcome));
		} else if (flat_is(&item, "@timestamp")) {
			(void)flat_string(&item, b->time, sizeof(b->time));
		}
	}
	return r == 0;
}

/* A column keeps the bytes that were given, cut to its size; the body keeps them as JSON. */
static bool
column_agrees(const char *column, bool has, const struct flat_item *item, size_t size)
{
	size_t len;
	struct buf b;
	bool agrees;

	if (column == NULL || column[0] == '\0' || !has)
		return (column == NULL || column[0] == '\0') && !has;
	len = strlen(column);
	if (!item->escaped && item->len == len && memcmp(item->text, column, len) == 0)
		return true;
	buf_init(&b, 8 * size + 16);
	json_put_string(&b, column);
	/* without its quotes; of a name that was cut, the last character may be in two */
	len = b.len >= 2 ? b.len - 2 : 0;
	if (strlen(column) == size - 1)
		len = len > 3 ? len - 3 : 0;
	agrees = buf_error(&b) == SKS_OK && len <= item->len &&
		 (len == item->len || strlen(column) == size - 1) &&
		 memcmp(b.data + 1, item->text, len) == 0;
	buf_clear(&b);
	return agrees;
}

static const char *
body_wrong_column(const struct store_row *row, const struct header *h, const struct body *b)
{
	int outcome = b->outcome[0] != '\0' ? fields_value(outcome_words, b->outcome)
					    : (int)OUTCOME_UNKNOWN;

	if (!column_agrees(
		row->user, b->has_user, &b->user, sizeof(((struct record *)0)->user)))
		return "user";
	if (!column_agrees(
		row->source, b->has_source, &b->source, sizeof(((struct record *)0)->source)))
		return "source";
	if (!column_agrees(row->reason, b->has_reason && b->reason.len > 0, &b->reason,
		sizeof(((struct record *)0)->reason)))
		return "reason";
	if (row->action != h->action)
		return "action";
	return outcome < 0 || row->outcome != outcome ? "outcome" : NULL;
}

static bool
body_fits_header(const struct header *h, const struct body *b)
{
	const struct event_info *event = event_by_action(h->action);
	char time[TIME_TEXT];

	return event != NULL && strcmp(event->name, b->action) == 0 &&
	       strcmp(clock_rfc3339(h->wall_ms, time, sizeof(time)), b->time) == 0;
}

/* ---- one record -------------------------------------------------------------------------- */

static void
record_gone(struct verify *v, const struct header *h, const struct store_row *row,
    const struct deleted_range *why)
{
	v->out->deleted++;
	if (why == NULL)
		verify_find(v, VERIFY_DELETED, h->seq, h->seq, "%s", "");
	else if (row->user != NULL || row->source != NULL ||
		 (row->reason != NULL && row->reason[0] != '\0') ||
		 row->outcome != OUTCOME_UNKNOWN || row->action != h->action)
		verify_find(v, VERIFY_COLUMN, h->seq, h->seq, "not emptied with its body");
}

static void
record_body(struct verify *v, const struct header *h, const struct store_row *row,
    const struct deleted_range *gone)
{
	uint8_t hash[32];
	struct body b;
	const char *wrong;

	v->out->bodies++;
	if (record_body_hash(row->body, row->body_len, hash) != SKS_OK)
		v->fatal = SKS_INTERNAL;
	else if (memcmp(hash, h->body_hash, sizeof(hash)) != 0)
		verify_find(v, VERIFY_BODY, h->seq, h->seq, "%s", "");
	else if (!body_read(row, &b) || !body_fits_header(h, &b))
		verify_find(v, VERIFY_BODY_FORM, h->seq, h->seq, "%s", "");
	else if ((wrong = body_wrong_column(row, h, &b)) != NULL)
		verify_find(v, VERIFY_COLUMN, h->seq, h->seq, "%s", wrong);
	else if (gone != NULL)
		verify_find(v, VERIFY_KEPT, h->seq, h->seq, "record %llu",
		    (unsigned long long)gone->by);
}

static int
record_verify(struct verify *v, uint64_t seq)
{
	const struct deleted_range *gone;
	struct store_row row;
	struct header h;
	int r = store_row_get(v->store, seq, &row);

	if (r == SKS_NOT_FOUND) {
		/* the first pass may have met it: then the table's own tree is bent */
		if (v->out->count[VERIFY_MISSING] == 0)
			verify_find(v, VERIFY_MISSING, seq, seq, "to a search by its number");
		return SKS_OK;
	}
	if (r != SKS_OK)
		return r;
	if (row.user != NULL)
		index_add(&v->of_rows[STORE_INDEX_USER], v->salt, row.user, seq);
	if (row.source != NULL)
		index_add(&v->of_rows[STORE_INDEX_SOURCE], v->salt, row.source, seq);
	if (header_read(&row, &h) != SKS_OK || h.seq != seq)
		return SKS_OK; /* the first pass said so */
	gone = verify_deleted_find(&v->deleted, &h);
	if (row.body == NULL)
		record_gone(v, &h, &row, gone);
	else
		record_body(v, &h, &row, gone);
	return v->fatal;
}

void
verify_bodies(struct verify *v)
{
	uint64_t seq = v->extent.first;
	int r = SKS_OK;

	verify_deleted_sort(&v->deleted);
	if (resume_load(v, &seq))
		v->out->resumed = seq - 1;
	for (; r == SKS_OK && seq != 0 && seq <= v->extent.last; seq++) {
		r = record_verify(v, seq);
		if (seq % PROGRESS_EVERY == 0) {
			verify_progress(v, seq * BODY_STEPS);
			resume_save(v, seq);
		}
	}
	store_row_done(v->store);
	v->before += v->extent.last * BODY_STEPS;
	if (r != SKS_OK && v->fatal == SKS_OK)
		verify_find(
		    v, VERIFY_DAMAGED, seq - 1, v->extent.last, "%s", store_error(v->store));
}
