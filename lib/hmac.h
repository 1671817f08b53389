/*
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) by OpenSSL.
 *
 * Daemon and command link libcrypto. The PAM module needs it only for break-glass codes and
 * for the spool, and loading it takes longer than the rest of a login: pam_module/hmac.c puts
 * the same function in this one's place there and loads the library when it is first called.
 */
#ifndef SEKISHO_HMAC_H
#define SEKISHO_HMAC_H

#include <stddef.h>
#include <stdint.h>

enum { HMAC_SHA256_SIZE = 32 };

/* Returns 0, or SKS_INTERNAL when the library is missing or refuses; out is then undefined. */
int hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
    uint8_t out[HMAC_SHA256_SIZE]);

#endif
