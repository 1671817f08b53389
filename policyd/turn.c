/*
 * A turn: all jobs that wait, decided in order, each seeing the changes of those before it,
 * one commit, then the answers. When the commit fails each job is tried alone, so that one
 * poisoned request cannot deny the rest. An unknown outcome is never yes.
 */
#include "ahead.h"
#include "error.h"
#include "keeper/metrics.h"
#include "log.h"
#include "loop.h"
#include "stay.h"
#include <stdlib.h>
#include <string.h>

enum { TURN_JOBS_MAX = 256 };

struct batch {
	struct job *job[TURN_JOBS_MAX];
	enum job_result result[TURN_JOBS_MAX];
	int error[TURN_JOBS_MAX];
	size_t count;
};

static int
job_run(struct server *s, struct job *job, enum job_result *result)
{
	job->after_commit = NULL; /* of an attempt that was undone */
	return job->kind->run(s, job, result);
}

/* An error of the disk, not of this request. */
static bool
is_disk_error(int error)
{
	return error == SKS_FULL || error == SKS_READONLY || error == SKS_IO ||
	       error == SKS_CORRUPT;
}

/* The log's own work belongs to the turn: a head that is due is signed in the same commit. */
static int
commit(struct server *s, struct instant now)
{
	int64_t begun = clock_monotonic_us(), generation = store_generation(s->store);
	int r = s->chain != NULL ? chain_turn(s->chain, s->store, now) : SKS_OK;

	if (r == SKS_OK)
		r = store_commit(s->store);
	if (r == SKS_OK && store_generation(s->store) != generation)
		metrics_committed(clock_monotonic_us() - begun);
	if (r == SKS_OK && s->chain != NULL)
		chain_committed(s->chain);
	return r;
}

static void
undo(struct server *s)
{
	store_rollback(s->store);
	if (s->chain != NULL)
		chain_undone(s->chain);
}

/* This job alone. What it may have signed is forgotten with what others signed before it in this
 * turn: the tree follows from the records, and the same nodes and heads are written again. */
static int
undo_job(struct server *s)
{
	if (s->chain != NULL)
		chain_undone(s->chain);
	return store_unmark(s->store);
}

/* Attempts change nothing about whether somebody else may come in. */
static bool
is_news(const struct job *job)
{
	return job->kind->type != MSG_PAM || job->request.phase > PHASE_ACCOUNT;
}

static void
note_news(struct server *s, const struct batch *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		s->news += is_news(b->job[i]);
}

/* How the jobs of a turn are undone that cannot be decided, or have to wait. */
enum undoing {
	UNDO_ALL,  /* with everybody else's: then all are decided again, each with a mark before it */
	UNDO_EACH, /* back to its mark */
};

/* Undecided, and with something to undo? Most that wait or are refused have changed nothing. */
static bool
is_to_undo(const struct server *s, const struct batch *b, size_t i, int64_t changes)
{
	return (b->error[i] != SKS_OK || b->result[i] == JOB_WAIT) &&
	       store_changes(s->store) != changes;
}

/* SKS_OK with *over: decided. SKS_OK without: one job has to be undone, and with UNDO_ALL all are. */
static int
decide_each(struct server *s, struct batch *b, size_t from, size_t to, enum undoing how, bool *over)
{
	int r = SKS_OK;

	*over = false;
	for (size_t i = from; i < to; i++) {
		int64_t changes;

		if (how == UNDO_EACH && (r = store_mark(s->store)) != SKS_OK)
			return r;
		changes = store_changes(s->store);
		b->result[i] = JOB_DONE;
		b->error[i] = job_run(s, b->job[i], &b->result[i]);
		if (is_disk_error(b->error[i]))
			return b->error[i];
		if (!is_to_undo(s, b, i, changes))
			continue;
		if (how == UNDO_ALL)
			return SKS_OK;
		if ((r = undo_job(s)) != SKS_OK)
			return r;
	}
	*over = true;
	return SKS_OK;
}

static int
decide_marked_or_not(struct server *s, struct batch *b, size_t from, size_t to, enum undoing how, bool *over)
{
	struct instant now;
	int r;

	if ((r = keeper_clock(s, &now)) != SKS_OK || (r = store_begin(s->store, now)) != SKS_OK)
		return r;
	r = decide_each(s, b, from, to, how, over);
	if (r == SKS_OK && *over)
		r = commit(s, now);
	if (r != SKS_OK || !*over)
		undo(s);
	return r;
}

/*
 * Decides jobs [from, to) in one transaction. Replies stay unsent. A mark before each costs SQLite a
 * copy of every page that it changes, and is hardly ever gone back to: so there is none at first. A
 * job alone needs none, undoing it undoes the turn.
 */
static int
decide_range(struct server *s, struct batch *b, size_t from, size_t to)
{
	bool over;
	int r = decide_marked_or_not(s, b, from, to, UNDO_ALL, &over);

	if (r == SKS_OK && !over && to - from > 1)
		r = decide_marked_or_not(s, b, from, to, UNDO_EACH, &over);
	if (r == SKS_OK && over) {
		note_news(s, b, from, to);
		stay_overtake(s);
	}
	return r;
}

static void
answer(struct server *s, struct job *job)
{
	if (job->after_commit != NULL)
		job->after_commit(s, job);
	if (job->answered_later)
		return;
	ahead_say(s, job);
	metrics_answered(s, job, false);
	loop_answer(s, job);
}

static void
wait_more(struct server *s, struct job *job)
{
	job->next = s->waiting;
	s->waiting = job;
}

/* What the commit made true is answered; the rest waits or is refused. */
static void
finish(struct server *s, struct batch *b, size_t i)
{
	struct job *job = b->job[i];

	if (b->error[i] != SKS_OK) {
		log_warn("a request was refused: %s (%s)", error_text(b->error[i]),
		    store_error(s->store));
		job->kind->refuse(s, job, b->error[i]);
		metrics_answered(s, job, true);
		loop_answer(s, job);
	} else if (b->result[i] == JOB_WAIT) {
		wait_more(s, job);
	} else {
		answer(s, job);
	}
}

/* Read-only or failing: what is on disk is unknown. Deny, end, start again as unclean. */
static int
give_up(struct server *s, struct batch *b, int error)
{
	for (size_t i = 0; i < b->count; i++) {
		b->job[i]->kind->refuse(s, b->job[i], error);
		metrics_answered(s, b->job[i], true);
		loop_answer(s, b->job[i]);
	}
	s->exit_status = 75;
	return error;
}

static int
decide_alone(struct server *s, struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		int r = decide_range(s, b, i, i + 1);

		if (r == SKS_READONLY || r == SKS_IO || r == SKS_CORRUPT) {
			memmove(b->job, b->job + i, (b->count - i) * sizeof(b->job[0]));
			b->count -= i;
			return give_up(s, b, r);
		}
		if (r != SKS_OK)
			b->error[i] = r;
		finish(s, b, i);
	}
	return SKS_OK;
}

/* Takes the next jobs whose peers still wait and whose preparations are done. */
static void
collect(struct server *s, struct batch *b)
{
	b->count = 0;
	while (s->ready != NULL && b->count < TURN_JOBS_MAX) {
		struct job *job = s->ready;
		int alive;

		s->ready = job->next;
		if (s->ready == NULL)
			s->ready_tail = &s->ready;
		if ((alive = loop_check_peer(job)) != SKS_OK) {
			if (alive == SKS_INVALID)
				loop_refused(s, REFUSED_MALFORMED);
			loop_drop(s, job);
			continue;
		}
		if (!job->prepared) {
			enum job_result p = job->kind->prepare(s, job);

			if (p == JOB_PARKED)
				continue;
			if (p == JOB_GONE) {
				loop_drop(s, job);
				continue;
			}
			job->prepared = true;
		}
		b->job[b->count++] = job;
	}
}

/* A charge may have settled: those that wait for it try again in the next turn. */
static void
wake_waiting(struct server *s, struct job *waiting)
{
	struct job *next;

	for (; waiting != NULL; waiting = next) {
		next = waiting->next;
		loop_ready(s, waiting);
	}
}

static size_t
count_jobs(const struct job *job)
{
	size_t n = 0;

	for (; job != NULL; job = job->next)
		n++;
	return n;
}

int
turn_run(struct server *s)
{
	static struct batch b;
	struct job *waited = s->waiting;
	bool progress = false;
	int r;

	collect(s, &b);
	if (b.count == 0)
		return SKS_OK;
	if (s->space != STORE_SPACE_OK) /* as measured behind the last turn, or in the last second */
		s->space = store_space(s->store);
	metrics_turn(b.count, count_jobs(s->ready) + count_jobs(waited));
	s->waiting = NULL;
	if ((r = decide_range(s, &b, 0, b.count)) != SKS_OK) {
		r = decide_alone(s, &b);
		progress = true;
	} else {
		for (size_t i = 0; i < b.count; i++) {
			progress |= b.result[i] != JOB_WAIT;
			finish(s, &b, i);
		}
	}
	s->space = store_space(s->store);
	if (progress) {
		wake_waiting(s, waited);
	} else if (waited != NULL) {
		struct job *last = waited;

		while (last->next != NULL)
			last = last->next;
		last->next = s->waiting;
		s->waiting = waited;
	}
	return r;
}

int
turn_aside(struct server *s, int (*work)(struct server *, void *), void *context)
{
	struct instant now = clock_now();
	int r;

	if ((r = store_begin(s->store, now)) != SKS_OK)
		return r;
	if ((r = work(s, context)) == SKS_OK && (r = commit(s, now)) == SKS_OK)
		return SKS_OK;
	undo(s);
	return r;
}

int
turn_own(struct server *s, int (*work)(struct server *, void *), void *context)
{
	s->news++;
	stay_overtake(s);
	return turn_aside(s, work, context);
}

int
turn_append(struct server *s, struct record *r, uint64_t *seq)
{
	int e;

	/* what the records are about is rated, so they are */
	if (s->policy != NULL) {
		record_put_str(r, "sekisho.rating", s->policy->rating);
		record_put_str(r, "sekisho.limits", s->policy->limits);
	}
	e = record_finish(r);
	if (e == SKS_OK)
		e = store_append(s->store, r);
	if (e == SKS_OK && seq != NULL)
		*seq = r->seq;
	return e;
}
