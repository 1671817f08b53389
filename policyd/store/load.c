/* Everything stored that a decision depends on. */
#include "error.h"
#include "store/store_internal.h"

static int
load_principal(struct store *s, struct facts *f)
{
	sqlite3_stmt *st;
	int64_t user = 0;
	int r = SKS_OK;

	f->devices = f->recovery_codes = f->bypasses = 0;
	if (f->principal_uid != NO_UID)
		r = user_find(s, f->principal, f->principal_uid, false, &user, NULL);
	if (r != SKS_OK)
		return r;
	r = store_first(s, ST_FACTOR_COUNTS,
	    "SELECT (SELECT count(*) FROM devices WHERE user = ?1 AND state = ?2),"
	    " (SELECT count(*) FROM recovery WHERE user = ?1 AND spent_wall IS NULL)",
	    VALUES(val_int(user), val_int(DEVICE_ACTIVE)), &st);
	if (r <= 0)
		return r;
	f->devices = col_u32(st, 0);
	f->recovery_codes = col_u32(st, 1);
	sqlite3_reset(st);
	if (f->principal_uid == NO_UID)
		return SKS_OK;
	return bypass_count(s, f->principal, f->principal_uid, &f->bypasses);
}

int
store_load(struct store *s, const struct request *r, struct facts *f)
{
	int64_t user;
	int error = user_find(s, r->user, r->uid, false, &user, &f->suspended);

	if (error == SKS_OK)
		error = txn_load(s, r, f); /* before the lane: it may name another */
	if (error == SKS_OK)
		error = lane_load(s, f);
	if (error == SKS_OK)
		error = source_load(s, r, f);
	if (error == SKS_OK)
		error = known_load(s, user, r, f);
	if (error == SKS_OK)
		error = session_load(s, r, f);
	if (error == SKS_OK)
		error = load_principal(s, f);
	return error;
}

int
store_load_transaction(struct store *s, const struct request *r, struct facts *f)
{
	return txn_load(s, r, f);
}

int
store_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	int error = lane_apply(s, r, f, c);

	if (error == SKS_OK)
		error = source_apply(s, r, c);
	if (error == SKS_OK)
		error = txn_apply(s, r, f, c);
	if (error == SKS_OK && c->source_learn)
		error = known_learn(s, r);
	if (error == SKS_OK && c->code_spend)
		error = device_spend(s, f);
	if (error == SKS_OK && c->recovery_spend)
		error = recovery_spend(s, f);
	if (error == SKS_OK && c->bypass_spend)
		error = bypass_spend(s, f);
	if (error == SKS_OK)
		error = session_apply(s, r, f, c);
	return error;
}
