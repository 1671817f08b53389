#include "container/head.h"

#include "error.h"
#include "hmac.h"
#include <string.h>

#define INFO_X25519  "sekisho/container/1/x25519"
#define INFO_HEADER  "sekisho/container/1/header"
#define INFO_PAYLOAD "sekisho/container/1/payload"

enum {
	KDF_SCRYPT = 1,
	SCRYPT_R = 8,
	SCRYPT_P = 1,
	SCRYPT_BODY = 1 + 1 + 4 + 4 + CRYPT_SALT_SIZE + WRAPPED_SIZE,
};

/* A wrapping key wraps one key, ever. */
static const uint8_t wrap_nonce[CRYPT_NONCE_SIZE];

/* ---- wrapping the file key --------------------------------------------------------------- */

static int
head_wrap_passphrase(const struct container_to *to, const uint8_t file_key[CRYPT_KEY_SIZE],
    EVP_CIPHER_CTX *ctx, struct buf *out)
{
	unsigned int log_n = to->scrypt_log_n != 0 ? to->scrypt_log_n : CONTAINER_SCRYPT_LOG_N;
	uint8_t salt[CRYPT_SALT_SIZE], key[CRYPT_KEY_SIZE], wrapped[WRAPPED_SIZE];
	int r;

	if (to->passphrase->len < CONTAINER_PASSPHRASE_MIN ||
	    log_n < CONTAINER_SCRYPT_LOG_N_MIN || log_n > CONTAINER_SCRYPT_LOG_N_MAX)
		return SKS_INVALID;
	r = secret_random(salt, sizeof(salt));
	if (r == SKS_OK)
		r = crypt_scrypt(
		    to->passphrase->bytes, to->passphrase->len, salt, sizeof(salt), log_n, key);
	if (r == SKS_OK)
		r = crypt_seal(
		    ctx, key, wrap_nonce, NULL, 0, file_key, CRYPT_KEY_SIZE, wrapped);
	explicit_bzero(key, sizeof(key));
	if (r != SKS_OK)
		return r;
	buf_put_u16(out, CONTAINER_PASSPHRASE);
	buf_put_u16(out, SCRYPT_BODY);
	buf_put_u8(out, KDF_SCRYPT);
	buf_put_u8(out, (uint8_t)log_n);
	buf_put_u32(out, SCRYPT_R);
	buf_put_u32(out, SCRYPT_P);
	buf_put_bytes(out, salt, sizeof(salt));
	buf_put_bytes(out, wrapped, sizeof(wrapped));
	return buf_error(out);
}

static int
head_x25519_key(const uint8_t private_key[RECIPIENT_KEY_SIZE],
    const uint8_t public_key[RECIPIENT_KEY_SIZE], const uint8_t ephemeral[RECIPIENT_KEY_SIZE],
    const uint8_t recipient[RECIPIENT_KEY_SIZE], uint8_t out[CRYPT_KEY_SIZE])
{
	uint8_t shared[32], salt[2 * RECIPIENT_KEY_SIZE];
	int r = crypt_x25519(private_key, public_key, shared);

	memcpy(salt, ephemeral, RECIPIENT_KEY_SIZE);
	memcpy(salt + RECIPIENT_KEY_SIZE, recipient, RECIPIENT_KEY_SIZE);
	if (r == SKS_OK)
		r = crypt_hkdf(shared, sizeof(shared), salt, sizeof(salt),
		    (const uint8_t *)INFO_X25519, sizeof(INFO_X25519) - 1, out);
	explicit_bzero(shared, sizeof(shared));
	return r;
}

static int
head_wrap_x25519(const struct recipient *to, const uint8_t file_key[CRYPT_KEY_SIZE],
    EVP_CIPHER_CTX *ctx, struct buf *out)
{
	uint8_t secret[RECIPIENT_KEY_SIZE], ephemeral[RECIPIENT_KEY_SIZE];
	uint8_t key[CRYPT_KEY_SIZE], wrapped[WRAPPED_SIZE];
	int r = secret_random(secret, sizeof(secret));

	if (r == SKS_OK)
		r = crypt_x25519_public(secret, ephemeral);
	if (r == SKS_OK)
		r = head_x25519_key(secret, to->key, ephemeral, to->key, key);
	if (r == SKS_OK)
		r = crypt_seal(
		    ctx, key, wrap_nonce, NULL, 0, file_key, CRYPT_KEY_SIZE, wrapped);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(key, sizeof(key));
	if (r != SKS_OK)
		return r;
	buf_put_u16(out, CONTAINER_X25519);
	buf_put_u16(
	    out, (uint16_t)(2 + strlen(to->name) + 2 * RECIPIENT_KEY_SIZE + WRAPPED_SIZE));
	buf_put_str(out, to->name);
	buf_put_bytes(out, to->key, RECIPIENT_KEY_SIZE);
	buf_put_bytes(out, ephemeral, sizeof(ephemeral));
	buf_put_bytes(out, wrapped, sizeof(wrapped));
	return buf_error(out);
}

/* ---- writing ----------------------------------------------------------------------------- */

static int
head_put_wraps(const struct container_to *to, const uint8_t file_key[CRYPT_KEY_SIZE],
    EVP_CIPHER_CTX *ctx, struct buf *out)
{
	size_t count = to->recipient_count + (to->passphrase != NULL);
	int r = count == 0 || count > CONTAINER_RECIPIENTS_MAX ? SKS_INVALID : SKS_OK;

	buf_put_u8(out, (uint8_t)count);
	for (size_t i = 0; r == SKS_OK && i < to->recipient_count; i++)
		r = head_wrap_x25519(&to->recipient[i], file_key, ctx, out);
	if (r == SKS_OK && to->passphrase != NULL)
		r = head_wrap_passphrase(to, file_key, ctx, out);
	return r;
}

int
head_encode(const struct container_to *to, const uint8_t file_key[CRYPT_KEY_SIZE],
    EVP_CIPHER_CTX *ctx, struct buf *out, uint8_t salt[CRYPT_SALT_SIZE])
{
	const char *meta = to->meta != NULL ? to->meta : "{}";
	struct buf rest;
	int r = secret_random(salt, CRYPT_SALT_SIZE);

	if (r != SKS_OK)
		return r;
	if (to->kind[0] == '\0' || strlen(to->kind) >= CONTAINER_KIND_SIZE ||
	    strlen(meta) > CONTAINER_META_MAX)
		return SKS_INVALID;
	buf_init(&rest, HEAD_REST_MAX);
	buf_put_bytes(&rest, salt, CRYPT_SALT_SIZE);
	buf_put_str(&rest, to->kind);
	buf_put_u32(&rest, (uint32_t)strlen(meta));
	buf_put_bytes(&rest, meta, strlen(meta));
	r = head_put_wraps(to, file_key, ctx, &rest);
	if (r == SKS_OK)
		r = buf_error(&rest);
	if (r == SKS_OK) {
		buf_put_bytes(out, HEAD_MAGIC, HEAD_MAGIC_SIZE);
		buf_put_u16(out, CONTAINER_VERSION);
		buf_put_u16(out, CONTAINER_AES_256_GCM);
		buf_put_u32(out, (uint32_t)rest.len);
		buf_put_bytes(out, rest.data, rest.len);
		r = buf_error(out);
	}
	buf_clear(&rest);
	return r;
}

/* ---- reading ----------------------------------------------------------------------------- */

int
head_rest(const uint8_t fixed[HEAD_FIXED], size_t *rest)
{
	struct buf in;

	buf_init_read(&in, fixed + HEAD_MAGIC_SIZE, HEAD_FIXED - HEAD_MAGIC_SIZE);
	*rest = 0;
	if (memcmp(fixed, HEAD_MAGIC, HEAD_MAGIC_SIZE) != 0 ||
	    buf_get_u16(&in) != CONTAINER_VERSION || buf_get_u16(&in) != CONTAINER_AES_256_GCM)
		return SKS_INVALID;
	*rest = buf_get_u32(&in);
	return *rest < CRYPT_SALT_SIZE || *rest > HEAD_REST_MAX ? SKS_INVALID : SKS_OK;
}

static bool
head_is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return true;
}

int
head_wrap_name(const struct head_wrap *w, char name[RECIPIENT_NAME_SIZE])
{
	struct buf in;

	buf_init_read(&in, w->body, w->len);
	buf_get_str(&in, name, RECIPIENT_NAME_SIZE);
	if (buf_error(&in) != SKS_OK || !head_is_plain(name, strlen(name)) ||
	    buf_left(&in) != 2 * RECIPIENT_KEY_SIZE + WRAPPED_SIZE)
		return SKS_INVALID;
	return SKS_OK;
}

/* What the body must look like; a type that is not ours is somebody else's way in. */
static int
head_check_wrap(const struct head_wrap *w)
{
	char name[RECIPIENT_NAME_SIZE];

	if (w->type == CONTAINER_PASSPHRASE)
		return w->len == SCRYPT_BODY ? SKS_OK : SKS_INVALID;
	return w->type == CONTAINER_X25519 ? head_wrap_name(w, name) : SKS_OK;
}

int
head_decode(const uint8_t *data, size_t len, struct head *out)
{
	struct buf in;
	int r = SKS_OK;

	memset(out, 0, sizeof(*out));
	buf_init_read(&in, data, len);
	buf_get_bytes(&in, out->salt, sizeof(out->salt));
	buf_get_str(&in, out->kind, sizeof(out->kind));
	out->meta_len = buf_get_u32(&in);
	if (buf_error(&in) != SKS_OK || out->meta_len > CONTAINER_META_MAX ||
	    !head_is_plain(out->kind, strlen(out->kind)))
		return SKS_INVALID;
	out->meta = (const char *)buf_get_ptr(&in, out->meta_len);
	out->wrap_count = buf_get_u8(&in);
	if (out->wrap_count > CONTAINER_RECIPIENTS_MAX)
		return SKS_INVALID;
	for (size_t i = 0; r == SKS_OK && i < out->wrap_count; i++) {
		struct head_wrap *w = &out->wrap[i];

		w->type = buf_get_u16(&in);
		w->len = buf_get_u16(&in);
		w->body = buf_get_ptr(&in, w->len);
		r = buf_error(&in) == SKS_OK ? head_check_wrap(w) : SKS_INVALID;
	}
	return r == SKS_OK && buf_end(&in) != SKS_OK ? SKS_INVALID : r;
}

static int
head_unwrap_passphrase(const struct head_wrap *w, const struct secret *passphrase,
    EVP_CIPHER_CTX *ctx, uint8_t file_key[CRYPT_KEY_SIZE])
{
	uint8_t kdf, log_n, key[CRYPT_KEY_SIZE];
	const uint8_t *salt, *wrapped;
	uint32_t cost_r, cost_p;
	struct buf in;
	int r;

	buf_init_read(&in, w->body, w->len);
	kdf = buf_get_u8(&in);
	log_n = buf_get_u8(&in);
	cost_r = buf_get_u32(&in);
	cost_p = buf_get_u32(&in);
	salt = buf_get_ptr(&in, CRYPT_SALT_SIZE);
	wrapped = buf_get_ptr(&in, WRAPPED_SIZE);
	/* bounded: a file must not say how much memory is taken */
	if (buf_end(&in) != SKS_OK || kdf != KDF_SCRYPT || cost_r != SCRYPT_R ||
	    cost_p != SCRYPT_P || log_n < CONTAINER_SCRYPT_LOG_N_MIN ||
	    log_n > CONTAINER_SCRYPT_LOG_N_MAX)
		return SKS_DENIED;
	r = crypt_scrypt(passphrase->bytes, passphrase->len, salt, CRYPT_SALT_SIZE, log_n, key);
	if (r == SKS_OK && crypt_open(ctx, key, wrap_nonce, NULL, 0, wrapped, CRYPT_KEY_SIZE,
			       file_key) != SKS_OK)
		r = SKS_DENIED;
	explicit_bzero(key, sizeof(key));
	return r;
}

static int
head_unwrap_x25519(const struct head_wrap *w, const struct identity *identity,
    EVP_CIPHER_CTX *ctx, uint8_t file_key[CRYPT_KEY_SIZE])
{
	char name[RECIPIENT_NAME_SIZE];
	const uint8_t *recipient, *ephemeral, *wrapped;
	uint8_t key[CRYPT_KEY_SIZE];
	struct recipient own;
	struct buf in;
	int r = identity_recipient(identity, &own);

	buf_init_read(&in, w->body, w->len);
	buf_get_str(&in, name, sizeof(name));
	recipient = buf_get_ptr(&in, RECIPIENT_KEY_SIZE);
	ephemeral = buf_get_ptr(&in, RECIPIENT_KEY_SIZE);
	wrapped = buf_get_ptr(&in, WRAPPED_SIZE);
	if (r != SKS_OK || buf_end(&in) != SKS_OK)
		return r != SKS_OK ? r : SKS_INVALID;
	if (memcmp(recipient, own.key, RECIPIENT_KEY_SIZE) != 0)
		return SKS_NOT_FOUND;
	r = head_x25519_key(identity->key.bytes, ephemeral, ephemeral, recipient, key);
	if (r != SKS_INTERNAL &&
	    (r != SKS_OK || crypt_open(ctx, key, wrap_nonce, NULL, 0, wrapped, CRYPT_KEY_SIZE,
				file_key) != SKS_OK))
		r = SKS_DENIED;
	explicit_bzero(key, sizeof(key));
	return r;
}

int
head_unwrap(const struct head *h, const struct identity *identity,
    const struct secret *passphrase, EVP_CIPHER_CTX *ctx, uint8_t file_key[CRYPT_KEY_SIZE])
{
	int r = SKS_NOT_FOUND;

	for (size_t i = 0; i < h->wrap_count && r != SKS_OK; i++) {
		const struct head_wrap *w = &h->wrap[i];
		int one = SKS_NOT_FOUND;

		if (w->type == CONTAINER_X25519 && identity != NULL)
			one = head_unwrap_x25519(w, identity, ctx, file_key);
		if (w->type == CONTAINER_PASSPHRASE && passphrase != NULL)
			one = head_unwrap_passphrase(w, passphrase, ctx, file_key);
		if (one != SKS_NOT_FOUND)
			r = one;
	}
	return r;
}

/* ---- keys -------------------------------------------------------------------------------- */

int
head_derive(const uint8_t file_key[CRYPT_KEY_SIZE], const uint8_t salt[CRYPT_SALT_SIZE],
    const struct buf *encoded, uint8_t mac[HEAD_MAC_SIZE], uint8_t payload[CRYPT_KEY_SIZE])
{
	uint8_t key[CRYPT_KEY_SIZE], info[sizeof(INFO_PAYLOAD) - 1 + HEAD_MAC_SIZE];
	int r = crypt_hkdf(file_key, CRYPT_KEY_SIZE, salt, CRYPT_SALT_SIZE,
	    (const uint8_t *)INFO_HEADER, sizeof(INFO_HEADER) - 1, key);

	if (r == SKS_OK)
		r = hmac_sha256(key, sizeof(key), encoded->data, encoded->len, mac);
	memcpy(info, INFO_PAYLOAD, sizeof(INFO_PAYLOAD) - 1);
	if (r == SKS_OK) {
		memcpy(info + sizeof(INFO_PAYLOAD) - 1, mac, HEAD_MAC_SIZE);
		r = crypt_hkdf(file_key, CRYPT_KEY_SIZE, salt, CRYPT_SALT_SIZE, info,
		    sizeof(info), payload);
	}
	explicit_bzero(key, sizeof(key));
	return r;
}

int
head_hash_now(const EVP_MD_CTX *ctx, uint8_t out[CONTAINER_HASH_SIZE])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	int r = SKS_INTERNAL;

	if (copy != NULL && EVP_MD_CTX_copy_ex(copy, ctx) == 1 &&
	    EVP_DigestFinal_ex(copy, out, NULL) == 1)
		r = SKS_OK;
	EVP_MD_CTX_free(copy);
	return r;
}
