/* SQLite behind typed helpers, and the turn: begin, mark, commit. */
#include "error.h"
#include "store/store_internal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What the operating system said counts more than that a read or write failed. */
static int
store_map_ioerr(struct store *s, int rc)
{
	int error = sqlite3_system_errno(s->db);

	if (rc == SQLITE_IOERR_NOMEM)
		return SKS_NOMEM;
	if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
		return SKS_IO; /* nobody knows what reached the disk */
	if (error == ENOSPC || error == EDQUOT)
		return SKS_FULL;
	return error == EROFS ? SKS_READONLY : SKS_IO;
}

int
store_fail(struct store *s, int rc)
{
	(void)snprintf(s->error, sizeof(s->error), "%s (%d)",
	    s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc), rc);
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return SKS_FULL;
	case SQLITE_READONLY:
		return SKS_READONLY;
	case SQLITE_IOERR:
		return store_map_ioerr(s, rc);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_PROTOCOL:
		return SKS_IO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return SKS_CORRUPT;
	case SQLITE_CONSTRAINT:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return SKS_CONFLICT;
	case SQLITE_NOMEM:
		return SKS_NOMEM;
	case SQLITE_TOOBIG:
		return SKS_TOO_BIG;
	default:
		return SKS_INTERNAL;
	}
}

const char *
store_error(const struct store *s)
{
	return s->error[0] != '\0' ? s->error : "no error";
}

static int
store_bind(sqlite3_stmt *st, int at, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NUMBER:
		return sqlite3_bind_int64(st, at, v->number);
	case VALUE_TEXT:
		return sqlite3_bind_text(st, at, v->bytes, -1, SQLITE_STATIC);
	case VALUE_BLOB:
		/* an empty blob is not NULL */
		return sqlite3_bind_blob64(
		    st, at, v->len > 0 ? v->bytes : "", v->len, SQLITE_STATIC);
	case VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(st, at);
}

sqlite3_stmt *
store_query(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count)
{
	sqlite3_stmt *st = s->stmt[id];
	int rc = SQLITE_OK;

	if (st == NULL) {
		rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
		s->stmt[id] = st;
	} else {
		sqlite3_reset(st);
	}
	for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
		rc = store_bind(st, (int)i + 1, &value[i]);
	if (rc != SQLITE_OK) {
		(void)store_fail(s, rc);
		return NULL;
	}
	return st;
}

int
store_step(struct store *s, sqlite3_stmt *st)
{
	int rc, error;

	if (st == NULL)
		return store_fail(s, sqlite3_extended_errcode(s->db));
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		return 1;
	error = rc == SQLITE_DONE ? SKS_OK : store_fail(s, sqlite3_extended_errcode(s->db));
	sqlite3_reset(st);
	return error;
}

int
store_first(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count, sqlite3_stmt **st)
{
	*st = store_query(s, id, sql, value, count);
	return store_step(s, *st);
}

int
store_run(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count)
{
	sqlite3_stmt *st;
	int r = store_first(s, id, sql, value, count, &st);

	if (r > 0) {
		sqlite3_reset(st);
		r = SKS_OK;
	}
	return r;
}

int
store_number(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count, int64_t *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, id, sql, value, count, &st);

	*out = 0;
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	*out = col_int(st, 0);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_exec(struct store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? SKS_OK : store_fail(s, sqlite3_extended_errcode(s->db));
}

void
store_finalize(struct store *s)
{
	for (int i = 0; i < ST_TOTAL; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
}

/* ---- columns ----------------------------------------------------------------------------- */

void
col_text(sqlite3_stmt *st, int column, char *dst, size_t size)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	(void)snprintf(dst, size, "%s", text != NULL ? (const char *)text : "");
}

int64_t
col_int(sqlite3_stmt *st, int column)
{
	return sqlite3_column_int64(st, column);
}

uint32_t
col_u32(sqlite3_stmt *st, int column)
{
	int64_t v = sqlite3_column_int64(st, column);

	return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

uint64_t
col_u64(sqlite3_stmt *st, int column)
{
	return (uint64_t)sqlite3_column_int64(st, column);
}

bool
col_bool(sqlite3_stmt *st, int column)
{
	return sqlite3_column_int64(st, column) != 0;
}

size_t
col_blob(sqlite3_stmt *st, int column, void *dst, size_t size)
{
	const void *blob = sqlite3_column_blob(st, column);
	size_t len = (size_t)sqlite3_column_bytes(st, column);

	/* a text of the same bytes is not what was written */
	if (blob == NULL || len > size || sqlite3_column_type(st, column) != SQLITE_BLOB)
		return 0;
	memcpy(dst, blob, len);
	return len;
}

int64_t
col_age(const struct store *s, sqlite3_stmt *st, int column)
{
	int64_t age;

	if (sqlite3_column_type(st, column) == SQLITE_NULL)
		return AGE_NEVER;
	if (col_int(st, column) == s->boot)
		age = s->now.boot_ms - col_int(st, column + 2);
	else
		age = s->now.wall_ms - col_int(st, column + 1);
	return age < 0 ? 0 : age;
}

/* ---- the turn ---------------------------------------------------------------------------- */

int
store_begin(struct store *s, struct instant now)
{
	int r;

	if (s->in_turn)
		return SKS_CONFLICT;
	s->now = now;
	/* a reader's snapshot must not wait for, or hinder, the writer */
	r = store_run(s, ST_BEGIN, s->read_only ? "BEGIN" : "BEGIN IMMEDIATE", NO_VALUES);
	if (r != SKS_OK)
		return r;
	s->in_turn = true;
	s->marked = s->floor_raised = false;
	s->user_memo.changes = s->known_memo.changes = -1; /* ages are of their turn */
	s->changes_before = sqlite3_total_changes64(s->db);
	if (s->boot_pending)
		r = s->read_only ? boots_find(s) : boots_settle(s);
	if (r != SKS_OK)
		store_rollback(s);
	return r;
}

/* SQLite ends the whole transaction by itself on some errors: what was done is then undone. */
static bool
store_turn_lost(const struct store *s)
{
	return !s->in_turn || sqlite3_get_autocommit(s->db);
}

int
store_mark(struct store *s)
{
	int r = SKS_OK;

	if (store_turn_lost(s))
		return SKS_CONFLICT;
	if (s->marked)
		r = store_run(s, ST_RELEASE, "RELEASE request", NO_VALUES);
	s->marked = false;
	if (r == SKS_OK)
		r = store_run(s, ST_MARK, "SAVEPOINT request", NO_VALUES);
	s->marked = r == SKS_OK;
	return r;
}

void
store_forget(struct store *s)
{
	s->source_count = s->log_size = -1;
	s->recent_from = 0;
	s->user_memo.changes = s->known_memo.changes = -1;
	for (int i = 0; i < KNOWN_COUNTS; i++)
		s->known_count[i].counted = false;
}

int
store_unmark(struct store *s)
{
	store_forget(s);
	s->floor_raised = false; /* perhaps it was undone; the raise belongs before the marks */
	if (store_turn_lost(s) || !s->marked)
		return SKS_CONFLICT;
	return store_run(s, ST_UNMARK, "ROLLBACK TO request", NO_VALUES);
}

/* The generation is counted where it becomes durable with the rest, and told to this boot's
 * memory before: a store that is behind that memory by more than one commit was put back. */
static int
store_count_commit(struct store *s, int64_t *generation)
{
	int r;

	/* else the next start would find this one's memory equal, and take it for vouched */
	if (!s->vouched && !s->floor_raised) {
		(void)snprintf(s->error, sizeof(s->error), "the floor was not raised first");
		return SKS_INTERNAL;
	}
	r = store_count(s, COUNTER_GENERATION, generation);
	if (r == SKS_OK)
		r = counters_write(s);
	if (r == SKS_OK)
		r = generation_write(s, *generation);
	return r;
}

int
store_commit(struct store *s)
{
	bool changed = s->counted || sqlite3_total_changes64(s->db) != s->changes_before;
	int64_t generation = s->generation;
	int r = SKS_OK;

	if (!s->in_turn)
		return SKS_INTERNAL;
	if (store_turn_lost(s))
		r = SKS_CONFLICT;
	if (r == SKS_OK && changed && !s->read_only)
		r = store_count_commit(s, &generation);
	if (r == SKS_OK)
		r = store_run(s, ST_COMMIT, "COMMIT", NO_VALUES);
	if (r != SKS_OK) {
		store_rollback(s);
		return r;
	}
	s->in_turn = s->marked = s->counted = false;
	if (changed && !s->read_only) {
		s->generation = generation;
		s->vouched = true;
		s->boot_pending = false;
	}
	return SKS_OK;
}

int64_t
store_changes(const struct store *s)
{
	return sqlite3_total_changes64(s->db);
}

int64_t
store_generation(const struct store *s)
{
	return s->generation;
}

void
store_rollback(struct store *s)
{
	char error[sizeof(s->error)];

	/* what failed first is the news, not that it was rolled back */
	memcpy(error, s->error, sizeof(error));
	if (!sqlite3_get_autocommit(s->db))
		(void)store_run(s, ST_ROLLBACK, "ROLLBACK", NO_VALUES);
	memcpy(s->error, error, sizeof(error));
	s->in_turn = s->marked = s->counted = s->counters_known = false;
	store_forget(s);
}
