#include "backup/image.h"

#include "audit/checkpoint.h"
#include "error.h"
#include "store/store_internal.h"
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct image {
	sqlite3 *db;
	struct image_report *out;
	struct merkle_frontier tree; /* of the chain that the records are in now */
	sqlite3_stmt *heads;         /* of all chains, in order; stands on the next one */
	bool more_heads;
	uint64_t next_chain_first; /* sequence at which the next chain begins; 0: none */
	sqlite3_stmt *chains;
	uint64_t head_chain, head_size;
	bool other_key; /* that the last head is signed with */
	struct store_chain now;
};

static int __attribute__((format(printf, 3, 4)))
image_fail(struct image *m, int error, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(m->out->why, sizeof(m->out->why), fmt, list);
	va_end(list);
	return error;
}

static int
image_sqlite(struct image *m)
{
	int rc = sqlite3_extended_errcode(m->db);

	return image_fail(m,
	    (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB ? SKS_CORRUPT
									  : SKS_IO,
	    "%s", sqlite3_errmsg(m->db));
}

static int
image_prepare(struct image *m, const char *sql, sqlite3_stmt **st)
{
	return sqlite3_prepare_v2(m->db, sql, -1, st, NULL) == SQLITE_OK ? SKS_OK
									 : image_sqlite(m);
}

/* 1 with a row, 0 at the end, or an error. */
static int
image_step(struct image *m, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : image_sqlite(m);
}

static int
image_number(struct image *m, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int r = image_prepare(m, sql, &st);

	*out = 0;
	if (r == SKS_OK && (r = image_step(m, st)) == 1)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return r > 0 ? SKS_OK : r;
}

static int
image_open(struct image *m, const char *path, bool alone)
{
	char uri[1100];

	/* what SQLite's names give a meaning to does not stand in ours */
	if (strpbrk(path, "?#%") != NULL ||
	    snprintf(uri, sizeof(uri), "file:%s%s", path, alone ? "?immutable=1" : "") >=
		(int)sizeof(uri))
		return image_fail(m, SKS_INVALID, "a path that cannot be opened");
	if (sqlite3_open_v2(uri, &m->db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		return image_sqlite(m);
	(void)sqlite3_extended_result_codes(m->db, 1);
	(void)sqlite3_db_config(m->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(m->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(m->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(m->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	return sqlite3_exec(m->db,
		   "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"
		   "PRAGMA cell_size_check = ON",
		   NULL, NULL, NULL) == SQLITE_OK
		   ? SKS_OK
		   : image_sqlite(m);
}

/* ---- pages and schema -------------------------------------------------------------------- */

static int
image_check_schema(struct image *m)
{
	int64_t version, foreign;
	int r = image_number(m, "PRAGMA user_version", &version);

	if (r == SKS_OK && version != STORE_SCHEMA_VERSION)
		return image_fail(m, SKS_INVALID,
		    "schema version %lld, this program knows %d: use the version that made it",
		    (long long)version, STORE_SCHEMA_VERSION);
	if (r == SKS_OK)
		r = image_number(m,
		    "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')"
		    " OR sql LIKE 'CREATE VIRTUAL%'",
		    &foreign);
	if (r == SKS_OK && foreign != 0)
		return image_fail(m, SKS_CORRUPT, "it holds what no store of ours has");
	return r;
}

static int
image_check_pages(struct image *m)
{
	sqlite3_stmt *st = NULL;
	int r = image_prepare(m, "PRAGMA integrity_check(1)", &st);
	const char *said;

	if (r == SKS_OK && (r = image_step(m, st)) == 1) {
		said = (const char *)sqlite3_column_text(st, 0);
		r = said != NULL && strcmp(said, "ok") == 0
			? SKS_OK
			: image_fail(m, SKS_CORRUPT, "the database is damaged: %.200s",
			      said != NULL ? said : "?");
	}
	sqlite3_finalize(st);
	return r;
}

/* ---- records, tree, heads ---------------------------------------------------------------- */

static int
image_next_chain(struct image *m)
{
	int r = image_step(m, m->chains);

	if (r < 0)
		return r;
	m->next_chain_first = r == 1 ? (uint64_t)sqlite3_column_int64(m->chains, 1) : 0;
	return SKS_OK;
}

static int
image_next_head(struct image *m)
{
	int r = image_step(m, m->heads);

	if (r < 0)
		return r;
	m->more_heads = r == 1;
	m->head_chain = r == 1 ? (uint64_t)sqlite3_column_int64(m->heads, 0) : 0;
	m->head_size = r == 1 ? (uint64_t)sqlite3_column_int64(m->heads, 1) : 0;
	return SKS_OK;
}

static int
image_begin_chain(struct image *m)
{
	memset(&m->tree, 0, sizeof(m->tree));
	memset(&m->now, 0, sizeof(m->now));
	m->now.id = (uint64_t)sqlite3_column_int64(m->chains, 0);
	m->now.first = m->next_chain_first;
	(void)snprintf(m->now.origin, sizeof(m->now.origin), "%s",
	    (const char *)sqlite3_column_text(m->chains, 2));
	(void)snprintf(m->now.vkey, sizeof(m->now.vkey), "%s",
	    (const char *)sqlite3_column_text(m->chains, 3));
	m->out->chains++;
	m->out->chain = m->now;
	return image_next_chain(m);
}

/* The key may have changed since an older head: only the newest one is held to it, at the
 * end. */
static int
image_check_head(struct image *m)
{
	const char *note = (const char *)sqlite3_column_text(m->heads, 2);
	size_t len = (size_t)sqlite3_column_bytes(m->heads, 2);
	struct checkpoint c = {.size = 0};
	struct merkle_hash root;
	struct note_vkey key;
	int r = note_vkey_parse(m->now.vkey, &key);

	if (r == SKS_OK)
		r = checkpoint_open(note, len, &key, &c);
	m->other_key = r == SKS_NOT_FOUND;
	if (m->other_key)
		r = SKS_OK;
	if (r != SKS_OK || strcmp(c.origin, m->now.origin) != 0 || c.size != m->head_size)
		return image_fail(m, SKS_CORRUPT,
		    "the head over %llu records of chain %llu is not one of its key",
		    (unsigned long long)m->head_size, (unsigned long long)m->now.id);
	r = merkle_root(&m->tree, &root);
	if (r != SKS_OK)
		return r;
	if (!merkle_equal(&root, &c.root))
		return image_fail(m, SKS_CORRUPT,
		    "the first %llu records of chain %llu are not those that its signed head "
		    "speaks of",
		    (unsigned long long)m->head_size, (unsigned long long)m->now.id);
	m->out->heads++;
	return SKS_OK;
}

static int
image_check_heads(struct image *m)
{
	int r = SKS_OK;

	while (r == SKS_OK && m->more_heads && m->head_chain == m->now.id &&
	       m->head_size <= m->tree.size) {
		if (m->head_size < m->tree.size)
			return image_fail(m, SKS_CORRUPT, "heads that are out of order");
		r = image_check_head(m);
		if (r == SKS_OK)
			r = image_next_head(m);
	}
	return r;
}

static int
image_check_record(struct image *m, sqlite3_stmt *st, uint64_t expected)
{
	const uint8_t *header = sqlite3_column_blob(st, 1);
	uint64_t seq = (uint64_t)sqlite3_column_int64(st, 0);
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct merkle_hash leaf;
	struct record r;
	int e;

	if (seq != expected || sqlite3_column_bytes(st, 1) != RECORD_HEADER_SIZE ||
	    record_header_decode(header, &r) != SKS_OK || r.seq != seq)
		return image_fail(m, SKS_CORRUPT,
		    "record %llu is missing, or its header is wrong",
		    (unsigned long long)expected);
	if (sqlite3_column_type(st, 2) == SQLITE_NULL)
		m->out->deleted++;
	else if (EVP_Digest(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2),
		     hash, NULL, EVP_sha256(), NULL) != 1 ||
		 memcmp(hash, r.body_hash, sizeof(r.body_hash)) != 0)
		return image_fail(m, SKS_CORRUPT,
		    "the body of record %llu does not fit its header", (unsigned long long)seq);
	if (m->out->records++ == 0)
		m->out->first_wall_ms = r.wall_ms;
	m->out->last_wall_ms = r.wall_ms;
	if (m->next_chain_first == seq && (e = image_begin_chain(m)) != SKS_OK)
		return e;
	if (m->now.id == 0)
		return SKS_OK;
	e = merkle_leaf(header, RECORD_HEADER_SIZE, &leaf);
	if (e == SKS_OK)
		e = merkle_push(&m->tree, &leaf);
	return e == SKS_OK ? image_check_heads(m) : e;
}

static int
image_check_log(struct image *m)
{
	sqlite3_stmt *st = NULL;
	uint64_t expected = 1;
	int r = image_prepare(
	    m, "SELECT id, first, origin, vkey FROM chains ORDER BY id", &m->chains);

	if (r == SKS_OK)
		r = image_prepare(
		    m, "SELECT chain, size, note FROM heads ORDER BY chain, size", &m->heads);
	if (r == SKS_OK)
		r = image_prepare(m, "SELECT seq, header, body FROM records ORDER BY seq", &st);
	if (r == SKS_OK)
		r = image_next_chain(m);
	if (r == SKS_OK)
		r = image_next_head(m);
	while (r == SKS_OK && (r = image_step(m, st)) == 1)
		r = image_check_record(m, st, expected++);
	if (r == SKS_OK && (m->more_heads || m->next_chain_first != 0))
		r = image_fail(m, SKS_CORRUPT,
		    "records are missing at the end: %llu of them are "
		    "in a signed head",
		    (unsigned long long)m->head_size);
	if (r == SKS_OK && m->other_key)
		r = image_fail(
		    m, SKS_CORRUPT, "the newest head is not signed by the key of the log");
	sqlite3_finalize(st);
	sqlite3_finalize(m->chains);
	sqlite3_finalize(m->heads);
	return r;
}

int
image_verify(const char *path, bool alone, struct image_report *out)
{
	struct image m = {.out = out};
	int64_t users = 0;
	int r;

	memset(out, 0, sizeof(*out));
	r = image_open(&m, path, alone);
	if (r == SKS_OK)
		r = image_check_schema(&m);
	if (r == SKS_OK)
		r = image_check_pages(&m);
	if (r == SKS_OK)
		r = image_check_log(&m);
	if (r == SKS_OK)
		r = image_number(&m, "SELECT count(*) FROM users", &users);
	out->users = (uint64_t)users;
	if (r != SKS_OK && out->why[0] == '\0')
		(void)snprintf(out->why, sizeof(out->why), "%s", error_text(r));
	sqlite3_close(m.db);
	return r;
}
