/*
 * The control report as a page: how much of each document is in force, each control with what
 * its test says now, and the clauses in their order. No script: what the reader filters by is a
 * choice that the style follows. On paper all of it stands, whatever was chosen.
 */
#include "html.h"
#include "i18n.h"
#include "paper/dates.h"
#include "report/controls_line.h"
#include "show.h"
#include <inttypes.h>
#include <string.h>

#define ASSET(symbol, file)                                                                    \
	__asm__(".pushsection .rodata\n" #symbol ":\n.incbin \"" file "\"\n" #symbol           \
		"_end:\n.popsection\n");                                                       \
	extern const char symbol[], symbol##_end[]

ASSET(controls_report_style, "cli/report/page.css");
ASSET(controls_style, "cli/report/controls.css");

/* The gravest first: what a reader came for. */
static const enum control_state order[] = {CONTROL_NOT_IN_FORCE, CONTROL_UNTESTED,
    CONTROL_EXCEPTION, CONTROL_IN_FORCE, CONTROL_ORGANISATION};
enum { ORDERED = sizeof(order) / sizeof(order[0]), CLAUSES_NAMED = 6, MARGINS = 4096 };

/* Each state by a sign, a word and a colour: two of them show without colours. */
static const struct {
	const char *sign, *class;
} looks[] = {[CONTROL_IN_FORCE] = {"✔", "ok"},
    [CONTROL_EXCEPTION] = {"▲", "warn"},
    [CONTROL_UNTESTED] = {"?", "untested"},
    [CONTROL_NOT_IN_FORCE] = {"✘", "bad"},
    [CONTROL_ORGANISATION] = {"–", "own"}};

static void
put_badge(FILE *out, enum control_state state)
{
	fprintf(out, "<span class=\"badge %s\">%s ", looks[state].class, looks[state].sign);
	html_text(out, controls_shown(state));
	fputs("</span>", out);
}

static void
put_cell(FILE *out, const char *label)
{
	fputs("<td data-label=\"", out);
	html_text(out, label);
	fputs("\">", out);
}

static void
put_paragraph(FILE *out, const char *text)
{
	if (text[0] != '\0')
		html_element(out, "p", text);
}

/* ---- head -------------------------------------------------------------------------------- */

static void
put_head(const struct controls_report *r, FILE *out)
{
	const char *rating = r->policy->rating != NULL ? r->policy->rating : "";
	const char *limits = r->policy->limits != NULL ? r->policy->limits : "";
	char rated[1024];
	struct buf sheet;

	(void)snprintf(rated, sizeof(rated), "%s%s%s", rating,
	    rating[0] != '\0' && limits[0] != '\0' ? " / " : "", limits);
	buf_init(&sheet, (size_t)(controls_report_style_end - controls_report_style) +
			     (size_t)(controls_style_end - controls_style) + MARGINS);
	buf_put_bytes(&sheet, controls_report_style,
	    (size_t)(controls_report_style_end - controls_report_style));
	buf_put_bytes(&sheet, controls_style, (size_t)(controls_style_end - controls_style));
	buf_printf(&sheet, "@page{size:A4 landscape;margin:16mm 12mm 14mm;@top-right{font:8pt "
			   "sans-serif;content:");
	html_css_string(&sheet, rated);
	buf_printf(&sheet, "}@bottom-left{font:8pt sans-serif;content:");
	html_css_string(&sheet, r->host);
	buf_printf(&sheet, "}@bottom-right{font:8pt sans-serif;content:counter(page) \" / \" "
			   "counter(pages)}}\n");
	html_begin(out, _("Control report"), &sheet, NULL, 0);
	buf_clear(&sheet);
	fputs("<body>\n<main>\n", out);
	if (rated[0] != '\0') {
		fputs("<p class=\"rating\">", out);
		html_text(out, rated);
		fputs("</p>\n", out);
	}
	html_element(out, "h1", _("Control report"));
}

static void
put_fact(FILE *out, const char *name, const char *value)
{
	html_element(out, "dt", name);
	html_element(out, "dd", value);
}

/* Name, office, unit and contact of each. */
static void
put_officers(const struct policy *p, FILE *out)
{
	if (p->officer_count > 0)
		html_element(out, "dt", _("Officer"));
	for (size_t i = 0; i < p->officer_count; i++) {
		const struct officer *o = &p->officer[i];
		const char *const more[] = {o->role, o->unit, o->contact};
		const char *between = ": ";

		fputs("<dd>", out);
		html_text(out, o->name);
		for (size_t j = 0; j < sizeof(more) / sizeof(more[0]); j++) {
			if (more[j] == NULL)
				continue;
			fputs(between, out);
			html_text(out, more[j]);
			between = ", ";
		}
		fputs("</dd>", out);
	}
}

static void
put_facts(const struct controls_report *r, FILE *out)
{
	char from[DATES_SIZE], until[DATES_SIZE], period[4 * DATES_SIZE], made[DATES_SIZE];
	char year[DATES_SIZE] = "";

	if (r->period->fiscal_year != 0)
		(void)dates_fiscal_year(r->period->fiscal_year, year);
	(void)snprintf(period, sizeof(period), "%s – %s%s%s", dates_day(r->period->from_ms, from),
	    dates_day(r->period->until_ms - 1, until), year[0] != '\0' ? " · " : "", year);
	fputs("\n<p class=\"sub\">", out);
	html_text(out, _("What the documents ask for, held against this host: each control was "
			 "tested when this page was made, and the records of the period are its "
			 "evidence."));
	fputs("</p>\n<dl class=\"facts\">", out);
	put_fact(out, _("Log"), r->host);
	put_fact(out, _("Period"), period);
	put_fact(out, _("Tested"), dates_time(r->made_ms, made));
	put_officers(r->policy, out);
	fputs("</dl>\n", out);
}

/* ---- at a glance ------------------------------------------------------------------------- */

static bool
is_of(const json_t *clause, const char *document)
{
	return show_text(clause, "clause")[0] == document[0];
}

/* How many clauses of a document are in which state; returns all of them. */
static size_t
sum_up(const struct controls_report *r, const char *document, size_t sum[CONTROL_STATES])
{
	const json_t *clause;
	size_t i, all = 0;

	memset(sum, 0, CONTROL_STATES * sizeof(*sum));
	json_array_foreach(r->controls->clauses, i, clause)
	{
		if (!is_of(clause, document))
			continue;
		sum[controls_of_clause(r->controls, clause)]++;
		all++;
	}
	return all;
}

static void
put_share(FILE *out, const size_t sum[CONTROL_STATES], size_t all)
{
	size_t x = 0;

	fputs("<svg class=\"share\" viewBox=\"0 0 1000 24\" preserveAspectRatio=\"none\" "
	      "aria-hidden=\"true\">",
	    out);
	for (size_t i = 0; i < ORDERED; i++) {
		size_t width = sum[order[i]] * 1000 / (all > 0 ? all : 1);

		/* what rounding left over */
		if (i + 1 == ORDERED)
			width = 1000 - x;
		fprintf(out, "<rect class=\"%s\" x=\"%zu\" width=\"%zu\" height=\"24\"/>",
		    control_state_words[order[i]], x, width);
		x += width;
	}
	fputs("</svg>\n<ul class=\"sums\">", out);
	for (size_t i = 0; i < ORDERED; i++) {
		fputs("<li>", out);
		put_badge(out, order[i]);
		fprintf(out, " %zu</li>", sum[order[i]]);
	}
	fputs("</ul>\n", out);
}

static void
put_documents(const struct controls_report *r, FILE *out)
{
	json_t *editions = json_object_get(r->controls->catalogue, "edition");
	const json_t *edition;
	const char *name;

	html_element(out, "h2", _("How much is in force"));
	fputs("\n<svg class=\"defs\" aria-hidden=\"true\"><pattern id=\"bad\" width=\"8\" height=\"8\" "
	      "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"8\" "
	      "height=\"8\"/><path d=\"M0 0V8\"/></pattern><pattern id=\"warn\" width=\"6\" height=\"6\" "
	      "patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\"/><circle cx=\"3\" "
	      "cy=\"3\" r=\"2\"/></pattern></svg>\n",
	    out);
	json_object_foreach(editions, name, edition)
	{
		const char *number = show_text(edition, "number");
		size_t sum[CONTROL_STATES], all = sum_up(r, name, sum);

		fputs("<div class=\"document\"><h3>", out);
		html_text(out, name);
		fputs(": ", out);
		html_text(out, controls_text(edition, "title"));
		if (number[0] != '\0')
			fputc(' ', out);
		html_text(out, number);
		fputs("</h3><p class=\"hint\">", out);
		fprintf(out, dngettext("sekisho", "%zu clause. ", "%zu clauses. ", all), all);
		html_text(out, controls_text(edition, "covers"));
		fputs("</p>\n", out);
		put_share(out, sum, all);
		fputs("</div>\n", out);
	}
}

static void
put_choice(FILE *out, const char *id, const char *sign, const char *word, bool chosen)
{
	fprintf(out, "<label><input type=\"radio\" name=\"state\" id=\"f-%s\"%s>%s%s", id,
	    chosen ? " checked" : "", sign, sign[0] != '\0' ? " " : "");
	html_text(out, word);
	fputs("</label>\n", out);
}

static void
put_filter(FILE *out)
{
	fputs("<fieldset><legend>", out);
	html_text(out, _("Show"));
	fputs("</legend>", out);
	put_choice(out, "all", "", _("everything"), true);
	for (size_t i = 0; i < ORDERED; i++)
		put_choice(out, control_state_words[order[i]], looks[order[i]].sign,
		    controls_shown(order[i]), false);
	fputs("</fieldset>\n", out);
}

/* ---- controls ---------------------------------------------------------------------------- */

static void
put_evidence(FILE *out, const struct control *k)
{
	if (k->records == 0)
		return;
	fputs("<span class=\"soft\">", out);
	fprintf(out, dngettext("sekisho", "%" PRIu64 " record, #%" PRIu64, "%" PRIu64 " records, newest #%" PRIu64, k->records),
	    k->records, k->last_seq);
	fputs("</span>", out);
}

static void
put_clauses_of(FILE *out, const json_t *clauses)
{
	const json_t *clause;
	size_t i, all = json_array_size(clauses);

	json_array_foreach(clauses, i, clause)
	{
		if (i == CLAUSES_NAMED)
			break;
		fputs(i > 0 ? ", " : "", out);
		html_text(out, json_string_value(clause));
	}
	if (all > CLAUSES_NAMED)
		fprintf(out, _(" and %zu other clauses"), all - CLAUSES_NAMED);
}

static void
put_control(FILE *out, const struct control *k)
{
	const json_t *also;
	size_t i;

	fputs("<tr id=\"", out);
	html_text(out, k->id);
	fprintf(out, "\" class=\"%s\"><th scope=\"row\">", control_state_words[k->state]);
	html_text(out, k->id);
	html_element(out, "p", controls_text(k->row, "title"));
	fputs("</th>", out);
	put_cell(out, _("In force?"));
	put_badge(out, k->state);
	fputs("</td>", out);
	put_cell(out, _("What the test found"));
	if (k->check != NULL)
		html_element(out, "code", k->check);
	json_array_foreach(k->also, i, also)
	{
		fputs(" ", out);
		html_element(out, "code", json_string_value(also));
	}
	put_paragraph(out, k->found);
	if (k->next != NULL && k->state != CONTROL_IN_FORCE) {
		fputs("<p><b>", out);
		html_text(out, _("To do"));
		fputs(":</b> ", out);
		html_text(out, k->next);
		fputs("</p>", out);
	}
	fputs("</td>", out);
	put_cell(out, _("Records"));
	put_evidence(out, k);
	fputs("</td>", out);
	put_cell(out, _("Answers to"));
	put_clauses_of(out, json_object_get(k->row, "clauses"));
	fputs("</td></tr>\n", out);
}

static void
put_table(FILE *out, const char *class, const char *const *heads, size_t count)
{
	fprintf(out, "<table class=\"%s\"><thead><tr>", class);
	for (size_t i = 0; i < count; i++)
		html_element(out, "th", heads[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void
put_controls(const struct controls_report *r, FILE *out)
{
	const char *const heads[] = {_("Control"), _("In force?"), _("What the test found"),
	    _("Records"), _("Answers to")};

	fputs("<section>", out);
	html_element(out, "h2", _("The controls of this host"));
	fputs("<p class=\"lead\">", out);
	html_text(out, _("Of all that the documents ask for, what a program can hold or show: the "
			 "gravest first. Who mends a control answers every clause beside it."));
	fputs("</p>\n", out);
	put_table(out, "controls", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < ORDERED; i++) {
		for (size_t j = 0; j < r->controls->count; j++) {
			if (r->controls->control[j].state == order[i])
				put_control(out, &r->controls->control[j]);
		}
	}
	fputs("</tbody></table></section>\n", out);
}

/* ---- clauses ----------------------------------------------------------------------------- */

static void
put_held(FILE *out, const struct control *k)
{
	fprintf(out, "<li><span class=\"badge %s\">%s</span> <a href=\"#", looks[k->state].class,
	    looks[k->state].sign);
	html_text(out, k->id);
	fputs("\">", out);
	html_text(out, k->id);
	fputs("</a> ", out);
	html_text(out, k->found[0] != '\0' ? k->found : controls_shown(k->state));
	fputc(' ', out);
	put_evidence(out, k);
	fputs("</li>", out);
}

static void
put_tests(const struct controls_report *r, const json_t *clause, FILE *out)
{
	const struct control_exception *x =
	    controls_exception(r->controls, show_text(clause, "clause"));
	const json_t *id;
	size_t i;

	put_cell(out, _("Live check and records"));
	if (x != NULL) {
		char until[SHOW_TIME_SIZE];

		fprintf(out, "<p><b>E-%" PRIu64 "</b>: ", x->number);
		html_text(out, controls_shown(CONTROL_EXCEPTION));
		if (x->until_wall_ms != 0)
			fprintf(out, _(" until %s"), show_time(x->until_wall_ms, until));
		if (!x->granted)
			fprintf(out, ": %s", _("nobody has approved it"));
		fputs("</p>", out);
	}
	if (json_array_size(json_object_get(clause, "rows")) > 0)
		fputs("<ul class=\"held\">", out);
	json_array_foreach(json_object_get(clause, "rows"), i, id)
	{
		const struct control *k = controls_find(r->controls, json_string_value(id));

		if (k != NULL)
			put_held(out, k);
	}
	if (json_array_size(json_object_get(clause, "rows")) > 0)
		fputs("</ul>", out);
	fputs("</td>", out);
}

static void
put_clause(const struct controls_report *r, const json_t *clause, FILE *out)
{
	enum control_state state = controls_of_clause(r->controls, clause);
	static struct controls_line l;

	controls_line_make(r, clause, &l);
	fprintf(out, "<tr class=\"%s\"><th scope=\"row\">", control_state_words[state]);
	html_text(out, l.clause);
	fputs("<p class=\"soft\">", out);
	html_text(out, l.level);
	fputs("</p></th>", out);
	put_cell(out, _("Requirement"));
	put_paragraph(out, l.title);
	if (l.reason[0] != '\0') {
		fputs("<p class=\"soft\">", out);
		html_text(out, _("The organisation's part"));
		fputs(": ", out);
		html_text(out, l.reason);
		fputs("</p>", out);
	}
	fputs("</td>", out);
	put_cell(out, _("In force?"));
	put_badge(out, state);
	fputs("</td>", out);
	put_tests(r, clause, out);
	/* unit and contact stand at the head of the page */
	put_cell(out, _("Officer"));
	put_paragraph(out, l.officer);
	put_paragraph(out, l.role);
	fputs("</td></tr>\n", out);
}

static void
put_clauses(const struct controls_report *r, FILE *out)
{
	const char *const heads[] = {_("Clause"), _("Requirement"), _("In force?"),
	    _("Live check and records"), _("Officer")};
	json_t *editions = json_object_get(r->controls->catalogue, "edition");
	const json_t *edition, *clause;
	const char *name;
	size_t i;

	json_object_foreach(editions, name, edition)
	{
		fputs("<section><h2>", out);
		html_text(out, name);
		fputs(": ", out);
		html_text(out, controls_text(edition, "title"));
		fputs("</h2>\n", out);
		put_table(out, "clauses", heads, sizeof(heads) / sizeof(heads[0]));
		json_array_foreach(r->controls->clauses, i, clause)
		{
			if (is_of(clause, name))
				put_clause(r, clause, out);
		}
		fputs("</tbody></table></section>\n", out);
	}
}

void
controls_html(const struct controls_report *r, FILE *out)
{
	put_head(r, out);
	put_facts(r, out);
	fputs("<section>", out);
	put_documents(r, out);
	fputs("</section>\n", out);
	put_filter(out);
	put_controls(r, out);
	put_clauses(r, out);
	fputs("</main>\n</body>\n</html>\n", out);
}
