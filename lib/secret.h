/*
 * The only place where a password, code or key may live. Fixed size, no heap, so that no
 * copy is left behind by realloc; cleared by explicit_bzero, compared in constant time.
 * Not for logs, records, argument lists or error texts.
 */
#ifndef SEKISHO_SECRET_H
#define SEKISHO_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECRET_MAX = 512 };

struct secret {
	size_t len;
	uint8_t bytes[SECRET_MAX + 1]; /* always NUL-terminated behind len */
};

#define SECRET_INIT                                                                            \
	{                                                                                      \
		0, { 0 }                                                                       \
	}

/* Copies len bytes; SKS_TOO_BIG (and empty) beyond SECRET_MAX. */
int secret_set(struct secret *s, const void *data, size_t len);
int secret_set_str(struct secret *s, const char *text);
/* Wipes all of it. */
void secret_clear(struct secret *s);
/* Constant time in the length of a; different lengths are unequal. */
bool secret_equal(const struct secret *a, const struct secret *b);
/* Constant-time comparison of two equally long byte strings. */
bool secret_equal_bytes(const void *a, const void *b, size_t len);
/*
 * For secrets that stay for as long as the process runs: keeps the pages that hold these bytes
 * from swap and out of core files, until it ends. What else lies on these pages is kept with them.
 * SKS_NOMEM when the limit of locked memory is reached.
 */
int secret_keep(void *at, size_t len);
/* len random bytes from the kernel; SKS_IO when it cannot, and then dst is zeroed. */
int secret_random(void *dst, size_t len);

#endif
