#include "store/terms.h"
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

/* ---- grants ------------------------------------------------------------------------------ */

int
store_terms_put(struct store *s, uint64_t number, const struct store_terms *t)
{
	return store_run(s, ST_TERMS_PUT,
	    "INSERT INTO grant_terms (number, ticket, superior, because, reported_wall)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    VALUES(val_uint(number), val_text(t->ticket), val_text(t->superior),
		val_text(t->because), val_int(t->reported_wall_ms)));
}

int
store_terms_get(struct store *s, uint64_t number, struct store_terms *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_TERMS_GET,
	    "SELECT ticket, superior, because, report, reported_wall, chased_wall"
	    " FROM grant_terms WHERE number = ?1",
	    VALUES(val_uint(number)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e;
	col_text(st, 0, out->ticket, sizeof(out->ticket));
	col_text(st, 1, out->superior, sizeof(out->superior));
	col_text(st, 2, out->because, sizeof(out->because));
	col_text(st, 3, out->report, sizeof(out->report));
	out->reported_wall_ms = col_int(st, 4);
	out->chased_wall_ms = col_int(st, 5);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_terms_report(struct store *s, uint64_t number, const char *report)
{
	return store_change(s, ST_TERMS_REPORT,
	    "UPDATE grant_terms SET report = ?2, reported_wall = ?3 WHERE number = ?1",
	    VALUES(val_uint(number), val_text(report), val_int(s->now.wall_ms)));
}

static int
numbers_take(struct store *s, sqlite3_stmt *st, uint64_t *number, size_t max, size_t *count)
{
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		number[(*count)++] = col_u64(st, 0);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_terms_overdue(
    struct store *s, int64_t before_wall_ms, uint64_t *number, size_t max, size_t *count)
{
	return numbers_take(s,
	    store_query(s, ST_TERMS_OVERDUE,
		"SELECT number FROM grant_terms JOIN grants USING (number)"
		" WHERE reported_wall < 0 AND chased_wall = 0 AND state = 2"
		" AND at_wall IS NOT NULL AND ended_wall <= ?1 ORDER BY number LIMIT ?2",
		VALUES(val_int(before_wall_ms), val_int((int64_t)max))),
	    number, max, count);
}

int
store_terms_owed(
    struct store *s, const char *user, uint32_t uid, uint64_t *number, size_t max, size_t *count)
{
	return numbers_take(s,
	    store_query(s, ST_TERMS_OWED,
		"SELECT number FROM grant_terms JOIN grants USING (number)"
		" WHERE reported_wall < 0 AND state = 2 AND at_wall IS NOT NULL AND user = ?1"
		" AND uid = ?2 ORDER BY number LIMIT ?3",
		VALUES(val_text(user), val_int(uid), val_int((int64_t)max))),
	    number, max, count);
}

int
store_terms_chased(struct store *s, uint64_t number)
{
	return store_change(s, ST_TERMS_CHASED,
	    "UPDATE grant_terms SET chased_wall = ?2 WHERE number = ?1",
	    VALUES(val_uint(number), val_int(s->now.wall_ms)));
}

/* ---- attributes -------------------------------------------------------------------------- */

int
store_attribute_set(struct store *s, const struct store_attribute *a)
{
	int64_t count = 0;
	int e = store_number(s, ST_ATTRIBUTE_COUNT,
	    "SELECT count(*) FROM attributes WHERE person = ?1 AND name <> ?2",
	    VALUES(val_text(a->person), val_text(a->name)), &count);

	if (e == SKS_OK && count >= ATTRIBUTES_MAX)
		return SKS_FULL;
	if (e != SKS_OK)
		return e;
	return store_run(s, ST_ATTRIBUTE_SET,
	    "INSERT OR REPLACE INTO attributes (person, name, set_wall, until_wall, by, evidence)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    VALUES(val_text(a->person), val_text(a->name), val_int(a->set_wall_ms),
		val_int(a->until_wall_ms), val_text(a->by), val_text(a->evidence)));
}

int
store_attribute_revoke(struct store *s, const char *person, const char *name)
{
	return store_change(s, ST_ATTRIBUTE_REVOKE,
	    "DELETE FROM attributes WHERE person = ?1 AND name = ?2",
	    VALUES(val_text(person), val_text(name)));
}

static void
attribute_read(sqlite3_stmt *st, struct store_attribute *a)
{
	memset(a, 0, sizeof(*a));
	col_text(st, 0, a->person, sizeof(a->person));
	col_text(st, 1, a->name, sizeof(a->name));
	a->set_wall_ms = col_int(st, 2);
	a->until_wall_ms = col_int(st, 3);
	col_text(st, 4, a->by, sizeof(a->by));
	col_text(st, 5, a->evidence, sizeof(a->evidence));
}

static int
attributes_take(struct store *s, sqlite3_stmt *st, struct store_attribute *out, size_t max,
    size_t *count)
{
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		attribute_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_attributes(struct store *s, const char *person, struct store_attribute *out, size_t max,
    size_t *count)
{
	return attributes_take(s,
	    store_query(s, ST_ATTRIBUTES,
		"SELECT person, name, set_wall, until_wall, by, evidence FROM attributes"
		" WHERE person = ?1 ORDER BY name LIMIT ?2",
		VALUES(val_text(person), val_int((int64_t)max))),
	    out, max, count);
}

int
store_attributes_all(struct store *s, const char *after, const char *after_name,
    struct store_attribute *out, size_t max, size_t *count)
{
	return attributes_take(s,
	    store_query(s, ST_ATTRIBUTES_ALL,
		"SELECT person, name, set_wall, until_wall, by, evidence FROM attributes"
		" WHERE (person, name) > (?1, ?2) ORDER BY person, name LIMIT ?3",
		VALUES(val_text(after), val_text(after_name), val_int((int64_t)max))),
	    out, max, count);
}

/* ---- reviews ----------------------------------------------------------------------------- */

int
store_review_add(struct store *s, const struct store_review *r)
{
	return store_run(s, ST_REVIEW_ADD,
	    "INSERT OR REPLACE INTO role_reviews (role, wall, by, person, policy, text)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    VALUES(val_text(r->role), val_int(s->now.wall_ms), val_text(r->by),
		val_text(r->person), val_text(r->policy), val_text(r->text)));
}

int
store_review_last(struct store *s, const char *role, struct store_review *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_REVIEW_LAST,
	    "SELECT wall, by, person, policy, text FROM role_reviews WHERE role = ?1"
	    " ORDER BY wall DESC LIMIT 1",
	    VALUES(val_text(role)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	(void)snprintf(out->role, sizeof(out->role), "%s", role);
	out->wall_ms = col_int(st, 0);
	col_text(st, 1, out->by, sizeof(out->by));
	col_text(st, 2, out->person, sizeof(out->person));
	col_text(st, 3, out->policy, sizeof(out->policy));
	col_text(st, 4, out->text, sizeof(out->text));
	sqlite3_reset(st);
	return SKS_OK;
}

/* ---- staff ------------------------------------------------------------------------------- */

#define STAFF_COLUMNS "person, name, unit, contact, until_wall, moved_wall, imported_wall"

int
store_staff_put(struct store *s, const struct store_staff *p)
{
	return store_run(s, ST_STAFF_PUT,
	    "INSERT OR REPLACE INTO staff (" STAFF_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    VALUES(val_text(p->person), val_text(p->name), val_text(p->unit),
		val_text(p->contact), val_int(p->until_wall_ms), val_int(p->moved_wall_ms),
		val_int(p->imported_wall_ms)));
}

static void
staff_read(sqlite3_stmt *st, struct store_staff *p)
{
	memset(p, 0, sizeof(*p));
	col_text(st, 0, p->person, sizeof(p->person));
	col_text(st, 1, p->name, sizeof(p->name));
	col_text(st, 2, p->unit, sizeof(p->unit));
	col_text(st, 3, p->contact, sizeof(p->contact));
	p->until_wall_ms = col_int(st, 4);
	p->moved_wall_ms = col_int(st, 5);
	p->imported_wall_ms = col_int(st, 6);
}

int
store_staff_get(struct store *s, const char *person, struct store_staff *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_STAFF_GET,
	    "SELECT " STAFF_COLUMNS " FROM staff WHERE person = ?1", VALUES(val_text(person)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	staff_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_staff_list(
    struct store *s, const char *after, struct store_staff *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_STAFF_LIST,
	    "SELECT " STAFF_COLUMNS " FROM staff WHERE person > ?1 ORDER BY person LIMIT ?2",
	    VALUES(val_text(after), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		staff_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}
