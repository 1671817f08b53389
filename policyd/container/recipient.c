#include "container/recipient.h"

#include "container/crypt.h"
#include "error.h"
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define RECIPIENT_WORD "sekisho-recipient+"
#define IDENTITY_WORD  "sekisho-identity+"

/* 36 bytes: a multiple of three, so that base64 needs no padding. */
enum { CHECK_SIZE = 3, LINE_BYTES = 1 + RECIPIENT_KEY_SIZE + CHECK_SIZE, LINE_TEXT = 48 };

static bool
recipient_is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr("._-@", c) == NULL))
			return false;
	}
	return len > 0 && len < RECIPIENT_NAME_SIZE;
}

static void
recipient_check(const char *word, const char *name, const uint8_t key[RECIPIENT_KEY_SIZE],
    uint8_t out[CHECK_SIZE])
{
	uint8_t data[RECIPIENT_LINE_SIZE], hash[EVP_MAX_MD_SIZE] = {0};
	int len = snprintf((char *)data, sizeof(data), "%s%s\n", word, name);

	memcpy(data + len, key, RECIPIENT_KEY_SIZE);
	(void)EVP_Digest(
	    data, (size_t)len + RECIPIENT_KEY_SIZE, hash, NULL, EVP_sha256(), NULL);
	memcpy(out, hash, CHECK_SIZE);
	explicit_bzero(data, sizeof(data));
}

static int
recipient_decode(const char *line, const char *word, char name[RECIPIENT_NAME_SIZE],
    uint8_t key[RECIPIENT_KEY_SIZE])
{
	size_t word_len = strlen(word), name_len;
	uint8_t bytes[LINE_BYTES], check[CHECK_SIZE];
	const char *text;
	int r = SKS_INVALID;

	line += strspn(line, " \t\r\n");
	if (strncmp(line, word, word_len) != 0)
		return SKS_INVALID;
	line += word_len;
	name_len = strcspn(line, "+");
	text = line + name_len + 1;
	if (line[name_len] != '+' || !recipient_is_name(line, name_len) ||
	    strcspn(text, " \t\r\n=") != LINE_TEXT ||
	    text[LINE_TEXT + strspn(text + LINE_TEXT, " \t\r\n")] != '\0')
		return SKS_INVALID;
	memcpy(name, line, name_len);
	name[name_len] = '\0';
	if (EVP_DecodeBlock(bytes, (const uint8_t *)text, LINE_TEXT) == LINE_BYTES &&
	    bytes[0] == RECIPIENT_X25519) {
		memcpy(key, bytes + 1, RECIPIENT_KEY_SIZE);
		recipient_check(word, name, key, check);
		if (memcmp(check, bytes + 1 + RECIPIENT_KEY_SIZE, CHECK_SIZE) == 0)
			r = SKS_OK;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return r;
}

static void
recipient_encode(const char *word, const char *name, const uint8_t key[RECIPIENT_KEY_SIZE],
    char line[RECIPIENT_LINE_SIZE])
{
	uint8_t bytes[LINE_BYTES] = {RECIPIENT_X25519}, text[LINE_TEXT + 1];

	memcpy(bytes + 1, key, RECIPIENT_KEY_SIZE);
	recipient_check(word, name, key, bytes + 1 + RECIPIENT_KEY_SIZE);
	(void)EVP_EncodeBlock(text, bytes, LINE_BYTES);
	(void)snprintf(line, RECIPIENT_LINE_SIZE, "%s%s+%s", word, name, (const char *)text);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));
}

int
recipient_parse(const char *line, struct recipient *out)
{
	struct recipient r = {0};
	int error = recipient_decode(line, RECIPIENT_WORD, r.name, r.key);

	*out = error == SKS_OK ? r : (struct recipient){0};
	return error;
}

void
recipient_print(const struct recipient *r, char line[RECIPIENT_LINE_SIZE])
{
	recipient_encode(RECIPIENT_WORD, r->name, r->key, line);
}

int
identity_make(const char *name, struct identity *out)
{
	memset(out, 0, sizeof(*out));
	if (!recipient_is_name(name, strlen(name)))
		return SKS_INVALID;
	memcpy(out->name, name, strlen(name) + 1);
	out->key.len = RECIPIENT_KEY_SIZE;
	return secret_random(out->key.bytes, RECIPIENT_KEY_SIZE);
}

int
identity_parse(const char *line, struct identity *out)
{
	int error;

	memset(out, 0, sizeof(*out));
	error = recipient_decode(line, IDENTITY_WORD, out->name, out->key.bytes);
	out->key.len = RECIPIENT_KEY_SIZE;
	if (error != SKS_OK)
		identity_clear(out);
	return error;
}

void
identity_print(const struct identity *i, char line[RECIPIENT_LINE_SIZE])
{
	recipient_encode(IDENTITY_WORD, i->name, i->key.bytes, line);
}

int
identity_recipient(const struct identity *i, struct recipient *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->name, i->name, sizeof(out->name));
	return crypt_x25519_public(i->key.bytes, out->key);
}

void
identity_clear(struct identity *i)
{
	explicit_bzero(i, sizeof(*i));
}
