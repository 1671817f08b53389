/*
 * HMAC-SHA-256 under keys that are derived for a purpose each (HKDF-Expand with SHA-256, RFC 5869; info is the
 * purpose). A purpose's key is derived at its first use and kept: whoever has the derivation key replaced has
 * to begin with an empty structure.
 *
 * The structure holds keys: it belongs in memory that is locked and wiped, as seal.c has it.
 */
#ifndef SEKISHO_PURPOSE_H
#define SEKISHO_PURPOSE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

enum { PURPOSE_KEY_SIZE = 32, PURPOSE_NAME_SIZE = 32, PURPOSES_MAX = 8 };

struct purposes { /* zeroed before its first use */
	struct {
		char name[PURPOSE_NAME_SIZE];
		uint8_t bytes[PURPOSE_KEY_SIZE];
	} key[PURPOSES_MAX];
	size_t count;
	EVP_MAC *hmac; /* holds no key */
};

/* Takes the function from OpenSSL, which is slow: once. SKS_INTERNAL where there is none. */
int purposes_fetch(struct purposes *p);
/* Gives it back; the keys are the caller's to wipe. */
void purposes_release(struct purposes *p);

/*
 * from: the derivation key, the same in each call. purpose: 1 to 31 characters, a literal of our own code;
 * there may be PURPOSES_MAX of them. SKS_INTERNAL: beyond that, or OpenSSL refused; out is then zero or
 * undefined.
 */
int purpose_mac(struct purposes *p, const uint8_t from[PURPOSE_KEY_SIZE], const char *purpose,
    const void *data, size_t len, uint8_t out[PURPOSE_KEY_SIZE]);

#endif
