#include "store/copy.h"

#include "error.h"
#include "log.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COPY_BUSY_MS = 2000, COPY_CACHE_PAGES = 64 };

struct store_copy {
	sqlite3 *from, *to;
	sqlite3_backup *backup;
	store_copy_write *write;
	void *ctx;
	int error; /* what write said */
	sqlite3_int64 end;
	struct store_copy_info info;
};

/* ---- the file that is not there ---------------------------------------------------------- */

struct copy_file {
	sqlite3_file base; /* first: SQLite sees this one */
	struct store_copy *copy;
};

static struct store_copy *copy_opening; /* SQLite's open has no way to hand it on */

static struct store_copy *
copy_of(sqlite3_file *file)
{
	return ((struct copy_file *)(void *)file)->copy;
}

static int
copy_close(sqlite3_file *file)
{
	(void)file;
	return SQLITE_OK;
}

/* Asked only before anything was written: whether there is a database already. */
static int
copy_read(sqlite3_file *file, void *dst, int n, sqlite3_int64 at)
{
	(void)file;
	(void)at;
	memset(dst, 0, (size_t)n);
	return SQLITE_IOERR_SHORT_READ;
}

static int
copy_write(sqlite3_file *file, const void *src, int n, sqlite3_int64 at)
{
	struct store_copy *c = copy_of(file);

	if (c->error == SKS_OK)
		c->error = c->write(c->ctx, (uint64_t)at, src, (size_t)n);
	if (at + n > c->end)
		c->end = at + n;
	return c->error == SKS_OK ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int
copy_size(sqlite3_file *file, sqlite3_int64 *size)
{
	*size = copy_of(file)->end;
	return SQLITE_OK;
}

static int
copy_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	(void)file;
	(void)size;
	return SQLITE_OK;
}

static int
copy_int(sqlite3_file *file, int value)
{
	(void)file;
	(void)value;
	return SQLITE_OK;
}

static int
copy_reserved(sqlite3_file *file, int *out)
{
	(void)file;
	*out = 0;
	return SQLITE_OK;
}

static int
copy_control(sqlite3_file *file, int op, void *arg)
{
	(void)file;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
copy_zero(sqlite3_file *file)
{
	(void)file;
	return 0;
}

static const sqlite3_io_methods copy_methods = {
    .iVersion = 1,
    .xClose = copy_close,
    .xRead = copy_read,
    .xWrite = copy_write,
    .xTruncate = copy_truncate,
    .xSync = copy_int,
    .xFileSize = copy_size,
    .xLock = copy_int,
    .xUnlock = copy_int,
    .xCheckReservedLock = copy_reserved,
    .xFileControl = copy_control,
    .xSectorSize = copy_zero,
    .xDeviceCharacteristics = copy_zero,
};

static int
copy_open_file(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct copy_file *f = (struct copy_file *)(void *)file;

	(void)vfs;
	(void)name;
	memset(f, 0, sizeof(*f));
	if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || copy_opening == NULL)
		return SQLITE_CANTOPEN; /* no journal, no temporary file */
	f->copy = copy_opening;
	f->base.pMethods = &copy_methods;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int
copy_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	(void)name;
	(void)flags;
	*out = 0;
	return SQLITE_OK;
}

static int
copy_full_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	(void)snprintf(out, (size_t)size, "%s", name);
	return SQLITE_OK;
}

static int
copy_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)name;
	(void)sync;
	return SQLITE_OK;
}

static const char *
copy_vfs(void)
{
	static sqlite3_vfs vfs;

	if (vfs.zName == NULL) {
		const sqlite3_vfs *real = sqlite3_vfs_find(NULL);

		if (real == NULL)
			return NULL;
		vfs = *real; /* its clock and its random numbers */
		vfs.iVersion = 1;
		vfs.pNext = NULL;
		vfs.szOsFile = (int)sizeof(struct copy_file);
		vfs.xOpen = copy_open_file;
		vfs.xAccess = copy_access;
		vfs.xFullPathname = copy_full_name;
		vfs.xDelete = copy_delete;
		vfs.zName = "sekisho-copy";
		if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) {
			vfs.zName = NULL;
			return NULL;
		}
	}
	return vfs.zName;
}

/* ---- the copy ---------------------------------------------------------------------------- */

static int
copy_fail(const struct store_copy *c, sqlite3 *db, int rc)
{
	if (c->error != SKS_OK)
		return c->error;
	log_error("copying the store: %s (%d)",
	    db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc), rc);
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SKS_CORRUPT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return SKS_CONFLICT;
	case SQLITE_NOMEM:
		return SKS_NOMEM;
	case SQLITE_CANTOPEN:
		return SKS_NOT_FOUND;
	default:
		return SKS_IO;
	}
}

/* The first row of a query; the caller finalizes. NULL: none, or *r tells. */
static sqlite3_stmt *
copy_row(struct store_copy *c, const char *sql, int *r)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->from, sql, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	*r = rc == SQLITE_ROW || rc == SQLITE_DONE ? SKS_OK : copy_fail(c, c->from, rc);
	if (rc == SQLITE_ROW)
		return st;
	sqlite3_finalize(st);
	return NULL;
}

static int
copy_number(struct store_copy *c, const char *sql, uint64_t *out)
{
	int r;
	sqlite3_stmt *st = copy_row(c, sql, &r);

	*out = st != NULL ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return r;
}

static int
copy_origin(struct store_copy *c)
{
	int r;
	sqlite3_stmt *st =
	    copy_row(c, "SELECT origin FROM chains ORDER BY id DESC LIMIT 1", &r);

	if (st != NULL)
		(void)snprintf(c->info.origin, sizeof(c->info.origin), "%s",
		    (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	return r;
}

static int
copy_newest(struct store_copy *c)
{
	struct record header;
	int r;
	sqlite3_stmt *st =
	    copy_row(c, "SELECT header FROM records ORDER BY seq DESC LIMIT 1", &r);

	if (st != NULL && sqlite3_column_bytes(st, 0) == RECORD_HEADER_SIZE &&
	    record_header_decode(sqlite3_column_blob(st, 0), &header) == SKS_OK)
		c->info.wall_ms = header.wall_ms;
	sqlite3_finalize(st);
	return r;
}

/* The transaction begins with the first query, and everything after sees that moment. */
static int
copy_begin(struct store_copy *c)
{
	uint64_t schema = 0;
	int rc = sqlite3_exec(c->from,
	    "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
	    "PRAGMA cache_size = -1024; BEGIN",
	    NULL, NULL, NULL);
	int r = rc == SQLITE_OK ? SKS_OK : copy_fail(c, c->from, rc);

	if (r == SKS_OK)
		r = copy_number(c, "SELECT coalesce(max(seq), 0) FROM records", &c->info.size);
	if (r == SKS_OK)
		r = copy_number(c, "PRAGMA page_count", &c->info.pages);
	if (r == SKS_OK)
		r = copy_number(c, "PRAGMA user_version", &schema);
	c->info.schema = (uint32_t)schema;
	if (r == SKS_OK)
		r = copy_origin(c);
	return r == SKS_OK ? copy_newest(c) : r;
}

static int
copy_open_from(struct store_copy *c, const char *dir)
{
	char path[512];
	int rc;

	if (snprintf(path, sizeof(path), "%s/" STORE_FILE, dir) >= (int)sizeof(path))
		return SKS_TOO_BIG;
	rc = sqlite3_open_v2(path, &c->from, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return copy_fail(c, c->from, rc);
	(void)sqlite3_busy_timeout(c->from, COPY_BUSY_MS);
	(void)sqlite3_db_config(c->from, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(c->from, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return copy_begin(c);
}

/* No journal: a copy that fails is thrown away. A small cache, so that pages come soon. */
static int
copy_open_to(struct store_copy *c)
{
	char pragmas[160];
	const char *vfs = copy_vfs();
	int rc;

	if (vfs == NULL)
		return SKS_INTERNAL;
	copy_opening = c;
	rc = sqlite3_open_v2("copy", &c->to,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs);
	(void)snprintf(pragmas, sizeof(pragmas),
	    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;"
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = %d",
	    COPY_CACHE_PAGES);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(c->to, pragmas, NULL, NULL, NULL);
	copy_opening = NULL;
	if (rc != SQLITE_OK)
		return copy_fail(c, c->to, rc);
	c->backup = sqlite3_backup_init(c->to, "main", c->from, "main");
	return c->backup != NULL ? SKS_OK : copy_fail(c, c->to, sqlite3_errcode(c->to));
}

int
store_copy_open(const char *dir, store_copy_write *write, void *ctx, struct store_copy **out)
{
	struct store_copy *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	if (c == NULL)
		return SKS_NOMEM;
	c->write = write;
	c->ctx = ctx;
	r = copy_open_from(c, dir);
	if (r == SKS_OK)
		r = copy_open_to(c);
	if (r != SKS_OK) {
		store_copy_close(c);
		return r;
	}
	*out = c;
	return SKS_OK;
}

const struct store_copy_info *
store_copy_info(const struct store_copy *c)
{
	return &c->info;
}

static int
copy_blob(struct store_copy *c, const char *sql, struct buf *out, bool *found)
{
	int r;
	sqlite3_stmt *st = copy_row(c, sql, &r);

	*found = st != NULL;
	if (st != NULL)
		buf_put_bytes(
		    out, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
	sqlite3_finalize(st);
	return r == SKS_OK ? buf_error(out) : r;
}

int
store_copy_head(struct store_copy *c, struct buf *note)
{
	bool found;

	return copy_blob(
	    c, "SELECT note FROM heads ORDER BY chain DESC, size DESC LIMIT 1", note, &found);
}

int
store_copy_policy(struct store_copy *c, struct buf *bundle)
{
	bool found;
	int r = copy_blob(c,
	    "SELECT p.bundle FROM activations a CROSS JOIN policies p ON p.digest = a.digest"
	    " ORDER BY a.id DESC LIMIT 1",
	    bundle, &found);

	return r == SKS_OK && !found ? SKS_NOT_FOUND : r;
}

int
store_copy_step(struct store_copy *c, int pages)
{
	int rc = sqlite3_backup_step(c->backup, pages);

	if (rc == SQLITE_OK)
		return 1;
	if (rc != SQLITE_DONE)
		return copy_fail(c, c->to, rc);
	rc = sqlite3_backup_finish(c->backup);
	c->backup = NULL;
	return rc == SQLITE_OK ? 0 : copy_fail(c, c->to, rc);
}

void
store_copy_close(struct store_copy *c)
{
	if (c == NULL)
		return;
	if (c->backup != NULL)
		(void)sqlite3_backup_finish(c->backup);
	(void)sqlite3_close(c->to);
	(void)sqlite3_close(c->from);
	free(c);
}
