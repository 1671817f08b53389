#include "error.h"
#include "keeper/keeper.h"
#include "keeper/retention.h"
#include "log.h"
#include "store/exceptions.h"
#include <stdio.h>
#include <string.h>

enum {
	LOOK_EVERY_TICKS = 60,
	AGAIN_EVERY_TICKS = 3600, /* a header stamped in the future comes due some day */
	NOW_BATCHES = 16,
	WIPE_EVERY_TICKS = 16, /* while there is more to destroy */
};

/* Only hints where work may be: what there is to do stands in the store. */
static bool due[RETAIN_LOG];          /* records beyond the cursor */
static bool again[RETAIN_LOG];        /* records that wait ... */
static uint64_t again_at[RETAIN_LOG]; /* ... looked through up to here */

/* ---- what is kept --------------------------------------------------------------------------
 */

static const char *
class_name(uint8_t class, char name[40])
{
	(void)snprintf(name, 40, "retention.%s", retention_words[class]);
	return name;
}

/* What is missing or unreadable starts again on the safe side: no later than the last note. */
static int
load_clock(struct server *s, struct retain_clock *clock)
{
	struct instant now = clock_now();
	char text[RETAIN_TEXT_SIZE];
	int64_t last = 0;
	int e = store_meta_get(s->store, "retention.clock", text, sizeof(text));

	if (e == SKS_OK && retain_clock_scan(clock, text) == SKS_OK)
		return SKS_OK;
	if (e != SKS_OK && e != SKS_NOT_FOUND && e != SKS_TOO_BIG)
		return e;
	e = store_age_last(s->store, &last);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	retain_clock_begin(clock, e == SKS_OK ? last : now.wall_ms, now, s->boot_id);
	return SKS_OK;
}

int
retention_load(struct server *s, struct retention_state *x)
{
	char text[RETAIN_TEXT_SIZE], name[40];
	int e = load_clock(s, &x->clock);

	for (uint8_t i = 0; e == SKS_OK && i < RETAIN_LOG; i++) {
		e = store_meta_get(s->store, class_name(i, name), text, sizeof(text));
		if (e == SKS_OK && retain_class_scan(&x->class[i], text) == SKS_OK)
			continue;
		if (e == SKS_OK || e == SKS_NOT_FOUND || e == SKS_TOO_BIG) {
			retain_class_begin(&x->class[i], s -> policy -> retain_ms[i]);
			e = SKS_OK;
		}
	}
	return e;
}

/* As it was last read or written: it stays right by itself, and logins ask for it. */
static struct retain_clock seen;
static const struct server *seen_by;

int
retention_date(struct server *s, struct instant now, int64_t *date_ms)
{
	int e = seen_by == s ? SKS_OK : load_clock(s, &seen);

	if (e != SKS_OK)
		return e;
	seen_by = s;
	*date_ms = retain_clock_date(&seen, now, s->boot_id);
	return SKS_OK;
}

static int
save_class(struct server *s, const struct retention_state *x, uint8_t class)
{
	char text[RETAIN_TEXT_SIZE], name[40];

	retain_class_print(&x->class[class], text);
	return store_meta_set(s->store, class_name(class, name), text);
}

/* ---- a look --------------------------------------------------------------------------------
 */

static int
note_age(struct server *s, const struct retention_state *x)
{
	uint64_t size = 0;
	int64_t last;
	int e = store_age_last(s->store, &last);

	if (e == SKS_OK && x->clock.vouched_ms - last < RETAIN_NOTE_MS)
		return SKS_OK;
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if ((e = store_log_size(s->store, &size)) != SKS_OK || size == 0)
		return e;
	return store_age_note(s->store, size, x->clock.vouched_ms);
}

int
retention_expire(struct server *s, const struct store_request *q)
{
	char id[REQUEST_ID_SIZE];
	struct record r;
	int e = store_request_end(s->store, q, REQUEST_EXPIRED, "");

	if (e != SKS_OK)
		return e;
	if (q->kind == 'B' && (e = store_bypass_end(s->store, q->number)) != SKS_OK)
		return e;
	(void)snprintf(id, sizeof(id), "%c-%llu", q->kind, (unsigned long long)q->number);
	keeper_record(s, &r,
	    q->kind == 'D'   ? ACTION_EXPORT_REQUEST
	    : q->kind == 'B' ? ACTION_BYPASS_ANSWER
	    : q->kind == 'P' ? ACTION_POLICY_ANSWER
	    : q->kind == 'U' ? ACTION_USE_ANSWER
			     : ACTION_REDACT,
	    OUTCOME_FAILURE, reason_words[REASON_EXPIRED]);
	record_put_str(&r, "sekisho.request", id);
	record_put_int(&r, "sekisho.request.record", (int64_t)q->record);
	record_put_str(&r, "sekisho.request.person", q->person);
	record_put_str(&r, "sekisho.request.by", q->by);
	return keeper_append(s, &r);
}

static int
expire_requests(struct server *s, const struct retention_state *x)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	int64_t wall_ms = clock_now().wall_ms;
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++)
		if (q[i].kind != 'R' && request_is_over(&q[i], wall_ms, x->clock.watched_ms))
			e = retention_expire(s, &q[i]);
	return e;
}

int
retention_limit(
    struct server *s, const struct retention_state *x, uint8_t class, uint64_t *limit)
{
	int64_t now = retain_clock_now(&x->clock, clock_now().wall_ms);

	return store_age_limit(s->store, now - x->class[class].period_ms, limit);
}

/* Looks at clocks and policy, notes how far the log goes by now, ends requests whose time is
 * over. Work for turn_own(). */
static int
retention_look(struct server *s, void *context)
{
	char text[RETAIN_TEXT_SIZE];
	struct retention_state x;
	int e = retention_load(s, &x);

	(void)context;
	if (e != SKS_OK)
		return e;
	retain_clock_look(&x.clock, clock_now(), s->boot_id);
	retain_clock_print(&x.clock, text);
	seen = x.clock;
	seen_by = s;
	if ((e = store_meta_set(s->store, "retention.clock", text)) == SKS_OK)
		e = note_age(s, &x);
	for (uint8_t i = 0; e == SKS_OK && i < RETAIN_LOG; i++) {
		uint64_t limit = 0;

		retain_class_settle(
		    &x.class[i], s -> policy -> retain_ms[i], x.clock.watched_ms);
		if ((e = save_class(s, &x, i)) == SKS_OK)
			e = retention_limit(s, &x, i, &limit);
		due[i] = limit > x.class[i].cursor;
	}
	return e == SKS_OK ? expire_requests(s, &x) : e;
}

/* ---- a batch -------------------------------------------------------------------------------
 */

struct batch {
	uint8_t class;
	int64_t period_ms, cutoff_ms;
	uint64_t limit;
	const char *by;
	struct retain_ranges ranges;
	uint64_t count, held;
};

static int
begin_batch(struct server *s, const struct retention_state *x, uint8_t class, const char *by,
    struct batch *b)
{
	memset(b, 0, sizeof(*b));
	b->class = class;
	b->by = by;
	b->period_ms = x->class[class].period_ms;
	b->cutoff_ms = retain_clock_now(&x->clock, clock_now().wall_ms) - b->period_ms;
	return retention_limit(s, x, class, &b->limit);
}

/* One record: destroyed, or it stays and waits. */
static int
take(struct server *s, struct batch *b, const struct store_kept *k)
{
	bool over = k->seq <= b->limit && k->wall_ms <= b->cutoff_ms, held = false;
	int e;

	if (k->retention != b->class)
		return SKS_OK;
	if (!k->body) /* somebody was here before: redacted */
		return store_waiting_done(s->store, k->seq);
	if (over && (e = store_hold_match(s->store, k, &held)) != SKS_OK)
		return e;
	b->held += held;
	if (!over || held || !retain_ranges_add(&b->ranges, k->seq)) {
		retain_ranges_break(&b->ranges);
		return store_waiting_put(s->store, k);
	}
	b->count++;
	if ((e = store_erase(s->store, k->seq)) != SKS_OK)
		return e;
	return store_waiting_done(s->store, k->seq);
}

static int
end_batch(struct server *s, const struct batch *b)
{
	static char text[RETAIN_RANGES_MAX][RETAIN_RANGE_TEXT];
	const char *list[RETAIN_RANGES_MAX];
	struct record r;

	if (b->count == 0)
		return SKS_OK;
	for (size_t i = 0; i < b->ranges.count; i++)
		list[i] = retain_range_text(&b->ranges, i, text[i]);
	keeper_record(s, &r, ACTION_RETENTION, OUTCOME_SUCCESS, reason_words[REASON_OK]);
	record_put_str(&r, "user.effective.name", b->by);
	record_put_str(&r, "sekisho.retention.class", retention_words[b->class]);
	record_put_int(&r, "sekisho.retention.period", b->period_ms);
	record_put_int(&r, "sekisho.retention.cutoff", b->cutoff_ms);
	record_put_list(&r, "sekisho.retention.ranges", list, b->ranges.count);
	record_put_int(&r, "sekisho.retention.count", (int64_t)b->count);
	if (b->held > 0)
		record_put_int(&r, "sekisho.retention.held", (int64_t)b->held);
	return keeper_append(s, &r);
}

/* The next records beyond the cursor; *done: none is due any more. */
static int
go_on(struct server *s, struct retention_state *x, uint8_t class, const char *by,
    uint64_t *count, bool *done)
{
	static struct store_kept k[RETENTION_BATCH];
	static struct batch b;
	size_t n = 0;
	int e = begin_batch(s, x, class, by, &b);

	if (e == SKS_OK)
		e = store_kept_scan(
		    s->store, x->class[class].cursor, b.limit, k, RETENTION_BATCH, &n);
	for (size_t i = 0; e == SKS_OK && i < n; i++)
		e = take(s, &b, &k[i]);
	*done = n < RETENTION_BATCH;
	*count += b.count;
	if (e != SKS_OK || n == 0)
		return e;
	x->class[class].cursor = k[n - 1].seq;
	if ((e = save_class(s, x, class)) == SKS_OK)
		e = end_batch(s, &b);
	return e;
}

/* The next of those that wait. */
static int
go_again(struct server *s, const struct retention_state *x, uint8_t class, const char *by,
    uint64_t *after, uint64_t *count, bool *done)
{
	static struct store_kept k[RETENTION_BATCH];
	static struct batch b;
	size_t n = 0;
	int e = begin_batch(s, x, class, by, &b);

	if (e == SKS_OK)
		e = store_waiting_scan(s->store, class, *after, k, RETENTION_BATCH, &n);
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		retain_ranges_break(&b.ranges); /* what lies between is not known here */
		e = take(s, &b, &k[i]);
	}
	*done = n < RETENTION_BATCH;
	*count += b.count;
	if (n > 0)
		*after = k[n - 1].seq;
	return e == SKS_OK ? end_batch(s, &b) : e;
}

/* ---- when ----------------------------------------------------------------------------------
 */

static bool
is_due(void)
{
	bool any = false;

	for (int i = 0; i < RETAIN_LOG; i++)
		any |= due[i] || again[i];
	return any;
}

/* One batch of the first class that has something. */
static int
next_batch(struct server *s, void *context)
{
	struct retention_state x;
	uint64_t count = 0;
	bool done = false;
	int e = retention_load(s, &x);

	(void)context;
	for (uint8_t i = 0; e == SKS_OK && i < RETAIN_LOG; i++) {
		if (due[i]) {
			e = go_on(s, &x, i, "", &count, &done);
			due[i] = !done;
			break;
		}
		if (again[i]) {
			e = go_again(s, &x, i, "", &again_at[i], &count, &done);
			again[i] = !done;
			break;
		}
	}
	return e;
}

int
retention_now(struct server *s, const char *by, uint64_t *destroyed, bool *more)
{
	struct retention_state x;
	int batches = NOW_BATCHES;
	int e = retention_look(s, NULL);

	*destroyed = 0;
	*more = false;
	if (e == SKS_OK)
		e = retention_load(s, &x);
	for (uint8_t i = 0; e == SKS_OK && i < RETAIN_LOG; i++) {
		uint64_t after = 0;
		bool done = false;

		while (e == SKS_OK && !done && batches-- > 0)
			e = go_on(s, &x, i, by, destroyed, &done);
		*more |= !done;
		done = false;
		while (e == SKS_OK && !done && batches-- > 0)
			e = go_again(s, &x, i, by, &after, destroyed, &done);
		*more |= !done;
	}
	if (*more)
		retention_look_again();
	return e;
}

void
retention_look_again(void)
{
	for (int i = 0; i < RETAIN_LOG; i++) {
		again[i] = true;
		again_at[i] = 0;
	}
}

int
retention_wipe(struct server *s)
{
	int e = store_wipe_due(s->store) ? store_wipe(s->store) : SKS_OK;

	if (e == SKS_CONFLICT || e == SKS_FULL)
		return SKS_OK;
	if (e != SKS_OK)
		log_error("what was deleted could not be overwritten: %s (%s)", error_text(e),
		    store_error(s->store));
	return e;
}

int
retention_tick(struct server *s)
{
	static uint64_t tick;
	int e = SKS_OK;

	if (tick % LOOK_EVERY_TICKS == 0)
		e = turn_own(s, retention_look, NULL);
	if (tick % AGAIN_EVERY_TICKS == 0)
		retention_look_again();
	tick++;
	if (e == SKS_OK && is_due())
		e = turn_own(s, next_batch, NULL);
	if (e == SKS_OK && s->ready == NULL && (!is_due() || tick % WIPE_EVERY_TICKS == 0))
		e = retention_wipe(s);
	return e;
}
