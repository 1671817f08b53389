/* Making a change: see transaction.h. undo.c takes it back. */
#include "error.h"
#include "transaction_files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PENDING_BYTES_MAX = 4096 };

/* ---- the directory -------------------------------------------------------------------------
 */

static bool
dir_is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 022) == 0;
}

int
transaction_path(const char *dir, uint64_t id, const char *name, char out[STATE_PATH_SIZE])
{
	int n = id == 0 ? snprintf(out, STATE_PATH_SIZE, "%s/%s", dir, name)
			: snprintf(out, STATE_PATH_SIZE, "%s/%llu/%s", dir,
			      (unsigned long long)id, name);

	return n < STATE_PATH_SIZE ? SKS_OK : SKS_TOO_BIG;
}

static int
dir_check(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = SKS_UNTRUSTED;

	if (fd < 0)
		return errno == ENOENT ? SKS_NOT_FOUND : SKS_UNTRUSTED;
	if (dir_is_ours(fd))
		r = SKS_OK;
	close(fd);
	return r;
}

/* Readable by the daemon, which records what it finds there; there are no secrets in names. */
static int
dir_make(const char *path)
{
	char parent[STATE_PATH_SIZE];
	int fd, r;

	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return errno == ENOSPC ? SKS_FULL : errno == ENOENT ? SKS_NOT_FOUND : SKS_IO;
	r = dir_check(path);
	if (r != SKS_OK)
		return r;
	(void)snprintf(parent, sizeof(parent), "%s/..", path);
	(void)chmod(path, 0755); /* whatever the umask */
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd >= 0 && fsync(fd) == 0 ? SKS_OK : SKS_IO;
	if (fd >= 0)
		close(fd);
	return r;
}

int
transaction_make_dir(const char *dir)
{
	return dir_make(dir);
}

int
transaction_lock(const char *dir, bool wait)
{
	char path[STATE_PATH_SIZE];
	int fd, r = dir_check(dir);

	if (r == SKS_OK)
		r = transaction_path(dir, 0, "lock", path);
	if (r != SKS_OK)
		return r;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return SKS_IO;
	while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		return errno == EWOULDBLOCK ? SKS_CONFLICT : SKS_IO;
	}
	return fd;
}

/* ---- its own files -------------------------------------------------------------------------
 */

int
transaction_slurp(const char *dir, uint64_t id, const char *name, struct buf *out)
{
	char path[STATE_PATH_SIZE], folder[STATE_PATH_SIZE];
	struct state s;
	int r = dir_check(dir);

	if (r == SKS_OK && id != 0 && (r = transaction_path(dir, id, ".", folder)) == SKS_OK)
		r = dir_check(folder);
	if (r == SKS_OK)
		r = transaction_path(dir, id, name, path);
	if (r == SKS_OK)
		r = state_read(path, &s, out);
	if (r != SKS_OK)
		return r;
	if (!s.present)
		return SKS_NOT_FOUND;
	return s.uid == geteuid() && (s.mode & 022) == 0 ? SKS_OK : SKS_UNTRUSTED;
}

int
transaction_write(
    const char *dir, uint64_t id, const char *name, mode_t mode, const void *data, size_t len)
{
	struct state none = {.present = false}, s;
	char path[STATE_PATH_SIZE];
	int r = transaction_path(dir, id, name, path);

	state_of_bytes(&none, mode, data, len, &s);
	s.uid = geteuid();
	s.gid = getegid();
	return r == SKS_OK ? state_put(path, &s, data, len) : r;
}

int
transaction_pending(const char *dir, struct pending *out)
{
	struct buf text;
	int r;

	buf_init(&text, PENDING_BYTES_MAX);
	r = transaction_slurp(dir, 0, "pending", &text);
	if (r == SKS_OK)
		r = pending_parse(text.data, text.len, out);
	buf_clear(&text);
	return r;
}

static int
pending_write(const char *dir, const struct pending *p)
{
	struct buf text;
	int r;

	buf_init(&text, PENDING_BYTES_MAX);
	r = pending_format(p, &text);
	if (r == SKS_OK)
		r = transaction_write(dir, 0, "pending", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

int
transaction_manifest(const char *dir, uint64_t id, struct manifest *out)
{
	struct buf text;
	int r;

	buf_init(&text, MANIFEST_BYTES_MAX);
	r = transaction_slurp(dir, id, "manifest", &text);
	if (r == SKS_OK)
		r = manifest_parse(text.data, text.len, out);
	if (r == SKS_OK && out->id != id)
		r = SKS_CORRUPT;
	buf_clear(&text);
	return r;
}

/* The highest number among the folders, and the highest of those that were confirmed. */
static int
dir_numbers(const char *dir, uint64_t *last, uint64_t *confirmed)
{
	char path[STATE_PATH_SIZE];
	struct dirent *entry;
	DIR *d = opendir(dir);

	*last = *confirmed = 0;
	if (d == NULL)
		return errno == ENOENT ? SKS_NOT_FOUND : SKS_IO;
	while ((entry = readdir(d)) != NULL) {
		char *end;
		unsigned long long n = strtoull(entry->d_name, &end, 10);

		if (*end != '\0' || n == 0)
			continue;
		if (n > *last)
			*last = n;
		if (n > *confirmed && transaction_path(dir, n, "confirmed", path) == SKS_OK &&
		    access(path, F_OK) == 0)
			*confirmed = n;
	}
	closedir(d);
	return SKS_OK;
}

int
transaction_last_confirmed(const char *dir, uint64_t *id)
{
	uint64_t last;
	int r = dir_check(dir);

	if (r == SKS_OK)
		r = dir_numbers(dir, &last, id);
	return r == SKS_OK && *id == 0 ? SKS_NOT_FOUND : r;
}

/* ---- begin ---------------------------------------------------------------------------------
 */

static int
begin_keep(const char *dir, const struct change *c, size_t i, struct manifest *m)
{
	struct manifest_file *f = &m->file[i];
	char name[32];
	struct buf bytes;
	int r;

	buf_init(&bytes, STATE_BYTES_MAX);
	memcpy(f->path, c->path, sizeof(f->path));
	r = state_read(c->path, &f->before, &bytes);
	if (r == SKS_OK && !state_same_bytes(&f->before, &c->before))
		r = SKS_CONFLICT;
	if (r == SKS_OK && f->before.present) {
		(void)snprintf(name, sizeof(name), "%03zu.before", i);
		r = transaction_write(dir, m->id, name, 0600, bytes.data, bytes.len);
	}
	buf_clear(&bytes);
	state_of_bytes(&f->before, c->mode, c->bytes.data, c->bytes.len, &f->after);
	m->count = i + 1;
	return r;
}

static int
begin_write_manifest(const char *dir, const struct manifest *m)
{
	struct buf text;
	int r;

	buf_init(&text, MANIFEST_BYTES_MAX);
	r = manifest_format(m, &text);
	if (r == SKS_OK)
		r = transaction_write(dir, m->id, "manifest", 0644, text.data, text.len);
	buf_clear(&text);
	return r;
}

int
transaction_begin(const char *dir, const struct change *change, size_t count,
    const struct pending *pending, struct manifest *m, const char **at)
{
	char folder[STATE_PATH_SIZE];
	struct pending p = *pending;
	uint64_t confirmed;
	int r = dir_check(dir);

	*at = dir;
	m->count = 0;
	if (r == SKS_OK && (r = transaction_pending(dir, &p)) != SKS_NOT_FOUND)
		return r == SKS_OK ? SKS_CONFLICT : r;
	p = *pending;
	r = count <= MANIFEST_FILES_MAX ? dir_numbers(dir, &m->id, &confirmed) : SKS_TOO_BIG;
	p.id = ++m->id;
	p.state = PENDING_APPLYING;
	if (r == SKS_OK && (r = transaction_path(dir, m->id, ".", folder)) == SKS_OK) {
		folder[strlen(folder) - 2] = '\0';
		r = dir_make(folder);
	}
	for (size_t i = 0; r == SKS_OK && i < count; i++) {
		*at = change[i].path;
		r = begin_keep(dir, &change[i], i, m);
	}
	if (r == SKS_OK)
		*at = dir;
	if (r == SKS_OK)
		r = begin_write_manifest(dir, m);
	return r == SKS_OK ? pending_write(dir, &p) : r;
}

/* ---- apply, confirm ------------------------------------------------------------------------
 */

int
transaction_apply(const struct manifest *m, const struct change *change, size_t i)
{
	return state_put(
	    m->file[i].path, &m->file[i].after, change[i].bytes.data, change[i].bytes.len);
}

int
transaction_applied(const char *dir, const struct pending *pending)
{
	struct pending p = *pending;

	p.state = PENDING_APPLIED;
	return pending_write(dir, &p);
}

int
transaction_reopen(const char *dir, uint64_t id, const struct pending *pending)
{
	struct pending p = *pending;
	int r = transaction_pending(dir, &p);

	if (r != SKS_NOT_FOUND)
		return r == SKS_OK ? SKS_CONFLICT : r;
	p = *pending;
	p.id = id;
	p.state = PENDING_APPLYING;
	return pending_write(dir, &p);
}

static int
sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd >= 0 && fsync(fd) == 0 ? SKS_OK : SKS_IO;

	if (fd >= 0)
		close(fd);
	return r;
}

int
transaction_confirm(const char *dir, uint64_t id)
{
	char from[STATE_PATH_SIZE], to[STATE_PATH_SIZE], folder[STATE_PATH_SIZE];
	struct pending p;
	int r = transaction_pending(dir, &p);

	if (r == SKS_OK && p.id != id)
		r = SKS_NOT_FOUND;
	if (r == SKS_OK)
		r = transaction_path(dir, 0, "pending", from);
	if (r == SKS_OK)
		r = transaction_path(dir, id, "confirmed", to);
	if (r == SKS_OK)
		r = transaction_path(dir, id, ".", folder);
	if (r == SKS_OK && rename(from, to) != 0)
		r = errno == ENOENT ? SKS_NOT_FOUND : SKS_IO;
	if (r == SKS_OK)
		r = sync_dir(folder);
	return r == SKS_OK ? sync_dir(dir) : r;
}

int
transaction_forget(const char *dir, uint64_t id)
{
	struct state none = {.present = false};
	char path[STATE_PATH_SIZE];
	int r = transaction_path(dir, id, "confirmed", path);

	return r == SKS_OK ? state_put(path, &none, NULL, 0) : r;
}
