/*
 * Sealing secrets at rest: AES-256-GCM (SP 800-38D), or another AEAD of the table in
 * algorithm.h, through OpenSSL EVP, under keys that only root reads (keyring.h). Sealed object:
 * u8 algorithm id, u32 key id, 12-byte random nonce, ciphertext, 16-byte tag. The associated
 * data bind it to its purpose and owner, so that a sealed secret moved to another row does not
 * open. It is opened by the key that it names, while the ring has that; new ones are sealed
 * under the current key.
 */
#ifndef SEKISHO_SEAL_H
#define SEKISHO_SEAL_H

#include "factor/keyring.h"
#include "secret.h"
#include <stddef.h>
#include <stdint.h>

enum {
	SEAL_KEY_SIZE = KEYRING_KEY_SIZE,
	SEAL_AES_256_GCM = ALGORITHM_AES_256_GCM,
	SEAL_HEAD_SIZE = 1 + KEYRING_ID_SIZE, /* says which key: algorithm and id */
	SEAL_OVERHEAD = SEAL_HEAD_SIZE + 12 + 16,
};

struct seal; /* holds the ring in locked, undumpable memory */

/* Reads the key file (keyfile_read); create: makes one if there is none. SKS_NOT_FOUND,
 * SKS_UNTRUSTED, SKS_INVALID, SKS_IO; why[] says it in a sentence. */
int seal_open(const char *key_path, bool create, struct seal **out, char *why, size_t why_size);
/* The same from the bytes of a key file that somebody else read; written_ms is when it was
 * written. The bytes stay the caller's, to be wiped. */
int seal_open_bytes(const void *file, size_t len, int64_t written_ms, struct seal **out, char *why,
    size_t why_size);
void seal_close(struct seal *s);

/* context: e.g. "totp:42:1001:alice". out_size >= len + SEAL_OVERHEAD. */
int seal_seal(struct seal *s, const char *context, const struct secret *plain, uint8_t *out,
    size_t out_size, size_t *out_len);
/* SKS_CORRUPT when it was altered, moved or sealed under a key that the ring does not have. */
int seal_unseal(struct seal *s, const char *context, const uint8_t *sealed, size_t len,
    struct secret *plain);
/* The first bytes of what is sealed now. */
void seal_head(const struct seal *s, uint8_t head[SEAL_HEAD_SIZE]);
/* HMAC-SHA-256 under a key derived (HKDF, RFC 5869) from the ring's derivation key for
 * "purpose": recovery code hashes, unknown-name slots. */
int seal_mac(
    struct seal *s, const char *purpose, const void *data, size_t len, uint8_t out[32]);

/* The keys in use; their bytes are nobody else's business. */
const struct keyring *seal_ring(const struct seal *s);
/* Can this object's key be found in that ring? */
bool seal_ring_opens(const struct keyring *ring, const uint8_t head[SEAL_HEAD_SIZE]);

/*
 * Another ring, in two steps: seal_stage() reads and checks it, seal_take() puts it into use
 * (seal_drop() forgets it). SKS_INVALID, SKS_CORRUPT; SKS_CONFLICT when its derivation key is
 * another one, under which no recovery code would be known.
 */
int seal_stage(struct seal *s, const void *file, size_t len);
const struct keyring *seal_staged(const struct seal *s); /* NULL: none */
void seal_take(struct seal *s);
void seal_drop(struct seal *s);

#endif
