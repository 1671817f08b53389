/* Under which keys the devices' secrets are sealed, and sealing them anew in small steps. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

int
store_sealed_heads(struct store *s, struct store_sealed_head *out, size_t max, size_t *count)
{
	sqlite3_stmt *st;
	int r;

	*count = 0;
	st = store_query(s, ST_SEALED_HEADS,
	    "SELECT substr(sealed, 1, ?1), count(*), count(*) FILTER (WHERE state IN (?2, ?3))"
	    " FROM devices GROUP BY 1",
	    VALUES(val_int(SEALED_HEAD_SIZE), val_int(DEVICE_PENDING), val_int(DEVICE_ACTIVE)));
	while ((r = store_step(s, st)) > 0) {
		struct store_sealed_head *h = &out[*count];

		if (*count == max) {
			sqlite3_reset(st);
			return SKS_TOO_BIG;
		}
		memset(h, 0, sizeof(*h));
		(void)col_blob(st, 0, h->head, sizeof(h->head));
		h->total = col_u64(st, 1);
		h->live = col_u64(st, 2);
		(*count)++;
	}
	return r;
}

/* A bounded stretch of ids at a time, however few of them match. */
int
store_sealed_batch(struct store *s, uint64_t *after, const uint8_t head[SEALED_HEAD_SIZE],
    struct device *out, size_t max, size_t *count)
{
	int64_t last;
	uint64_t to = *after + SEALED_STRETCH;
	sqlite3_stmt *st;
	int r = store_counter(s, COUNTER_DEVICE, &last);

	*count = 0;
	if (r != SKS_OK)
		return r;
	if (*after >= (uint64_t)last)
		return SKS_NOT_FOUND;
	st = store_query(s, ST_SEALED_BATCH,
	    "SELECT d.id, u.name, u.uid, d.state, d.sealed FROM devices d"
	    " CROSS JOIN users u ON u.id = d.user WHERE d.id > ?1 AND d.id <= ?2"
	    " AND substr(d.sealed, 1, ?3) <> ?4 ORDER BY d.id LIMIT ?5",
	    VALUES(val_uint(*after), val_uint(to), val_int(SEALED_HEAD_SIZE),
		val_blob(head, SEALED_HEAD_SIZE), val_int((int64_t)max)));
	while ((r = store_step(s, st)) > 0) {
		struct device *d = &out[(*count)++];

		memset(d, 0, sizeof(*d));
		d->id = col_u64(st, 0);
		col_text(st, 1, d->user, sizeof(d->user));
		d->uid = col_u32(st, 2);
		d->state = col_u32(st, 3);
		d->sealed_len = col_blob(st, 4, d->sealed, sizeof(d->sealed));
	}
	if (r == SKS_OK)
		*after = *count == max ? out[max - 1].id : to;
	return r;
}

int
store_sealed_replace(struct store *s, const struct device *before, const struct device *after)
{
	int r = store_run(s, ST_SEALED_REPLACE,
	    "UPDATE devices SET sealed = ?2 WHERE id = ?1 AND sealed = ?3",
	    VALUES(val_uint(before->id), val_blob(after->sealed, after->sealed_len),
		val_blob(before->sealed, before->sealed_len)));

	return r == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_CONFLICT : r;
}

int
store_device_last(struct store *s, uint64_t *id)
{
	int64_t number = 0;
	int r = store_counter(s, COUNTER_DEVICE, &number);

	*id = (uint64_t)number;
	return r;
}

int
store_device_owners(struct store *s, uint64_t bound, const char *algorithm,
    struct store_device_owner *out, size_t max, size_t *count, uint64_t *devices)
{
	sqlite3_stmt *st;
	int r;

	*count = 0;
	*devices = 0;
	st = store_query(s, ST_DEVICE_OWNERS,
	    "SELECT u.name, u.uid, count(*) FROM devices d CROSS JOIN users u ON u.id = d.user"
	    " WHERE d.id <= ?1 AND d.state IN (?2, ?3) AND (?4 = '' OR d.algorithm = ?4)"
	    " GROUP BY u.id ORDER BY u.name",
	    VALUES(val_uint(bound), val_int(DEVICE_PENDING), val_int(DEVICE_ACTIVE),
		val_text(algorithm)));
	while ((r = store_step(s, st)) > 0) {
		*devices += col_u64(st, 2);
		if (*count == max)
			continue; /* counted, not named */
		col_text(st, 0, out[*count].user, sizeof(out[*count].user));
		out[*count].uid = col_u32(st, 1);
		out[*count].devices = col_u32(st, 2);
		(*count)++;
	}
	return r;
}
