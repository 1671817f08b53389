/* Invitations and terms of accounts. */
#include "store/invite.h"
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

/* Over by either clock; and where the wall clock is all there is and was put back. */
static bool
is_over(const struct store *s, sqlite3_stmt *st, const struct invitation *i)
{
	int64_t by_wall = s->now.wall_ms - i->made_wall_ms;

	if (col_int(st, 4) != s->boot && by_wall < 0)
		return true;
	return col_age(s, st, 4) >= i->lasts_ms || by_wall >= i->lasts_ms;
}

int
store_invitation(struct store *s, const char *user, uint32_t uid, struct invitation *out)
{
	sqlite3_stmt *st;
	int64_t id;
	int r = user_find(s, user, uid, false, &id, NULL);

	memset(out, 0, sizeof(*out));
	if (r != SKS_OK || id == 0)
		return r == SKS_OK ? SKS_NOT_FOUND : r;
	r = store_first(s, ST_INVITATION,
	    "SELECT number, state, mark, lasts, at_in, at_wall, at_boot, by, verified_by,"
	    " verified_how, spent_pid, spent_start, ended_wall FROM invitations"
	    " WHERE user = ?1 ORDER BY number DESC LIMIT 1",
	    VALUES(val_int(id)), &st);
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	out->number = col_u64(st, 0);
	out->state = col_u32(st, 1);
	col_text(st, 2, out->mark, sizeof(out->mark));
	out->lasts_ms = col_int(st, 3);
	out->made_wall_ms = col_int(st, 5);
	col_text(st, 7, out->by, sizeof(out->by));
	col_text(st, 8, out->verified_by, sizeof(out->verified_by));
	col_text(st, 9, out->verified_how, sizeof(out->verified_how));
	out->spent_pid = col_u32(st, 10);
	out->spent_start = col_u64(st, 11);
	out->ended_wall_ms = col_int(st, 12);
	if (out->state == INVITATION_OPEN && is_over(s, st, out))
		out->state = INVITATION_EXPIRED;
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_invitation_add(struct store *s, const char *user, uint32_t uid, struct invitation *i)
{
	int64_t id, number = 0;
	int r = user_find(s, user, uid, true, &id, NULL);

	if (r == SKS_OK)
		r = store_run(s, ST_INVITATION_WITHDRAW,
		    "UPDATE invitations SET state = ?2, ended_wall = ?3"
		    " WHERE user = ?1 AND state = ?4",
		    VALUES(val_int(id), val_int(INVITATION_WITHDRAWN), val_int(s->now.wall_ms),
			val_int(INVITATION_OPEN)));
	if (r == SKS_OK)
		r = store_number(s, ST_INVITATION_NEXT,
		    "SELECT coalesce(max(number), 0) + 1 FROM invitations WHERE user = ?1",
		    VALUES(val_int(id)), &number);
	if (r != SKS_OK)
		return r;
	i->number = (uint64_t)number;
	return store_run(s, ST_INVITATION_ADD,
	    "INSERT INTO invitations (user, number, state, mark, lasts, at_in, at_wall, at_boot,"
	    " by, verified_by, verified_how)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    VALUES(val_int(id), val_int(number), val_int(INVITATION_OPEN), val_text(i->mark),
		val_int(i->lasts_ms), val_int(s->boot), val_int(s->now.wall_ms),
		val_int(s->now.boot_ms), val_text(i->by), val_text(i->verified_by),
		val_text(i->verified_how)));
}

int
store_invitation_end(struct store *s, const char *user, uint32_t uid, uint64_t number,
    uint32_t state, uint32_t pid, uint64_t pid_start)
{
	int64_t id;
	int r = user_find(s, user, uid, false, &id, NULL);

	if (r != SKS_OK)
		return r;
	r = store_run(s, ST_INVITATION_END,
	    "UPDATE invitations SET state = ?3, ended_wall = ?4, spent_pid = ?5,"
	    " spent_start = ?6 WHERE user = ?1 AND number = ?2 AND state = ?7",
	    VALUES(val_int(id), val_uint(number), val_int(state), val_int(s->now.wall_ms),
		val_int(pid), val_uint(pid_start), val_int(INVITATION_OPEN)));
	return r == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_CONFLICT : r;
}

int
store_account_terms(struct store *s, const char *user, uint32_t uid, struct account_terms *out)
{
	sqlite3_stmt *st;
	int64_t id;
	int r = user_find(s, user, uid, false, &id, NULL);

	memset(out, 0, sizeof(*out));
	if (r != SKS_OK || id == 0)
		return r;
	r = store_first(s, ST_ACCOUNT_TERMS,
	    "SELECT until_wall, must, must_mark, must_wall, must_by, must_why FROM account_terms"
	    " WHERE user = ?1",
	    VALUES(val_int(id)), &st);
	if (r <= 0)
		return r;
	out->until_wall_ms = col_int(st, 0);
	out->must = col_u32(st, 1);
	col_text(st, 2, out->must_mark, sizeof(out->must_mark));
	out->must_wall_ms = col_int(st, 3);
	col_text(st, 4, out->must_by, sizeof(out->must_by));
	col_text(st, 5, out->must_why, sizeof(out->must_why));
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_account_terms_put(struct store *s, const char *user, uint32_t uid, const struct account_terms *t)
{
	int64_t id;
	int r = user_find(s, user, uid, true, &id, NULL);

	if (r != SKS_OK)
		return r;
	return store_run(s, ST_ACCOUNT_TERMS_PUT,
	    "INSERT OR REPLACE INTO account_terms (user, until_wall, must, must_mark, must_wall,"
	    " must_by, must_why) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    VALUES(val_int(id), val_int(t->until_wall_ms), val_int(t->must),
		val_text(t->must_mark), val_int(t->must_wall_ms), val_text(t->must_by),
		val_text(t->must_why)));
}

int
store_password_newest(
    struct store *s, const char *person, const char *account, int64_t *wall_ms)
{
	int r = store_number(s, ST_PASSWORD_NEWEST,
	    "SELECT coalesce((SELECT at_wall FROM password_history WHERE person = ?1"
	    " AND account = ?2 ORDER BY number DESC LIMIT 1), 0)",
	    VALUES(val_text(person), val_text(account)), wall_ms);

	return r;
}
