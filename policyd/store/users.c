/* Users, by name and uid together: a name that comes back with another uid is somebody else. */
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

/* Into the memo; id 0 when there is no row. */
static int
user_look_up(struct store *s, const char *name, uint32_t uid)
{
	struct user_memo *m = &s->user_memo;
	sqlite3_stmt *st;
	int r;

	if (!s->read_only && m->changes == sqlite3_total_changes64(s->db) && m->uid == uid &&
	    strcmp(m->name, name) == 0)
		return SKS_OK;
	m->changes = -1;
	r = store_first(s, ST_USER_FIND,
	    "SELECT id, suspended FROM users WHERE name = ?1 AND uid = ?2",
	    VALUES(val_text(name), val_int(uid)), &st);
	if (r < 0)
		return r;
	m->id = r > 0 ? col_int(st, 0) : 0;
	m->suspended = r > 0 && col_bool(st, 1);
	if (r > 0)
		sqlite3_reset(st);
	m->uid = uid;
	if ((size_t)snprintf(m->name, sizeof(m->name), "%s", name) < sizeof(m->name))
		m->changes = sqlite3_total_changes64(s->db);
	return SKS_OK;
}

int
user_find(
    struct store *s, const char *name, uint32_t uid, bool create, int64_t *id, bool *suspended)
{
	int r = user_look_up(s, name, uid);

	*id = r == SKS_OK ? s->user_memo.id : 0;
	if (suspended != NULL)
		*suspended = r == SKS_OK && s->user_memo.suspended;
	if (r != SKS_OK || *id != 0 || !create)
		return r;
	r = store_run(s, ST_USER_ADD, "INSERT INTO users (name, uid) VALUES (?1, ?2)",
	    VALUES(val_text(name), val_int(uid)));
	if (r == SKS_OK)
		*id = sqlite3_last_insert_rowid(s->db);
	return r;
}

#define USER_COLUMNS                                                                           \
	"u.id, u.name, u.uid, u.suspended, u.suspended_wall, u.suspended_by,"                  \
	" u.suspended_why, u.success_wall, u.success_source,"                                  \
	" (SELECT count(*) FROM devices d WHERE d.user = u.id AND d.state = 1),"               \
	" (SELECT count(*) FROM recovery r WHERE r.user = u.id AND r.spent_wall IS NULL)"

static void
user_read(sqlite3_stmt *st, struct user_state *out)
{
	memset(out, 0, sizeof(*out));
	col_text(st, 1, out->user, sizeof(out->user));
	out->uid = col_u32(st, 2);
	out->suspended = col_bool(st, 3);
	out->retired = col_int(st, 3) == USER_RETIRED;
	out->suspended_wall_ms = col_int(st, 4);
	col_text(st, 5, out->suspended_by, sizeof(out->suspended_by));
	col_text(st, 6, out->suspended_why, sizeof(out->suspended_why));
	out->last_success_wall_ms = col_int(st, 7);
	col_text(st, 8, out->last_success_source, sizeof(out->last_success_source));
	out->devices = col_u32(st, 9);
	out->recovery_codes = col_u32(st, 10);
}

static int
user_lanes_locked(
    struct store *s, int64_t user, uint32_t deny, int64_t unlock_time_ms, uint32_t *locked)
{
	int64_t number = 0;
	int r = SKS_OK;

	if (deny != 0)
		r = store_number(s, ST_LANES_LOCKED,
		    "SELECT count(*) FROM lanes WHERE user = ?1 AND count >= ?2 AND"
		    " iif(at_in = ?3, ?4 - at_boot, ?5 - at_wall) < ?6",
		    VALUES(val_int(user), val_int(deny), val_int(s->boot),
			val_int(s->now.boot_ms), val_int(s->now.wall_ms),
			val_int(unlock_time_ms)),
		    &number);
	*locked = (uint32_t)number;
	return r;
}

int
store_is_suspended(struct store *s, const char *user, bool *suspended)
{
	int64_t n = 0;
	int e = store_number(s, ST_USER_IS_SUSPENDED,
	    "SELECT count(*) FROM users WHERE name = ?1 AND suspended <> 0", VALUES(val_text(user)),
	    &n);

	*suspended = n > 0;
	return e;
}

int
store_user(struct store *s, const char *user, uint32_t uid, uint32_t deny,
    int64_t unlock_time_ms, struct user_state *out)
{
	sqlite3_stmt *st;
	int64_t id;
	int r = store_first(s, ST_USER_GET,
	    "SELECT " USER_COLUMNS " FROM users u WHERE u.name = ?1 AND u.uid = ?2",
	    VALUES(val_text(user), val_int(uid)), &st);

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->user, sizeof(out->user), "%s", user);
	out->uid = uid;
	if (r <= 0)
		return r;
	id = col_int(st, 0);
	user_read(st, out);
	sqlite3_reset(st);
	return user_lanes_locked(s, id, deny, unlock_time_ms, &out->lanes_locked);
}

int
store_users(struct store *s, const char *after, uint32_t deny, int64_t unlock_time_ms,
    struct user_state *out, size_t max, size_t *count)
{
	char next[NAME_SIZE] = "";
	sqlite3_stmt *st;
	int r;

	*count = 0;
	st = store_query(s, ST_USER_LIST,
	    "SELECT " USER_COLUMNS ", (SELECT count(*) FROM lanes l WHERE l.user = u.id AND"
	    " ?2 <> 0 AND l.count >= ?2 AND"
	    " iif(l.at_in = ?3, ?4 - l.at_boot, ?5 - l.at_wall) < ?6)"
	    " FROM users u WHERE u.name > ?1 ORDER BY u.name, u.uid LIMIT ?7",
	    VALUES(val_text(after), val_int(deny), val_int(s->boot), val_int(s->now.boot_ms),
		val_int(s->now.wall_ms), val_int(unlock_time_ms), val_int((int64_t)max + 1)));
	while ((r = store_step(s, st)) > 0) {
		if (*count == max) {
			col_text(st, 1, next, sizeof(next));
			break;
		}
		user_read(st, &out[*count]);
		out[(*count)++].lanes_locked = col_u32(st, 11);
	}
	sqlite3_reset(st);
	if (r < 0)
		return r;
	/* The next page begins after a name: a name that several uids had goes there whole. */
	if (next[0] != '\0' && *count > 0 && strcmp(out[0].user, next) != 0) {
		while (strcmp(out[*count - 1].user, next) == 0)
			(*count)--;
	}
	return SKS_OK;
}

int
store_user_suspend(struct store *s, const char *user, uint32_t uid,
    enum user_suspension suspended, const char *by, const char *why)
{
	int64_t id;
	int r = user_find(s, user, uid, true, &id, NULL);

	if (r != SKS_OK)
		return r;
	return store_run(s, ST_USER_SUSPEND,
	    "UPDATE users SET suspended = ?2, suspended_wall = ?3, suspended_by = ?4,"
	    " suspended_why = ?5 WHERE id = ?1",
	    VALUES(val_int(id), val_int(suspended), val_int(suspended ? s->now.wall_ms : 0),
		val_text(suspended ? by : ""), val_text(suspended ? why : "")));
}

int
store_user_unlock(struct store *s, const char *user, uint32_t uid, uint32_t *lanes)
{
	int64_t id;
	int r = user_find(s, user, uid, false, &id, NULL);

	*lanes = 0;
	if (r != SKS_OK || id == 0)
		return r;
	/* open charges are still to be settled, and count until then */
	r = store_run(s, ST_USER_UNLOCK,
	    "UPDATE lanes SET count = open WHERE user = ?1 AND count > open",
	    VALUES(val_int(id)));
	if (r == SKS_OK)
		*lanes = (uint32_t)sqlite3_changes(s->db);
	return r;
}
