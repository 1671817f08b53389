/* The keys of signed notes: their names, ids and texts. */
#include "audit/note.h"

#include "base64.h"
#include "error.h"
#include "hex.h"
#include "text.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static const char note_private[] = "PRIVATE+KEY+";

enum { HEX_ID = 8, KIND_AND_KEY = 1 + ED25519_KEY_SIZE };

/* ---- names ------------------------------------------------------------------------------- */

/* The characters of Unicode's property White_Space beyond ASCII, as UTF-8. */
static const char *const note_spaces[] = {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80",
    "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
    "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89",
    "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

bool
note_name_is_valid(const char *name)
{
	size_t len = strnlen(name, NOTE_NAME_SIZE);

	if (len == 0 || len >= NOTE_NAME_SIZE || !text_is_utf8(name, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c <= ' ' || c == '+' || c == 0x7f)
			return false;
	}
	for (size_t i = 0; i < sizeof(note_spaces) / sizeof(note_spaces[0]); i++) {
		if (strstr(name, note_spaces[i]) != NULL)
			return false;
	}
	return true;
}

/* ---- verifier keys ----------------------------------------------------------------------- */

/* SHA-256 of the name, a newline, the kind and the key: its first four bytes. */
static int
note_key_id(struct note_vkey *key)
{
	uint8_t data[NOTE_NAME_SIZE + 1 + KIND_AND_KEY], hash[32];
	unsigned int size = 0;
	struct buf b;

	buf_init_fixed(&b, data, sizeof(data));
	buf_put_bytes(&b, key->name, strlen(key->name));
	buf_put_u8(&b, '\n');
	buf_put_u8(&b, key->kind);
	buf_put_bytes(&b, key->key, sizeof(key->key));
	if (buf_error(&b) != SKS_OK ||
	    EVP_Digest(data, b.len, hash, &size, EVP_sha256(), NULL) != 1 ||
	    size != sizeof(hash))
		return SKS_INTERNAL;
	key->id = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 |
		  hash[3];
	return SKS_OK;
}

static bool
note_kind_is_known(unsigned kind)
{
	return kind == NOTE_ED25519 || kind == NOTE_COSIGNATURE;
}

int
note_vkey_make(const char *name, enum note_kind kind, const uint8_t key[ED25519_KEY_SIZE],
    struct note_vkey *out)
{
	int r;

	*out = (struct note_vkey){0};
	if (!note_name_is_valid(name) || !note_kind_is_known((unsigned)kind))
		return SKS_INVALID;
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	out->kind = (uint8_t)kind;
	memcpy(out->key, key, sizeof(out->key));
	r = note_key_id(out);
	if (r != SKS_OK)
		*out = (struct note_vkey){0};
	return r;
}

/* Exactly eight digits of either case, as others accept them. */
static bool
note_parse_id(const char *text, uint32_t *id)
{
	*id = 0;
	for (size_t i = 0; i < HEX_ID; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		*id = *id << 4 | (uint32_t)digit;
	}
	return true;
}

/* "NAME+HEXID+BASE64": the name, the id that is claimed, and the bytes. raw is the caller's to
 * wipe. */
static int
note_parse_parts(const char *text, size_t len, char name[NOTE_NAME_SIZE], uint32_t *id,
    uint8_t raw[KIND_AND_KEY])
{
	const char *plus = memchr(text, '+', len);
	size_t name_len = plus != NULL ? (size_t)(plus - text) : 0;
	size_t left = len - name_len;

	name[0] = '\0';
	if (plus == NULL || name_len >= NOTE_NAME_SIZE || left < 2 + HEX_ID ||
	    plus[1 + HEX_ID] != '+' || !note_parse_id(plus + 1, id))
		return SKS_INVALID;
	memcpy(name, text, name_len);
	name[name_len] = '\0';
	if (base64_decode(plus + 2 + HEX_ID, left - 2 - HEX_ID, raw, KIND_AND_KEY) !=
	    KIND_AND_KEY)
		return SKS_INVALID;
	return SKS_OK;
}

int
note_vkey_parse(const char *text, struct note_vkey *out)
{
	char name[NOTE_NAME_SIZE];
	uint8_t raw[KIND_AND_KEY];
	uint32_t id = 0;
	int r = note_parse_parts(text, strnlen(text, NOTE_VKEY_SIZE), name, &id, raw);

	if (r == SKS_OK)
		r = note_vkey_make(name, (enum note_kind)raw[0], raw + 1, out);
	if (r == SKS_OK && out->id != id)
		r = SKS_INVALID;
	if (r != SKS_OK)
		*out = (struct note_vkey){0};
	return r;
}

void
note_vkey_format(const struct note_vkey *key, char out[NOTE_VKEY_SIZE])
{
	char base64[BASE64_LEN(KIND_AND_KEY) + 1];
	uint8_t raw[KIND_AND_KEY];

	raw[0] = key->kind;
	memcpy(raw + 1, key->key, sizeof(key->key));
	(void)base64_encode(raw, sizeof(raw), base64, sizeof(base64));
	(void)snprintf(out, NOTE_VKEY_SIZE, "%s+%08x+%s", key->name, key->id, base64);
}

bool
note_vkey_equal(const struct note_vkey *a, const struct note_vkey *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

/* ---- private keys ------------------------------------------------------------------------ */

static int
note_skey_of(const char *name, enum note_kind kind, struct note_skey *out)
{
	uint8_t key[ED25519_KEY_SIZE];
	int r = ed25519_public(&out->seed, key);

	if (r == SKS_OK)
		r = note_vkey_make(name, kind, key, &out->vkey);
	if (r != SKS_OK)
		note_skey_clear(out);
	return r;
}

int
note_skey_new(const char *name, enum note_kind kind, struct note_skey *out)
{
	int r;

	*out = (struct note_skey){0};
	r = ed25519_generate(&out->seed);

	if (r == SKS_OK)
		return note_skey_of(name, kind, out);
	note_skey_clear(out);
	return r;
}

int
note_skey_parse(const struct secret *text, struct note_skey *out)
{
	size_t before = sizeof(note_private) - 1;
	size_t len = text->len;
	char name[NOTE_NAME_SIZE];
	struct secret raw = SECRET_INIT;
	uint32_t id = 0;
	int r = SKS_INVALID;

	note_skey_clear(out);
	if (len > 0 && text->bytes[len - 1] == '\n')
		len--;
	if (len < before || memcmp(text->bytes, note_private, before) != 0)
		goto out;
	r = note_parse_parts(
	    (const char *)text->bytes + before, len - before, name, &id, raw.bytes);
	if (r == SKS_OK)
		r = secret_set(&out->seed, raw.bytes + 1, ED25519_SEED_SIZE);
	if (r == SKS_OK)
		r = note_skey_of(name, (enum note_kind)raw.bytes[0], out);
	if (r == SKS_OK && out->vkey.id != id)
		r = SKS_INVALID;
out:
	if (r != SKS_OK)
		note_skey_clear(out);
	secret_clear(&raw);
	return r;
}

int
note_skey_format(const struct note_skey *key, struct secret *out)
{
	struct secret raw = SECRET_INIT;
	int n;

	secret_clear(out);
	raw.bytes[0] = key->vkey.kind;
	memcpy(raw.bytes + 1, key->seed.bytes, ED25519_SEED_SIZE);
	n = snprintf((char *)out->bytes, SECRET_MAX, "%s%s+%08x+", note_private, key->vkey.name,
	    key->vkey.id);
	if (n > 0 && (size_t)n < SECRET_MAX) {
		int more = base64_encode(raw.bytes, 1 + ED25519_SEED_SIZE,
		    (char *)out->bytes + n, SECRET_MAX - (size_t)n);

		out->len = more > 0 ? (size_t)n + (size_t)more : 0;
	}
	secret_clear(&raw);
	if (out->len > 0)
		return SKS_OK;
	secret_clear(out);
	return SKS_TOO_BIG;
}

void
note_skey_clear(struct note_skey *key)
{
	secret_clear(&key->seed);
	key->vkey = (struct note_vkey){0};
	key->signer = NULL;
}
