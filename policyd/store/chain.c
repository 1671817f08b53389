/* What the log's proof needs kept: its chains, the roots of full subtrees, signed heads. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

static void
chain_read(sqlite3_stmt *st, struct store_chain *c)
{
	memset(c, 0, sizeof(*c));
	c->id = col_u64(st, 0);
	c->first = col_u64(st, 1);
	if (sqlite3_column_type(st, 2) == SQLITE_TEXT)
		col_text(st, 2, c->origin, sizeof(c->origin));
	if (sqlite3_column_type(st, 3) == SQLITE_TEXT)
		col_text(st, 3, c->vkey, sizeof(c->vkey));
}

int
store_chain(struct store *s, uint64_t id, struct store_chain *out)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_CHAIN_GET,
	    "SELECT id, first, origin, vkey FROM chains WHERE id = ?1 OR ?1 = 0"
	    " ORDER BY id DESC LIMIT 1",
	    VALUES(val_uint(id)), &st);

	memset(out, 0, sizeof(*out));
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	chain_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_chain_begin(struct store *s, struct store_chain *c)
{
	struct store_chain last;
	int r = store_chain(s, 0, &last);

	if (r != SKS_OK && r != SKS_NOT_FOUND)
		return r;
	c->id = last.id + 1;
	return store_run(s, ST_CHAIN_ADD,
	    "INSERT INTO chains (id, first, origin, vkey) VALUES (?1, ?2, ?3, ?4)",
	    VALUES(val_uint(c->id), val_uint(c->first), val_text(c->origin), val_text(c->vkey)));
}

int
store_chain_vkey(struct store *s, uint64_t id, const char *vkey)
{
	return store_run(s, ST_CHAIN_VKEY, "UPDATE chains SET vkey = ?2 WHERE id = ?1",
	    VALUES(val_uint(id), val_text(vkey)));
}

int
store_node_put(struct store *s, uint64_t chain, unsigned level, uint64_t n,
    const uint8_t hash[STORE_HASH_SIZE])
{
	return store_run(s, ST_NODE_PUT,
	    "INSERT OR REPLACE INTO nodes (chain, level, n, hash) VALUES (?1, ?2, ?3, ?4)",
	    VALUES(val_uint(chain), val_int(level), val_uint(n),
		val_blob(hash, STORE_HASH_SIZE)));
}

int
store_node_get(struct store *s, uint64_t chain, unsigned level, uint64_t n,
    uint8_t hash[STORE_HASH_SIZE])
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_NODE_GET,
	    "SELECT hash FROM nodes WHERE chain = ?1 AND level = ?2 AND n = ?3",
	    VALUES(val_uint(chain), val_int(level), val_uint(n)), &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	r = col_blob(st, 0, hash, STORE_HASH_SIZE) == STORE_HASH_SIZE ? SKS_OK : SKS_CORRUPT;
	sqlite3_reset(st);
	return r;
}

int
store_head_put(struct store *s, uint64_t chain, uint64_t size, const char *note)
{
	int r = store_run(s, ST_HEAD_DROP,
	    "DELETE FROM heads WHERE chain = ?1 AND size < ?2 AND sealed = 0",
	    VALUES(val_uint(chain), val_uint(size)));

	if (r != SKS_OK)
		return r;
	return store_run(s, ST_HEAD_PUT,
	    "INSERT INTO heads (chain, size, sealed, note) VALUES (?1, ?2, 0, ?3)"
	    " ON CONFLICT (chain, size) DO UPDATE SET note = ?3",
	    VALUES(val_uint(chain), val_uint(size), val_text(note)));
}

int
store_head_sealed(struct store *s, uint64_t chain, uint64_t size)
{
	return store_run(s, ST_HEAD_SEALED,
	    "UPDATE heads SET sealed = 1 WHERE chain = ?1 AND size = ?2",
	    VALUES(val_uint(chain), val_uint(size)));
}

int
store_head_newest(struct store *s, uint64_t chain, uint64_t *size, struct buf *note)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_HEAD_NEWEST,
	    "SELECT size, note FROM heads WHERE chain = ?1 ORDER BY size DESC LIMIT 1",
	    VALUES(val_uint(chain)), &st);

	*size = 0;
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	*size = col_u64(st, 0);
	if (note != NULL)
		buf_put_bytes(
		    note, sqlite3_column_text(st, 1), (size_t)sqlite3_column_bytes(st, 1));
	sqlite3_reset(st);
	return note != NULL ? buf_error(note) : SKS_OK;
}

static int
headers_stored(
    struct store *s, uint64_t from, uint64_t to, store_header_fn *each, void *context)
{
	uint64_t next = from;
	sqlite3_stmt *st = store_query(s, ST_HEADERS,
	    "SELECT seq, header FROM records WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
	    VALUES(val_uint(from), val_uint(to)));
	uint8_t header[RECORD_HEADER_SIZE];
	int r;

	while ((r = store_step(s, st)) > 0) {
		if (col_u64(st, 0) != next ||
		    col_blob(st, 1, header, sizeof(header)) != sizeof(header))
			r = SKS_CORRUPT;
		else
			r = each(context, next, header);
		if (r != SKS_OK) {
			sqlite3_reset(st);
			return r;
		}
		next++;
	}
	if (r == SKS_OK && from <= to && next != to + 1)
		r = SKS_CORRUPT; /* one is missing */
	return r;
}

/* Most are asked for as soon as they are written. */
static int
headers_recent(struct store *s, uint64_t from, uint64_t to, store_header_fn *each, void *context)
{
	int r = SKS_OK;

	for (uint64_t seq = from; r == SKS_OK && seq <= to; seq++)
		r = each(context, seq, s->recent[seq % RECENT]);
	return r;
}

int
store_headers(
    struct store *s, uint64_t from, uint64_t to, store_header_fn *each, void *context)
{
	if (s->recent_from != 0 && from >= s->recent_from && to <= (uint64_t)s->log_size)
		return headers_recent(s, from, to, each, context);
	return headers_stored(s, from, to, each, context);
}
