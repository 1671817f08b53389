/*
 * Ed25519 (RFC 8032), for whatever the log signs.
 */
#ifndef SEKISHO_AUDIT_ED25519_H
#define SEKISHO_AUDIT_ED25519_H

#include "secret.h"
#include <stddef.h>
#include <stdint.h>

enum { ED25519_SEED_SIZE = 32, ED25519_KEY_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

/* A new seed from the kernel's random numbers. 0 or SKS_IO. */
int ed25519_generate(struct secret *seed);
/* The public key of a seed. 0, SKS_INVALID (the seed's length), SKS_INTERNAL. */
int ed25519_public(const struct secret *seed, uint8_t key[ED25519_KEY_SIZE]);
/* 0, SKS_INVALID (the seed's length), SKS_INTERNAL; the signature is then zero. */
int ed25519_sign(const struct secret *seed, const void *data, size_t len,
    uint8_t signature[ED25519_SIGNATURE_SIZE]);
/* A key that is made ready once, for who signs often: half of a signature's time. Holds the
 * seed in the library's memory; freed by ed25519_signer_free(), NULL: nothing. */
struct ed25519_signer;
int ed25519_signer_new(const struct secret *seed, struct ed25519_signer **out);
void ed25519_signer_free(struct ed25519_signer *s);
/* As ed25519_sign(). */
int ed25519_signer_sign(const struct ed25519_signer *s, const void *data, size_t len,
    uint8_t signature[ED25519_SIGNATURE_SIZE]);
/* 0, SKS_CORRUPT when it is not this key's signature of these bytes, SKS_INTERNAL. */
int ed25519_verify(const uint8_t key[ED25519_KEY_SIZE], const void *data, size_t len,
    const uint8_t signature[ED25519_SIGNATURE_SIZE]);

#endif
