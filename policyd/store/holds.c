/* Holds: what must be kept beyond its period. */
#include "audit/json.h"
#include "error.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <string.h>

/* A user or source as a body has it. */
static int
hold_quote(struct buf *out, const char *text)
{
	buf_init(out, 8 * NAME_SIZE);
	if (text[0] != '\0')
		json_put_string(out, text);
	return buf_error(out);
}

int
store_hold_add(struct store *s, struct store_hold *h)
{
	struct buf user, source;
	int64_t count = 0;
	int r = store_number(s, ST_HOLD_COUNT,
	    "SELECT count(*) FROM holds WHERE released_wall = 0", NO_VALUES, &count);

	if (r == SKS_OK && count >= HOLDS_MAX)
		return SKS_FULL;
	if (r != SKS_OK)
		return r;
	h->made_wall_ms = s->now.wall_ms;
	r = hold_quote(&user, h->user);
	if (r == SKS_OK)
		r = hold_quote(&source, h->source);
	else
		buf_init(&source, 1);
	if (r == SKS_OK)
		r = store_run(s, ST_HOLD_ADD,
		    "INSERT INTO holds (user, source, user_quoted, source_quoted, since, until,"
		    " low, high, by, why, made_wall)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		    VALUES(val_text(h->user), val_text(h->source),
			val_blob(user.data, user.len), val_blob(source.data, source.len),
			val_int(h->since_wall_ms), val_int(h->until_wall_ms), val_uint(h->from),
			val_uint(h->to), val_text(h->by), val_text(h->why),
			val_int(h->made_wall_ms)));
	buf_clear(&user);
	buf_clear(&source);
	if (r == SKS_OK)
		h->id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return r;
}

#define HOLD_COLUMNS                                                                           \
	"id, user, source, since, until, low, high, by, why, made_wall, released_by,"          \
	" released_why, released_wall"

static void
hold_read(sqlite3_stmt *st, struct store_hold *h)
{
	memset(h, 0, sizeof(*h));
	h->id = col_u64(st, 0);
	col_text(st, 1, h->user, sizeof(h->user));
	col_text(st, 2, h->source, sizeof(h->source));
	h->since_wall_ms = col_int(st, 3);
	h->until_wall_ms = col_int(st, 4);
	h->from = col_u64(st, 5);
	h->to = col_u64(st, 6);
	col_text(st, 7, h->by, sizeof(h->by));
	col_text(st, 8, h->why, sizeof(h->why));
	h->made_wall_ms = col_int(st, 9);
	col_text(st, 10, h->released_by, sizeof(h->released_by));
	col_text(st, 11, h->released_why, sizeof(h->released_why));
	h->released_wall_ms = col_int(st, 12);
}

int
store_hold_get(struct store *s, uint64_t id, struct store_hold *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_HOLD_GET, "SELECT " HOLD_COLUMNS " FROM holds WHERE id = ?1",
	    VALUES(val_uint(id)), &st);

	memset(out, 0, sizeof(*out));
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	hold_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_hold_release(struct store *s, uint64_t id, const char *by, const char *why)
{
	return store_change(s, ST_HOLD_RELEASE,
	    "UPDATE holds SET released_wall = ?2, released_by = ?3, released_why = ?4"
	    " WHERE id = ?1 AND released_wall = 0",
	    VALUES(val_uint(id), val_int(s->now.wall_ms), val_text(by), val_text(why)));
}

int
store_hold_list(struct store *s, bool all, struct store_hold *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_HOLD_LIST,
	    "SELECT " HOLD_COLUMNS " FROM holds WHERE ?1 OR released_wall = 0"
	    " ORDER BY id DESC LIMIT ?2",
	    VALUES(val_int(all), val_int((int64_t)max)));
	int r = SKS_OK;

	*count = 0;
	while (*count < max && (r = store_step(s, st)) > 0)
		hold_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

/* A name is looked for as a whole value, anywhere in the body: who acted, who was acted upon,
 * and the columns beside it say nothing else. What is held too much is not lost. */
int
store_hold_match(struct store *s, const struct store_kept *k, bool *held)
{
	int64_t one;
	int r = store_number(s, ST_HOLD_MATCH,
	    "SELECT 1 FROM holds h CROSS JOIN records r ON r.seq = ?1 WHERE h.released_wall = 0"
	    " AND ?2 >= h.since AND (h.until = 0 OR ?2 < h.until)"
	    " AND ?1 >= h.low AND (h.high = 0 OR ?1 <= h.high)"
	    " AND (h.user = '' OR instr(r.body, h.user_quoted) > 0)"
	    " AND (h.source = '' OR instr(r.body, h.source_quoted) > 0) LIMIT 1",
	    VALUES(val_uint(k->seq), val_int(k->wall_ms)), &one);

	*held = r == SKS_OK;
	return r == SKS_NOT_FOUND ? SKS_OK : r;
}
