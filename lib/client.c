#include "client.h"

#include "clock.h"
#include "error.h"
#include "protocol.h"
#include "safeopen.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct call {
	int fd;
	int64_t deadline_ms; /* CLOCK_MONOTONIC */
};

/* Milliseconds left, never negative. */
static int
client_left_ms(const struct call *c)
{
	int64_t left = c->deadline_ms - clock_monotonic_ms();

	if (left <= 0)
		return 0;
	return left > 1000000 ? 1000000 : (int)left;
}

/* One deadline for the whole call: a server that drips a byte now and then gains nothing. */
static int
client_wait(const struct call *c, short events)
{
	struct pollfd p = {.fd = c->fd, .events = events};

	for (;;) {
		int left = client_left_ms(c);
		int n;

		if (left == 0)
			return SKS_TIMEOUT;
		n = poll(&p, 1, left);
		if (n > 0)
			return SKS_OK;
		if (n < 0 && errno != EINTR)
			return SKS_IO;
	}
}

/* Who may serve: root, and whoever owns the socket's directory, who could put another there. */
struct trust {
	uid_t socket, directory;
};

static int
client_look(const char *path, struct trust *trust)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');
	struct stat st, above;
	size_t len;

	if (path[0] != '/' || slash == NULL || slash == path)
		return SKS_UNTRUSTED;
	len = (size_t)(slash - path);
	if (len >= sizeof(dir))
		return SKS_TOO_BIG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	/* not through a link: its target may be anybody's */
	if (lstat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? SKS_UNREACHABLE : SKS_IO;
	if (!S_ISSOCK(st.st_mode))
		return SKS_UNTRUSTED;
	if (stat(dir, &above) != 0)
		return SKS_IO;
	trust->socket = st.st_uid;
	trust->directory = above.st_uid;
	if (st.st_uid != 0 && st.st_uid != above.st_uid)
		return SKS_UNTRUSTED;
	if (safeopen_path_is_secure(path, above.st_uid, NULL, 0) != SKS_OK)
		return SKS_UNTRUSTED;
	return SKS_OK;
}

/*
 * Blocking, with a send timeout: a full backlog then waits in the kernel. A non-blocking
 * connect would say EAGAIN at once, and could only be tried again and again.
 */
static int
client_connect(struct call *c, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return SKS_TOO_BIG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	for (;;) {
		int left = client_left_ms(c);
		struct timeval tv = {
		    .tv_sec = left / 1000, .tv_usec = (suseconds_t)(left % 1000) * 1000};

		if (left == 0)
			return SKS_TIMEOUT;
		if (setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) != 0)
			return SKS_IO;
		if (connect(c->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return SKS_OK;
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
			return SKS_TIMEOUT;
		case ENOENT:
		case ENOTDIR:
		case ECONNREFUSED:
			return SKS_UNREACHABLE;
		case EPROTOTYPE:
			return SKS_UNTRUSTED;
		default:
			return SKS_IO;
		}
	}
}

static int
client_check_server(const struct call *c, const struct trust *trust)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof(peer))
		return SKS_UNTRUSTED;
	if (peer.uid == 0 || peer.uid == trust->socket || peer.uid == trust->directory)
		return SKS_OK;
	return SKS_UNTRUSTED;
}

static int
client_send(const struct call *c, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		/* hung up on us: it was there, so this is no absence */
		if (n == 0 || errno != EAGAIN)
			return SKS_PROTOCOL;
		r = client_wait(c, POLLOUT);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

static int
client_receive(const struct call *c, uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(c->fd, data, len, MSG_DONTWAIT);
		int r;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN)
			return SKS_PROTOCOL; /* the end before the end */
		r = client_wait(c, POLLIN);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

/* What came behind the reply. Its end is not waited for: that would let the server stall us. */
static int
client_check_trailing(const struct call *c)
{
	uint8_t byte;
	ssize_t n;

	do {
		n = recv(c->fd, &byte, sizeof(byte), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? SKS_PROTOCOL : SKS_OK;
}

/* The bytes of fields and payload behind a header that was accepted. */
static int
client_decode(struct buf *body, const struct frame *frame, const struct fields *rf, void *reply,
    struct buf *reply_payload)
{
	struct buf fields;

	buf_init_read(&fields, body->data, frame->fields_len);
	if (fields_decode(rf, &fields, reply) != SKS_OK)
		return SKS_PROTOCOL;
	if (frame->payload_len == 0)
		return SKS_OK;
	buf_put_bytes(reply_payload, body->data + frame->fields_len, frame->payload_len);
	return buf_error(reply_payload);
}

/* No byte of the body is read, and no memory taken, before the header's lengths are fine. */
static int
client_read_frame(const struct call *c, uint16_t type, const struct fields *rf, void *reply,
    struct buf *reply_payload, bool last)
{
	uint32_t payload_max = reply_payload == NULL ? 0 : PAYLOAD_MAX;
	uint8_t header[FRAME_HEADER_SIZE];
	struct frame frame;
	struct buf body;
	uint8_t *at;
	int r = client_receive(c, header, sizeof(header));

	if (r != SKS_OK)
		return r;
	if (frame_decode_header(header, &frame) != SKS_OK || frame.type != (type | MSG_REPLY))
		return SKS_PROTOCOL;
	if (frame.fields_len > REPLY_FIELDS_MAX || frame.payload_len > payload_max)
		return SKS_PROTOCOL;
	if (reply_payload != NULL &&
	    reply_payload->max - reply_payload->len < frame.payload_len)
		return SKS_PROTOCOL;
	buf_init(&body, REPLY_FIELDS_MAX + (size_t)PAYLOAD_MAX);
	at = buf_reserve(&body, (size_t)frame.fields_len + frame.payload_len);
	if (at == NULL && buf_error(&body) != SKS_OK) {
		r = buf_error(&body);
		goto out;
	}
	r = client_receive(c, at, body.len);
	if (r == SKS_OK && last)
		r = client_check_trailing(c);
	if (r == SKS_OK)
		r = client_decode(&body, &frame, rf, reply, reply_payload);
out:
	buf_clear(&body);
	return r;
}

static int
client_read_reply(const struct call *c, uint16_t type, const struct fields *rf, void *reply,
    struct buf *reply_payload)
{
	return client_read_frame(c, type, rf, reply, reply_payload, true);
}

/*
 * Connects first: the server wakes, and finds out who asks, while we look whether it may be
 * trusted. Nothing is sent before that, and what is wrong with the path counts more than that
 * nobody answers there.
 */
static int
client_exchange(const char *path, struct call *c, const struct buf *request)
{
	struct trust trust;
	int r, connected;

	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return SKS_IO;
	connected = client_connect(c, path);
	r = client_look(path, &trust);
	if (r == SKS_OK)
		r = connected;
	if (r == SKS_OK)
		r = client_check_server(c, &trust);
	if (r == SKS_OK)
		r = client_send(c, request->data, request->len);
	return r;
}

static int
client_ask(const char *path, struct call *c, uint16_t type, const struct buf *request,
    const struct fields *rf, void *reply, struct buf *reply_payload)
{
	int r = client_exchange(path, c, request);

	return r == SKS_OK ? client_read_reply(c, type, rf, reply, reply_payload) : r;
}

int
client_call(const char *socket_path, uint16_t type, const struct fields *f, const void *request,
    const void *payload, size_t payload_len, const struct fields *rf, void *reply,
    struct buf *reply_payload, int timeout_ms)
{
	struct call c = {.fd = -1, .deadline_ms = clock_monotonic_ms() + timeout_ms};
	struct buf out;
	int r;

	fields_clear(rf, reply);
	if (payload_len > PAYLOAD_MAX)
		return SKS_TOO_BIG;
	buf_init(&out, FRAME_HEADER_SIZE + (size_t)PAM_FIELDS_MAX + payload_len);
	frame_encode(&out, type, f, request, payload, payload_len);
	r = buf_error(&out);
	if (r == SKS_OK)
		r = client_ask(socket_path, &c, type, &out, rf, reply, reply_payload);
	if (c.fd >= 0)
		close(c.fd);
	buf_clear(&out);
	if (r != SKS_OK)
		fields_clear(rf, reply);
	return r;
}

/* ---- a line ---------------------------------------------------------------------------------
 */

void
client_line_init(struct client_line *line)
{
	*line = (struct client_line){.fd = -1};
}

static bool
line_is_ours(const struct client_line *line)
{
	struct stat st;

	return line->fd >= 0 && line->owner == getpid() && fstat(line->fd, &st) == 0 &&
	       S_ISSOCK(st.st_mode) && st.st_dev == line->device && st.st_ino == line->inode;
}

static void
line_keep(struct client_line *line, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		close(fd);
		return;
	}
	line->fd = fd;
	line->owner = getpid();
	line->device = st.st_dev;
	line->inode = st.st_ino;
}

/* Takes the line's socket, which is then the caller's; -1 where none stands. */
static int
line_take(struct client_line *line)
{
	int fd = line_is_ours(line) ? line->fd : -1;

	line->fd = -1;
	return fd;
}

void
client_hang_up(struct client_line *line)
{
	if (line_is_ours(line))
		close(line->fd);
	line->fd = -1;
}

/*
 * SKS_UNREACHABLE where the question was never read: nothing can be sent to a socket that is
 * closed (EPIPE), and one that is closed with something unread says so (ECONNRESET). One that
 * was read and not answered is an answer that is missing, as on any connection.
 */
static int
line_ask(struct call *c, uint16_t type, const struct buf *request, const struct fields *rf,
    void *reply)
{
	uint8_t byte;
	int r = client_send(c, request->data, request->len);

	if (r == SKS_PROTOCOL)
		return SKS_UNREACHABLE;
	if (r == SKS_OK)
		r = client_wait(c, POLLIN);
	if (r != SKS_OK)
		return r;
	if (recv(c->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    errno == ECONNRESET)
		return SKS_UNREACHABLE;
	return client_read_reply(c, type, rf, reply, NULL);
}

int
client_call_line(struct client_line *line, const char *socket_path, uint16_t type,
    const struct fields *f, const void *request, const struct fields *rf, void *reply,
    int timeout_ms)
{
	struct call c = {.deadline_ms = clock_monotonic_ms() + timeout_ms};
	struct buf out;
	int r;

	fields_clear(rf, reply);
	buf_init(&out, FRAME_HEADER_SIZE + (size_t)PAM_FIELDS_MAX);
	frame_encode(&out, type, f, request, NULL, 0);
	c.fd = line_take(line);
	r = buf_error(&out);
	if (r == SKS_OK && c.fd >= 0 &&
	    (r = line_ask(&c, type, &out, rf, reply)) == SKS_UNREACHABLE) {
		close(c.fd);
		c.fd = -1;
		r = SKS_OK;
	}
	if (r == SKS_OK && c.fd < 0)
		r = client_ask(socket_path, &c, type, &out, rf, reply, NULL);
	if (r == SKS_OK && line->stays)
		line_keep(line, c.fd);
	else if (c.fd >= 0)
		close(c.fd);
	buf_clear(&out);
	if (r != SKS_OK)
		fields_clear(rf, reply);
	return r;
}

int
client_tell_line(struct client_line *line, uint16_t type)
{
	static const struct fields nothing = {NULL, 0, 0};
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct buf frame;
	ssize_t n;
	int fd = line_take(line);

	if (fd < 0)
		return SKS_UNREACHABLE;
	buf_init_fixed(&frame, bytes, sizeof(bytes));
	frame_encode(&frame, type, &nothing, NULL, NULL, 0);
	n = send(fd, frame.data, frame.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
	return n == (ssize_t)sizeof(bytes) ? SKS_OK : SKS_UNREACHABLE;
}

int
client_open(const char *socket_path, uint16_t type, const struct fields *f,
    const void *request, int timeout_ms, int *fd)
{
	struct call c = {.fd = -1, .deadline_ms = clock_monotonic_ms() + timeout_ms};
	struct buf out;
	int r;

	buf_init(&out, FRAME_HEADER_SIZE + (size_t)PAM_FIELDS_MAX);
	frame_encode(&out, type, f, request, NULL, 0);
	r = buf_error(&out);
	if (r == SKS_OK)
		r = client_exchange(socket_path, &c, &out);
	buf_clear(&out);
	if (r != SKS_OK && c.fd >= 0) {
		close(c.fd);
		c.fd = -1;
	}
	*fd = c.fd;
	return r;
}

int
client_next(int fd, uint16_t type, const struct fields *rf, void *reply, int timeout_ms)
{
	struct call c = {.fd = fd, .deadline_ms = clock_monotonic_ms() + timeout_ms};
	uint8_t byte;
	ssize_t n;
	int r;

	fields_clear(rf, reply);
	n = recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return SKS_UNREACHABLE;
	r = client_read_frame(&c, type, rf, reply, NULL, false);
	if (r != SKS_OK)
		fields_clear(rf, reply);
	return r;
}
