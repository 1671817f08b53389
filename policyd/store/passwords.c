/*
 * Passwords that people had: of each a MAC of its hash, by person. One salt a person makes one
 * hash enough to compare with all of them, whichever account they were for.
 */
#include "error.h"
#include "store/store_internal.h"

int
store_password_salt(struct store *s, const char *person, uint8_t salt[PASSWORD_SALT_SIZE])
{
	sqlite3_stmt *st = store_query(s, ST_PASSWORD_SALT,
	    "SELECT salt FROM password_salt WHERE person = ?1", VALUES(val_text(person)));
	int r = store_step(s, st);
	bool whole = r > 0 && col_blob(st, 0, salt, PASSWORD_SALT_SIZE) == PASSWORD_SALT_SIZE;

	if (st != NULL)
		sqlite3_reset(st);
	if (r < 0)
		return r;
	return r == 0 ? SKS_NOT_FOUND : whole ? SKS_OK : SKS_CORRUPT;
}

int
store_password_salt_put(
    struct store *s, const char *person, const uint8_t salt[PASSWORD_SALT_SIZE])
{
	return store_run(s, ST_PASSWORD_SALT_PUT,
	    "INSERT INTO password_salt (person, salt) VALUES (?1, ?2)",
	    VALUES(val_text(person), val_blob(salt, PASSWORD_SALT_SIZE)));
}

int
store_password_known(struct store *s, const char *person, const char *account,
    const uint8_t mac[PASSWORD_MAC_SIZE], enum password_known *known)
{
	sqlite3_stmt *st;
	int r;

	*known = PASSWORD_NEW;
	st = store_query(s, ST_PASSWORD_FIND,
	    "SELECT max(account <> ?2), max(number < (SELECT max(number) FROM password_history"
	    " WHERE person = ?1 AND account = ?2)), count(*) FROM password_history"
	    " WHERE person = ?1 AND mac = ?3",
	    VALUES(val_text(person), val_text(account), val_blob(mac, PASSWORD_MAC_SIZE)));
	r = store_step(s, st);
	if (r > 0 && col_u32(st, 2) > 0)
		*known = col_u32(st, 0) != 0   ? PASSWORD_OF_OTHER_ACCOUNT
			 : col_u32(st, 1) != 0 ? PASSWORD_USED_BEFORE
					       : PASSWORD_NEWEST;
	if (st != NULL)
		sqlite3_reset(st);
	return r < 0 ? r : SKS_OK;
}

int
store_password_add(struct store *s, const char *person, const char *account,
    const uint8_t mac[PASSWORD_MAC_SIZE], uint32_t keep, int64_t wall_ms)
{
	int r = store_run(s, ST_PASSWORD_ADD,
	    "INSERT INTO password_history (person, number, account, mac, at_wall) VALUES (?1,"
	    " (SELECT coalesce(max(number), 0) + 1 FROM password_history WHERE person = ?1),"
	    " ?2, ?3, ?4)",
	    VALUES(val_text(person), val_text(account), val_blob(mac, PASSWORD_MAC_SIZE),
		val_int(wall_ms)));

	if (r == SKS_OK)
		r = store_run(s, ST_PASSWORD_PRUNE,
		    "DELETE FROM password_history WHERE person = ?1 AND account = ?2 AND"
		    " at_wall < ?4 AND number NOT IN (SELECT number FROM password_history"
		    " WHERE person = ?1 AND account = ?2 ORDER BY number DESC LIMIT ?3)",
		    VALUES(val_text(person), val_text(account), val_int(keep),
			val_int(wall_ms - PASSWORD_KEPT_ANYWAY_MS)));
	return r;
}

int
store_password_open(struct store *s, const char *account, struct password_open *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_PASSWORD_OPEN,
	    "SELECT mark, seq, pid, pid_start FROM password_open WHERE account = ?1",
	    VALUES(val_text(account)), &st);

	*out = (struct password_open){0};
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	col_text(st, 0, out->mark, sizeof(out->mark));
	out->seq = col_u64(st, 1);
	out->pid = col_u32(st, 2);
	out->pid_start = col_u64(st, 3);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_password_open_begin(
    struct store *s, const char *account, const struct password_open *open)
{
	return store_run(s, ST_PASSWORD_OPEN_BEGIN,
	    "INSERT OR REPLACE INTO password_open (account, mark, seq, pid, pid_start)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    VALUES(val_text(account), val_text(open->mark), val_int((int64_t)open->seq),
		val_int(open->pid), val_int((int64_t)open->pid_start)));
}

int
store_password_open_end(struct store *s, const char *account)
{
	return store_run(s, ST_PASSWORD_OPEN_END, "DELETE FROM password_open WHERE account = ?1",
	    VALUES(val_text(account)));
}
