#include "audit/note.h"

#include "audit/merkle.h"
#include "base64.h"
#include "error.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

#define NOTE_DASH "\xe2\x80\x94 " /* U+2014 and a space */
static const char note_cosign[] = "cosignature/v1\ntime ";

enum {
	ID_SIZE = 4,
	TIME_SIZE = 8,
	SIGNED_MAX = ID_SIZE + TIME_SIZE + ED25519_SIGNATURE_SIZE,
};

static uint32_t
note_get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t
note_get_u64(const uint8_t *at)
{
	return (uint64_t)note_get_u32(at) << 32 | note_get_u32(at + 4);
}

/* ---- what is signed ---------------------------------------------------------------------- */

static bool
note_text_is_valid(const char *text, size_t len)
{
	if (len == 0 || text[len - 1] != '\n' || !text_is_utf8(text, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 && text[i] != '\n')
			return false;
	}
	return true;
}

/* The bytes that a key of this kind signs; for Ed25519 the text itself, without a copy. */
static void
note_message(uint8_t kind, uint64_t time_s, const void *text, size_t len, struct buf *out)
{
	if (kind != NOTE_COSIGNATURE) {
		buf_init_read(out, text, len);
		return;
	}
	buf_init(out, NOTE_MAX + 64);
	buf_printf(out, "%s%llu\n", note_cosign, (unsigned long long)time_s);
	buf_put_bytes(out, text, len);
}

int
note_sign_line(
    const struct note_skey *key, uint64_t time_s, const void *text, size_t len, struct buf *out)
{
	uint8_t kind = key->vkey.kind;
	char base64[BASE64_LEN(SIGNED_MAX) + 1];
	uint8_t raw[SIGNED_MAX];
	struct buf message, b;
	int r;

	if (len > NOTE_MAX || time_s > INT64_MAX || !note_text_is_valid(text, len))
		return SKS_INVALID;
	note_message(kind, time_s, text, len, &message);
	r = buf_error(&message);
	buf_init_fixed(&b, raw, sizeof(raw));
	buf_put_u32(&b, key->vkey.id);
	if (kind == NOTE_COSIGNATURE)
		buf_put_u64(&b, time_s);
	if (r == SKS_OK)
		r = key->signer != NULL
			? ed25519_signer_sign(key->signer, message.data, message.len, raw + b.len)
			: ed25519_sign(&key->seed, message.data, message.len, raw + b.len);
	buf_clear(&message);
	if (r != SKS_OK)
		return r == SKS_INVALID ? SKS_INTERNAL : r;
	(void)base64_encode(raw, b.len + ED25519_SIGNATURE_SIZE, base64, sizeof(base64));
	buf_printf(out, NOTE_DASH "%s %s\n", key->vkey.name, base64);
	return buf_error(out);
}

int
note_sign(
    const struct note_skey *key, uint64_t time_s, const void *text, size_t len, struct buf *out)
{
	buf_put_bytes(out, text, len);
	buf_put_u8(out, '\n');
	return note_sign_line(key, time_s, text, len, out);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* One line without its newline. */
static int
note_parse_line(const char *line, size_t len, struct note_signature *out)
{
	static const char dash[] = NOTE_DASH;
	uint8_t raw[NOTE_SIGNATURE_MAX];
	const char *name, *space;
	size_t name_len;
	int n;

	if (len < sizeof(dash) - 1 || memcmp(line, dash, sizeof(dash) - 1) != 0)
		return SKS_INVALID;
	name = line + sizeof(dash) - 1;
	len -= sizeof(dash) - 1;
	space = memchr(name, ' ', len);
	if (space == NULL)
		return SKS_INVALID;
	name_len = (size_t)(space - name);
	if (name_len >= sizeof(out->name))
		return SKS_INVALID;
	memcpy(out->name, name, name_len);
	out->name[name_len] = '\0';
	out->base64 = space + 1;
	out->base64_len = len - name_len - 1;
	n = base64_decode(out->base64, out->base64_len, raw, sizeof(raw));
	if (n <= ID_SIZE || !note_name_is_valid(out->name))
		return SKS_INVALID;
	out->id = note_get_u32(raw);
	return SKS_OK;
}

/* Where the last empty line is: the newline that ends the text. */
static const char *
note_split(const char *data, size_t len)
{
	for (size_t i = len; i >= 2; i--) {
		if (data[i - 1] == '\n' && data[i - 2] == '\n')
			return data + i - 2;
	}
	return NULL;
}

int
note_parse(const void *data, size_t len, struct note *out)
{
	const char *at, *end = (const char *)data + len;
	const char *split;

	out->text = NULL;
	out->text_len = out->count = 0;
	if (len > NOTE_MAX)
		return SKS_TOO_BIG;
	split = note_split(data, len);
	if (split == NULL || !note_text_is_valid(data, len))
		return SKS_INVALID;
	at = split + 2;
	if (at == end)
		return SKS_INVALID;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		int r;

		if (out->count == NOTE_SIGNATURES_MAX)
			return SKS_TOO_BIG;
		/* note_text_is_valid: the last byte is a newline */
		r = note_parse_line(at, (size_t)(newline - at), &out->signature[out->count]);
		if (r != SKS_OK)
			return r;
		out->count++;
		at = newline + 1;
	}
	out->text = data;
	out->text_len = (size_t)(split + 1 - out->text);
	return SKS_OK;
}

static int
note_verify_one(const struct note *n, const struct note_signature *signature,
    const struct note_vkey *key, uint64_t *time_s)
{
	size_t before = key->kind == NOTE_COSIGNATURE ? ID_SIZE + TIME_SIZE : ID_SIZE;
	uint8_t raw[SIGNED_MAX];
	struct buf message;
	int r, len = base64_decode(signature->base64, signature->base64_len, raw, sizeof(raw));

	*time_s = 0;
	if (len < 0 || (size_t)len != before + ED25519_SIGNATURE_SIZE)
		return SKS_CORRUPT;
	if (key->kind == NOTE_COSIGNATURE)
		*time_s = note_get_u64(raw + ID_SIZE);
	if (*time_s > INT64_MAX)
		return SKS_CORRUPT;
	note_message(key->kind, *time_s, n->text, n->text_len, &message);
	r = buf_error(&message);
	if (r == SKS_OK)
		r = ed25519_verify(key->key, message.data, message.len, raw + before);
	buf_clear(&message);
	return r;
}

int
note_verify(const struct note *n, const struct note_vkey *key, uint64_t *time_s)
{
	int result = SKS_NOT_FOUND;
	uint64_t time = 0;

	if (time_s != NULL)
		*time_s = 0;
	for (size_t i = 0; i < n->count; i++) {
		const struct note_signature *signature = &n->signature[i];
		int r;

		if (signature->id != key->id || strcmp(signature->name, key->name) != 0)
			continue;
		r = note_verify_one(n, signature, key, &time);
		if (r != SKS_OK)
			return r;
		result = SKS_OK;
	}
	if (result == SKS_OK && time_s != NULL)
		*time_s = time;
	return result;
}
