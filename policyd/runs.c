/*
 * Commands that run under sudo because of a grant. Each has a connection of its own, held by
 * sudo's process: nothing comes in on it but its end, and one reply goes out, when the grant is
 * over. They have a limit of their own, so that long commands leave room for logins; who finds no
 * room asks again and again instead. After a restart of the daemon sudo's processes come back by
 * themselves.
 */
#include "error.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "log.h"
#include "loop.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct run {
	enum source_kind kind; /* first */
	struct run *next;
	int fd;
	char user[NAME_SIZE];
	uint32_t uid, pid;
	uint64_t grant, record;
	char command[1024];
	bool ended; /* it said so */
	bool told;  /* that its grant is over */
	char why[64];
	struct store_grant over; /* while it is being told */
};

bool
runs_have_room(const struct server *s, uint32_t uid)
{
	size_t n = 0;

	for (const struct run *run = s->runs; run != NULL; run = run->next)
		n += run->uid == uid;
	return s->run_count < s->runs_max && n < RUNS_PER_UID;
}

size_t
runs_of(const struct server *s, uint64_t grant)
{
	size_t n = 0;

	for (const struct run *run = s->runs; run != NULL; run = run->next)
		n += run->grant == grant && !run->ended;
	return n;
}

size_t
runs_put_pids(const struct server *s, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (const struct run *run = s->runs; run != NULL && size - used > 16; run = run->next) {
		if (!run->told && !run->ended)
			used += (size_t)snprintf(out + used, size - used, "%u ", run->pid);
	}
	return used;
}

int
runs_take(struct server *s, struct job *job, int fd)
{
	const struct sudo_request *q = &job->sudo;
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL) {
		(void)close(fd);
		return SKS_NOMEM;
	}
	run->kind = SOURCE_RUN;
	run->fd = fd;
	run->uid = q->uid;
	run->pid = job->peer.pid;
	run->grant = q->grant;
	run->record = q->record;
	(void)snprintf(run->user, sizeof(run->user), "%s", q->user);
	(void)snprintf(run->command, sizeof(run->command), "%s", q->command);
	if (loop_poll(s, EPOLL_CTL_ADD, fd, EPOLLIN, run) != SKS_OK) {
		(void)close(fd);
		free(run);
		return SKS_IO;
	}
	run->next = s->runs;
	s->runs = run;
	s->run_count++;
	return SKS_OK;
}

void
runs_ended(struct server *s, uint64_t record)
{
	for (struct run *run = s->runs; run != NULL; run = run->next)
		run->ended |= run->record == record;
}

static void
run_drop(struct server *s, struct run *run)
{
	for (struct run **link = &s->runs; *link != NULL; link = &(*link)->next) {
		if (*link != run)
			continue;
		*link = run->next;
		break;
	}
	(void)close(run->fd);
	run->kind = SOURCE_GONE;
	run->next = s->gone_runs;
	s->gone_runs = run;
	s->run_count--;
}

void
run_bury(struct server *s)
{
	struct run *run;

	while ((run = s->gone_runs) != NULL) {
		s->gone_runs = run->next;
		free(run);
	}
}

void
run_close_all(struct server *s)
{
	while (s->runs != NULL)
		run_drop(s, s->runs);
	run_bury(s);
}

/* ---- its records ------------------------------------------------------------------------- */

static void
run_put(struct record *r, const struct run *run)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)run->grant);
	record_put_str(r, "user.name", run->user);
	record_put_int(r, "user.id", run->uid);
	record_put_int(r, "process.pid", run->pid);
	record_put_str(r, "process.executable", run->command);
	record_put_str(r, "sekisho.request", id);
	record_put_int(r, "sekisho.sudo.record", (int64_t)run->record);
}

/* sudo was killed, or crashed: nobody says how its command ended, or whether it did. */
static int
record_unobserved(struct server *s, void *context)
{
	struct record r;

	keeper_record(s, &r, ACTION_SUDO_EXIT, OUTCOME_UNKNOWN,
	    reason_words[REASON_ENDED_UNOBSERVED]);
	run_put(&r, context);
	return keeper_append(s, &r);
}

void
run_event(struct server *s, struct run *run)
{
	if (!run->ended && turn_own(s, record_unobserved, run) != SKS_OK)
		log_warn("the end of a command under sudo could not be recorded");
	run_drop(s, run);
}

/* ---- over -------------------------------------------------------------------------------- */

/* Why its grant is no more; NULL while it is. */
static const char *
why_over(struct server *s, struct run *run, int *error)
{
	const char *why = NULL;

	*error = store_grant_get(s->store, run->grant, &run->over);
	if (*error == SKS_NOT_FOUND) {
		*error = SKS_OK;
		return reason_words[REASON_NOT_FOUND];
	}
	if (*error != SKS_OK || grants_left_ms(s, &run->over, &why) > 0)
		return NULL;
	return why;
}

static int
look(struct server *s, void *context)
{
	int e = SKS_OK;

	(void)context;
	for (struct run *run = s->runs; run != NULL && e == SKS_OK; run = run->next) {
		const char *why = run->told ? NULL : why_over(s, run, &e);
		struct record r;

		run->why[0] = '\0';
		if (why == NULL)
			continue;
		(void)snprintf(run->why, sizeof(run->why), "%s", why);
		keeper_record(s, &r, ACTION_SUDO_END, OUTCOME_SUCCESS, why);
		run_put(&r, run);
		record_put_str(&r, "sekisho.role", run->over.role);
		e = keeper_append(s, &r);
	}
	return e;
}

static void
tell(const struct run *run)
{
	struct sudo_reply reply = {.verdict = PAM_VERDICT_DENY, .grant = run->grant};
	struct buf out;

	sudo_say_over(&run->over, run->why, reply.text, sizeof(reply.text));
	buf_init(&out, REPLY_FIELDS_MAX + FRAME_HEADER_SIZE);
	frame_encode(&out, MSG_SUDO | MSG_REPLY, &sudo_reply_fields, &reply, NULL, 0);
	/* Where it does not go out, sudo knows the end of the grant by itself. */
	if (buf_error(&out) == SKS_OK)
		(void)send(run->fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_clear(&out);
}

void
runs_look(struct server *s)
{
	if (s->runs == NULL)
		return;
	if (turn_own(s, look, NULL) != SKS_OK) {
		log_warn("the commands under sudo could not be looked through");
		return; /* the next tick does */
	}
	for (struct run *run = s->runs; run != NULL; run = run->next) {
		if (run->told || run->why[0] == '\0')
			continue;
		run->told = true;
		tell(run);
	}
}
