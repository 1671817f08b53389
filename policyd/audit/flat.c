#include "audit/flat.h"

#include "error.h"
#include "text.h"
#include <string.h>

void
flat_init(struct flat *f, const void *data, size_t len)
{
	*f = (struct flat){.at = data, .end = (const char *)data + len};
}

static bool
flat_take(struct flat *f, char c)
{
	if (f->at == f->end || *f->at != c)
		return false;
	f->at++;
	return true;
}

static int
flat_hex(const char *at)
{
	int value = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)at[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* Behind a backslash: how many characters the escape has, 0 when it is none. */
static size_t
flat_escape(const char *at, const char *end)
{
	int high, low;

	if (at == end)
		return 0;
	if (*at != 'u')
		return memchr("\"\\/bfnrt", *at, 8) != NULL ? 1 : 0;
	high = end - at >= 5 ? flat_hex(at + 1) : -1;
	if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
		return 0;
	if (high < 0xd800 || high > 0xdbff)
		return 5;
	low = end - at >= 11 && at[5] == '\\' && at[6] == 'u' ? flat_hex(at + 7) : -1;
	return low >= 0xdc00 && low <= 0xdfff ? 11 : 0;
}

/* A string whose first quote is taken. */
static bool
flat_take_string(struct flat *f, const char **text, size_t *len, bool *escaped)
{
	const char *at = f->at;
	bool wide = false;

	*text = at;
	*escaped = false;
	for (; at < f->end && *at != '"'; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x20)
			return false;
		wide |= c >= 0x80;
		if (c == '\\') {
			size_t n = flat_escape(at + 1, f->end);

			if (n == 0)
				return false;
			*escaped = true;
			at += n;
		}
	}
	if (at >= f->end)
		return false;
	*len = (size_t)(at - *text);
	f->at = at + 1;
	return !wide || text_is_utf8(*text, *len);
}

static bool
flat_take_number(struct flat *f, int64_t *number)
{
	bool negative = flat_take(f, '-');
	const char *start = f->at;
	uint64_t value = 0, max = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

	for (; f->at < f->end && *f->at >= '0' && *f->at <= '9'; f->at++) {
		uint64_t digit = (uint64_t)(*f->at - '0');

		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = negative ? (int64_t)(0 - value) : (int64_t)value;
	return f->at > start && (*start != '0' || f->at == start + 1);
}

static bool
flat_take_word(struct flat *f, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(f->end - f->at) < n || memcmp(f->at, word, n) != 0)
		return false;
	f->at += n;
	return true;
}

/* The bracket is taken. */
static bool
flat_take_list(struct flat *f, struct flat_item *item)
{
	const char *text;
	size_t len;
	bool escaped;

	item->text = f->at;
	if (!flat_take(f, ']')) {
		do {
			if (!flat_take(f, '"') || !flat_take_string(f, &text, &len, &escaped))
				return false;
		} while (flat_take(f, ','));
		if (!flat_take(f, ']'))
			return false;
	}
	item->len = (size_t)(f->at - 1 - item->text);
	return true;
}

static bool
flat_take_value(struct flat *f, struct flat_item *item)
{
	if (flat_take(f, '"')) {
		item->type = FLAT_STRING;
		return flat_take_string(f, &item->text, &item->len, &item->escaped);
	}
	if (flat_take(f, '[')) {
		item->type = FLAT_LIST;
		return flat_take_list(f, item);
	}
	item->type = FLAT_BOOL;
	item->truth = flat_take_word(f, "true");
	if (item->truth || flat_take_word(f, "false"))
		return true;
	item->type = FLAT_NUMBER;
	return flat_take_number(f, &item->number);
}

int
flat_next(struct flat *f, struct flat_item *item)
{
	bool escaped = false;

	*item = (struct flat_item){0};
	if (!f->begun) {
		f->begun = true;
		if (!flat_take(f, '{'))
			return SKS_INVALID;
		if (flat_take(f, '}'))
			return f->at == f->end ? 0 : SKS_INVALID;
	} else if (flat_take(f, '}')) {
		return f->at == f->end ? 0 : SKS_INVALID;
	} else if (!flat_take(f, ',')) {
		return SKS_INVALID;
	}
	if (!flat_take(f, '"') || !flat_take_string(f, &item->key, &item->key_len, &escaped) ||
	    escaped || !flat_take(f, ':') || !flat_take_value(f, item))
		return SKS_INVALID;
	return 1;
}

bool
flat_is(const struct flat_item *item, const char *key)
{
	return item->key_len == strlen(key) && memcmp(item->key, key, item->key_len) == 0;
}

/* ---- strings ----------------------------------------------------------------------------- */

static size_t
flat_utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* What an escape that was accepted stands for; *at moves behind it. */
static uint32_t
flat_unescape(const char **at)
{
	static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *e = *at + 1;
	uint32_t high, low;

	if (*e != 'u') {
		*at = e + 1;
		return (unsigned char)meant[strchr(plain, *e) - plain];
	}
	high = (uint32_t)flat_hex(e + 1);
	*at = e + 5;
	if (high < 0xd800 || high > 0xdbff)
		return high;
	low = (uint32_t)flat_hex(e + 7);
	*at = e + 11;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

bool
flat_string(const struct flat_item *item, char *dst, size_t size)
{
	const char *at = item->text, *end;
	size_t n = 0;
	bool whole = true;

	dst[0] = '\0';
	if (item->type != FLAT_STRING)
		return false; /* then there is no text */
	end = at + item->len;
	if (!item->escaped) {
		whole = item->len < size;
		n = whole ? item->len : size - 1;
		memcpy(dst, item->text, n);
		dst[n] = '\0';
		return whole;
	}
	while (at < end) {
		char c[4] = {*at};
		size_t len = 1;

		if (*at == '\\')
			len = flat_utf8(flat_unescape(&at), c);
		else
			at++;
		if (len >= size - n || c[0] == '\0') {
			whole = false;
			break;
		}
		memcpy(dst + n, c, len);
		n += len;
	}
	dst[n] = '\0';
	return whole;
}

int
flat_list(const struct flat_item *item,
    int (*each)(void *context, const struct flat_item *string), void *context)
{
	struct flat f;

	if (item->type != FLAT_LIST)
		return SKS_INVALID;
	f = (struct flat){.at = item->text, .end = item->text + item->len};
	while (f.at < f.end) {
		struct flat_item string = {.type = FLAT_STRING};
		int r;

		if (!flat_take(&f, '"') ||
		    !flat_take_string(&f, &string.text, &string.len, &string.escaped))
			return SKS_INVALID;
		r = each(context, &string);
		if (r != 0)
			return r;
		(void)flat_take(&f, ',');
	}
	return SKS_OK;
}
