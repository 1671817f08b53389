/*
 * Time-based one-time passwords, RFC 6238 over RFC 4226, by liboath.
 */
#ifndef SEKISHO_TOTP_H
#define SEKISHO_TOTP_H

#include "decide/decide.h"
#include "secret.h"
#include "store/store.h"
#include <stdint.h>

/* Bytes of a key. RFC 4226 asks for 16 and more; keys of 10 are still in people's phones. */
enum { TOTP_KEY_MIN = 10, TOTP_KEY_MAX = 128 };

struct totp_params {
	char algorithm[16]; /* SHA1, SHA256, SHA512 */
	uint32_t digits;    /* 6 or 8 */
	uint32_t period_s;  /* 30 or 60 */
};

/* The code of a step, for tests and confirmation: digits and a NUL, for the caller to wipe.
 * SKS_INVALID: parameters, step or key that none can be; SKS_INTERNAL. out is then wiped. */
int totp_generate(const struct secret *key, const struct totp_params *p, int64_t step, char out[16]);
/* floor(wall / period), never negative. */
int64_t totp_step(int64_t wall_ms, uint32_t period_s);
/*
 * Looks for code (already folded, digits only) among steps now + drift ± window, the whole
 * window always computed, compared in constant time. Returns true and the step.
 */
bool totp_find(const struct secret *key, const struct totp_params *p, int64_t wall_ms, int32_t drift,
    uint32_t window, const char *code, int64_t *step);

/* otpauth://totp/ISSUER:USER?secret=…&issuer=…&algorithm=…&digits=…&period=… (key URI format),
 * percent-encoded. out is wiped on error. */
int totp_uri_make(const char *issuer, const char *user, const struct secret *key,
    const struct totp_params *p, struct secret *out);
/* Reads such a URI; label[] gets its account part. Unknown parameters are ignored; a missing one
 * has its standard default. SKS_INVALID; why[] says what was wrong, never the secret. */
int totp_uri_parse(const char *uri, struct secret *key, struct totp_params *p, char *label,
    size_t label_size, char *why, size_t why_size);

#endif
