/*
 * The daemon's end of a helper: a table of calls under way, found by id.
 *
 * A slot is FREE; WAITING with its message, until the socket takes it; SENT, until its answer;
 * LATE when its caller was told "timeout" but an answer may still come. Requests that do not
 * fit wait for an answer to make room, and each answer comes through helper_readable: so
 * nothing has to be polled for writing.
 */
#include "helper.h"

#include "clock.h"
#include "error.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STOP_MS = 2000,
	STOP_STEP_MS = 10,
	READS_MAX = 32, /* messages a round: others in the loop want their turn */
};

enum call_state { CALL_FREE, CALL_WAITING, CALL_SENT, CALL_LATE };

struct call {
	enum call_state state;
	uint32_t id;
	uint16_t type;
	uint64_t order;
	int64_t deadline_ms;
	helper_done *done;
	void *ctx;
	struct buf message; /* WAITING */
	struct buf payload; /* SENT: the parts so far */
};

struct helper {
	struct helper_options options;
	int fd;
	pid_t pid; /* 0: reaped */
	bool dead;
	uint64_t order;
	void *answer; /* decoded here */
	size_t used;  /* slots from here on have never been taken: the loop looks at all others
		       * several times for each login */
	struct call call[HELPER_CALLS_MAX];
	uint8_t data[HELPER_MESSAGE_MAX];
};

/* ---- starting and ending ----------------------------------------------------------------- */

/* In the child of a process without threads. Never returns. */
static void __attribute__((noreturn)) helper_exec(const struct helper_options *options, int end)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = {path, NULL};
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), shared = options->shared;

	for (int i = 1; i < NSIG; i++)
		(void)signal(
		    i, SIG_DFL); /* KILL, STOP and libc's own refuse: as it should be */
	sigemptyset(&none);
	/* Above all that is overwritten below, whatever numbers the parent had free. */
	end = fcntl(end, F_DUPFD_CLOEXEC, HELPER_SHARED_FD + 1);
	if (shared > 0)
		shared = fcntl(shared, F_DUPFD_CLOEXEC, HELPER_SHARED_FD + 1);
	if (null < 0 || end < 0 || shared < 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(end, HELPER_FD) < 0 ||
	    (shared > 0 && dup2(shared, HELPER_SHARED_FD) < 0) ||
	    close_range(shared > 0 ? HELPER_SHARED_FD + 1 : HELPER_FD + 1, ~0U, 0) != 0)
		_exit(126);
	execve(options->path, options->argv, env);
	_exit(127);
}

static int
helper_spawn(struct helper *h)
{
	int end[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0)
		return SKS_IO;
	/* Flags belong to the open file, and each end is one: the helper's stays blocking. */
	if (fcntl(end[0], F_SETFL, O_NONBLOCK) != 0 || (h->pid = fork()) < 0) {
		h->pid = 0;
		close(end[0]);
		close(end[1]);
		return SKS_IO;
	}
	if (h->pid == 0)
		helper_exec(&h->options, end[1]);
	close(end[1]);
	h->fd = end[0];
	return SKS_OK;
}

static struct helper *
helper_new(const struct helper_options *options)
{
	struct helper *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->fd = -1;
	h->options = *options;
	h->answer = calloc(1, options->answer->struct_size);
	if (h->answer != NULL)
		return h;
	free(h);
	return NULL;
}

int
helper_start(const struct helper_options *options, struct helper **out)
{
	struct helper *h;
	int r;

	*out = NULL;
	if (options->path[0] != '/')
		return SKS_INVALID;
	if (access(options->path, X_OK) != 0)
		return SKS_NOT_FOUND;
	if ((h = helper_new(options)) == NULL)
		return SKS_NOMEM;
	if ((r = helper_spawn(h)) != SKS_OK) {
		free(h->answer);
		free(h);
		return r;
	}
	*out = h;
	return SKS_OK;
}

/* Nothing of it is ours to reap: pid stays 0. */
int
helper_adopt(const struct helper_options *options, int fd, struct helper **out)
{
	struct helper *h = helper_new(options);

	*out = h;
	if (h == NULL)
		return SKS_NOMEM;
	h->fd = fd;
	return SKS_OK;
}

static void
helper_free_call(struct call *c)
{
	buf_clear(&c->message);
	buf_clear(&c->payload);
	*c = (struct call){.state = CALL_FREE};
}

/* The slot is free before the callback runs, which may want it. */
static void
helper_finish(struct call *c, int error, const void *answer, const struct buf *payload)
{
	helper_done *done = c->state == CALL_LATE ? NULL : c->done;
	void *ctx = c->ctx;

	helper_free_call(c);
	if (done != NULL)
		done(ctx, error, error == SKS_OK ? answer : NULL,
		    payload != NULL ? payload->data : NULL, payload != NULL ? payload->len : 0);
}

/* Says in the log how it ended; true when there is nothing left to reap. */
static bool
helper_reap(struct helper *h)
{
	int status;
	pid_t pid;

	if (h->pid == 0)
		return true;
	pid = waitpid(h->pid, &status, WNOHANG);
	if (pid == 0 || (pid < 0 && errno == EINTR))
		return false;
	h->pid = 0;
	if (pid > 0 && WIFSIGNALED(status))
		log_error("%s was ended by signal %d", h->options.name, WTERMSIG(status));
	else if (pid > 0 && WEXITSTATUS(status) != 0)
		log_error("%s ended with status %d", h->options.name, WEXITSTATUS(status));
	return true;
}

static void
helper_fail(struct helper *h, int error)
{
	if (h->dead)
		return;
	h->dead = true;
	log_error("%s: %s", h->options.name,
	    error == SKS_UNREACHABLE ? "has closed its socket" : error_text(error));
	(void)helper_reap(h);
	for (size_t i = 0; i < h->used; i++) {
		if (h->call[i].state != CALL_FREE)
			helper_finish(&h->call[i], error, NULL, NULL);
	}
}

void
helper_stop(struct helper **helper)
{
	struct helper *h = *helper;
	struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};

	if (h == NULL)
		return;
	*helper = NULL;
	close(h->fd);
	for (int waited = 0; !helper_reap(h); waited += STOP_STEP_MS) {
		/* Not permitted after a drop: then it is its own parent's death that ends it.
		 */
		if (waited >= STOP_MS && (kill(h->pid, SIGKILL) != 0 || waited >= 2 * STOP_MS))
			break;
		(void)nanosleep(&step, NULL);
	}
	h->dead = true;
	for (size_t i = 0; i < h->used; i++) {
		if (h->call[i].state != CALL_FREE)
			helper_finish(&h->call[i], SKS_CONFLICT, NULL, NULL);
	}
	explicit_bzero(h->answer, h->options.answer->struct_size);
	free(h->answer);
	explicit_bzero(h->data, sizeof(h->data));
	free(h);
}

/* ---- requests ---------------------------------------------------------------------------- */

static struct call *
helper_oldest_waiting(struct helper *h)
{
	struct call *oldest = NULL;

	for (size_t i = 0; i < h->used; i++) {
		struct call *c = &h->call[i];

		if (c->state == CALL_WAITING && (oldest == NULL || c->order < oldest->order))
			oldest = c;
	}
	return oldest;
}

/* Any failure but "not now" shows up as end of file, too, and is handled there. */
static void
helper_flush(struct helper *h)
{
	struct call *c;

	while (!h->dead && (c = helper_oldest_waiting(h)) != NULL) {
		ssize_t n =
		    send(h->fd, c->message.data, c->message.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		buf_clear(&c->message);
		c->state = CALL_SENT;
	}
}

static struct call *
helper_find(struct helper *h, uint32_t id)
{
	for (size_t i = 0; i < h->used; i++) {
		if (h->call[i].state != CALL_FREE && h->call[i].id == id)
			return &h->call[i];
	}
	return NULL;
}

static struct call *
helper_find_free(struct helper *h)
{
	for (size_t i = 0; i < h->used; i++) {
		if (h->call[i].state == CALL_FREE)
			return &h->call[i];
	}
	return h->used < HELPER_CALLS_MAX ? &h->call[h->used++] : NULL;
}

int
helper_send(struct helper *h, uint16_t type, const struct fields *f, const void *obj,
    const void *payload, size_t payload_len, helper_done *done, void *ctx, int64_t deadline_ms)
{
	struct call *c = helper_find_free(h);
	int r;

	if (h->dead)
		return SKS_UNREACHABLE;
	if (c == NULL)
		return SKS_FULL;
	*c = (struct call){.type = type, .done = done, .ctx = ctx, .deadline_ms = deadline_ms};
	c->order = ++h->order;
	c->id = (uint32_t)c->order;
	if (c->id == 0) /* reserved; comes once in four milliards */
		c->id = (uint32_t)(c->order = ++h->order);
	buf_init(&c->message, HELPER_MESSAGE_MAX);
	buf_init(&c->payload, HELPER_PAYLOAD_MAX);
	helper_encode(&c->message, c->id, type, f, obj, payload, payload_len);
	r = buf_error(&c->message);
	if (r != SKS_OK) {
		helper_free_call(c);
		return r;
	}
	c->state = CALL_WAITING;
	helper_flush(h);
	return SKS_OK;
}

/* ---- answers ----------------------------------------------------------------------------- */

/* One message of an answer. Anything but SKS_OK: the helper does not keep the protocol. */
static int
helper_take(struct helper *h, const struct helper_message *m)
{
	struct call *c = helper_find(h, m->id);
	struct buf fields = m->fields, payload;
	int r;

	/* An answer before the request is as wrong as one to a request that never was. */
	if (c == NULL || c->state == CALL_WAITING || c->type != m->type)
		return SKS_PROTOCOL;
	if (c->state == CALL_LATE) {
		if (!m->more)
			helper_free_call(c);
		return SKS_OK;
	}
	buf_put_bytes(&c->payload, m->payload.data, m->payload.len);
	if (buf_error(&c->payload) != SKS_OK)
		return SKS_PROTOCOL;
	if (m->more)
		return SKS_OK;
	r = fields_decode(h->options.answer, &fields, h->answer);
	if (c->type == WARDEN_KEYS)
		explicit_bzero(h->data, sizeof(h->data));
	if (r != SKS_OK)
		return SKS_PROTOCOL;
	payload = c->payload; /* now owned here, so that the slot is free in the callback */
	c->payload = (struct buf){0};
	helper_finish(c, SKS_OK, h->answer, &payload);
	buf_clear(&payload);
	fields_clear(h->options.answer, h->answer);
	return SKS_OK;
}

void
helper_readable(struct helper *h)
{
	for (int i = 0; i < READS_MAX && !h->dead; i++) {
		struct helper_message m;
		int r = helper_receive(h->fd, 0, h->data, &m);

		if (r == SKS_TIMEOUT)
			break;
		if (r == SKS_OK)
			r = helper_take(h, &m);
		if (r == SKS_NOT_FOUND || r == SKS_IO)
			helper_fail(h, SKS_UNREACHABLE);
		else if (r != SKS_OK)
			helper_fail(h, SKS_PROTOCOL);
	}
	helper_flush(h);
}

/* ---- the loop's questions ---------------------------------------------------------------- */

int
helper_fd(const struct helper *h)
{
	return h->fd;
}

static void
helper_expire_call(struct call *c)
{
	helper_done *done = c->done;
	void *ctx = c->ctx;

	if (c->state == CALL_WAITING) {
		helper_free_call(c); /* it never saw the request: no answer can come */
	} else {
		buf_clear(&c->payload);
		c->state = CALL_LATE;
	}
	done(ctx, SKS_TIMEOUT, NULL, NULL, 0);
}

void
helper_expire(struct helper *h, int64_t now_ms)
{
	size_t late = 0;

	for (size_t i = 0; i < h->used && !h->dead; i++) {
		struct call *c = &h->call[i];

		if ((c->state == CALL_WAITING || c->state == CALL_SENT) &&
		    c->deadline_ms <= now_ms)
			helper_expire_call(c);
		late += c->state == CALL_LATE;
	}
	/* Nobody could ask it anything any more. */
	if (late == HELPER_CALLS_MAX)
		helper_fail(h, SKS_TIMEOUT);
}

bool
helper_is_dead(const struct helper *h)
{
	return h->dead;
}

pid_t
helper_pid(const struct helper *h)
{
	return h->pid;
}
