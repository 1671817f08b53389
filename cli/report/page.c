/*
 * The page: one file that needs nothing else, and that its own policy (CSP) lets load nothing
 * else. Style and script are the files beside this one, allowed by their hashes; all text from
 * records is in data elements.
 */
#include "html.h"
#include "i18n.h"
#include "report/page.h"
#include "report/report.h"
#include "report/texts.h"
#include "report/write.h"
#include "words.h"
#include <stdio.h>
#include <string.h>

#define ASSET(symbol, file)                                                                    \
	__asm__(".pushsection .rodata\n" #symbol ":\n.incbin \"" file "\"\n" #symbol           \
		"_end:\n.popsection\n");                                                       \
	extern const char symbol[], symbol##_end[]

ASSET(report_script, "cli/report/page.js");
ASSET(report_style, "cli/report/page.css");

/* Margins of the printed sheets: rating, which log, page of pages. */
static void
put_sheet(const struct report *r, struct buf *out)
{
	char rating[sizeof(r->rating) + sizeof(r->limits) + 4];

	(void)snprintf(rating, sizeof(rating), "%s%s%s", r->rating,
	    r->rating[0] != '\0' && r->limits[0] != '\0' ? " / " : "", r->limits);
	buf_printf(
	    out, "@page{size:A4;margin:18mm 14mm 16mm;@top-right{font:8pt sans-serif;content:");
	html_css_string(out, rating);
	buf_printf(out, "}@bottom-left{font:8pt sans-serif;content:");
	html_css_string(out, r->origin);
	buf_printf(out, "}@bottom-right{font:8pt sans-serif;content:counter(page) \" / \" "
			"counter(pages)}}\n");
}

static void
put_bytes(FILE *out, const void *data, size_t len)
{
	(void)fwrite(data, 1, len, out);
}

static void
put_texts(struct write *w)
{
	write_key(w, "t");
	write_open(w, '{');
	for (size_t i = 0; i < report_text_count; i++)
		write_key_str(w, report_texts[i].key, _(report_texts[i].text));
	write_close(w, '}');
}

/* Newest first; a day before all of them is shown without an era. */
static void
put_eras(struct write *w)
{
	static const struct {
		const char *from, *name;
		int before;
	} eras[] = {{"2019-05-01", "令和", 2018}, {"1989-01-08", "平成", 1988}};

	write_key(w, "eras");
	write_open(w, '[');
	for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
		write_open(w, '{');
		write_key_str(w, "from", eras[i].from);
		write_key_str(w, "name", eras[i].name);
		write_key_int(w, "before", eras[i].before);
		write_close(w, '}');
	}
	write_close(w, ']');
}

/* The daemon's words that read otherwise in this language. */
static void
put_words(struct write *w)
{
	const char *word;

	write_key(w, "words");
	write_open(w, '{');
	for (size_t i = 0; (word = words_nth(i)) != NULL; i++) {
		if (strcmp(word, words_shown(word)) != 0)
			write_key_str(w, word, words_shown(word));
	}
	write_close(w, '}');
}

/* What the page says. It stands beside the data, which the host vouches for. */
static void
put_language(FILE *out)
{
	struct buf text;
	struct write w = {.out = &text};

	buf_init(&text, 1 << 17);
	write_open(&w, '{');
	write_key_str(&w, "lang", strcmp(i18n_language(), "ja") == 0 ? "ja" : "en");
	put_texts(&w);
	put_words(&w);
	put_eras(&w);
	write_close(&w, '}');
	put_bytes(out, text.data, text.len);
	buf_clear(&text);
}

static void
put_note(const struct report *r, FILE *out)
{
	struct buf text;
	struct write w = {.out = &text};

	buf_init(&text, 1 << 16);
	write_open(&w, '{');
	write_key(&w, "note");
	if (r->note.len > 0)
		write_text(&w, (const char *)r->note.data, r->note.len);
	else
		write_null(&w);
	write_close(&w, '}');
	put_bytes(out, text.data, text.len);
	buf_clear(&text);
}

void
report_page(const struct report *r, FILE *out)
{
	struct buf style;

	buf_init(&style, 1 << 20);
	put_sheet(r, &style);
	buf_put_bytes(&style, report_style, (size_t)(report_style_end - report_style));
	html_begin(out, "Sekisho", &style, report_script,
	    (size_t)(report_script_end - report_script));
	buf_clear(&style);
	fprintf(out,
	    "<body>\n<svg class=\"defs\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" "
	    "width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M-1 7L7-1M-1 "
	    "1L1-1M5 7L7 5\" stroke-width=\"1.5\"/></pattern></defs></svg>\n"
	    "<main id=\"page\"><p>%s</p></main>\n"
	    "<script type=\"application/json\" id=\"data\">",
	    _("Not checked, and not shown: this page draws and verifies itself by the script "
	      "that "
	      "is in it, and this browser did not run it."));
	put_bytes(out, r->data.data, r->data.len);
	fputs("</script>\n<script type=\"application/json\" id=\"texts\">", out);
	put_language(out);
	fputs("</script>\n<script type=\"application/json\" id=\"note\">", out);
	put_note(r, out);
	fputs("</script>\n<script>", out);
	put_bytes(out, report_script, (size_t)(report_script_end - report_script));
	fputs("</script>\n</body>\n</html>\n", out);
}
