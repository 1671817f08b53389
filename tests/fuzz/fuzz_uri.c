/*
 * Any text as an otpauth URI: what is accepted is within its limits and comes back from a URI
 * of our own; what is refused says why and leaves nothing behind.
 */
#include "../../policyd/factor/uri.c"

#include "../../lib/base32.c"
#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"

enum { LABEL_SIZE = 40 };

#include "fuzz.h"

static void
expect_refused(const struct secret *key, const char *label, const char *why)
{
	static const struct secret empty = SECRET_INIT;

	expect(memcmp(key, &empty, sizeof(empty)) == 0);
	expect(label[0] == '\0');
	expect(why[0] != '\0');
}

static void
expect_again(const struct secret *key, const struct totp_params *p, const char *label)
{
	struct secret uri, key2;
	struct totp_params p2;
	char label2[LABEL_SIZE], why[128];

	expect(totp_uri_make("issuer: 関所", label, key, p, &uri) == SKS_OK);
	expect(totp_uri_parse((const char *)uri.bytes, &key2, &p2, label2, sizeof(label2), why,
		   sizeof(why)) == SKS_OK);
	expect(secret_equal(key, &key2));
	expect(strcmp(label, label2) == 0);
	expect(strcmp(p->algorithm, p2.algorithm) == 0);
	expect(p->digits == p2.digits && p->period_s == p2.period_s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of exactly its size, so that a step beyond the end is seen */
	char *uri = malloc(size + 1);
	struct secret key;
	struct totp_params p;
	char label[LABEL_SIZE], why[128];
	int r;

	expect(uri != NULL);
	if (size > 0)
		memcpy(uri, data, size);
	uri[size] = '\0';
	r = totp_uri_parse(uri, &key, &p, label, sizeof(label), why, sizeof(why));
	free(uri);
	if (r != SKS_OK) {
		expect(r == SKS_INVALID);
		expect_refused(&key, label, why);
		return 0;
	}
	expect(key.len >= TOTP_KEY_MIN && key.len <= TOTP_KEY_MAX);
	expect(p.digits == 6 || p.digits == 8);
	expect(p.period_s == 30 || p.period_s == 60);
	expect(strcmp(p.algorithm, "SHA1") == 0 || strcmp(p.algorithm, "SHA256") == 0 ||
	       strcmp(p.algorithm, "SHA512") == 0);
	expect(text_is_utf8(label, strlen(label)));
	for (const char *c = label; *c != '\0'; c++)
		expect((unsigned char)*c >= 0x20 && *c != 0x7f);
	expect_again(&key, &p, label);
	return 0;
}
