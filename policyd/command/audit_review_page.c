#include "command/audit_review.h"
#include "error.h"
#include "report/risky.h"
#include <stdio.h>

/* ---- the worker's part ------------------------------------------------------------------- */

/* The records of the period, one after another. */
static int
review_scan(struct store *s, uint64_t after, uint64_t last, struct risky *risky)
{
	const struct log_filter all = {0};
	struct log_cursor *cursor = NULL;
	struct log_row row;
	int e = after < last ? store_log_open(s, &all, after, &cursor) : SKS_OK;

	while (e == SKS_OK && cursor != NULL && (e = store_log_step(cursor, &row)) == 1)
		e = row.seq <= last ? risky_take(risky, &row) : 2; /* no more of it */
	store_log_close(cursor);
	return e > 0 ? SKS_OK : e;
}

static int
review_put_item(struct store *s, const struct risky_item *item, struct review_page *out)
{
	struct store_risky *x = &out->item[out->count];
	int e = store_risky_get(s, item->seq, x);

	if (e != SKS_OK)
		return e;
	x->risk = (uint8_t)item->risk;
	x->count = item->count;
	x->first = item->first;
	(void)snprintf(x->actor, sizeof(x->actor), "%s", item->actor);
	out->count++;
	return SKS_OK;
}

static int
review_items(
    struct store *s, struct risky *risky, uint64_t after, size_t max, struct review_page *out)
{
	const struct risky_item *item;
	size_t count;
	int e = risky_items(risky, &item, &count);

	out->risky = count;
	for (size_t i = 0; i < count && e == SKS_OK; i++) {
		bool opened = false;

		e = store_seen(s, item[i].seq, &opened);
		out->opened += opened;
		if (e == SKS_OK && item[i].seq > after && out->count < max &&
		    out->count < REVIEW_PAGE)
			e = review_put_item(s, &item[i], out);
	}
	return e;
}

int
review_read(struct store *s, int64_t until_wall_ms, int64_t now_wall_ms, uint64_t after,
    size_t max, struct review_page *out)
{
	struct risky *risky;
	int e = store_period_last(s, &out->before);

	if (e == SKS_NOT_FOUND)
		out->before = (struct store_period){0};
	else if (e != SKS_OK)
		return e;
	out->first = out->before.last + 1;
	out->risky = out->opened = out->count = 0;
	if (until_wall_ms == 0 || until_wall_ms > now_wall_ms)
		until_wall_ms = now_wall_ms;
	if ((e = store_last_before(s, until_wall_ms, &out->last)) != SKS_OK)
		return e;
	if ((risky = risky_new()) == NULL)
		return SKS_NOMEM;
	e = review_scan(s, out->before.last, out->last, risky);
	if (e == SKS_OK)
		e = review_items(s, risky, after, max, out);
	risky_free(risky);
	return e;
}

/* ---- between the worker and the daemon --------------------------------------------------- */

void
review_put(struct buf *b, const struct review_page *page)
{
	buf_put_u64(b, page->before.number);
	buf_put_u64(b, page->before.last);
	buf_put_u64(b, (uint64_t)page->before.until_wall_ms);
	buf_put_u64(b, page->first);
	buf_put_u64(b, page->last);
	buf_put_u64(b, page->risky);
	buf_put_u64(b, page->opened);
	buf_put_u32(b, (uint32_t)page->count);
	for (size_t i = 0; i < page->count; i++) {
		const struct store_risky *x = &page->item[i];

		buf_put_u64(b, x->seq);
		buf_put_u16(b, x->action);
		buf_put_u8(b, x->outcome);
		buf_put_u8(b, x->deleted);
		buf_put_u64(b, (uint64_t)x->wall_ms);
		buf_put_str(b, x->user);
		buf_put_str(b, x->source);
		buf_put_str(b, x->reason);
		buf_put_str(b, x->by);
		buf_put_str(b, x->mark);
		buf_put_str(b, x->comment);
		buf_put_u8(b, x->risk);
		buf_put_u32(b, x->count);
		buf_put_u64(b, x->first);
		buf_put_str(b, x->actor);
	}
}

int
review_take(const struct buf *payload, struct review_page *out)
{
	struct buf in;
	uint32_t count;

	buf_init_read(&in, payload->data, payload->len);
	out->before = (struct store_period){.number = buf_get_u64(&in)};
	out->before.last = buf_get_u64(&in);
	out->before.until_wall_ms = (int64_t)buf_get_u64(&in);
	out->first = buf_get_u64(&in);
	out->last = buf_get_u64(&in);
	out->risky = buf_get_u64(&in);
	out->opened = buf_get_u64(&in);
	count = buf_get_u32(&in);
	if (count > REVIEW_PAGE)
		return SKS_PROTOCOL;
	out->count = count;
	for (size_t i = 0; i < out->count; i++) {
		struct store_risky *x = &out->item[i];

		*x = (struct store_risky){.seq = buf_get_u64(&in)};
		x->action = buf_get_u16(&in);
		x->outcome = buf_get_u8(&in);
		x->deleted = buf_get_u8(&in) != 0;
		x->wall_ms = (int64_t)buf_get_u64(&in);
		buf_get_str(&in, x->user, sizeof(x->user));
		buf_get_str(&in, x->source, sizeof(x->source));
		buf_get_str(&in, x->reason, sizeof(x->reason));
		buf_get_str(&in, x->by, sizeof(x->by));
		buf_get_str(&in, x->mark, sizeof(x->mark));
		buf_get_str(&in, x->comment, sizeof(x->comment));
		x->risk = buf_get_u8(&in);
		x->count = buf_get_u32(&in);
		x->first = buf_get_u64(&in);
		buf_get_str(&in, x->actor, sizeof(x->actor));
	}
	return buf_end(&in) == SKS_OK && buf_error(&in) == SKS_OK ? SKS_OK : SKS_PROTOCOL;
}
