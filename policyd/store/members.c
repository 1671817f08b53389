#include "store/members.h"
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

#define MEMBER_COLUMNS "role, account, since_wall, certified_wall, out_wall, by"

static void
member_read(sqlite3_stmt *st, struct store_member *m)
{
	memset(m, 0, sizeof(*m));
	col_text(st, 0, m->role, sizeof(m->role));
	col_text(st, 1, m->account, sizeof(m->account));
	m->since_wall_ms = col_int(st, 2);
	m->certified_wall_ms = col_int(st, 3);
	m->out_wall_ms = col_int(st, 4);
	col_text(st, 5, m->by, sizeof(m->by));
}

int
store_member_get(
    struct store *s, const char *role, const char *account, struct store_member *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_MEMBER_GET,
	    "SELECT " MEMBER_COLUMNS " FROM memberships WHERE role = ?1 AND account = ?2",
	    VALUES(val_text(role), val_text(account)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e;
	member_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_member_note(struct store *s, const char *role, const char *account)
{
	return store_run(s, ST_MEMBER_NOTE,
	    "INSERT INTO memberships (role, account, since_wall) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT DO NOTHING",
	    VALUES(val_text(role), val_text(account), val_int(s->now.wall_ms)));
}

int
store_member_forget(struct store *s, const char *role, const char *account)
{
	return store_run(s, ST_MEMBER_FORGET,
	    "DELETE FROM memberships WHERE role = ?1 AND account = ?2",
	    VALUES(val_text(role), val_text(account)));
}

int
store_member_certify(
    struct store *s, const char *role, const char *account, const char *by, bool counts)
{
	return store_run(s, ST_MEMBER_CERTIFY,
	    "INSERT INTO memberships (role, account, since_wall, certified_wall, out_wall, by)"
	    " VALUES (?1, ?2, ?3, iif(?5, ?3, 0), iif(?5, 0, ?3), ?4) ON CONFLICT DO UPDATE"
	    " SET certified_wall = excluded.certified_wall, out_wall = excluded.out_wall,"
	    " by = excluded.by",
	    VALUES(val_text(role), val_text(account), val_int(s->now.wall_ms), val_text(by),
		val_int(counts)));
}

int
store_member_list(struct store *s, const char *after_role, const char *after,
    struct store_member *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_MEMBER_LIST,
	    "SELECT " MEMBER_COLUMNS " FROM memberships WHERE (role, account) > (?1, ?2)"
	    " ORDER BY role, account LIMIT ?3",
	    VALUES(val_text(after_role), val_text(after), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		member_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_role_uses(
    struct store *s, const char *role, struct store_use *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_ROLE_USES,
	    "SELECT user, max(at_wall), count(*) FROM grants WHERE role = ?1"
	    " AND at_wall IS NOT NULL GROUP BY user ORDER BY user LIMIT ?2",
	    VALUES(val_text(role), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0) {
		struct store_use *u = &out[(*count)++];

		memset(u, 0, sizeof(*u));
		col_text(st, 0, u->account, sizeof(u->account));
		u->last_wall_ms = col_int(st, 1);
		u->times = col_u32(st, 2);
	}
	if (st != NULL)
		sqlite3_reset(st);
	if (e > 0)
		return *count == max ? SKS_TOO_BIG : SKS_OK;
	return e;
}

int
store_role_owed(struct store *s, const char *role, const char *account, uint32_t *reports)
{
	int64_t n = 0;
	int e = store_number(s, ST_ROLE_OWED,
	    "SELECT count(*) FROM grant_terms JOIN grants USING (number) WHERE reported_wall < "
	    "0"
	    " AND state = 2 AND at_wall IS NOT NULL AND role = ?1 AND user = ?2",
	    VALUES(val_text(role), val_text(account)), &n);

	*reports = (uint32_t)n;
	return e;
}

int
store_grant_until_put(struct store *s, uint64_t number, int64_t wall_ms)
{
	return store_run(s, ST_GRANT_UNTIL_PUT,
	    "INSERT OR REPLACE INTO grant_until (number, wall) VALUES (?1, ?2)",
	    VALUES(val_uint(number), val_int(wall_ms)));
}

int
store_grant_limit(struct store *s, uint64_t number, int64_t *for_ms)
{
	int64_t until_ms = 0;
	int e = store_number(s, ST_GRANT_UNTIL_GET, "SELECT wall FROM grant_until WHERE number = ?1",
	    VALUES(val_uint(number)), &until_ms);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	if (*for_ms <= until_ms - s->now.wall_ms)
		return SKS_OK;
	*for_ms = until_ms > s->now.wall_ms ? until_ms - s->now.wall_ms : 0;
	return store_run(s, ST_GRANT_LIMIT, "UPDATE grants SET duration = ?2 WHERE number = ?1",
	    VALUES(val_uint(number), val_int(*for_ms)));
}

/* ---- more of the staff list -------------------------------------------------------------- */

int
store_staff_terms_get(struct store *s, const char *person, struct store_staff_terms *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_STAFF_TERMS_GET,
	    "SELECT kana, gone_wall, ended_wall FROM staff_terms WHERE person = ?1",
	    VALUES(val_text(person)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e;
	col_text(st, 0, out->kana, sizeof(out->kana));
	out->gone_wall_ms = col_int(st, 1);
	out->ended_wall_ms = col_int(st, 2);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_staff_terms_put(struct store *s, const char *person, const struct store_staff_terms *t)
{
	return store_run(s, ST_STAFF_TERMS_PUT,
	    "INSERT OR REPLACE INTO staff_terms (person, kana, gone_wall, ended_wall)"
	    " VALUES (?1, ?2, ?3, ?4)",
	    VALUES(val_text(person), val_text(t->kana), val_int(t->gone_wall_ms),
		val_int(t->ended_wall_ms)));
}

int
store_staff_due(
    struct store *s, int64_t wall_ms, struct store_staff *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_STAFF_DUE,
	    "SELECT person, until_wall FROM staff LEFT JOIN staff_terms t USING (person)"
	    " WHERE until_wall <> 0 AND until_wall <= ?1 AND coalesce(t.ended_wall, 0) = 0"
	    " ORDER BY person LIMIT ?2",
	    VALUES(val_int(wall_ms), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0) {
		struct store_staff *p = &out[(*count)++];

		memset(p, 0, sizeof(*p));
		col_text(st, 0, p->person, sizeof(p->person));
		p->until_wall_ms = col_int(st, 1);
	}
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_staff_any(struct store *s, bool *any, bool *ends)
{
	int64_t n = 0, with_end = 0;
	int e = store_number(s, ST_STAFF_ANY, "SELECT EXISTS (SELECT 1 FROM staff)", NO_VALUES, &n);

	if (e == SKS_OK)
		e = store_number(s, ST_STAFF_ENDS,
		    "SELECT EXISTS (SELECT 1 FROM staff WHERE until_wall <> 0)", NO_VALUES,
		    &with_end);
	*any = n != 0;
	*ends = with_end != 0;
	return e;
}
