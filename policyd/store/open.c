/* Opening and closing the store, and saying how far it can be believed. */
#include "error.h"
#include "log.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_READER_MS = 1000 };

/*
 * auto_vacuum is on by default in Debian's build and would shrink the file at commits. The
 * database is one we make ourselves, but a damaged or exchanged file must not run code.
 */
static const char writer_pragmas[] = "PRAGMA page_size = 4096;"
				     "PRAGMA auto_vacuum = NONE;"
				     "PRAGMA journal_mode = WAL;"
				     "PRAGMA synchronous = FULL;"
				     "PRAGMA wal_autocheckpoint = 0;"
				     "PRAGMA journal_size_limit = -1;"
				     "PRAGMA secure_delete = ON;"
				     "PRAGMA temp_store = MEMORY;"
				     "PRAGMA cell_size_check = ON;"
				     "PRAGMA cache_size = -8192;";

static const char reader_pragmas[] = "PRAGMA query_only = ON;"
				     "PRAGMA temp_store = MEMORY;"
				     "PRAGMA cell_size_check = ON;";

static int
open_map_errno(int error)
{
	switch (error) {
	case EROFS:
		return SKS_READONLY;
	case ENOSPC:
	case EDQUOT:
		return SKS_FULL;
	case ENOENT:
		return SKS_NOT_FOUND;
	default:
		return SKS_IO;
	}
}

/* SQLite takes the modes of its other files from this one, and would make it 0644. Made before
 * it opens it: closing it later would drop SQLite's locks. */
static int
open_create_file(struct store *s, const char *path, const char *dir)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = errno;

	if (fd < 0 && error == EEXIST)
		return SKS_OK;
	if (fd >= 0)
		close(fd);
	else
		goto fail;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	if (fd < 0 || fsync(fd) != 0) {
		error = fd < 0 ? error : errno;
		if (fd >= 0)
			close(fd);
		goto fail;
	}
	close(fd);
	return SKS_OK;
fail:
	(void)snprintf(
	    s->error, sizeof(s->error), "cannot make the database file: %s", strerror(error));
	return open_map_errno(error);
}

static int
open_connection(struct store *s, const char *path)
{
	int flags =
	    SQLITE_OPEN_NOMUTEX | (s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	int rc = sqlite3_open_v2(path, &s->db, flags, s->read_only ? NULL : walio_name());
	int persist = 1;
	int r;

	if (rc != SQLITE_OK)
		return store_fail(s, rc);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_timeout(s->db, s->read_only ? BUSY_READER_MS : STORE_BUSY_WRITER_MS);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	if (s->read_only)
		return store_exec(s, reader_pragmas);
	if (sqlite3_db_readonly(s->db, "main") == 1) {
		(void)snprintf(s->error, sizeof(s->error), "the database file is read-only");
		return SKS_READONLY;
	}
	r = store_exec(s, writer_pragmas);
	if (r == SKS_OK && sqlite3_file_control(
			       s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist) != SQLITE_OK)
		r = SKS_INTERNAL;
	return r;
}

/* No table at all: nothing was ever committed to it. */
static int
open_is_empty(struct store *s, bool *empty)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, "SELECT count(*) FROM sqlite_schema", -1, &st, NULL);

	*empty = false;
	if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
		*empty = col_int(st, 0) == 0;
		sqlite3_finalize(st);
		return SKS_OK;
	}
	rc = sqlite3_extended_errcode(s->db);
	sqlite3_finalize(st);
	return store_fail(s, rc);
}

/*
 * The memory is written just before each commit, so a kill in between leaves the store one
 * behind. Two behind is a store that was put back. Only equality vouches for it.
 */
static enum store_start
open_classify(bool empty, bool remembered, uint64_t memory, int64_t stored)
{
	if (empty)
		return remembered && memory > 1 ? STORE_REWOUND : STORE_NEW;
	if (!remembered)
		return STORE_UNVOUCHED;
	if (memory == (uint64_t)stored)
		return STORE_CLEAN;
	return memory > (uint64_t)stored + 1 ? STORE_REWOUND : STORE_UNVOUCHED;
}

static int
open_writer(struct store *s, const struct store_options *o, enum store_start *start)
{
	bool empty = false, remembered = false;
	uint64_t memory = 0;
	int r = generation_open(s, o->generation_path, &remembered, &memory);

	if (r == SKS_OK)
		r = open_is_empty(s, &empty);
	if (r == SKS_OK && empty)
		r = schema_create(s);
	else if (r == SKS_OK)
		r = schema_upgrade(s);
	if (r == SKS_OK)
		r = store_counter(s, COUNTER_GENERATION, &s->generation);
	if (r == SKS_NOT_FOUND)
		r = SKS_CORRUPT;
	if (r != SKS_OK)
		return r;
	*start = open_classify(empty, remembered, memory, s->generation);
	s->vouched = *start == STORE_CLEAN || *start == STORE_NEW;
	r = schema_check(s, *start != STORE_CLEAN && *start != STORE_NEW);
	if (r == SKS_OK)
		r = boots_find(s);
	return r == SKS_OK ? space_open(s) : r;
}

int
store_open(const struct store_options *o, struct store **out, enum store_start *start)
{
	struct store *s = calloc(1, sizeof(*s));
	enum store_start how = STORE_UNVOUCHED;
	char path[512];
	int r = SKS_NOMEM;

	*out = NULL;
	if (s == NULL)
		return r;
	s->generation_fd = -1;
	store_forget(s);
	s->read_only = o->read_only;
	s->reserve_bytes = o->reserve_bytes;
	memcpy(s->boot_id, o->boot_id, sizeof(s->boot_id));
	/* refused once SQLite runs, and then it was set before; all who use it have one thread */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	r = SKS_TOO_BIG;
	if (snprintf(path, sizeof(path), "%s/" STORE_FILE, o->dir) >= (int)sizeof(path))
		goto out;
	r = s->read_only ? SKS_OK : open_create_file(s, path, o->dir);
	if (r == SKS_OK)
		r = open_connection(s, path);
	if (r == SKS_OK && s->read_only)
		r = schema_check(s, false);
	if (r == SKS_OK && s->read_only)
		r = boots_find(s);
	if (r == SKS_OK && !s->read_only)
		r = open_writer(s, o, &how);
out:
	if (r != SKS_OK) {
		log_error("store: %s: %s", error_text(r), store_error(s));
		store_close(s);
		return r;
	}
	if (start != NULL)
		*start = how;
	*out = s;
	return SKS_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->in_turn)
		store_rollback(s);
	if (s->db != NULL && !s->read_only) {
		if (!s->wipe_due || store_wipe(s) != SKS_OK)
			(void)store_checkpoint(s);
	}
	/* a commit that failed had been announced, and would make the next start doubtful */
	if (s->generation > 0 && s->vouched)
		(void)generation_write(s, s->generation);
	store_finalize(s);
	(void)sqlite3_close(s->db);
	if (s->generation_fd >= 0)
		close(s->generation_fd);
	free(s);
}
