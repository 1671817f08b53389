/*
 * Two changes of passwords at a time. Judging and hashing one takes tens of milliseconds of a
 * processor, here and in the host's own module behind us; two hundred at once would leave none
 * for logins, and the host's module gives up when it does not get the lock of /etc/shadow.
 *
 * A place belongs to a process, is asked for at each of its questions about a password, and
 * comes back when the process ends, goes on to something else or is refused. Nobody holds it by
 * sitting at a prompt: while others wait, it is theirs when its holder has not been heard of
 * for a moment, and the holder asks for one again with what they typed. Who waits is in line,
 * has been told so by the module, and is refused after PASSWORD_TURN_MS. Logins ask for no
 * place.
 */
#include "clock.h"
#include "log.h"
#include "loop.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	QUIET_MS = 2000,   /* without a word: somebody types, or the host's module is slow */
	JUDGED_MS = 30000, /* while the worker is asked */
	SWEEP_MS = 1000,
	WAITING_MAX = 512,   /* connections that a flood of changes can take from logins */
	WAITING_USERS = 256, /* of these, begun by users (passwd) and not by root's programs */
	WAITING_OF_ONE = 4,  /* of one user */
};

/* ---- places ------------------------------------------------------------------------------ */

static struct place **
place_of(struct server *s, const struct job *job)
{
	for (size_t i = 0; i < PASSWORD_PLACES; i++) {
		const struct place *p = s->admission.place[i];

		if (p != NULL && p->pid == job->peer.pid && p->pid_start == job->peer.pid_start)
			return &s->admission.place[i];
	}
	return NULL;
}

/* NULL: none that could be had. Only where somebody waits is one that fell quiet taken. */
static struct place **
place_to_have(struct server *s, int64_t now_ms)
{
	struct place **quiet = NULL;

	for (size_t i = 0; i < PASSWORD_PLACES; i++) {
		struct place **p = &s->admission.place[i];

		if (*p == NULL)
			return p;
		if ((*p)->until_ms <= now_ms &&
		    (quiet == NULL || (*p)->until_ms < (*quiet)->until_ms))
			quiet = p;
	}
	return quiet;
}

static void
place_free(struct server *s, struct place **at)
{
	struct place *p = *at;

	if (p == NULL)
		return;
	*at = NULL;
	(void)close(p->pidfd);
	p->kind = SOURCE_GONE; /* an event of this round may still point to it */
	p->next = s->admission.gone;
	s->admission.gone = p;
}

/* False: its process is gone, or out of memory; the job then goes without, and is one too many.
 */
static bool
place_take(struct server *s, struct place **at, struct job *job)
{
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return false;
	*p = (struct place){.kind = SOURCE_PLACE,
	    .pid = job->peer.pid,
	    .pid_start = job->peer.pid_start,
	    .until_ms = clock_monotonic_ms() + JUDGED_MS,
	    .pidfd = peer_take_pidfd(&job->peer)};
	if (p->pidfd < 0 || loop_poll(s, EPOLL_CTL_ADD, p->pidfd, EPOLLIN, p) != 0) {
		if (p->pidfd >= 0)
			(void)close(p->pidfd);
		free(p);
		return false;
	}
	place_free(s, at);
	*at = p;
	return true;
}

/* ---- the line -----------------------------------------------------------------------------
 */

static void
settle(struct job *job, enum password_turn turn)
{
	job->password_turn = turn;
	job->admitted = true;
}

static struct job *
line_take_first(struct server *s)
{
	struct job *job = s->admission.first;

	s->admission.first = job->next;
	if (s->admission.first == NULL)
		s->admission.last = &s->admission.first;
	return job;
}

/* Whoever can have a place is made ready. One whose process is gone is dropped by the turn. */
static void
line_advance(struct server *s, int64_t now_ms)
{
	struct place **free;

	while (s->admission.first != NULL && (free = place_to_have(s, now_ms)) != NULL) {
		struct job *job = line_take_first(s);

		(void)place_take(s, free, job);
		settle(job, PASSWORD_TURN_HERE);
		loop_ready(s, job);
	}
}

static bool
is_line_full(const struct server *s, const struct job *job)
{
	uint32_t uid = job->peer.real_uid;
	size_t all = 0, users = 0, own = 0;

	for (const struct job *j = s->admission.first; j != NULL; j = j->next) {
		all++;
		users += j->peer.real_uid != 0;
		own += j->peer.real_uid == uid;
	}
	if (uid != 0 && (users >= WAITING_USERS || own >= WAITING_OF_ONE))
		return true;
	return all >= WAITING_MAX;
}

static void
line_join(struct server *s, struct job *job)
{
	job->wait_until_ms = job->arrived_ms + PASSWORD_TURN_MS;
	job->next = NULL;
	*s->admission.last = job;
	s->admission.last = &job->next;
}

/* Out of the line, ready: whose time is over with that answer, whose peer hung up to be
 * dropped. */
static void
line_sweep(struct server *s, int64_t now_ms)
{
	struct job *job, **link = &s->admission.first;

	s->admission.last = link;
	while ((job = *link) != NULL) {
		if (job->wait_until_ms > now_ms && loop_check_peer(job) == 0) {
			link = &job->next;
			s->admission.last = link;
			continue;
		}
		*link = job->next;
		settle(job, PASSWORD_TURN_OVER);
		loop_ready(s, job);
	}
}

/* ---- a job --------------------------------------------------------------------------------
 */

bool
admission_enter(struct server *s, struct job *job)
{
	int64_t now = clock_monotonic_ms();
	struct place **p;

	if (job->admitted)
		return true;
	if ((p = place_of(s, job)) != NULL) {
		(*p)->until_ms = now + JUDGED_MS;
		settle(job, PASSWORD_TURN_HERE);
		return true;
	}
	if (s->admission.first == NULL && (p = place_to_have(s, now)) != NULL) {
		(void)place_take(s, p, job);
		settle(job, PASSWORD_TURN_HERE);
		return true;
	}
	if ((job->request.flags & PAM_FLAG_TELL_TURN) != 0) {
		settle(job, PASSWORD_TURN_LATER);
		return true;
	}
	if (is_line_full(s, job)) {
		settle(job, PASSWORD_TURN_OVER);
		return true;
	}
	line_join(s, job);
	return false;
}

void
admission_answered(struct server *s, struct job *job)
{
	struct place **p = place_of(s, job);
	int64_t now = clock_monotonic_ms();

	if (p == NULL)
		return;
	if (job->pam_reply.verdict != PAM_VERDICT_ALLOW) {
		place_free(s, p); /* they think of another one */
		line_advance(s, now);
		return;
	}
	(*p)->until_ms = now + QUIET_MS;
}

void
admission_leave(struct server *s, struct job *job)
{
	struct place **p = place_of(s, job);

	if (p == NULL)
		return;
	place_free(s, p);
	line_advance(s, clock_monotonic_ms());
}

void
admission_event(struct server *s, struct place *p)
{
	for (size_t i = 0; i < PASSWORD_PLACES; i++)
		if (s->admission.place[i] == p)
			place_free(s, &s->admission.place[i]);
	line_advance(s, clock_monotonic_ms());
}

/* ---- time ---------------------------------------------------------------------------------
 */

void
admission_expire(struct server *s, int64_t now_ms)
{
	if (s->admission.first == NULL)
		return;
	if (s->admission.first->wait_until_ms <= now_ms || s->admission.sweep_ms <= now_ms) {
		s->admission.sweep_ms = now_ms + SWEEP_MS;
		line_sweep(s, now_ms);
	}
	line_advance(s, now_ms);
}

int64_t
admission_next_deadline(const struct server *s, int64_t at)
{
	if (s->admission.first == NULL)
		return at;
	if (s->admission.first->wait_until_ms < at)
		at = s->admission.first->wait_until_ms;
	for (size_t i = 0; i < PASSWORD_PLACES; i++)
		if (s->admission.place[i] != NULL && s->admission.place[i]->until_ms < at)
			at = s->admission.place[i]->until_ms;
	return at;
}

void
admission_bury(struct server *s)
{
	struct place *p;

	while ((p = s->admission.gone) != NULL) {
		s->admission.gone = p->next;
		free(p);
	}
}

void
admission_close_all(struct server *s)
{
	for (size_t i = 0; i < PASSWORD_PLACES; i++)
		place_free(s, &s->admission.place[i]);
	admission_bury(s);
}
