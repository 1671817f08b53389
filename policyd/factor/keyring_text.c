/* The file of the key ring: text, a key a line, and the form before it. */
#include "error.h"
#include "factor/keyring.h"
#include "hex.h"
#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE "sekisho keys 1\n"

enum { DIGEST_SIZE = 32, SHOWN_DIGEST = 8, LINE_MAX_LEN = 256, WORDS = 7 };

/* ---- writing ----------------------------------------------------------------------------- */

static int
ring_digest(const void *data, size_t len, uint8_t out[DIGEST_SIZE])
{
	return EVP_Q_digest(NULL, "SHA256", NULL, data, len, out, NULL) == 1 ? SKS_OK
									     : SKS_INTERNAL;
}

void
keyring_encode(const struct keyring *ring, struct buf *out)
{
	char line[LINE_MAX_LEN], id[2 * KEYRING_ID_SIZE + 1];
	char bytes[2 * KEYRING_KEY_SIZE + 1], shown[2 * SHOWN_DIGEST + 1];
	uint8_t digest[DIGEST_SIZE] = {0};
	size_t begin = out->len;

	buf_put_bytes(out, FIRST_LINE, sizeof(FIRST_LINE) - 1);
	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *k = &ring->key[i];
		const struct algorithm_info *info = algorithm_by_id(k->algorithm);

		keyring_id_text(k->id, id);
		(void)hex_put(bytes, k->bytes, sizeof(k->bytes));
		(void)snprintf(line, sizeof(line), "%s %s %s %s %" PRId64 " %" PRId64 " %s\n",
		    ring_purpose_words[k->purpose], id, info != NULL ? info->name : "?",
		    ring_state_words[k->state], k->made_ms, k->ended_ms,
		    k->state == RING_RETIRED ? "-" : bytes);
		buf_put_bytes(out, line, strlen(line));
	}
	if (buf_error(out) == SKS_OK &&
	    ring_digest(out->data + begin, out->len - begin, digest) != SKS_OK)
		out->error = SKS_INTERNAL;
	(void)hex_put(shown, digest, SHOWN_DIGEST);
	(void)snprintf(line, sizeof(line), "end %zu %s\n", ring->count, shown);
	buf_put_bytes(out, line, strlen(line));
	explicit_bzero(line, sizeof(line));
	explicit_bzero(bytes, sizeof(bytes));
}

/* ---- the form before: a key alone -------------------------------------------------------- */

/* HKDF-Extract with SHA-256 and no salt: the half of HKDF that keeps its input to itself. */
static int
ring_extract(const uint8_t key[KEYRING_KEY_SIZE], uint8_t out[KEYRING_KEY_SIZE])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256", mode[] = "EXTRACT_ONLY";
	uint8_t copy[KEYRING_KEY_SIZE];
	OSSL_PARAM params[4];
	int r = SKS_INTERNAL;

	memcpy(copy, key, sizeof(copy));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, mode, 0);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, copy, sizeof(copy));
	params[3] = OSSL_PARAM_construct_end();
	if (ctx != NULL && EVP_KDF_derive(ctx, out, KEYRING_KEY_SIZE, params) == 1)
		r = SKS_OK;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	explicit_bzero(copy, sizeof(copy));
	return r;
}

static int
ring_parse_bare(const uint8_t *file, int64_t made_ms, struct keyring *ring)
{
	struct ring_key *sealing = &ring->key[0], *derivation = &ring->key[1];
	int r;

	*sealing = (struct ring_key){
	    .purpose = RING_SEALING, .algorithm = ALGORITHM_AES_256_GCM, .made_ms = made_ms};
	memcpy(sealing->bytes, file, KEYRING_KEY_SIZE);
	*derivation = (struct ring_key){.purpose = RING_DERIVATION,
	    .algorithm = ALGORITHM_HMAC_SHA_256,
	    .made_ms = made_ms};
	ring->count = 2;
	r = keyring_set_id(sealing);
	if (r == SKS_OK)
		r = ring_extract(sealing->bytes, derivation->bytes);
	return r == SKS_OK ? keyring_set_id(derivation) : r;
}

/* ---- reading ----------------------------------------------------------------------------- */

static int
ring_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static bool
ring_read_ms(const char *text, int64_t *ms)
{
	*ms = 0;
	if (*text == '\0' || strlen(text) > 18)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		*ms = *ms * 10 + (*text - '0');
	}
	return true;
}

/* Cuts the line into its words, exactly one blank between two; their number. */
static size_t
ring_split(char *line, char *word[WORDS])
{
	size_t n = 0;

	for (char *at = line; n < WORDS; n++) {
		word[n] = at;
		at = strchr(at, ' ');
		if (at == NULL)
			return n + 1;
		*at++ = '\0';
	}
	return WORDS + 1;
}

static int
ring_parse_key(char *line, struct ring_key *k)
{
	const struct algorithm_info *info;
	char *word[WORDS];
	uint8_t id[KEYRING_ID_SIZE];
	int purpose, state, r;

	if (ring_split(line, word) != WORDS)
		return SKS_INVALID;
	purpose = ring_word(ring_purpose_words, word[0]);
	state = ring_word(ring_state_words, word[3]);
	info = algorithm_by_name(word[2]);
	if (purpose < 0 || state < 0 || info == NULL || !keyring_id_read(word[1], id) ||
	    !ring_read_ms(word[4], &k->made_ms) || !ring_read_ms(word[5], &k->ended_ms))
		return SKS_INVALID;
	k->purpose = (enum ring_purpose)purpose;
	k->state = (enum ring_state)state;
	k->algorithm = info->id;
	if (k->purpose == RING_SEALING ? !info->seals : info->id != ALGORITHM_HMAC_SHA_256)
		return SKS_INVALID;
	if (k->state == RING_RETIRED) {
		memcpy(k->id, id, sizeof(id));
		return strcmp(word[6], "-") == 0 ? SKS_OK : SKS_INVALID;
	}
	if (!hex_read(word[6], k->bytes, sizeof(k->bytes)))
		return SKS_INVALID;
	r = keyring_set_id(k);
	return r != SKS_OK || memcmp(k->id, id, sizeof(id)) == 0 ? r : SKS_CORRUPT;
}

/* "end COUNT DIGEST", over what stands before it. */
static int
ring_check_end(char *line, const void *before, size_t len, size_t count)
{
	char *word[WORDS], shown[2 * SHOWN_DIGEST + 1];
	uint8_t digest[DIGEST_SIZE];
	int64_t n;

	if (ring_split(line, word) != 3 || strcmp(word[0], "end") != 0 ||
	    !ring_read_ms(word[1], &n) || (size_t)n != count)
		return SKS_INVALID;
	if (ring_digest(before, len, digest) != SKS_OK)
		return SKS_INTERNAL;
	(void)hex_put(shown, digest, SHOWN_DIGEST);
	return strcmp(shown, word[2]) == 0 ? SKS_OK : SKS_CORRUPT;
}

/* One current key of each purpose, and no id twice. */
static int
ring_check(const struct keyring *ring)
{
	size_t current[2] = {0, 0};

	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *k = &ring->key[i];

		current[k->purpose] += k->state == RING_CURRENT;
		if (keyring_find(ring, k->purpose, k->id) != k)
			return SKS_INVALID;
	}
	return current[RING_SEALING] == 1 && current[RING_DERIVATION] == 1 ? SKS_OK
									   : SKS_INVALID;
}

static int
ring_parse_lines(const char *text, size_t len, struct keyring *ring)
{
	char line[LINE_MAX_LEN];
	size_t at = sizeof(FIRST_LINE) - 1;
	int r = SKS_INVALID;

	if (len < at || memcmp(text, FIRST_LINE, at) != 0)
		return SKS_INVALID;
	while (at < len) {
		const char *newline = memchr(text + at, '\n', len - at);
		size_t size = newline == NULL ? 0 : (size_t)(newline - (text + at));

		r = SKS_INVALID;
		if (newline == NULL || size >= sizeof(line) ||
		    memchr(text + at, '\0', size) != NULL)
			break;
		memcpy(line, text + at, size);
		line[size] = '\0';
		if (strncmp(line, "end ", 4) == 0) {
			r = ring_check_end(line, text, at, ring->count);
			if (r == SKS_OK && at + size + 1 != len)
				r = SKS_INVALID;
			break;
		}
		if (ring->count == KEYRING_MAX)
			break;
		r = ring_parse_key(line, &ring->key[ring->count]);
		if (r != SKS_OK)
			break;
		ring->count++;
		at += size + 1;
		r = SKS_INVALID; /* unless an end comes */
	}
	explicit_bzero(line, sizeof(line));
	return r == SKS_OK ? ring_check(ring) : r;
}

int
keyring_parse(const void *file, size_t len, int64_t made_ms, struct keyring *ring)
{
	int r;

	keyring_clear(ring);
	if (len > KEYRING_FILE_MAX)
		return SKS_TOO_BIG;
	if (len == KEYRING_KEY_SIZE)
		r = ring_parse_bare(file, made_ms, ring);
	else
		r = ring_parse_lines(file, len, ring);
	if (r != SKS_OK)
		keyring_clear(ring);
	return r;
}
