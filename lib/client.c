#include "client.h"

#include "clock.h"
#include "dial.h"
#include "error.h"
#include "protocol.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What came behind the reply. Its end is not waited for: that would let the server stall us. */
static int
client_check_trailing(const struct dial *c)
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
client_read_frame(const struct dial *c, uint16_t type, const struct fields *rf, void *reply,
    struct buf *reply_payload, bool last)
{
	uint32_t payload_max = reply_payload == NULL ? 0 : PAYLOAD_MAX;
	uint8_t header[FRAME_HEADER_SIZE];
	struct frame frame;
	struct buf body;
	uint8_t *at;
	int r = dial_receive(c, header, sizeof(header));

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
	r = dial_receive(c, at, body.len);
	if (r == SKS_OK && last)
		r = client_check_trailing(c);
	if (r == SKS_OK)
		r = client_decode(&body, &frame, rf, reply, reply_payload);
out:
	buf_clear(&body);
	return r;
}

static int
client_read_reply(const struct dial *c, uint16_t type, const struct fields *rf, void *reply,
    struct buf *reply_payload)
{
	return client_read_frame(c, type, rf, reply, reply_payload, true);
}

/* Nothing is sent before it is known who serves. */
static int
client_exchange(const char *path, struct dial *c, const struct buf *request)
{
	int r = dial_server(c, path);

	return r == SKS_OK ? dial_send(c, request->data, request->len) : r;
}

static int
client_ask(const char *path, struct dial *c, uint16_t type, const struct buf *request,
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
	struct dial c = {.fd = -1, .deadline_ms = clock_monotonic_ms() + timeout_ms};
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

/* Below 3 stand the standard streams: what a host program without one of them prints is not for us. */
static void
line_keep(struct client_line *line, int fd)
{
	struct stat st;

	if (fd <= STDERR_FILENO || fstat(fd, &st) != 0) {
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
line_ask(struct dial *c, uint16_t type, const struct buf *request, const struct fields *rf,
    void *reply)
{
	uint8_t byte;
	int r = dial_send(c, request->data, request->len);

	if (r == SKS_PROTOCOL)
		return SKS_UNREACHABLE;
	if (r == SKS_OK)
		r = dial_wait(c, POLLIN);
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
	struct dial c = {.deadline_ms = clock_monotonic_ms() + timeout_ms};
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
	struct dial c = {.fd = -1, .deadline_ms = clock_monotonic_ms() + timeout_ms};
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
	struct dial c = {.fd = fd, .deadline_ms = clock_monotonic_ms() + timeout_ms};
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
