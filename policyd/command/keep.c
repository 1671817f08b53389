/* How long records are kept: what is due, and what is on hold. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/retention.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

/* ---- periods -------------------------------------------------------------------------------
 */

/* When the class is next looked at: now, or when the records after the cursor were first seen
 * plus the period; 0 where nothing is known beyond it. */
static int
next_due(struct server *s, const struct retention_state *x, uint8_t class, int64_t *wall_ms)
{
	const struct retain_class *c = &x->class[class];
	uint64_t limit = 0;
	int64_t seen = 0;
	int e = retention_limit(s, x, class, &limit);

	*wall_ms = 0;
	if (e != SKS_OK)
		return e;
	if (limit > c->cursor) {
		*wall_ms = clock_now().wall_ms;
		return SKS_OK;
	}
	e = store_age_next(s->store, c->cursor, &seen);
	if (e == SKS_OK)
		*wall_ms = seen + c->period_ms;
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

static int
class_json(struct server *s, const struct retention_state *x, uint8_t class, json_t **out)
{
	const struct retain_class *c = &x->class[class];
	uint64_t waiting = 0;
	int64_t next = 0;
	int e = next_due(s, x, class, &next);

	if (e == SKS_OK)
		e = store_waiting_count(s->store, class, &waiting);
	if (e != SKS_OK)
		return e;
	*out = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "class", retention_words[class],
	    "policy", (json_int_t)s->policy->retain_ms[class], "period",
	    (json_int_t)c->period_ms, "grace",
	    (json_int_t)retain_class_grace(c, x->clock.watched_ms), "deleted_to",
	    (json_int_t)c->cursor, "next", (json_int_t)next, "waiting", (json_int_t)waiting);
	return SKS_OK;
}

int
command_retain(struct server *s, struct job *job)
{
	struct retention_state x;
	json_t *list, *o, *class;
	size_t holds = 0;
	static struct store_hold h[HOLDS_MAX];
	int e = retention_load(s, &x);

	if (e == SKS_OK)
		e = store_hold_list(s->store, false, h, HOLDS_MAX, &holds);
	list = json_array();
	for (uint8_t i = 0; e == SKS_OK && i < RETAIN_LOG; i++)
		if ((e = class_json(s, &x, i, &class)) == SKS_OK)
			(void)json_array_append_new(list, class);
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	o = json_pack("{s:o,s:I,s:I,s:I}", "classes", list, "holds", (json_int_t)holds,
	    "clock_ahead", (json_int_t)x.clock.lead_ms, "clock_doubt",
	    (json_int_t)retain_clock_doubt(&x.clock));
	return command_json(job, o);
}

static void
wipe_after(struct server *s, struct job *job)
{
	(void)job;
	(void)retention_wipe(s);
}

int
command_retain_now(struct server *s, struct job *job)
{
	uint64_t destroyed = 0;
	bool more = false;
	int e = retention_now(s, job->who, &destroyed, &more);

	if (e != SKS_OK)
		return e;
	job->after_commit = wipe_after;
	command_say(job, STATUS_DONE,
	    more ? dngettext("sekisho",
		       "%llu body was deleted; the others follow by themselves.",
		       "%llu bodies were deleted; the others follow by themselves.", destroyed)
		 : dngettext("sekisho", "%llu body was deleted. Nothing else is due.",
		       "%llu bodies were deleted. Nothing else is due.", destroyed),
	    (unsigned long long)destroyed);
	return command_json(
	    job, json_pack("{s:I,s:b}", "deleted", (json_int_t)destroyed, "more", (int)more));
}

/* ---- holds ---------------------------------------------------------------------------------
 */

static void
put_hold(struct record *r, void *context)
{
	const struct store_hold *h = context;
	char id[REQUEST_ID_SIZE];

	(void)snprintf(id, sizeof(id), "H-%llu", (unsigned long long)h->id);
	record_put_str(r, "sekisho.hold", id);
	record_put_str(r, "sekisho.hold.user", h->user);
	record_put_str(r, "sekisho.hold.source", h->source);
	if (h->since_wall_ms != 0)
		record_put_int(r, "sekisho.hold.since", h->since_wall_ms);
	if (h->until_wall_ms != 0)
		record_put_int(r, "sekisho.hold.until", h->until_wall_ms);
	if (h->from != 0)
		record_put_int(r, "sekisho.hold.from", (int64_t)h->from);
	if (h->to != 0)
		record_put_int(r, "sekisho.hold.to", (int64_t)h->to);
}

/* False where it names nothing, or what cannot be. */
static bool
read_hold(const struct command *c, struct store_hold *h)
{
	memset(h, 0, sizeof(*h));
	(void)text_clean(h->user, sizeof(h->user), c->name);
	if (c->source[0] != '\0')
		source_normalize("", c->source, h->source);
	h->since_wall_ms = c->since_ms;
	h->until_wall_ms = c->until_ms;
	h->from = c->number;
	h->to = c->last;
	if (c->source[0] != '\0' && h->source[0] == '\0')
		return false;
	if (h->from > INT64_MAX || h->to > INT64_MAX || (h->to != 0 && h->to < h->from) ||
	    h->since_wall_ms < 0 || h->until_wall_ms < 0 ||
	    (h->until_wall_ms != 0 && h->until_wall_ms <= h->since_wall_ms))
		return false;
	return h->user[0] != '\0' || h->source[0] != '\0' || h->since_wall_ms != 0 ||
	       h->until_wall_ms != 0 || h->from != 0 || h->to != 0;
}

int
command_hold_add(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct store_hold h;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	r.name[0] = '\0'; /* of a device, in records */
	f.found = read_hold(&job->command, &h);
	(void)snprintf(h.by, sizeof(h.by), "%s", r.by);
	(void)snprintf(h.why, sizeof(h.why), "%s", r.text);
	if (f.found && r.by_root && r.text[0] != '\0') {
		e = store_hold_add(s->store, &h);
		if (e == SKS_FULL)
			command_say(job, STATUS_REFUSED,
			    _("There are %d holds already. Release "
			      "those that are over first."),
			    HOLDS_MAX);
		if (e != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
	}
	if ((e = command_decide(s, job, &r, &f, put_hold, &h, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		if (d.reason == REASON_INVALID_VALUE)
			command_say(job, STATUS_REFUSED, "%s",
			    _("A hold needs a reason, and something that it holds: a user, a "
			      "source, a time or records."));
		return SKS_OK;
	}
	command_say(job, STATUS_DONE,
	    _("Hold H-%llu: what it names is kept until `sekisho audit hold release H-%llu`."),
	    (unsigned long long)h.id, (unsigned long long)h.id);
	return command_json(job, json_pack("{s:I}", "id", (json_int_t)h.id));
}

static json_t *
hold_json(const struct store_hold *h)
{
	json_t *o = json_pack("{s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:I}", "id",
	    (json_int_t)h->id, "user", h->user, "source", h->source, "since",
	    (json_int_t)h->since_wall_ms, "until", (json_int_t)h->until_wall_ms, "from",
	    (json_int_t)h->from, "to", (json_int_t)h->to, "by", h->by, "why", h->why, "made",
	    (json_int_t)h->made_wall_ms);

	if (h->released_wall_ms != 0) {
		(void)json_object_set_new(
		    o, "released", json_integer((json_int_t)h->released_wall_ms));
		(void)json_object_set_new(o, "released_by", json_string(h->released_by));
		(void)json_object_set_new(o, "released_why", json_string(h->released_why));
	}
	return o;
}

int
command_hold_list(struct server *s, struct job *job)
{
	static struct store_hold h[2 * HOLDS_MAX];
	json_t *list;
	size_t n = 0;
	int e = store_hold_list(s->store, true, h, sizeof(h) / sizeof(h[0]), &n);

	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, hold_json(&h[i]));
	return command_json(job, list);
}

int
command_hold_release(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct store_hold h;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	e = store_hold_get(s->store, job->command.number, &h);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	f.found = e == SKS_OK;
	f.open = f.found && h.released_wall_ms == 0;
	if ((e = command_decide(s, job, &r, &f, put_hold, &h, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such hold. `sekisho audit hold list` shows them."));
	if (d.reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say why: --reason."));
	if (d.verdict != VERDICT_ALLOW)
		return SKS_OK;
	if ((e = store_hold_release(s->store, h.id, r.by, r.text)) != SKS_OK)
		return e;
	retention_look_again();
	command_say(job, STATUS_DONE,
	    _("Hold H-%llu is released: what is over its period is deleted."),
	    (unsigned long long)h.id);
	return SKS_OK;
}
