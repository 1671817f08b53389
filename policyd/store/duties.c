#include "store/duties.h"
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

#define DUTY_COLUMNS "kind, name, person, year, wall, by, text"

static int
duty_read(sqlite3_stmt *st, int found, struct store_duty *out)
{
	if (found <= 0)
		return found == 0 ? SKS_NOT_FOUND : found;
	memset(out, 0, sizeof(*out));
	col_text(st, 0, out->kind, sizeof(out->kind));
	col_text(st, 1, out->name, sizeof(out->name));
	col_text(st, 2, out->person, sizeof(out->person));
	out->year = col_int(st, 3);
	out->wall_ms = col_int(st, 4);
	col_text(st, 5, out->by, sizeof(out->by));
	col_text(st, 6, out->text, sizeof(out->text));
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_duty_put(struct store *s, const struct store_duty *d)
{
	return store_run(s, ST_DUTY_PUT,
	    "INSERT OR REPLACE INTO duties (" DUTY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    VALUES(val_text(d->kind), val_text(d->name), val_text(d->person), val_int(d->year),
		val_int(s->now.wall_ms), val_text(d->by), val_text(d->text)));
}

int
store_duty_get(struct store *s, const char *kind, const char *name, const char *person,
    int64_t year, struct store_duty *out)
{
	sqlite3_stmt *st;
	int found = store_first(s, ST_DUTY_GET,
	    "SELECT " DUTY_COLUMNS " FROM duties WHERE kind = ?1 AND name = ?2 AND person = ?3"
	    " AND year = ?4",
	    VALUES(val_text(kind), val_text(name), val_text(person), val_int(year)), &st);

	return duty_read(st, found, out);
}

int
store_duty_next(struct store *s, const char *kind, int64_t year, const char *after_name,
    const char *after_person, struct store_duty *out)
{
	sqlite3_stmt *st;
	int found = store_first(s, ST_DUTY_NEXT,
	    "SELECT " DUTY_COLUMNS " FROM duties WHERE kind = ?1 AND year = ?2"
	    " AND (name, person) > (?3, ?4) ORDER BY name, person LIMIT 1",
	    VALUES(val_text(kind), val_int(year), val_text(after_name), val_text(after_person)),
	    &st);

	return duty_read(st, found, out);
}

int
store_duty_following(
    struct store *s, const char *kind, const struct store_duty *after, struct store_duty *out)
{
	sqlite3_stmt *st;
	int found = store_first(s, ST_DUTY_FOLLOWING,
	    "SELECT " DUTY_COLUMNS " FROM duties WHERE kind = ?1"
	    " AND (name, person, year) > (?2, ?3, ?4) ORDER BY name, person, year LIMIT 1",
	    VALUES(val_text(kind), val_text(after != NULL ? after->name : ""),
		val_text(after != NULL ? after->person : ""),
		val_int(after != NULL ? after->year : INT64_MIN)),
	    &st);

	return duty_read(st, found, out);
}
