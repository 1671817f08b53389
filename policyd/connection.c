/*
 * Connections: bytes in under deadlines and caps, a job out of a complete request, the reply.
 *
 * A connection carries one request and one reply, and for the module one more pair, or the word
 * that it needs none, where the next question follows at once (stay.h). It is capped per uid, must have
 * sent its request within a deadline and must read its reply within another; a malformed one
 * loses its connection and nothing else. What was refused is counted, and the keeper records the
 * counts.
 */
#include "error.h"
#include "log.h"
#include "loop.h"
#include "stay.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REQUEST_DEADLINE_MS = 3000,
	REPLY_DEADLINE_MS = 3000,
	ACCEPT_MAX = 64,
};

/* ---- life and death ---------------------------------------------------------------------- */

void
connection_end(struct server *s, struct connection *c)
{
	stay_drop(s, c, false);
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	s->connection_count--;
	s->user_connection_count -= c->uid != 0;
	if (c->fd >= 0)
		(void)close(c->fd); /* also leaves the epoll */
	buf_clear(&c->in);
	buf_clear(&c->out);
	peer_clear(&c->peer);
	job_free(c->job);
	c->job = NULL;
	c->kind = SOURCE_GONE;
	c->next = s->gone_connections;
	s->gone_connections = c;
}

void
connection_bury(struct server *s)
{
	struct connection *c;

	while ((c = s->gone_connections) != NULL) {
		s->gone_connections = c->next;
		free(c);
	}
}

/* For one event, see connection_event(). Most send and read so soon that epoll never hears of them. */
static int
connection_await(struct server *s, struct connection *c, uint32_t events)
{
	int op = c->polled ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	c->polled = c->awaited = true;
	return loop_poll(s, op, c->fd, events | EPOLLONESHOT, c);
}

void
loop_refused(struct server *s, enum refused_input why)
{
	s->refused_input[why]++;
}

static size_t
connections_of(const struct server *s, uint32_t uid)
{
	size_t n = 0;

	for (const struct connection *c = s->connections; c != NULL; c = c->next)
		n += c->uid == uid;
	return n;
}

/* A user may have thousands of uids (subordinate ones): together they leave room for root. */
static bool
is_crowded(const struct server *s, uint32_t uid)
{
	size_t max = s->connections_max / 4 < CONNECTIONS_USERS ? s->connections_max / 4
								: CONNECTIONS_USERS;

	if (uid == 0)
		return false;
	return s->user_connection_count >= max || connections_of(s, uid) >= CONNECTIONS_PER_UID;
}

/* ---- a request comes in ------------------------------------------------------------------ */

/* 1: header complete, 0: more to come, -1: give up. */
static int
read_header(struct connection *c)
{
	ssize_t n =
	    recv(c->fd, c->header + c->header_len, sizeof(c->header) - c->header_len, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	c->header_len += (size_t)n;
	return c->header_len == sizeof(c->header);
}

static int
read_body(struct connection *c)
{
	size_t want = (size_t)c->frame.fields_len + c->frame.payload_len;

	while (c->in.len < want) {
		uint8_t chunk[16384];
		size_t left = want - c->in.len;
		ssize_t n = recv(c->fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk), 0);

		if (n > 0)
			buf_put_bytes(&c->in, chunk, (size_t)n);
		explicit_bzero(chunk, n > 0 ? (size_t)n : 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0 || buf_error(&c->in) != SKS_OK)
			return -1;
	}
	return 1;
}

static bool
connection_identify(struct server *s, struct connection *c)
{
	c->identified = peer_identify(c->fd, &c->peer) == SKS_OK;
	if (!c->identified)
		loop_refused(s, REFUSED_UNPERMITTED);
	return c->identified;
}

static void connection_reply(struct server *s, struct connection *c);

static void
request_complete(struct server *s, struct connection *c)
{
	struct job *job;

	if (c->frame.type == MSG_TAKEN) {
		stay_taken(s, c);
		return;
	}
	if (stay_answer(s, c)) {
		connection_reply(s, c);
		return;
	}
	job = job_new(s, c);
	buf_clear(&c->in);
	buf_init(&c->in, 0);
	if (job == NULL) {
		loop_refused(s, REFUSED_MALFORMED);
		connection_end(s, c);
		return;
	}
	if (!c->identified && !connection_identify(s, c)) {
		job_free(job);
		connection_end(s, c);
		return;
	}
	stay_asked(s, c, job);
	job->peer = c->peer;
	c->peer.pidfd = -1; /* now the job's */
	c->job = job;
	c->reading = false;
	c->deadline_ms = 0;
	loop_ready(s, job); /* not awaited: whether the peer still waits is asked in the turn */
}

static void
connection_readable(struct server *s, struct connection *c)
{
	int r;

	if (c->header_len < sizeof(c->header)) {
		if ((r = read_header(c)) == 0)
			return;
		if (r < 0 || job_check_header(s, c) != SKS_OK) {
			if (r < 0 && c->header_len > 0)
				loop_refused(s, REFUSED_MALFORMED);
			connection_end(s, c);
			return;
		}
	}
	if ((r = read_body(c)) == 0)
		return;
	if (r < 0) {
		loop_refused(s, REFUSED_MALFORMED);
		connection_end(s, c);
		return;
	}
	request_complete(s, c);
}

int
loop_check_peer(const struct job *job)
{
	char byte;
	ssize_t n = recv(job->connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n > 0)
		return SKS_INVALID;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return SKS_OK;
	return SKS_UNREACHABLE;
}

/*
 * Who connects has mostly sent by now: reading at once saves a turn around the loop. Our module
 * connects while it still looks whether we can be trusted; that time serves to find out who it
 * is. Others are looked at when their request is there: before, it would be for nothing.
 */
static void
accept_one(struct server *s, int fd, bool from_root_socket)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct connection *c = NULL;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		goto refuse;
	if (from_root_socket && cred.uid != 0) {
		loop_refused(s, REFUSED_UNPERMITTED);
		goto refuse;
	}
	if (s->connection_count >= s->connections_max || is_crowded(s, cred.uid)) {
		loop_refused(s, REFUSED_TOO_MANY);
		goto refuse;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		goto refuse;
	c->kind = SOURCE_CONNECTION;
	c->fd = fd;
	c->uid = cred.uid;
	c->from_root_socket = from_root_socket;
	c->peer.pidfd = -1;
	c->reading = true;
	c->deadline_ms = clock_monotonic_ms() + REQUEST_DEADLINE_MS;
	buf_init(&c->in, PAM_FIELDS_MAX + POLICY_BUNDLE_MAX);
	buf_init(&c->out, REPLY_FIELDS_MAX + PAYLOAD_MAX + FRAME_HEADER_SIZE);
	c->next = s->connections;
	c->link = &s->connections;
	if (c->next != NULL)
		c->next->link = &c->next;
	s->connections = c;
	s->connection_count++;
	s->user_connection_count += c->uid != 0;
	if (from_root_socket && !connection_identify(s, c)) {
		connection_end(s, c);
		return;
	}
	connection_readable(s, c);
	if (c->kind != SOURCE_GONE && c->reading && connection_await(s, c, EPOLLIN) != SKS_OK)
		connection_end(s, c);
	return;
refuse:
	(void)close(fd);
}

void
connection_accept(struct server *s, int index)
{
	struct pollfd listener = {.fd = s->listener[index], .events = POLLIN};

	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd;

		/* asking whether there is another is cheaper than not getting it */
		if (i > 0 && poll(&listener, 1, 0) <= 0)
			return;
		fd = accept4(s->listener[index], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return; /* EAGAIN, or out of descriptors: the next turn frees some */
		accept_one(s, fd, index == LISTEN_PAM);
	}
}

/* ---- the reply goes out ------------------------------------------------------------------ */

static void
connection_writable(struct server *s, struct connection *c)
{
	while (c->out.pos < c->out.len) {
		ssize_t n = send(
		    c->fd, c->out.data + c->out.pos, c->out.len - c->out.pos, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			(void)connection_await(s, c, EPOLLOUT);
			return;
		}
		if (n <= 0)
			break;
		c->out.pos += (size_t)n;
	}
	if (c->out.pos < c->out.len || !stay_is_due(c)) {
		connection_end(s, c);
		return;
	}
	stay_begin(c);
	if (connection_await(s, c, EPOLLIN) != SKS_OK)
		connection_end(s, c);
}

/* What is in c->out. */
static void
connection_reply(struct server *s, struct connection *c)
{
	c->reading = false;
	c->answering = true;
	c->deadline_ms = clock_monotonic_ms() + REPLY_DEADLINE_MS;
	connection_writable(s, c);
}

/* A reply that is held is small: where it does not go out at once, nobody reads it. */
static void
connection_hand_over(struct server *s, struct connection *c)
{
	ssize_t n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n == (ssize_t)c->out.len) {
		if (c->polled) /* from now on somebody else's */
			(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->fd, NULL);
		if (runs_take(s, c->job, c->fd) != SKS_OK)
			log_warn("a command under sudo cannot be watched; its plugin asks again");
		c->fd = -1;
	}
	connection_end(s, c);
}

void
loop_answer(struct server *s, struct job *job)
{
	struct connection *c = job->connection;

	frame_encode(&c->out, (uint16_t)(job->kind->type | MSG_REPLY), job->kind->reply_fields,
	    (const char *)job + job->kind->reply, job->reply_payload.data,
	    job->reply_payload.len);
	if (buf_error(&c->out) != SKS_OK) {
		log_error("a reply could not be encoded: %s", error_text(buf_error(&c->out)));
		connection_end(s, c);
		return;
	}
	if (job->kind->type == MSG_SUDO && job->sudo_reply.held) {
		connection_hand_over(s, c);
		return;
	}
	connection_reply(s, c);
}

void
loop_drop(struct server *s, struct job *job)
{
	connection_end(s, job->connection);
}

/* ---- events -------------------------------------------------------------------------------
 */

void
connection_event(struct server *s, struct connection *c, uint32_t events)
{
	c->awaited = false;
	if (c->reading && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		connection_readable(s, c);
	else if (c->answering)
		connection_writable(s, c);
	if (c->kind != SOURCE_GONE && c->reading && !c->awaited &&
	    connection_await(s, c, EPOLLIN) != SKS_OK)
		connection_end(s, c);
}

void
connection_expire(struct server *s, int64_t now)
{
	struct connection *next;

	for (struct connection *c = s->connections; c != NULL; c = next) {
		next = c->next;
		if (c->deadline_ms != 0 && c->deadline_ms <= now) {
			if (c->reading && !c->stayed)
				loop_refused(s, REFUSED_MALFORMED);
			connection_end(s, c);
		}
	}
}

int64_t
connection_next_deadline(const struct server *s, int64_t at)
{
	for (const struct connection *c = s->connections; c != NULL; c = c->next)
		if (c->deadline_ms != 0 && c->deadline_ms < at)
			at = c->deadline_ms;
	return at;
}

void
connection_close_all(struct server *s)
{
	while (s->connections != NULL)
		connection_end(s, s->connections);
	connection_bury(s);
}
