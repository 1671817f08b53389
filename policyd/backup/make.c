#include "backup/make.h"

#include "audit/note.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "safeopen.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_KEY_MAX = 4096, DRAIN_SILENCE_MS = 10000 };

struct make {
	int fd;
	uint32_t run;
	const struct backup_order *order;
	struct container_writer *writer;
	struct backup_made *made;
	int file;
	char *why;
	size_t why_size;
	uint8_t message[STREAM_MESSAGE_MAX];
};

static int __attribute__((format(printf, 3, 4)))
make_fail(struct make *m, int error, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(m->why, m->why_size, fmt, list);
	va_end(list);
	return error;
}

/* ---- the file ---------------------------------------------------------------------------- */

static int
make_directory(const char *path, char dir[BACKUP_PATH_SIZE])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash != NULL ? (size_t)(slash - path) : 0;

	if (path[0] != '/' || slash[1] == '\0' || len >= BACKUP_PATH_SIZE)
		return SKS_INVALID;
	memcpy(dir, path, len);
	dir[len] = '\0';
	if (len == 0)
		memcpy(dir, "/", 2);
	return SKS_OK;
}

/* Who can change the directory can take the backups away, or put others there. */
static int
make_open(struct make *m, char part[BACKUP_PATH_SIZE], char dir[BACKUP_PATH_SIZE])
{
	const char *path = m->order->path;
	struct stat st;
	int r = make_directory(path, dir);

	if (r != SKS_OK ||
	    snprintf(part, BACKUP_PATH_SIZE, "%s.part", path) >= BACKUP_PATH_SIZE)
		return make_fail(m, SKS_INVALID, "%s is no absolute path of a file", path);
	r = safeopen_path_is_secure(path, geteuid(), m->why, m->why_size);
	if (r != SKS_OK)
		return r;
	if (lstat(path, &st) == 0)
		return make_fail(m, SKS_CONFLICT, "%s exists", path);
	(void)unlink(part); /* what a kill left; nobody else can write here */
	m->file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (m->file < 0)
		return make_fail(m,
		    errno == ENOENT   ? SKS_NOT_FOUND
		    : errno == ENOSPC ? SKS_FULL
		    : errno == EROFS  ? SKS_READONLY
				      : SKS_IO,
		    "cannot write %s: %s", part, strerror(errno));
	return SKS_OK;
}

static int
make_sync_directory(struct make *m, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd >= 0 && fsync(fd) == 0 ? SKS_OK : SKS_IO;

	if (r != SKS_OK)
		(void)make_fail(m, r, "cannot sync %s: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

static int
make_publish(struct make *m, const char *part, const char *dir)
{
	const char *path = m->order->path;

	if (fsync(m->file) != 0)
		return make_fail(m, SKS_IO, "cannot sync %s: %s", part, strerror(errno));
	if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
	    /* a file system that cannot do that */
	    (errno != EINVAL || rename(part, path) != 0))
		return make_fail(m, errno == EEXIST ? SKS_CONFLICT : SKS_IO, "%s: %s", path,
		    strerror(errno));
	return make_sync_directory(m, dir);
}

/* ---- the stream -------------------------------------------------------------------------- */

/* The next message of our run: its kind, or an error. */
static int
make_receive(struct make *m, const uint8_t **data, size_t *len)
{
	for (;;) {
		struct pollfd p = {.fd = m->fd, .events = POLLIN};
		int ready = poll(&p, 1, STREAM_STALLED_MS + 5000);
		struct buf in;
		ssize_t n;
		uint32_t run;
		uint8_t kind;

		if (ready == 0)
			return make_fail(
			    m, SKS_TIMEOUT, "the copy of the store does not go on");
		if (ready < 0 && errno == EINTR)
			continue;
		n = recv(m->fd, m->message, sizeof(m->message), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return make_fail(m, SKS_UNREACHABLE,
			    "who copies the store ended before it was done");
		buf_init_read(&in, m->message, (size_t)n);
		run = buf_get_u32(&in);
		kind = buf_get_u8(&in);
		*len = buf_left(&in);
		*data = buf_get_ptr(&in, *len);
		if (buf_error(&in) != SKS_OK)
			return make_fail(m, SKS_PROTOCOL, "who copies the store sent nonsense");
		if (run != m->run)
			continue;
		if (kind == STREAM_FAILED)
			return make_fail(m, SKS_UNREACHABLE,
			    "the store could not be copied; the system log says why");
		return kind;
	}
}

/* It stands in the file as it is: one line, so that it can be no line of anything else's. */
static bool
make_meta_is_sane(const uint8_t *data, size_t len)
{
	if (len < 2 || len > CONTAINER_META_MAX || data[0] != '{' || data[len - 1] != '}')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (data[i] < 0x20 || data[i] == 0x7f)
			return false;
	}
	return true;
}

static int
make_begin(struct make *m)
{
	struct container_to to = {.kind = BACKUP_KIND,
	    .recipient = m->order->recipient,
	    .recipient_count = m->order->recipient_count,
	    .passphrase = m->order->passphrase};
	const uint8_t *data;
	size_t len = 0;
	int r = make_receive(m, &data, &len);

	if (r < 0)
		return r;
	if (r != STREAM_META || !make_meta_is_sane(data, len))
		return make_fail(m, SKS_PROTOCOL, "who copies the store sent nonsense");
	m->made->meta = strndup((const char *)data, len);
	if (m->made->meta == NULL)
		return SKS_NOMEM;
	to.meta = m->made->meta;
	r = container_create(m->file, &to, &m->writer);
	if (r != SKS_OK)
		return make_fail(m, r, "cannot begin the backup: %s", error_text(r));
	return SKS_OK;
}

static int
make_take_all(struct make *m)
{
	const uint8_t *data;
	size_t len = 0;
	int kind;

	while ((kind = make_receive(m, &data, &len)) == STREAM_DATA) {
		int r = container_write(m->writer, data, len);

		if (r != SKS_OK)
			return make_fail(m, r, "cannot write the backup: %s", error_text(r));
	}
	if (kind < 0)
		return kind;
	return kind == STREAM_END
		   ? SKS_OK
		   : make_fail(m, SKS_PROTOCOL, "who copies the store sent nonsense");
}

/* ---- the signature ----------------------------------------------------------------------- */

static int
make_sign(void *ctx, const char *text, size_t len, struct buf *note)
{
	return note_sign(ctx, 0, text, len, note);
}

/* A host that has no log key yet has a backup without signature. The key is the first line. */
static int
make_read_key(struct make *m, struct note_skey *key, bool *have)
{
	const char *path = m->order->log_key;
	struct secret text = SECRET_INIT;
	struct buf file;
	size_t len = 0;
	int r;

	*have = false;
	if (path == NULL)
		return SKS_OK;
	buf_init(&file, LOG_KEY_MAX);
	r = safeopen_slurp(path, geteuid(), 0600, &file, m->why, m->why_size);
	while (r == SKS_OK && len < file.len && file.data[len] != '\n')
		len++;
	if (r == SKS_OK && (secret_set(&text, file.data, len) != SKS_OK ||
			       note_skey_parse(&text, key) != SKS_OK))
		r = make_fail(m, SKS_INVALID, "%s holds no log key", path);
	*have = r == SKS_OK;
	buf_clear(&file);
	secret_clear(&text);
	return r == SKS_NOT_FOUND ? SKS_OK : r;
}

static int
make_end(struct make *m)
{
	struct note_skey key;
	bool have = false;
	int r = make_read_key(m, &key, &have);

	if (r != SKS_OK)
		return r;
	r = container_finish(m->writer, have ? make_sign : NULL, &key, &m->made->sum);
	m->made->is_signed = have;
	if (have)
		note_skey_clear(&key);
	return r == SKS_OK ? r : make_fail(m, r, "cannot write the backup: %s", error_text(r));
}

int
backup_make(int fd, uint32_t run, const struct backup_order *order, struct backup_made *made,
    char *why, size_t why_size)
{
	struct make *m = calloc(1, sizeof(*m));
	char part[BACKUP_PATH_SIZE] = "", dir[BACKUP_PATH_SIZE] = "";
	int r;

	memset(made, 0, sizeof(*made));
	(void)snprintf(why, why_size, "%s", "");
	if (m == NULL)
		return SKS_NOMEM;
	*m = (struct make){.fd = fd,
	    .run = run,
	    .order = order,
	    .made = made,
	    .file = -1,
	    .why = why,
	    .why_size = why_size};
	r = make_open(m, part, dir);
	if (r == SKS_OK)
		r = make_begin(m);
	if (r == SKS_OK)
		r = make_take_all(m);
	if (r == SKS_OK)
		r = make_end(m);
	if (r == SKS_OK)
		r = make_publish(m, part, dir);
	container_writer_free(m->writer);
	if (m->file >= 0)
		close(m->file);
	if (r != SKS_OK) {
		if (m->file >= 0)
			(void)unlink(part);
		free(made->meta);
		made->meta = NULL;
	}
	if (r != SKS_OK && why[0] == '\0')
		(void)snprintf(why, why_size, "%s", error_text(r));
	free(m);
	return r;
}

void
backup_drain(int fd, uint32_t run)
{
	static uint8_t message[STREAM_MESSAGE_MAX];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, DRAIN_SILENCE_MS) > 0) {
		ssize_t n = recv(fd, message, sizeof(message), MSG_DONTWAIT);
		struct buf in;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return;
		buf_init_read(&in, message, (size_t)n);
		if (buf_get_u32(&in) != run)
			continue;
		n = buf_get_u8(&in);
		if (n == STREAM_END || n == STREAM_FAILED)
			return;
	}
}
