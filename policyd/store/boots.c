/* Which boot is this, and what of the earlier ones still stands? */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

int
boots_find(struct store *s)
{
	sqlite3_stmt *st = NULL;
	uint8_t boot_id[16];
	int rc = sqlite3_prepare_v2(
	    s->db, "SELECT id, boot_id FROM boots ORDER BY id DESC LIMIT 1", -1, &st, NULL);

	s->boot = 0;
	s->boot_pending = true;
	if (rc != SQLITE_OK)
		return store_fail(s, sqlite3_extended_errcode(s->db));
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && col_blob(st, 1, boot_id, sizeof(boot_id)) == sizeof(boot_id) &&
	    memcmp(boot_id, s->boot_id, sizeof(boot_id)) == 0) {
		s->boot = col_int(st, 0);
		s->boot_pending = false;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE
		   ? SKS_OK
		   : store_fail(s, sqlite3_extended_errcode(s->db));
}

/* A time in the future comes from a wall clock that was wrong. Taken as it is, its age would
 * stay nought until the clock gets there. */
#define REANCHOR(table, column)                                                                \
	"UPDATE " table " SET " column "_in = ?1, " column "_wall = ?2, " column "_boot = ?3"  \
	" WHERE " column "_wall > ?2"

static int
boots_run(struct store *s, const char *sql, const struct value *value, size_t count)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
		rc = sqlite3_bind_int64(st, (int)i + 1, value[i].number);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	rc = rc == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(s->db);
	sqlite3_finalize(st);
	return rc == SQLITE_OK ? SKS_OK : store_fail(s, rc);
}

static int
boots_register(struct store *s)
{
	sqlite3_stmt *st = NULL;
	int rc =
	    sqlite3_prepare_v2(s->db, "INSERT INTO boots (boot_id) VALUES (?1)", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_blob(st, 1, s->boot_id, sizeof(s->boot_id), SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	rc = rc == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(s->db);
	sqlite3_finalize(st);
	if (rc != SQLITE_OK)
		return store_fail(s, rc);
	s->boot = sqlite3_last_insert_rowid(s->db);
	return SKS_OK;
}

/*
 * No process of an earlier boot lives: their charges were not answered by a success, so they
 * count as failed, and their transactions are nobody's. Sessions are kept for the caller, who
 * records their end. The newest boot stays, so that numbers are never given twice.
 */
int
boots_settle(struct store *s)
{
	static const char *const anchors[] = {
	    REANCHOR("lanes", "at"),
	    REANCHOR("lanes", "window"),
	    REANCHOR("sources", "at"),
	    REANCHOR("known_source", "at"),
	};
	struct value now[3];
	int r = boots_register(s);

	now[0] = val_int(s->boot);
	now[1] = val_int(s->now.wall_ms);
	now[2] = val_int(s->now.boot_ms);
	if (r == SKS_OK)
		r = boots_run(s, "DELETE FROM boots WHERE id <> ?1", now, 1);
	if (r == SKS_OK)
		r = boots_run(s, "UPDATE lanes SET open = 0 WHERE open <> 0", NULL, 0);
	if (r == SKS_OK)
		r = boots_run(s, "DELETE FROM txn", NULL, 0);
	if (r == SKS_OK)
		r = boots_run(s, "DELETE FROM txn_process", NULL, 0);
	for (size_t i = 0; r == SKS_OK && i < sizeof(anchors) / sizeof(anchors[0]); i++)
		r = boots_run(s, anchors[i], now, 3);
	return r;
}
