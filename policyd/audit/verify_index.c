/*
 * The two search indexes against the records. Each entry of either side adds a keyed hash of
 * its value and number to a sum; equal sums are equal sets, because nobody knows the key
 * before. That an index is in order is seen while it is read: a search in one that is not can
 * miss what is there.
 */
#include "audit/verify_internal.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

enum { SALT = 16, VALUE_MAX = 512 };

void
index_add(struct index_sum *s, const uint8_t salt[16], const char *value, uint64_t seq)
{
	uint8_t data[SALT + sizeof(seq) + VALUE_MAX];
	size_t len = strnlen(value, VALUE_MAX);
	struct merkle_hash hash;
	uint64_t part;

	memcpy(data, salt, SALT);
	memcpy(data + SALT, &seq, sizeof(seq));
	memcpy(data + SALT + sizeof(seq), value, len);
	(void)merkle_leaf(data, SALT + sizeof(seq) + len, &hash);
	for (size_t i = 0; i < 4; i++) {
		memcpy(&part, hash.bytes + 8 * i, sizeof(part));
		s->sum[i] += part;
	}
	s->rows++;
}

struct scan {
	struct verify *v;
	struct index_sum *sum;
	char value[VALUE_MAX];
	uint64_t seq;
	bool disorder;
};

static int
scan_entry(void *context, const char *value, uint64_t seq)
{
	struct scan *x = context;
	int order = x->sum->rows == 0 ? 1 : strcmp(value, x->value);

	if (order < 0 || (order == 0 && seq <= x->seq)) {
		x->disorder = true;
		x->seq = seq;
		return SKS_CORRUPT;
	}
	if (order != 0)
		(void)snprintf(x->value, sizeof(x->value), "%s", value);
	x->seq = seq;
	index_add(x->sum, x->v->salt, value, seq);
	if (x->sum->rows % 65536 == 0)
		verify_progress(x->v, x->sum->rows / 4);
	return SKS_OK;
}

/* What came behind the last record that the indexes know is searched in the records. */
static int
index_tail(struct verify *v, enum store_log_index which, uint64_t indexed)
{
	struct store_row row;
	int r = SKS_OK;

	if (indexed < v->extent.first)
		indexed = v->extent.first - 1;
	for (uint64_t seq = indexed + 1; r == SKS_OK && seq <= v->extent.last; seq++) {
		const char *value;

		r = store_row_get(v->store, seq, &row);
		value = which == STORE_INDEX_USER ? row.user : row.source;
		if (r == SKS_OK && value != NULL)
			index_add(&v->of_index[which], v->salt, value, seq);
		if (r == SKS_NOT_FOUND) /* said before */
			r = SKS_OK;
	}
	store_row_done(v->store);
	return r;
}

/* An index as a search uses it: up to where it says that it goes, and then the records. */
static int
index_scan(struct verify *v, enum store_log_index which, struct scan *x)
{
	uint64_t indexed = 0, last = v->extent.last;
	int r = store_indexed(v->store, &indexed);

	if (r == SKS_OK)
		r = store_scan_index(
		    v->store, which, indexed < last ? indexed : last, scan_entry, x);
	if (r == SKS_OK && indexed < last)
		r = index_tail(v, which, indexed);
	return r;
}

static const char *const index_names[] = {"records_user", "records_source"};

void
verify_indexes(struct verify *v)
{
	for (int i = STORE_INDEX_USER; i <= STORE_INDEX_SOURCE && v->fatal == SKS_OK; i++) {
		const struct index_sum *rows = &v->of_rows[i], *found = &v->of_index[i];
		struct scan x = {.v = v, .sum = &v->of_index[i]};
		int r = index_scan(v, (enum store_log_index)i, &x);

		v->before += v->extent.last / 4;
		if (x.disorder)
			verify_find(
			    v, VERIFY_INDEX, x.seq, x.seq, "%s: out of order", index_names[i]);
		else if (r != SKS_OK)
			verify_find(v, VERIFY_INDEX, 0, 0, "%s: %s", index_names[i],
			    store_error(v->store));
		else if (memcmp(rows, found, sizeof(*rows)) != 0)
			verify_find(v, VERIFY_INDEX, 0, 0, "%s: %llu entries, %llu records",
			    index_names[i], (unsigned long long)found->rows,
			    (unsigned long long)rows->rows);
	}
}
