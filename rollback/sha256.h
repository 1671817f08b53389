/*
 * SHA-256 (FIPS 180-4) for the rollback program, which links nothing that a change of the host
 * could break. Everything else uses libcrypto; the tests hold the one against the other.
 */
#ifndef SEKISHO_ROLLBACK_SHA256_H
#define SEKISHO_ROLLBACK_SHA256_H

#include <stddef.h>

enum { SHA256_HEX_SIZE = 65 };

/* The hash of data[len] as digits, with its NUL. Returns out. */
char *sha256_hex(const void *data, size_t len, char out[SHA256_HEX_SIZE]);

#endif
