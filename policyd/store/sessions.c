/* Open sessions. A row goes when its session ends; the log keeps the story. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

int
session_load(struct store *s, const struct request *r, struct facts *f)
{
	sqlite3_stmt *st;
	int error;

	f->session = false;
	f->session_id = 0;
	f->session_uid = 0;
	f->session_user[0] = f->session_source[0] = f->session_service[0] = '\0';
	f->session_key[0] = '\0';
	f->session_factor = FACTOR_NONE;
	f->session_factor_age_ms = AGE_NEVER;
	if (r->audit_session == NO_UID)
		return SKS_OK;
	error = store_first(s, ST_SESSION_LOGIN,
	    "SELECT id, uid, user, source, factor, factor_boot, service, key FROM sessions"
	    " WHERE audit_session = ?1 AND boot = ?2 AND login <> 0 LIMIT 1",
	    VALUES(val_int(r->audit_session), val_int(s->boot)), &st);
	if (error <= 0)
		return error;
	f->session = true;
	f->session_id = col_u64(st, 0);
	f->session_uid = col_u32(st, 1);
	col_text(st, 2, f->session_user, sizeof(f->session_user));
	col_text(st, 3, f->session_source, sizeof(f->session_source));
	col_text(st, 6, f->session_service, sizeof(f->session_service));
	col_text(st, 7, f->session_key, sizeof(f->session_key));
	f->session_factor = col_u32(st, 4);
	if (sqlite3_column_type(st, 5) != SQLITE_NULL) {
		int64_t age = s->now.boot_ms - col_int(st, 5);

		f->session_factor_age_ms = age < 0 ? 0 : age;
	}
	sqlite3_reset(st);
	return SKS_OK;
}

/* The factor that this login proved, and how long ago. */
static uint32_t
session_factor(const struct facts *f, const struct changes *c, int64_t *age_ms)
{
	*age_ms = AGE_NEVER;
	if (c->txn_put && c->txn_factor_now) {
		*age_ms = 0;
		return c->txn_factor;
	}
	if (!f->txn || f->txn_factor == FACTOR_NONE)
		return FACTOR_NONE;
	*age_ms = f->txn_factor_age_ms;
	return f->txn_factor;
}

static int
session_note_success(struct store *s, const struct request *r)
{
	int64_t user;
	int error = user_find(s, r->user, r->uid, true, &user, NULL);

	if (error == SKS_OK)
		error = store_run(s, ST_USER_SUCCESS,
		    "UPDATE users SET success_wall = ?2, success_source = ?3 WHERE id = ?1",
		    VALUES(val_int(user), val_int(s->now.wall_ms), val_text(r->source)));
	return error;
}

/* The first session of an audit session is the login; su and sudo inside it are not. */
static int
session_open(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	bool login = r->audit_session != NO_UID && !f->session && !c->session_inside;
	int64_t id = 0, age;
	uint32_t factor = session_factor(f, c, &age);
	bool timed = age != AGE_NEVER;
	int error = store_count(s, COUNTER_SESSION, &id);

	if (error != SKS_OK)
		return error;
	error = store_run(s, ST_SESSION_ADD,
	    "INSERT INTO sessions (id, boot, audit_session, pid, pid_start, login, user, uid,"
	    " login_uid, service, source, tty, key, actor, factor, factor_wall, factor_boot,"
	    " opened_wall) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
	    " ?15, ?16, ?17, ?18)",
	    VALUES(val_int(id), val_int(s->boot), val_int(r->audit_session), val_int(r->pid),
		val_uint(r->pid_start), val_int(login), val_text(r->user), val_int(r->uid),
		val_int(r->login_uid), val_text(r->service), val_text(r->source),
		val_text(r->tty), val_text(r->key), val_text(r->actor), val_int(factor),
		val_int(timed ? s->now.wall_ms - age : 0),
		timed ? val_int(s->now.boot_ms - age) : val_null(), val_int(s->now.wall_ms)));
	return error == SKS_OK ? session_note_success(s, r) : error;
}

static int
session_close(struct store *s, const struct request *r)
{
	return store_run(s, ST_SESSION_CLOSE,
	    "DELETE FROM sessions WHERE id = (SELECT max(id) FROM sessions"
	    " WHERE pid = ?1 AND pid_start = ?2 AND boot = ?3)",
	    VALUES(val_int(r->pid), val_uint(r->pid_start), val_int(s->boot)));
}

int
session_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	int error = SKS_OK;

	if (c->session_factor_now && f->session)
		error = store_run(s, ST_SESSION_FACTOR,
		    "UPDATE sessions SET factor = ?2, factor_wall = ?3, factor_boot = ?4"
		    " WHERE id = ?1",
		    VALUES(val_uint(f->session_id), val_int(c->txn_factor),
			val_int(s->now.wall_ms), val_int(s->now.boot_ms)));
	if (error == SKS_OK && c->session_open)
		error = session_open(s, r, f, c);
	if (error == SKS_OK && c->session_close)
		error = session_close(s, r);
	return error;
}

/* ---- lists ------------------------------------------------------------------------------- */

#define SESSION_COLUMNS                                                                        \
	"id, user, service, source, tty, key, actor, uid, login_uid, audit_session, pid,"      \
	" pid_start, login, factor, opened_wall, factor_wall"

static void
session_read(sqlite3_stmt *st, struct session *out)
{
	memset(out, 0, sizeof(*out));
	out->id = col_u64(st, 0);
	col_text(st, 1, out->user, sizeof(out->user));
	col_text(st, 2, out->service, sizeof(out->service));
	col_text(st, 3, out->source, sizeof(out->source));
	col_text(st, 4, out->tty, sizeof(out->tty));
	col_text(st, 5, out->key, sizeof(out->key));
	col_text(st, 6, out->actor, sizeof(out->actor));
	out->uid = col_u32(st, 7);
	out->login_uid = col_u32(st, 8);
	out->audit_session = col_u32(st, 9);
	out->pid = col_u32(st, 10);
	out->pid_start = col_u64(st, 11);
	out->login = col_bool(st, 12);
	out->factor = col_u32(st, 13);
	out->opened_wall_ms = col_int(st, 14);
	out->factor_wall_ms = col_int(st, 15);
}

static int
session_collect(
    struct store *s, sqlite3_stmt *st, struct session *out, size_t max, size_t *count)
{
	int r = SKS_OK;

	*count = 0;
	while (*count < max && (r = store_step(s, st)) > 0)
		session_read(st, &out[(*count)++]);
	sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

int
store_sessions(struct store *s, uint32_t uid, struct session *out, size_t max, size_t *count)
{
	return session_collect(s,
	    store_query(s, ST_SESSION_LIST,
		"SELECT " SESSION_COLUMNS " FROM sessions"
		" WHERE boot = ?1 AND (?2 = ?3 OR uid = ?2) ORDER BY id LIMIT ?4",
		VALUES(val_int(s->boot), val_int(uid), val_int(NO_UID), val_int((int64_t)max))),
	    out, max, count);
}

int
store_session_login(struct store *s, uint32_t audit_session, struct session *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_SESSION_BEGAN,
	    "SELECT " SESSION_COLUMNS " FROM sessions WHERE audit_session = ?1 AND boot = ?2"
	    " AND login <> 0 LIMIT 1",
	    VALUES(val_int(audit_session), val_int(s->boot)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	session_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_session_end(struct store *s, uint64_t id)
{
	int r = store_run(
	    s, ST_SESSION_END, "DELETE FROM sessions WHERE id = ?1", VALUES(val_uint(id)));

	return r == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_NOT_FOUND : r;
}

int
store_sessions_of_earlier_boots(struct store *s, struct session *out, size_t max, size_t *count)
{
	int r = session_collect(s,
	    store_query(s, ST_SESSION_EARLIER,
		"SELECT " SESSION_COLUMNS
		" FROM sessions WHERE boot <> ?1 ORDER BY id LIMIT ?2",
		VALUES(val_int(s->boot), val_int((int64_t)max))),
	    out, max, count);

	for (size_t i = 0; r == SKS_OK && i < *count; i++)
		r = store_session_end(s, out[i].id);
	return r;
}

int
store_sessions_ever(struct store *s, uint64_t *count)
{
	int64_t value = 0;
	int r = store_counter(s, COUNTER_SESSION, &value);

	*count = value > 0 ? (uint64_t)value : 0;
	return r;
}
