/*
 * Base32 of RFC 4648 (section 6), the form in which authenticator apps show a key.
 */
#ifndef SEKISHO_BASE32_H
#define SEKISHO_BASE32_H

#include <stddef.h>
#include <stdint.h>

/* Characters for len bytes, without padding and NUL. */
#define BASE32_LEN(len) (((len)*8 + 4) / 5)

/*
 * Writes len bytes to out[size] in upper case, without padding, NUL-terminated. Returns the
 * length of the text or SKS_TOO_BIG. What is encoded is mostly a key: both directions take
 * the same time whatever its bits, and out is the caller's to wipe.
 */
int base32_encode(const void *data, size_t len, char *out, size_t size);

/*
 * Reads text into out[size]: either case, spaces and hyphens ignored, padding absent or
 * right. Returns the number of bytes, SKS_INVALID (a foreign character, a length that no
 * bytes have) or SKS_TOO_BIG; on error all of out is wiped. Bits beyond the last whole byte
 * are dropped: many services make keys from random letters.
 */
int base32_decode(const char *text, uint8_t *out, size_t size);

#endif
