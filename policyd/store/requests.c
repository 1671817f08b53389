/* Requests that wait for a second person. */
#include "error.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <string.h>

int
store_request_add(struct store *s, struct store_request *r)
{
	char kind[2] = {r->kind, '\0'};
	sqlite3_stmt *st;
	int64_t open;
	int e = store_first(s, ST_REQUEST_NUMBER,
	    "SELECT coalesce(max(number), 0) + 1, coalesce(sum(state = 0), 0) FROM requests"
	    " WHERE kind = ?1",
	    VALUES(val_text(kind)), &st);

	if (e <= 0)
		return e == 0 ? SKS_INTERNAL : e;
	r->number = col_u64(st, 0);
	open = col_int(st, 1);
	sqlite3_reset(st);
	/* the register of exceptions has its own limit */
	if (open >= REQUESTS_MAX && r->kind != 'E')
		return SKS_FULL;
	r->state = REQUEST_OPEN;
	r->made_wall_ms = s->now.wall_ms;
	return store_run(s, ST_REQUEST_ADD,
	    "INSERT INTO requests (kind, number, state, record, by, by_uid, person, why,"
	    " made_wall, made_watched) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	    VALUES(val_text(kind), val_uint(r->number), val_uint(r->record), val_text(r->by),
		val_int(r->by_uid), val_text(r->person), val_text(r->why),
		val_int(r->made_wall_ms), val_int(r->made_watched_ms)));
}

#define REQUEST_COLUMNS                                                                        \
	"kind, number, state, record, by, by_uid, person, why, made_wall, made_watched,"       \
	" ended_by, ended_wall"

static void
request_read(sqlite3_stmt *st, struct store_request *r)
{
	char kind[2];

	memset(r, 0, sizeof(*r));
	col_text(st, 0, kind, sizeof(kind));
	r->kind = kind[0];
	r->number = col_u64(st, 1);
	r->state = col_u32(st, 2);
	r->record = col_u64(st, 3);
	col_text(st, 4, r->by, sizeof(r->by));
	r->by_uid = col_u32(st, 5);
	col_text(st, 6, r->person, sizeof(r->person));
	col_text(st, 7, r->why, sizeof(r->why));
	r->made_wall_ms = col_int(st, 8);
	r->made_watched_ms = col_int(st, 9);
	col_text(st, 10, r->ended_by, sizeof(r->ended_by));
	r->ended_wall_ms = col_int(st, 11);
}

int
store_request_get(struct store *s, char kind, uint64_t number, struct store_request *out)
{
	char text[2] = {kind, '\0'};
	sqlite3_stmt *st;
	int e = store_first(s, ST_REQUEST_GET,
	    "SELECT " REQUEST_COLUMNS " FROM requests WHERE kind = ?1 AND number = ?2",
	    VALUES(val_text(text), val_uint(number)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	request_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_request_end(
    struct store *s, const struct store_request *r, enum request_state state, const char *by)
{
	char kind[2] = {r->kind, '\0'};

	return store_change(s, ST_REQUEST_END,
	    "UPDATE requests SET state = ?3, ended_by = ?4, ended_wall = ?5"
	    " WHERE kind = ?1 AND number = ?2 AND state = 0",
	    VALUES(val_text(kind), val_uint(r->number), val_int(state), val_text(by),
		val_int(s->now.wall_ms)));
}

int
store_request_use(struct store *s, const struct store_request *r)
{
	char kind[2] = {r->kind, '\0'};

	return store_change(s, ST_REQUEST_USE,
	    "UPDATE requests SET state = ?3 WHERE kind = ?1 AND number = ?2 AND state = ?4",
	    VALUES(val_text(kind), val_uint(r->number), val_int(REQUEST_USED),
		val_int(REQUEST_APPROVED)));
}

bool
request_is_over(const struct store_request *r, int64_t wall_ms, int64_t watched_ms)
{
	int64_t life_ms = request_life_ms(r->kind);

	/* The other clock is kept in steps that are longer than this life; whoever asked keeps the
	 * boot clock. */
	if (r->kind == 'U')
		watched_ms = r->made_watched_ms;
	return wall_ms - r->made_wall_ms >= life_ms || watched_ms - r->made_watched_ms >= life_ms;
}

int
store_request_count(struct store *s, char kind, const char *person, int64_t *count)
{
	char text[2] = {kind, '\0'};

	return store_number(s, ST_REQUEST_COUNT,
	    "SELECT count(*) FROM requests WHERE state = 0 AND kind = ?1 AND person = ?2",
	    VALUES(val_text(text), val_text(person)), count);
}

int
store_request_list(struct store *s, struct store_request *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_REQUEST_LIST,
	    "SELECT " REQUEST_COLUMNS " FROM requests WHERE state = 0"
	    " ORDER BY made_wall, kind, number LIMIT ?1",
	    VALUES(val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		request_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}
