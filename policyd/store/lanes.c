/*
 * Lanes and the budgets of sources. Rows are kept when they come to nothing and swept later:
 * each new row looks at a few others, so the tables shrink as fast as they can grow and no
 * commit pays for a long clean-up.
 */
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

enum { SOURCES_MAX = 65536 };
#define LANE_KEEP_MS   ((int64_t)30 * STORE_DAY_MS)
#define SOURCE_KEEP_MS ((int64_t)7 * STORE_DAY_MS)

int
lane_load(struct store *s, struct facts *f)
{
	sqlite3_stmt *st;
	int r;

	f->lane_count = f->lane_open = 0;
	f->lane_age_ms = f->lane_window_age_ms = AGE_NEVER;
	if (f->lane == LANE_NONE)
		return SKS_OK;
	r = store_first(s, ST_LANE_GET,
	    "SELECT count, open, at_in, at_wall, at_boot, window_in, window_wall, window_boot"
	    " FROM lanes WHERE key = ?1",
	    VALUES(val_text(f->lane_key)), &st);
	if (r <= 0)
		return r;
	f->lane_count = col_u32(st, 0);
	f->lane_open = col_u32(st, 1);
	f->lane_age_ms = col_age(s, st, 2);
	f->lane_window_age_ms = col_age(s, st, 5);
	sqlite3_reset(st);
	return SKS_OK;
}

/* Looks at the next four lanes and deletes what nobody needs. */
static int
lane_sweep(struct store *s)
{
	sqlite3_stmt *st;
	char last[LANE_SIZE] = "";
	int r;

	r = store_first(s, ST_LANE_SWEPT,
	    "SELECT max(key) FROM (SELECT key FROM lanes WHERE key > ?1 ORDER BY key LIMIT 4)",
	    VALUES(val_text(s->lane_cursor)), &st);
	if (r <= 0)
		return r;
	col_text(st, 0, last, sizeof(last));
	sqlite3_reset(st);
	r = store_run(s, ST_LANE_SWEEP,
	    "DELETE FROM lanes WHERE key > ?1 AND key <= ?2 AND open = 0"
	    " AND (count = 0 OR at_wall < ?3)",
	    VALUES(val_text(s->lane_cursor), val_text(last),
		val_int(s->now.wall_ms - LANE_KEEP_MS)));
	(void)snprintf(s->lane_cursor, sizeof(s->lane_cursor), "%s", last);
	return r;
}

/* Names that do not exist share a fixed number of lanes and belong to nobody. */
static int
lane_add(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	struct value in = val_int(s->boot), wall = val_int(s->now.wall_ms);
	struct value boot = val_int(s->now.boot_ms), none = val_null();
	bool at = c->lane_stamp, window = c->lane_window_start;
	int64_t user = 0;
	int error = SKS_OK;

	if (f->lane != LANE_UNKNOWN && r->known)
		error = user_find(s, r->user, r->uid, true, &user, NULL);
	if (error == SKS_OK)
		error = lane_sweep(s);
	if (error != SKS_OK)
		return error;
	return store_run(s, ST_LANE_ADD,
	    "INSERT INTO lanes (key, user, count, open, at_in, at_wall, at_boot, window_in,"
	    " window_wall, window_boot) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	    VALUES(val_text(f->lane_key), user != 0 ? val_int(user) : none,
		val_int(c->lane_count), val_int(c->lane_open), at ? in : none, at ? wall : none,
		at ? boot : none, window ? in : none, window ? wall : none,
		window ? boot : none));
}

int
lane_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	int error;

	if (!c->lane_put || f->lane == LANE_NONE)
		return SKS_OK;
	error = store_run(s, ST_LANE_UPDATE,
	    "UPDATE lanes SET count = ?2, open = ?3,"
	    " at_in = iif(?4, ?6, at_in), at_wall = iif(?4, ?7, at_wall),"
	    " at_boot = iif(?4, ?8, at_boot),"
	    " window_in = iif(?5, ?6, window_in), window_wall = iif(?5, ?7, window_wall),"
	    " window_boot = iif(?5, ?8, window_boot) WHERE key = ?1",
	    VALUES(val_text(f->lane_key), val_int(c->lane_count), val_int(c->lane_open),
		val_int(c->lane_stamp), val_int(c->lane_window_start), val_int(s->boot),
		val_int(s->now.wall_ms), val_int(s->now.boot_ms)));
	if (error != SKS_OK || sqlite3_changes(s->db) > 0)
		return error;
	if (c->lane_count == 0 && c->lane_open == 0)
		return SKS_OK; /* nothing of it is worth a row */
	return lane_add(s, r, f, c);
}

/* ---- sources ----------------------------------------------------------------------------- */

int
source_load(struct store *s, const struct request *r, struct facts *f)
{
	sqlite3_stmt *st;
	int error;

	f->source_level_milli = 0;
	f->source_age_ms = AGE_NEVER;
	if (r->source[0] == '\0')
		return SKS_OK; /* local: no address has a budget */
	error = store_first(s, ST_SOURCE_GET,
	    "SELECT level, at_in, at_wall, at_boot FROM sources WHERE source = ?1",
	    VALUES(val_text(r->source)), &st);
	if (error <= 0)
		return error;
	f->source_level_milli = col_u32(st, 0);
	f->source_age_ms = col_age(s, st, 1);
	sqlite3_reset(st);
	return SKS_OK;
}

/* Deletes those of the next four sources that have long drained; with too many rows, the one
 * of them that was charged longest ago, whenever that was. */
static int
source_sweep(struct store *s)
{
	char last[SOURCE_SIZE] = "";
	sqlite3_stmt *st;
	int r;

	r = store_first(s, ST_SOURCE_SWEPT,
	    "SELECT max(source) FROM"
	    " (SELECT source FROM sources WHERE source > ?1 ORDER BY source LIMIT 4)",
	    VALUES(val_text(s->source_cursor)), &st);
	if (r <= 0)
		return r;
	col_text(st, 0, last, sizeof(last));
	sqlite3_reset(st);
	r = store_run(s, ST_SOURCE_SWEEP,
	    "DELETE FROM sources WHERE source > ?1 AND source <= ?2"
	    " AND (at_wall < ?3 OR level = 0)",
	    VALUES(val_text(s->source_cursor), val_text(last),
		val_int(s->now.wall_ms - SOURCE_KEEP_MS)));
	s->source_count -= r == SKS_OK ? sqlite3_changes(s->db) : 0;
	if (r == SKS_OK && s->source_count >= SOURCES_MAX) {
		r = store_run(s, ST_SOURCE_DROP,
		    "DELETE FROM sources WHERE source = (SELECT source FROM sources"
		    " WHERE source > ?1 AND source <= ?2 ORDER BY at_wall LIMIT 1)",
		    VALUES(val_text(s->source_cursor), val_text(last)));
		s->source_count -= r == SKS_OK ? sqlite3_changes(s->db) : 0;
	}
	(void)snprintf(s->source_cursor, sizeof(s->source_cursor), "%s", last);
	return r;
}

int
source_apply(struct store *s, const struct request *r, const struct changes *c)
{
	int error;

	if (!c->source_put || r->source[0] == '\0')
		return SKS_OK;
	error = store_run(s, ST_SOURCE_UPDATE,
	    "UPDATE sources SET level = ?2, at_in = ?3, at_wall = ?4, at_boot = ?5"
	    " WHERE source = ?1",
	    VALUES(val_text(r->source), val_int(c->source_level_milli), val_int(s->boot),
		val_int(s->now.wall_ms), val_int(s->now.boot_ms)));
	if (error != SKS_OK || sqlite3_changes(s->db) > 0 || c->source_level_milli == 0)
		return error;
	if (s->source_count < 0)
		error = store_number(s, ST_SOURCE_COUNT, "SELECT count(*) FROM sources",
		    NO_VALUES, &s->source_count);
	if (error == SKS_OK)
		error = source_sweep(s);
	if (error == SKS_OK)
		error = store_run(s, ST_SOURCE_ADD,
		    "INSERT INTO sources (source, level, at_in, at_wall, at_boot)"
		    " VALUES (?1, ?2, ?3, ?4, ?5)",
		    VALUES(val_text(r->source), val_int(c->source_level_milli),
			val_int(s->boot), val_int(s->now.wall_ms), val_int(s->now.boot_ms)));
	s->source_count += error == SKS_OK ? 1 : 0;
	return error;
}
