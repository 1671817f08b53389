#include "audit/checkpoint.h"
#include "backup/restore.h"
#include "error.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

/* ACTION_REDACT, for SQL */
#define ACTION_REDACT_TEXT "84"
_Static_assert(ACTION_REDACT == 84, "the number in the text");

struct old {
	sqlite3 *db;
	struct store *new;
	json_t *report;
	int error; /* of the new store; the old one's are what we came for */
};

static void
old_put(struct old *o, const char *key, int64_t value)
{
	(void)json_object_set_new(o->report, key, json_integer((json_int_t)value));
}

static void
old_put_text(struct old *o, const char *key, const char *text)
{
	(void)json_object_set_new(o->report, key, json_string(text));
}

/* Calls each() for the rows. False when the store cannot be read that far. */
static bool
old_rows(struct old *o, const char *sql, int64_t argument,
    void (*each)(struct old *, sqlite3_stmt *))
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(o->db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(st) > 0)
		rc = sqlite3_bind_int64(st, 1, argument);
	while (rc == SQLITE_OK && o->error == SKS_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		each(o, st);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_OK || rc == SQLITE_DONE;
}

/* ---- is it the same log? ------------------------------------------------------------------
 */

/* The newest header of the backup stands in the present log too. */
static bool
old_continues(struct old *o, const struct image_report *image)
{
	sqlite3_stmt *old = NULL;
	uint8_t header[RECORD_HEADER_SIZE];
	sqlite3_stmt *new;
	bool same = false;

	if (image->records == 0)
		return true;
	if (store_first(o->new, ST_HEADERS_AT, "SELECT header FROM records WHERE seq = ?1",
		VALUES(val_uint(image->records)), &new) <= 0)
		return false;
	if (col_blob(new, 0, header, sizeof(header)) == sizeof(header) &&
	    sqlite3_prepare_v2(o->db, "SELECT header FROM records WHERE seq = ?1", -1, &old,
		NULL) == SQLITE_OK &&
	    sqlite3_bind_int64(old, 1, (int64_t)image->records) == SQLITE_OK &&
	    sqlite3_step(old) == SQLITE_ROW)
		same = sqlite3_column_bytes(old, 0) == RECORD_HEADER_SIZE &&
		       memcmp(sqlite3_column_blob(old, 0), header, sizeof(header)) == 0;
	sqlite3_reset(new);
	sqlite3_finalize(old);
	return same;
}

static void
old_take_lost(struct old *o, sqlite3_stmt *st)
{
	struct record from, to;

	old_put(o, "sekisho.lost.records", col_int(st, 0));
	if (sqlite3_column_bytes(st, 1) == RECORD_HEADER_SIZE &&
	    record_header_decode(sqlite3_column_blob(st, 1), &from) == SKS_OK)
		old_put(o, "sekisho.lost.from", from.wall_ms);
	if (sqlite3_column_bytes(st, 2) == RECORD_HEADER_SIZE &&
	    record_header_decode(sqlite3_column_blob(st, 2), &to) == SKS_OK)
		old_put(o, "sekisho.lost.to", to.wall_ms);
}

/* ---- what is taken over -------------------------------------------------------------------
 */

static void
old_list(struct old *o, const char *key, const char *name)
{
	json_t *list = json_object_get(o->report, key);

	if (list == NULL) {
		list = json_array();
		(void)json_object_set_new(o->report, key, list);
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
			return;
	}
	if (json_array_size(list) < RESTORE_NAMES_MAX)
		(void)json_array_append_new(list, json_string(name));
}

static void
old_take_suspension(struct old *o, sqlite3_stmt *st)
{
	char name[NAME_SIZE], by[NAME_SIZE], why[256];

	col_text(st, 0, name, sizeof(name));
	col_text(st, 2, by, sizeof(by));
	col_text(st, 3, why, sizeof(why));
	o->error = store_user_suspend(o->new, name, col_u32(st, 1), true, by, why);
	old_list(o, "sekisho.restore.suspended", name);
}

static void
old_take_device(struct old *o, sqlite3_stmt *st)
{
	struct device d = {.id = col_u64(st, 0),
	    .state = col_u32(st, 2),
	    .issued_wall_ms = col_int(st, 3),
	    .ended_wall_ms = col_int(st, 4),
	    .lost_wall_ms = col_int(st, 7)};
	bool ended = false;

	col_text(st, 1, d.user, sizeof(d.user));
	col_text(st, 5, d.ended_by, sizeof(d.ended_by));
	col_text(st, 6, d.ended_why, sizeof(d.ended_why));
	col_text(st, 8, d.lost_by, sizeof(d.lost_by));
	o->error = store_restored_device(o->new, &d, &ended);
	if (ended)
		old_list(o, "sekisho.restore.ended_devices", d.user);
}

/* A device that the backup does not have: its owner enrols again. */
static void
old_see_device(struct old *o, sqlite3_stmt *st)
{
	char name[NAME_SIZE];
	struct device d;
	int r = store_device_get(o->new, col_u64(st, 0), &d);

	col_text(st, 1, name, sizeof(name));
	if (r == SKS_NOT_FOUND || (r == SKS_OK && d.issued_wall_ms != col_int(st, 2)))
		old_list(o, "sekisho.restore.enrol_again", name);
	else if (r != SKS_OK)
		o->error = r;
}

/* What must be kept must not be deleted because a backup is older than the order to keep it. */
static void
old_take_hold(struct old *o, sqlite3_stmt *st)
{
	struct store_hold h = {.since_wall_ms = col_int(st, 2),
	    .until_wall_ms = col_int(st, 3),
	    .from = col_u64(st, 4),
	    .to = col_u64(st, 5)};
	struct store_hold known;
	char id[32];

	col_text(st, 0, h.user, sizeof(h.user));
	col_text(st, 1, h.source, sizeof(h.source));
	col_text(st, 6, h.by, sizeof(h.by));
	col_text(st, 7, h.why, sizeof(h.why));
	if (store_hold_get(o->new, col_u64(st, 8), &known) == SKS_OK &&
	    known.made_wall_ms == col_int(st, 9) && known.released_wall_ms == 0)
		return;
	o->error = store_hold_add(o->new, &h);
	(void)snprintf(id, sizeof(id), "H-%llu", (unsigned long long)h.id);
	if (o->error == SKS_OK)
		old_list(o, "sekisho.restore.holds", id);
}

/* Two people wanted that record gone: it does not come back. Not more of them than the report
 * can name, for what is gone without a name would look tampered with: the others are told. */
static void
old_take_redaction(struct old *o, sqlite3_stmt *st)
{
	json_t *body = json_loadb(sqlite3_column_blob(st, 0),
	    (size_t)sqlite3_column_bytes(st, 0), JSON_REJECT_DUPLICATES, NULL);
	const char *outcome = json_string_value(json_object_get(body, "event.outcome"));
	json_int_t seq = json_integer_value(json_object_get(body, "sekisho.request.record"));
	const size_t named =
	    json_array_size(json_object_get(o->report, "sekisho.restore.redacted"));
	char text[32];
	bool done = outcome != NULL && strcmp(outcome, outcome_words[OUTCOME_SUCCESS]) == 0;
	int r = SKS_NOT_FOUND;

	json_decref(body);
	(void)snprintf(text, sizeof(text), "%lld", (long long)seq);
	if (done && seq > 0 && named >= RESTORE_NAMES_MAX / 4)
		old_list(o, "sekisho.restore.redact_again", text);
	else if (done && seq > 0)
		r = store_erase(o->new, (uint64_t)seq);
	if (r == SKS_OK)
		old_list(o, "sekisho.restore.redacted", text);
	else if (r != SKS_NOT_FOUND)
		o->error = r;
}

static bool
old_take(struct old *o, const struct image_report *image)
{
	return old_rows(o,
		   "SELECT name, uid, suspended_by, suspended_why FROM users WHERE suspended "
		   "<> 0",
		   0, old_take_suspension) &&
	       old_rows(o,
		   "SELECT d.id, u.name, d.state, d.issued_wall, d.ended_wall, d.ended_by,"
		   " d.ended_why, d.lost_wall, d.lost_by FROM devices d JOIN users u"
		   " ON u.id = d.user WHERE d.state NOT IN (0, 1)",
		   0, old_take_device) &&
	       old_rows(o,
		   "SELECT user, source, since, until, low, high, by, why, id, made_wall"
		   " FROM holds WHERE released_wall = 0 ORDER BY id",
		   0, old_take_hold) &&
	       old_rows(o,
		   "SELECT d.id, u.name, d.issued_wall FROM devices d JOIN users u"
		   " ON u.id = d.user WHERE d.state = 1",
		   0, old_see_device) &&
	       old_rows(o,
		   "SELECT body FROM records WHERE seq > ?1 AND action = " ACTION_REDACT_TEXT
		   " AND body IS NOT NULL",
		   (int64_t)image->records, old_take_redaction);
}

/* ---- who is affected, when nothing is known ------------------------------------------------
 */

static int
old_all_unknown(struct old *o)
{
	static struct user_state u[256];
	char after[NAME_SIZE] = "";
	size_t n = 0, total = 0;
	int r;

	do {
		r = store_users(o->new, after, 1, 1, u, sizeof(u) / sizeof(u[0]), &n);
		for (size_t i = 0; r == SKS_OK && i < n; i++) {
			if (++total <= RESTORE_NAMES_MAX / 10)
				old_list(o, "sekisho.restore.unknown", u[i].user);
		}
		if (n > 0)
			memcpy(after, u[n - 1].user, sizeof(after));
	} while (r == SKS_OK && n > 0);
	old_put(o, "sekisho.restore.unknown.count", (int64_t)total);
	return r;
}

static bool
old_open(struct old *o, const char *state_dir)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/" STORE_FILE, state_dir) >= (int)sizeof(path))
		return false;
	if (sqlite3_open_v2(path, &o->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return false;
	(void)sqlite3_db_config(o->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(o->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(o->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(o->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	return sqlite3_exec(o->db, "PRAGMA query_only = ON; PRAGMA cell_size_check = ON", NULL,
		   NULL, NULL) == SQLITE_OK;
}

int
restore_compare(
    const char *state_dir, struct store *new, const struct image_report *image, json_t *report)
{
	struct old o = {.new = new, .report = report};
	bool readable = old_open(&o, state_dir), same = readable && old_continues(&o, image);

	if (same)
		readable = old_rows(&o,
		    "SELECT count(*), (SELECT header FROM records WHERE seq > ?1 ORDER BY seq"
		    " LIMIT 1), (SELECT header FROM records ORDER BY seq DESC LIMIT 1)"
		    " FROM records WHERE seq > ?1",
		    (int64_t)image->records, old_take_lost);
	/* a suspension counts wherever it was read, and the rest only from the same log */
	if (readable && same)
		readable = old_take(&o, image);
	else if (readable)
		readable = old_rows(&o,
		    "SELECT name, uid, suspended_by, suspended_why FROM users WHERE suspended "
		    "<> 0",
		    0, old_take_suspension);
	sqlite3_close(o.db);
	old_put_text(&o, "sekisho.restore.present",
	    !readable ? "unreadable"
	    : same    ? "same-log"
		      : "another-log");
	if (o.error == SKS_OK && (!readable || !same))
		o.error = old_all_unknown(&o);
	return o.error;
}

/* ---- heads seen elsewhere ------------------------------------------------------------------
 */

int
restore_seen(const char *seen, const struct image_report *image, json_t *report)
{
	struct old o = {.report = report};
	struct checkpoint c;
	struct note_vkey key;
	uint64_t last;
	int r = note_vkey_parse(image->chain.vkey, &key);

	if (r == SKS_OK)
		r = checkpoint_open(seen, strlen(seen), &key, &c);
	if (r != SKS_OK || strcmp(c.origin, image->chain.origin) != 0) {
		old_put_text(&o, "sekisho.restore.seen", "another-log");
		return SKS_OK;
	}
	last = image->chain.first + c.size - 1;
	old_put_text(&o, "sekisho.restore.seen", last > image->records ? "newer" : "older");
	if (last > image->records)
		old_put(&o, "sekisho.lost.at_least", (int64_t)(last - image->records));
	return SKS_OK;
}
