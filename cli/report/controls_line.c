#include "report/controls_line.h"

#include "i18n.h"
#include "show.h"
#include <inttypes.h>
#include <string.h>

const char *
controls_shown(enum control_state state)
{
	static const char *const shown[] = {[CONTROL_IN_FORCE] = N_("in force"),
	    [CONTROL_EXCEPTION] = N_("exception"),
	    [CONTROL_UNTESTED] = N_("not tested"),
	    [CONTROL_NOT_IN_FORCE] = N_("not in force"),
	    [CONTROL_ORGANISATION] = N_("the organisation's own")};

	return _(shown[state]);
}

static void __attribute__((format(printf, 3, 4)))
add(char *dst, size_t size, const char *format, ...)
{
	size_t used = strlen(dst);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(dst + used, size - used, format, args);
	va_end(args);
}

static void
line_row(struct controls_line *l, const struct control *k)
{
	const char *comma = l->rows[0] != '\0' ? ", " : "";
	const json_t *also;
	size_t i;

	add(l->rows, sizeof(l->rows), "%s%s", comma, k->id);
	add(l->found, sizeof(l->found), "%s%s %s", l->found[0] != '\0' ? "; " : "", k->id,
	    controls_shown(k->state));
	if (k->found[0] != '\0')
		add(l->found, sizeof(l->found), ": %s", k->found);
	if (k->check != NULL)
		add(l->checks, sizeof(l->checks), "%s%s", l->checks[0] != '\0' ? ", " : "",
		    k->check);
	json_array_foreach(k->also, i, also)
		add(l->checks, sizeof(l->checks), ", %s", json_string_value(also));
	if (k->records > 0)
		add(l->evidence, sizeof(l->evidence), "%s%s: %" PRIu64 " (#%" PRIu64 ")",
		    l->evidence[0] != '\0' ? ", " : "", k->id, k->records, k->last_seq);
}

static const char *
reason_of(const struct controls *c, const json_t *clause)
{
	const json_t *reason = json_object_get(c->reasons, show_text(clause, "organisation"));

	return show_text(reason, strcmp(i18n_language(), "ja") == 0 ? "ja" : "en");
}

static void
line_exception(struct controls_line *l, const struct control_exception *x)
{
	char until[SHOW_TIME_SIZE];

	if (x == NULL)
		return;
	add(l->found, sizeof(l->found), "%s", l->found[0] != '\0' ? "; " : "");
	add(l->found, sizeof(l->found), _("exception E-%" PRIu64), x->number);
	if (x->until_wall_ms != 0)
		add(l->found, sizeof(l->found), _(" until %s"), show_time(x->until_wall_ms, until));
	if (!x->granted)
		add(l->found, sizeof(l->found), ": %s", _("nobody has approved it"));
}

/* What the policy calls the organisation's own, else what the catalogue leaves to it. */
static void
line_own(const struct controls *c, const json_t *clause, struct controls_line *l)
{
	const char *own = controls_own(c, l->clause);
	const json_t *id;
	size_t i;

	if (own != NULL)
		add(l->reason, sizeof(l->reason), "%s", own);
	json_array_foreach(json_object_get(clause, "rows"), i, id)
	{
		const char *name = json_string_value(id), *why = controls_own(c, name);

		if (why != NULL)
			add(l->reason, sizeof(l->reason), "%s%s: %s",
			    l->reason[0] != '\0' ? "; " : "", name, why);
	}
	if (l->reason[0] == '\0')
		add(l->reason, sizeof(l->reason), "%s", reason_of(c, clause));
}

static void
line_officer(struct controls_line *l, const struct officer *o)
{
	l->officer = o != NULL ? o->name : "";
	l->kana = o != NULL && o->kana != NULL ? o->kana : "";
	l->role = o != NULL && o->role != NULL ? o->role : "";
	l->unit = o != NULL && o->unit != NULL ? o->unit : "";
	l->contact = o != NULL && o->contact != NULL ? o->contact : "";
}

/* Of the document that the clause is from: its number, else its title, and its edition. */
static void
line_edition(const struct controls *c, struct controls_line *l)
{
	const char name[] = {l->clause[0], '\0'};
	const json_t *edition = json_object_get(json_object_get(c->catalogue, "edition"), name);
	const char *number = show_text(edition, "number");
	bool japanese = strcmp(i18n_language(), "ja") == 0;

	add(l->edition, sizeof(l->edition), "%s, %s",
	    number[0] != '\0' ? number : controls_text(edition, "title"),
	    show_text(edition, japanese ? "edition_ja" : "edition"));
}

/* The level of a clause, which the catalogue has in Japanese; "": none. */
static const char *
controls_level(const json_t *clause)
{
	const char *level = show_text(clause, "level");

	if (strcmp(level, "基本") == 0)
		return _("basic");
	return strcmp(level, "強化") == 0 ? _("strengthened") : level;
}

void
controls_line_make(const struct controls_report *r, const json_t *clause, struct controls_line *l)
{
	const json_t *id;
	size_t i;

	memset(l, 0, sizeof(*l));
	l->clause = show_text(clause, "clause");
	l->level = controls_level(clause);
	l->title = controls_text(clause, "title");
	l->state = controls_shown(controls_of_clause(r->controls, clause));
	json_array_foreach(json_object_get(clause, "rows"), i, id)
	{
		const struct control *k = controls_find(r->controls, json_string_value(id));

		if (k != NULL)
			line_row(l, k);
	}
	line_exception(l, controls_exception(r->controls, l->clause));
	line_own(r->controls, clause, l);
	line_officer(l, controls_officer(r->controls, clause));
	line_edition(r->controls, l);
}
