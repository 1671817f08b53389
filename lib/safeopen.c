#include "safeopen.h"

#include "buf.h"
#include "error.h"
#include "i18n.h"
#include "secret.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	READ_CHUNK = 4096,
	REOPEN_MAX = 5, /* a file replaced again and again while we look */
	LINKS_MAX = 40, /* symbolic links in one path, as in the kernel */
	MODE_BITS = 07777,
};

struct reason {
	char *text;
	size_t size;
};

static void __attribute__((format(printf, 2, 3)))
safeopen_why(struct reason why, const char *fmt, ...)
{
	va_list args;

	if (why.text == NULL || why.size == 0)
		return;
	va_start(args, fmt);
	vsnprintf(why.text, why.size, fmt, args);
	va_end(args);
}

static int
safeopen_errno(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return SKS_NOT_FOUND;
	case ELOOP: /* O_NOFOLLOW */
	case ENXIO: /* a socket */
		return SKS_UNTRUSTED;
	case ENOSPC:
	case EDQUOT:
		return SKS_FULL;
	case EROFS:
		return SKS_READONLY;
	case ENOMEM:
		return SKS_NOMEM;
	default:
		return SKS_IO;
	}
}

static int
safeopen_check(
    const char *path, const struct stat *st, uid_t owner, mode_t max_mode, struct reason why)
{
	mode_t mode = st->st_mode & MODE_BITS;

	if (!S_ISREG(st->st_mode)) {
		safeopen_why(why, _("%s is not a regular file"), path);
		return SKS_UNTRUSTED;
	}
	if (st->st_uid != owner && st->st_uid != 0) {
		safeopen_why(why, _("%s belongs to uid %u, not to %u"), path,
		    (unsigned int)st->st_uid, (unsigned int)owner);
		return SKS_UNTRUSTED;
	}
	/* A second name may lie where somebody else writes, or be left from before a chown. */
	if (st->st_nlink != 1) {
		safeopen_why(
		    why, _("%s has %ju links, not one"), path, (uintmax_t)st->st_nlink);
		return SKS_UNTRUSTED;
	}
	if ((mode & ~max_mode) != 0) {
		safeopen_why(why, _("%s has mode %04o, at most %04o is allowed"), path,
		    (unsigned int)mode, (unsigned int)max_mode);
		return SKS_UNTRUSTED;
	}
	return SKS_OK;
}

/* O_NONBLOCK: a fifo put in the file's place must not hang us. */
static int
safeopen_once(const char *path, struct stat *st, struct reason why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	int err = errno;

	if (fd < 0) {
		if (err == ELOOP)
			safeopen_why(why, _("%s is a symbolic link"), path);
		else if (err == ENXIO)
			safeopen_why(why, _("%s is not a regular file"), path);
		else
			safeopen_why(why, "%s: %s", path, strerror(err));
		return safeopen_errno(err);
	}
	if (fstat(fd, st) != 0) {
		safeopen_why(why, "%s: %s", path, strerror(errno));
		close(fd);
		return SKS_IO;
	}
	return fd;
}

int
safeopen_read(const char *path, uid_t owner, mode_t max_mode, char *why, size_t why_size)
{
	struct reason reason = {why, why_size};
	struct stat st;
	int fd, r;

	safeopen_why(reason, "%s", "");
	if (path[0] != '/') {
		safeopen_why(reason, _("%s is not an absolute path"), path);
		return SKS_UNTRUSTED;
	}
	/* No link left: safeopen_replace put a new file there since we opened the old one. */
	for (int i = 0;; i++) {
		fd = safeopen_once(path, &st, reason);
		if (fd < 0)
			return fd;
		if (st.st_nlink != 0 || i == REOPEN_MAX)
			break;
		close(fd);
	}
	r = safeopen_check(path, &st, owner, max_mode, reason);
	if (r != SKS_OK) {
		close(fd);
		return r;
	}
	return fd;
}

static int
safeopen_read_all(int fd, struct buf *out)
{
	uint8_t chunk[READ_CHUNK];
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_put_bytes(out, chunk, (size_t)n);
	} while ((n > 0 && buf_error(out) == SKS_OK) || (n < 0 && errno == EINTR));
	explicit_bzero(chunk, sizeof(chunk));
	return n < 0 ? SKS_IO : buf_error(out);
}

int
safeopen_slurp(
    const char *path, uid_t owner, mode_t max_mode, struct buf *out, char *why, size_t why_size)
{
	struct reason reason = {why, why_size};
	int fd = safeopen_read(path, owner, max_mode, why, why_size);
	int r;

	if (fd < 0)
		return fd;
	r = safeopen_read_all(fd, out);
	close(fd);
	if (r != SKS_OK) {
		safeopen_why(reason, "%s: %s", path, error_text(r));
		buf_reset(out); /* half a file is worse than none */
		out->error = r;
	}
	return r;
}

static bool
safeopen_is_owned(const struct stat *st, uid_t owner)
{
	return st->st_uid == 0 || st->st_uid == owner;
}

/* May somebody else put another entry in this directory's place, or take ours away? */
static int
safeopen_check_parent(int fd, const char *path, uid_t owner, struct reason why)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		safeopen_why(why, _("a directory above %s: %s"), path, strerror(errno));
		return SKS_IO;
	}
	if (!safeopen_is_owned(&st, owner)) {
		safeopen_why(why, _("a directory above %s belongs to uid %u"), path,
		    (unsigned int)st.st_uid);
		return SKS_UNTRUSTED;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0) {
		safeopen_why(why,
		    _("a directory above %s can be written by others (mode %04o)"), path,
		    (unsigned int)(st.st_mode & MODE_BITS));
		return SKS_UNTRUSTED;
	}
	return SKS_OK;
}

struct walk {
	char rest[PATH_MAX]; /* what is still to walk, relative to fd */
	int fd;              /* O_PATH of the directory reached */
	int links;
};

/* Puts a link's target before the rest of the path. fd is the link itself. Not inlined: its memory
 * would be touched by every walk, and hardly any meets a link. */
static __attribute__((noinline)) int
safeopen_walk_link(struct walk *w, int fd)
{
	char target[PATH_MAX];
	char joined[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
	int len;

	if (n <= 0 || ++w->links > LINKS_MAX)
		return SKS_UNTRUSTED;
	target[n] = '\0';
	len = snprintf(joined, sizeof(joined), "%s/%s", target, w->rest);
	if (len < 0 || (size_t)len >= sizeof(joined))
		return SKS_UNTRUSTED;
	memcpy(w->rest, joined, (size_t)len + 1);
	if (target[0] == '/') {
		int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0)
			return SKS_IO;
		close(w->fd);
		w->fd = root;
	}
	return SKS_OK;
}

/* Takes the next component off the rest and goes there; name is empty when none is left. */
static int
safeopen_walk_step(struct walk *w, uid_t owner, char name[NAME_MAX + 1])
{
	const char *at = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(at, "/");
	struct stat st;
	int fd;

	if (len > NAME_MAX)
		return SKS_UNTRUSTED;
	memcpy(name, at, len);
	name[len] = '\0';
	if (len == 0)
		return SKS_OK;
	memmove(w->rest, at + len, strlen(at + len) + 1);
	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return safeopen_errno(errno);
	if (fstat(fd, &st) != 0) {
		close(fd);
		return SKS_IO;
	}
	if (S_ISLNK(st.st_mode)) {
		int r =
		    safeopen_is_owned(&st, owner) ? safeopen_walk_link(w, fd) : SKS_UNTRUSTED;

		close(fd);
		return r;
	}
	close(w->fd);
	w->fd = fd;
	return S_ISDIR(st.st_mode) ? SKS_OK : SKS_NOT_FOUND;
}

int
safeopen_path_is_secure(const char *path, uid_t owner, char *why, size_t why_size)
{
	struct reason reason = {why, why_size};
	struct walk w = {.fd = -1};
	char name[NAME_MAX + 1];
	size_t len = strlen(path);
	int r = SKS_UNTRUSTED;

	safeopen_why(reason, "%s", "");
	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 1 && path[len - 1] != '/') /* the last component is not a parent */
		len--;
	if (path[0] != '/' || len >= sizeof(w.rest)) {
		safeopen_why(reason, _("%s is not an absolute path"), path);
		return SKS_UNTRUSTED;
	}
	memcpy(w.rest, path, len);
	w.rest[len] = '\0';
	w.fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w.fd < 0)
		return SKS_IO;
	do {
		r = safeopen_check_parent(w.fd, path, owner, reason);
		if (r != SKS_OK)
			goto out;
		r = safeopen_walk_step(&w, owner, name);
		if (r != SKS_OK) {
			safeopen_why(
			    reason, "a directory above %s (%s): %s", path, name, error_text(r));
			goto out;
		}
	} while (name[0] != '\0');
out:
	close(w.fd);
	return r;
}

static int
safeopen_write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? SKS_IO : safeopen_errno(errno);
		data += n;
		len -= (size_t)n;
	}
	return SKS_OK;
}

/* The mode comes last, on the descriptor: umask has no say, and no reader sees half. */
static int
safeopen_write_new(int dir, const char *name, mode_t mode, const void *data, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return safeopen_errno(errno);
	r = safeopen_write_all(fd, data, len);
	if (r == SKS_OK && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		r = safeopen_errno(errno);
	if (close(fd) != 0 && r == SKS_OK)
		r = safeopen_errno(errno);
	if (r != SKS_OK)
		unlinkat(dir, name, 0);
	return r;
}

static int
safeopen_replace_in(int dir, const char *name, mode_t mode, const void *data, size_t len)
{
	char temp[NAME_MAX + 1];
	uint64_t salt;
	int r = secret_random(&salt, sizeof(salt));

	if (r != SKS_OK)
		return r;
	snprintf(temp, sizeof(temp), ".%.200s.%016jx", name, (uintmax_t)salt);
	r = safeopen_write_new(dir, temp, mode, data, len);
	if (r != SKS_OK)
		return r;
	if (renameat(dir, temp, dir, name) != 0) {
		r = safeopen_errno(errno);
		unlinkat(dir, temp, 0);
		return r;
	}
	return fsync(dir) == 0 ? SKS_OK : safeopen_errno(errno);
}

int
safeopen_replace(const char *path, mode_t mode, const void *data, size_t len)
{
	char parent[PATH_MAX];
	const char *name = strrchr(path, '/');
	size_t parent_len;
	int dir, r;

	if (path[0] != '/' || name == NULL || name[1] == '\0')
		return SKS_INVALID;
	parent_len = (size_t)(name - path) + 1;
	if (parent_len >= sizeof(parent))
		return SKS_TOO_BIG;
	memcpy(parent, path, parent_len);
	parent[parent_len] = '\0';
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return safeopen_errno(errno);
	r = safeopen_replace_in(dir, name + 1, mode, data, len);
	close(dir);
	return r;
}
