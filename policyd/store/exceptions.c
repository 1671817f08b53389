/* The register of exceptions. */
#include "store/exceptions.h"
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

int
store_exception_add(struct store *s, const struct store_exception *x)
{
	int64_t live = 0;
	int e = store_number(s, ST_EXCEPTION_COUNT,
	    "SELECT count(*) FROM exceptions WHERE state < 2", NO_VALUES, &live);

	if (e == SKS_OK && live >= EXCEPTIONS_MAX)
		return SKS_FULL;
	if (e != SKS_OK)
		return e;
	return store_run(s, ST_EXCEPTION_ADD,
	    "INSERT INTO exceptions (number, kind, origin, state, judged, emergency, rule, key,"
	    " subject, service, source, duration, end_wall, waived, report_due, chased, ended_by,"
	    " ended_why, ended_wall, paper) VALUES"
	    " (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, 0, '', '', 0, ?14)",
	    VALUES(val_uint(x->number), val_text(x->kind), val_text(x->origin),
		val_int(x->judged), val_int(x->emergency), val_text(x->rule), val_text(x->key),
		val_text(x->subject), val_text(x->service), val_text(x->source),
		val_int(x->for_ms), val_int(x->end_wall_ms), val_int(x->waived),
		val_text(x->paper)));
}

#define EXCEPTION_COLUMNS                                                                      \
	"number, kind, origin, state, judged, emergency, rule, key, subject, service, source," \
	" duration, at_in, at_wall, at_boot, end_wall, waived, report_due, chased, ended_by,"  \
	" ended_why, ended_wall, paper"
enum { COLUMN_DURATION = 11, COLUMN_AT, COLUMN_AT_WALL, COLUMN_END = 15 };

/* Both clocks, and the stricter of them; a day that the policy names ends by the wall clock. */
static int64_t
exception_left(const struct store *s, sqlite3_stmt *st)
{
	int64_t duration = col_int(st, COLUMN_DURATION), end = col_int(st, COLUMN_END);
	int64_t from = col_int(st, COLUMN_AT_WALL), left = INT64_MAX;

	if (end != 0)
		left = end - s->now.wall_ms;
	if (duration != 0) {
		int64_t by_wall = from + duration - s->now.wall_ms;
		int64_t by_age = duration - col_age(s, st, COLUMN_AT);

		if (col_int(st, COLUMN_AT) != s->boot && s->now.wall_ms < from)
			return 0; /* the wall clock is all there is, and it was put back */
		left = by_wall < left ? by_wall : left;
		left = by_age < left ? by_age : left;
	}
	return left < 0 ? 0 : left;
}

static void
exception_read(const struct store *s, sqlite3_stmt *st, struct store_exception *x)
{
	memset(x, 0, sizeof(*x));
	x->number = col_u64(st, 0);
	col_text(st, 1, x->kind, sizeof(x->kind));
	col_text(st, 2, x->origin, sizeof(x->origin));
	x->state = col_u32(st, 3);
	x->judged = col_u32(st, 4);
	x->emergency = col_bool(st, 5);
	col_text(st, 6, x->rule, sizeof(x->rule));
	col_text(st, 7, x->key, sizeof(x->key));
	col_text(st, 8, x->subject, sizeof(x->subject));
	col_text(st, 9, x->service, sizeof(x->service));
	col_text(st, 10, x->source, sizeof(x->source));
	x->for_ms = col_int(st, COLUMN_DURATION);
	x->end_wall_ms = col_int(st, COLUMN_END);
	if (sqlite3_column_type(st, COLUMN_AT) != SQLITE_NULL) {
		x->from_wall_ms = col_int(st, COLUMN_AT_WALL);
		x->until_wall_ms = x->for_ms != 0 ? x->from_wall_ms + x->for_ms : x->end_wall_ms;
	}
	if (x->state == EXCEPTION_ACTIVE)
		x->left_ms = exception_left(s, st);
	x->waived = col_bool(st, 16);
	x->report_due_ms = col_int(st, 17);
	x->chased = col_bool(st, 18);
	col_text(st, 19, x->ended_by, sizeof(x->ended_by));
	col_text(st, 20, x->ended_why, sizeof(x->ended_why));
	x->ended_wall_ms = col_int(st, 21);
	col_text(st, 22, x->paper, sizeof(x->paper));
}

static int
exception_first(struct store *s, int e, sqlite3_stmt *st, struct store_exception *out)
{
	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	exception_read(s, st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_exception_get(struct store *s, uint64_t number, struct store_exception *out)
{
	sqlite3_stmt *st = NULL;
	int e = store_first(s, ST_EXCEPTION_GET,
	    "SELECT " EXCEPTION_COLUMNS " FROM exceptions WHERE number = ?1",
	    VALUES(val_uint(number)), &st);

	return exception_first(s, e, st, out);
}

int
store_exception_of(struct store *s, const char *origin, struct store_exception *out)
{
	sqlite3_stmt *st = NULL;
	int e = store_first(s, ST_EXCEPTION_OF,
	    "SELECT " EXCEPTION_COLUMNS " FROM exceptions WHERE state < 2 AND origin = ?1"
	    " ORDER BY number DESC LIMIT 1",
	    VALUES(val_text(origin)), &st);

	return exception_first(s, e, st, out);
}

int
store_exception_start(struct store *s, uint64_t number)
{
	return store_change(s, ST_EXCEPTION_START,
	    "UPDATE exceptions SET state = 1, at_in = ?2, at_wall = ?3, at_boot = ?4"
	    " WHERE number = ?1 AND state = 0",
	    VALUES(val_uint(number), val_int(s->boot), val_int(s->now.wall_ms),
		val_int(s->now.boot_ms)));
}

int
store_exception_update(struct store *s, const struct store_exception *x)
{
	return store_change(s, ST_EXCEPTION_UPDATE,
	    "UPDATE exceptions SET judged = ?2, duration = ?3, waived = ?4, paper = ?5"
	    " WHERE number = ?1",
	    VALUES(val_uint(x->number), val_int(x->judged), val_int(x->for_ms),
		val_int(x->waived), val_text(x->paper)));
}

int
store_exception_end(struct store *s, uint64_t number, const char *by, const char *why,
    int64_t report_due_ms)
{
	return store_change(s, ST_EXCEPTION_END,
	    "UPDATE exceptions SET state = 2, ended_by = ?2, ended_why = ?3, ended_wall = ?4,"
	    " report_due = ?5 WHERE number = ?1 AND state < 2",
	    VALUES(val_uint(number), val_text(by), val_text(why), val_int(s->now.wall_ms),
		val_int(report_due_ms)));
}

int
store_exception_reported(struct store *s, const struct store_exception *x)
{
	return store_change(s, ST_EXCEPTION_REPORTED,
	    "UPDATE exceptions SET report_due = 0, paper = ?2 WHERE number = ?1"
	    " AND report_due > 0",
	    VALUES(val_uint(x->number), val_text(x->paper)));
}

int
store_exception_chased(struct store *s, uint64_t number)
{
	return store_run(s, ST_EXCEPTION_CHASED,
	    "UPDATE exceptions SET chased = 1 WHERE number = ?1", VALUES(val_uint(number)));
}

int
store_exception_list(struct store *s, uint64_t after, bool all, struct store_exception *out,
    size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, all ? ST_EXCEPTION_LIST_ALL : ST_EXCEPTION_LIST,
	    all ? "SELECT " EXCEPTION_COLUMNS " FROM exceptions WHERE number > ?1"
		  " ORDER BY number LIMIT ?2"
		: "SELECT " EXCEPTION_COLUMNS " FROM exceptions WHERE number > ?1"
		  " AND (state < 2 OR report_due > 0) ORDER BY number LIMIT ?2",
	    VALUES(val_uint(after), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		exception_read(s, st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

/* ---- for a decision ------------------------------------------------------------------------ */

static bool
is_in_group(const char *groups, const char *group)
{
	size_t len = strlen(group);

	while (groups != NULL && *groups != '\0') {
		size_t item = strcspn(groups, ",");

		if (item == len && memcmp(groups, group, len) == 0)
			return true;
		groups += item + (groups[item] == ',');
	}
	return false;
}

int
store_exceptions_for(struct store *s, const char *user, const char *service,
    const char *groups, char *out, size_t size)
{
	static struct store_exception x;
	size_t used = 0;
	int e = SKS_OK;
	sqlite3_stmt *st = store_query(s, ST_EXCEPTION_FOR,
	    "SELECT " EXCEPTION_COLUMNS " FROM exceptions WHERE state < 2 AND state = 1"
	    " AND key <> '' AND (subject IN ('*', ?1) OR subject LIKE '@%')"
	    " AND service IN ('*', ?2) ORDER BY number",
	    VALUES(val_text(user), val_text(service)));

	out[0] = '\0';
	while ((e = store_step(s, st)) > 0) {
		int n;

		exception_read(s, st, &x);
		if (x.left_ms == 0 ||
		    (x.subject[0] == '@' && !is_in_group(groups, x.subject + 1)))
			continue;
		n = snprintf(out + used, size - used, "%s%llu\t%s\t%s\t%s\t%s\t%s",
		    used > 0 ? "\n" : "", (unsigned long long)x.number, x.key, x.subject,
		    x.service, x.source, x.rule);
		if (n < 0 || (size_t)n >= size - used)
			out[used] = '\0';
		else
			used += (size_t)n;
	}
	return e;
}
