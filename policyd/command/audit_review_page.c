#include "audit/risk.h"
#include "command/audit_review.h"
#include "error.h"

int
review_read(struct store *s, int64_t until_wall_ms, int64_t now_wall_ms, uint64_t after,
    size_t max, struct review_page *out)
{
	struct risky_filter f = {.always = risk_actions(), .failed = risk_failed_actions()};
	int e = store_period_last(s, &out->before);

	if (e == SKS_NOT_FOUND)
		out->before = (struct store_period){0};
	else if (e != SKS_OK)
		return e;
	out->first = out->before.last + 1;
	if (until_wall_ms == 0 || until_wall_ms > now_wall_ms)
		until_wall_ms = now_wall_ms;
	if ((e = store_last_before(s, until_wall_ms, &out->last)) != SKS_OK)
		return e;
	f.last = out->last;
	f.after = out->before.last;
	if ((e = store_risky_count(s, &f, &out->risky, &out->opened)) != SKS_OK)
		return e;
	if (after > f.after)
		f.after = after;
	out->count = 0;
	return max == 0 ? SKS_OK
			: store_risky(s, &f, out->item, max < REVIEW_PAGE ? max : REVIEW_PAGE,
			      &out->count);
}

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
	}
	return buf_end(&in) == SKS_OK && buf_error(&in) == SKS_OK ? SKS_OK : SKS_PROTOCOL;
}
