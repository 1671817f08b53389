/* The header of a container and the wrapping of its file key. */
#ifndef SEKISHO_CONTAINER_HEAD_H
#define SEKISHO_CONTAINER_HEAD_H

#include "container/container.h"
#include "container/crypt.h"
#include <stdbool.h>
#include <stdint.h>

#define HEAD_MAGIC "SKSCONT\n"
#define FRAME_LAST UINT32_C(0x80000000)

enum {
	HEAD_MAGIC_SIZE = 8,
	HEAD_FIXED = HEAD_MAGIC_SIZE + 2 + 2 + 4,
	HEAD_REST_MAX = 32 << 10,
	HEAD_MAC_SIZE = 32,
	WRAPPED_SIZE = CRYPT_KEY_SIZE + CRYPT_TAG_SIZE,

};

struct head_wrap {
	uint16_t type;
	const uint8_t *body;
	size_t len;
};

struct head {
	char kind[CONTAINER_KIND_SIZE];
	const char *meta; /* not NUL-terminated */
	size_t meta_len;
	uint8_t salt[CRYPT_SALT_SIZE];
	struct head_wrap wrap[CONTAINER_RECIPIENTS_MAX];
	size_t wrap_count;
};

/* Appends all but the MAC; ctx is for wrapping. Errors of container_create. */
int head_encode(const struct container_to *to, const uint8_t file_key[CRYPT_KEY_SIZE],
    EVP_CIPHER_CTX *ctx, struct buf *out, uint8_t salt[CRYPT_SALT_SIZE]);
/* The length of what follows the fixed part, without the MAC. SKS_INVALID. */
int head_rest(const uint8_t fixed[HEAD_FIXED], size_t *rest);
/* data is what follows the fixed part; out points into it. */
int head_decode(const uint8_t *data, size_t len, struct head *out);
/* Errors of container_unlock, but for a changed header. */
int head_unwrap(const struct head *h, const struct identity *identity,
    const struct secret *passphrase, EVP_CIPHER_CTX *ctx, uint8_t file_key[CRYPT_KEY_SIZE]);
/* The MAC of the encoded header, and the key of the frames. */
int head_derive(const uint8_t file_key[CRYPT_KEY_SIZE], const uint8_t salt[CRYPT_SALT_SIZE],
    const struct buf *encoded, uint8_t mac[HEAD_MAC_SIZE], uint8_t payload[CRYPT_KEY_SIZE]);
/* What the hash is up to here; it goes on. */
int head_hash_now(const EVP_MD_CTX *ctx, uint8_t out[CONTAINER_HASH_SIZE]);
/* The name of an X25519 wrap. SKS_INVALID. */
int head_wrap_name(const struct head_wrap *w, char name[RECIPIENT_NAME_SIZE]);

#endif
