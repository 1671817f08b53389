/*
 * Any bytes as a google-authenticator file and as a pam_oath users file: entries are within
 * their limits, every line is read once, refusals name a line and leave nothing behind.
 */
#include "../../policyd/factor/import.c"

#include "../../lib/base32.c"
#include "../../lib/error.c"
#include "../../lib/hex.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"
#include <stdlib.h>

#include "fuzz.h"

static void
expect_entry(const struct import_entry *e, const char *why)
{
	expect(e->key.len >= TOTP_KEY_MIN && e->key.len <= TOTP_KEY_MAX);
	expect(e->key.bytes[e->key.len] == 0);
	expect(strcmp(e->params.algorithm, "SHA1") == 0);
	expect(e->params.digits == 6 || e->params.digits == 8);
	expect(e->params.period_s == 30 || e->params.period_s == 60);
	expect(memchr(e->user, '\0', sizeof(e->user)) != NULL);
	expect(text_is_utf8(e->user, strlen(e->user)));
	expect(why[0] == '\0');
}

static void
expect_refused(const struct import_entry *e, const char *why)
{
	static const struct import_entry empty;
	int line = 0;

	expect(memcmp(e, &empty, sizeof(empty)) == 0);
	expect(sscanf(why, "line %d: ", &line) == 1 && line > 0);
}

static void
read_oath(const char *text, size_t size)
{
	struct import_oath in;
	struct import_entry e;
	char why[128];
	int r, last = 0;

	import_oath_init(&in, text, size);
	while ((r = import_oath_next(&in, &e, why, sizeof(why))) != 0) {
		expect(in.line > last);
		last = in.line;
		if (r == 1) {
			expect_entry(&e, why);
			expect(e.line == in.line && e.user[0] != '\0');
		} else {
			expect(r == SKS_INVALID);
			expect_refused(&e, why);
		}
	}
	expect(in.left == 0 && in.at == text + size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of exactly its size, so that a step beyond the end is seen */
	char *text = malloc(size > 0 ? size : 1);
	struct import_entry e;
	char why[128];

	expect(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	if (import_google(text, size, &e, why, sizeof(why)) == SKS_OK)
		expect_entry(&e, why);
	else
		expect_refused(&e, why);
	read_oath(text, size);
	free(text);
	return 0;
}
