/* What does not outlive a restore. */
#include "error.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

static int
restored_delete(struct store *s, const char *sql, uint32_t *count)
{
	int r = store_exec(s, sql);

	if (count != NULL)
		*count = r == SKS_OK ? (uint32_t)sqlite3_changes(s->db) : 0;
	return r;
}

int
store_doubt(struct store *s, uint32_t *attributes)
{
	/* an attribute that was revoked since would be there again: see people_attributes() */
	int r = restored_delete(
	    s, "UPDATE attributes SET set_wall = -set_wall WHERE set_wall > 0", attributes);

	/* and an approval that was used since would be good again, a request that was declined
	 * would wait again; those for roles and exceptions end with their records */
	if (r == SKS_OK)
		r = store_run(s, ST_DOUBT_REQUESTS,
		    "UPDATE requests SET state = ?1, ended_wall = ?2"
		    " WHERE kind NOT IN ('R', 'E') AND (state = ?3"
		    " OR (state = ?4 AND kind IN ('P', 'D', 'U')))",
		    VALUES(val_int(REQUEST_EXPIRED), val_int(s->now.wall_ms),
			val_int(REQUEST_OPEN), val_int(REQUEST_APPROVED)));
	return r;
}

int
store_restored(struct store *s, struct store_restored *out)
{
	int r = restored_delete(s, "DELETE FROM sessions", &out->sessions);

	if (r == SKS_OK)
		r = restored_delete(
		    s, "DELETE FROM recovery WHERE spent_wall IS NULL", &out->recovery_codes);
	if (r == SKS_OK)
		r = restored_delete(s, "DELETE FROM recovery", NULL);
	if (r == SKS_OK)
		r = restored_delete(s, "DELETE FROM txn_process", NULL);
	if (r == SKS_OK)
		r = restored_delete(s, "DELETE FROM txn", &out->transactions);
	/* Whether one was used since, nobody knows. */
	if (r == SKS_OK)
		r = store_run(s, ST_RESTORED_INVITATION,
		    "UPDATE invitations SET state = ?1, ended_wall = ?2 WHERE state = ?3",
		    VALUES(val_int(INVITATION_VOID), val_int(s->now.wall_ms),
			val_int(INVITATION_OPEN)));
	if (r == SKS_OK)
		out->invitations = (uint32_t)sqlite3_changes(s->db);
	/* a code that was used after the backup would be good again */
	if (r == SKS_OK)
		r = restored_delete(
		    s, "UPDATE bypasses SET state = 3, hash = NULL WHERE state < 2", NULL);
	/* who was taken out of a role since, nobody knows: see people_standing() */
	if (r == SKS_OK) {
		char wall[32];

		(void)snprintf(wall, sizeof(wall), "%lld", (long long)s->now.wall_ms);
		r = store_meta_set(s, "members.restored", wall);
	}
	/* what they sent since nobody counted; the days keep what was */
	if (r == SKS_OK)
		r = restored_delete(s, "DELETE FROM volumes", NULL);
	if (r == SKS_OK)
		r = store_doubt(s, &out->attributes);
	/* charges that were open with them can never be settled: they have failed */
	if (r == SKS_OK)
		r = restored_delete(s, "UPDATE lanes SET open = 0 WHERE open <> 0", NULL);
	return r;
}

int
store_restored_device(struct store *s, const struct device *d, bool *ended)
{
	int r = store_run(s, ST_RESTORED_DEVICE,
	    "UPDATE devices SET state = ?3, ended_wall = ?4, ended_by = ?5, ended_why = ?6,"
	    " lost_wall = ?7, lost_by = ?8 WHERE id = ?1 AND issued_wall = ?2 AND state IN (0, 1)",
	    VALUES(val_uint(d->id), val_int(d->issued_wall_ms), val_int(d->state),
		val_int(d->ended_wall_ms), val_text(d->ended_by), val_text(d->ended_why),
		val_int(d->lost_wall_ms), val_text(d->lost_by)));

	*ended = r == SKS_OK && sqlite3_changes(s->db) > 0;
	return r;
}
