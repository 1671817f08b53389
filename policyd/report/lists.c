/* The sums and lists of what was gathered, as the page's JSON. */
#include "audit/event.h"
#include "report/report.h"
#include "report/write.h"
#include <stdlib.h>

/* ---- in order ---------------------------------------------------------------------------- */

struct order {
	uint64_t weight;
	uint32_t at;
};

static int
order_compare(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Numbers of rows, the heaviest first; NULL without memory. The caller frees. */
static struct order *
order_make(
    uint32_t count, uint64_t (*weight)(const struct gather *, uint32_t), const struct gather *g)
{
	struct order *o = calloc(count + 1, sizeof(*o));

	for (uint32_t i = 0; o != NULL && i < count; i++)
		o[i] = (struct order){.weight = weight(g, i), .at = i};
	if (o != NULL)
		qsort(o, count, sizeof(*o), order_compare);
	return o;
}

static uint64_t
use_weight(const struct gather *g, uint32_t i)
{
	return g->use[i].total;
}

static uint64_t
source_weight(const struct gather *g, uint32_t i)
{
	return g->source[i].total;
}

static uint64_t
volume_weight(const struct gather *g, uint32_t i)
{
	return g->volume[i].warnings > 0 ? UINT64_MAX : g->volume[i].bytes;
}

static uint64_t
grant_weight(const struct gather *g, uint32_t i)
{
	return g->grant[i].seq;
}

/* ---- rows -------------------------------------------------------------------------------- */

static void
put_name(struct write *w, const struct gather *g, const char *key, uint32_t name)
{
	write_key_str(w, key, gather_name(g, name));
}

static void
put_who(struct write *w, const struct gather *g, const char *key, const struct gather_who *who)
{
	write_key(w, key);
	write_open(w, '{');
	write_key(w, "names");
	write_open(w, '[');
	for (uint32_t i = 0; i < who->count; i++)
		write_str(w, gather_name(g, who->name[i]));
	write_close(w, ']');
	write_key(w, "more");
	write_bool(w, who->more);
	write_close(w, '}');
}

/* What a list shows: rows 0 to count, the heaviest first, and no more than max of them. */
struct heaviest {
	uint32_t count, max;
	uint64_t (*weight)(const struct gather *, uint32_t);
	void (*put)(struct write *, const struct gather *, uint32_t at);
};

/* Returns what the rows weigh together that are not shown. */
static uint64_t
put_heaviest(struct write *w, const struct gather *g, const char *key, const struct heaviest *list)
{
	struct order *o = order_make(list->count, list->weight, g);
	uint64_t more = 0;

	write_key(w, key);
	write_open(w, '[');
	for (uint32_t i = 0; o != NULL && i < list->count; i++) {
		if (i >= list->max) {
			more += o[i].weight;
			continue;
		}
		write_open(w, '{');
		list->put(w, g, o[i].at);
		write_close(w, '}');
	}
	write_close(w, ']');
	free(o);
	return more;
}

static void
put_use(struct write *w, const struct gather *g, uint32_t at)
{
	const struct gather_use *u = &g->use[at];

	put_name(w, g, "person", u->person);
	write_key(w, "role");
	if (u->role == KEYS_OTHER)
		write_null(w);
	else
		write_str(w, gather_name(g, u->role));
	write_key_counts(w, "n", u->n, g->period->count);
	write_key_int(w, "total", (int64_t)u->total);
}

static void
put_uses(struct write *w, const struct gather *g)
{
	const struct heaviest list = {
	    g->use_keys.count, REPORT_USES_MAX, use_weight, put_use};
	uint64_t more = put_heaviest(w, g, "use", &list);

	write_key_int(w, "use_more", (int64_t)(g->uses_other + more));
}

static void
put_grant(struct write *w, const struct gather *g, uint32_t at)
{
	const struct gather_grant *grant = &g->grant[at];

	write_key_str(w, "id", g->grant_ids.text[at]);
	put_name(w, g, "person", grant->person);
	put_name(w, g, "role", grant->role);
	write_key_str(w, "why", grant->why != NULL ? grant->why : "");
	write_key(w, "known");
	write_bool(w, grant->asked_ms != 0);
	put_who(w, g, "approved", &grant->approved_by);
	write_key_int(w, "from", grant->from_ms);
	write_key_int(w, "end", grant->end_ms);
	write_key_str(w, "end_reason", grant->end_reason);
	put_name(w, g, "ended_by", grant->ended_by);
	write_key(w, "refused");
	write_bool(w, grant->refused);
	write_key_int(w, "uses", (int64_t)grant->uses);
	write_key_int(w, "seq", (int64_t)grant->seq);
}

static void
put_grants(struct write *w, const struct gather *g)
{
	const struct heaviest list = {
	    g->grant_ids.count, REPORT_GRANTS_MAX, grant_weight, put_grant};

	(void)put_heaviest(w, g, "grants", &list);
	write_key_int(w, "grants_total", (int64_t)(list.count + g->grants_other));
}

static void
put_source(struct write *w, const struct gather *g, uint32_t at)
{
	const struct gather_source *s = &g->source[at];

	write_key_str(w, "where", g->source_keys.text[at]);
	write_key_int(w, "total", (int64_t)s->total);
	put_who(w, g, "accounts", &s->account);
	put_who(w, g, "reasons", &s->reason);
	write_key_int(w, "first", s->first_ms);
	write_key_int(w, "last", s->last_ms);
}

static void
put_sources(struct write *w, const struct gather *g)
{
	const struct heaviest list = {
	    g->source_keys.count, REPORT_SOURCES_MAX, source_weight, put_source};
	uint64_t more = put_heaviest(w, g, "sources", &list);

	write_key_int(w, "sources_more", (int64_t)(g->sources_other + more));
}

/* The newest first. */
static void
put_lines(struct write *w, const struct gather_list *list,
    void (*put)(struct write *, const struct gather_line *))
{
	uint64_t kept = list->count < GATHER_LIST_MAX ? list->count : GATHER_LIST_MAX;

	write_open(w, '[');
	for (uint64_t i = 0; i < kept; i++) {
		const struct gather_line *line =
		    &list->line[(list->count - 1 - i) % GATHER_LIST_MAX];

		write_open(w, '{');
		write_key_int(w, "seq", (int64_t)line->seq);
		write_key_int(w, "at", line->wall_ms);
		put(w, line);
		write_close(w, '}');
	}
	write_close(w, ']');
}

static void
put_unexplained(struct write *w, const struct gather_line *line)
{
	write_key_str(w, "name", line->name);
	write_key_str(w, "service", line->service);
	write_key_str(w, "where", line->where);
}

static void
put_event(struct write *w, const struct gather_line *line)
{
	const struct event_info *event = event_by_action(line->action);

	write_key_str(w, "event", event != NULL ? event->name : "");
	write_key_str(w, "reason", line->reason);
	write_key_int(w, "number", line->number);
	write_key(w, "unclean");
	write_bool(w, line->where[0] != '\0');
}

static void
put_health(const struct report *r, struct write *w)
{
	const struct gather *g = &r->gather;
	struct store_chain newest = {.id = 0};

	(void)store_chain(r->store, 0, &newest);
	write_key(w, "health");
	write_open(w, '{');
	write_key_int(w, "starts", (int64_t)g->starts);
	write_key_int(w, "unclean", (int64_t)g->unclean);
	write_key_int(w, "seals", (int64_t)g->seals);
	write_key_int(w, "longest", g->epoch_longest_ms);
	write_key_int(w, "gaps", (int64_t)g->gaps);
	write_key_int(w, "suspends", (int64_t)g->suspends);
	write_key_int(w, "suspended", (int64_t)g->suspended_ms);
	write_key_int(w, "chains", (int64_t)newest.id);
	write_key_int(w, "total", (int64_t)g->health_list.count);
	write_key(w, "rows");
	put_lines(w, &g->health_list, put_event);
	write_close(w, '}');
}

static void
put_review_line(struct write *w, const struct gather_line *line)
{
	const struct event_info *event = event_by_action(line->action);

	write_key_str(w, "event", event != NULL ? event->name : "");
	write_key_str(w, "who", line->name);
	write_key_str(w, "id", line->service);
	write_key_str(w, "what", line->where);
	write_key_str(w, "text", line->text);
	write_key_str(w, "reason", line->reason);
	write_key(w, "success");
	write_bool(w, line->success);
}

/* Records that nobody has signed off yet are those behind the last signature. */
static void
put_reviews(struct write *w, const struct gather *g)
{
	uint64_t from = g->reviewed_to >= g->first_seq ? g->reviewed_to + 1 : g->first_seq;

	write_key(w, "reviews");
	write_open(w, '{');
	write_key_int(w, "unsigned",
	    g->records > 0 && g->last_seq >= from ? (int64_t)(g->last_seq - from + 1) : 0);
	write_key_int(w, "to", (int64_t)g->reviewed_to);
	write_key_int(w, "total", (int64_t)g->review_list.count);
	write_key(w, "rows");
	put_lines(w, &g->review_list, put_review_line);
	write_close(w, '}');
}

static void
put_figures(struct write *w, const struct gather *g)
{
	size_t n = g->period->count;

	write_key(w, "figures");
	write_open(w, '{');
	write_key_int(w, "records", (int64_t)g->records);
	write_key_int(w, "deleted", (int64_t)g->deleted);
	write_key_counts(w, "sessions", g->sessions, n);
	write_key_counts(w, "unexplained", g->unexplained, n);
	write_key_counts(w, "refused", g->refused, n);
	write_key_counts(w, "observed", g->observed, n);
	write_key_counts(w, "logins", g->logins, n);
	write_key_counts(w, "grants", g->grants, n);
	write_close(w, '}');
}

static void
put_volume(struct write *w, const struct gather *g, uint32_t at)
{
	const struct gather_volume *x = &g->volume[at];

	write_key_str(w, "person", g->volume_keys.text[at]);
	write_key_int(w, "bytes", (int64_t)x->bytes);
	write_key_int(w, "sessions", (int64_t)x->sessions);
	write_key_int(w, "unmeasured", (int64_t)x->unmeasured);
	write_key_int(w, "largest", (int64_t)x->largest);
	write_key_int(w, "day", (int64_t)x->largest_day);
	write_key_int(w, "warnings", (int64_t)x->warnings);
	write_key_int(w, "seq", (int64_t)x->seq);
}

static void
put_volumes(struct write *w, const struct gather *g)
{
	const struct heaviest list = {
	    g->volume_keys.count, REPORT_SOURCES_MAX, volume_weight, put_volume};

	write_key(w, "downloads");
	write_open(w, '{');
	write_key_int(w, "bytes", (int64_t)g->downloaded);
	write_key_int(w, "total", (int64_t)(list.count + g->volumes_other));
	(void)put_heaviest(w, g, "rows", &list);
	write_close(w, '}');
}

void
report_lists(const struct report *r, struct write *w)
{
	const struct gather *g = &r->gather;

	put_figures(w, g);
	put_uses(w, g);
	put_grants(w, g);
	put_sources(w, g);
	write_key(w, "unexplained");
	put_lines(w, &g->unexplained_list, put_unexplained);
	report_hostlogs(r, w);
	put_health(r, w);
	put_reviews(w, g);
	put_volumes(w, g);
	write_key(w, "shown");
	write_open(w, '[');
	for (unsigned k = 0; k < PICK_KINDS; k++) {
		write_open(w, '[');
		write_int(w, (int64_t)r->shown[k]);
		write_int(w, (int64_t)g->pick.kind[k].count);
		write_close(w, ']');
	}
	write_close(w, ']');
}
