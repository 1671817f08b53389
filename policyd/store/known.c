/* The addresses from which a user has succeeded: at most 16 each, forgotten after 30 days. */
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

enum {
	KNOWN_USERS_MAX = 100,          /* no budget is scaled by more */
	KNOWN_REFRESH_MS = 12 * 3600 * 1000, /* of 30 days: a younger row is not worth pages */
	KNOWN_COUNT_MS = 60 * 1000,     /* how long a count of users is believed */
};

/*
 * Counting a hundred rows for every request of a busy source costs more than all the rest that
 * is loaded for it. A count can only grow by known_learn(), which forgets it, and shrink by
 * time, for which a minute in thirty days is nothing.
 */
static struct known_count *
known_counted(struct store *s, const char *source)
{
	uint32_t hash = 2166136261;

	for (const char *c = source; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619;
	return &s->known_count[hash % KNOWN_COUNTS];
}

static int
known_users(struct store *s, const char *source, uint32_t *users)
{
	struct known_count *k = known_counted(s, source);
	int64_t age = s->now.boot_ms - k->boot_ms, count = 0;
	int r = SKS_OK;

	if (!k->counted || age < 0 || age >= KNOWN_COUNT_MS || strcmp(k->source, source) != 0) {
		r = store_number(s, ST_KNOWN_USERS,
		    "SELECT count(*) FROM (SELECT 1 FROM known_source WHERE source = ?1 AND"
		    " iif(at_in = ?2, ?3 - at_boot, ?4 - at_wall) < ?5 LIMIT ?6)",
		    VALUES(val_text(source), val_int(s->boot), val_int(s->now.boot_ms),
			val_int(s->now.wall_ms), val_int(KNOWN_SOURCE_AGE_MS),
			val_int(KNOWN_USERS_MAX)),
		    &count);
		k->counted = r == SKS_OK;
		k->users = (uint32_t)count;
		k->boot_ms = s->now.boot_ms;
		(void)snprintf(k->source, sizeof(k->source), "%s", source);
	}
	*users = k->users;
	return r;
}

static int
known_age(struct store *s, int64_t user, const char *source, int64_t *age_ms)
{
	struct known_memo *m = &s->known_memo;
	sqlite3_stmt *st;
	int r;

	*age_ms = m->age_ms;
	if (m->changes == sqlite3_total_changes64(s->db) && m->user == user &&
	    strcmp(m->source, source) == 0)
		return SKS_OK;
	m->changes = -1;
	*age_ms = AGE_NEVER;
	r = store_first(s, ST_KNOWN_GET,
	    "SELECT at_in, at_wall, at_boot FROM known_source WHERE user = ?1 AND source = ?2",
	    VALUES(val_int(user), val_text(source)), &st);
	if (r < 0)
		return r;
	if (r > 0) {
		*age_ms = col_age(s, st, 0);
		sqlite3_reset(st);
	}
	m->user = user;
	m->age_ms = *age_ms;
	if ((size_t)snprintf(m->source, sizeof(m->source), "%s", source) < sizeof(m->source))
		m->changes = sqlite3_total_changes64(s->db);
	return SKS_OK;
}

int
store_known_source(struct store *s, const struct request *r, bool *known)
{
	int64_t user, age;
	int error = user_find(s, r->user, r->uid, false, &user, NULL);

	*known = false;
	if (error == SKS_OK)
		error = known_age(s, user, r->source, &age);
	if (error == SKS_OK)
		*known = age < KNOWN_SOURCE_AGE_MS;
	return error;
}

int
known_load(struct store *s, int64_t user, const struct request *r, struct facts *f)
{
	int64_t age;
	int error = known_age(s, user, r->source, &age);

	f->known_source = false;
	f->source_users = 0;
	if (error != SKS_OK)
		return error;
	f->known_source = age < KNOWN_SOURCE_AGE_MS;
	return known_users(s, r->source, &f->source_users);
}

int
known_learn(struct store *s, const struct request *r)
{
	struct known_count *k;
	int64_t user, age;
	int error = user_find(s, r->user, r->uid, true, &user, NULL);

	if (error == SKS_OK)
		error = known_age(s, user, r->source, &age);
	if (error != SKS_OK || age < KNOWN_REFRESH_MS)
		return error;
	error = store_run(s, ST_USER_SUCCESS,
	    "UPDATE users SET success_wall = ?2, success_source = ?3 WHERE id = ?1",
	    VALUES(val_int(user), val_int(s->now.wall_ms), val_text(r->source)));
	if (error == SKS_OK)
		error = store_run(s, ST_KNOWN_PUT,
		    "INSERT INTO known_source (user, source, at_in, at_wall, at_boot)"
		    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (user, source) DO UPDATE"
		    " SET at_in = ?3, at_wall = ?4, at_boot = ?5",
		    VALUES(val_int(user), val_text(r->source), val_int(s->boot),
			val_int(s->now.wall_ms), val_int(s->now.boot_ms)));
	/* one more user makes no difference to a full count */
	k = known_counted(s, r->source);
	if (strcmp(k->source, r->source) == 0 && k->users < KNOWN_USERS_MAX)
		k->counted = false;
	/* the newest boot first: its wall times may be behind those of an earlier one */
	if (error == SKS_OK)
		error = store_run(s, ST_KNOWN_TRIM,
		    "DELETE FROM known_source WHERE user = ?1 AND source IN (SELECT source FROM"
		    " known_source WHERE user = ?1 ORDER BY at_in DESC,"
		    " iif(at_in = ?2, at_boot, at_wall) DESC, source = ?4 DESC"
		    " LIMIT -1 OFFSET ?3)",
		    VALUES(val_int(user), val_int(s->boot), val_int(KNOWN_SOURCES_MAX),
			val_text(r->source)));
	return error;
}
