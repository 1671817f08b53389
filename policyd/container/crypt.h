/*
 * What the container needs of OpenSSL, one call each. All return 0 or SKS_INTERNAL unless said
 * otherwise.
 */
#ifndef SEKISHO_CONTAINER_CRYPT_H
#define SEKISHO_CONTAINER_CRYPT_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

enum { CRYPT_KEY_SIZE = 32, CRYPT_TAG_SIZE = 16, CRYPT_NONCE_SIZE = 12, CRYPT_SALT_SIZE = 16 };

/* HKDF-SHA-256 (RFC 5869). */
int crypt_hkdf(const uint8_t *key, size_t key_len, const uint8_t *salt, size_t salt_len,
    const uint8_t *info, size_t info_len, uint8_t out[CRYPT_KEY_SIZE]);
/* scrypt (RFC 7914), r = 8, p = 1. */
int crypt_scrypt(const void *passphrase, size_t len, const uint8_t *salt, size_t salt_len,
    unsigned int log_n, uint8_t out[CRYPT_KEY_SIZE]);
/* X25519 (RFC 7748). SKS_INVALID for a public key that gives no secret. */
int crypt_x25519(const uint8_t private_key[32], const uint8_t public_key[32], uint8_t out[32]);
int crypt_x25519_public(const uint8_t private_key[32], uint8_t out[32]);
/* AES-256-GCM; out holds len bytes and the tag. ctx is reset after each use. */
int crypt_seal(EVP_CIPHER_CTX *ctx, const uint8_t key[CRYPT_KEY_SIZE],
    const uint8_t nonce[CRYPT_NONCE_SIZE], const void *aad, size_t aad_len, const void *plain,
    size_t len, uint8_t *out);
/* sealed holds len bytes and the tag. SKS_CORRUPT, and out is then wiped. */
int crypt_open(EVP_CIPHER_CTX *ctx, const uint8_t key[CRYPT_KEY_SIZE],
    const uint8_t nonce[CRYPT_NONCE_SIZE], const void *aad, size_t aad_len,
    const uint8_t *sealed, size_t len, void *out);

#endif
