/* Recovery codes, by their hashes; a spent one stays until the set is replaced. */
#include "error.h"
#include "store/store_internal.h"

int
store_recovery_replace(struct store *s, const char *user, uint32_t uid,
    const uint8_t hash[][RECOVERY_HASH_SIZE], size_t count)
{
	int64_t id;
	int r = user_find(s, user, uid, true, &id, NULL);

	if (r == SKS_OK)
		r = store_run(s, ST_RECOVERY_CLEAR, "DELETE FROM recovery WHERE user = ?1",
		    VALUES(val_int(id)));
	for (size_t i = 0; r == SKS_OK && i < count; i++)
		r = store_run(s, ST_RECOVERY_ADD,
		    "INSERT INTO recovery (user, hash) VALUES (?1, ?2)",
		    VALUES(val_int(id), val_blob(hash[i], RECOVERY_HASH_SIZE)));
	return r;
}

int
store_recovery_find(struct store *s, const char *user, uint32_t uid,
    const uint8_t hash[RECOVERY_HASH_SIZE], uint64_t *id, bool *spent)
{
	sqlite3_stmt *st;
	int64_t owner;
	int r = user_find(s, user, uid, false, &owner, NULL);

	*id = 0;
	*spent = false;
	if (r != SKS_OK)
		return r;
	r = store_first(s, ST_RECOVERY_FIND,
	    "SELECT id, spent_wall IS NOT NULL FROM recovery WHERE user = ?1 AND hash = ?2",
	    VALUES(val_int(owner), val_blob(hash, RECOVERY_HASH_SIZE)), &st);
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	*id = col_u64(st, 0);
	*spent = col_bool(st, 1);
	sqlite3_reset(st);
	return SKS_OK;
}

/* facts.device is the code's id. Only the principal's own code, and only once. */
int
recovery_spend(struct store *s, const struct facts *f)
{
	int64_t owner;
	int r = user_find(s, f->principal, f->principal_uid, false, &owner, NULL);

	if (r != SKS_OK)
		return r;
	r = store_run(s, ST_RECOVERY_SPEND,
	    "UPDATE recovery SET spent_wall = ?3 WHERE id = ?1 AND user = ?2"
	    " AND spent_wall IS NULL",
	    VALUES(val_uint(f->device), val_int(owner), val_int(s->now.wall_ms)));
	return r == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_CONFLICT : r;
}
