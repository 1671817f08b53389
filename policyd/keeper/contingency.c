#include "keeper/contingency.h"

#include "error.h"
#include "keeper/exceptions.h"
#include "keeper/keeper.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_MAX = 8, SEALED_TEXT_MAX = 16384 };

static const char meta_name[] = "contingencies";

/* ---- in force now ------------------------------------------------------------------------ */

static struct contingency_now now[NOW_MAX];
static size_t now_count;

const struct contingency_now *
contingencies_now(size_t *count)
{
	*count = now_count;
	return now;
}

void
contingency_forget(void)
{
	now_count = 0;
}

void
contingency_note(const struct store_exception *x)
{
	struct contingency_now *n = &now[now_count];

	if (strcmp(x->kind, CONTINGENCY_KEY) != 0 || now_count == NOW_MAX)
		return;
	n->number = x->number;
	n->until_wall_ms = x->until_wall_ms;
	(void)snprintf(n->name, sizeof(n->name), "%.63s", x->rule);
	now_count++;
}

/* ---- sealed ------------------------------------------------------------------------------ */

json_t *
contingency_sealed(struct server *s)
{
	static char text[SEALED_TEXT_MAX];
	json_t *o = NULL;

	if (store_meta_get(s->store, meta_name, text, sizeof(text)) == SKS_OK)
		o = json_loads(text, 0, NULL);
	return json_is_object(o) ? o : json_object();
}

static int
record_sealed(struct server *s, const char *name, const char *digest, const char *reason,
    const struct stored_policy *active)
{
	struct record r;

	keeper_record(s, &r, ACTION_CONTINGENCY_PREPARED, OUTCOME_SUCCESS, reason);
	record_put_str(&r, "sekisho.contingency", name);
	record_put_str(&r, "sekisho.contingency.digest", digest);
	record_put_str(&r, "sekisho.policy.to", active->digest);
	record_put_str(&r, "sekisho.policy.by", active->by);
	return keeper_append(s, &r);
}

static int
seal_one(struct server *s, const struct contingency *c, const struct stored_policy *active,
    json_t *sealed)
{
	struct buf text;
	int e;

	buf_init(&text, POLICY_BUNDLE_MAX);
	contingency_print(c, &text);
	e = buf_error(&text);
	if (e == SKS_OK)
		e = store_policy_keep(s->store, c->digest, text.data, text.len);
	buf_clear(&text);
	if (e == SKS_OK && json_object_set_new(sealed, c->name,
			       json_pack("{s:s,s:s,s:I,s:s}", "digest", c->digest, "policy",
				   active->digest, "at", (json_int_t)active->applied_wall_ms,
				   "by", active->by)) != 0)
		e = SKS_NOMEM;
	return e == SKS_OK ? record_sealed(s, c->name, c->digest, "sealed", active) : e;
}

static int
drop_gone(struct server *s, const struct stored_policy *active, json_t *sealed)
{
	const char *name;
	json_t *value;
	void *next;
	int e = SKS_OK;

	json_object_foreach_safe(sealed, next, name, value)
	{
		const char *digest = json_string_value(json_object_get(value, "digest"));

		if (policy_contingency(s->policy, name) != NULL || e != SKS_OK)
			continue;
		e = record_sealed(s, name, digest != NULL ? digest : "", "gone", active);
		(void)json_object_del(sealed, name);
	}
	return e;
}

static bool
is_sealed(const json_t *sealed, const struct contingency *c)
{
	const char *digest =
	    json_string_value(json_object_get(json_object_get(sealed, c->name), "digest"));

	return digest != NULL && strcmp(digest, c->digest) == 0;
}

static int
keep_sealed(struct server *s, const json_t *sealed)
{
	char *text = json_dumps(sealed, JSON_COMPACT);
	int e = text == NULL			 ? SKS_NOMEM
		: strlen(text) >= SEALED_TEXT_MAX ? SKS_TOO_BIG
					     : store_meta_set(s->store, meta_name, text);

	free(text);
	return e;
}

int
contingency_follow(struct server *s)
{
	struct stored_policy active = {0};
	json_t *sealed = contingency_sealed(s);
	json_t *before = json_copy(sealed);
	size_t n = 0;
	int e = sealed == NULL || before == NULL
		    ? SKS_NOMEM
		    : store_policy_history(s->store, &active, 1, &n);

	for (size_t i = 0; e == SKS_OK && i < s->policy->contingency_count; i++) {
		if (!is_sealed(sealed, &s->policy->contingency[i]))
			e = seal_one(s, &s->policy->contingency[i], &active, sealed);
	}
	if (e == SKS_OK)
		e = drop_gone(s, &active, sealed);
	if (e == SKS_OK && !json_equal(sealed, before))
		e = keep_sealed(s, sealed);
	json_decref(before);
	json_decref(sealed);
	return e;
}

/* ---- entries ----------------------------------------------------------------------------- */

static bool
is_one(const struct store_exception *x)
{
	return strcmp(x->kind, CONTINGENCY_KEY) == 0;
}

const struct contingency *
contingency_of(const struct server *s, const struct store_exception *x)
{
	const struct contingency *c = is_one(x) ? policy_contingency(s->policy, x->rule) : NULL;
	json_t *paper = c != NULL ? json_loads(x->paper, 0, NULL) : NULL;
	const char *digest =
	    json_string_value(json_object_get(json_object_get(paper, CONTINGENCY_KEY), "digest"));

	if (c == NULL || digest == NULL || strcmp(digest, c->digest) != 0)
		c = NULL;
	json_decref(paper);
	return c;
}

bool
contingency_is_gone(const struct server *s, const struct store_exception *x)
{
	return is_one(x) && contingency_of(s, x) == NULL;
}

bool
contingency_is_late(struct server *s, const struct store_exception *x)
{
	struct store_request q;
	int64_t waited;

	if (!is_one(x) || x->state != EXCEPTION_ASKED)
		return false;
	if (store_request_get(s->store, 'E', x->number, &q) != SKS_OK)
		return true;
	waited = clock_now().wall_ms - q.made_wall_ms;
	return waited < 0 || waited >= CONTINGENCY_WAIT_MS;
}

bool
contingency_may_answer(struct server *s, const struct store_request *q, const char *user,
    const char *groups, bool *may)
{
	static struct store_exception x;
	const struct contingency *c;

	if (s->policy->contingency_count == 0 || q->kind != 'E' ||
	    store_exception_get(s->store, q->number, &x) != SKS_OK || !is_one(&x))
		return false;
	c = contingency_of(s, &x);
	*may = c != NULL && approvals_name(c->activate, c->activate_count, user, groups);
	return true;
}

/* ---- looking for one --------------------------------------------------------------------- */

struct wanted {
	const char *name, *role;
	uint32_t state;
	int64_t for_ms;
	const struct contingency *contingency;
	struct store_exception *out;
	uint64_t number;
};

static bool
has_role(const struct contingency *c, const char *role)
{
	for (size_t i = 0; i < c->roles.count; i++) {
		if (strcmp(c->roles.item[i], role) == 0)
			return true;
	}
	return false;
}

static int
look_at_one(struct server *s, struct store_exception *x, void *context)
{
	struct wanted *w = context;
	const struct contingency *c;

	if (!is_one(x) || x->state != w->state || w->number != 0 ||
	    (w->state == EXCEPTION_ACTIVE && x->left_ms <= w->for_ms) ||
	    (w->name != NULL && strcmp(x->rule, w->name) != 0) ||
	    (w->state == EXCEPTION_ASKED && contingency_is_late(s, x)))
		return SKS_OK;
	c = contingency_of(s, x);
	if (c == NULL || (w->role != NULL && !has_role(c, w->role)))
		return SKS_OK;
	w->number = x->number;
	w->contingency = c;
	if (w->out != NULL)
		*w->out = *x;
	return SKS_OK;
}

int
contingency_for_role(struct server *s, const char *role, int64_t for_ms, uint64_t *number,
    const struct contingency **out)
{
	struct wanted w = {.role = role, .state = EXCEPTION_ACTIVE, .for_ms = for_ms};
	/* what began or ended within this second does not count: nobody has seen it yet */
	int e = s->policy->contingency_count == 0 || now_count == 0
		    ? SKS_OK
		    : exceptions_each(s, look_at_one, &w);

	*number = w.number;
	*out = w.contingency;
	return e;
}

int
contingency_entry(struct server *s, const char *name, bool active, struct store_exception *out)
{
	struct wanted w = {
	    .name = name, .state = active ? EXCEPTION_ACTIVE : EXCEPTION_ASKED, .out = out};
	int e = exceptions_each(s, look_at_one, &w);

	return e == SKS_OK && w.number == 0 ? SKS_NOT_FOUND : e;
}
