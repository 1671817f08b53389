/* Grants, who approved them, and the gids of roles. */
#include "store/grant.h"
#include "error.h"
#include "log.h"
#include "policy/role.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

_Static_assert(ROLES_SIZE == ROLES_AT_ONCE * (ROLE_NAME_MAX + 1), "the names of all fit");

int
store_grant_room(struct store *s)
{
	int64_t live = 0;
	int e = store_number(s, ST_GRANT_COUNT, "SELECT count(*) FROM grants WHERE state < 2",
	    NO_VALUES, &live);

	return e == SKS_OK && live >= GRANTS_MAX ? SKS_FULL : e;
}

int
store_grant_ask(struct store *s, const struct store_grant *g)
{
	int e = store_grant_room(s);

	if (e != SKS_OK)
		return e;
	return store_run(s, ST_GRANT_ASK,
	    "INSERT INTO grants (number, role, user, uid, person, why, state, duration)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
	    VALUES(val_uint(g->number), val_text(g->role), val_text(g->user), val_int(g->uid),
		val_text(g->person), val_text(g->why), val_int(g->for_ms)));
}

#define GRANT_COLUMNS                                                                          \
	"number, role, user, uid, person, why, state, duration, at_in, at_wall, at_boot,"      \
	" ended_by, ended_why, ended_wall"

/* Both clocks, and the stricter of them. */
static int64_t
grant_left(const struct store *s, sqlite3_stmt *st, const struct store_grant *g)
{
	int64_t by_wall = g->until_wall_ms - s->now.wall_ms;
	int64_t by_age = g->for_ms - col_age(s, st, 8);

	if (col_int(st, 8) != s->boot && s->now.wall_ms < g->from_wall_ms)
		return 0; /* the wall clock is all there is, and it was put back */
	if (by_age < by_wall)
		by_wall = by_age;
	return by_wall < 0 ? 0 : by_wall;
}

static void
grant_read(const struct store *s, sqlite3_stmt *st, struct store_grant *g)
{
	memset(g, 0, sizeof(*g));
	g->number = col_u64(st, 0);
	col_text(st, 1, g->role, sizeof(g->role));
	col_text(st, 2, g->user, sizeof(g->user));
	g->uid = col_u32(st, 3);
	col_text(st, 4, g->person, sizeof(g->person));
	col_text(st, 5, g->why, sizeof(g->why));
	g->state = col_u32(st, 6);
	g->for_ms = col_int(st, 7);
	if (sqlite3_column_type(st, 8) != SQLITE_NULL) {
		g->from_wall_ms = col_int(st, 9);
		g->until_wall_ms = g->from_wall_ms + g->for_ms;
	}
	if (g->state == GRANT_ACTIVE)
		g->left_ms = grant_left(s, st, g);
	col_text(st, 11, g->ended_by, sizeof(g->ended_by));
	col_text(st, 12, g->ended_why, sizeof(g->ended_why));
	g->ended_wall_ms = col_int(st, 13);
}

int
store_grant_get(struct store *s, uint64_t number, struct store_grant *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_GRANT_GET,
	    "SELECT " GRANT_COLUMNS " FROM grants WHERE number = ?1", VALUES(val_uint(number)),
	    &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	grant_read(s, st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_grant_start(struct store *s, uint64_t number)
{
	return store_change(s, ST_GRANT_START,
	    "UPDATE grants SET state = 1, at_in = ?2, at_wall = ?3, at_boot = ?4"
	    " WHERE number = ?1 AND state = 0",
	    VALUES(val_uint(number), val_int(s->boot), val_int(s->now.wall_ms),
		val_int(s->now.boot_ms)));
}

int
store_grant_end(struct store *s, uint64_t number, const char *by, const char *why)
{
	return store_change(s, ST_GRANT_END,
	    "UPDATE grants SET state = 2, ended_by = ?2, ended_why = ?3, ended_wall = ?4"
	    " WHERE number = ?1 AND state < 2",
	    VALUES(val_uint(number), val_text(by), val_text(why),
		val_int(s->now.wall_ms)));
}

/* Of one account those that are not over, by their index: there may be thousands of others. */
static sqlite3_stmt *
grant_query(struct store *s, uint64_t after, bool all, const char *user, uint32_t uid, size_t max)
{
	if (user != NULL && !all)
		return store_query(s, ST_GRANT_LIST_OF,
		    "SELECT " GRANT_COLUMNS " FROM grants WHERE state < 2 AND user = ?1"
		    " AND uid = ?2 AND number > ?3 ORDER BY number LIMIT ?4",
		    VALUES(val_text(user), val_int(uid), val_uint(after), val_int((int64_t)max)));
	return store_query(s, ST_GRANT_LIST,
	    "SELECT " GRANT_COLUMNS " FROM grants WHERE number > ?1 AND (?2 OR state < 2)"
	    " AND (?3 IS NULL OR (user = ?3 AND uid = ?4)) ORDER BY number LIMIT ?5",
	    VALUES(val_uint(after), val_int(all), user == NULL ? val_null() : val_text(user),
		val_int(uid), val_int((int64_t)max)));
}

int
store_grant_list(struct store *s, uint64_t after, bool all, const char *user, uint32_t uid,
    struct store_grant *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = grant_query(s, after, all, user, uid, max);
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		grant_read(s, st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_grant_ended(struct store *s, const char *user, uint32_t uid, int64_t since_wall_ms,
    struct store_grant *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_GRANT_ENDED,
	    "SELECT " GRANT_COLUMNS " FROM grants WHERE state = 2 AND user = ?1 AND uid = ?2"
	    " AND ended_wall >= ?3 AND at_in IS NOT NULL"
	    " AND number > (SELECT max(number) - 1000 FROM grants) ORDER BY number DESC LIMIT ?4",
	    VALUES(val_text(user), val_int(uid), val_int(since_wall_ms), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		grant_read(s, st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_grant_holders(struct store *s, const char *role, const char *person, uint32_t *people)
{
	int64_t n = 0;
	int e = store_number(s, ST_GRANT_HOLDERS,
	    "SELECT count(DISTINCT person) FROM grants WHERE state = 1 AND role = ?1"
	    " AND person <> ?2",
	    VALUES(val_text(role), val_text(person)), &n);

	*people = (uint32_t)n;
	return e;
}

int
store_grant_has(struct store *s, const char *role, const char *user, uint32_t uid, bool *has)
{
	int64_t n = 0;
	int e = store_number(s, ST_GRANT_HAS,
	    "SELECT count(*) FROM grants WHERE state < 2 AND role = ?1 AND user = ?2 AND uid = ?3",
	    VALUES(val_text(role), val_text(user), val_int(uid)), &n);

	*has = n > 0;
	return e;
}

int
store_grant_count(struct store *s, const char *user, uint32_t uid, uint32_t *count)
{
	int64_t n = 0;
	int e = store_number(s, ST_GRANT_OF,
	    "SELECT count(*) FROM grants WHERE state < 2 AND user = ?1 AND uid = ?2",
	    VALUES(val_text(user), val_int(uid)), &n);

	*count = (uint32_t)n;
	return e;
}

/* Appends the word; cut, it might be another's. */
static int
add_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	if (strlen(word) + 1 >= size - used)
		return SKS_TOO_BIG;
	(void)snprintf(list + used, size - used, "%s%s", used > 0 ? "," : "", word);
	return SKS_OK;
}

int
store_grant_held(struct store *s, const char *user, uint32_t uid, char ids[GRANTS_SIZE],
    char roles[ROLES_SIZE])
{
	static struct store_grant g[ROLES_AT_ONCE + 1];
	char id[REQUEST_ID_SIZE];
	size_t n = 0;
	int e = store_grant_list(s, 0, false, user, uid, g, ROLES_AT_ONCE + 1, &n);

	if (ids != NULL)
		ids[0] = '\0';
	if (roles != NULL)
		roles[0] = '\0';
	if (e == SKS_OK && n > ROLES_AT_ONCE)
		e = SKS_TOO_BIG;
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (g[i].state != GRANT_ACTIVE || g[i].left_ms <= 0)
			continue;
		(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)g[i].number);
		if (ids != NULL)
			e = add_word(ids, GRANTS_SIZE, id);
		if (e == SKS_OK && roles != NULL)
			e = add_word(roles, ROLES_SIZE, g[i].role);
	}
	if (e == SKS_TOO_BIG)
		log_warn("%s has more roles at a time than are looked at: nothing is decided for "
			 "them until some end",
		    user);
	return e;
}

/* ---- approvals --------------------------------------------------------------------------- */

int
store_approval_add(struct store *s, uint64_t number, const struct store_approval *a)
{
	int64_t before = sqlite3_total_changes64(s->db), given = 0;
	int e = store_number(s, ST_APPROVAL_COUNT,
	    "SELECT count(*) FROM approvals WHERE number = ?1", VALUES(val_uint(number)), &given);

	if (e == SKS_OK && given >= GRANT_APPROVALS_MAX)
		return SKS_FULL;
	if (e == SKS_OK)
		e = store_run(s, ST_APPROVAL_ADD,
		    "INSERT INTO approvals (number, account, uid, person, groups, wall)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
		    VALUES(val_uint(number), val_text(a->account), val_int(a->uid),
			val_text(a->person), val_text(a->groups), val_int(s->now.wall_ms)));
	return e == SKS_OK && sqlite3_total_changes64(s->db) == before ? SKS_CONFLICT : e;
}

int
store_approvals(struct store *s, uint64_t number, struct store_approval *out, size_t max,
    size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_APPROVAL_LIST,
	    "SELECT account, uid, person, groups, wall FROM approvals WHERE number = ?1"
	    " ORDER BY wall, account LIMIT ?2",
	    VALUES(val_uint(number), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0) {
		struct store_approval *a = &out[(*count)++];

		memset(a, 0, sizeof(*a));
		col_text(st, 0, a->account, sizeof(a->account));
		a->uid = col_u32(st, 1);
		col_text(st, 2, a->person, sizeof(a->person));
		col_text(st, 3, a->groups, sizeof(a->groups));
		a->wall_ms = col_int(st, 4);
	}
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

/* ---- gids -------------------------------------------------------------------------------- */

int
store_role_gid(struct store *s, const char *role, uint32_t *gid)
{
	int64_t number = 0;
	int e = store_number(s, ST_ROLE_GID, "SELECT gid FROM role_gids WHERE role = ?1",
	    VALUES(val_text(role)), &number);

	if (e == SKS_NOT_FOUND) {
		e = store_number(s, ST_ROLE_GID_NEXT,
		    "SELECT coalesce(max(gid) + 1, 65536) FROM role_gids", NO_VALUES, &number);
		if (e == SKS_OK && number > ROLE_GID_MAX)
			return SKS_FULL;
		if (e == SKS_OK)
			e = store_run(s, ST_ROLE_GID_ADD,
			    "INSERT INTO role_gids (role, gid) VALUES (?1, ?2)",
			    VALUES(val_text(role), val_int(number)));
	}
	*gid = (uint32_t)number;
	return e;
}
