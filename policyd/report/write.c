#include "report/write.h"

#include "base64.h"
#include "error.h"
#include "text.h"
#include <string.h>

static void
write_comma(struct write *w)
{
	if (w->comma)
		buf_put_u8(w->out, ',');
	w->comma = true;
}

void
write_open(struct write *w, char bracket)
{
	write_comma(w);
	buf_put_u8(w->out, (uint8_t)bracket);
	w->comma = false;
}

void
write_close(struct write *w, char bracket)
{
	buf_put_u8(w->out, (uint8_t)bracket);
	w->comma = true;
}

void
write_key(struct write *w, const char *key)
{
	write_comma(w);
	buf_printf(w->out, "\"%s\":", key);
	w->comma = false;
}

/* How long the well-formed character at s is; 0: it is none. */
static size_t
character_length(const char *s, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++) {
		if (text_is_utf8(s, n))
			return n;
	}
	return 0;
}

static bool
must_escape(const char *s, size_t len)
{
	return (uint8_t)s[0] < 0x20 || s[0] == 0x7f || strchr("\"\\<>&'", s[0]) != NULL ||
	       (len == 3 &&
		   (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0));
}

static unsigned
code_of(const char *s, size_t len)
{
	return len == 1 ? (uint8_t)s[0]
			: (s[0] & 0x0fU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
}

void
write_text(struct write *w, const char *text, size_t len)
{
	size_t plain = 0, n;

	write_comma(w);
	buf_put_u8(w->out, '"');
	for (size_t i = 0; i < len; i += n) {
		n = (uint8_t)text[i] < 0x80 ? 1 : character_length(text + i, len - i);
		if (n != 0 && !must_escape(text + i, n))
			continue;
		buf_put_bytes(w->out, text + plain, i - plain);
		if (text[i] == '"' || text[i] == '\\')
			buf_printf(w->out, "\\%c", text[i]);
		else
			buf_printf(w->out, "\\u%04x", n == 0 ? 0xfffdU : code_of(text + i, n));
		n += n == 0;
		plain = i + n;
	}
	buf_put_bytes(w->out, text + plain, len - plain);
	buf_put_u8(w->out, '"');
}

void
write_str(struct write *w, const char *text)
{
	write_text(w, text, strlen(text));
}

void
write_int(struct write *w, int64_t value)
{
	write_comma(w);
	buf_printf(w->out, "%lld", (long long)value);
}

void
write_bool(struct write *w, bool value)
{
	write_comma(w);
	buf_printf(w->out, value ? "true" : "false");
}

void
write_null(struct write *w)
{
	write_comma(w);
	buf_printf(w->out, "null");
}

void
write_base64(struct write *w, const void *data, size_t len)
{
	size_t size = BASE64_LEN(len) + 1;
	char *at;

	write_comma(w);
	buf_put_u8(w->out, '"');
	at = (char *)buf_reserve(w->out, size);
	if (at == NULL)
		return;
	(void)base64_encode(data, len, at, size);
	w->out->len--; /* the NUL */
	buf_put_u8(w->out, '"');
}

void
write_key_str(struct write *w, const char *key, const char *text)
{
	write_key(w, key);
	write_str(w, text);
}

void
write_key_int(struct write *w, const char *key, int64_t value)
{
	write_key(w, key);
	write_int(w, value);
}

void
write_key_counts(struct write *w, const char *key, const uint64_t *n, size_t count)
{
	write_key(w, key);
	write_open(w, '[');
	for (size_t i = 0; i < count; i++)
		write_int(w, (int64_t)n[i]);
	write_close(w, ']');
}
