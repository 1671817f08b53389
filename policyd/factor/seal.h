/*
 * Sealing secrets at rest: AES-256-GCM (SP 800-38D) through OpenSSL EVP, under a key that only
 * root reads. Sealed object: u8 algorithm id (SEAL_AES_256_GCM = 1), u32 key id (first bytes of
 * SHA-256 of the key), 12-byte random nonce, ciphertext, 16-byte tag. The associated data bind
 * it to its purpose and owner, so that a sealed secret moved to another row does not open.
 */
#ifndef SEKISHO_SEAL_H
#define SEKISHO_SEAL_H

#include "secret.h"
#include <stddef.h>
#include <stdint.h>

enum { SEAL_KEY_SIZE = 32, SEAL_AES_256_GCM = 1, SEAL_OVERHEAD = 1 + 4 + 12 + 16 };

struct seal; /* holds the key in locked, undumpable memory */

/* Reads the key file (root or our own uid, 0600 or 0400, exactly 32 bytes); create: makes one if
 * there is none. SKS_NOT_FOUND, SKS_UNTRUSTED, SKS_INVALID, SKS_IO; why[] says it in a sentence. */
int seal_open(const char *key_path, bool create, struct seal **out, char *why, size_t why_size);
void seal_close(struct seal *s);

/* context: e.g. "totp:42:1001:alice". out_size >= len + SEAL_OVERHEAD. */
int seal_seal(struct seal *s, const char *context, const struct secret *plain, uint8_t *out,
    size_t out_size, size_t *out_len);
/* SKS_CORRUPT when it was altered, moved or sealed under another key. */
int seal_unseal(struct seal *s, const char *context, const uint8_t *sealed, size_t len,
    struct secret *plain);
/* HMAC-SHA-256 under a key derived (HKDF, RFC 5869) from the sealing key for "purpose": recovery
 * code hashes, unknown-name slots. */
int seal_mac(struct seal *s, const char *purpose, const void *data, size_t len, uint8_t out[32]);

#endif
