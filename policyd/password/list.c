#include "password/list.h"

#include "error.h"
#include "hex.h"
#include "password/filter.h"
#include <string.h>

enum { HASH_DIGITS = 40 };

/* HASH or HASH:COUNT. */
static bool
parse_hash(const char *line, size_t len, struct list_entry *out)
{
	uint8_t hash[HASH_DIGITS / 2] = {0};
	uint64_t count = 0;

	if (len < HASH_DIGITS)
		return false;
	for (size_t i = 0; i < HASH_DIGITS; i++) {
		int v = hex_digit(line[i]);

		if (v < 0)
			return false;
		hash[i / 2] = (uint8_t)(hash[i / 2] << 4 | v);
	}
	out->count = 1;
	out->counted = len > HASH_DIGITS;
	if (out->counted) {
		if (line[HASH_DIGITS] != ':' || len == HASH_DIGITS + 1 ||
		    len > HASH_DIGITS + 1 + 18)
			return false;
		for (size_t i = HASH_DIGITS + 1; i < len; i++) {
			if (line[i] < '0' || line[i] > '9')
				return false;
			count = 10 * count + (uint64_t)(line[i] - '0');
		}
		out->count = count;
	}
	out->key[0] = filter_key_of_hash(hash);
	out->keys = 1;
	return true;
}

static int
parse_word(const char *line, size_t len, struct list_entry *out)
{
	char lower[LIST_WORD_MAX];

	if (len > sizeof(lower))
		return SKS_TOO_BIG;
	for (size_t i = 0; i < len; i++)
		lower[i] =
		    line[i] >= 'A' && line[i] <= 'Z' ? (char)(line[i] - 'A' + 'a') : line[i];
	out->key[0] = filter_key(line, len);
	out->keys = 1;
	out->count = 1;
	if (memcmp(lower, line, len) != 0)
		out->key[out->keys++] = filter_key(lower, len);
	return SKS_OK;
}

int
list_parse(enum list_kind *kind, const char *line, size_t len, struct list_entry *out)
{
	static const char comment[] = "#!comment";

	*out = (struct list_entry){0};
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0 ||
	    (len >= sizeof(comment) - 1 && memcmp(line, comment, sizeof(comment) - 1) == 0))
		return SKS_OK;
	if (*kind != LIST_WORDS && parse_hash(line, len, out)) {
		*kind = LIST_HASHES;
		return SKS_OK;
	}
	*out = (struct list_entry){0};
	if (*kind == LIST_HASHES)
		return SKS_INVALID;
	*kind = LIST_WORDS;
	return parse_word(line, len, out);
}
