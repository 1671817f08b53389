#include "report/hostlogs.h"

#include "buf.h"
#include "error.h"
#include "safeopen.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What group utmp writes into wtmp it writes everywhere; nobody but root writes the kernel's
 * audit. */
enum { WTMP_MODE = 0664, AUDIT_MODE = 0644 };
enum { MESSAGE_MAX = 1024, SENT_MAX = 2 * HOSTLOG_FILES_MAX };

/* ---- opening
 * ---------------------------------------------------------------------------------- */

void
hostlogs_init(struct hostlogs *h)
{
	memset(h, 0, sizeof(*h));
}

static void
hostlog_close(struct hostlog *l)
{
	while (l->count > 0)
		(void)close(l->fd[--l->count]);
}

void
hostlogs_close(struct hostlogs *h)
{
	hostlog_close(&h->wtmp);
	hostlog_close(&h->audit);
	hostlogs_init(h);
}

/* One more, unless it is the one before under its new name. */
static void
hostlog_add(struct hostlog *l, int fd)
{
	struct stat st, before;

	if (fstat(fd, &st) != 0 ||
	    (l->count > 0 && fstat(l->fd[l->count - 1], &before) == 0 &&
		st.st_ino == before.st_ino && st.st_dev == before.st_dev)) {
		(void)close(fd);
		return;
	}
	l->fd[l->count] = fd;
	l->size[l->count++] = st.st_size;
}

/* The newest first, so that one that is moved away meanwhile shows up twice and not never. */
void
hostlog_open(struct hostlog *l, const char *path, uid_t owner, mode_t mode)
{
	char name[4200];

	memset(l, 0, sizeof(*l));
	for (int i = 0; i < HOSTLOG_FILES_MAX; i++) {
		int fd;

		(void)snprintf(name, sizeof(name), i > 0 ? "%s.%d" : "%s", path, i);
		fd = safeopen_read(name, owner, mode, l->why, sizeof(l->why));
		if (fd == SKS_NOT_FOUND)
			break;
		if (fd < 0) {
			hostlog_close(l);
			l->state = HOSTLOG_REFUSED;
			return;
		}
		hostlog_add(l, fd);
	}
	l->why[0] = '\0';
	l->state = l->count > 0 ? HOSTLOG_OPEN : HOSTLOG_ABSENT;
}

void
hostlogs_open(struct hostlogs *h)
{
	hostlog_open(&h->wtmp, HOSTLOGS_WTMP, 0, WTMP_MODE);
	hostlog_open(&h->audit, HOSTLOGS_AUDIT, 0, AUDIT_MODE);
}

void
hostlogs_open_beside(struct hostlogs *h, const char *dir, uid_t owner)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/wtmp", dir);
	hostlog_open(&h->wtmp, path, owner, WTMP_MODE);
	(void)snprintf(path, sizeof(path), "%s/audit.log", dir);
	hostlog_open(&h->audit, path, owner, AUDIT_MODE);
}

/* ---- handing over
 * ----------------------------------------------------------------------------- */

union control {
	char space[CMSG_SPACE(SENT_MAX * sizeof(int))];
	struct cmsghdr align;
};

static void
message_put(struct buf *b, const struct hostlog *l)
{
	buf_put_u8(b, (uint8_t)l->state);
	buf_put_u8(b, (uint8_t)l->count);
	buf_put_str(b, l->why);
}

int
hostlogs_send(int fd, uint32_t run, const struct hostlogs *h)
{
	uint8_t data[MESSAGE_MAX];
	union control control = {0};
	struct iovec text = {.iov_base = data};
	struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1};
	size_t count = h->wtmp.count + h->audit.count;
	struct cmsghdr *c;
	struct buf b;

	buf_init_fixed(&b, data, sizeof(data));
	buf_put_u32(&b, run);
	message_put(&b, &h->wtmp);
	message_put(&b, &h->audit);
	if (buf_error(&b) != SKS_OK)
		return SKS_IO;
	text.iov_len = b.len;
	if (count > 0) {
		m.msg_control = control.space;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), h->wtmp.fd, h->wtmp.count * sizeof(int));
		memcpy(CMSG_DATA(c) + h->wtmp.count * sizeof(int), h->audit.fd,
		    h->audit.count * sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)b.len ? SKS_OK
									      : SKS_UNREACHABLE;
}

struct received {
	uint8_t data[MESSAGE_MAX];
	size_t len;
	int fd[SENT_MAX];
	size_t count;
};

/* 1 or 0: nothing there; what came with it is ours to close in any case. */
static int
message_take(int fd, struct received *r)
{
	union control control = {0};
	struct iovec text = {.iov_base = r->data, .iov_len = sizeof(r->data)};
	struct msghdr m = {.msg_iov = &text,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c;
	ssize_t n;

	r->count = 0;
	do {
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	r->len = (size_t)n;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		r->count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(r->fd, CMSG_DATA(c), r->count * sizeof(int));
	}
	return 1;
}

static bool
is_plain(int fd, int64_t *size)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || fstat(fd, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	*size = st.st_size;
	return true;
}

/* Takes its share of the descriptors; *at is behind it then. */
static bool
message_get(struct buf *b, struct hostlog *l, const struct received *r, size_t *at)
{
	uint8_t state = buf_get_u8(b), count = buf_get_u8(b);

	buf_get_str(b, l->why, sizeof(l->why));
	if (buf_error(b) != SKS_OK || state > HOSTLOG_OPEN || count > HOSTLOG_FILES_MAX ||
	    count > r->count - *at || (state == HOSTLOG_OPEN) != (count > 0))
		return false;
	l->state = (enum hostlog_state)state;
	for (size_t i = 0; i < count; i++) {
		if (!is_plain(r->fd[*at + i], &l->size[i]))
			return false;
		l->fd[i] = r->fd[*at + i];
	}
	l->count = count;
	*at += count;
	return true;
}

int
hostlogs_receive(int fd, uint32_t run, struct hostlogs *h)
{
	struct received r;
	struct buf b;
	size_t at = 0;

	hostlogs_init(h);
	while (message_take(fd, &r)) {
		buf_init_read(&b, r.data, r.len);
		if (buf_get_u32(&b) == run && buf_error(&b) == SKS_OK) {
			if (message_get(&b, &h->wtmp, &r, &at) &&
			    message_get(&b, &h->audit, &r, &at) && buf_end(&b) == SKS_OK &&
			    at == r.count)
				return SKS_OK;
			hostlogs_init(h); /* the descriptors are closed here, once */
			at = SENT_MAX;
		}
		while (r.count > 0)
			(void)close(r.fd[--r.count]);
		if (at == SENT_MAX)
			return SKS_PROTOCOL;
	}
	return SKS_NOT_FOUND;
}

/* ---- reading
 * ---------------------------------------------------------------------------------- */

/* Where the file begins that is read now: the oldest one not at its first byte, where there is
 * too much. */
static void
reader_enter(struct hostlog_reader *r, int64_t from)
{
	r->at = from;
	r->end = r->left > 0 ? r->log->size[r->left - 1] : 0;
	r->begun = true;
	r->middle = from > 0;
}

void
hostlog_reader_init(struct hostlog_reader *r, const struct hostlog *log, int64_t most)
{
	int64_t room = most;

	*r = (struct hostlog_reader){.log = log};
	while (r->left < log->count && room > 0)
		room -= log->size[r->left++];
	r->cut = r->left < log->count || room < 0;
	reader_enter(r, room < 0 ? -room : 0);
}

bool
hostlog_more(struct hostlog_reader *r)
{
	while (r->left > 0 && r->at >= r->end) {
		r->left--;
		reader_enter(r, 0);
	}
	return r->left > 0;
}

size_t
hostlog_read(struct hostlog_reader *r, void *to, size_t size)
{
	int64_t left = r->end - r->at;
	ssize_t n;

	do {
		n = pread(r->log->fd[r->left - 1], to,
		    (int64_t)size < left ? size : (size_t)left, r->at);
	} while (n < 0 && errno == EINTR);
	r->cut |= n < 0;
	r->at = n > 0 ? r->at + n : r->end;
	r->begun = false;
	return n > 0 ? (size_t)n : 0;
}
