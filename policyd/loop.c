/*
 * Sockets, connections and deadlines. One thread; everything waits in one epoll.
 *
 * A connection carries one request and one reply. It is capped per uid, must have sent its
 * request within a deadline and must read its reply within another; a malformed one loses its
 * connection and nothing else. What was refused is counted, and the keeper records the counts.
 */
#include "error.h"
#include "log.h"
#include "server.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	REQUEST_DEADLINE_MS = 3000,
	REPLY_DEADLINE_MS = 3000,
	TICK_MS = 1000,
	EVENTS_MAX = 64,
	BACKLOG = 1024,
	WATCHES_MAX = 16384,
};

enum source_kind { SOURCE_LISTENER, SOURCE_CONNECTION, SOURCE_HELPER, SOURCE_WATCH };

struct connection {
	enum source_kind kind; /* first: epoll hands back a pointer to it */
	struct connection *next, **link;
	int fd;
	uint32_t uid;
	bool from_root_socket;
	bool reading, answering, dead;
	uint8_t header[FRAME_HEADER_SIZE];
	size_t header_len;
	struct frame frame;
	struct buf in, out;
	int64_t deadline_ms; /* 0: none while the request is decided */
	struct job *job;
};

struct watch {
	enum source_kind kind;
	struct watch *next;
	int pidfd;
	struct request session;
};

struct source {
	enum source_kind kind;
	int index;
};

static struct source listener_source[LISTEN_COUNT] = {
    {SOURCE_LISTENER, LISTEN_PAM}, {SOURCE_LISTENER, LISTEN_USER}};
static struct source helper_source[2] = {{SOURCE_HELPER, 0}, {SOURCE_HELPER, 1}};

/* ---- request table: who may send what, and how much ---------------------------------------
 */

static const struct request_row {
	uint16_t type;
	bool pam_socket, user_socket;
	uint32_t fields_max;
	uint32_t payload_max_root, payload_max_user;
	enum job_result (*prepare)(struct server *, struct job *);
	const struct fields *fields;
	size_t offset; /* of the decoded request in struct job */
} request_table[] = {
    {MSG_PAM, true, true, PAM_FIELDS_MAX, 0, 0, pam_prepare, &pam_request_fields,
	offsetof(struct job, pam)},
    {MSG_COMMAND, false, true, COMMAND_FIELDS_MAX, POLICY_BUNDLE_MAX, 0, command_prepare,
	&command_fields, offsetof(struct job, command)},
};

static const struct request_row *
request_row(uint16_t type)
{
	for (size_t i = 0; i < sizeof(request_table) / sizeof(request_table[0]); i++)
		if (request_table[i].type == type)
			return &request_table[i];
	return NULL;
}

/* ---- connections ----------------------------------------------------------------------------
 */

static void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	peer_clear(&job->peer);
	fields_clear(&pam_request_fields, &job->pam);
	fields_clear(&command_fields, &job->command);
	buf_clear(&job->payload);
	buf_clear(&job->reply_payload);
	policy_free(job->new_policy);
	free(job);
}

static void
connection_free(struct server *s, struct connection *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	s->connection_count--;
	(void)close(c->fd); /* also leaves the epoll */
	buf_clear(&c->in);
	buf_clear(&c->out);
	job_free(c->job);
	free(c);
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

static int
poll_set(struct server *s, int op, int fd, uint32_t events, void *source)
{
	struct epoll_event e = {.events = events, .data.ptr = source};

	return epoll_ctl(s->epoll, op, fd, &e) == 0 ? SKS_OK : SKS_IO;
}

static void connection_readable(struct server *s, struct connection *c);

/* Who connects has mostly sent by now: reading at once saves a turn around the loop. */
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
	if (s->connection_count >= CONNECTIONS_MAX ||
	    connections_of(s, cred.uid) >=
		(size_t)(cred.uid == 0 ? CONNECTIONS_ROOT : CONNECTIONS_PER_UID)) {
		loop_refused(s, REFUSED_TOO_MANY);
		goto refuse;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		goto refuse;
	c->kind = SOURCE_CONNECTION;
	c->fd = fd;
	c->uid = cred.uid;
	c->from_root_socket = from_root_socket;
	c->reading = true;
	c->deadline_ms = clock_monotonic_ms() + REQUEST_DEADLINE_MS;
	buf_init(&c->in, PAM_FIELDS_MAX + POLICY_BUNDLE_MAX);
	buf_init(&c->out, REPLY_FIELDS_MAX + PAYLOAD_MAX + FRAME_HEADER_SIZE);
	if (poll_set(s, EPOLL_CTL_ADD, fd, EPOLLIN, c) != SKS_OK) {
		free(c);
		goto refuse;
	}
	c->next = s->connections;
	c->link = &s->connections;
	if (c->next != NULL)
		c->next->link = &c->next;
	s->connections = c;
	s->connection_count++;
	connection_readable(s, c);
	return;
refuse:
	(void)close(fd);
}

static void
accept_all(struct server *s, int index)
{
	for (int i = 0; i < EVENTS_MAX; i++) {
		int fd = accept4(s->listener[index], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return; /* EAGAIN, or out of descriptors: the next turn frees some */
		accept_one(s, fd, index == LISTEN_PAM);
	}
}

/* ---- a request comes in
 * ---------------------------------------------------------------------- */

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
check_header(struct server *s, struct connection *c)
{
	const struct request_row *row;
	uint32_t payload_max;

	if (frame_decode_header(c->header, &c->frame) != SKS_OK ||
	    (row = request_row(c->frame.type)) == NULL) {
		loop_refused(s, REFUSED_MALFORMED);
		return SKS_INVALID;
	}
	if (!(c->from_root_socket ? row->pam_socket : row->user_socket)) {
		loop_refused(s, REFUSED_UNPERMITTED);
		return SKS_DENIED;
	}
	payload_max = c->uid == 0 ? row->payload_max_root : row->payload_max_user;
	if (c->frame.fields_len > row->fields_max || c->frame.payload_len > payload_max) {
		loop_refused(s, REFUSED_OVERSIZE);
		return SKS_TOO_BIG;
	}
	return SKS_OK;
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

static struct job *
job_new(struct server *s, struct connection *c)
{
	const struct request_row *row = request_row(c->frame.type);
	struct job *job = calloc(1, sizeof(*job));
	struct buf fields;

	if (job == NULL)
		return NULL;
	job->peer.pidfd = -1;
	job->connection = c;
	job->server = s;
	job->type = c->frame.type;
	job->from_root_socket = c->from_root_socket;
	job->arrived_ms = clock_monotonic_ms();
	job->password_status = 1;
	buf_init(&job->payload, POLICY_BUNDLE_MAX);
	buf_init(&job->reply_payload, PAYLOAD_MAX);
	buf_init_read(&fields, c->in.data, c->frame.fields_len);
	if (fields_decode(row->fields, &fields, (char *)job + row->offset) != SKS_OK) {
		job_free(job);
		return NULL;
	}
	if (c->frame.payload_len > 0)
		buf_put_bytes(
		    &job->payload, c->in.data + c->frame.fields_len, c->frame.payload_len);
	return job;
}

static void
request_complete(struct server *s, struct connection *c)
{
	struct job *job = job_new(s, c);

	buf_clear(&c->in);
	buf_init(&c->in, 0);
	if (job == NULL) {
		loop_refused(s, REFUSED_MALFORMED);
		connection_free(s, c);
		return;
	}
	if (peer_identify(c->fd, &job->peer) != SKS_OK) {
		loop_refused(s, REFUSED_UNPERMITTED);
		job_free(job);
		connection_free(s, c);
		return;
	}
	c->job = job;
	c->reading = false;
	c->deadline_ms = 0;
	(void)poll_set(s, EPOLL_CTL_MOD, c->fd, EPOLLRDHUP, c);
	loop_ready(s, job);
}

static void
connection_readable(struct server *s, struct connection *c)
{
	int r;

	if (c->header_len < sizeof(c->header)) {
		if ((r = read_header(c)) == 0)
			return;
		if (r < 0 || check_header(s, c) != SKS_OK) {
			if (r < 0 && c->header_len > 0)
				loop_refused(s, REFUSED_MALFORMED);
			connection_free(s, c);
			return;
		}
	}
	if ((r = read_body(c)) == 0)
		return;
	if (r < 0) {
		loop_refused(s, REFUSED_MALFORMED);
		connection_free(s, c);
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

/* ---- jobs
 * --------------------------------------------------------------------------------------- */

void
loop_ready(struct server *s, struct job *job)
{
	job->next = NULL;
	*s->ready_tail = job;
	s->ready_tail = &job->next;
}

static void
connection_writable(struct server *s, struct connection *c)
{
	while (c->out.pos < c->out.len) {
		ssize_t n = send(
		    c->fd, c->out.data + c->out.pos, c->out.len - c->out.pos, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			(void)poll_set(s, EPOLL_CTL_MOD, c->fd, EPOLLOUT, c);
			return;
		}
		if (n <= 0)
			break;
		c->out.pos += (size_t)n;
	}
	connection_free(s, c);
}

void
loop_answer(struct server *s, struct job *job)
{
	struct connection *c = job->connection;

	if (job->type == MSG_PAM)
		frame_encode(
		    &c->out, MSG_PAM | MSG_REPLY, &pam_reply_fields, &job->pam_reply, NULL, 0);
	else
		frame_encode(&c->out, MSG_COMMAND | MSG_REPLY, &command_reply_fields,
		    &job->command_reply, job->reply_payload.data, job->reply_payload.len);
	if (buf_error(&c->out) != SKS_OK) {
		log_error("a reply could not be encoded: %s", error_text(buf_error(&c->out)));
		connection_free(s, c);
		return;
	}
	c->answering = true;
	c->deadline_ms = clock_monotonic_ms() + REPLY_DEADLINE_MS;
	connection_writable(s, c);
}

void
loop_drop(struct server *s, struct job *job)
{
	connection_free(s, job->connection);
}

/* ---- session monitors
 * ------------------------------------------------------------------------------ */

int
loop_watch(struct server *s, int pidfd, const struct request *session)
{
	struct watch *w;

	if (s->watch_count >= WATCHES_MAX || (w = calloc(1, sizeof(*w))) == NULL) {
		(void)close(pidfd);
		return SKS_NOMEM;
	}
	w->kind = SOURCE_WATCH;
	w->pidfd = pidfd;
	w->session = *session;
	if (poll_set(s, EPOLL_CTL_ADD, pidfd, EPOLLIN, w) != SKS_OK) {
		(void)close(pidfd);
		free(w);
		return SKS_IO;
	}
	w->next = s->watches;
	s->watches = w;
	s->watch_count++;
	return SKS_OK;
}

void
loop_unwatch(struct server *s, uint32_t pid, uint64_t pid_start)
{
	for (struct watch **link = &s->watches; *link != NULL; link = &(*link)->next) {
		struct watch *w = *link;

		if (w->session.pid != pid || w->session.pid_start != pid_start)
			continue;
		*link = w->next;
		(void)close(w->pidfd);
		free(w);
		s->watch_count--;
		return;
	}
}

static void
process_gone(struct server *s, const struct watch *w)
{
	struct request session = w->session;

	loop_unwatch(s, session.pid, session.pid_start);
	if (keeper_process_gone(s, &session) != SKS_OK)
		log_warn("the end of a session could not be recorded");
}

/* ---- the loop
 * ----------------------------------------------------------------------------------------- */

static int
listen_on(struct server *s, int index, const char *name, mode_t mode)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd;

	if ((size_t)snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", s->options.run_dir,
		name) >= sizeof(a.sun_path))
		return SKS_TOO_BIG;
	(void)unlink(a.sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
		return SKS_IO;
	mode_t old = umask(0777 & ~mode);
	int r = bind(fd, (struct sockaddr *)&a, sizeof(a));
	(void)umask(old);
	if (r != 0 || chmod(a.sun_path, mode) != 0 || listen(fd, BACKLOG) != 0) {
		log_error("cannot listen on %s: %s", a.sun_path, strerror(errno));
		(void)close(fd);
		return SKS_IO;
	}
	s->listener[index] = fd;
	return poll_set(s, EPOLL_CTL_ADD, fd, EPOLLIN, &listener_source[index]);
}

int
loop_open(struct server *s)
{
	int r;

	s->ready_tail = &s->ready;
	if ((s->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return SKS_IO;
	if ((r = listen_on(s, LISTEN_PAM, "pam.sock", 0600)) != SKS_OK ||
	    (r = listen_on(s, LISTEN_USER, "user.sock", 0666)) != SKS_OK)
		return r;
	if (s->warden != NULL && (r = poll_set(s, EPOLL_CTL_ADD, helper_fd(s->warden), EPOLLIN,
				      &helper_source[0])) != SKS_OK)
		return r;
	if (s->worker != NULL && (r = poll_set(s, EPOLL_CTL_ADD, helper_fd(s->worker), EPOLLIN,
				      &helper_source[1])) != SKS_OK)
		return r;
	return SKS_OK;
}

static void
on_connection(struct server *s, struct connection *c, uint32_t events)
{
	if (c->reading && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		connection_readable(s, c);
	else if (c->answering)
		connection_writable(s, c);
	else if (c->job != NULL && (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)))
		c->dead = true; /* the turn drops the job unevaluated */
}

static void
on_event(struct server *s, const struct epoll_event *e)
{
	enum source_kind kind = *(enum source_kind *)e->data.ptr;

	if (kind == SOURCE_LISTENER) {
		accept_all(s, ((struct source *)e->data.ptr)->index);
	} else if (kind == SOURCE_CONNECTION) {
		on_connection(s, e->data.ptr, e->events);
	} else if (kind == SOURCE_WATCH) {
		process_gone(s, e->data.ptr);
	} else {
		bool warden = ((struct source *)e->data.ptr)->index == 0;
		struct helper *h = warden ? s->warden : s->worker;

		helper_readable(h);
		if (helper_is_dead(h)) {
			log_error("the %s ended: starting over", warden ? "warden" : "worker");
			s->stop = 1;
			s->exit_status =
			    75; /* EX_TEMPFAIL: the supervisor starts all of it again */
		}
	}
}

/* Connections whose time is up. A dead one that is not being decided goes too. */
static void
expire_connections(struct server *s, int64_t now)
{
	struct connection *next;

	for (struct connection *c = s->connections; c != NULL; c = next) {
		next = c->next;
		if (c->deadline_ms != 0 && c->deadline_ms <= now) {
			if (c->reading)
				loop_refused(s, REFUSED_MALFORMED);
			connection_free(s, c);
		}
	}
}

/* One level-triggered event for a gone peer would come for ever: stop asking for it. */
static void
quiet_dead(struct server *s)
{
	for (struct connection *c = s->connections; c != NULL; c = c->next)
		if (c->dead && c->job != NULL)
			(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->fd, NULL);
}

static int
next_timeout(const struct server *s, int64_t now, int64_t next_tick)
{
	int64_t at = next_tick;

	if (s->ready != NULL)
		return 0;
	for (const struct connection *c = s->connections; c != NULL; c = c->next)
		if (c->deadline_ms != 0 && c->deadline_ms < at)
			at = c->deadline_ms;
	if (s->waiting != NULL && now + 100 < at)
		at = now + 100;
	return at <= now ? 0 : (int)(at - now);
}

/* Those that waited try again; the turn refuses them when their patience is over. */
static void
wake_waiting(struct server *s)
{
	struct job *job, *next;

	for (job = s->waiting, s->waiting = NULL; job != NULL; job = next) {
		next = job->next;
		loop_ready(s, job);
	}
}

int
loop_run(struct server *s)
{
	struct epoll_event event[EVENTS_MAX];
	int64_t next_tick = clock_monotonic_ms() + TICK_MS;
	int r = SKS_OK;

	while (!s->stop && r == SKS_OK) {
		int64_t now = clock_monotonic_ms();
		int n =
		    epoll_wait(s->epoll, event, EVENTS_MAX, next_timeout(s, now, next_tick));

		if (n < 0 && errno != EINTR)
			return SKS_IO;
		for (int i = 0; i < n; i++)
			on_event(s, &event[i]);
		now = clock_monotonic_ms();
		expire_connections(s, now);
		quiet_dead(s);
		helper_expire(s->warden, now);
		helper_expire(s->worker, now);
		if (n == 0)
			wake_waiting(s);
		if (s->ready != NULL)
			r = turn_run(s);
		if (r == SKS_OK && store_checkpoint_due(s->store))
			r = store_checkpoint(s->store);
		if (r == SKS_OK && now >= next_tick) {
			next_tick = now + TICK_MS;
			r = keeper_tick(s);
		}
	}
	return r;
}

void
loop_close(struct server *s)
{
	while (s->connections != NULL)
		connection_free(s, s->connections);
	while (s->watches != NULL)
		loop_unwatch(s, s->watches->session.pid, s->watches->session.pid_start);
	for (int i = 0; i < LISTEN_COUNT; i++)
		if (s->listener[i] >= 0)
			(void)close(s->listener[i]);
	if (s->epoll >= 0)
		(void)close(s->epoll);
}
