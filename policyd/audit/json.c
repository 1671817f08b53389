#include "audit/json.h"

#include "error.h"
#include "text.h"
#include <string.h>

enum { UTF8_MAX = 4, DECIMAL_MAX = 20 };

/* Bytes that stand for themselves; the others need a closer look. */
static const bool json_literal[256] = {
    [0x20 ... '"' - 1] = true, ['"' + 1 ... '\\' - 1] = true, ['\\' + 1 ... 0x7e] = true};

/* How many bytes from the beginning can be copied as they are. */
static size_t
json_span(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && json_literal[(uint8_t)s[i]])
		i++;
	return i;
}

static void
json_put_escape(struct buf *out, uint32_t code)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = {'\\', 'u'};

	for (int i = 0; i < 4; i++)
		text[2 + i] = hex[code >> (12 - 4 * i) & 0xf];
	buf_put_bytes(out, text, sizeof(text));
}

/* Shown raw, they would move, hide or turn what stands beside them. */
static bool
json_is_deceptive(uint32_t code)
{
	if (code >= 0x7f && code <= 0x9f)
		return true;
	if (code == 0x061c || code == 0x200e || code == 0x200f || code == 0xfeff)
		return true;
	if (code >= 0x2028 && code <= 0x202e)
		return true;
	return code >= 0x2066 && code <= 0x2069;
}

/* The length of the well-formed sequence at s, or 0. */
static size_t
json_sequence(const char *s, size_t len)
{
	for (size_t n = 2; n <= UTF8_MAX && n <= len; n++) {
		if (text_is_utf8(s, n))
			return n;
	}
	return 0;
}

/* One character above ASCII; returns how many bytes it took. */
static size_t
json_put_wide(struct buf *out, const char *s, size_t len)
{
	size_t n = json_sequence(s, len);
	uint32_t code;

	if (n == 0) {
		buf_put_bytes(out, "\xef\xbf\xbd", 3);
		return 1;
	}
	code = (uint8_t)s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((uint8_t)s[i] & 0x3f);
	if (json_is_deceptive(code)) /* all of them lie below U+10000 */
		json_put_escape(out, code);
	else
		buf_put_bytes(out, s, n);
	return n;
}

/* Quoted text of which nothing needs a closer look. A record consists of hundreds of these:
 * one look at the buffer for each is enough. */
static void
json_put_plain(
    struct buf *out, const char *before, const char *s, size_t len, const char *behind)
{
	size_t lead = strlen(before), tail = strlen(behind);
	uint8_t *at = buf_reserve(out, lead + len + tail + 2);

	if (at == NULL)
		return;
	memcpy(at, before, lead);
	at[lead] = '"';
	memcpy(at + lead + 1, s, len);
	at[lead + 1 + len] = '"';
	memcpy(at + lead + len + 2, behind, tail);
}

void
json_put_string(struct buf *out, const char *s)
{
	size_t len = strlen(s);
	size_t i = json_span(s, len);

	if (i == len) {
		json_put_plain(out, "", s, len, "");
		return;
	}
	buf_put_u8(out, '"');
	buf_put_bytes(out, s, i);
	while (i < len && buf_error(out) == SKS_OK) {
		uint8_t c = (uint8_t)s[i];
		size_t span = json_span(s + i, len - i);

		if (span > 0) {
			buf_put_bytes(out, s + i, span);
			i += span;
		} else if (c >= 0x80) {
			i += json_put_wide(out, s + i, len - i);
		} else if (c == '"' || c == '\\') {
			char pair[2] = {'\\', (char)c};

			buf_put_bytes(out, pair, sizeof(pair));
			i++;
		} else {
			json_put_escape(out, c);
			i++;
		}
	}
	buf_put_u8(out, '"');
}

static void
json_put_decimal(struct buf *out, uint64_t value, bool negative)
{
	char text[DECIMAL_MAX + 1];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	if (negative)
		text[--at] = '-';
	buf_put_bytes(out, text + at, sizeof(text) - at);
}

void
json_put_int(struct buf *out, int64_t value)
{
	/* the magnitude of INT64_MIN does not fit an int64_t */
	json_put_decimal(out, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void
json_put_uint(struct buf *out, uint64_t value)
{
	bool quoted = value > INT64_MAX;

	if (quoted)
		buf_put_u8(out, '"');
	json_put_decimal(out, value, false);
	if (quoted)
		buf_put_u8(out, '"');
}

void
json_put_bool(struct buf *out, bool value)
{
	if (value)
		buf_put_bytes(out, "true", 4);
	else
		buf_put_bytes(out, "false", 5);
}

void
json_put_list(struct buf *out, const char *const *item, size_t count)
{
	buf_put_u8(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_u8(out, ',');
		json_put_string(out, item[i]);
	}
	buf_put_u8(out, ']');
}

void
json_put_key(struct buf *out, const char *key)
{
	bool first = out->len == 0 || out->data[out->len - 1] == '{';

	json_put_plain(out, first ? "" : ",", key, strlen(key), ":");
}
