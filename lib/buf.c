#include "buf.h"

#include "error.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

/*
 * Three kinds share the type: a heap buffer (owned), a fixed one (cap > 0), and a reader,
 * whose cap is 0 although len is not: so nothing is ever written into the caller's const
 * bytes, not even by a wipe.
 */

static void
buf_fail(struct buf *b, int error)
{
	if (b->error == SKS_OK)
		b->error = error;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max, .owned = true};
}

void
buf_init_read(struct buf *b, const void *data, size_t len)
{
	*b = (struct buf){.len = len};
	/* the one place that drops const; see the remark on readers above */
	memcpy(&b->data, &data, sizeof(b->data));
}

void
buf_init_fixed(struct buf *b, void *data, size_t cap)
{
	*b = (struct buf){.data = data, .cap = cap, .max = cap};
}

void
buf_clear(struct buf *b)
{
	size_t max = b->max;
	bool owned = b->owned;

	if (owned && b->data != NULL) {
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	*b = (struct buf){.owned = owned, .max = owned ? max : 0};
}

void
buf_reset(struct buf *b)
{
	if (b->cap > 0)
		explicit_bzero(b->data, b->cap);
	b->len = 0;
	b->pos = 0;
	b->error = SKS_OK;
}

/* Moves to a larger array, never by realloc: that leaves copies in freed memory. */
static int
buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : FIRST_CAPACITY;
	uint8_t *data;

	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > b->max)
		cap = b->max;
	data = malloc(cap);
	if (data == NULL)
		return SKS_NOMEM;
	if (b->data != NULL) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return SKS_OK;
}

uint8_t *
buf_reserve(struct buf *b, size_t len)
{
	uint8_t *at;
	int error;

	if (b->error != SKS_OK)
		return NULL;
	if (b->len > b->max || len > b->max - b->len || b->max == 0) {
		buf_fail(b, SKS_TOO_BIG);
		return NULL;
	}
	if (b->owned && (b->data == NULL || len > b->cap - b->len)) {
		error = buf_grow(b, b->len + len);
		if (error != SKS_OK) {
			buf_fail(b, error);
			return NULL;
		}
	}
	at = b->data + b->len;
	memset(at, 0, len);
	b->len += len;
	return at;
}

void
buf_put_bytes(struct buf *b, const void *data, size_t len)
{
	uint8_t *at;

	if (len == 0)
		return;
	at = buf_reserve(b, len);
	if (at != NULL)
		memcpy(at, data, len);
}

static void
buf_put_integer(struct buf *b, uint64_t v, size_t width)
{
	uint8_t *at = buf_reserve(b, width);

	if (at == NULL)
		return;
	for (size_t i = width; i-- > 0; v >>= 8)
		at[i] = (uint8_t)(v & 0xff);
}

void
buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put_integer(b, v, sizeof(v));
}

void
buf_put_u16(struct buf *b, uint16_t v)
{
	buf_put_integer(b, v, sizeof(v));
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	buf_put_integer(b, v, sizeof(v));
}

void
buf_put_u64(struct buf *b, uint64_t v)
{
	buf_put_integer(b, v, sizeof(v));
}

void
buf_put_str(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT16_MAX) {
		buf_fail(b, SKS_TOO_BIG);
		return;
	}
	buf_put_u16(b, (uint16_t)len);
	buf_put_bytes(b, s, len);
}

/* For what does not fit the stack; vsnprintf's NUL must not cost a fixed buffer its last byte.
 */
static void __attribute__((format(printf, 2, 0)))
buf_print_long(struct buf *b, const char *fmt, va_list args, size_t len)
{
	char *text;

	if (b->len > b->max || len > b->max - b->len) {
		buf_fail(b, SKS_TOO_BIG);
		return;
	}
	text = malloc(len + 1);
	if (text == NULL) {
		buf_fail(b, SKS_NOMEM);
		return;
	}
	if (vsnprintf(text, len + 1, fmt, args) == (int)len)
		buf_put_bytes(b, text, len);
	else
		buf_fail(b, SKS_INTERNAL);
	explicit_bzero(text, len + 1);
	free(text);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int len;

	if (b->error != SKS_OK)
		return;
	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len < 0) {
		buf_fail(b, SKS_INVALID);
	} else if ((size_t)len < sizeof(text)) {
		buf_put_bytes(b, text, (size_t)len);
	} else {
		va_start(args, fmt);
		buf_print_long(b, fmt, args, (size_t)len);
		va_end(args);
	}
	explicit_bzero(text, sizeof(text));
}

const uint8_t *
buf_get_ptr(struct buf *b, size_t len)
{
	static const uint8_t nothing[1];
	const uint8_t *at;

	if (b->error != SKS_OK)
		return NULL;
	if (len > buf_left(b)) {
		buf_fail(b, SKS_TRUNCATED);
		return NULL;
	}
	if (len == 0)
		return nothing;
	at = b->data + b->pos;
	b->pos += len;
	return at;
}

static uint64_t
buf_get_integer(struct buf *b, size_t width)
{
	const uint8_t *at = buf_get_ptr(b, width);
	uint64_t v = 0;

	if (at == NULL)
		return 0;
	for (size_t i = 0; i < width; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t
buf_get_u8(struct buf *b)
{
	return (uint8_t)buf_get_integer(b, sizeof(uint8_t));
}

uint16_t
buf_get_u16(struct buf *b)
{
	return (uint16_t)buf_get_integer(b, sizeof(uint16_t));
}

uint32_t
buf_get_u32(struct buf *b)
{
	return (uint32_t)buf_get_integer(b, sizeof(uint32_t));
}

uint64_t
buf_get_u64(struct buf *b)
{
	return buf_get_integer(b, sizeof(uint64_t));
}

void
buf_get_bytes(struct buf *b, void *dst, size_t len)
{
	const uint8_t *at = buf_get_ptr(b, len);

	if (len == 0)
		return;
	if (at == NULL)
		memset(dst, 0, len);
	else
		memcpy(dst, at, len);
}

void
buf_get_str(struct buf *b, char *dst, size_t size)
{
	size_t len = buf_get_u16(b);
	const uint8_t *at = buf_get_ptr(b, len);

	if (size > 0)
		dst[0] = '\0';
	if (at == NULL)
		return;
	if (len >= size) {
		buf_fail(b, SKS_TOO_BIG);
		return;
	}
	if (memchr(at, '\0', len) != NULL) {
		buf_fail(b, SKS_INVALID);
		return;
	}
	memcpy(dst, at, len);
	dst[len] = '\0';
}

size_t
buf_left(const struct buf *b)
{
	return b->len > b->pos ? b->len - b->pos : 0;
}

int
buf_error(const struct buf *b)
{
	return b->error;
}

int
buf_end(const struct buf *b)
{
	if (b->error != SKS_OK)
		return b->error;
	return buf_left(b) > 0 ? SKS_TRAILING : SKS_OK;
}
