/*
 * Sessions that ended without saying so: their process died, the daemon was away, the host
 * started again.
 */
#include "error.h"
#include "keeper/keeper.h"
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SESSIONS_A_TIME = 256 };

static int
record_session_end(struct server *s, const struct session *x, enum reason reason)
{
	struct record r;

	keeper_record(s, &r, ACTION_SESSION_CLOSE, OUTCOME_UNKNOWN, reason_words[reason]);
	record_put_str(&r, "user.name", x->user);
	record_put_int(&r, "user.id", x->uid);
	record_put_str(&r, "service.name", x->service);
	record_put_str(&r, "source.ip", x->source);
	record_put_int(&r, "process.pid", x->pid);
	record_put_int(&r, "sekisho.session", (int64_t)x->id);
	return keeper_append(s, &r);
}

static int
end_earlier_sessions(struct server *s, void *context)
{
	static struct session x[SESSIONS_A_TIME];
	size_t *n = context;
	int e = store_sessions_of_earlier_boots(s->store, x, SESSIONS_A_TIME, n);

	for (size_t i = 0; e == SKS_OK && i < *n; i++)
		e = record_session_end(s, &x[i], REASON_ENDED_BY_REBOOT);
	return e;
}

/* Sessions of this boot: watched again where their process still runs, ended where not. */
static int
attach_sessions(struct server *s, void *context)
{
	static struct session x[4096];
	size_t n = 0;
	int e = store_sessions(s->store, NO_UID, x, sizeof(x) / sizeof(x[0]), &n);

	(void)context;
	for (size_t i = 0; (e == SKS_OK || e == SKS_TOO_BIG) && i < n; i++) {
		struct request r = {
		    .uid = x[i].uid, .pid = x[i].pid, .pid_start = x[i].pid_start};
		int fd = (int)syscall(SYS_pidfd_open, x[i].pid, 0);

		(void)snprintf(r.user, sizeof(r.user), "%s", x[i].user);
		(void)snprintf(r.service, sizeof(r.service), "%s", x[i].service);
		(void)snprintf(r.source, sizeof(r.source), "%s", x[i].source);
		if (fd >= 0 && peer_is_alive(x[i].pid, x[i].pid_start)) {
			(void)loop_watch(s, fd, &r);
			continue;
		}
		if (fd >= 0)
			(void)close(fd);
		if ((e = record_session_end(s, &x[i], REASON_ENDED_UNOBSERVED)) == SKS_OK)
			e = store_session_end(s->store, x[i].id);
	}
	return e == SKS_TOO_BIG ? SKS_OK : e;
}

int
keeper_attach_sessions(struct server *s)
{
	size_t n = 0;
	int e;

	do {
		if ((e = turn_own(s, end_earlier_sessions, &n)) != SKS_OK)
			return e;
	} while (n > 0);
	return turn_own(s, attach_sessions, NULL);
}

static int
process_gone(struct server *s, void *context)
{
	const struct request *session = context;
	struct request r = *session;
	struct changes c = {.session_close = true};
	struct facts f = {0};
	struct record record;
	int e;

	r.phase = PHASE_CLOSE;
	keeper_record(s, &record, ACTION_SESSION_CLOSE, OUTCOME_UNKNOWN,
	    reason_words[REASON_PROCESS_ENDED]);
	record_put_str(&record, "user.name", r.user);
	record_put_int(&record, "user.id", r.uid);
	record_put_str(&record, "service.name", r.service);
	record_put_str(&record, "source.ip", r.source);
	record_put_int(&record, "process.pid", r.pid);
	if ((e = keeper_append(s, &record)) != SKS_OK)
		return e;
	return store_apply(s->store, &r, &f, &c);
}

int
keeper_process_gone(struct server *s, const struct request *session)
{
	struct request copy = *session;

	return turn_own(s, process_gone, &copy);
}
