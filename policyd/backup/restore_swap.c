#include "backup/restore.h"
#include "clock.h"
#include "error.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

static const char *const store_files[] = {STORE_FILE "-wal", STORE_FILE "-shm", STORE_FILE};

struct swap {
	char *why;
	size_t why_size;
};

static int __attribute__((format(printf, 2, 3))) swap_fail(struct swap x, const char *fmt, ...)
{
	va_list list;
	int error = errno;

	va_start(list, fmt);
	(void)vsnprintf(x.why, x.why_size, fmt, list);
	va_end(list);
	return error == ENOSPC ? SKS_FULL : error == EROFS ? SKS_READONLY : SKS_IO;
}

static int
swap_sync(struct swap x, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r =
	    fd >= 0 && fsync(fd) == 0 ? SKS_OK : swap_fail(x, "%s: %s", dir, strerror(errno));

	if (fd >= 0)
		close(fd);
	return r;
}

void
restore_remove_work(const char *work)
{
	int dir = open(work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return;
	for (size_t i = 0; i < sizeof(store_files) / sizeof(store_files[0]); i++)
		(void)unlinkat(dir, store_files[i], 0);
	close(dir);
	(void)rmdir(work);
}

int
restore_make_work(const char *dir, char *why, size_t why_size)
{
	struct swap x = {why, why_size};

	restore_remove_work(dir);
	if (mkdir(dir, 0700) != 0)
		return swap_fail(x, "%s cannot be made: %s", dir, strerror(errno));
	return SKS_OK;
}

/* Everything that was committed into the one file, and no log beside it. */
static bool
swap_checkpoint(const char *path)
{
	int left = -1, done = 0;
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_checkpoint_v2(
		    db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &left, &done);
	sqlite3_close(db);
	return rc == SQLITE_OK && left <= 0;
}

static bool
swap_has_log(const char *path)
{
	char wal[PATH_SIZE];
	struct stat st;

	(void)snprintf(wal, sizeof(wal), "%.500s-wal", path);
	return lstat(wal, &st) == 0 && st.st_size > 0;
}

int
restore_settle(const char *work, char *why, size_t why_size)
{
	struct swap x = {why, why_size};
	char path[PATH_SIZE];
	int fd, r;

	(void)snprintf(path, sizeof(path), "%.480s/" STORE_FILE, work);
	if (!swap_checkpoint(path) || swap_has_log(path)) {
		errno = EIO;
		return swap_fail(x, "the restored store could not be completed");
	}
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	r = fd >= 0 && fsync(fd) == 0 ? SKS_OK : swap_fail(x, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r == SKS_OK ? swap_sync(x, work) : r;
}

/* By links: the old store stays where it is until the rename. */
static int
swap_set_aside(struct swap x, const char *state_dir, char aside[PATH_SIZE])
{
	char stamp[32], from[PATH_SIZE], to[PATH_SIZE + 64];

	(void)clock_rfc3339(clock_now().wall_ms, stamp, sizeof(stamp));
	(void)snprintf(aside, PATH_SIZE, "%.400s/" RESTORE_ASIDE "%.24s", state_dir, stamp);
	if (mkdir(aside, 0700) != 0)
		return swap_fail(x, "%s cannot be made: %s", aside, strerror(errno));
	for (size_t i = 0; i < sizeof(store_files) / sizeof(store_files[0]); i++) {
		(void)snprintf(from, sizeof(from), "%.400s/%s", state_dir, store_files[i]);
		(void)snprintf(to, sizeof(to), "%s/%s", aside, store_files[i]);
		if (link(from, to) != 0 && errno != ENOENT)
			return swap_fail(x, "%s: %s", to, strerror(errno));
	}
	return swap_sync(x, aside);
}

/*
 * A log that could not be emptied belongs to a store that is damaged already; it stays aside
 * with it. Any other one is empty here: taking it away takes nothing.
 */
static int
swap_remove_logs(struct swap x, const char *state_dir)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%.400s/%s", state_dir, store_files[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			return swap_fail(x, "%s: %s", path, strerror(errno));
	}
	return swap_sync(x, state_dir);
}

int
restore_swap(
    const char *state_dir, const char *work, char aside[512], char *why, size_t why_size)
{
	struct swap x = {why, why_size};
	char old[PATH_SIZE], new[PATH_SIZE];
	struct stat st;
	int r = SKS_OK;

	aside[0] = '\0';
	(void)snprintf(old, sizeof(old), "%.400s/" STORE_FILE, state_dir);
	(void)snprintf(new, sizeof(new), "%.480s/" STORE_FILE, work);
	if (lstat(old, &st) == 0) {
		(void)swap_checkpoint(old);
		r = swap_set_aside(x, state_dir, aside);
	}
	if (r == SKS_OK)
		r = swap_remove_logs(x, state_dir);
	if (r == SKS_OK && rename(new, old) != 0)
		r = swap_fail(x, "%s: %s", old, strerror(errno));
	return r == SKS_OK ? swap_sync(x, state_dir) : r;
}
