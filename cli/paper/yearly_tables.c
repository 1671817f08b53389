/* The papers of a fiscal year once more, of the tables that the daemon works with. */
#include "command/sheet.h"
#include "error.h"
#include "paper/kinds.h"
#include "paper/yearly.h"
#include "store/duties.h"
#include "store/terms.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { LOOK = 32 };

static void
lend(json_t *to, const json_t *from, const char *const *keys)
{
	for (const char *const *key = keys; *key != NULL; key++)
		if (json_object_get(from, *key) != NULL)
			(void)json_object_set(to, *key, json_object_get(from, *key));
}

/* What only the records have, for the entries that both have. */
static void
borrow(const struct paper *p, json_t *entries, const char *where, const char *const *keys)
{
	json_t *log = yearly_from_log(p), *entry, *other;
	size_t i, k;

	json_array_foreach(entries, i, entry)
	{
		if (json_object_get(entry, where) == NULL)
			continue;
		json_array_foreach(log, k, other)
		{
			if (paper_is(other, "id", paper_get(entry, "id")))
				lend(entry, other, keys);
		}
	}
	json_decref(log);
}

typedef void duty_to_entry(const struct paper *p, const struct store_duty *d, json_t *entries);

static int
each_duty(const struct paper *p, const char *kind, duty_to_entry *take, json_t *entries)
{
	struct store_duty *d = calloc(1, sizeof(*d)), *after = NULL;
	int e = d != NULL ? SKS_OK : SKS_NOMEM;

	while (e == SKS_OK && (e = store_duty_following(p->store, kind, after, d)) == SKS_OK) {
		take(p, d, entries);
		after = d;
	}
	free(d);
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

/* ---- trainings --------------------------------------------------------------------------- */

static bool
is_training(const struct paper *p, const char *name)
{
	const struct attribute *a = policy_attribute(p->policy, name);

	return a != NULL && a->fiscal_year;
}

static void
training_duty(const struct paper *p, const struct store_duty *d, json_t *entries)
{
	json_t *entry;

	if (!is_training(p, d->name))
		return;
	entry = yearly_training(entries, d->person, d->name, d->year);
	yearly_at(entry, d->wall_ms);
	if (strcmp(d->kind, DUTY_URGED) == 0) {
		paper_set_number(entry, "urged_at", d->wall_ms);
	} else if (strcmp(d->kind, DUTY_OVERDUE) == 0) {
		paper_set_number(entry, "late_at", d->wall_ms);
	} else {
		paper_set_number(entry, "excused_at", d->wall_ms);
		paper_set(entry, "excused_by", d->by);
		paper_set(entry, "excused_why", d->text);
	}
}

static void
training_evidence(const struct paper *p, const struct store_attribute *a, json_t *entries)
{
	int64_t at_ms = llabs((long long)a->set_wall_ms); /* below 0: from before a restore */
	json_t *entry;

	if (!is_training(p, a->name))
		return;
	entry = yearly_training(entries, a->person, a->name, yearly_of(p->policy, at_ms));
	yearly_at(entry, at_ms);
	paper_set_number(entry, "done_at", at_ms);
	paper_set(entry, "done_by", a->by);
	paper_set(entry, "done_why", a->evidence);
}

static int
each_evidence(const struct paper *p, json_t *entries)
{
	struct store_attribute *a = calloc(LOOK, sizeof(*a));
	char after[NAME_SIZE] = "", after_name[ATTRIBUTE_NAME_SIZE] = "";
	int e = a != NULL ? SKS_OK : SKS_NOMEM;
	size_t n = LOOK;

	while (e == SKS_OK && n == LOOK) {
		e = store_attributes_all(p->store, after, after_name, a, LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			training_evidence(p, &a[i], entries);
			memcpy(after, a[i].person, sizeof(after));
			memcpy(after_name, a[i].name, sizeof(after_name));
		}
	}
	free(a);
	return e;
}

/* Of evidence that newer one replaced, and of what was taken away, the table knows nothing; it
 * cannot contradict the records either. */
static void
training_earlier(const struct paper *p, json_t *entries)
{
	static const char *const keys[] = {"done_at", "done_by", "done_why", "earlier", NULL};
	static const char *const gone[] = {"revoked_at", "revoked_why", NULL};
	json_t *log = yearly_from_log(p), *entry, *mine;
	size_t i;

	json_array_foreach(log, i, entry)
	{
		bool earlier = json_object_get(entry, "earlier") != NULL;

		if (!earlier && json_object_get(entry, "revoked_at") == NULL)
			continue;
		mine = yearly_training(entries, paper_get(entry, "person"),
		    paper_get(entry, "training"), paper_number(entry, "year"));
		yearly_at(mine, paper_number(entry, "made_at"));
		lend(mine, entry, earlier ? keys : gone);
	}
	json_decref(log);
}

int
trainings_from_tables(const struct paper *p, json_t **entries)
{
	static const char *const due[] = {"due_at", NULL};
	int e;

	*entries = json_array();
	if ((e = each_duty(p, DUTY_URGED, training_duty, *entries)) != SKS_OK ||
	    (e = each_duty(p, DUTY_OVERDUE, training_duty, *entries)) != SKS_OK ||
	    (e = each_duty(p, DUTY_EXCUSED, training_duty, *entries)) != SKS_OK ||
	    (e = each_evidence(p, *entries)) != SKS_OK)
		return e;
	training_earlier(p, *entries);
	borrow(p, *entries, "urged_at", due);
	borrow(p, *entries, "late_at", due);
	yearly_why(*entries);
	return SKS_OK;
}

/* ---- the plan ---------------------------------------------------------------------------- */

static void
plan_duty(const struct paper *p, const struct store_duty *d, json_t *entries)
{
	json_t *entry;

	(void)p;
	if (d->person[0] != '\0') /* of a training */
		return;
	entry = yearly_plan_item(entries, d->name, d->year);
	yearly_at(entry, d->wall_ms);
	if (strcmp(d->kind, DUTY_OVERDUE) == 0) {
		paper_set_number(entry, "late_at", d->wall_ms);
		return;
	}
	paper_set_number(entry, "done_at", d->wall_ms);
	paper_set(entry, "by", d->by);
	paper_set(entry, "what", d->text);
}

int
plan_from_tables(const struct paper *p, json_t **entries)
{
	static const char *const late[] = {"due_at", "officer", NULL};
	int e;

	*entries = json_array();
	if ((e = each_duty(p, DUTY_OVERDUE, plan_duty, *entries)) == SKS_OK)
		e = each_duty(p, DUTY_DONE, plan_duty, *entries);
	if (e == SKS_OK)
		borrow(p, *entries, "late_at", late);
	return e;
}

/* ---- self-checks ------------------------------------------------------------------------- */

static void
sheet_duty(const struct paper *p, const struct store_duty *d, json_t *entries)
{
	const struct yearly_sheet sheet = {
	    .office = d->name, .person = d->person, .year = d->year, .at_ms = d->wall_ms};
	json_t *answers = json_loads(d->text, 0, NULL), *one;
	size_t i;

	(void)p;
	if (!json_is_array(answers)) /* an entry that no record has */
		paper_set(yearly_answer(entries, &sheet, ""), "comment", d->text);
	json_array_foreach(answers, i, one)
	{
		char comment[SHEET_COMMENT_MAX + 1];
		json_t *entry = yearly_answer(entries, &sheet, paper_get(one, "control"));

		(void)text_clean(comment, sizeof(comment), paper_get(one, "comment"));
		paper_set(entry, "answer", paper_get(one, "answer"));
		paper_set(entry, "evidence", paper_get(one, "evidence"));
		paper_set(entry, "comment", comment);
	}
	json_decref(answers);
}

int
self_checks_from_tables(const struct paper *p, json_t **entries)
{
	*entries = json_array();
	return each_duty(p, DUTY_SELF_CHECK, sheet_duty, *entries);
}
