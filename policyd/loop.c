/*
 * One thread; everything waits in one epoll: listeners, connections, helpers, session monitors.
 */
#include "loop.h"
#include "ahead.h"
#include "error.h"
#include "keeper/keys.h"
#include "log.h"
#include "stay.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	TICK_MS = 1000,
	SETTLE_MS = 100,
	PAUSE_MS =
	    5, /* before work that nobody waits for, and between batches: logins come first */
	EVENTS_MAX = 64,
	BACKLOG = 1024,
	FILES_OTHER = 128, /* the store, helpers, standard streams, passing ones */
	EXIT_AGAIN = 75,   /* EX_TEMPFAIL: the supervisor starts all of it again */
};

struct source {
	enum source_kind kind;
	int index;
};

static struct source listener_source[LISTEN_COUNT] = {
    {SOURCE_LISTENER, LISTEN_PAM}, {SOURCE_LISTENER, LISTEN_USER}};
enum {
	HELPER_WARDEN,
	HELPER_WORKER,
	HELPER_JUDGE,
	HELPER_FORWARDER,
	HELPER_COURIER,
	HELPER_COUNT
};
static struct source helper_source[HELPER_COUNT] = {{SOURCE_HELPER, HELPER_WARDEN},
    {SOURCE_HELPER, HELPER_WORKER}, {SOURCE_HELPER, HELPER_JUDGE},
    {SOURCE_HELPER, HELPER_FORWARDER}, {SOURCE_HELPER, HELPER_COURIER}};

static struct helper *
helper_of(const struct server *s, int index)
{
	struct helper *const helper[HELPER_COUNT] = {
	    [HELPER_WARDEN] = s->warden,
	    [HELPER_WORKER] = s->worker,
	    [HELPER_JUDGE] = s->judge,
	    [HELPER_FORWARDER] = s->forwarder,
	    [HELPER_COURIER] = s->courier,
	};

	return helper[index];
}

int
loop_poll(struct server *s, int op, int fd, uint32_t events, void *source)
{
	struct epoll_event e = {.events = events, .data.ptr = source};

	return epoll_ctl(s->epoll, op, fd, &e) == 0 ? SKS_OK : SKS_IO;
}

void
loop_ready(struct server *s, struct job *job)
{
	job->next = NULL;
	*s->ready_tail = job;
	s->ready_tail = &job->next;
}

/* The service manager's, where it handed us one: its mode is its unit's matter. */
static int
listen_on(struct server *s, int index, const char *name, mode_t mode)
{
	const enum activation_socket handed[LISTEN_COUNT] = {
	    [LISTEN_PAM] = ACTIVATION_PAM, [LISTEN_USER] = ACTIVATION_USER};
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = s->handed.fd[handed[index]];

	if (fd >= 0) {
		s->listener[index] = fd;
		return loop_poll(s, EPOLL_CTL_ADD, fd, EPOLLIN, &listener_source[index]);
	}
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
	return loop_poll(s, EPOLL_CTL_ADD, fd, EPOLLIN, &listener_source[index]);
}

/* Each connection, each watched session and each command that runs is an open file; without one left nobody could even
 * connect. So there are only as many as the limit has room for. */
static void
take_files(struct server *s)
{
	const rlim_t want = CONNECTIONS_MAX + WATCHES_MAX + RUNS_MAX + FILES_OTHER;
	struct rlimit files;
	size_t left = FILES_OTHER;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		if (files.rlim_cur < want && files.rlim_cur < files.rlim_max) {
			files.rlim_cur = files.rlim_max < want ? files.rlim_max : want;
			(void)setrlimit(RLIMIT_NOFILE, &files);
			(void)getrlimit(RLIMIT_NOFILE, &files);
		}
		left = files.rlim_cur < want ? (size_t)files.rlim_cur : (size_t)want;
	}
	left = left > 2 * FILES_OTHER ? left - FILES_OTHER : FILES_OTHER;
	s->connections_max = left / 2 < CONNECTIONS_MAX ? left / 2 : CONNECTIONS_MAX;
	s->runs_max = left / 8 < RUNS_MAX ? left / 8 : RUNS_MAX;
	s->watches_max = left - s->connections_max - s->runs_max;
	if (s->watches_max < WATCHES_MAX)
		log_info("open files are limited: %zu connections, %zu watched sessions, %zu "
			 "commands under sudo",
		    s->connections_max, s->watches_max, s->runs_max);
}

int
loop_open(struct server *s)
{
	int r;

	s->ready_tail = &s->ready;
	s->admission.last = &s->admission.first;
	take_files(s);
	if ((s->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return SKS_IO;
	if ((r = listen_on(s, LISTEN_PAM, "pam.sock", 0600)) != SKS_OK ||
	    (r = listen_on(s, LISTEN_USER, "user.sock", 0666)) != SKS_OK)
		return r;
	for (int i = 0; i < HELPER_COUNT && r == SKS_OK; i++) {
		struct helper *h = helper_of(s, i);

		if (h != NULL)
			r = loop_poll(
			    s, EPOLL_CTL_ADD, helper_fd(h), EPOLLIN, &helper_source[i]);
	}
	return r;
}

/* Without the warden, the worker or the judge nothing is whole; without the forwarder or the
 * courier everything but what they do is, and that catches up after the next start. */
static void
helper_event(struct server *s, int index)
{
	struct helper *h = helper_of(s, index);

	helper_readable(h);
	if (!helper_is_dead(h))
		return;
	if (index == HELPER_FORWARDER || index == HELPER_COURIER) {
		(void)loop_poll(s, EPOLL_CTL_DEL, helper_fd(h), 0, NULL);
		return;
	}
	log_error("the %s ended: starting over", index == HELPER_WARDEN  ? "warden"
						 : index == HELPER_JUDGE ? "judge"
									 : "worker");
	s->stop = 1;
	s->exit_status = EXIT_AGAIN;
}

static void
on_event(struct server *s, const struct epoll_event *e)
{
	enum source_kind kind = *(enum source_kind *)e->data.ptr;

	if (kind == SOURCE_LISTENER) {
		connection_accept(s, ((struct source *)e->data.ptr)->index);
	} else if (kind == SOURCE_CONNECTION) {
		connection_event(s, e->data.ptr, e->events);
	} else if (kind == SOURCE_WATCH) {
		watch_event(s, e->data.ptr);
	} else if (kind == SOURCE_PLACE) {
		admission_event(s, e->data.ptr);
	} else if (kind == SOURCE_RUN) {
		run_event(s, e->data.ptr);
	} else if (kind == SOURCE_HELPER) {
		helper_event(s, ((struct source *)e->data.ptr)->index);
	}
}

static int
next_timeout(const struct server *s, int64_t now, int64_t next_tick)
{
	int64_t at = admission_next_deadline(s, connection_next_deadline(s, next_tick));

	if (s->ready != NULL)
		return 0;
	if (s->waiting != NULL && now + SETTLE_MS < at)
		at = now + SETTLE_MS;
	if ((keys_busy(s) || keeper_index_due(s) != STORE_INDEX_DONE) && now + PAUSE_MS < at)
		at = now + PAUSE_MS;
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

/* Takes records into the indexes while nothing else is to do, or when there are many. */
static int
follow_log(struct server *s, bool idle)
{
	enum store_index_due due = keeper_index_due(s);

	if (due == STORE_INDEX_PRESSING || (idle && due == STORE_INDEX_WHEN_IDLE))
		return keeper_index(s);
	return SKS_OK;
}

int
loop_run(struct server *s)
{
	struct epoll_event event[EVENTS_MAX];
	int64_t next_tick = clock_monotonic_ms() + TICK_MS, next_settle = 0;
	int r = SKS_OK;

	while (!s->stop && r == SKS_OK) {
		int64_t now = clock_monotonic_ms();
		int n =
		    epoll_wait(s->epoll, event, EVENTS_MAX, next_timeout(s, now, next_tick));

		if (n < 0 && errno != EINTR)
			return SKS_IO;
		for (int i = 0; i < n; i++)
			on_event(s, &event[i]);
		connection_bury(s);
		watch_bury(s);
		admission_bury(s);
		run_bury(s);
		now = clock_monotonic_ms();
		connection_expire(s, now);
		admission_expire(s, now);
		for (int i = 0; i < HELPER_COUNT; i++)
			helper_expire(helper_of(s, i), now);
		if (s->waiting != NULL && now >= next_settle) {
			next_settle = now + SETTLE_MS;
			if ((r = keeper_settle(s)) != SKS_OK)
				break;
			wake_waiting(s);
		}
		stay_overtake(s);
		if (s->ready != NULL)
			r = turn_run(s);
		if (r == SKS_OK)
			r = ahead_settle(s);
		if (r == SKS_OK && keys_busy(s))
			r = keys_step(s);
		if (r == SKS_OK)
			r = follow_log(s, n == 0);
		if (r == SKS_OK && store_checkpoint_due(s->store))
			r = store_checkpoint(s->store);
		if (r == SKS_OK && now >= next_tick) {
			next_tick = now + TICK_MS;
			r = keeper_tick(s);
			notify_alive(now);
		}
	}
	stay_expect_none(s);
	return r == SKS_OK ? ahead_settle(s) : r;
}

void
loop_close(struct server *s)
{
	connection_close_all(s);
	ahead_close_all(s);
	watch_close_all(s);
	admission_close_all(s);
	run_close_all(s);
	for (int i = 0; i < LISTEN_COUNT; i++)
		if (s->listener[i] >= 0)
			(void)close(s->listener[i]);
	if (s->epoll >= 0)
		(void)close(s->epoll);
}
