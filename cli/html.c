#include "html.h"

#include "base64.h"
#include "i18n.h"
#include "text.h"
#include <openssl/evp.h>
#include <string.h>

enum { DIGEST_SIZE = 32, DIGEST_TEXT = BASE64_LEN(DIGEST_SIZE) + 1 };

static const char *
digest_of(const void *data, size_t len, char out[DIGEST_TEXT])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	out[0] = '\0'; /* a hash that nothing has: the browser then refuses what it is for */
	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) == 1)
		(void)base64_encode(digest, DIGEST_SIZE, out, DIGEST_TEXT);
	return out;
}

/* One character beyond ASCII. Returns its bytes. */
static size_t
put_character(FILE *out, const char *text)
{
	unsigned char lead = (unsigned char)*text;
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	char one[5] = "", clean[8];

	memcpy(one, text, strnlen(text, len));
	if (!text_is_utf8(one, len)) {
		one[1] = '\0'; /* ill-formed: a byte at a time */
		len = 1;
	}
	(void)text_clean(clean, sizeof(clean), one);
	fputs(clean, out);
	return len;
}

void
html_text(FILE *out, const char *text)
{
	for (size_t n; *text != '\0'; text += n) {
		n = (unsigned char)*text < 0x80 ? 1 : put_character(out, text);
		if (n > 1 || (unsigned char)*text >= 0x80)
			continue;
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			if ((*text >= 0x20 && *text != 0x7f) || *text == '\n' || *text == '\t')
				fputc(*text, out);
		}
	}
}

void
html_element(FILE *out, const char *tag, const char *text)
{
	fprintf(out, "<%s>", tag);
	html_text(out, text);
	fprintf(out, "</%s>", tag);
}

void
html_css_string(struct buf *out, const char *text)
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

void
html_begin(FILE *out, const char *title, const struct buf *style, const void *script,
    size_t script_len)
{
	char digest[DIGEST_TEXT];

	fprintf(out,
	    "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ",
	    strcmp(i18n_language(), "ja") == 0 ? "ja" : "en");
	if (script != NULL)
		fprintf(out, "script-src 'sha256-%s'; ", digest_of(script, script_len, digest));
	fprintf(out,
	    "style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n",
	    digest_of(style->data, style->len, digest));
	html_element(out, "title", title);
	fputs("\n<style>", out);
	(void)fwrite(style->data, 1, style->len, out);
	fputs("</style>\n</head>\n", out);
}
