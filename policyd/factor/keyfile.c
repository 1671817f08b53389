#include "factor/keyfile.h"

#include "error.h"
#include "safeopen.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRUB_CHUNK = 4096, LEFT_DIGITS = 16 };

static int __attribute__((format(printf, 4, 5)))
keyfile_refuse(int error, char *why, size_t why_size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, why_size, fmt, args);
	va_end(args);
	return error;
}

static int
keyfile_sync_parent(const char *path)
{
	char parent[PATH_MAX];
	size_t len = (size_t)(strrchr(path, '/') - path) + 1;
	int fd, r;

	memcpy(parent, path, len);
	parent[len] = '\0';
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return SKS_IO;
	r = fsync(fd) == 0 ? SKS_OK : SKS_IO;
	(void)close(fd);
	return r;
}

bool
keyfile_find(const char *name, const char *path, char *out, size_t size)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct stat st;

	if (dir != NULL && dir[0] == '/' &&
	    snprintf(out, size, "%s/%s", dir, name) < (int)size && lstat(out, &st) == 0)
		return true;
	(void)snprintf(out, size, "%s", path);
	return false;
}

/* ---- reading ----------------------------------------------------------------------------- */

int
keyfile_read(const char *path, struct keyring *ring, void *space, char *why, size_t why_size)
{
	struct stat st = {0};
	struct buf file;
	int r;

	keyring_clear(ring);
	r = safeopen_path_is_secure(path, geteuid(), why, why_size);
	if (r != SKS_OK)
		return r;
	buf_init_fixed(&file, space, KEYRING_FILE_MAX);
	r = safeopen_slurp(path, geteuid(), 0600, &file, why, why_size);
	if (r == SKS_OK) {
		(void)lstat(path, &st);
		r = keyring_parse(file.data, file.len, (int64_t)st.st_mtime * 1000, ring);
		if (r == SKS_INVALID || r == SKS_CORRUPT)
			r = keyfile_refuse(SKS_INVALID, why, why_size,
			    "%s does not hold a key ring, nor a key of exactly %d bytes: it is "
			    "%s",
			    path, KEYRING_KEY_SIZE,
			    r == SKS_CORRUPT ? "damaged" : "something else");
		else if (r != SKS_OK)
			(void)keyfile_refuse(r, why, why_size, "%s: %s", path, error_text(r));
	} else if (r == SKS_TOO_BIG) {
		r = keyfile_refuse(SKS_INVALID, why, why_size,
		    "%s does not hold a key ring, nor a key of exactly %d bytes: it is too "
		    "long",
		    path, KEYRING_KEY_SIZE);
	}
	explicit_bzero(space, KEYRING_FILE_MAX);
	return r;
}

/* ---- writing ----------------------------------------------------------------------------- */

int
keyfile_make(const char *path, int64_t now_ms, struct keyring *ring, void *space, char *why,
    size_t why_size)
{
	char temp[PATH_MAX];
	int len = snprintf(temp, sizeof(temp), "%s.new-%ld", path, (long)getpid());
	struct buf file;
	int r;

	if (path[0] != '/' || len < 0 || (size_t)len >= sizeof(temp))
		return keyfile_refuse(SKS_UNTRUSTED, why, why_size,
		    "the key file needs an absolute path, not %s", path);
	buf_init_fixed(&file, space, KEYRING_FILE_MAX);
	r = keyring_make(ring, ALGORITHM_AES_256_GCM, now_ms);
	if (r == SKS_OK) {
		keyring_encode(ring, &file);
		r = buf_error(&file);
	}
	if (r == SKS_OK)
		r = safeopen_replace(temp, 0600, file.data, file.len);
	explicit_bzero(space, KEYRING_FILE_MAX);
	keyring_clear(ring);
	if (r != SKS_OK)
		return keyfile_refuse(
		    r, why, why_size, "cannot write %s: %s", temp, error_text(r));
	/* A second ring over the first would make everything sealed under that one unreadable.
	 */
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
		int err = errno;

		(void)unlink(temp);
		if (err != EEXIST)
			return keyfile_refuse(
			    SKS_IO, why, why_size, "cannot create %s: %s", path, strerror(err));
	}
	r = keyfile_sync_parent(path);
	if (r != SKS_OK)
		return keyfile_refuse(
		    r, why, why_size, "cannot sync the directory of %s", path);
	return keyfile_read(path, ring, space, why, why_size);
}

/* Zeroes over all of it, synced. */
static int
keyfile_scrub(int fd)
{
	static const uint8_t zero[SCRUB_CHUNK];
	struct stat st;
	off_t at = 0;

	if (fstat(fd, &st) != 0)
		return SKS_IO;
	while (at < st.st_size) {
		size_t left = (size_t)(st.st_size - at);
		ssize_t n = pwrite(fd, zero, left < sizeof(zero) ? left : sizeof(zero), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return SKS_IO;
		at += n;
	}
	return fsync(fd) == 0 ? SKS_OK : SKS_IO;
}

/* ".NAME." and 16 hex digits: a new file that safeopen_replace() was killed over. */
static bool
keyfile_is_left(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return entry[0] == '.' && strncmp(entry + 1, name, len) == 0 &&
	       entry[1 + len] == '.' && strlen(entry + 2 + len) == LEFT_DIGITS &&
	       strspn(entry + 2 + len, "0123456789abcdef") == LEFT_DIGITS;
}

/* What killed commands left behind holds keys, too. The caller has the file for itself. */
static void
keyfile_sweep(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char parent[PATH_MAX];
	const struct dirent *entry;
	DIR *d;

	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
	d = opendir(parent);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		int fd;

		if (!keyfile_is_left(entry->d_name, name))
			continue;
		fd = openat(dirfd(d), entry->d_name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0) {
			(void)keyfile_scrub(fd);
			(void)close(fd);
		}
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d != NULL)
		(void)closedir(d);
}

int
keyfile_write(
    const char *path, const struct keyring *ring, void *space, char *why, size_t why_size)
{
	struct buf file;
	int r;

	buf_init_fixed(&file, space, KEYRING_FILE_MAX);
	keyring_encode(ring, &file);
	r = buf_error(&file);
	if (r == SKS_OK)
		r = keyfile_replace(path, file.data, file.len, why, why_size);
	else
		(void)keyfile_refuse(r, why, why_size, "%s: %s", path, error_text(r));
	explicit_bzero(space, KEYRING_FILE_MAX);
	return r;
}

int
keyfile_replace(const char *path, const void *data, size_t len, char *why, size_t why_size)
{
	int before = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = safeopen_replace(path, 0600, data, len);

	/* Only once the new one is durable, and only what has no name any more. */
	if (r == SKS_OK && before >= 0)
		(void)keyfile_scrub(before);
	if (before >= 0)
		(void)close(before);
	if (r == SKS_OK)
		keyfile_sweep(path);
	if (r != SKS_OK)
		(void)keyfile_refuse(
		    r, why, why_size, "cannot write %s: %s", path, error_text(r));
	return r;
}

int
keyfile_destroy(const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = SKS_OK;

	if (fd < 0) {
		r = errno == ENOENT ? SKS_NOT_FOUND : errno == EROFS ? SKS_READONLY : SKS_IO;
		return keyfile_refuse(r, why, why_size, "%s: %s", path, strerror(errno));
	}
	r = keyfile_scrub(fd);
	(void)close(fd);
	if (unlink(path) != 0)
		r = SKS_IO;
	if (r == SKS_OK)
		r = keyfile_sync_parent(path);
	if (r != SKS_OK)
		(void)keyfile_refuse(r, why, why_size, "%s: %s", path, error_text(r));
	return r;
}
