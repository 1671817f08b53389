#include "sudo_mask.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MASK "***"

static bool
contains(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++) {
		if (strncasecmp(text + i, word, n) == 0)
			return true;
	}
	return false;
}

static bool
speaks_of_a_secret(const char *name, size_t len)
{
	static const char *const words[] = {"passw", "passphrase", "secret", "token", "api-key",
	    "apikey", "api_key", "private-key", "private_key", "credential"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (contains(name, len, words[i]))
			return true;
	}
	return false;
}

static bool
is_named(const struct strings *options, const char *text, size_t len)
{
	for (size_t i = 0; options != NULL && i < options->count; i++) {
		if (strlen(options->item[i]) == len && memcmp(options->item[i], text, len) == 0)
			return true;
	}
	return false;
}

/* What stands from "at" on becomes the mask, or a shorter one where there is no room for it. */
static void
cover(char *at)
{
	size_t len = strlen(at), mask = sizeof(MASK) - 1;

	explicit_bzero(at, len);
	memcpy(at, MASK, len < mask ? len : mask);
}

/* scheme://user:password@host */
static void
cover_url(char *text)
{
	char *at = strstr(text, "://"), *end, *colon;
	size_t len;

	if (at == NULL)
		return;
	at += 3;
	len = strcspn(at, "/?# ");
	for (end = at + len; end > at && *end != '@'; end--)
		;
	colon = memchr(at, ':', (size_t)(end - at));
	if (*end != '@' || colon == NULL)
		return;
	memset(colon + 1, '*', (size_t)(end - colon - 1));
}

/* An option that carries its argument within: --key=X, NAME=X, -pX. */
static bool
cover_within(const struct strings *options, char *text)
{
	char *equals = strchr(text, '=');
	size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);

	if (equals != NULL &&
	    (speaks_of_a_secret(text, len) || is_named(options, text, len))) {
		cover(equals + 1);
		return true;
	}
	if (text[0] == '-' && text[1] != '-' && strlen(text) > 2 && is_named(options, text, 2)) {
		cover(text + 2);
		return true;
	}
	return false;
}

/* Is what follows this argument its secret? */
static bool
announces(const struct strings *options, const char *text)
{
	size_t len = strlen(text);

	return is_named(options, text, len) ||
	       (text[0] == '-' && strchr(text, '=') == NULL && speaks_of_a_secret(text, len));
}

size_t
mask_arguments(const struct strings *options, char *lines,
    const char *item[MASK_ARGUMENTS_MAX], bool *more)
{
	bool secret = false;
	size_t n = 0;
	char *at = lines;

	*more = false;
	while (*at != '\0') {
		char *text = at;
		size_t len = strcspn(at, "\n");

		at += len;
		if (*at == '\n')
			*at++ = '\0';
		if (n == MASK_ARGUMENTS_MAX) {
			explicit_bzero(text, len);
			*more = true;
			continue;
		}
		if (secret) {
			explicit_bzero(text, len);
			item[n++] = MASK;
			secret = false;
			continue;
		}
		secret = announces(options, text);
		if (!cover_within(options, text))
			cover_url(text);
		item[n++] = text;
	}
	return n;
}
