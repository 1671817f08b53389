/* Committed records in order, as much of each as its index tells, for what watches them. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

/* A header that says nothing is for "audit verify" to name: whoever watches goes on. */
static void
feed_read(sqlite3_stmt *st, struct feed_row *row)
{
	uint8_t bytes[RECORD_HEADER_SIZE];
	struct record header = {.action = ACTION_NONE};

	memset(row, 0, sizeof(*row));
	row->seq = col_u64(st, 0);
	if (col_blob(st, 1, bytes, sizeof(bytes)) == sizeof(bytes))
		(void)record_header_decode(bytes, &header);
	row->action = header.action;
	row->wall_ms = header.wall_ms;
	row->boot_ms = header.boot_ms;
	memcpy(row->boot_id, header.boot_id, sizeof(row->boot_id));
	col_text(st, 2, row->user, sizeof(row->user));
	col_text(st, 3, row->source, sizeof(row->source));
	row->outcome = col_u32(st, 4);
	col_text(st, 5, row->reason, sizeof(row->reason));
}

int
store_feed(struct store *s, uint64_t after, size_t max,
    int (*take)(void *context, const struct feed_row *row), void *context, uint64_t *last)
{
	static struct feed_row row;
	sqlite3_stmt *st = store_query(s, ST_FEED,
	    "SELECT seq, header, user, source, outcome, reason FROM records"
	    " WHERE seq > ?1 ORDER BY seq LIMIT ?2",
	    VALUES(val_uint(after), val_int((int64_t)max)));
	int r;

	*last = after;
	while ((r = store_step(s, st)) > 0) {
		feed_read(st, &row);
		if ((r = take(context, &row)) != SKS_OK)
			break;
		*last = row.seq;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

int
store_feed_user(struct store *s, const char *user, uint64_t before, size_t max,
    int (*take)(void *context, const struct feed_row *row), void *context)
{
	static struct feed_row row;
	sqlite3_stmt *st = store_query(s, ST_FEED_USER,
	    "SELECT seq, header, user, source, outcome, reason FROM records"
	    " WHERE user = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
	    VALUES(val_text(user), val_uint(before), val_int((int64_t)max)));
	int r;

	while ((r = store_step(s, st)) > 0) {
		feed_read(st, &row);
		if ((r = take(context, &row)) != SKS_OK)
			break;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

int
store_record(struct store *s, uint64_t seq, uint8_t header[RECORD_HEADER_SIZE],
    char user[NAME_SIZE], struct buf *body)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_RECORD, "SELECT header, user, body FROM records WHERE seq = ?1",
	    VALUES(val_uint(seq)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	r = col_blob(st, 0, header, RECORD_HEADER_SIZE) == RECORD_HEADER_SIZE ? SKS_OK
									      : SKS_CORRUPT;
	col_text(st, 1, user, NAME_SIZE);
	if (sqlite3_column_type(st, 2) != SQLITE_NULL)
		buf_put_bytes(
		    body, sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2));
	sqlite3_reset(st);
	return r == SKS_OK ? buf_error(body) : r;
}

int
store_feed_body(struct store *s, uint64_t seq, const struct fields *f, void *obj)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_FEED_BODY, "SELECT body FROM records WHERE seq = ?1",
	    VALUES(val_uint(seq)), &st);

	memset(obj, 0, f->struct_size);
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	if (sqlite3_column_type(st, 0) == SQLITE_NULL)
		r = SKS_NOT_FOUND;
	else
		r = record_read_fields(sqlite3_column_blob(st, 0),
		    (size_t)sqlite3_column_bytes(st, 0), f, obj);
	sqlite3_reset(st);
	return r;
}

int
store_session_elsewhere(
    struct store *s, const char *user, const char *source, char other[SOURCE_SIZE])
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_SESSION_ELSEWHERE,
	    "SELECT source FROM sessions WHERE user = ?1 AND boot = ?2 AND login <> 0"
	    " AND source <> '' AND source <> ?3 LIMIT 1",
	    VALUES(val_text(user), val_int(s->boot), val_text(source)), &st);

	other[0] = '\0';
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	col_text(st, 0, other, SOURCE_SIZE);
	sqlite3_reset(st);
	return SKS_OK;
}
