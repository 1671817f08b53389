#include "store/verify.h"

#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

enum { SCAN_STRETCH = 8192, INDEX_STRETCH = 16384, INDEX_VALUE_SIZE = 512 };

static int
extent_number(struct store *s, const char *sql, uint64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	*out = 0;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = col_u64(st, 0);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SKS_OK : store_fail(s, sqlite3_extended_errcode(s->db));
}

static int
extent_head(struct store *s, struct store_extent *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db,
	    "SELECT chain, size, sealed, note FROM heads ORDER BY chain DESC, size DESC LIMIT "
	    "1",
	    -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		out->head_chain = col_u64(st, 0);
		out->head_size = col_u64(st, 1);
		out->head_sealed = col_int(st, 2);
		if (sqlite3_column_type(st, 3) == SQLITE_TEXT && sqlite3_column_text(st, 3) != NULL)
			out->head_len = (size_t)sqlite3_column_bytes(st, 3);
		if (out->head_len <= sizeof(out->head_note) && out->head_len > 0)
			memcpy(out->head_note, sqlite3_column_text(st, 3), out->head_len);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE
		   ? SKS_OK
		   : store_fail(s, sqlite3_extended_errcode(s->db));
}

int
store_extent(struct store *s, struct store_extent *out)
{
	int r = store_exec(s, "BEGIN");

	*out = (struct store_extent){0};
	if (r != SKS_OK)
		return r;
	if ((r = extent_number(s, "SELECT coalesce(min(seq), 0) FROM records", &out->first)) ==
		SKS_OK &&
	    (r = extent_number(s, "SELECT coalesce(max(seq), 0) FROM records", &out->last)) ==
		SKS_OK &&
	    (r = extent_number(s, "SELECT count(*) FROM chains", &out->chains)) == SKS_OK &&
	    (r = extent_number(s, "SELECT count(*) FROM nodes", &out->nodes)) == SKS_OK &&
	    (r = extent_number(s, "SELECT count(*) FROM heads", &out->heads)) == SKS_OK)
		r = extent_head(s, out);
	(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

/* ---- records ----------------------------------------------------------------------------- */

/*
 * A blob of the same bytes, or a text with a NUL in it, reads the same here and is not found by
 * who searches for the text: it becomes a value that no record has.
 */
static const char *
row_text(sqlite3_stmt *st, int column)
{
	const char *text;

	if (sqlite3_column_type(st, column) == SQLITE_NULL)
		return NULL;
	if (sqlite3_column_type(st, column) != SQLITE_TEXT)
		return "\001not a text";
	text = (const char *)sqlite3_column_text(st, column);
	return text != NULL && strlen(text) == (size_t)sqlite3_column_bytes(st, column)
		   ? text
		   : "\001not a text";
}

/* A blob of no bytes reads as 0, and is not found by who searches for that. */
static int64_t
row_number(sqlite3_stmt *st, int column)
{
	return sqlite3_column_type(st, column) == SQLITE_INTEGER ? col_int(st, column) : -1;
}

/* NULL unless it is a blob. */
static const void *
row_blob(sqlite3_stmt *st, int column, size_t *len)
{
	bool blob = sqlite3_column_type(st, column) == SQLITE_BLOB;

	*len = blob ? (size_t)sqlite3_column_bytes(st, column) : 0;
	return blob ? sqlite3_column_blob(st, column) : NULL;
}

static int
scan_stretch(struct store *s, sqlite3_stmt *st, store_row_fn *each, void *context)
{
	struct store_row row = {0};
	int rc, r;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		row.seq = col_u64(st, 0);
		row.header = row_blob(st, 1, &row.header_len);
		r = each(context, &row);
		if (r != SKS_OK)
			return r;
	}
	return rc == SQLITE_DONE ? SKS_OK : store_fail(s, sqlite3_extended_errcode(s->db));
}

/*
 * Of a row only its beginning is read, so pages are looked at where the kernel keeps them and
 * not copied: a fourth faster. What was looked at would count as memory of this process, so the
 * mapping is made anew for each stretch. A page that the disk cannot give comes as SIGBUS.
 */
static void
scan_map(struct store *s, bool on)
{
	(void)sqlite3_exec(s->db, on ? "PRAGMA mmap_size = 2147418112" : "PRAGMA mmap_size = 0",
	    NULL, NULL, NULL);
}

int
store_scan_headers(
    struct store *s, uint64_t from, uint64_t to, store_row_fn *each, void *context)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db,
	    "SELECT seq, header FROM records WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq", -1, &st,
	    NULL);
	int r = rc == SQLITE_OK ? SKS_OK : store_fail(s, rc);

	for (uint64_t at = from; r == SKS_OK && at <= to && at >= from; at += SCAN_STRETCH) {
		uint64_t end = to - at < SCAN_STRETCH ? to : at + SCAN_STRETCH - 1;

		(void)sqlite3_bind_int64(st, 1, (int64_t)at);
		(void)sqlite3_bind_int64(st, 2, (int64_t)end);
		scan_map(s, end > at);
		r = scan_stretch(s, st, each, context);
		sqlite3_reset(st);
		scan_map(s, false);
	}
	sqlite3_finalize(st);
	return r;
}

int
store_row_get(struct store *s, uint64_t seq, struct store_row *row)
{
	sqlite3_stmt *st = store_query(s, ST_ROW_GET,
	    "SELECT header, body, user, source, reason, action, outcome FROM records"
	    " WHERE seq = ?1",
	    VALUES(val_uint(seq)));
	int r = store_step(s, st);

	*row = (struct store_row){.seq = seq};
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	row->header = row_blob(st, 0, &row->header_len);
	if (sqlite3_column_type(st, 1) != SQLITE_NULL) {
		row->body = row_blob(st, 1, &row->body_len);
		if (row->body == NULL) /* an empty one is not a deleted one */
			row->body = "";
	}
	row->user = row_text(st, 2);
	row->source = row_text(st, 3);
	row->reason = row_text(st, 4);
	row->action = row_number(st, 5);
	row->outcome = row_number(st, 6);
	return SKS_OK;
}

void
store_row_done(struct store *s)
{
	if (s->stmt[ST_ROW_GET] != NULL)
		(void)sqlite3_reset(s->stmt[ST_ROW_GET]);
}

/* ---- indexes ----------------------------------------------------------------------------- */

/* The rest of one value, then those after it: SQLite has no single search for both. */
static const char *const index_sql[][2] = {
    [STORE_INDEX_USER] = {"SELECT user, seq FROM records_user"
			  " WHERE user = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4",
	"SELECT user, seq FROM records_user"
	" WHERE user > ?1 AND seq <= ?3 AND ?2 >= 0 ORDER BY user, seq LIMIT ?4"},
    [STORE_INDEX_SOURCE] =
	{"SELECT source, seq FROM records_source"
	 " WHERE source = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4",
	    "SELECT source, seq FROM records_source"
	    " WHERE source > ?1 AND seq <= ?3 AND ?2 >= 0 ORDER BY source, seq LIMIT ?4"},
};

struct index_place {
	char value[INDEX_VALUE_SIZE];
	uint64_t seq;
	uint64_t rows; /* of this stretch */
};

static int
index_rows(struct store *s, sqlite3_stmt *st, struct index_place *at, store_index_fn *each,
    void *context)
{
	int rc, r;

	at->rows = 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *value = row_text(st, 0);

		if (value == NULL || value[0] == '\001' || strlen(value) >= sizeof(at->value))
			return SKS_CORRUPT;
		if (at->rows++ == 0 || strcmp(at->value, value) != 0)
			(void)snprintf(at->value, sizeof(at->value), "%s", value);
		at->seq = col_u64(st, 1);
		r = each(context, value, at->seq);
		if (r != SKS_OK)
			return r;
	}
	return rc == SQLITE_DONE ? SKS_OK : store_fail(s, sqlite3_extended_errcode(s->db));
}

static int
index_stretch(struct store *s, sqlite3_stmt *st, uint64_t last, struct index_place *at,
    store_index_fn *each, void *context)
{
	char value[INDEX_VALUE_SIZE];
	int r;

	memcpy(value, at->value, sizeof(value));
	(void)sqlite3_bind_text(st, 1, value, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, (int64_t)at->seq);
	(void)sqlite3_bind_int64(st, 3, (int64_t)last);
	(void)sqlite3_bind_int64(st, 4, INDEX_STRETCH);
	r = index_rows(s, st, at, each, context);
	sqlite3_reset(st);
	return r;
}

int
store_scan_index(struct store *s, enum store_log_index which, uint64_t last,
    store_index_fn *each, void *context)
{
	struct index_place at = {.value = ""};
	sqlite3_stmt *rest = NULL, *next = NULL;
	int rc = sqlite3_prepare_v2(s->db, index_sql[which][0], -1, &rest, NULL);
	int r;

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(s->db, index_sql[which][1], -1, &next, NULL);
	r = rc == SQLITE_OK ? SKS_OK : store_fail(s, rc);
	do {
		do {
			if (r == SKS_OK)
				r = index_stretch(s, rest, last, &at, each, context);
		} while (r == SKS_OK && at.rows == INDEX_STRETCH);
		if (r == SKS_OK)
			r = index_stretch(s, next, last, &at, each, context);
	} while (r == SKS_OK && at.rows > 0);
	sqlite3_finalize(rest);
	sqlite3_finalize(next);
	return r;
}

/* ---- heads ------------------------------------------------------------------------------- */

int
store_head_get(
    struct store *s, uint64_t chain, uint64_t size, int64_t *sealed, struct buf *note)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_HEAD_GET,
	    "SELECT sealed, note FROM heads WHERE chain = ?1 AND size = ?2",
	    VALUES(val_uint(chain), val_uint(size)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	*sealed = col_int(st, 0);
	if (sqlite3_column_type(st, 1) == SQLITE_TEXT)
		buf_put_bytes(
		    note, sqlite3_column_text(st, 1), (size_t)sqlite3_column_bytes(st, 1));
	sqlite3_reset(st);
	return buf_error(note);
}

/* ---- the tables themselves --------------------------------------------------------------- */

/* What a reader would be led by: the tables of the log with their indexes, and anything that
 * acts by itself. */
static const char schema_of_log[] =
    "SELECT name, type || ' ' || coalesce(sql, '') FROM sqlite_schema"
    " WHERE tbl_name IN ('records', 'records_user', 'records_source', 'chains', 'nodes',"
    " 'heads') OR type IN ('trigger', 'view')"
    " ORDER BY name";

static int
schema_compare(sqlite3_stmt *ours, sqlite3_stmt *theirs, char *name, size_t size)
{
	for (;;) {
		int a = sqlite3_step(ours), b = sqlite3_step(theirs);

		if (a == SQLITE_DONE && b == SQLITE_DONE)
			return SKS_OK;
		col_text(b == SQLITE_ROW ? theirs : ours, 0, name, size);
		if (a != SQLITE_ROW || b != SQLITE_ROW)
			return SKS_CORRUPT;
		for (int column = 0; column < 2; column++) {
			const char *x = row_text(ours, column), *y = row_text(theirs, column);

			if (x == NULL || y == NULL || strcmp(x, y) != 0)
				return SKS_CORRUPT;
		}
	}
}

int
store_check_schema(struct store *s, char *name, size_t size)
{
	struct store fresh = {.generation_fd = -1};
	sqlite3_stmt *ours = NULL, *theirs = NULL;
	int r = SKS_INTERNAL;

	(void)snprintf(name, size, "schema");
	if (sqlite3_open_v2(":memory:", &fresh.db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL) == SQLITE_OK &&
	    schema_create(&fresh) == SKS_OK &&
	    sqlite3_prepare_v2(fresh.db, schema_of_log, -1, &ours, NULL) == SQLITE_OK) {
		r = SKS_CORRUPT;
		if (sqlite3_prepare_v2(s->db, schema_of_log, -1, &theirs, NULL) == SQLITE_OK)
			r = schema_compare(ours, theirs, name, size);
	}
	sqlite3_finalize(ours);
	sqlite3_finalize(theirs);
	store_finalize(&fresh);
	(void)sqlite3_close(fresh.db);
	return r;
}
