/*
 * SQLite writes each page of a commit to the write-ahead log by two system calls, one for the
 * frame's header and one for the page: about twenty for a login, a third of its commit. All of
 * them follow one another in the file, and nothing depends on them before the sync. So they
 * are gathered and written by one call when the sync, a read, or a write elsewhere asks.
 *
 * The call is one write that ends when its bytes are durable (RWF_DSYNC): what a write and an
 * fdatasync do together, in two thirds of the time. It vouches for its own bytes alone; so
 * where others were written without it since the last sync, the file is synced as a whole.
 *
 * This is safe only with synchronous = FULL, which syncs the log in every commit before other
 * connections are told of its frames. An error of the delayed write comes out of the sync, and
 * fails the commit as one of the write would have.
 *
 * A log that is emptied is overwritten rather than cut off: what was in it must not be found in
 * blocks that nobody owns. And pages on their way to the database are scrubbed, see scrub.h.
 * Everything else, locks and shared memory included, is SQLite's own.
 */
#include "error.h"
#include "store/scrub.h"
#include "store/store_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* SQLite's own files take fewer than 128 KiB in one write, and call more a full disk. */
enum { GATHER_BYTES = 96 << 10, ZERO_BYTES = 64 << 10 };

struct wal_file {
	sqlite3_file base; /* first: SQLite sees this one */
	sqlite3_int64 at;  /* where the gathered bytes belong */
	int len;
	bool loose; /* something was written that no sync vouches for */
	uint8_t *gathered;
	int durable;        /* the same file, for writes that end on the disk; -1: none */
	sqlite3_int64 high; /* nothing but zeros behind this */
	sqlite3_file *real; /* in the memory behind this structure */
};

static struct wal_file *
walio_self(sqlite3_file *file)
{
	return (struct wal_file *)(void *)file;
}

static void
walio_note(struct wal_file *w, sqlite3_int64 end)
{
	if (end > w->high)
		w->high = end;
}

static int
walio_flush(struct wal_file *w)
{
	int len = w->len;

	if (len == 0)
		return SQLITE_OK;
	/* what failed is not tried again: SQLite takes the commit back */
	w->len = 0;
	w->loose = true;
	walio_note(w, w->at + len);
	return w->real->pMethods->xWrite(w->real, w->gathered, len, w->at);
}

/*
 * The gathered bytes, durable. SQLITE_NOTFOUND when none of it can be relied on, for whatever
 * reason but a failing disk: SQLite's own write and sync then do all of it, and know the error.
 */
static int
walio_write_durable(struct wal_file *w)
{
	struct iovec bytes = {.iov_base = w->gathered, .iov_len = (size_t)w->len};
	ssize_t n;

	if (w->loose || w->len == 0 || w->durable < 0)
		return SQLITE_NOTFOUND;
	walio_note(w, w->at + w->len);
	do
		n = pwritev2(w->durable, &bytes, 1, w->at, RWF_DSYNC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EIO)
		return SQLITE_IOERR_FSYNC;
	if (n != w->len)
		return SQLITE_NOTFOUND;
	w->len = 0;
	return SQLITE_OK;
}

static int
walio_close(sqlite3_file *file)
{
	struct wal_file *w = walio_self(file);
	int rc = walio_flush(w);
	int rc_close = w->real->pMethods->xClose(w->real);

	if (w->durable >= 0)
		(void)close(w->durable);
	free(w->gathered);
	w->gathered = NULL;
	return rc != SQLITE_OK ? rc : rc_close;
}

static int
walio_read(sqlite3_file *file, void *dst, int n, sqlite3_int64 at)
{
	struct wal_file *w = walio_self(file);
	int rc = walio_flush(w);

	return rc != SQLITE_OK ? rc : w->real->pMethods->xRead(w->real, dst, n, at);
}

static int
walio_write(sqlite3_file *file, const void *src, int n, sqlite3_int64 at)
{
	struct wal_file *w = walio_self(file);
	int rc = SQLITE_OK;

	if (w->len > 0 && (at != w->at + w->len || n > GATHER_BYTES - w->len))
		rc = walio_flush(w);
	if (rc != SQLITE_OK)
		return rc;
	if (n > GATHER_BYTES) {
		w->loose = true;
		walio_note(w, at + n);
		return w->real->pMethods->xWrite(w->real, src, n, at);
	}
	if (w->len == 0)
		w->at = at;
	memcpy(w->gathered + w->len, src, (size_t)n);
	w->len += n;
	return SQLITE_OK;
}

/* On disk when it returns. */
static int
walio_zero(struct wal_file *w, sqlite3_int64 from, sqlite3_int64 to)
{
	static const uint8_t zero[ZERO_BYTES];
	int rc = SQLITE_OK;

	while (rc == SQLITE_OK && from < to) {
		sqlite3_int64 n = to - from < ZERO_BYTES ? to - from : ZERO_BYTES;

		rc = w->real->pMethods->xWrite(w->real, zero, (int)n, from);
		from += n;
	}
	return rc == SQLITE_OK ? w->real->pMethods->xSync(w->real, SQLITE_SYNC_NORMAL) : rc;
}

/*
 * Its header first: with that gone, what is left of the log is nobody's. The other way round a
 * power cut could leave a log of which only the end is missing, and take the database back to
 * some page of then and some of now.
 */
static int
walio_erase(struct wal_file *w)
{
	sqlite3_int64 high = w->high, begin = high < STORE_PAGE_SIZE ? high : STORE_PAGE_SIZE;
	int rc = walio_zero(w, 0, begin);

	if (rc == SQLITE_OK && high > begin)
		rc = walio_zero(w, begin, high);
	if (rc == SQLITE_OK)
		w->high = 0;
	return rc;
}

static int
walio_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct wal_file *w = walio_self(file);
	int rc = walio_flush(w);

	w->loose = true;
	if (rc != SQLITE_OK)
		return rc;
	return size == 0 ? walio_erase(w) : w->real->pMethods->xTruncate(w->real, size);
}

static int
walio_sync(sqlite3_file *file, int flags)
{
	struct wal_file *w = walio_self(file);
	int rc = walio_write_durable(w);

	if (rc != SQLITE_NOTFOUND) {
		w->len = 0; /* see walio_flush */
		return rc;
	}
	rc = walio_flush(w);
	if (rc == SQLITE_OK)
		rc = w->real->pMethods->xSync(w->real, flags);
	w->loose = w->loose && rc != SQLITE_OK;
	return rc;
}

static int
walio_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct wal_file *w = walio_self(file);
	int rc = walio_flush(w);

	return rc != SQLITE_OK ? rc : w->real->pMethods->xFileSize(w->real, size);
}

static int
walio_lock(sqlite3_file *file, int level)
{
	struct wal_file *w = walio_self(file);

	return w->real->pMethods->xLock(w->real, level);
}

static int
walio_unlock(sqlite3_file *file, int level)
{
	struct wal_file *w = walio_self(file);

	return w->real->pMethods->xUnlock(w->real, level);
}

static int
walio_check_lock(sqlite3_file *file, int *out)
{
	struct wal_file *w = walio_self(file);

	return w->real->pMethods->xCheckReservedLock(w->real, out);
}

static int
walio_control(sqlite3_file *file, int op, void *arg)
{
	struct wal_file *w = walio_self(file);

	return w->real->pMethods->xFileControl(w->real, op, arg);
}

static int
walio_sector(sqlite3_file *file)
{
	struct wal_file *w = walio_self(file);

	return w->real->pMethods->xSectorSize(w->real);
}

static int
walio_device(sqlite3_file *file)
{
	struct wal_file *w = walio_self(file);

	return w->real->pMethods->xDeviceCharacteristics(w->real);
}

/* Version 1: a log has no shared memory of its own and is not mapped. */
static const sqlite3_io_methods walio_methods = {
    .iVersion = 1,
    .xClose = walio_close,
    .xRead = walio_read,
    .xWrite = walio_write,
    .xTruncate = walio_truncate,
    .xSync = walio_sync,
    .xFileSize = walio_size,
    .xLock = walio_lock,
    .xUnlock = walio_unlock,
    .xCheckReservedLock = walio_check_lock,
    .xFileControl = walio_control,
    .xSectorSize = walio_sector,
    .xDeviceCharacteristics = walio_device,
};

/* The system's methods of a database file, but for writing. */
static sqlite3_io_methods database_methods;
static const sqlite3_io_methods *system_methods;

/* Beyond SCRUB_PAGES_MAX pages, which space.c does not let us use, one could be taken for
 * another: a database of that size, made elsewhere, is left as it is. */
static const sqlite3_int64 scrub_limit = (sqlite3_int64)STORE_PAGE_SIZE * SCRUB_PAGES_MAX;
static sqlite3_int64 database_end;

static int
database_write(sqlite3_file *file, const void *src, int n, sqlite3_int64 at)
{
	uint8_t page[STORE_PAGE_SIZE];

	if (at + n > database_end)
		database_end = at + n;
	if (n != STORE_PAGE_SIZE || at % STORE_PAGE_SIZE != 0 || database_end > scrub_limit)
		return system_methods->xWrite(file, src, n, at);
	memcpy(page, src, sizeof(page));
	(void)scrub_page(page, at == 0);
	return system_methods->xWrite(file, page, n, at);
}

static void
database_wrap(sqlite3_file *file)
{
	if (system_methods == NULL) {
		system_methods = file->pMethods;
		database_methods = *system_methods;
		database_methods.xWrite = database_write;
	}
	if (file->pMethods == system_methods &&
	    system_methods->xFileSize(file, &database_end) == SQLITE_OK)
		file->pMethods = &database_methods;
}

static int
walio_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	sqlite3_vfs *system = sqlite3_vfs_find(NULL);
	struct wal_file *w = walio_self(file);
	int rc;

	(void)vfs;
	if ((flags & SQLITE_OPEN_WAL) == 0) {
		rc = system->xOpen(system, name, file, flags, out_flags);
		if (rc == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0)
			database_wrap(file);
		return rc;
	}
	memset(w, 0, sizeof(*w));
	w->real = (sqlite3_file *)(void *)(w + 1);
	w->loose = true;
	w->gathered = malloc(GATHER_BYTES);
	if (w->gathered == NULL)
		return SQLITE_NOMEM;
	rc = system->xOpen(system, name, w->real, flags, out_flags);
	if (rc == SQLITE_OK) {
		/* a log has no locks, so none is lost when this is closed */
		w->durable = open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
		w->base.pMethods = &walio_methods;
		return w->real->pMethods->xFileSize(w->real, &w->high);
	}
	free(w->gathered);
	w->gathered = NULL;
	return rc;
}

const char *
walio_name(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *system = sqlite3_vfs_find(NULL);

	if (vfs.zName != NULL || system == NULL)
		return vfs.zName;
	/* Everything but xOpen is the system's, and finds its own data in the copy. */
	vfs = *system;
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct wal_file) + system->szOsFile;
	vfs.xOpen = walio_open;
	vfs.zName = "sekisho";
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		vfs.zName = NULL;
	return vfs.zName;
}
