/*
 * The page: one file that needs nothing else, and that its own policy (CSP) lets load nothing
 * else. Style and script are the files beside this one, allowed by their hashes; all text from
 * records is in data elements.
 */
#include "base64.h"
#include "i18n.h"
#include "report/page.h"
#include "report/report.h"
#include "report/texts.h"
#include "report/write.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define ASSET(symbol, file)                                                                    \
	__asm__(".pushsection .rodata\n" #symbol ":\n.incbin \"" file "\"\n" #symbol           \
		"_end:\n.popsection\n");                                                       \
	extern const char symbol[], symbol##_end[]

ASSET(report_script, "cli/report/page.js");
ASSET(report_style, "cli/report/page.css");

enum { DIGEST_SIZE = 32, DIGEST_TEXT = BASE64_LEN(DIGEST_SIZE) + 1 };

static const char *
digest_of(const void *data, size_t len, char out[DIGEST_TEXT])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	out[0] = '\0'; /* a hash that nothing has: the browser then refuses the page's script */
	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) == 1)
		(void)base64_encode(digest, DIGEST_SIZE, out, DIGEST_TEXT);
	return out;
}

/* As the content of a CSS string: anything but letters, digits and other languages' is escaped.
 */
static void
put_css_string(struct buf *out, const char *text)
{
	buf_put_u8(out, '"');
	for (; *text != '\0'; text++) {
		uint8_t c = (uint8_t)*text;

		if (c >= 0x80 || (c >= '0' && c <= '9') ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			buf_put_u8(out, c);
		else
			buf_printf(out, "\\%x ", c);
	}
	buf_put_u8(out, '"');
}

/* Margins of the printed sheets: rating, which log, page of pages. */
static void
put_sheet(const struct report *r, struct buf *out)
{
	char rating[sizeof(r->rating) + sizeof(r->limits) + 4];

	(void)snprintf(rating, sizeof(rating), "%s%s%s", r->rating,
	    r->rating[0] != '\0' && r->limits[0] != '\0' ? " / " : "", r->limits);
	buf_printf(
	    out, "@page{size:A4;margin:18mm 14mm 16mm;@top-right{font:8pt sans-serif;content:");
	put_css_string(out, rating);
	buf_printf(out, "}@bottom-left{font:8pt sans-serif;content:");
	put_css_string(out, r->origin);
	buf_printf(out, "}@bottom-right{font:8pt sans-serif;content:counter(page) \" / \" "
			"counter(pages)}}\n");
}

static void
put_bytes(FILE *out, const void *data, size_t len)
{
	(void)fwrite(data, 1, len, out);
}

static void
page_head(FILE *out, const struct buf *style)
{
	size_t script_len = (size_t)(report_script_end - report_script);
	char script[DIGEST_TEXT], sheet[DIGEST_TEXT];

	fprintf(out,
	    "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; form-action "
	    "'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>%s</title>\n<style>",
	    strcmp(i18n_language(), "ja") == 0 ? "ja" : "en",
	    digest_of(report_script, script_len, script),
	    digest_of(style->data, style->len, sheet), "Sekisho");
	put_bytes(out, style->data, style->len);
	fputs("</style>\n</head>\n", out);
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
	page_head(out, &style);
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
