/* Under which keys the devices' secrets are sealed, and sealing them anew in small steps. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

enum { OWNERS_SORTED_MAX = 4096 };

static struct store_sealed_head *
sealed_head_of(struct store_sealed_head *list, size_t max, size_t *count,
    const uint8_t head[SEALED_HEAD_SIZE])
{
	for (size_t i = 0; i < *count; i++) {
		if (memcmp(list[i].head, head, SEALED_HEAD_SIZE) == 0)
			return &list[i];
	}
	if (*count == max)
		return NULL;
	list[*count] = (struct store_sealed_head){0};
	memcpy(list[*count].head, head, SEALED_HEAD_SIZE);
	return &list[(*count)++];
}

/* Grouped here: SQLite would sort all rows for it, in memory. */
int
store_sealed_heads(struct store *s, struct store_sealed_head *out, size_t max, size_t *count)
{
	sqlite3_stmt *st;
	int r;

	*count = 0;
	st = store_query(s, ST_SEALED_HEADS,
	    "SELECT substr(sealed, 1, ?1), state IN (?2, ?3) FROM devices",
	    VALUES(val_int(SEALED_HEAD_SIZE), val_int(DEVICE_PENDING), val_int(DEVICE_ACTIVE)));
	while ((r = store_step(s, st)) > 0) {
		uint8_t head[SEALED_HEAD_SIZE] = {0};
		struct store_sealed_head *h;

		(void)col_blob(st, 0, head, sizeof(head));
		if ((h = sealed_head_of(out, max, count, head)) == NULL) {
			sqlite3_reset(st);
			return SKS_TOO_BIG;
		}
		h->total++;
		h->live += col_u64(st, 1);
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

/* Few are sorted; of many the first are found in the order of the index, and the rest is left
 * alone: whatever the number of users, it takes no more memory. */
static sqlite3_stmt *
owners_query(struct store *s, uint64_t bound, const char *algorithm, uint64_t devices, size_t max)
{
	if (devices <= OWNERS_SORTED_MAX)
		return store_query(s, ST_DEVICE_OWNERS,
		    "SELECT u.name, u.uid, count(*) FROM devices d CROSS JOIN users u"
		    " ON u.id = d.user WHERE d.id <= ?1 AND d.state IN (?2, ?3)"
		    " AND (?4 = '' OR d.algorithm = ?4) GROUP BY u.id ORDER BY u.name LIMIT ?5",
		    VALUES(val_uint(bound), val_int(DEVICE_PENDING), val_int(DEVICE_ACTIVE),
			val_text(algorithm), val_int((int64_t)max)));
	return store_query(s, ST_DEVICE_OWNERS_FIRST,
	    "SELECT name, uid, n FROM (SELECT u.name AS name, u.uid AS uid, (SELECT count(*)"
	    " FROM devices d WHERE d.user = u.id AND d.id <= ?1 AND d.state IN (?2, ?3)"
	    " AND (?4 = '' OR d.algorithm = ?4)) AS n FROM users u ORDER BY u.name, u.uid)"
	    " WHERE n > 0 LIMIT ?5",
	    VALUES(val_uint(bound), val_int(DEVICE_PENDING), val_int(DEVICE_ACTIVE),
		val_text(algorithm), val_int((int64_t)max)));
}

int
store_device_owners(struct store *s, uint64_t bound, const char *algorithm,
    struct store_device_owner *out, size_t max, size_t *count, uint64_t *devices)
{
	sqlite3_stmt *st;
	int64_t all = 0;
	int r;

	*count = 0;
	*devices = 0;
	r = store_number(s, ST_DEVICE_OWNERS_COUNT,
	    "SELECT count(*) FROM devices d WHERE d.id <= ?1 AND d.state IN (?2, ?3)"
	    " AND (?4 = '' OR d.algorithm = ?4)",
	    VALUES(val_uint(bound), val_int(DEVICE_PENDING), val_int(DEVICE_ACTIVE),
		val_text(algorithm)),
	    &all);
	if (r != SKS_OK || all == 0)
		return r;
	*devices = (uint64_t)all;
	st = owners_query(s, bound, algorithm, *devices, max);
	while ((r = store_step(s, st)) > 0 && *count < max) {
		col_text(st, 0, out[*count].user, sizeof(out[*count].user));
		out[*count].uid = col_u32(st, 1);
		out[*count].devices = col_u32(st, 2);
		(*count)++;
	}
	return r;
}
