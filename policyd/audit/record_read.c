/* Reading a stored body back into the structures it was written from. */
#include "audit/record.h"
#include "error.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int
read_text(const struct field *row, const json_t *value, char *at)
{
	size_t len;

	if (!json_is_string(value))
		return SKS_INVALID;
	len = json_string_length(value);
	if (len >= row->size)
		return SKS_TOO_BIG;
	memcpy(at, json_string_value(value), len + 1);
	return SKS_OK;
}

/* Numbers above INT64_MAX were written as strings. */
static int
read_unsigned(const json_t *value, uint64_t max, uint64_t *out)
{
	const char *text = json_string_value(value);
	char *end = NULL;

	if (text != NULL) {
		errno = 0;
		*out = strtoull(text, &end, 10);
		if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
			return SKS_INVALID;
	} else if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = (uint64_t)json_integer_value(value);
	} else {
		return SKS_INVALID;
	}
	return *out > max ? SKS_INVALID : SKS_OK;
}

static int
read_u32(const struct field *row, const json_t *value, void *at)
{
	uint64_t number = 0;
	uint32_t u32;
	int word;

	if (row->words != NULL) {
		if (!json_is_string(value))
			return SKS_INVALID;
		word = fields_value(row->words, json_string_value(value));
		if (word < 0)
			return SKS_INVALID;
		number = (uint64_t)word;
	} else if (read_unsigned(value, UINT32_MAX, &number) != SKS_OK) {
		return SKS_INVALID;
	}
	u32 = (uint32_t)number;
	memcpy(at, &u32, sizeof(u32));
	return SKS_OK;
}

static int
read_row(const struct field *row, const json_t *value, char *at)
{
	uint64_t u64 = 0;
	int64_t i64;
	bool truth;

	switch (row->type) {
	case FIELD_STR:
	case FIELD_TEXT:
		return read_text(row, value, at);
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return SKS_INVALID;
		truth = json_is_true(value);
		memcpy(at, &truth, sizeof(truth));
		return SKS_OK;
	case FIELD_U32:
		return read_u32(row, value, at);
	case FIELD_U64:
		if (read_unsigned(value, UINT64_MAX, &u64) != SKS_OK)
			return SKS_INVALID;
		memcpy(at, &u64, sizeof(u64));
		return SKS_OK;
	case FIELD_I64:
		if (!json_is_integer(value))
			return SKS_INVALID;
		i64 = json_integer_value(value);
		memcpy(at, &i64, sizeof(i64));
		return SKS_OK;
	case FIELD_SECRET:
		break;
	}
	return SKS_INVALID;
}

int
record_read_fields(const void *body, size_t len, const struct fields *f, void *obj)
{
	json_t *root = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	int error = SKS_INVALID;

	memset(obj, 0, f->struct_size);
	if (!json_is_object(root))
		goto out;
	for (size_t i = 0; i < f->count; i++) {
		const struct field *row = &f->row[i];
		const json_t *value =
		    row->name == NULL ? NULL : json_object_get(root, row->name);

		if (value == NULL)
			continue;
		error = read_row(row, value, (char *)obj + row->offset);
		if (error != SKS_OK)
			goto out;
	}
	error = SKS_OK;
out:
	if (error != SKS_OK)
		memset(obj, 0, f->struct_size);
	json_decref(root);
	return error;
}
