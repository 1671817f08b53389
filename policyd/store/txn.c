/*
 * Transactions: what several processes of one login share. Kept by the process that
 * authenticates and its parent, each by pid and start time.
 */
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

enum { REQUEST_BYTES_MAX = 4096, EXPIRE_EVERY = 8, EXPIRE_AT_ONCE = 24 };

/* On the boot clock; rows of other boots are gone before anyone asks. */
static int64_t
txn_age(const struct store *s, int64_t boot_ms)
{
	return s->now.boot_ms > boot_ms ? s->now.boot_ms - boot_ms : 0;
}

static int64_t
txn_factor_age(const struct store *s, sqlite3_stmt *st, int column)
{
	if (sqlite3_column_type(st, column) == SQLITE_NULL)
		return AGE_NEVER;
	return txn_age(s, col_int(st, column));
}

#define TXN_COLUMNS                                                                            \
	"t.id, t.charged, t.first_factor, t.accounted, t.factor, t.factor_boot, t.lane,"       \
	" t.lane_key, t.created_boot, t.request, t.user, t.uid, t.service, t.connection,"      \
	" t.pid, t.pid_start, t.parent, t.parent_start"

/* A charge is settled in the lane that it was taken from, whatever lane this request would
 * choose now: a source may have become known in between. */
static void
txn_read(const struct store *s, sqlite3_stmt *st, struct facts *f)
{
	f->txn = true;
	f->txn_id = col_u64(st, 0);
	f->txn_charged = col_bool(st, 1);
	f->txn_first_factor = col_bool(st, 2);
	f->txn_accounted = col_bool(st, 3);
	f->txn_factor = col_u32(st, 4);
	f->txn_factor_age_ms = txn_factor_age(s, st, 5);
	if (f->txn_charged) {
		f->lane = col_u32(st, 6);
		col_text(st, 7, f->lane_key, sizeof(f->lane_key));
	}
}

/* A user's process can run sudo in its own place: what it began as a user is another lane's. */
int
txn_load(struct store *s, const struct request *r, struct facts *f)
{
	sqlite3_stmt *st;
	int error;

	f->txn = f->txn_charged = f->txn_first_factor = f->txn_accounted = false;
	f->txn_id = 0;
	f->txn_factor = FACTOR_NONE;
	f->txn_factor_age_ms = AGE_NEVER;
	error = store_first(s, ST_TXN_FIND,
	    "SELECT " TXN_COLUMNS " FROM txn_process p CROSS JOIN txn t ON t.id = p.txn"
	    " WHERE p.pid = ?1 AND p.start = ?2 AND t.user = ?3 AND t.uid = ?4"
	    " AND t.service = ?5 AND t.connection = ?6 AND t.used = 0 AND t.created_boot > ?7"
	    " AND (t.lane = ?8) = ?9 ORDER BY p.txn DESC LIMIT 1",
	    VALUES(val_int(r->pid), val_uint(r->pid_start), val_text(r->user), val_int(r->uid),
		val_text(r->service), val_text(r->connection),
		val_int(s->now.boot_ms - TXN_AGE_MAX_MS), val_int(LANE_PEER),
		val_int(!r->by_root)),
	    &st);
	if (error <= 0)
		return error;
	txn_read(s, st, f);
	sqlite3_reset(st);
	return SKS_OK;
}

/* ---- changing ---------------------------------------------------------------------------- */

static int
txn_forget_process(struct store *s, uint64_t id, int64_t pid, int64_t start)
{
	return store_run(s, ST_TXN_PROCESS_DELETE,
	    "DELETE FROM txn_process WHERE pid = ?1 AND start = ?2 AND txn = ?3",
	    VALUES(val_int(pid), val_int(start), val_uint(id)));
}

static int
txn_delete(struct store *s, uint64_t id)
{
	int64_t process[4];
	sqlite3_stmt *st;
	int r = store_first(s, ST_TXN_PROCESSES,
	    "SELECT pid, pid_start, parent, parent_start FROM txn WHERE id = ?1",
	    VALUES(val_uint(id)), &st);

	if (r <= 0)
		return r;
	for (int i = 0; i < 4; i++)
		process[i] = col_int(st, i);
	sqlite3_reset(st);
	r = store_run(s, ST_TXN_DELETE, "DELETE FROM txn WHERE id = ?1", VALUES(val_uint(id)));
	if (r == SKS_OK)
		r = txn_forget_process(s, id, process[0], process[1]);
	if (r == SKS_OK)
		r = txn_forget_process(s, id, process[2], process[3]);
	return r;
}

/* Now and then a new transaction takes old ones away, more than came since: it is the first of
 * them that costs, by a page of its own. Never one whose charge is still open. */
static int
txn_expire(struct store *s)
{
	uint64_t id[EXPIRE_AT_ONCE];
	size_t count = 0;
	sqlite3_stmt *st;
	int r;

	st = store_query(s, ST_TXN_EXPIRED,
	    "SELECT id FROM (SELECT id, charged, created_boot FROM txn ORDER BY id LIMIT ?1)"
	    " WHERE charged = 0 AND created_boot <= ?2",
	    VALUES(val_int(EXPIRE_AT_ONCE), val_int(s->now.boot_ms - TXN_AGE_MAX_MS)));
	while ((r = store_step(s, st)) > 0) {
		if (count < EXPIRE_AT_ONCE)
			id[count++] = col_u64(st, 0);
	}
	for (size_t i = 0; r == SKS_OK && i < count; i++)
		r = txn_delete(s, id[i]);
	return r;
}

static int
txn_add_process(struct store *s, int64_t id, uint32_t pid, uint64_t start)
{
	return store_run(s, ST_TXN_PROCESS_ADD,
	    "INSERT OR IGNORE INTO txn_process (pid, start, txn) VALUES (?1, ?2, ?3)",
	    VALUES(val_int(pid), val_uint(start), val_int(id)));
}

static int
txn_add(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	uint8_t bytes[REQUEST_BYTES_MAX];
	struct buf request;
	int64_t id;
	int error;

	buf_init_fixed(&request, bytes, sizeof(bytes));
	fields_encode(&request_fields, r, &request);
	error = buf_error(&request);
	if (error == SKS_OK)
		error = store_count(s, COUNTER_TXN, &id);
	if (error == SKS_OK && id % EXPIRE_EVERY == 0)
		error = txn_expire(s);
	if (error == SKS_OK)
		error = store_run(s, ST_TXN_ADD,
		    "INSERT INTO txn (id, pid, pid_start, parent, parent_start, user, uid,"
		    " service, connection, lane, lane_key, charged, first_factor, accounted,"
		    " factor, factor_boot, created_boot, used, request) VALUES (?1, ?2, ?3, ?4,"
		    " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0, ?18)",
		    VALUES(val_int(id), val_int(r->pid), val_uint(r->pid_start),
			val_int(r->parent), val_uint(r->parent_start), val_text(r->user),
			val_int(r->uid), val_text(r->service), val_text(r->connection),
			val_int(f->lane), val_text(f->lane_key), val_int(c->txn_charged),
			val_int(c->txn_first_factor), val_int(c->txn_accounted),
			val_int(c->txn_factor),
			c->txn_factor_now ? val_int(s->now.boot_ms) : val_null(),
			val_int(s->now.boot_ms), val_blob(bytes, request.len)));
	if (error == SKS_OK)
		error = txn_add_process(s, id, r->pid, r->pid_start);
	if (error == SKS_OK)
		error = txn_add_process(s, id, r->parent, r->parent_start);
	return error;
}

static int
txn_update(struct store *s, const struct facts *f, const struct changes *c)
{
	int r = store_run(s, ST_TXN_UPDATE,
	    "UPDATE txn SET charged = ?2, first_factor = ?3, accounted = ?4, factor = ?5,"
	    " factor_boot = iif(?6, ?7, factor_boot), lane = ?8, lane_key = ?9 WHERE id = ?1",
	    VALUES(val_uint(f->txn_id), val_int(c->txn_charged), val_int(c->txn_first_factor),
		val_int(c->txn_accounted), val_int(c->txn_factor), val_int(c->txn_factor_now),
		val_int(s->now.boot_ms), val_int(f->lane), val_text(f->lane_key)));

	if (r == SKS_OK && sqlite3_changes(s->db) == 0)
		r = SKS_CONFLICT;
	return r;
}

/* The session takes the transaction's place. Its charge, if still open, is settled later. */
static int
txn_use(struct store *s, const struct facts *f, const struct changes *c)
{
	bool charged = c->txn_put ? c->txn_charged : f->txn_charged;

	if (!charged)
		return txn_delete(s, f->txn_id);
	return store_run(s, ST_TXN_USED, "UPDATE txn SET used = 1 WHERE id = ?1",
	    VALUES(val_uint(f->txn_id)));
}

int
txn_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c)
{
	int error = SKS_OK;

	if (c->txn_delete)
		return f->txn ? txn_delete(s, f->txn_id) : SKS_OK;
	if (c->txn_put)
		error = f->txn ? txn_update(s, f, c) : txn_add(s, r, f, c);
	if (error == SKS_OK && c->session_open && f->txn)
		error = txn_use(s, f, c);
	return error;
}

/* ---- open charges ------------------------------------------------------------------------ */

/* The request as it came. Should its bytes not read back, the columns say what settling needs:
 * a charge that cannot be read must not stay open for ever. */
static void
txn_read_request(sqlite3_stmt *st, struct request *r)
{
	struct buf bytes;

	buf_init_read(&bytes, sqlite3_column_blob(st, 9), (size_t)sqlite3_column_bytes(st, 9));
	if (fields_decode(&request_fields, &bytes, r) == SKS_OK)
		return;
	*r = (struct request){.known = true, .uid = col_u32(st, 11), .pid = col_u32(st, 14)};
	col_text(st, 10, r->user, sizeof(r->user));
	col_text(st, 12, r->service, sizeof(r->service));
	col_text(st, 13, r->connection, sizeof(r->connection));
	r->pid_start = col_u64(st, 15);
	r->parent = col_u32(st, 16);
	r->parent_start = col_u64(st, 17);
}

static int
txn_read_charge(struct store *s, sqlite3_stmt *st, struct store_open_charge *out)
{
	struct facts *f = &out->facts;
	int r;

	memset(out, 0, sizeof(*out));
	txn_read_request(st, &out->request);
	out->age_ms = txn_age(s, col_int(st, 8));
	f->wall_ms = s->now.wall_ms;
	f->boot_ms = s->now.boot_ms;
	f->session_factor_age_ms = AGE_NEVER;
	f->principal_uid = NO_UID;
	txn_read(s, st, f);
	r = lane_load(s, f);
	if (r == SKS_OK)
		r = source_load(s, &out->request, f);
	return r;
}

int
store_open_charges(
    struct store *s, uint64_t after, struct store_open_charge *out, size_t max, size_t *count)
{
	sqlite3_stmt *st;
	int r = SKS_OK;

	*count = 0;
	st = store_query(s, ST_CHARGES,
	    "SELECT " TXN_COLUMNS " FROM txn t WHERE t.charged <> 0 AND t.id > ?1"
	    " ORDER BY t.id LIMIT ?2",
	    VALUES(val_uint(after), val_int((int64_t)max)));
	while (*count < max && (r = store_step(s, st)) > 0) {
		r = txn_read_charge(s, st, &out[*count]);
		if (r != SKS_OK)
			break;
		(*count)++;
	}
	sqlite3_reset(st);
	return r;
}

int
store_open_charge_refresh(struct store *s, struct store_open_charge *charge)
{
	struct store_open_charge now;
	size_t count;
	int r = store_open_charges(s, charge->facts.txn_id - 1, &now, 1, &count);

	if (r != SKS_OK)
		return r;
	if (count == 0 || now.facts.txn_id != charge->facts.txn_id)
		return SKS_NOT_FOUND;
	*charge = now;
	return SKS_OK;
}

int
store_open_charge_of(
    struct store *s, uint32_t pid, uint64_t pid_start, struct store_open_charge *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_CHARGE_OF,
	    "SELECT " TXN_COLUMNS " FROM txn_process p CROSS JOIN txn t ON t.id = p.txn"
	    " WHERE p.pid = ?1 AND p.start = ?2 AND t.pid = ?1 AND t.pid_start = ?2"
	    " AND t.charged <> 0 ORDER BY p.txn LIMIT 1",
	    VALUES(val_int(pid), val_uint(pid_start)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	r = txn_read_charge(s, st, out);
	sqlite3_reset(st);
	return r;
}
