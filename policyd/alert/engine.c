#include "alert/engine.h"

#include "audit/event.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_LEAST = 8, ACTIONS_MAX = 256 };

/* One thing that was counted. */
struct entry {
	int64_t at_ms;
	uint64_t seq, value; /* of which different ones are counted */
};

/* What is counted together: one account's, one source's, or the host's. */
struct group {
	uint64_t key;
	int64_t last_ms;
	struct entry *entry; /* as many as the threshold; oldest first */
	size_t count;
};

struct counter {                         /* of one rule */
	uint8_t action[ACTIONS_MAX / 8]; /* a bit for each that it is about */
	struct group *group;
	size_t count, max;
	int64_t period_ms; /* when the period of at_most began */
	uint32_t raised, held;
	bool in_period;
};

struct alert_engine {
	const struct policy *policy;
	struct counter *counter; /* one a rule */
	size_t counters;         /* the policy may be gone before us */
	uint64_t seed;
	int64_t now_ms;
	struct alert_raise pending[ALERT_PENDING_MAX];
	uint64_t pending_key[ALERT_PENDING_MAX];
	size_t pending_count;
};

static uint64_t
engine_hash(const struct alert_engine *e, const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ e->seed;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
	/* what differs in the last letter alone differs everywhere */
	hash ^= hash >> 32;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* Most records are of no rule: that costs a look at a bit, not a comparison of names. */
static bool
engine_is_about(const struct counter *c, uint16_t action)
{
	return action < ACTIONS_MAX && (c->action[action / 8] >> action % 8 & 1) != 0;
}

static void
engine_note_actions(struct counter *c, const struct alert_rule *rule)
{
	for (size_t i = 0; i < rule->event.count && !rule->off; i++) {
		const struct event_info *event = event_by_name(rule->event.item[i]);

		/* An alert about alerts would feed itself. */
		if (event != NULL && event->action < ACTIONS_MAX &&
		    event->action != ACTION_ALERT_RAISE &&
		    event->action != ACTION_ALERT_UNDELIVERED)
			c->action[event->action / 8] |= (uint8_t)(1u << event->action % 8);
	}
}

/* ---- making ------------------------------------------------------------------------------ */

static bool
engine_counts(const struct alert_rule *rule)
{
	return !rule->off && rule->threshold > 1;
}

struct alert_engine *
alert_engine_new(const struct policy *policy, uint64_t seed)
{
	struct alert_engine *e = calloc(1, sizeof(*e));
	size_t counting = 0, max;

	if (e == NULL)
		return NULL;
	e->policy = policy;
	e->seed = seed;
	e->now_ms = INT64_MIN;
	e->counter = calloc(policy->alert_count + 1, sizeof(e->counter[0]));
	if (e->counter == NULL) {
		alert_engine_free(e);
		return NULL;
	}
	e->counters = policy->alert_count;
	for (size_t i = 0; i < policy->alert_count; i++)
		counting += engine_counts(&policy->alert[i]);
	max = counting == 0 ? 0 : ALERT_GROUPS_MAX / counting;
	for (size_t i = 0; i < policy->alert_count; i++) {
		e->counter[i].max = max < GROUPS_LEAST ? GROUPS_LEAST : max;
		engine_note_actions(&e->counter[i], &policy->alert[i]);
	}
	return e;
}

void
alert_engine_free(struct alert_engine *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->counters; i++) {
		for (size_t g = 0; g < e->counter[i].count; g++)
			free(e->counter[i].group[g].entry);
		free(e->counter[i].group);
	}
	free(e->counter);
	free(e);
}

/* ---- which records count ----------------------------------------------------------------- */

static bool
engine_has_word(const struct strings *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->item[i], word) == 0)
			return true;
	}
	return list->count == 0;
}

/* Everything but "when". */
static bool
engine_fits(const struct alert_engine *e, size_t i, const struct alert_seen *seen)
{
	const struct alert_rule *rule = &e->policy->alert[i];

	if (!engine_is_about(&e->counter[i], seen->action))
		return false;
	if (rule->outcome_mask != 0 && (rule->outcome_mask >> seen->outcome & 1) == 0)
		return false;
	if (rule->class_mask != 0 &&
	    (!seen->has_class || (rule->class_mask >> seen->class & 1) == 0))
		return false;
	return engine_has_word(&rule->reason, seen->reason) &&
	       engine_has_word(&rule->account, seen->user) &&
	       sources_match(&rule->from, seen->source);
}

static bool
engine_is_when(const struct alert_rule *rule, const struct alert_seen *seen)
{
	switch (rule->when) {
	case ALERT_WHEN_NEW_SOURCE:
		return seen->new_source;
	case ALERT_WHEN_NEW_DEVICE:
		return seen->new_device;
	case ALERT_WHEN_ELSEWHERE:
		return seen->elsewhere;
	default:
		return true;
	}
}

unsigned int
alert_engine_needs(const struct alert_engine *e, const struct alert_seen *seen)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < e->policy->alert_count; i++) {
		const struct alert_rule *rule = &e->policy->alert[i];

		if (rule->when > ALERT_WHEN_ALWAYS && engine_fits(e, i, seen))
			needs |= 1u << rule->when;
	}
	return needs;
}

/* ---- raising ----------------------------------------------------------------------------- */

static void
engine_fill(struct alert_raise *raise, size_t rule, const struct alert_seen *seen)
{
	*raise = (struct alert_raise){.rule = rule, .last_seq = seen->seq};
	raise->action = seen->action;
	raise->outcome = seen->outcome;
	(void)snprintf(raise->reason, sizeof(raise->reason), "%s", seen->reason);
	(void)snprintf(raise->user, sizeof(raise->user), "%s", seen->user);
	(void)snprintf(raise->source, sizeof(raise->source), "%s", seen->source);
}

static void
engine_add_seq(struct alert_raise *raise, uint64_t seq)
{
	if (raise->seq_count == ALERT_SEQ_MAX) {
		memmove(
		    raise->seq, raise->seq + 1, (ALERT_SEQ_MAX - 1) * sizeof(raise->seq[0]));
		raise->seq_count--;
	}
	raise->seq[raise->seq_count++] = seq;
}

/* Another of the same, before the first was taken: one alert for both. */
static struct alert_raise *
engine_find_pending(struct alert_engine *e, size_t rule, uint64_t key)
{
	for (size_t i = 0; i < e->pending_count; i++) {
		if (e->pending[i].rule == rule && e->pending_key[i] == key &&
		    e->pending[i].count > 0)
			return &e->pending[i];
	}
	return NULL;
}

/* Is there one left of this period's? Counts it, or what is held back. */
static bool
engine_may_raise(const struct alert_engine *e, size_t rule)
{
	const struct alert_rule *r = &e->policy->alert[rule];
	struct counter *c = &e->counter[rule];

	if (!c->in_period || e->now_ms - c->period_ms >= r->at_most_ms) {
		c->in_period = true;
		c->period_ms = e->now_ms;
		c->raised = 0;
	}
	if (c->raised >= r->at_most) {
		c->held++;
		return false;
	}
	c->raised++;
	return true;
}

static struct alert_raise *
engine_raise(struct alert_engine *e, size_t rule, uint64_t key, const struct alert_seen *seen)
{
	struct counter *c = &e->counter[rule];
	struct alert_raise *raise = seen->quiet ? NULL : engine_find_pending(e, rule, key);

	if (raise != NULL) {
		raise->last_seq = seen->seq;
		return raise;
	}
	if (!seen->quiet && e->pending_count == ALERT_PENDING_MAX) {
		c->held++;
		return NULL;
	}
	if (!engine_may_raise(e, rule))
		return NULL;
	if (seen->quiet) {
		c->held = 0;
		return NULL;
	}
	raise = &e->pending[e->pending_count];
	e->pending_key[e->pending_count++] = key;
	engine_fill(raise, rule, seen);
	raise->held = c->held;
	c->held = 0;
	return raise;
}

/* ---- counting ---------------------------------------------------------------------------- */

static struct group *
engine_oldest(struct counter *c)
{
	struct group *oldest = &c->group[0];

	for (size_t i = 1; i < c->count; i++) {
		if (c->group[i].last_ms < oldest->last_ms)
			oldest = &c->group[i];
	}
	return oldest;
}

static struct group *
engine_group(struct counter *c, const struct alert_rule *rule, uint64_t key)
{
	struct group *g = NULL;

	for (size_t i = 0; i < c->count; i++) {
		if (c->group[i].key == key)
			return &c->group[i];
	}
	if (c->group == NULL && (c->group = calloc(c->max, sizeof(*g))) == NULL)
		return NULL;
	g = c->count < c->max ? &c->group[c->count] : engine_oldest(c);
	if (g->entry == NULL &&
	    (g->entry = calloc(rule->threshold, sizeof(g->entry[0]))) == NULL)
		return NULL;
	if (c->count < c->max)
		c->count++;
	g->key = key;
	g->count = 0;
	return g;
}

static void
group_drop(struct group *g, size_t i)
{
	g->count--;
	memmove(&g->entry[i], &g->entry[i + 1], (g->count - i) * sizeof(g->entry[0]));
}

static void
group_count(struct group *g, const struct alert_rule *rule, const struct entry *new)
{
	while (g->count > 0 && new->at_ms - g->entry[0].at_ms > rule->within_ms)
		group_drop(g, 0);
	for (size_t i = 0; i < g->count && rule->count != ALERT_COUNT_RECORDS; i++) {
		if (g->entry[i].value == new->value) {
			group_drop(g, i);
			break;
		}
	}
	g->entry[g->count++] = *new; /* below the threshold before: there is room */
	g->last_ms = new->at_ms;
}

/* What it is counted with, and what of it is counted; false when the record does not say. */
static bool
engine_keys(const struct alert_engine *e, const struct alert_rule *rule,
    const struct alert_seen *seen, uint64_t *key, uint64_t *value)
{
	const char *with = rule->per == ALERT_PER_USER     ? seen->user
			   : rule->per == ALERT_PER_SOURCE ? seen->source
							   : "-";
	const char *what = rule->count == ALERT_COUNT_USERS     ? seen->user
			   : rule->count == ALERT_COUNT_SOURCES ? seen->source
								: "-";

	*key = engine_hash(e, with);
	*value = engine_hash(e, what);
	return rule->threshold <= 1 || (with[0] != '\0' && what[0] != '\0');
}

static int
engine_count(struct alert_engine *e, size_t i, const struct alert_seen *seen)
{
	const struct alert_rule *rule = &e->policy->alert[i];
	struct entry one = {.at_ms = e->now_ms, .seq = seen->seq};
	struct group alone = {.entry = &one, .count = 1}, *g = &alone;
	struct alert_raise *raise;
	uint64_t key;

	if (!engine_keys(e, rule, seen, &key, &one.value))
		return SKS_OK;
	if (rule->threshold > 1) {
		if ((g = engine_group(&e->counter[i], rule, key)) == NULL)
			return SKS_NOMEM;
		group_count(g, rule, &one);
	}
	if (g->count < rule->threshold)
		return SKS_OK;
	raise = engine_raise(e, i, key, seen);
	for (size_t n = 0; raise != NULL && n < g->count; n++)
		engine_add_seq(raise, g->entry[n].seq);
	if (raise != NULL)
		raise->count += (uint32_t)g->count;
	g->count = 0;
	return SKS_OK;
}

int
alert_engine_feed(struct alert_engine *e, const struct alert_seen *seen)
{
	int r = SKS_OK;

	if (seen->at_ms > e->now_ms)
		e->now_ms = seen->at_ms;
	for (size_t i = 0; i < e->policy->alert_count; i++) {
		if (engine_fits(e, i, seen) && engine_is_when(&e->policy->alert[i], seen) &&
		    engine_count(e, i, seen) != SKS_OK)
			r = SKS_NOMEM;
	}
	return r;
}

void
alert_engine_tick(struct alert_engine *e, int64_t now_ms)
{
	static const struct alert_seen nothing = {.reason = "", .user = "", .source = ""};

	if (now_ms > e->now_ms)
		e->now_ms = now_ms;
	for (size_t i = 0; i < e->policy->alert_count; i++) {
		struct counter *c = &e->counter[i];

		if (c->held > 0 && e->pending_count < ALERT_PENDING_MAX &&
		    e->now_ms - c->period_ms >= e->policy->alert[i].at_most_ms)
			(void)engine_raise(e, i, 0, &nothing);
	}
}

bool
alert_engine_take(struct alert_engine *e, struct alert_raise *out)
{
	if (e->pending_count == 0)
		return false;
	*out = e->pending[0];
	e->pending_count--;
	memmove(&e->pending[0], &e->pending[1], e->pending_count * sizeof(e->pending[0]));
	memmove(&e->pending_key[0], &e->pending_key[1],
	    e->pending_count * sizeof(e->pending_key[0]));
	return true;
}
