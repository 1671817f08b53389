#include "fields.h"

#include "error.h"
#include "secret.h"
#include <stdbool.h>
#include <string.h>

static void
fields_fail(struct buf *out, int error)
{
	if (out->error == SKS_OK)
		out->error = error;
}

static const uint8_t *
fields_at(const struct field *row, const void *obj)
{
	return (const uint8_t *)obj + row->offset;
}

/* C0 and DEL; any other byte may stand in a name. NUL included: it would hide what follows. */
static bool
fields_is_text(const uint8_t *s, size_t len, enum field_type type)
{
	for (size_t i = 0; i < len; i++) {
		bool layout = s[i] == '\n' || s[i] == '\t';

		if (s[i] == 0x7f || (s[i] < 0x20 && !(layout && type == FIELD_TEXT)))
			return false;
	}
	return true;
}

static bool
fields_is_word(const struct field *row, uint64_t value)
{
	if (row->words == NULL)
		return true;
	for (uint64_t i = 0; row->words[i] != NULL; i++) {
		if (i == value)
			return true;
	}
	return false;
}

static void
fields_put_integer(const struct field *row, uint64_t value, size_t width, struct buf *out)
{
	if (value == 0)
		return;
	if (!fields_is_word(row, value)) {
		fields_fail(out, SKS_INVALID);
		return;
	}
	buf_put_u16(out, row->tag);
	buf_put_u16(out, (uint16_t)width);
	if (width == sizeof(uint8_t))
		buf_put_u8(out, (uint8_t)value);
	else if (width == sizeof(uint32_t))
		buf_put_u32(out, (uint32_t)value);
	else
		buf_put_u64(out, value);
}

static void
fields_put_bytes(const struct field *row, const uint8_t *data, size_t len, struct buf *out)
{
	if (len == 0)
		return;
	if (len > UINT16_MAX) {
		fields_fail(out, SKS_TOO_BIG);
		return;
	}
	buf_put_u16(out, row->tag);
	buf_put_u16(out, (uint16_t)len);
	buf_put_bytes(out, data, len);
}

/* What the other side would refuse is not sent. */
static void
fields_put_string(const struct field *row, const uint8_t *s, struct buf *out)
{
	size_t len = strnlen((const char *)s, row->size);

	if (len == row->size)
		fields_fail(out, SKS_INTERNAL);
	else if (!fields_is_text(s, len, row->type))
		fields_fail(out, SKS_INVALID);
	else
		fields_put_bytes(row, s, len, out);
}

static void
fields_put_secret(const struct field *row, const struct secret *secret, struct buf *out)
{
	if (secret->len > SECRET_MAX)
		fields_fail(out, SKS_INTERNAL);
	else
		fields_put_bytes(row, secret->bytes, secret->len, out);
}

static void
fields_put(const struct field *row, const void *obj, struct buf *out)
{
	const uint8_t *at = fields_at(row, obj);
	uint64_t u64;
	uint32_t u32;
	bool flag;

	switch (row->type) {
	case FIELD_U32:
		memcpy(&u32, at, sizeof(u32));
		fields_put_integer(row, u32, sizeof(u32), out);
		break;
	case FIELD_U64:
	case FIELD_I64:
		memcpy(&u64, at, sizeof(u64));
		fields_put_integer(row, u64, sizeof(u64), out);
		break;
	case FIELD_BOOL:
		memcpy(&flag, at, sizeof(flag));
		fields_put_integer(row, flag, sizeof(uint8_t), out);
		break;
	case FIELD_STR:
	case FIELD_TEXT:
		fields_put_string(row, at, out);
		break;
	case FIELD_SECRET:
		fields_put_secret(row, (const void *)at, out);
		break;
	}
}

void
fields_encode(const struct fields *f, const void *obj, struct buf *out)
{
	for (size_t i = 0; i < f->count; i++)
		fields_put(&f->row[i], obj, out);
}

/* Only the one spelling that fields_encode makes: full width, never zero. */
static int
fields_get_integer(const struct field *row, struct buf *in, size_t len, uint8_t *at)
{
	size_t width = row->type == FIELD_BOOL  ? sizeof(uint8_t)
		       : row->type == FIELD_U32 ? sizeof(uint32_t)
						: sizeof(uint64_t);
	uint64_t u64;
	uint32_t u32;

	if (len != width)
		return SKS_INVALID;
	u64 = width == sizeof(uint8_t)    ? buf_get_u8(in)
	      : width == sizeof(uint32_t) ? buf_get_u32(in)
					  : buf_get_u64(in);
	if (buf_error(in) != SKS_OK)
		return buf_error(in);
	if (u64 == 0 || (row->type == FIELD_BOOL && u64 != 1) || !fields_is_word(row, u64))
		return SKS_INVALID;
	if (row->type == FIELD_BOOL) {
		*(bool *)at = true;
	} else if (row->type == FIELD_U32) {
		u32 = (uint32_t)u64;
		memcpy(at, &u32, sizeof(u32));
	} else {
		memcpy(at, &u64, sizeof(u64));
	}
	return SKS_OK;
}

static int
fields_get_string(const struct field *row, struct buf *in, size_t len, uint8_t *at)
{
	const uint8_t *data = buf_get_ptr(in, len);

	if (data == NULL)
		return buf_error(in);
	if (len == 0)
		return SKS_INVALID;
	if (len >= row->size)
		return SKS_TOO_BIG;
	if (!fields_is_text(data, len, row->type))
		return SKS_INVALID;
	memcpy(at, data, len);
	at[len] = '\0';
	return SKS_OK;
}

static int
fields_get_secret(struct buf *in, size_t len, uint8_t *at)
{
	const uint8_t *data = buf_get_ptr(in, len);

	if (data == NULL)
		return buf_error(in);
	if (len == 0)
		return SKS_INVALID;
	return secret_set((struct secret *)(void *)at, data, len);
}

static int
fields_get(const struct field *row, struct buf *in, size_t len, void *obj)
{
	uint8_t *at = (uint8_t *)obj + row->offset;

	switch (row->type) {
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_BOOL:
		return fields_get_integer(row, in, len, at);
	case FIELD_STR:
	case FIELD_TEXT:
		return fields_get_string(row, in, len, at);
	case FIELD_SECRET:
		return fields_get_secret(in, len, at);
	}
	return SKS_INTERNAL;
}

int
fields_decode(const struct fields *f, struct buf *in, void *obj)
{
	size_t next = 0; /* the first row whose tag may still come */
	uint32_t floor = 0;
	int error = buf_error(in);

	memset(obj, 0, f->struct_size);
	while (error == SKS_OK && buf_left(in) > 0) {
		uint16_t tag = buf_get_u16(in);
		uint16_t len = buf_get_u16(in);

		error = buf_error(in);
		if (error != SKS_OK)
			break;
		if (tag < floor) {
			error = SKS_INVALID;
			break;
		}
		floor = (uint32_t)tag + 1;
		while (next < f->count && f->row[next].tag < tag)
			next++;
		if (next < f->count && f->row[next].tag == tag)
			error = fields_get(&f->row[next], in, len, obj);
		else if (tag < FIELDS_OPTIONAL)
			error = SKS_INVALID;
		else if (buf_get_ptr(in, len) == NULL)
			error = buf_error(in);
	}
	if (error != SKS_OK) {
		fields_clear(f, obj);
		in->error = error;
	}
	return error;
}

void
fields_clear(const struct fields *f, void *obj)
{
	explicit_bzero(obj, f->struct_size);
}

const char *
fields_word(const char *const *words, uint32_t value)
{
	for (uint32_t i = 0; words[i] != NULL; i++) {
		if (i == value)
			return words[i];
	}
	return "?";
}

int
fields_value(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}
