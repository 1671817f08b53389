/* What the policy and the register of exceptions say of controls and clauses: who answers for
 * them, what is the organisation's own, and where an exception is open. */
#include "error.h"
#include "policy/policy.h"
#include "report/controls.h"
#include "show.h"
#include "store/exceptions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A_LOOK = 32, WORD_SIZE = 128 };

/* What an entry that nobody asked for weakens, by its kind. */
static const struct {
	const char *kind, *names;
} weakened[] = {
    {"observe", "PRIV-1 AUTH-5 AUTH-6"},
    {"grace", "AUTH-5 AUTH-6"},
    {"fail-open", "AUTH-2 AUTH-6"},
    {"bypass", "AUTH-5"},
    {"break-glass", "AUTH-5"},
};

/* Is this number or id the other one, or the beginning of it? */
static bool
controls_covers(const char *beginning, const char *name)
{
	size_t n = strlen(beginning);

	return strncmp(beginning, name, n) == 0 &&
	       (name[n] == '\0' || name[n] == '.' || name[n] == '(');
}

const char *
controls_own(const struct controls *c, const char *name)
{
	for (size_t i = 0; c->policy != NULL && i < c->policy->own_count; i++) {
		if (controls_covers(c->policy->own[i].name, name))
			return c->policy->own[i].own;
	}
	return NULL;
}

/* ---- exceptions -------------------------------------------------------------------------- */

static bool
names_it(const char *names, const char *name)
{
	char word[WORD_SIZE];

	for (;;) {
		size_t len;

		names += strspn(names, " ,;\t");
		if ((len = strcspn(names, " ,;\t")) == 0)
			return false;
		if (len < sizeof(word)) {
			memcpy(word, names, len);
			word[len] = '\0';
			if (controls_covers(word, name))
				return true;
		}
		names += len;
	}
}

const struct control_exception *
controls_exception(const struct controls *c, const char *name)
{
	for (size_t i = 0; i < c->exceptions; i++) {
		if (names_it(c->exception[i].names, name))
			return &c->exception[i];
	}
	return NULL;
}

static void
add_name(struct control_exception *x, const char *name)
{
	size_t used = strlen(x->names);

	(void)snprintf(x->names + used, sizeof(x->names) - used, "%s%s", used > 0 ? " " : "", name);
}

/* The clause as it was granted, else as it was applied for; the rows that the rule serves. */
static void
take_names(const struct policy *p, const struct store_exception *x, struct control_exception *out)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	const char *clause = show_text(json_object_get(paper, "granted"), "clause");

	if (clause[0] == '\0')
		clause = show_text(json_object_get(paper, "asked"), "clause");
	add_name(out, clause);
	json_decref(paper);
	for (size_t i = 0; i < p->rule_count; i++) {
		for (size_t j = 0; strcmp(p->rule[i].name, x->rule) == 0 && j < p->rule[i].control.count;
		    j++)
			add_name(out, p->rule[i].control.item[j]);
	}
	for (size_t i = 0; i < sizeof(weakened) / sizeof(weakened[0]); i++) {
		if (strcmp(weakened[i].kind, x->kind) == 0)
			add_name(out, weakened[i].names);
	}
}

static int
take_exception(struct controls *c, const struct policy *p, const struct store_exception *x,
    int64_t now_wall_ms)
{
	struct control_exception *grown;

	if (x->state != EXCEPTION_ACTIVE || x->judged == EXCEPTION_REFUSED ||
	    (x->until_wall_ms != 0 && x->until_wall_ms <= now_wall_ms))
		return SKS_OK;
	grown = reallocarray(c->exception, c->exceptions + 1, sizeof(*grown));
	if (grown == NULL)
		return SKS_NOMEM;
	c->exception = grown;
	grown = &c->exception[c->exceptions++];
	memset(grown, 0, sizeof(*grown));
	grown->number = x->number;
	grown->granted = x->judged == EXCEPTION_GRANTED;
	grown->until_wall_ms = x->until_wall_ms;
	take_names(p, x, grown);
	return SKS_OK;
}

static int
read_exceptions(
    struct controls *c, const struct policy *p, struct store *s, int64_t now_wall_ms)
{
	static struct store_exception x[A_LOOK];
	const struct instant now = {.wall_ms = now_wall_ms};
	uint64_t after = 0;
	size_t n = 0;
	int e = store_begin(s, now);

	if (e != SKS_OK)
		return e;
	do {
		e = store_exception_list(s, after, false, x, A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = x[i].number;
			e = take_exception(c, p, &x[i], now_wall_ms);
		}
	} while (e == SKS_OK && n == A_LOOK);
	store_rollback(s);
	return e;
}

int
controls_hold(struct controls *c, const struct policy *p, struct store *s, int64_t now_wall_ms)
{
	int e = read_exceptions(c, p, s, now_wall_ms);

	c->policy = p;
	for (size_t i = 0; i < c->count; i++) {
		struct control *k = &c->control[i];

		if (controls_exception(c, k->id) != NULL)
			k->state = CONTROL_EXCEPTION;
		else if (controls_own(c, k->id) != NULL)
			k->state = CONTROL_ORGANISATION;
	}
	return e;
}

/* ---- officers ---------------------------------------------------------------------------- */

/* How well something an officer answers for fits: 0 not at all. The clause itself before a row of
 * it, a row before the beginning of the clause, a long one before a short one. */
static size_t
fit_of(const char *item, const json_t *clause)
{
	enum { WHOLE = 2000, ROW = 1000 };
	const char *name = show_text(clause, "clause");
	const json_t *id;
	size_t i;

	if (strcmp(item, "*") == 0)
		return 1;
	if (strcmp(item, name) == 0)
		return WHOLE;
	json_array_foreach(json_object_get(clause, "rows"), i, id)
	{
		if (strcmp(item, json_string_value(id)) == 0)
			return ROW;
	}
	return controls_covers(item, name) ? 1 + strlen(item) : 0;
}

const struct officer *
controls_officer(const struct controls *c, const json_t *clause)
{
	const struct officer *best = NULL, *first = NULL;
	size_t best_fit = 0;

	for (size_t i = 0; c->policy != NULL && i < c->policy->officer_count; i++) {
		const struct officer *o = &c->policy->officer[i];

		if (first == NULL && o->clauses.count == 0)
			first = o;
		for (size_t j = 0; j < o->clauses.count; j++) {
			size_t fit = fit_of(o->clauses.item[j], clause);

			if (fit > best_fit) {
				best_fit = fit;
				best = o;
			}
		}
	}
	return best != NULL ? best : first;
}
