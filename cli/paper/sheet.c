/*
 * The paper as one HTML file that runs nothing. Margins of the sheets carry rating, serial number,
 * head of the log and page of pages.
 */
#include "buf.h"
#include "html.h"
#include "i18n.h"
#include "paper/dates.h"
#include "paper/paper.h"
#include <inttypes.h>
#include <string.h>

__asm__(".pushsection .rodata\npaper_style:\n.incbin \"cli/paper/sheet.css\"\npaper_style_end:\n"
	".popsection\n");
extern const char paper_style[], paper_style_end[];

enum { LINE_SIZE = 1024 };

/* ---- the sheet ----------------------------------------------------------------------------- */

static void
rating_line(const struct paper *p, char *out, size_t size)
{
	const char *rating = paper_get(p->terms, "rating"), *limits = paper_get(p->terms, "limits");

	(void)snprintf(out, size, "%s%s%s", rating[0] != '\0' ? rating : _("no rating"),
	    limits[0] != '\0' ? " / " : "", limits);
}

static void
put_margin(struct buf *out, const char *where, const char *text)
{
	buf_printf(out, "@%s{font:7.5pt \"Noto Sans\",\"Noto Sans CJK JP\",sans-serif;content:", where);
	html_css_string(out, text);
	buf_put_u8(out, '}');
}

static void
put_sheet(const struct paper *p, struct buf *out)
{
	char line[LINE_SIZE], serial[320], made[DATES_SIZE];

	buf_printf(out, "@page{size:A4 %s;margin:18mm 14mm 16mm;", p->kind->wide ? "landscape" : "portrait");
	(void)paper_serial(p, serial, sizeof(serial));
	(void)snprintf(line, sizeof(line), "%s  %s", _(p->kind->title), serial);
	put_margin(out, "top-left", line);
	rating_line(p, line, sizeof(line));
	put_margin(out, "top-right", line);
	(void)snprintf(line, sizeof(line), _("head %.16s of %s"), paper_get(p->terms, "root"),
	    paper_get(p->terms, "origin"));
	put_margin(out, "bottom-left", line);
	(void)snprintf(line, sizeof(line), "%s  %s", paper_get(p->terms, "by"),
	    dates_time(p->made_ms, made));
	put_margin(out, "bottom-center", line);
	buf_printf(out, "@bottom-right{font:7.5pt sans-serif;content:counter(page) \" / \" "
			"counter(pages)}}\n");
}

static void
put_begin(const struct paper *p, FILE *out)
{
	struct buf style;

	buf_init(&style, 1 << 20);
	put_sheet(p, &style);
	buf_put_bytes(&style, paper_style, (size_t)(paper_style_end - paper_style));
	html_begin(out, _(p->kind->title), &style, NULL, 0);
	fprintf(out, "<body>\n<main%s>\n", p->kind->wide ? " class=\"wide\"" : "");
	buf_clear(&style);
}

/* ---- the head of the paper ----------------------------------------------------------------- */

static void
put_made(FILE *out, const char *a, const char *x, const char *b, const char *y)
{
	fputs("<tr>", out);
	html_element(out, "th", a);
	html_element(out, "td", x);
	html_element(out, "th", b);
	html_element(out, "td", y);
	fputs("</tr>\n", out);
}

static void
chosen_line(const struct paper *p, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "#%" PRIu64, p->chosen[0]);

	for (size_t i = 1; i < p->chosen_count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, ", #%" PRIu64, p->chosen[i]);
}

static void
period_line(const struct paper *p, char *out, size_t size)
{
	char from[DATES_SIZE], until[DATES_SIZE];

	if (p->about[0] != '\0')
		(void)snprintf(out, size, "%s", p->about);
	else if (p->chosen_count > 0)
		chosen_line(p, out, size);
	else if (p->all)
		(void)snprintf(out, size, "%s", _("everything that is recorded"));
	else if (p->period.fiscal_year != 0)
		(void)snprintf(out, size, "%s", dates_fiscal_year(p->period.fiscal_year, from));
	else
		(void)snprintf(out, size, "%s – %s", dates_day(p->period.from_ms, from),
		    dates_day(p->period.until_ms - 1, until));
	if (p->person[0] != '\0') {
		size_t used = strlen(out);

		(void)snprintf(out + used, size - used, ", %s", p->person);
	}
}

static void
put_head(const struct paper *p, FILE *out)
{
	char serial[320], line[LINE_SIZE], made[DATES_SIZE], by[LINE_SIZE];
	const char *rating = paper_get(p->terms, "rating"), *who = paper_get(p->terms, "person");

	fputs("<header>", out);
	html_element(out, "h1", _(p->kind->title));
	fputs("<div class=\"rating\">", out);
	html_text(out, rating[0] != '\0' ? rating : _("no rating"));
	fputs("<span>", out);
	html_text(out, paper_get(p->terms, "limits"));
	fputs("</span></div></header>\n<table class=\"made\"><tbody>\n", out);
	(void)paper_serial(p, serial, sizeof(serial));
	period_line(p, line, sizeof(line));
	put_made(out, _("Serial number"),
	    serial[0] != '\0' ? serial : _("none: made of a copy"), _("Covers"), line);
	(void)snprintf(by, sizeof(by), "%s%s%s%s", paper_get(p->terms, "by"),
	    strcmp(who, paper_get(p->terms, "by")) != 0 ? " (" : "",
	    strcmp(who, paper_get(p->terms, "by")) != 0 ? who : "",
	    strcmp(who, paper_get(p->terms, "by")) != 0 ? ")" : "");
	put_made(out, _("Made by"), by, _("Made on"), dates_time(p->made_ms, made));
	fputs("<tr>", out);
	html_element(out, "th", _("Signed head"));
	fputs("<td class=\"mono\" colspan=\"3\">", out);
	(void)snprintf(line, sizeof(line), "%s %" PRId64 " %s", paper_get(p->terms, "origin"),
	    paper_number(p->terms, "size"), paper_get(p->terms, "root"));
	html_text(out, line);
	fputs("</td></tr>\n</tbody></table>\n", out);
}

/* ---- blocks -------------------------------------------------------------------------------- */

static void
put_table(FILE *out, const json_t *block)
{
	const json_t *heads = json_object_get(block, "heads"), *row, *cell;
	size_t i, k;

	if (json_array_size(json_object_get(block, "rows")) == 0) {
		fputs("<p class=\"none\">", out);
		html_text(out, _("No entry."));
		fputs("</p>\n", out);
		return;
	}
	fputs("<table class=\"register\"><colgroup>", out);
	json_array_foreach(json_object_get(block, "widths"), i, cell)
		fprintf(out, "<col width=\"%d%%\">", (int)json_integer_value(cell));
	fputs("</colgroup><thead><tr>", out);
	json_array_foreach(heads, i, cell)
		html_element(out, "th", json_string_value(cell));
	fputs("</tr></thead><tbody>\n", out);
	json_array_foreach(json_object_get(block, "rows"), i, row)
	{
		fputs("<tr>", out);
		json_array_foreach(row, k, cell)
			html_element(out, "td", json_string_value(cell));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

static void
put_seals(FILE *out, const json_t *block)
{
	const json_t *label;
	size_t i;

	fputs("<table class=\"seals\"><tbody><tr>", out);
	json_array_foreach(json_object_get(block, "labels"), i, label)
		html_element(out, "th", json_string_value(label));
	fputs("</tr><tr>", out);
	json_array_foreach(json_object_get(block, "labels"), i, label)
		fputs("<td></td>", out);
	fputs("</tr></tbody></table>\n", out);
}

static bool
is_line(const json_t *block)
{
	return paper_is(block, "type", "pair") || paper_is(block, "type", "space");
}

static void
put_line(FILE *out, const json_t *block)
{
	fputs("<tr>", out);
	html_element(out, "th", paper_get(block, "label"));
	if (paper_is(block, "type", "space"))
		fprintf(out, "<td height=\"%d\"></td>", (int)(paper_number(block, "mm") * 96 / 25));
	else
		html_element(out, "td", paper_get(block, "text"));
	fputs("</tr>\n", out);
}

static void
put_block(FILE *out, const json_t *block)
{
	if (paper_is(block, "type", "heading")) {
		html_element(out, "h2", paper_get(block, "text"));
		fputc('\n', out);
	} else if (paper_is(block, "type", "text")) {
		fputs("<p>", out);
		html_text(out, paper_get(block, "text"));
		fputs("</p>\n", out);
	} else if (paper_is(block, "type", "verbatim")) {
		fputs("<pre>", out);
		html_text(out, paper_get(block, "text"));
		fputs("</pre>\n", out);
	} else if (paper_is(block, "type", "table")) {
		put_table(out, block);
	} else if (paper_is(block, "type", "seals")) {
		put_seals(out, block);
	}
}

void
paper_html(const struct paper *p, FILE *out)
{
	const json_t *block;
	bool open = false;
	size_t i;

	put_begin(p, out);
	put_head(p, out);
	json_array_foreach(p->blocks, i, block)
	{
		if (is_line(block) != open)
			fputs(open ? "</tbody></table>\n" : "<table class=\"form\"><tbody>\n", out);
		open = is_line(block);
		if (open)
			put_line(out, block);
		else
			put_block(out, block);
	}
	if (open)
		fputs("</tbody></table>\n", out);
	fputs("</main>\n</body>\n</html>\n", out);
}
