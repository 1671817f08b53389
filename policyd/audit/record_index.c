#include "audit/record_index.h"

#include "audit/flat.h"
#include "error.h"
#include <string.h>

/* FNV-1a; a power of two of slots. */
static size_t
index_slot(const char *key, size_t len)
{
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)key[i]) * UINT32_C(16777619);
	return (hash ^ hash >> 16) % RECORD_INDEX_SLOTS;
}

static int
index_add(struct record_index *index, size_t table, const struct field *row)
{
	size_t len = strlen(row->name), at = index_slot(row->name, len);

	for (size_t tried = 0; tried < RECORD_INDEX_SLOTS / 2; tried++) {
		if (index->slot[at].row == NULL) {
			index->slot[at].row = row;
			index->slot[at].table = table;
			index->slot[at].key_len = len;
			return SKS_OK;
		}
		at = (at + 1) % RECORD_INDEX_SLOTS;
	}
	return SKS_TOO_BIG;
}

int
record_index_init(struct record_index *index, const struct fields *const *table, size_t count)
{
	size_t rows = 0;
	int r = SKS_OK;

	memset(index, 0, sizeof(*index));
	if (count > RECORD_INDEX_TABLES)
		return SKS_TOO_BIG;
	for (size_t t = 0; t < count && r == SKS_OK; t++) {
		index->table[index->count++] = table[t];
		for (size_t i = 0; i < table[t]->count && r == SKS_OK; i++) {
			if (table[t]->row[i].name == NULL)
				continue;
			/* half of it stays empty, so that every search ends soon */
			r = ++rows <= RECORD_INDEX_SLOTS / 2
				? index_add(index, t, &table[t]->row[i])
				: SKS_TOO_BIG;
		}
	}
	return r;
}

/* ---- one member -------------------------------------------------------------------------- */

static int
index_word(const struct field *row, const struct flat_item *item, uint64_t *out)
{
	if (item->type != FLAT_STRING || item->escaped)
		return SKS_INVALID;
	for (uint64_t i = 0; row->words[i] != NULL; i++) {
		if (strlen(row->words[i]) == item->len &&
		    memcmp(row->words[i], item->text, item->len) == 0) {
			*out = i;
			return SKS_OK;
		}
	}
	return SKS_INVALID;
}

/* Numbers above INT64_MAX were written as strings. */
static int
index_unsigned(const struct flat_item *item, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (item->type == FLAT_NUMBER && item->number >= 0) {
		value = (uint64_t)item->number;
	} else if (item->type == FLAT_STRING && item->len > 0 && !item->escaped) {
		for (size_t i = 0; i < item->len; i++) {
			uint64_t digit = (uint64_t)(unsigned char)item->text[i] - '0';

			if (digit > 9 || value > (UINT64_MAX - digit) / 10)
				return SKS_INVALID;
			value = value * 10 + digit;
		}
	} else {
		return SKS_INVALID;
	}
	*out = value;
	return value > max ? SKS_INVALID : SKS_OK;
}

static int
index_text(const struct field *row, const struct flat_item *item, char *at)
{
	if (item->type != FLAT_STRING)
		return SKS_INVALID;
	return flat_string(item, at, row->size) ? SKS_OK : SKS_TOO_BIG;
}

static int
index_row(const struct field *row, const struct flat_item *item, char *at)
{
	uint64_t u64 = 0;
	uint32_t u32;
	int r;

	switch (row->type) {
	case FIELD_STR:
	case FIELD_TEXT:
		return index_text(row, item, at);
	case FIELD_BOOL:
		if (item->type != FLAT_BOOL)
			return SKS_INVALID;
		memcpy(at, &item->truth, sizeof(item->truth));
		return SKS_OK;
	case FIELD_U32:
		r = row->words != NULL ? index_word(row, item, &u64)
				       : index_unsigned(item, UINT32_MAX, &u64);
		u32 = (uint32_t)u64;
		memcpy(at, &u32, sizeof(u32));
		return r;
	case FIELD_U64:
		r = index_unsigned(item, UINT64_MAX, &u64);
		memcpy(at, &u64, sizeof(u64));
		return r;
	case FIELD_I64:
		if (item->type != FLAT_NUMBER)
			return SKS_INVALID;
		memcpy(at, &item->number, sizeof(item->number));
		return SKS_OK;
	case FIELD_SECRET:
		break;
	}
	return SKS_INVALID;
}

/* ---- a body ------------------------------------------------------------------------------ */

/* One name may stand in several tables. */
static int
index_member(const struct record_index *index, const struct flat_item *item, uint64_t *seen,
    void *const *object)
{
	size_t at = index_slot(item->key, item->key_len);

	for (; index->slot[at].row != NULL; at = (at + 1) % RECORD_INDEX_SLOTS) {
		const struct field *row = index->slot[at].row;
		int r;

		if (index->slot[at].key_len != item->key_len ||
		    memcmp(row->name, item->key, item->key_len) != 0)
			continue;
		if (seen[at / 64] & UINT64_C(1) << at % 64)
			return SKS_INVALID;
		seen[at / 64] |= UINT64_C(1) << at % 64;
		r = index_row(row, item, (char *)object[index->slot[at].table] + row->offset);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

static void
index_clear(const struct record_index *index, void *const *object)
{
	for (size_t i = 0; i < index->count; i++)
		memset(object[i], 0, index->table[i]->struct_size);
}

int
record_index_read(
    const struct record_index *index, const void *body, size_t len, void *const *object)
{
	uint64_t seen[RECORD_INDEX_SLOTS / 64] = {0};
	struct flat_item item;
	struct flat flat;
	int more, r = SKS_OK;

	index_clear(index, object);
	flat_init(&flat, body, len);
	while ((more = flat_next(&flat, &item)) == 1 && r == SKS_OK)
		r = index_member(index, &item, seen, object);
	if (r == SKS_OK)
		r = more < 0 ? more : SKS_OK;
	if (r != SKS_OK)
		index_clear(index, object);
	return r;
}
