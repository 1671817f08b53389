/*
 * Bytes in and out. One type for every untrusted byte.
 *
 * Integers are fixed width, big endian. Lengths come before data and are tested by
 * subtraction. The error is sticky: a message reads as a list of gets or puts with one
 * check at the end (buf_error, buf_end). Contents are wiped on clear and on growth.
 */
#ifndef SEKISHO_BUF_H
#define SEKISHO_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data; /* owned when "owned" */
	size_t len;    /* bytes written */
	size_t pos;    /* next byte to read */
	size_t cap;
	size_t max; /* never grows beyond this */
	bool owned;
	int error; /* sticky: first failure, else 0 */
};

/* An empty heap buffer that grows up to "max" bytes. */
void buf_init(struct buf *b, size_t max);
/* A reader over bytes that stay the caller's. */
void buf_init_read(struct buf *b, const void *data, size_t len);
/* A writer into the caller's array; does not grow. */
void buf_init_fixed(struct buf *b, void *data, size_t cap);
/* Wipes and frees what the buffer owns. */
void buf_clear(struct buf *b);
/* Empties the buffer (wiped) and forgets the error; keeps the memory. */
void buf_reset(struct buf *b);

void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_bytes(struct buf *b, const void *data, size_t len);
/* u16 length, then the bytes without NUL. SKS_TOO_BIG beyond 65,535. */
void buf_put_str(struct buf *b, const char *s);
/* printf into the buffer, without a terminating NUL. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends "len" zero bytes and returns where they are, for the caller to fill; NULL on error.
 * Valid until the next put. Who fills fewer takes the rest off b->len. */
uint8_t *buf_reserve(struct buf *b, size_t len);

uint8_t buf_get_u8(struct buf *b);
uint16_t buf_get_u16(struct buf *b);
uint32_t buf_get_u32(struct buf *b);
uint64_t buf_get_u64(struct buf *b);
/* Copies exactly "len" bytes into dst; on error dst is zeroed. */
void buf_get_bytes(struct buf *b, void *dst, size_t len);
/* A counted string into dst[size], NUL-terminated. An embedded NUL is SKS_INVALID, one that
 * does not fit SKS_TOO_BIG; dst is then "". */
void buf_get_str(struct buf *b, char *dst, size_t size);
/* Points at the next "len" bytes inside the buffer and skips them; NULL on error. */
const uint8_t *buf_get_ptr(struct buf *b, size_t len);

/* Bytes not yet read. */
size_t buf_left(const struct buf *b);
/* The sticky error. */
int buf_error(const struct buf *b);
/* The sticky error, or SKS_TRAILING when bytes are left. */
int buf_end(const struct buf *b);

#endif
