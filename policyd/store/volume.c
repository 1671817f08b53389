#include "store/volume.h"

#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

#define SESSION_OF_PROCESS                                                                     \
	"(SELECT max(id) FROM sessions WHERE pid = ?1 AND pid_start = ?2 AND boot = ?3)"

int
store_volume_open(struct store *s, const struct request *r, uint16_t port, uint64_t cookie,
    uint64_t sent)
{
	return store_run(s, ST_VOLUME_OPEN,
	    "INSERT OR REPLACE INTO volumes (session, user, uid, service, source, audit_session,"
	    " opened_wall, port, cookie, base, sent, measured_wall)"
	    " SELECT id, user, uid, service, source, audit_session, opened_wall, ?4, ?5, ?6, ?6, 0"
	    " FROM sessions WHERE id = " SESSION_OF_PROCESS,
	    VALUES(val_int(r->pid), val_uint(r->pid_start), val_int(s->boot), val_int(port),
		val_uint(cookie), val_uint(sent)));
}

int
store_volume_last(struct store *s, const struct request *r, uint64_t cookie, uint64_t sent)
{
	return store_run(s, ST_VOLUME_LAST,
	    "UPDATE volumes SET sent = max(sent, ?5), measured_wall = ?6, last = 1"
	    " WHERE session = " SESSION_OF_PROCESS " AND cookie = ?4",
	    VALUES(val_int(r->pid), val_uint(r->pid_start), val_int(s->boot), val_uint(cookie),
		val_uint(sent), val_int(s->now.wall_ms)));
}

#define VOLUME_COLUMNS                                                                         \
	"session, user, uid, service, source, audit_session, opened_wall, port, cookie, base," \
	" sent, counted, measured_wall, warned, last"

static void
volume_read(sqlite3_stmt *st, struct store_volume *v)
{
	memset(v, 0, sizeof(*v));
	v->session = col_u64(st, 0);
	col_text(st, 1, v->user, sizeof(v->user));
	v->uid = col_u32(st, 2);
	col_text(st, 3, v->service, sizeof(v->service));
	col_text(st, 4, v->source, sizeof(v->source));
	v->audit_session = col_u32(st, 5);
	v->opened_wall_ms = col_int(st, 6);
	v->port = (uint16_t)col_u32(st, 7);
	v->cookie = col_u64(st, 8);
	v->base = col_u64(st, 9);
	v->sent = col_u64(st, 10);
	v->counted = col_u64(st, 11);
	v->measured_wall_ms = col_int(st, 12);
	v->warned = col_bool(st, 13);
	v->last = col_bool(st, 14);
}

int
store_volumes(struct store *s, bool over, uint64_t after, struct store_volume *out, size_t max,
    size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_VOLUME_LIST,
	    "SELECT " VOLUME_COLUMNS " FROM volumes AS v WHERE session > ?1 AND ?2 = NOT EXISTS"
	    " (SELECT 1 FROM sessions WHERE id = v.session) ORDER BY session LIMIT ?3",
	    VALUES(val_uint(after), val_int(over), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		volume_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_volume(struct store *s, uint64_t session, struct store_volume *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_VOLUME_GET,
	    "SELECT " VOLUME_COLUMNS " FROM volumes WHERE session = ?1", VALUES(val_uint(session)),
	    &st);

	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	volume_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_volume_ports(struct store *s, uint16_t *port, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_VOLUME_PORTS,
	    "SELECT DISTINCT port FROM volumes WHERE cookie <> 0 LIMIT ?1",
	    VALUES(val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		port[(*count)++] = (uint16_t)col_u32(st, 0);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_volume_put(struct store *s, const struct store_volume *v)
{
	return store_run(s, ST_VOLUME_PUT,
	    "UPDATE volumes SET sent = ?2, counted = ?3, warned = ?4, measured_wall = ?5"
	    " WHERE session = ?1",
	    VALUES(val_uint(v->session), val_uint(v->sent), val_uint(v->counted),
		val_int(v->warned), val_int(v->measured_wall_ms)));
}

int
store_volume_drop(struct store *s, uint64_t session)
{
	return store_run(s, ST_VOLUME_DROP, "DELETE FROM volumes WHERE session = ?1",
	    VALUES(val_uint(session)));
}

/* ---- days -------------------------------------------------------------------------------- */

static void
day_read(sqlite3_stmt *st, struct store_volume_day *d)
{
	memset(d, 0, sizeof(*d));
	col_text(st, 0, d->day, sizeof(d->day));
	col_text(st, 1, d->person, sizeof(d->person));
	d->bytes = col_u64(st, 2);
	d->sessions = col_u32(st, 3);
	d->unmeasured = col_u32(st, 4);
	d->warned = col_bool(st, 5);
}

#define DAY_COLUMNS "day, person, bytes, sessions, unmeasured, warned"

int
store_volume_day(struct store *s, const char *day, const char *person, struct store_volume_day *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_VOLUME_DAY_GET,
	    "SELECT " DAY_COLUMNS " FROM volume_days WHERE day = ?1 AND person = ?2",
	    VALUES(val_text(day), val_text(person)), &st);

	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	day_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_volume_day_add(struct store *s, struct store_volume_day *d)
{
	char day[DAY_SIZE], person[NAME_SIZE];
	int e = store_run(s, ST_VOLUME_DAY_ADD,
	    "INSERT INTO volume_days (" DAY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT (day, person) DO UPDATE SET bytes = bytes + ?3,"
	    " sessions = sessions + ?4, unmeasured = unmeasured + ?5, warned = max(warned, ?6)",
	    VALUES(val_text(d->day), val_text(d->person), val_uint(d->bytes),
		val_int(d->sessions), val_int(d->unmeasured), val_int(d->warned)));

	memcpy(day, d->day, sizeof(day)); /* the row is read over them */
	memcpy(person, d->person, sizeof(person));
	if (e == SKS_OK && (e = store_volume_day(s, day, person, d)) == SKS_NOT_FOUND)
		e = SKS_CORRUPT;
	return e;
}

int
store_volume_days(struct store *s, const char *before, struct store_volume_day *out, size_t max,
    size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_VOLUME_DAYS,
	    "SELECT " DAY_COLUMNS " FROM volume_days WHERE ?1 = '' OR day < ?1"
	    " ORDER BY day, person LIMIT ?2",
	    VALUES(val_text(before), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		day_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_volume_day_drop(struct store *s, const struct store_volume_day *d)
{
	return store_run(s, ST_VOLUME_DAY_DROP,
	    "DELETE FROM volume_days WHERE day = ?1 AND person = ?2",
	    VALUES(val_text(d->day), val_text(d->person)));
}
