/*
 * Base64 of RFC 4648 section 4, with padding, without line breaks; only the one encoding of
 * given bytes is read back.
 */
#ifndef SEKISHO_BASE64_H
#define SEKISHO_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters for len bytes, without NUL. */
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)

/*
 * Writes len bytes to out[size], NUL-terminated. Returns the length of the text or
 * SKS_TOO_BIG. What is encoded may be a key: both directions take the same time whatever its
 * bits, and out is the caller's to wipe.
 */
int base64_encode(const void *data, size_t len, char *out, size_t size);

/*
 * Reads exactly text_len characters into out[size]. Returns the number of bytes, SKS_INVALID (a
 * foreign character, wrong padding, bits set beyond the last byte) or SKS_TOO_BIG; on error
 * all of out is wiped.
 */
int base64_decode(const char *text, size_t text_len, void *out, size_t size);

#endif
