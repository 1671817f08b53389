#include "report/controls.h"

#include "audit/flat.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const control_state_words[] = {
    "organisation", "in-force", "exception", "untested", "not-in-force", NULL};

/* ---- the catalogue ----------------------------------------------------------------------- */

static int
load_file(const char *dir, const char *name, json_t **out)
{
	char path[4096];
	json_error_t why;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	*out = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (*out != NULL)
		return SKS_OK;
	return json_error_code(&why) == json_error_cannot_open_file ? SKS_NOT_FOUND
								    : SKS_INVALID;
}

int
controls_load(struct controls *c, const char *dir)
{
	const json_t *rows, *row;
	json_t *file = NULL;
	size_t i;
	int r;

	memset(c, 0, sizeof(*c));
	if ((r = load_file(dir, "catalogue.json", &c->catalogue)) != SKS_OK ||
	    (r = load_file(dir, "clauses.json", &file)) != SKS_OK)
		return r;
	c->clauses = json_incref(json_object_get(file, "clauses"));
	c->reasons = json_incref(json_object_get(file, "reasons"));
	json_decref(file);
	rows = json_object_get(c->catalogue, "rows");
	if (!json_is_array(rows) || !json_is_array(c->clauses) || !json_is_object(c->reasons))
		return SKS_INVALID;
	c->control = calloc(json_array_size(rows) + 1, sizeof(*c->control));
	if (c->control == NULL)
		return SKS_NOMEM;
	json_array_foreach(rows, i, row)
	{
		struct control *k = &c->control[c->count++];

		k->row = row;
		k->id = show_text(row, "id");
		k->check = json_string_value(json_object_get(row, "check"));
		k->also = json_object_get(row, "also");
		k->found = "";
		k->state = CONTROL_UNTESTED;
	}
	return SKS_OK;
}

void
controls_clear(struct controls *c)
{
	json_decref(c->catalogue);
	json_decref(c->clauses);
	json_decref(c->reasons);
	free(c->control);
	free(c->exception);
	memset(c, 0, sizeof(*c));
}

const struct control *
controls_find(const struct controls *c, const char *id)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->control[i].id, id) == 0)
			return &c->control[i];
	}
	return NULL;
}

const char *
controls_text(const json_t *object, const char *key)
{
	bool japanese = strcmp(i18n_language(), "ja") == 0;
	char name[64];
	const char *text;

	(void)snprintf(name, sizeof(name), "%s_%s", key, japanese ? "ja" : "en");
	text = show_text(object, name);
	if (text[0] != '\0')
		return text;
	(void)snprintf(name, sizeof(name), "%s_%s", key, japanese ? "en" : "ja");
	return show_text(object, name);
}

/* ---- live -------------------------------------------------------------------------------- */

static enum control_state
state_of(enum check_state state)
{
	/* what is only advised against wakes nobody, and is not in force all the same */
	if (state == CHECK_FAILED || state == CHECK_ADVICE)
		return CONTROL_NOT_IN_FORCE;
	return state == CHECK_UNKNOWN ? CONTROL_UNTESTED : CONTROL_IN_FORCE;
}

static bool
is_of(const struct control *k, const char *name)
{
	const json_t *also;
	size_t i;

	if (strcmp(name, k->check) == 0)
		return true;
	json_array_foreach(k->also, i, also)
	{
		if (json_is_string(also) && strcmp(name, json_string_value(also)) == 0)
			return true;
	}
	return false;
}

/* Of several findings the gravest; a check that found nothing did not run. */
static void
judge(struct control *k, const struct check *found)
{
	bool any = false;

	for (size_t i = 0; i < found->count; i++) {
		const struct finding *f = &found->item[i];

		if (!is_of(k, f->name) || (any && state_of(f->state) <= k->state))
			continue;
		any = true;
		k->state = state_of(f->state);
		k->found = f->what;
		k->next = f->next;
	}
}

void
controls_judge(struct controls *c, const struct check *found)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->control[i].check != NULL)
			judge(&c->control[i], found);
	}
}

enum control_state
controls_of_clause(const struct controls *c, const json_t *clause)
{
	const json_t *rows = json_object_get(clause, "rows"), *id;
	enum control_state state = CONTROL_ORGANISATION;
	const char *name = show_text(clause, "clause");
	size_t i;

	if (controls_exception(c, name) != NULL)
		return CONTROL_EXCEPTION;
	if (controls_own(c, name) != NULL)
		return CONTROL_ORGANISATION;
	json_array_foreach(rows, i, id)
	{
		const struct control *k = controls_find(c, json_string_value(id));

		if (k == NULL || k->state > state)
			state = k == NULL ? CONTROL_UNTESTED : k->state;
	}
	return state;
}

/* ---- evidence ---------------------------------------------------------------------------- */

struct counting {
	struct controls *controls;
	const char *action;
	uint64_t seq;
};

/* A row without a filter on the event takes every one that names it. */
static bool
fits(const struct control *k, const char *action)
{
	const json_t *wanted =
	    json_object_get(json_object_get(k->row, "evidence"), "event.action");
	const json_t *one;
	size_t i;

	if (!json_is_array(wanted))
		return !json_is_string(wanted) ||
		       strcmp(json_string_value(wanted), action) == 0;
	json_array_foreach(wanted, i, one)
	{
		if (strcmp(json_string_value(one), action) == 0)
			return true;
	}
	return false;
}

static int
count_one(void *context, const struct flat_item *item)
{
	struct counting *n = context;
	char id[32];

	if (!flat_string(item, id, sizeof(id)))
		return SKS_OK;
	for (size_t i = 0; i < n->controls->count; i++) {
		struct control *k = &n->controls->control[i];

		if (strcmp(k->id, id) == 0 && fits(k, n->action)) {
			k->records++;
			k->last_seq = n->seq;
		}
	}
	return SKS_OK;
}

void
controls_count(struct controls *c, uint64_t seq, const void *body, size_t len)
{
	struct counting n = {.controls = c, .seq = seq};
	struct flat_item item;
	char action[64] = "";
	struct flat f;

	n.action = action;
	flat_init(&f, body, len);
	while (flat_next(&f, &item) == 1) {
		if (flat_is(&item, "event.action"))
			(void)flat_string(&item, action, sizeof(action));
		else if (flat_is(&item, "sekisho.control"))
			(void)flat_list(&item, count_one, &n);
	}
}
