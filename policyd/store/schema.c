/* The tables. A change to them is a new version and a step that leads there. */
#include "error.h"
#include "store/exceptions.h"
#include "store/invite.h"
#include "store/duties.h"
#include "store/members.h"
#include "store/store_internal.h"
#include "store/audit_review.h"
#include "store/terms.h"
#include "store/volume.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the log is searched by, see index.c. */
#define LOG_INDEXES                                                                            \
	"CREATE TABLE records_user (user TEXT NOT NULL, seq INTEGER NOT NULL,"                 \
	" PRIMARY KEY (user, seq)) STRICT, WITHOUT ROWID;"                                     \
	"CREATE TABLE records_source (source TEXT NOT NULL, seq INTEGER NOT NULL,"             \
	" PRIMARY KEY (source, seq)) STRICT, WITHOUT ROWID;"

/*
 * Few indexes, because each is one more page in every commit. Times that outlive a boot are
 * three columns, see store_internal.h. "user" in the other tables is users.id.
 */
#define GRANTS_SQL                                                                             \
	"CREATE TABLE grants (number INTEGER PRIMARY KEY, role TEXT NOT NULL,"                 \
	" user TEXT NOT NULL, uid INTEGER NOT NULL, person TEXT NOT NULL, why TEXT NOT NULL,"  \
	" state INTEGER NOT NULL, duration INTEGER NOT NULL, at_in INTEGER, at_wall INTEGER,"  \
	" at_boot INTEGER, ended_by TEXT NOT NULL DEFAULT '',"                                 \
	" ended_why TEXT NOT NULL DEFAULT '', ended_wall INTEGER NOT NULL DEFAULT 0) STRICT;"  \
	"CREATE INDEX grants_live ON grants (number) WHERE state < 2;"                         \
	"CREATE TABLE approvals (number INTEGER NOT NULL, account TEXT NOT NULL,"              \
	" uid INTEGER NOT NULL, person TEXT NOT NULL, groups TEXT NOT NULL,"                   \
	" wall INTEGER NOT NULL, PRIMARY KEY (number, account)) STRICT, WITHOUT ROWID;"        \
	"CREATE TABLE role_gids (role TEXT PRIMARY KEY, gid INTEGER NOT NULL UNIQUE)"          \
	" STRICT, WITHOUT ROWID;"

/* Every su, sudo and session asks what one account has. */
#define GRANTS_OF_SQL "CREATE INDEX grants_of ON grants (user, uid, number) WHERE state < 2;"

#define PASSWORDS_SQL                                                                          \
	"CREATE TABLE IF NOT EXISTS password_salt (person TEXT PRIMARY KEY,"                   \
	" salt BLOB NOT NULL) STRICT, WITHOUT ROWID;"                                          \
	"CREATE TABLE IF NOT EXISTS password_history (person TEXT NOT NULL,"                   \
	" number INTEGER NOT NULL, account TEXT NOT NULL, mac BLOB NOT NULL,"                  \
	" at_wall INTEGER NOT NULL, PRIMARY KEY (person, number)) STRICT, WITHOUT ROWID;"

static const char schema_sql[] =
    PASSWORDS_SQL INVITATION_SQL PASSWORD_OPEN_SQL EXCEPTIONS_SQL BYPASS_SQL POLICY_REQUESTS_SQL VOLUME_SQL
    "CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 0),"
    " generation INTEGER NOT NULL, txn INTEGER NOT NULL, device INTEGER NOT NULL,"
    " session INTEGER NOT NULL, indexed INTEGER NOT NULL DEFAULT 0) STRICT;"
    "INSERT INTO counter VALUES (0, 1, 0, 0, 0, 0);"
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE boots (id INTEGER PRIMARY KEY, boot_id BLOB NOT NULL) STRICT;"

    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, uid INTEGER NOT NULL,"
    " suspended INTEGER NOT NULL DEFAULT 0, suspended_wall INTEGER NOT NULL DEFAULT 0,"
    " suspended_by TEXT NOT NULL DEFAULT '', suspended_why TEXT NOT NULL DEFAULT '',"
    " success_wall INTEGER NOT NULL DEFAULT 0, success_source TEXT NOT NULL DEFAULT '',"
    " UNIQUE (name, uid)) STRICT;"

    "CREATE TABLE lanes (key TEXT PRIMARY KEY, user INTEGER, count INTEGER NOT NULL,"
    " open INTEGER NOT NULL, at_in INTEGER, at_wall INTEGER, at_boot INTEGER,"
    " window_in INTEGER, window_wall INTEGER, window_boot INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE INDEX lanes_user ON lanes (user) WHERE user IS NOT NULL;"

    "CREATE TABLE sources (source TEXT PRIMARY KEY, level INTEGER NOT NULL,"
    " at_in INTEGER NOT NULL, at_wall INTEGER NOT NULL, at_boot INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"

    "CREATE TABLE known_source (user INTEGER NOT NULL, source TEXT NOT NULL,"
    " at_in INTEGER NOT NULL, at_wall INTEGER NOT NULL, at_boot INTEGER NOT NULL,"
    " PRIMARY KEY (user, source)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX known_source_source ON known_source (source);"

    "CREATE TABLE txn (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL,"
    " pid_start INTEGER NOT NULL, parent INTEGER NOT NULL, parent_start INTEGER NOT NULL,"
    " user TEXT NOT NULL, uid INTEGER NOT NULL, service TEXT NOT NULL,"
    " connection TEXT NOT NULL, lane INTEGER NOT NULL, lane_key TEXT NOT NULL,"
    " charged INTEGER NOT NULL, first_factor INTEGER NOT NULL, accounted INTEGER NOT NULL,"
    " factor INTEGER NOT NULL, factor_boot INTEGER, created_boot INTEGER NOT NULL,"
    " used INTEGER NOT NULL, request BLOB NOT NULL) STRICT;"
    "CREATE TABLE txn_process (pid INTEGER NOT NULL, start INTEGER NOT NULL,"
    " txn INTEGER NOT NULL, PRIMARY KEY (pid, start, txn)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE sessions (id INTEGER PRIMARY KEY, boot INTEGER NOT NULL,"
    " audit_session INTEGER NOT NULL, pid INTEGER NOT NULL, pid_start INTEGER NOT NULL,"
    " login INTEGER NOT NULL, user TEXT NOT NULL, uid INTEGER NOT NULL,"
    " login_uid INTEGER NOT NULL, service TEXT NOT NULL, source TEXT NOT NULL,"
    " tty TEXT NOT NULL, key TEXT NOT NULL, actor TEXT NOT NULL, factor INTEGER NOT NULL,"
    " factor_wall INTEGER NOT NULL, factor_boot INTEGER, opened_wall INTEGER NOT NULL)"
    " STRICT;"
    "CREATE INDEX sessions_audit ON sessions (audit_session);"
    "CREATE INDEX sessions_pid ON sessions (pid);"

    "CREATE TABLE devices (id INTEGER PRIMARY KEY, user INTEGER NOT NULL,"
    " name TEXT NOT NULL, state INTEGER NOT NULL, algorithm TEXT NOT NULL,"
    " digits INTEGER NOT NULL, period INTEGER NOT NULL, sealed BLOB NOT NULL,"
    " last_step INTEGER NOT NULL, floor_step INTEGER NOT NULL, drift INTEGER NOT NULL,"
    " imported INTEGER NOT NULL, issued_by TEXT NOT NULL, verified_by TEXT NOT NULL,"
    " verified_how TEXT NOT NULL, source TEXT NOT NULL, purpose_version TEXT NOT NULL,"
    " issued_wall INTEGER NOT NULL, confirmed_wall INTEGER NOT NULL,"
    " ended_wall INTEGER NOT NULL, used_wall INTEGER NOT NULL, ended_by TEXT NOT NULL,"
    " ended_why TEXT NOT NULL, confirmed_by TEXT NOT NULL, lost_wall INTEGER NOT NULL,"
    " lost_by TEXT NOT NULL) STRICT;"
    "CREATE INDEX devices_user ON devices (user);"
    "CREATE UNIQUE INDEX devices_name ON devices (user, name) WHERE state IN (0, 1);"
    /* A floor for all devices up to "bound" costs one row, however many they are. */
    "CREATE TABLE floors (id INTEGER PRIMARY KEY, wall INTEGER NOT NULL,"
    " window INTEGER NOT NULL, bound INTEGER NOT NULL) STRICT;"
    "CREATE TABLE recovery (id INTEGER PRIMARY KEY, user INTEGER NOT NULL,"
    " hash BLOB NOT NULL, spent_wall INTEGER) STRICT;"
    "CREATE INDEX recovery_user ON recovery (user);"

    "CREATE TABLE refusals (key TEXT NOT NULL, reason TEXT NOT NULL,"
    " count INTEGER NOT NULL, since_in INTEGER NOT NULL, since_wall INTEGER NOT NULL,"
    " since_boot INTEGER NOT NULL, PRIMARY KEY (key, reason)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE policies (digest TEXT PRIMARY KEY, bundle BLOB NOT NULL) STRICT;"
    "CREATE TABLE activations (id INTEGER PRIMARY KEY, digest TEXT NOT NULL,"
    " wall INTEGER NOT NULL, by TEXT NOT NULL, comment TEXT NOT NULL) STRICT;"

    "CREATE TABLE chains (id INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
    " origin TEXT NOT NULL, vkey TEXT NOT NULL) STRICT;"
    "CREATE TABLE nodes (chain INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL,"
    " hash BLOB NOT NULL, PRIMARY KEY (chain, level, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE heads (chain INTEGER NOT NULL, size INTEGER NOT NULL, sealed INTEGER NOT NULL,"
    " note TEXT NOT NULL, PRIMARY KEY (chain, size)) STRICT, WITHOUT ROWID;"

    /* what is kept of the log, see keep.h; times are those of its own clock */
    "CREATE TABLE ages (wall INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;"
    "CREATE TABLE waiting (seq INTEGER PRIMARY KEY, retention INTEGER NOT NULL) STRICT;"
    "CREATE TABLE holds (id INTEGER PRIMARY KEY, user TEXT NOT NULL, source TEXT NOT NULL,"
    " user_quoted BLOB NOT NULL, source_quoted BLOB NOT NULL, since INTEGER NOT NULL,"
    " until INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, by TEXT NOT NULL,"
    " why TEXT NOT NULL, made_wall INTEGER NOT NULL, released_by TEXT NOT NULL DEFAULT '',"
    " released_why TEXT NOT NULL DEFAULT '', released_wall INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE requests (kind TEXT NOT NULL, number INTEGER NOT NULL,"
    " state INTEGER NOT NULL, record INTEGER NOT NULL, by TEXT NOT NULL,"
    " by_uid INTEGER NOT NULL, person TEXT NOT NULL, why TEXT NOT NULL,"
    " made_wall INTEGER NOT NULL, made_watched INTEGER NOT NULL,"
    " ended_by TEXT NOT NULL DEFAULT '', ended_wall INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (kind, number)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE baseline (area INTEGER NOT NULL, path TEXT NOT NULL, kind INTEGER NOT NULL,"
    " flags INTEGER NOT NULL, mode INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " gid INTEGER NOT NULL, size INTEGER NOT NULL, lines INTEGER NOT NULL,"
    " caps INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (area, path)) STRICT,"
    " WITHOUT ROWID;"

    /* roles that were asked for and given, see grant.h */
    GRANTS_SQL GRANTS_OF_SQL TERMS_SQL AUDIT_REVIEW_SQL MEMBERS_SQL DUTIES_SQL

    /* header and body are what was hashed; the rest can be rebuilt, see index.c */
    "CREATE TABLE records (seq INTEGER PRIMARY KEY, header BLOB NOT NULL, user TEXT,"
    " source TEXT, action INTEGER NOT NULL, outcome INTEGER NOT NULL, reason TEXT NOT NULL,"
    " body BLOB) STRICT;" LOG_INDEXES;

/* Not the records: there may be gigabytes of them, and verifying the log reads them all. */
static const char *const checked_tables[] = {
    "counter",
    "meta",
    "boots",
    "users",
    "lanes",
    "sources",
    "known_source",
    "txn",
    "txn_process",
    "sessions",
    "devices",
    "floors",
    "recovery",
    "refusals",
    "password_open",
    "policies",
    "activations",
    "chains",
    "nodes",
    "heads",
    "ages",
    "waiting",
    "holds",
    "requests",
    "grants",
    "approvals",
    "role_gids",
    "baseline",
    "password_salt",
    "password_history",
    "grant_terms",
    "attributes",
    "role_reviews",
    "audit_seen",
    "audit_periods",
    "audit_findings",
    "staff",
    "invitations",
    "account_terms",
    "exceptions",
    "bypasses",
    "policy_requests",
    "memberships",
    "volumes",
    "volume_days",
    "staff_terms",
    "duties",
    "grant_until",
};

/* These statements and the version they lead to, or neither. */
static int
schema_change(struct store *s, const char *sql, int leads_to)
{
	char version[64];
	int r = store_exec(s, "BEGIN IMMEDIATE");

	if (r != SKS_OK)
		return r;
	(void)snprintf(version, sizeof(version), "PRAGMA user_version = %d", leads_to);
	r = store_exec(s, sql);
	if (r == SKS_OK)
		r = store_exec(s, version);
	if (r == SKS_OK)
		r = store_exec(s, "COMMIT");
	if (r != SKS_OK && !sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int
schema_create(struct store *s)
{
	return schema_change(s, schema_sql, STORE_SCHEMA_VERSION);
}

/* From version "from" to the next. */
static const struct schema_step {
	int from;
	const char *sql;
} schema_steps[] = {
    {3, GRANTS_SQL},
    /* These indexes were SQLite's own; what takes their place is filled by and by. */
    {4, "DROP INDEX records_user; DROP INDEX records_source;" LOG_INDEXES
	"ALTER TABLE counter ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;"},
    {5, PASSWORDS_SQL},
    {6, TERMS_SQL PASSWORD_OPEN_SQL INVITATION_SQL AUDIT_REVIEW_SQL EXCEPTIONS_SQL BYPASS_SQL POLICY_REQUESTS_SQL},
    {7, MEMBERS_SQL VOLUME_SQL DUTIES_SQL GRANTS_OF_SQL},
};

/* The first text that a one-off query gives. */
static int
schema_text(struct store *s, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *st = NULL;
	int r = SKS_CORRUPT;

	out[0] = '\0';
	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return store_fail(s, sqlite3_extended_errcode(s->db));
	if (sqlite3_step(st) == SQLITE_ROW) {
		col_text(st, 0, out, size);
		r = SKS_OK;
	} else {
		r = store_fail(s, sqlite3_extended_errcode(s->db));
	}
	sqlite3_finalize(st);
	return r;
}

int
schema_upgrade(struct store *s)
{
	char version[32];
	int r = schema_text(s, "PRAGMA user_version", version, sizeof(version));

	for (size_t i = 0; i < sizeof(schema_steps) / sizeof(schema_steps[0]); i++) {
		if (r != SKS_OK || schema_steps[i].from != atoi(version))
			continue;
		r = schema_change(s, schema_steps[i].sql, schema_steps[i].from + 1);
		if (r == SKS_OK)
			r = schema_text(s, "PRAGMA user_version", version, sizeof(version));
	}
	return r;
}

static int
schema_check_table(struct store *s, const char *table)
{
	char sql[96], answer[160];
	int r;

	(void)snprintf(sql, sizeof(sql), "PRAGMA quick_check('%s')", table);
	r = schema_text(s, sql, answer, sizeof(answer));
	if (r == SKS_OK && strcmp(answer, "ok") != 0) {
		(void)snprintf(s->error, sizeof(s->error), "%s: %s", table, answer);
		r = SKS_CORRUPT;
	}
	return r;
}

int
schema_check(struct store *s, bool thorough)
{
	char version[32] = "";
	int r = schema_text(s, "PRAGMA user_version", version, sizeof(version));
	size_t count = sizeof(checked_tables) / sizeof(checked_tables[0]);
	int found = atoi(version);

	if (r != SKS_OK)
		return r;
	if (found != STORE_SCHEMA_VERSION) {
		(void)snprintf(s->error, sizeof(s->error),
		    "schema version %d, this program knows %d", found, STORE_SCHEMA_VERSION);
		return found <= 0 ? SKS_CORRUPT : found < STORE_SCHEMA_VERSION ? SKS_OLDER : SKS_NEWER;
	}
	for (size_t i = 0; thorough && r == SKS_OK && i < count; i++)
		r = schema_check_table(s, checked_tables[i]);
	return r;
}
