#include "state.h"

#include "error.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LIST_MAX = 4096, ASIDE_MAX = 100, NS_PER_S = 1000000000 };

static int
state_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return SKS_NOT_FOUND;
	case ENOSPC:
	case EDQUOT:
		return SKS_FULL;
	case EROFS:
		return SKS_READONLY;
	case EPERM:
	case EACCES:
		return SKS_DENIED;
	case ELOOP:
	case EISDIR:
		return SKS_UNTRUSTED;
	default:
		return SKS_IO;
	}
}

/* ---- reading ----------------------------------------------------------------------------- */

static int
state_read_attributes(int fd, struct state *out)
{
	char list[LIST_MAX];
	ssize_t size = flistxattr(fd, list, sizeof(list));

	if (size < 0)
		return errno == ENOTSUP ? SKS_OK : errno == ERANGE ? SKS_TOO_BIG : SKS_IO;
	for (const char *name = list; name < list + size; name += strlen(name) + 1) {
		struct state_attribute *a = &out->attribute[out->attribute_count];
		ssize_t n;

		if (out->attribute_count == STATE_ATTRIBUTES ||
		    strlen(name) >= sizeof(a->name) || strpbrk(name, " \n") != NULL)
			return SKS_TOO_BIG;
		n = fgetxattr(fd, name, a->value, sizeof(a->value));
		if (n < 0)
			return errno == ERANGE ? SKS_TOO_BIG : SKS_IO;
		memcpy(a->name, name, strlen(name) + 1);
		a->len = (size_t)n;
		out->attribute_count++;
	}
	return SKS_OK;
}

static int
state_slurp(int fd, struct buf *bytes)
{
	uint8_t chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SKS_IO;
		buf_put_bytes(bytes, chunk, (size_t)n);
		if (buf_error(bytes) != SKS_OK)
			return buf_error(bytes);
	}
	return SKS_OK;
}

static int
state_read_fd(int fd, struct state *out, struct buf *bytes)
{
	struct buf own;
	struct buf *into = bytes != NULL ? bytes : &own;
	struct stat st;
	int r;

	if (fstat(fd, &st) != 0)
		return SKS_IO;
	if (!S_ISREG(st.st_mode))
		return SKS_UNTRUSTED;
	out->present = true;
	out->mode = st.st_mode & 07777;
	out->uid = st.st_uid;
	out->gid = st.st_gid;
	out->mtime_ns = (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	r = state_read_attributes(fd, out);
	if (r != SKS_OK)
		return r;
	buf_init(&own, STATE_BYTES_MAX);
	r = state_slurp(fd, into);
	out->size = into->len;
	sha256_hex(into->data, into->len, out->sha256);
	buf_clear(&own);
	return r;
}

int
state_read(const char *path, struct state *out, struct buf *bytes)
{
	int fd, r;

	memset(out, 0, sizeof(*out));
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? SKS_OK : state_errno(errno);
	r = state_read_fd(fd, out, bytes);
	close(fd);
	return r;
}

void
state_of_bytes(
    const struct state *before, mode_t mode, const void *bytes, size_t len, struct state *out)
{
	if (before->present)
		*out = *before;
	else
		*out = (struct state){.mode = mode};
	out->present = true;
	out->mtime_ns = 0;
	out->size = len;
	sha256_hex(bytes, len, out->sha256);
}

bool
state_same_bytes(const struct state *a, const struct state *b)
{
	return a->present == b->present && (!a->present || strcmp(a->sha256, b->sha256) == 0);
}

/* ---- writing ----------------------------------------------------------------------------- */

/* The directory of path and its last component. */
static int
state_open_parent(const char *path, const char **name)
{
	char parent[STATE_PATH_SIZE];
	const char *slash = strrchr(path, '/');
	size_t len;
	int fd;

	if (path[0] != '/' || slash == NULL || slash[1] == '\0')
		return SKS_INVALID;
	len = (size_t)(slash - path) + 1;
	if (len >= sizeof(parent))
		return SKS_INVALID;
	memcpy(parent, path, len);
	parent[len] = '\0';
	*name = slash + 1;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? state_errno(errno) : fd;
}

static int
state_write_bytes(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? SKS_IO : state_errno(errno);
		bytes += n;
		len -= (size_t)n;
	}
	return SKS_OK;
}

/* Owner first: chown takes set-id bits away. A file system without attributes had none. */
static int
state_write_rest(int fd, const struct state *want)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};

	if (fchown(fd, want->uid, want->gid) != 0 || fchmod(fd, want->mode) != 0)
		return state_errno(errno);
	for (size_t i = 0; i < want->attribute_count; i++) {
		const struct state_attribute *a = &want->attribute[i];

		if (fsetxattr(fd, a->name, a->value, a->len, 0) != 0)
			return state_errno(errno);
	}
	if (want->mtime_ns != 0)
		times[1] = (struct timespec){
		    .tv_sec = want->mtime_ns / NS_PER_S, .tv_nsec = want->mtime_ns % NS_PER_S};
	if (futimens(fd, times) != 0 || fsync(fd) != 0)
		return state_errno(errno);
	return SKS_OK;
}

static int
state_put_in(int dir, const char *name, const struct state *want, const void *bytes, size_t len)
{
	char beside[NAME_MAX + 1];
	int fd, r;

	if (snprintf(beside, sizeof(beside), ".%s.sekisho-new", name) >= (int)sizeof(beside))
		return SKS_INVALID;
	(void)unlinkat(dir, beside, 0);
	if (!want->present) {
		if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
			return state_errno(errno);
		return fsync(dir) == 0 ? SKS_OK : state_errno(errno);
	}
	fd = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return state_errno(errno);
	r = state_write_bytes(fd, bytes, len);
	if (r == SKS_OK)
		r = state_write_rest(fd, want);
	if (close(fd) != 0 && r == SKS_OK)
		r = SKS_IO;
	if (r == SKS_OK && renameat(dir, beside, dir, name) != 0)
		r = state_errno(errno);
	if (r != SKS_OK) {
		(void)unlinkat(dir, beside, 0);
		return r;
	}
	return fsync(dir) == 0 ? SKS_OK : state_errno(errno);
}

int
state_put(const char *path, const struct state *want, const void *bytes, size_t len)
{
	const char *name;
	int dir = state_open_parent(path, &name), r;

	if (dir == SKS_NOT_FOUND && !want->present)
		return SKS_OK;
	if (dir < 0)
		return dir;
	r = state_put_in(dir, name, want, bytes, len);
	close(dir);
	return r;
}

void
state_sweep(const char *path)
{
	char beside[NAME_MAX + 1];
	const char *name;
	int dir = state_open_parent(path, &name);

	if (dir < 0)
		return;
	if (snprintf(beside, sizeof(beside), ".%s.sekisho-new", name) < (int)sizeof(beside))
		(void)unlinkat(dir, beside, 0);
	close(dir);
}

/* A second name for the same file leaves no moment without it and takes no space. What cannot
 * have one (a directory) is moved. */
int
state_keep_aside(const char *path, char kept[STATE_PATH_SIZE])
{
	for (int i = 0; i < ASIDE_MAX; i++) {
		char number[16] = "";

		if (i > 0)
			(void)snprintf(number, sizeof(number), ".%d", i);
		if (snprintf(kept, STATE_PATH_SIZE, "%s.sekisho-conflict%s", path, number) >=
		    STATE_PATH_SIZE)
			return SKS_TOO_BIG;
		if (linkat(AT_FDCWD, path, AT_FDCWD, kept, 0) == 0)
			return SKS_OK;
		if (errno == EEXIST)
			continue;
		if (renameat2(AT_FDCWD, path, AT_FDCWD, kept, RENAME_NOREPLACE) == 0)
			return SKS_OK;
		if (errno != EEXIST)
			return state_errno(errno);
	}
	return SKS_CONFLICT;
}
