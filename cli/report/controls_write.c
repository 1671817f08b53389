#include "report/controls_write.h"

#include "csv.h"
#include "i18n.h"
#include "report/controls_line.h"
#include "show.h"
#include <inttypes.h>
#include <string.h>

/* ---- CSV --------------------------------------------------------------------------------- */

static void
csv_line(FILE *out, const char *const *cell, size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_cell(out, cell[i], i + 1 == count);
}

#define HEADS                                                                                  \
	_("Clause"), _("Level"), _("Requirement"), _("In force?"), _("Control"), _("Live check"),  \
	    _("Found"), _("Records (newest)"), _("The organisation's part"), _("Officer")
#define CELLS(l)                                                                               \
	(l).clause, (l).level, (l).title, (l).state, (l).rows, (l).checks, (l).found,          \
	    (l).evidence, (l).reason, (l).officer
enum { CSV_COLUMNS = 17 };

void
controls_csv(const struct controls_report *r, FILE *out)
{
	const char *const heads[CSV_COLUMNS] = {HEADS, _("Reading of the name"), _("Office"),
	    _("Unit"), _("Contact"), _("Edition"), _("Rating"), _("Handling limits")};
	static struct controls_line l;
	const json_t *clause;
	size_t i;
	/* a line that is copied elsewhere takes them along */
	const char *rating = r->policy->rating != NULL ? r->policy->rating : "";
	const char *limits = r->policy->limits != NULL ? r->policy->limits : "";

	csv_begin(out);
	csv_line(out, heads, CSV_COLUMNS);
	json_array_foreach(r->controls->clauses, i, clause)
	{
		controls_line_make(r, clause, &l);
		csv_line(out,
		    (const char *const[]){CELLS(l), l.kana, l.role, l.unit, l.contact, l.edition,
			rating, limits},
		    CSV_COLUMNS);
	}
}

/* ---- JSON -------------------------------------------------------------------------------- */

static json_t *
json_control(const struct control *k)
{
	return json_pack("{s:s, s:s, s:s*, s:O*, s:s, s:I, s:I}", "id", k->id, "state",
	    control_state_words[k->state], "check", k->check, "also", k->also, "found", k->found, "records",
	    (json_int_t)k->records, "newest", (json_int_t)k->last_seq);
}

static json_t *
json_clause(const struct controls_report *r, const json_t *clause)
{
	const struct control_exception *x =
	    controls_exception(r->controls, show_text(clause, "clause"));
	static struct controls_line l;
	json_t *o;

	controls_line_make(r, clause, &l);
	o = json_pack("{s:s, s:s, s:s, s:s, s:O?, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s}}", "clause",
	    l.clause, "level", show_text(clause, "level"), "title", l.title, "state",
	    control_state_words[controls_of_clause(r->controls, clause)], "rows",
	    json_object_get(clause, "rows"), "reason", l.reason, "edition", l.edition, "officer",
	    "name", l.officer, "kana", l.kana, "role", l.role, "unit", l.unit, "contact",
	    l.contact);
	if (x != NULL)
		(void)json_object_set_new(o, "exception", json_integer((json_int_t)x->number));
	return o;
}

json_t *
controls_json(const struct controls_report *r)
{
	json_t *clauses = json_array(), *rows = json_array();
	const json_t *clause;
	size_t i;

	for (i = 0; i < r->controls->count; i++)
		json_array_append_new(rows, json_control(&r->controls->control[i]));
	json_array_foreach(r->controls->clauses, i, clause)
	    json_array_append_new(clauses, json_clause(r, clause));
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:O?, s:o, s:o}", "host", r->host, "rating",
	    r->policy->rating != NULL ? r->policy->rating : "", "limits",
	    r->policy->limits != NULL ? r->policy->limits : "", "from",
	    (json_int_t)r->period->from_ms, "until", (json_int_t)r->period->until_ms, "made",
	    (json_int_t)r->made_ms, "edition",
	    json_object_get(r->controls->catalogue, "edition"), "controls", rows, "clauses", clauses);
}
