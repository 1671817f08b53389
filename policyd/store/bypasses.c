/* One-time codes for people without their device, by their hashes. */
#include "error.h"
#include "store/exceptions.h"
#include "store/store_internal.h"
#include <string.h>

int
store_bypass_ask(struct store *s, const struct store_bypass *b)
{
	return store_run(s, ST_BYPASS_ASK,
	    "INSERT INTO bypasses (number, user, uid, state, duration, exception, verified_by,"
	    " verified_how) VALUES (?1, ?2, ?3, 0, ?4, 0, ?5, ?6)",
	    VALUES(val_uint(b->number), val_text(b->user), val_int(b->uid), val_int(b->for_ms),
		val_text(b->verified_by), val_text(b->verified_how)));
}

#define BYPASS_COLUMNS                                                                         \
	"number, exception, user, uid, state, duration, at_in, at_wall, at_boot,"              \
	" verified_by, verified_how"

static int64_t
bypass_left(const struct store *s, sqlite3_stmt *st)
{
	int64_t duration = col_int(st, 5), from = col_int(st, 7);
	int64_t by_wall = from + duration - s->now.wall_ms;
	int64_t by_age = duration - col_age(s, st, 6);

	/* a code from before the last boot, with a clock that was put back, is over */
	if (col_int(st, 6) != s->boot && s->now.wall_ms < from)
		return 0;
	by_wall = by_age < by_wall ? by_age : by_wall;
	return by_wall < 0 ? 0 : by_wall;
}

static void
bypass_read(const struct store *s, sqlite3_stmt *st, struct store_bypass *b)
{
	memset(b, 0, sizeof(*b));
	b->number = col_u64(st, 0);
	b->exception = col_u64(st, 1);
	col_text(st, 2, b->user, sizeof(b->user));
	b->uid = col_u32(st, 3);
	b->state = col_u32(st, 4);
	b->for_ms = col_int(st, 5);
	if (b->state == BYPASS_ISSUED)
		b->left_ms = bypass_left(s, st);
	col_text(st, 9, b->verified_by, sizeof(b->verified_by));
	col_text(st, 10, b->verified_how, sizeof(b->verified_how));
}

int
store_bypass_get(struct store *s, uint64_t number, struct store_bypass *out)
{
	sqlite3_stmt *st = NULL;
	int e = store_first(s, ST_BYPASS_GET,
	    "SELECT " BYPASS_COLUMNS " FROM bypasses WHERE number = ?1", VALUES(val_uint(number)),
	    &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	bypass_read(s, st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_bypass_issue(struct store *s, uint64_t number, uint64_t exception,
    const uint8_t hash[RECOVERY_HASH_SIZE])
{
	return store_change(s, ST_BYPASS_ISSUE,
	    "UPDATE bypasses SET state = 1, exception = ?2, hash = ?3, at_in = ?4,"
	    " at_wall = ?5, at_boot = ?6 WHERE number = ?1 AND state = 0",
	    VALUES(val_uint(number), val_uint(exception), val_blob(hash, RECOVERY_HASH_SIZE),
		val_int(s->boot), val_int(s->now.wall_ms), val_int(s->now.boot_ms)));
}

int
store_bypass_end(struct store *s, uint64_t number)
{
	return store_change(s, ST_BYPASS_END,
	    "UPDATE bypasses SET state = 3, hash = NULL WHERE number = ?1 AND state < 2",
	    VALUES(val_uint(number)));
}

int
store_bypass_list(struct store *s, struct store_bypass *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_BYPASS_LIST,
	    "SELECT " BYPASS_COLUMNS " FROM bypasses WHERE state = 1 ORDER BY number LIMIT ?1",
	    VALUES(val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		bypass_read(s, st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_bypass_find(struct store *s, const char *user, uint32_t uid,
    const uint8_t hash[RECOVERY_HASH_SIZE], uint64_t *number)
{
	static struct store_bypass b;
	sqlite3_stmt *st = NULL;
	int e = store_first(s, ST_BYPASS_FIND,
	    "SELECT " BYPASS_COLUMNS " FROM bypasses WHERE state = 1 AND user = ?1 AND uid = ?2"
	    " AND hash = ?3",
	    VALUES(val_text(user), val_int(uid), val_blob(hash, RECOVERY_HASH_SIZE)), &st);

	*number = 0;
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	bypass_read(s, st, &b);
	sqlite3_reset(st);
	if (b.left_ms == 0)
		return SKS_NOT_FOUND;
	*number = b.number;
	return SKS_OK;
}

int
store_bypass_last(struct store *s, const char *user, uint32_t uid, uint64_t *number,
    int64_t *wall_ms)
{
	sqlite3_stmt *st = NULL;
	int e = store_first(s, ST_BYPASS_LAST,
	    "SELECT number, at_wall FROM bypasses WHERE user = ?1 AND uid = ?2"
	    " AND at_wall IS NOT NULL ORDER BY number DESC LIMIT 1",
	    VALUES(val_text(user), val_int(uid)), &st);

	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	*number = col_u64(st, 0);
	*wall_ms = col_int(st, 1);
	sqlite3_reset(st);
	return SKS_OK;
}

/* How many codes of this person are good now? */
int
bypass_count(struct store *s, const char *user, uint32_t uid, uint32_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_BYPASS_COUNT,
	    "SELECT " BYPASS_COLUMNS " FROM bypasses WHERE state = 1 AND user = ?1 AND uid = ?2",
	    VALUES(val_text(user), val_int(uid)));
	int e;

	*count = 0;
	while ((e = store_step(s, st)) > 0)
		*count += bypass_left(s, st) > 0;
	return e;
}

/* facts.device is the number. Only the principal's own code, and only once. */
int
bypass_spend(struct store *s, const struct facts *f)
{
	int e = store_run(s, ST_BYPASS_SPEND,
	    "UPDATE bypasses SET state = 2, hash = NULL WHERE number = ?1 AND user = ?2"
	    " AND uid = ?3 AND state = 1",
	    VALUES(val_uint(f->device), val_text(f->principal), val_int(f->principal_uid)));

	return e == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_CONFLICT : e;
}
