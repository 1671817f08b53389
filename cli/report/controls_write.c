#include "report/controls_write.h"

#include "csv.h"
#include "html.h"
#include "i18n.h"
#include "show.h"
#include <inttypes.h>
#include <string.h>

enum { LINE_MAX_ = 4096, LIST_MAX = 1024 };

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

/* ---- a line ------------------------------------------------------------------------------ */

struct line {
	const char *clause, *level, *title, *state, *officer, *kana, *role, *unit, *contact;
	char rows[LIST_MAX], checks[LIST_MAX], found[LINE_MAX_], reason[LINE_MAX_],
	    evidence[LIST_MAX], edition[LIST_MAX];
};

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
line_row(struct line *l, const struct control *k)
{
	const char *comma = l->rows[0] != '\0' ? ", " : "";

	add(l->rows, sizeof(l->rows), "%s%s", comma, k->id);
	add(l->found, sizeof(l->found), "%s%s %s", l->found[0] != '\0' ? "; " : "", k->id,
	    controls_shown(k->state));
	if (k->found[0] != '\0')
		add(l->found, sizeof(l->found), ": %s", k->found);
	if (k->check != NULL)
		add(l->checks, sizeof(l->checks), "%s%s", l->checks[0] != '\0' ? ", " : "",
		    k->check);
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
line_exception(struct line *l, const struct control_exception *x)
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
line_own(const struct controls *c, const json_t *clause, struct line *l)
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
line_officer(struct line *l, const struct officer *o)
{
	l->officer = o != NULL ? o->name : "";
	l->kana = o != NULL && o->kana != NULL ? o->kana : "";
	l->role = o != NULL && o->role != NULL ? o->role : "";
	l->unit = o != NULL && o->unit != NULL ? o->unit : "";
	l->contact = o != NULL && o->contact != NULL ? o->contact : "";
}

/* Of the document that the clause is from: its number, else its title, and its edition. */
static void
line_edition(const struct controls *c, struct line *l)
{
	const char name[] = {l->clause[0], '\0'};
	const json_t *edition = json_object_get(json_object_get(c->catalogue, "edition"), name);
	const char *number = show_text(edition, "number");
	bool japanese = strcmp(i18n_language(), "ja") == 0;

	add(l->edition, sizeof(l->edition), "%s, %s",
	    number[0] != '\0' ? number : controls_text(edition, "title"),
	    show_text(edition, japanese ? "edition_ja" : "edition"));
}

static void
line_make(const struct controls_report *r, const json_t *clause, struct line *l)
{
	const json_t *id;
	size_t i;

	memset(l, 0, sizeof(*l));
	l->clause = show_text(clause, "clause");
	l->level = show_text(clause, "level");
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

/* ---- CSV --------------------------------------------------------------------------------- */

static void
csv_line(FILE *out, const char *const *cell, size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_cell(out, cell[i], i + 1 == count);
}

#define HEADS                                                                                  \
	_("Clause"), _("Level"), _("Requirement"), _("State"), _("Control"), _("Live check"),  \
	    _("Found"), _("Records (newest)"), _("The organisation's part"), _("Officer")
#define CELLS(l)                                                                               \
	(l).clause, (l).level, (l).title, (l).state, (l).rows, (l).checks, (l).found,          \
	    (l).evidence, (l).reason, (l).officer
/* The page names the officer and the office; the table has columns for all particulars. */
enum { COLUMNS = 10, CSV_COLUMNS = 17 };

void
controls_csv(const struct controls_report *r, FILE *out)
{
	const char *const heads[CSV_COLUMNS] = {HEADS, _("Reading of the name"), _("Office"),
	    _("Unit"), _("Contact"), _("Edition"), _("Rating"), _("Handling limits")};
	static struct line l;
	const json_t *clause;
	size_t i;
	/* a line that is copied elsewhere takes them along */
	const char *rating = r->policy->rating != NULL ? r->policy->rating : "";
	const char *limits = r->policy->limits != NULL ? r->policy->limits : "";

	csv_begin(out);
	csv_line(out, heads, CSV_COLUMNS);
	json_array_foreach(r->controls->clauses, i, clause)
	{
		line_make(r, clause, &l);
		csv_line(out,
		    (const char *const[]){CELLS(l), l.kana, l.role, l.unit, l.contact, l.edition,
			rating, limits},
		    CSV_COLUMNS);
	}
}

/* ---- a page ------------------------------------------------------------------------------ */

static const char style[] =
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,\"Noto Sans CJK "
    "JP\",sans-serif;"
    "max-width:90rem;margin:0 auto;padding:1rem}table{border-collapse:collapse;width:100%;"
    "font-size:.85rem}th,td{text-align:left;vertical-align:top;padding:.3rem "
    ".5rem;border-bottom:"
    "1px solid #8888;overflow-wrap:anywhere}thead th{border-bottom:2px solid}"
    ".scroll{overflow-x:auto}table{min-width:60rem}.rating{font-weight:700;border:2px solid;"
    "display:inline-block;padding:0 .5rem}td:nth-child(1),td:nth-child(2),td:nth-child(4){"
    "overflow-wrap:normal}.not-in-force td:nth-child(4){font-weight:700;border-left:6px double}"
    "@page{size:A4 landscape;margin:14mm;@bottom-right{font:8pt sans-serif;content:"
    "counter(page) \" / \" counter(pages)}}@media print{body{padding:0;max-width:none}"
    "table{font-size:7pt;min-width:0;table-layout:fixed}th,td{box-sizing:border-box}"
    "th:nth-child(1){width:10%}th:nth-child(2){width:5%}th:nth-child(3){width:15%}"
    "th:nth-child(4){width:8%}th:nth-child(5){width:7%}th:nth-child(6){width:9%}"
    "th:nth-child(7){width:14.5%}th:nth-child(8){width:8.5%}th:nth-child(9){width:14.5%}th:nth-child(10){width:8.5%}"
    ".scroll{overflow:visible}tr{break-inside:avoid}"
    "thead{display:table-header-group}}";

static void
html_head(const struct controls_report *r, FILE *out)
{
	struct buf sheet;

	buf_init(&sheet, sizeof(style));
	buf_put_bytes(&sheet, style, sizeof(style) - 1);
	html_begin(out, _("Control report"), &sheet, NULL, 0);
	buf_clear(&sheet);
	fputs("<body>\n", out);
	if (r->policy->rating != NULL) {
		fputs("<p class=\"rating\">", out);
		html_text(out, r->policy->rating);
		if (r->policy->limits != NULL) {
			fputs(" / ", out);
			html_text(out, r->policy->limits);
		}
		fputs("</p>\n", out);
	}
	html_element(out, "h1", _("Control report"));
}

/* Name, office, unit and contact of each. */
static void
html_officers(const struct policy *p, FILE *out)
{
	for (size_t i = 0; i < p->officer_count; i++) {
		const struct officer *o = &p->officer[i];
		const char *const more[] = {o->role, o->unit, o->contact};

		fputs("<p>", out);
		html_text(out, o->name);
		for (size_t j = 0; j < sizeof(more) / sizeof(more[0]); j++) {
			if (more[j] == NULL)
				continue;
			fputs(j == 0 ? ": " : ", ", out);
			html_text(out, more[j]);
		}
		fputs("</p>\n", out);
	}
}

static void
html_facts(const struct controls_report *r, FILE *out)
{
	char from[SHOW_TIME_SIZE], until[SHOW_TIME_SIZE], made[SHOW_TIME_SIZE], text[512];
	size_t sum[CONTROL_STATES] = {0};
	const json_t *clause;
	size_t i;

	json_array_foreach(r->controls->clauses, i, clause)
	    sum[controls_of_clause(r->controls, clause)]++;
	(void)snprintf(text, sizeof(text), _("%s. Records from %.10s to %.10s. Made %s."),
	    r->host, show_time(r->period->from_ms, from),
	    show_time(r->period->until_ms - 1, until), show_time(r->made_ms, made));
	html_element(out, "p", text);
	(void)snprintf(text, sizeof(text),
	    _("Of %zu clauses: %zu in force, %zu not in force, %zu with an exception, %zu not "
	      "tested, %zu the organisation's own."),
	    json_array_size(r->controls->clauses), sum[CONTROL_IN_FORCE],
	    sum[CONTROL_NOT_IN_FORCE], sum[CONTROL_EXCEPTION], sum[CONTROL_UNTESTED],
	    sum[CONTROL_ORGANISATION]);
	html_element(out, "p", text);
	html_officers(r->policy, out);
}

static void
html_editions(const struct controls_report *r, FILE *out)
{
	json_t *editions = json_object_get(r->controls->catalogue, "edition");
	const json_t *edition;
	const char *name;

	json_object_foreach(editions, name, edition)
	{
		char text[1024];

		const char *number = show_text(edition, "number");

		(void)snprintf(text, sizeof(text), "%s: %s%s%s. %s", name,
		    controls_text(edition, "title"), number[0] != '\0' ? " " : "", number,
		    controls_text(edition, "covers"));
		html_element(out, "p", text);
	}
}

/* Unit and contact stand at the head of the page. */
static void
html_officer(const struct line *l, FILE *out)
{
	fputs("<td>", out);
	html_text(out, l->officer);
	if (l->role[0] != '\0')
		fputs("<br>", out);
	html_text(out, l->role);
	fputs("</td>", out);
}

void
controls_html(const struct controls_report *r, FILE *out)
{
	const char *const heads[COLUMNS] = {HEADS};
	static struct line l;
	const json_t *clause;
	size_t i;

	html_head(r, out);
	html_facts(r, out);
	html_editions(r, out);
	fputs("<div class=\"scroll\"><table><thead><tr>", out);
	for (i = 0; i < COLUMNS; i++)
		html_element(out, "th", heads[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
	json_array_foreach(r->controls->clauses, i, clause)
	{
		const char *const *cell;

		line_make(r, clause, &l);
		cell = (const char *const[]){CELLS(l)};
		fprintf(out, "<tr class=\"%s\">",
		    control_state_words[controls_of_clause(r->controls, clause)]);
		for (size_t j = 0; j + 1 < COLUMNS; j++)
			html_element(out, "td", cell[j]);
		html_officer(&l, out);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n</body></html>\n", out);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static json_t *
json_control(const struct control *k)
{
	return json_pack("{s:s, s:s, s:s*, s:s, s:I, s:I}", "id", k->id, "state",
	    control_state_words[k->state], "check", k->check, "found", k->found, "records",
	    (json_int_t)k->records, "newest", (json_int_t)k->last_seq);
}

static json_t *
json_clause(const struct controls_report *r, const json_t *clause)
{
	const struct control_exception *x =
	    controls_exception(r->controls, show_text(clause, "clause"));
	static struct line l;
	json_t *o;

	line_make(r, clause, &l);
	o = json_pack("{s:s, s:s, s:s, s:s, s:O?, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s}}", "clause",
	    l.clause, "level", l.level, "title", l.title, "state",
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
