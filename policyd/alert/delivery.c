#include "alert/delivery.h"

#include "error.h"
#include "keeper/alerts.h"
#include "keeper/keeper.h"
#include "log.h"
#include "policy/alert.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum {
	DELIVERIES_MAX = 64,
	UNDER_WAY_MAX =
	    4, /* the courier has room for more: a test need not wait behind these */
	GIVEN_UP_MAX = 16,
	TRIES_MAX = 4,
	COURIER_MS = 60000, /* it ends a child by itself long before */
};

/* Between the tries. */
static const int64_t pause_ms[TRIES_MAX] = {0, 10000, 60000, 300000};

enum delivery_state {
	DELIVERY_FREE,
	DELIVERY_WAITING,
	DELIVERY_UNDER_WAY,
	DELIVERY_DONE,
	DELIVERY_GIVEN_UP,
};
static const char *const state_words[] = {
    "free", "waiting", "under-way", "delivered", "given-up"};

struct delivery {
	struct alert alert;
	enum delivery_state state;
	enum alert_to to;
	char where[ALERT_ADDRESS_MAX + 1];
	uint32_t tries;
	int64_t next_ms; /* boot clock */
	uint64_t order;
	char error[160];
};

struct given_up { /* not yet recorded */
	char rule[64], where[ALERT_ADDRESS_MAX + 1], error[160];
	enum alert_to to;
	uint64_t record;
	uint32_t tries;
};

static struct {
	struct delivery item[DELIVERIES_MAX];
	struct given_up lost[GIVEN_UP_MAX];
	size_t lost_count;
	uint64_t order, given_up;
	uint32_t under_way, more; /* more: given up beyond lost[] */
} queue;

/* ---- giving up --------------------------------------------------------------------------- */

static void
delivery_lose(const struct delivery *d)
{
	struct given_up *g;

	queue.given_up++;
	log_error("alert %s (record %llu) was not delivered to %s %s: %s", d->alert.rule,
	    (unsigned long long)d->alert.record, alert_to_words[d->to], d->where, d->error);
	if (queue.lost_count == GIVEN_UP_MAX) {
		queue.more++;
		return;
	}
	g = &queue.lost[queue.lost_count++];
	*g = (struct given_up){.to = d->to, .record = d->alert.record, .tries = d->tries};
	(void)snprintf(g->rule, sizeof(g->rule), "%s", d->alert.rule);
	(void)snprintf(g->where, sizeof(g->where), "%s", d->where);
	(void)snprintf(g->error, sizeof(g->error), "%s", d->error);
}

static int
record_lost(struct server *s, void *context)
{
	int e = SKS_OK;

	(void)context;
	for (size_t i = 0; i < queue.lost_count && e == SKS_OK; i++) {
		const struct given_up *g = &queue.lost[i];
		struct record r;

		keeper_record(s, &r, ACTION_ALERT_UNDELIVERED, OUTCOME_FAILURE, "undelivered");
		record_put_str(&r, "sekisho.alert.rule", g->rule);
		record_put_int(&r, "sekisho.alert.record", (int64_t)g->record);
		record_put_str(&r, "sekisho.alert.to", alert_to_words[g->to]);
		record_put_str(&r, "sekisho.alert.where", g->where);
		record_put_int(&r, "sekisho.alert.tries", g->tries);
		record_put_str(&r, "error.message", g->error);
		if (i == 0 && queue.more != 0)
			record_put_int(&r, "sekisho.alert.more", queue.more);
		if ((e = keeper_append(s, &r)) == SKS_OK)
			e = alerts_note_undelivered(s, g->rule);
	}
	return e;
}

/* ---- under way --------------------------------------------------------------------------- */

static void
delivery_failed(struct delivery *d, const char *error)
{
	(void)text_clean(d->error, sizeof(d->error), error);
	if (d->tries < TRIES_MAX) {
		d->state = DELIVERY_WAITING;
		d->next_ms = clock_now().boot_ms + pause_ms[d->tries];
		return;
	}
	d->state = DELIVERY_GIVEN_UP;
	delivery_lose(d);
}

static void
delivery_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct delivery *d = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	queue.under_way--;
	if (error == SKS_CONFLICT) { /* the daemon ends: the next one takes it up again */
		d->state = DELIVERY_WAITING;
		return;
	}
	if (error == SKS_OK && a->status == SKS_OK) {
		d->state = DELIVERY_DONE;
		d->error[0] = '\0';
		return;
	}
	delivery_failed(d, error == SKS_OK && a->text[0] != '\0'
			       ? a->text
			       : error_text(error != SKS_OK ? error : (int)a->status));
}

static void
delivery_send(struct server *s, struct delivery *d)
{
	static struct warden_call call;
	int e;

	memset(&call, 0, sizeof(call));
	call.alert = d->alert;
	(void)snprintf(call.name, sizeof(call.name), "%s", d->where);
	d->tries++;
	e = helper_send(s->courier, d->to == ALERT_TO_MAIL ? WARDEN_MAIL : WARDEN_COMMAND,
	    &warden_call_fields, &call, NULL, 0, delivery_done, d,
	    clock_monotonic_ms() + COURIER_MS);
	if (e != SKS_OK) {
		delivery_failed(d, error_text(e));
		return;
	}
	d->state = DELIVERY_UNDER_WAY;
	queue.under_way++;
}

/* ---- the queue --------------------------------------------------------------------------- */

/* A free place, or that of the oldest that is settled; NULL when all wait. */
static struct delivery *
delivery_place(void)
{
	struct delivery *best = NULL;

	for (size_t i = 0; i < DELIVERIES_MAX; i++) {
		struct delivery *d = &queue.item[i];

		if (d->state == DELIVERY_FREE)
			return d;
		if ((d->state == DELIVERY_DONE || d->state == DELIVERY_GIVEN_UP) &&
		    (best == NULL || d->order < best->order))
			best = d;
	}
	return best;
}

static void
delivery_tell_log(const struct alert *a)
{
	struct buf line;

	buf_init(&line, 4096);
	alert_print_line(a, &line);
	buf_put_u8(&line, '\0');
	if (buf_error(&line) == SKS_OK)
		log_warn("%s", (const char *)line.data);
	buf_clear(&line);
}

static void
delivery_add_one(const struct alert *a, const struct alert_target *t)
{
	static struct delivery full;
	struct delivery *d = delivery_place();
	bool room = d != NULL;

	if (!room)
		d = &full;
	*d = (struct delivery){.alert = *a, .to = t->to, .order = ++queue.order};
	if (t->where != NULL)
		(void)snprintf(d->where, sizeof(d->where), "%s", t->where);
	if (t->to == ALERT_TO_JOURNAL || t->to == ALERT_TO_SYSLOG) {
		d->state = DELIVERY_DONE;
		return;
	}
	d->state = DELIVERY_WAITING;
	if (!room) {
		(void)snprintf(d->error, sizeof(d->error), "too many wait already");
		delivery_lose(d);
	}
}

void
delivery_add(struct server *s, const struct alert *a, const struct alert_targets *to)
{
	bool logged = false;

	(void)s;
	for (size_t i = 0; i < to->count; i++) {
		const struct alert_target *t = &to->item[i];

		if (t->to == ALERT_TO_NOBODY)
			continue;
		if ((t->to == ALERT_TO_JOURNAL || t->to == ALERT_TO_SYSLOG) && !logged) {
			logged = true; /* one line reaches both */
			delivery_tell_log(a);
		}
		delivery_add_one(a, t);
	}
}

static struct delivery *
delivery_next(int64_t now_ms)
{
	struct delivery *next = NULL;

	for (size_t i = 0; i < DELIVERIES_MAX; i++) {
		struct delivery *d = &queue.item[i];

		if (d->state == DELIVERY_WAITING && d->next_ms <= now_ms &&
		    (next == NULL || d->order < next->order))
			next = d;
	}
	return next;
}

int
delivery_tick(struct server *s)
{
	int64_t now_ms = clock_now().boot_ms;
	struct delivery *d;
	int e;

	while (queue.under_way < UNDER_WAY_MAX && (d = delivery_next(now_ms)) != NULL)
		delivery_send(s, d);
	if (queue.lost_count == 0 || s->space >= STORE_SPACE_RESERVE)
		return SKS_OK;
	if ((e = turn_own(s, record_lost, NULL)) != SKS_OK)
		return e;
	queue.lost_count = 0;
	queue.more = 0;
	return SKS_OK;
}

bool
delivery_is_idle(void)
{
	for (size_t i = 0; i < DELIVERIES_MAX; i++) {
		if (queue.item[i].state == DELIVERY_WAITING ||
		    queue.item[i].state == DELIVERY_UNDER_WAY)
			return false;
	}
	return queue.lost_count == 0;
}

/* ---- shown ------------------------------------------------------------------------------- */

static json_t *
delivery_item_json(const struct delivery *d)
{
	return json_pack("{s:I,s:s,s:b,s:s,s:s,s:s,s:i,s:s}", "record",
	    (json_int_t)d->alert.record, "alert", d->alert.rule, "test", (int)d->alert.test,
	    "to", alert_to_words[d->to], "where", d->where, "state", state_words[d->state],
	    "tries", (int)d->tries, "error", d->error);
}

json_t *
delivery_json(void)
{
	json_t *list = json_array();
	uint64_t below = UINT64_MAX;

	for (;;) {
		const struct delivery *next = NULL;

		for (size_t i = 0; i < DELIVERIES_MAX; i++) {
			const struct delivery *d = &queue.item[i];

			if (d->state != DELIVERY_FREE && d->order < below &&
			    (next == NULL || d->order > next->order))
				next = d;
		}
		if (next == NULL)
			return list;
		(void)json_array_append_new(list, delivery_item_json(next));
		below = next->order;
	}
}

void
delivery_counts(uint64_t *given_up, size_t *waiting)
{
	*given_up = queue.given_up;
	*waiting = 0;
	for (size_t i = 0; i < DELIVERIES_MAX; i++)
		*waiting += queue.item[i].state == DELIVERY_WAITING ||
			    queue.item[i].state == DELIVERY_UNDER_WAY;
}
