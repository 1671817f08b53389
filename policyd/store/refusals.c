/*
 * Refusals of one kind are counted, not recorded one by one: a locked lane that is hammered
 * costs one record and then one each period, and the table has a fixed size.
 */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

enum { REFUSAL_KEYS_MAX = 128 };

/* What no longer has room for a row of its own is counted together. */
static const char refusal_others[] = "*";

static int
refusal_bump(struct store *s, const char *key, const char *reason, bool *found)
{
	int r = store_run(s, ST_REFUSAL_COUNT,
	    "UPDATE refusals SET count = count + 1 WHERE key = ?1 AND reason = ?2",
	    VALUES(val_text(key), val_text(reason)));

	*found = r == SKS_OK && sqlite3_changes(s->db) > 0;
	return r;
}

int
store_refusal_count(struct store *s, const char *key, const char *reason, bool *first)
{
	int64_t keys;
	bool found;
	int r = refusal_bump(s, key, reason, &found);

	*first = false;
	if (r != SKS_OK || found)
		return r;
	r = store_number(s, ST_REFUSAL_KEYS, "SELECT count(*) FROM refusals", NO_VALUES, &keys);
	if (r == SKS_OK && keys >= REFUSAL_KEYS_MAX) {
		key = refusal_others;
		r = refusal_bump(s, key, reason, &found);
	}
	if (r != SKS_OK || found)
		return r;
	*first = true;
	return store_run(s, ST_REFUSAL_ADD,
	    "INSERT INTO refusals (key, reason, count, since_in, since_wall, since_boot)"
	    " VALUES (?1, ?2, 0, ?3, ?4, ?5)",
	    VALUES(val_text(key), val_text(reason), val_int(s->boot), val_int(s->now.wall_ms),
		val_int(s->now.boot_ms)));
}

/*
 * One whose period is over, or from before this boot. The more of them there are, the longer it
 * lasts: who is refused for many names or from many addresses must not fill the disk with
 * beginnings. All together come to one or two records a second at most.
 */
static int
refusal_take(struct store *s, int64_t period_ms, struct store_refusals *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_REFUSAL_DUE,
	    "SELECT key, reason, count, since_wall FROM refusals"
	    " WHERE since_in <> ?1"
	    " OR ?2 - since_boot >= ?3 * (1 + (SELECT count(*) FROM refusals) / 8) LIMIT 1",
	    VALUES(val_int(s->boot), val_int(s->now.boot_ms), val_int(period_ms)), &st);

	memset(out, 0, sizeof(*out));
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	col_text(st, 0, out->key, sizeof(out->key));
	col_text(st, 1, out->reason, sizeof(out->reason));
	out->count = col_u64(st, 2);
	out->since_wall_ms = col_int(st, 3);
	r = store_run(s, ST_REFUSAL_DELETE,
	    "DELETE FROM refusals WHERE key = ?1 AND reason = ?2",
	    VALUES(val_text((const char *)sqlite3_column_text(st, 0)),
		val_text((const char *)sqlite3_column_text(st, 1))));
	sqlite3_reset(st);
	return r;
}

int
store_refusals_due(struct store *s, int64_t period_ms, struct store_refusals *out)
{
	int r;

	do /* the first of its kind has its record already */
		r = refusal_take(s, period_ms, out);
	while (r == SKS_OK && out->count == 0);
	return r;
}
