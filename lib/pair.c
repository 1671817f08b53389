#include "pair.h"

#include "text.h"
#include <stdint.h>
#include <string.h>

enum { PAIR_VALUE_MAX = 8192, ASTRAL = 0x10000 };

/* Blanks of Unicode that are printed: a reader sees two words. */
static bool
pair_is_blank(uint32_t code)
{
	return code == ' ' || code == 0x00a0 || code == 0x1680 ||
	       (code >= 0x2000 && code <= 0x200a) || code == 0x202f || code == 0x205f ||
	       code == 0x2800 || code == 0x3000;
}

/* Signs that a font shows as the ASCII one that has a meaning here stand in quotes, too. */
static bool
pair_has_meaning(uint32_t code)
{
	switch (code) {
	case '"':
	case 0x201c: /* the quotes of a text processor */
	case 0x201d:
	case 0x201e:
	case 0x201f:
	case 0x2033: /* seconds */
	case 0xff02:
	case '\\':
	case 0xfe68:
	case 0xff3c:
	case '=':
	case 0x2e40: /* hyphens of two strokes */
	case 0x30a0:
	case 0xa78a: /* a letter */
	case 0xfe66:
	case 0xff1d:
		return true;
	default:
		return false;
	}
}

static bool
pair_needs_quotes(const char *value)
{
	for (size_t left = strlen(value), taken; left > 0; value += taken, left -= taken) {
		uint32_t code;

		taken = text_next(value, left, &code);
		if (!text_is_plain(code) || pair_is_blank(code) || pair_has_meaning(code))
			return true;
	}
	return false;
}

static void
pair_put_escape(struct buf *out, uint32_t code)
{
	if (code >= ASTRAL) {
		code -= ASTRAL;
		buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + (code >> 10)),
		    (unsigned)(0xdc00 + (code & 0x3ff)));
	} else {
		buf_printf(out, "\\u%04x", (unsigned)code);
	}
}

static void
pair_put_inner(struct buf *out, const char *text, bool quoted)
{
	for (size_t left = strlen(text), taken; left > 0; text += taken, left -= taken) {
		uint32_t code;

		taken = text_next(text, left, &code);
		if (code == UINT32_MAX) {
			buf_put_bytes(out, "\xef\xbf\xbd", 3);
		} else if (!text_is_plain(code)) {
			pair_put_escape(out, code);
		} else {
			if (quoted && (code == '"' || code == '\\'))
				buf_put_u8(out, '\\');
			buf_put_bytes(out, text, taken);
		}
	}
}

void
pair_put_value(struct buf *out, const char *value)
{
	bool quoted = pair_needs_quotes(value);

	if (quoted)
		buf_put_u8(out, '"');
	pair_put_inner(out, value, quoted);
	if (quoted)
		buf_put_u8(out, '"');
}

void
pair_put_text(struct buf *out, const char *text)
{
	pair_put_inner(out, text, false);
}

void
pair_put(struct buf *out, const char *name, const char *value)
{
	struct buf pair;

	if (value[0] == '\0')
		return;
	buf_init(&pair, PAIR_VALUE_MAX);
	buf_printf(&pair, "%s%s=", out->len > 0 ? " " : "", name);
	pair_put_value(&pair, value);
	if (buf_error(&pair) == 0 && pair.len <= out->max - out->len)
		buf_put_bytes(out, pair.data, pair.len);
	buf_clear(&pair);
}
