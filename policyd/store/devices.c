/* Devices: the register of who holds which, and which codes of it are spent. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

const char *const device_state_words[] = {
    [DEVICE_PENDING] = "pending",
    [DEVICE_ACTIVE] = "active",
    [DEVICE_LOST] = "lost",
    [DEVICE_REVOKED] = "revoked",
    [DEVICE_RETURNED] = "returned",
    NULL,
};

enum { SURVEY_AGE_DAYS = 7 };

/*
 * A floor was raised at a moment for all devices up to a bound. What it means in steps depends
 * on the device's own period and drift, and is worked out when the device is read: so raising
 * it costs one row and not one write for each of 100,000 devices.
 */
#define DEVICE_FLOOR                                                                           \
	"max(d.floor_step, coalesce((SELECT max(f.wall / 1000 / d.period + f.window)"          \
	" FROM floors f WHERE d.id <= f.bound) + d.drift, d.floor_step))"

#define DEVICE_COLUMNS                                                                         \
	"d.id, u.name, u.uid, d.name, d.state, d.algorithm, d.digits, d.period, d.sealed,"     \
	" d.last_step, " DEVICE_FLOOR ", d.drift, d.imported, d.issued_by, d.verified_by,"     \
	" d.verified_how, d.source, d.purpose_version, d.issued_wall, d.confirmed_wall,"       \
	" d.ended_wall, d.used_wall, d.ended_by, d.ended_why, d.confirmed_by, d.lost_wall,"    \
	" d.lost_by"

static void
device_read(sqlite3_stmt *st, struct device *d)
{
	memset(d, 0, sizeof(*d));
	d->id = col_u64(st, 0);
	col_text(st, 1, d->user, sizeof(d->user));
	d->uid = col_u32(st, 2);
	col_text(st, 3, d->name, sizeof(d->name));
	d->state = col_u32(st, 4);
	col_text(st, 5, d->algorithm, sizeof(d->algorithm));
	d->digits = col_u32(st, 6);
	d->period_s = col_u32(st, 7);
	d->sealed_len = col_blob(st, 8, d->sealed, sizeof(d->sealed));
	d->last_step = col_int(st, 9);
	d->floor_step = col_int(st, 10);
	d->drift = (int32_t)col_int(st, 11);
	d->imported = col_bool(st, 12);
	col_text(st, 13, d->issued_by, sizeof(d->issued_by));
	col_text(st, 14, d->verified_by, sizeof(d->verified_by));
	col_text(st, 15, d->verified_how, sizeof(d->verified_how));
	col_text(st, 16, d->source, sizeof(d->source));
	col_text(st, 17, d->purpose_version, sizeof(d->purpose_version));
	d->issued_wall_ms = col_int(st, 18);
	d->confirmed_wall_ms = col_int(st, 19);
	d->ended_wall_ms = col_int(st, 20);
	d->used_wall_ms = col_int(st, 21);
	col_text(st, 22, d->ended_by, sizeof(d->ended_by));
	col_text(st, 23, d->ended_why, sizeof(d->ended_why));
	col_text(st, 24, d->confirmed_by, sizeof(d->confirmed_by));
	d->lost_wall_ms = col_int(st, 25);
	col_text(st, 26, d->lost_by, sizeof(d->lost_by));
}

int
store_devices(struct store *s, const char *user, uint32_t uid, bool active_only,
    struct device *out, size_t max, size_t *count)
{
	sqlite3_stmt *st;
	int r;

	*count = 0;
	st = store_query(s, ST_DEVICE_LIST,
	    "SELECT " DEVICE_COLUMNS " FROM users u CROSS JOIN devices d ON d.user = u.id"
	    " WHERE u.name = ?1 AND u.uid = ?2 AND (?3 = 0 OR d.state = ?4)"
	    " ORDER BY d.id DESC",
	    VALUES(val_text(user), val_int(uid), val_int(active_only), val_int(DEVICE_ACTIVE)));
	while ((r = store_step(s, st)) > 0) {
		if (*count == max) {
			sqlite3_reset(st);
			return SKS_TOO_BIG;
		}
		device_read(st, &out[(*count)++]);
	}
	return r;
}

int
store_devices_unverified(struct store *s, uint64_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_DEVICE_UNVERIFIED,
	    "SELECT count(*) FROM devices d JOIN users u ON u.id = d.user"
	    " WHERE d.state = ?1 AND d.issued_by <> u.name"
	    " AND d.verified_by IN ('', 'not stated')",
	    VALUES(val_int(DEVICE_ACTIVE)));
	int r = store_step(s, st);

	*count = r > 0 ? (uint64_t)col_int(st, 0) : 0;
	if (r > 0)
		sqlite3_reset(st);
	return r < 0 ? r : SKS_OK;
}

int
store_device_reserve_id(struct store *s, uint64_t *id)
{
	int64_t number;
	int r = store_count(s, COUNTER_DEVICE, &number);

	*id = (uint64_t)number;
	return r;
}

int
store_device_add(struct store *s, const struct device *d)
{
	int64_t user;
	int r;

	if (d->id == 0 || d->period_s == 0 || d->sealed_len > sizeof(d->sealed))
		return SKS_INVALID;
	r = user_find(s, d->user, d->uid, true, &user, NULL);
	if (r != SKS_OK)
		return r;
	return store_run(s, ST_DEVICE_ADD,
	    "INSERT INTO devices (id, user, name, state, algorithm, digits, period, sealed,"
	    " last_step, floor_step, drift, imported, issued_by, verified_by, verified_how,"
	    " source, purpose_version, issued_wall, confirmed_wall, ended_wall, used_wall,"
	    " ended_by, ended_why, confirmed_by, lost_wall, lost_by) VALUES (?1, ?2, ?3, ?4, "
	    "?5,"
	    " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,"
	    " ?23, ?24, ?25, ?26)",
	    VALUES(val_uint(d->id), val_int(user), val_text(d->name), val_int(d->state),
		val_text(d->algorithm), val_int(d->digits), val_int(d->period_s),
		val_blob(d->sealed, d->sealed_len), val_int(d->last_step),
		val_int(d->floor_step), val_int(d->drift), val_int(d->imported),
		val_text(d->issued_by), val_text(d->verified_by), val_text(d->verified_how),
		val_text(d->source), val_text(d->purpose_version), val_int(d->issued_wall_ms),
		val_int(d->confirmed_wall_ms), val_int(d->ended_wall_ms),
		val_int(d->used_wall_ms), val_text(d->ended_by), val_text(d->ended_why),
		val_text(d->confirmed_by), val_int(d->lost_wall_ms), val_text(d->lost_by)));
}

int
store_device_get(struct store *s, uint64_t id, struct device *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_DEVICE_GET,
	    "SELECT " DEVICE_COLUMNS " FROM devices d CROSS JOIN users u ON u.id = d.user"
	    " WHERE d.id = ?1",
	    VALUES(val_uint(id)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	device_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

/* What was spent stays spent, whatever copy of the device the caller held. */
int
store_device_update(struct store *s, const struct device *d)
{
	int r = store_run(s, ST_DEVICE_UPDATE,
	    "UPDATE devices SET name = ?2, state = ?3, algorithm = ?4, digits = ?5,"
	    " period = ?6, last_step = max(last_step, ?7), floor_step = max(floor_step, ?8),"
	    " drift = ?9, imported = ?10, issued_by = ?11, verified_by = ?12,"
	    " verified_how = ?13, source = ?14, purpose_version = ?15, issued_wall = ?16,"
	    " confirmed_wall = ?17, ended_wall = ?18, used_wall = ?19, ended_by = ?20,"
	    " ended_why = ?21, confirmed_by = ?22, lost_wall = ?23, lost_by = ?24 WHERE id = "
	    "?1",
	    VALUES(val_uint(d->id), val_text(d->name), val_int(d->state),
		val_text(d->algorithm), val_int(d->digits), val_int(d->period_s),
		val_int(d->last_step), val_int(d->floor_step), val_int(d->drift),
		val_int(d->imported), val_text(d->issued_by), val_text(d->verified_by),
		val_text(d->verified_how), val_text(d->source), val_text(d->purpose_version),
		val_int(d->issued_wall_ms), val_int(d->confirmed_wall_ms),
		val_int(d->ended_wall_ms), val_int(d->used_wall_ms), val_text(d->ended_by),
		val_text(d->ended_why), val_text(d->confirmed_by), val_int(d->lost_wall_ms),
		val_text(d->lost_by)));

	return r == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_NOT_FOUND : r;
}

/* The last guard behind the decision: a spent step cannot be spent again. */
int
device_spend(struct store *s, const struct facts *f)
{
	int r = store_run(s, ST_DEVICE_SPEND,
	    "UPDATE devices AS d SET last_step = ?2, drift = ?3, used_wall = ?4 WHERE d.id = ?1"
	    " AND d.state = ?5 AND d.last_step < ?2 AND " DEVICE_FLOOR " < ?2",
	    VALUES(val_uint(f->device), val_int(f->step), val_int(f->drift),
		val_int(s->now.wall_ms), val_int(DEVICE_ACTIVE)));

	return r == SKS_OK && sqlite3_changes(s->db) == 0 ? SKS_CONFLICT : r;
}

int
store_floor_raise(struct store *s, int64_t wall_ms, uint32_t window_steps)
{
	int64_t bound;
	int r = store_counter(s, COUNTER_DEVICE, &bound);

	if (r != SKS_OK)
		return r;
	/* the new one binds every device that an earlier one bound */
	r = store_run(s, ST_FLOOR_TRIM, "DELETE FROM floors WHERE wall <= ?1 AND window <= ?2",
	    VALUES(val_int(wall_ms), val_int(window_steps)));
	if (r == SKS_OK)
		r = store_run(s, ST_FLOOR_ADD,
		    "INSERT INTO floors (wall, window, bound) VALUES (?1, ?2, ?3)",
		    VALUES(val_int(wall_ms), val_int(window_steps), val_int(bound)));
	s->floor_raised = r == SKS_OK;
	return r;
}

int
store_drift_survey(struct store *s, uint32_t *used, uint32_t *early, uint32_t *late)
{
	int64_t since = s->now.wall_ms - (int64_t)SURVEY_AGE_DAYS * STORE_DAY_MS;
	sqlite3_stmt *st;
	int r = store_first(s, ST_DEVICE_SURVEY,
	    "SELECT count(*), count(*) FILTER (WHERE drift > 1),"
	    " count(*) FILTER (WHERE drift < -1) FROM devices"
	    " WHERE state = ?1 AND used_wall >= ?2",
	    VALUES(val_int(DEVICE_ACTIVE), val_int(since)), &st);

	*used = *early = *late = 0;
	if (r <= 0)
		return r;
	*used = col_u32(st, 0);
	*early = col_u32(st, 1);
	*late = col_u32(st, 2);
	sqlite3_reset(st);
	return SKS_OK;
}
