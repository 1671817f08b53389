#include "report/risky.h"

#include "error.h"
#include "report/keys.h"
#include "report/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Strangers choose what they try: who finds no room any more is counted together with the others
 * who did not. */
enum { GROUPS_MAX = 1 << 15, GROUP_KEY_SIZE = 2 * NAME_SIZE + 64 };

/* Longer is a gap to `audit verify` too. */
static const int64_t epoch_limit_ms = 16 * 60 * 1000;

struct tally {
	uint64_t first, last;
	uint32_t count;
};

/* What was tried from one place at one account. */
struct tried {
	struct tally t;
	uint32_t place, user;
	bool in; /* after many of them somebody got in */
};

/* Groups of one kind: [number of the key], and behind them the one of all others. */
struct groups {
	struct keys keys;
	struct tally *t; /* owned */
};

struct risky {
	struct keys pairs, places, users;
	struct tried *tried; /* GROUPS_MAX + 1, the last of what found no room */
	struct groups closed, power;
	struct risky_item *item;
	size_t count, room;
	uint8_t boot_id[16];
	int64_t boot_ms, epoch_ran_ms;
};

/* ---- items ------------------------------------------------------------------------------- */

static int
item_add(struct risky *r, enum risk risk, const struct tally *t, const char *actor)
{
	struct risky_item *item;

	if (r->count == r->room) {
		size_t room = r->room == 0 ? 64 : 2 * r->room;

		item = reallocarray(r->item, room, sizeof(*item));
		if (item == NULL)
			return SKS_NOMEM;
		r->item = item;
		r->room = room;
	}
	item = &r->item[r->count++];
	*item = (struct risky_item){
	    .seq = t->last, .first = t->first, .count = t->count, .risk = risk};
	(void)snprintf(item->actor, sizeof(item->actor), "%s", actor);
	return SKS_OK;
}

static int
item_of(struct risky *r, enum risk risk, uint64_t seq)
{
	const struct tally one = {.first = seq, .last = seq, .count = 1};

	return item_add(r, risk, &one, "");
}

static void
tally_add(struct tally *t, const struct tally *more)
{
	if (more->count == 0)
		return;
	if (t->count == 0 || more->first < t->first)
		t->first = more->first;
	if (more->last > t->last)
		t->last = more->last;
	t->count += more->count;
}

static void
tally_one(struct tally *t, uint64_t seq)
{
	tally_add(t, &(struct tally){.first = seq, .last = seq, .count = 1});
}

/* ---- attempts ---------------------------------------------------------------------------- */

/* Where from: the address, or who asks on this host. */
static const char *
place_of(const struct view *v, char out[NAME_SIZE])
{
	return view_text(
	    v, view_has(v, VIEW_SOURCE) ? VIEW_SOURCE : VIEW_ACTOR, out, NAME_SIZE);
}

static struct tried *
tried_of(struct risky *r, const struct view *v)
{
	char place[NAME_SIZE], user[NAME_SIZE], key[GROUP_KEY_SIZE];
	uint32_t at, known = r->pairs.count;

	(void)snprintf(key, sizeof(key), "%s\t%s", place_of(v, place),
	    view_text(v, VIEW_USER, user, sizeof(user)));
	at = keys_add(&r->pairs, key);
	if (at != KEYS_OTHER && r->pairs.count > known) {
		r->tried[at].place = keys_add(&r->places, place);
		r->tried[at].user = keys_add(&r->users, user);
	}
	return at == KEYS_OTHER || r->tried[at].place == KEYS_OTHER || r->tried[at].user == KEYS_OTHER
		   ? &r->tried[GROUPS_MAX]
		   : &r->tried[at];
}

static void
take_failed(struct risky *r, const struct view *v)
{
	struct tried *x = tried_of(r, v);

	if (!x->in)
		tally_one(&x->t, v->header.seq);
}

/* Who got in after a few failures had mistyped; after many, it is the login that matters. */
static void
take_in(struct risky *r, const struct view *v)
{
	struct tried *x = tried_of(r, v);

	if (x->in || x == &r->tried[GROUPS_MAX])
		return;
	if (x->t.count < RISKY_MANY) {
		x->t = (struct tally){0};
		return;
	}
	x->in = true;
	x->t.last = v->header.seq;
}

/* ---- closed accounts, and power ---------------------------------------------------------- */

static void
group_add(struct groups *g, const char *key, uint64_t seq)
{
	uint32_t at = keys_add(&g->keys, key);

	tally_one(&g->t[at != KEYS_OTHER ? at : GROUPS_MAX], seq);
}

static bool
is_closed(const struct view *v)
{
	return v->item[VIEW_SUSPENDED].truth || view_is(v, VIEW_REASON, "suspended") ||
	       view_is(v, VIEW_REASON, "account-ended");
}

/* Over an account that is not one's own, or root's own login from elsewhere. What root itself
 * starts as others gives nobody anything. */
static bool
is_power(const struct view *v)
{
	bool numbered = v->item[VIEW_USER_ID].type == FLAT_NUMBER;
	int64_t user = view_number(v, VIEW_USER_ID), actor = view_number(v, VIEW_ACTOR_ID);

	if (actor != 0 && actor != UINT32_MAX && numbered)
		return actor != user;
	return numbered && user == 0 &&
	       (view_has(v, VIEW_SOURCE) || view_is(v, VIEW_SERVICE, "login"));
}

/* The key begins with who: what item_add() shows. */
static void
take_power(struct risky *r, const struct view *v)
{
	char actor[NAME_SIZE], user[NAME_SIZE], service[64], key[GROUP_KEY_SIZE];

	(void)view_text(v, view_number(v, VIEW_ACTOR_ID) != 0 ? VIEW_ACTOR : VIEW_USER, actor,
	    sizeof(actor));
	(void)snprintf(key, sizeof(key), "%s\t%s\t%s", actor,
	    view_text(v, VIEW_USER, user, sizeof(user)),
	    view_text(v, VIEW_SERVICE, service, sizeof(service)));
	group_add(&r->power, key, v->header.seq);
}

static void
take_access(struct risky *r, const struct view *v)
{
	bool success = view_is(v, VIEW_OUTCOME, "success");
	uint16_t action = v->header.action;
	char user[NAME_SIZE];

	if (is_closed(v)) {
		group_add(&r->closed, view_text(v, VIEW_USER, user, sizeof(user)), v->header.seq);
		return;
	}
	if (!success && action != ACTION_ACCOUNT && action != ACTION_SESSION_OPEN)
		take_failed(r, v);
	if (success && action != ACTION_ACCOUNT)
		take_in(r, v);
	if (success && action == ACTION_SESSION_OPEN && !view_has(v, VIEW_GRANTS) && is_power(v))
		take_power(r, v);
}

/* ---- the recording itself ---------------------------------------------------------------- */

/* As `audit verify` counts it: not across a start, nor while the host slept. */
static bool
take_clock(struct risky *r, const struct view *v)
{
	bool same = memcmp(r->boot_id, v->header.boot_id, sizeof(r->boot_id)) == 0, gap;
	int64_t ran = v->header.boot_ms - r->boot_ms;

	if (same && ran > 0 && v->header.action != ACTION_DAEMON_START &&
	    v->header.action != ACTION_LOG_BEGIN)
		r->epoch_ran_ms += ran;
	memcpy(r->boot_id, v->header.boot_id, sizeof(r->boot_id));
	r->boot_ms = v->header.boot_ms;
	if (v->header.action != ACTION_LOG_SEAL)
		return false;
	gap = r->epoch_ran_ms > epoch_limit_ms;
	r->epoch_ran_ms = 0;
	return gap;
}

/* ---- a record ---------------------------------------------------------------------------- */

static bool
is_access(uint16_t action)
{
	switch (action) {
	case ACTION_ATTEMPT:
	case ACTION_FIRST_FACTOR:
	case ACTION_CODE:
	case ACTION_AUTHENTICATED:
	case ACTION_ACCOUNT:
	case ACTION_SESSION_OPEN:
		return true;
	default:
		return false;
	}
}

int
risky_take(struct risky *r, const struct log_row *row)
{
	uint8_t outcome = OUTCOME_FAILURE;
	enum risk risk;
	struct view v;
	int e = view_init(&v, row->header, row->body, row->body_len);

	if (e != SKS_OK)
		return e;
	if (take_clock(r, &v))
		return item_of(r, RISK_GAP, v.header.seq);
	if (v.body != NULL && (is_access(v.header.action) || v.header.action == ACTION_SUSPEND))
		view_read(&v);
	if (v.header.action == ACTION_SUSPEND)
		r->epoch_ran_ms -= view_number(&v, VIEW_SUSPEND);
	if (v.body != NULL && is_access(v.header.action))
		take_access(r, &v);
	if (v.body != NULL && !view_is(&v, VIEW_OUTCOME, outcome_words[OUTCOME_FAILURE]))
		outcome = OUTCOME_SUCCESS;
	risk = risk_of(v.header.action, outcome);
	return risk != RISK_NONE ? item_of(r, risk, v.header.seq) : SKS_OK;
}

/* ---- all of them ------------------------------------------------------------------------- */

/* The sums by place, or, where these are known, those by account of what no place is risky for. */
static void
sum_tried(const struct risky *r, const struct tally *by_place, struct tally *sum)
{
	for (uint32_t i = 0; i < r->pairs.count; i++) {
		const struct tried *x = &r->tried[i];

		if (x->in || x->t.count == 0) /* or without memory for its names */
			continue;
		if (by_place == NULL)
			tally_add(&sum[x->place], &x->t);
		else if (by_place[x->place].count < RISKY_FEW)
			tally_add(&sum[x->user], &x->t);
	}
}

static int
add_sums(struct risky *r, const struct tally *sum, uint32_t count, uint32_t least)
{
	int e = SKS_OK;

	for (uint32_t i = 0; i < count && e == SKS_OK; i++)
		if (sum[i].count >= least)
			e = item_add(r, RISK_GUESSES, &sum[i], "");
	return e;
}

static int
add_tried(struct risky *r)
{
	struct tally *place = calloc(GROUPS_MAX, sizeof(*place));
	struct tally *user = calloc(GROUPS_MAX, sizeof(*user));
	int e = place != NULL && user != NULL ? SKS_OK : SKS_NOMEM;

	if (e == SKS_OK) {
		sum_tried(r, NULL, place);
		sum_tried(r, place, user);
		e = add_sums(r, place, r->places.count, RISKY_FEW);
	}
	if (e == SKS_OK)
		e = add_sums(r, user, r->users.count, RISKY_MANY);
	if (e == SKS_OK)
		e = add_sums(r, &r->tried[GROUPS_MAX].t, 1, RISKY_FEW);
	for (uint32_t i = 0; i < r->pairs.count && e == SKS_OK; i++)
		if (r->tried[i].in)
			e = item_add(r, RISK_GUESSED, &r->tried[i].t, "");
	free(place);
	free(user);
	return e;
}

static int
add_groups(struct risky *r, const struct groups *g, enum risk risk)
{
	int e = SKS_OK;

	for (uint32_t i = 0; i < g->keys.count && e == SKS_OK; i++) {
		char actor[NAME_SIZE];

		(void)snprintf(actor, sizeof(actor), "%.*s",
		    risk == RISK_UNEXPLAINED ? (int)strcspn(g->keys.text[i], "\t") : 0,
		    g->keys.text[i]);
		e = item_add(r, risk, &g->t[i], actor);
	}
	if (e == SKS_OK && g->t[GROUPS_MAX].count != 0)
		e = item_add(r, risk, &g->t[GROUPS_MAX], "");
	return e;
}

/* Of two items with one record, the one that many records tell goes first. */
static int
item_order(const void *a, const void *b)
{
	const struct risky_item *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->risk < y->risk) - (x->risk > y->risk);
}

int
risky_items(struct risky *r, const struct risky_item **item, size_t *count)
{
	size_t kept = 0;
	int e = add_tried(r);

	if (e == SKS_OK)
		e = add_groups(r, &r->closed, RISK_CLOSED);
	if (e == SKS_OK)
		e = add_groups(r, &r->power, RISK_UNEXPLAINED);
	*count = 0;
	if (e != SKS_OK)
		return e;
	if (r->count > 1)
		qsort(r->item, r->count, sizeof(*r->item), item_order);
	for (size_t i = 0; i < r->count; i++)
		if (kept == 0 || r->item[kept - 1].seq != r->item[i].seq)
			r->item[kept++] = r->item[i];
	*item = r->item;
	*count = r->count = kept;
	return SKS_OK;
}

/* ---- making ------------------------------------------------------------------------------ */

static int
groups_init(struct groups *g)
{
	g->t = calloc(GROUPS_MAX + 1, sizeof(*g->t));
	return g->t != NULL ? keys_init(&g->keys, GROUPS_MAX) : SKS_NOMEM;
}

struct risky *
risky_new(void)
{
	struct risky *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->tried = calloc(GROUPS_MAX + 1, sizeof(*r->tried));
	if (r->tried != NULL && keys_init(&r->pairs, GROUPS_MAX) == SKS_OK &&
	    keys_init(&r->places, GROUPS_MAX) == SKS_OK &&
	    keys_init(&r->users, GROUPS_MAX) == SKS_OK && groups_init(&r->closed) == SKS_OK &&
	    groups_init(&r->power) == SKS_OK)
		return r;
	risky_free(r);
	return NULL;
}

void
risky_free(struct risky *r)
{
	if (r == NULL)
		return;
	keys_clear(&r->pairs);
	keys_clear(&r->places);
	keys_clear(&r->users);
	keys_clear(&r->closed.keys);
	keys_clear(&r->power.keys);
	free(r->closed.t);
	free(r->power.t);
	free(r->tried);
	free(r->item);
	free(r);
}
