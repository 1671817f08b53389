/* Bodies that are destroyed, and the age of those that are kept. */
#include "store/keep.h"
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

/* What of the record stays, and whether there is something to take. */
static int
erase_find(struct store *s, uint64_t seq, uint8_t header[RECORD_HEADER_SIZE], int64_t *action)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_ERASE_FIND,
	    "SELECT header, action FROM records WHERE seq = ?1 AND body IS NOT NULL",
	    VALUES(val_uint(seq)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	*action = col_int(st, 1);
	r = col_blob(st, 0, header, RECORD_HEADER_SIZE) == RECORD_HEADER_SIZE ? SKS_OK
									      : SKS_CORRUPT;
	sqlite3_reset(st);
	return r;
}

/* The row goes and a short one comes, instead of a change: only when rows go does SQLite put
 * pages together that have become nearly empty, so that others can be used again. */
int
store_erase(struct store *s, uint64_t seq)
{
	uint8_t header[RECORD_HEADER_SIZE];
	int64_t action = 0;
	int r = erase_find(s, seq, header, &action);

	if (r == SKS_OK)
		r = store_run(s, ST_ERASE_USER,
		    "DELETE FROM records_user WHERE seq = ?1"
		    " AND user = (SELECT user FROM records WHERE seq = ?1)",
		    VALUES(val_uint(seq)));
	if (r == SKS_OK)
		r = store_run(s, ST_ERASE_SOURCE,
		    "DELETE FROM records_source WHERE seq = ?1"
		    " AND source = (SELECT source FROM records WHERE seq = ?1)",
		    VALUES(val_uint(seq)));
	if (r == SKS_OK)
		r = store_run(
		    s, ST_ERASE, "DELETE FROM records WHERE seq = ?1", VALUES(val_uint(seq)));
	if (r == SKS_OK)
		r = store_run(s, ST_ERASE_KEEP,
		    "INSERT INTO records (seq, header, action, outcome, reason)"
		    " VALUES (?1, ?2, ?3, ?4, '')",
		    VALUES(val_uint(seq), val_blob(header, sizeof(header)), val_int(action),
			val_int(OUTCOME_UNKNOWN)));
	if (r == SKS_OK)
		s->wipe_due = true;
	return r;
}

bool
store_wipe_due(const struct store *s)
{
	return s->wipe_due && !s->read_only;
}

int
store_wipe(struct store *s)
{
	int frames = 0, done = 0, rc;

	if (s->in_turn || s->read_only)
		return SKS_CONFLICT;
	/* a reader is not waited for: meanwhile nobody could log in */
	(void)sqlite3_busy_timeout(s->db, 0);
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &done);
	(void)sqlite3_busy_timeout(s->db, STORE_BUSY_WRITER_MS);
	if (rc != SQLITE_OK)
		return store_fail(s, sqlite3_extended_errcode(s->db));
	s->wal_frames = 0;
	s->wipe_due = false;
	return SKS_OK;
}

/* ---- what there is ----------------------------------------------------------------------- */

static void
kept_read(sqlite3_stmt *st, struct store_kept *out)
{
	uint8_t bytes[RECORD_HEADER_SIZE];
	struct record header;

	memset(out, 0, sizeof(*out));
	out->seq = col_u64(st, 0);
	out->body = col_bool(st, 2);
	out->retention = RETAIN_COUNT;
	if (col_blob(st, 1, bytes, sizeof(bytes)) != sizeof(bytes) ||
	    record_header_decode(bytes, &header) != SKS_OK || header.seq != out->seq)
		return;
	out->retention = header.retention;
	out->wall_ms = header.wall_ms;
}

static int
kept_list(struct store *s, sqlite3_stmt *st, struct store_kept *out, size_t max, size_t *count)
{
	int r = SKS_OK;

	*count = 0;
	while (*count < max && (r = store_step(s, st)) > 0)
		kept_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

int
store_kept_scan(struct store *s, uint64_t after, uint64_t upto, struct store_kept *out,
    size_t max, size_t *count)
{
	return kept_list(s,
	    store_query(s, ST_KEEP_SCAN,
		"SELECT seq, header, body IS NOT NULL FROM records"
		" WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
		VALUES(val_uint(after), val_uint(upto), val_int((int64_t)max))),
	    out, max, count);
}

int
store_kept_get(struct store *s, uint64_t seq, struct store_kept *out)
{
	size_t count = 0;
	int r;

	memset(out, 0, sizeof(*out));
	if (seq == 0 || seq > INT64_MAX)
		return SKS_NOT_FOUND;
	r = store_kept_scan(s, seq - 1, seq, out, 1, &count);
	return r == SKS_OK && count == 0 ? SKS_NOT_FOUND : r;
}

int
store_age_note(struct store *s, uint64_t seq, int64_t wall_ms)
{
	return store_run(s, ST_KEEP_AGE_ADD, "INSERT INTO ages (wall, seq) VALUES (?1, ?2)",
	    VALUES(val_int(wall_ms), val_uint(seq)));
}

int
store_age_last(struct store *s, int64_t *wall_ms)
{
	return store_number(s, ST_KEEP_AGE_LAST,
	    "SELECT wall FROM ages ORDER BY wall DESC LIMIT 1", NO_VALUES, wall_ms);
}

int
store_age_limit(struct store *s, int64_t wall_ms, uint64_t *seq)
{
	int64_t number;
	int r = store_number(s, ST_KEEP_AGE_LIMIT,
	    "SELECT seq FROM ages WHERE wall <= ?1 ORDER BY wall DESC LIMIT 1",
	    VALUES(val_int(wall_ms)), &number);

	*seq = (uint64_t)number;
	return r == SKS_NOT_FOUND ? SKS_OK : r;
}

int
store_age_next(struct store *s, uint64_t seq, int64_t *wall_ms)
{
	return store_number(s, ST_KEEP_AGE_NEXT,
	    "SELECT wall FROM ages WHERE seq > ?1 ORDER BY wall LIMIT 1", VALUES(val_uint(seq)),
	    wall_ms);
}

int
store_waiting_put(struct store *s, const struct store_kept *k)
{
	return store_run(s, ST_KEEP_WAIT,
	    "INSERT OR IGNORE INTO waiting (seq, retention) VALUES (?1, ?2)",
	    VALUES(val_uint(k->seq), val_int(k->retention)));
}

int
store_waiting_done(struct store *s, uint64_t seq)
{
	return store_run(s, ST_KEEP_WAIT_NO_MORE, "DELETE FROM waiting WHERE seq = ?1",
	    VALUES(val_uint(seq)));
}

int
store_waiting_scan(struct store *s, uint8_t retention, uint64_t after, struct store_kept *out,
    size_t max, size_t *count)
{
	return kept_list(s,
	    store_query(s, ST_KEEP_WAITING,
		"SELECT r.seq, r.header, r.body IS NOT NULL FROM waiting w CROSS JOIN records r"
		" ON r.seq = w.seq WHERE w.seq > ?1 AND w.retention = ?2"
		" ORDER BY w.seq LIMIT ?3",
		VALUES(val_uint(after), val_int(retention), val_int((int64_t)max))),
	    out, max, count);
}

int
store_waiting_count(struct store *s, uint8_t retention, uint64_t *count)
{
	int64_t number;
	int r = store_number(s, ST_KEEP_WAITING_COUNT,
	    "SELECT count(*) FROM waiting WHERE retention = ?1", VALUES(val_int(retention)),
	    &number);

	*count = (uint64_t)number;
	return r;
}
