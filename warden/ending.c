/*
 * Ends one process, and only that one: the pidfd is opened first, and then the start time must
 * be the one the daemon recorded. So a number that was given to another process meanwhile
 * reaches nobody. TERM first: sshd and su then close the session through PAM.
 */
#include "clock.h"
#include "error.h"
#include "log.h"
#include "peer.h"
#include "warden.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	TERM_MS = 2000,
	KILL_MS =
	    2000, /* even KILL waits for a process inside the kernel; we do not for ever */
};

static int
ending_signal(int pidfd, int signal_number)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) == 0)
		return SKS_OK;
	return errno == ESRCH ? SKS_NOT_FOUND : errno == EPERM ? SKS_DENIED : SKS_IO;
}

static struct ending *
ending_find_free(struct warden *w)
{
	for (size_t i = 0; i < ENDINGS_MAX; i++) {
		if (w->ending[i].pidfd < 0)
			return &w->ending[i];
	}
	return NULL;
}

static void
ending_finish(struct warden *w, struct ending *e, int status)
{
	struct ticket t = e->ticket;

	close(e->pidfd);
	*e = (struct ending){.pidfd = -1};
	warden_status(w, t, status);
}

/* Neither init, nor us, nor the daemon: no session is any of them. */
static bool
ending_is_ours(uint32_t pid)
{
	return pid <= 1 || pid > INT32_MAX || pid == (uint32_t)getpid() ||
	       pid == (uint32_t)getppid();
}

void
ending_start(struct warden *w, struct ticket t, const struct warden_call *call)
{
	struct ending *e = ending_find_free(w);
	int r;

	if (e == NULL || ending_is_ours(call->pid)) {
		warden_status(w, t, e == NULL ? SKS_FULL : SKS_DENIED);
		return;
	}
	e->ticket = t;
	e->pidfd = (int)syscall(SYS_pidfd_open, (pid_t)call->pid, 0);
	if (e->pidfd < 0) {
		e->pidfd = -1;
		warden_status(w, t, errno == ESRCH ? SKS_NOT_FOUND : SKS_IO);
		return;
	}
	r = peer_is_alive(call->pid, call->pid_start) ? SKS_OK : SKS_NOT_FOUND;
	if (r == SKS_OK)
		r = ending_signal(e->pidfd, SIGTERM);
	if (r != SKS_OK) {
		ending_finish(w, e, r);
		return;
	}
	e->deadline_ms = clock_monotonic_ms() + TERM_MS;
	log_info("process %u was asked to end", (unsigned int)call->pid);
}

size_t
ending_polls(const struct warden *w, struct pollfd *p)
{
	size_t count = 0;

	for (size_t i = 0; i < ENDINGS_MAX; i++) {
		if (w->ending[i].pidfd >= 0)
			p[count++] =
			    (struct pollfd){.fd = w->ending[i].pidfd, .events = POLLIN};
	}
	return count;
}

static void
ending_step(struct warden *w, struct ending *e, int64_t now_ms)
{
	struct pollfd p = {.fd = e->pidfd, .events = POLLIN};
	int r;

	if (poll(&p, 1, 0) == 1) {
		ending_finish(w, e, SKS_OK);
		return;
	}
	if (e->deadline_ms > now_ms)
		return;
	if (e->killed) {
		ending_finish(w, e, SKS_TIMEOUT);
		return;
	}
	r = ending_signal(e->pidfd, SIGKILL);
	if (r != SKS_OK) {
		ending_finish(w, e, r == SKS_NOT_FOUND ? SKS_OK : r);
		return;
	}
	e->killed = true;
	e->deadline_ms = now_ms + KILL_MS;
}

void
ending_turn(struct warden *w, int64_t now_ms)
{
	for (size_t i = 0; i < ENDINGS_MAX; i++) {
		if (w->ending[i].pidfd >= 0)
			ending_step(w, &w->ending[i], now_ms);
	}
}

int64_t
ending_next_deadline(const struct warden *w)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < ENDINGS_MAX; i++) {
		if (w->ending[i].pidfd >= 0 && w->ending[i].deadline_ms < next)
			next = w->ending[i].deadline_ms;
	}
	return next;
}
