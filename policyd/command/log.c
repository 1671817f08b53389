/* The log: that somebody read it is a record; its proof on demand is a head over all of it. */
#include "audit/controls.h"
#include "command/command.h"
#include "command/step.h"
#include "error.h"
#include "origin.h"
#include <stdio.h>
#include <string.h>

enum { READINGS_MAX = 32 };

/*
 * Further pages of a reading, and what follows it, are part of it: by the same process, of the
 * same question. Only the daemon's own memory of it counts, for the cursor is the reader's word.
 */
static struct reading {
	uint32_t pid;
	uint64_t pid_start;
	int64_t since_ms, until_ms;
	char user[256], source[128], event[512], outcome[32], reason[64];
} readings[READINGS_MAX];

static void
reading_of(const struct job *job, struct reading *out)
{
	const struct command *c = &job->command;

	*out = (struct reading){.pid = job->peer.pid,
	    .pid_start = job->peer.pid_start,
	    .since_ms = c->since_ms,
	    .until_ms = c->until_ms};
	(void)snprintf(out->user, sizeof(out->user), "%s", c->user);
	(void)snprintf(out->source, sizeof(out->source), "%s", c->source);
	(void)snprintf(out->event, sizeof(out->event), "%s", c->event);
	(void)snprintf(out->outcome, sizeof(out->outcome), "%s", c->outcome);
	(void)snprintf(out->reason, sizeof(out->reason), "%s", c->reason);
}

static bool
reading_is(const struct reading *a, const struct reading *b)
{
	return a->pid == b->pid && a->pid_start == b->pid_start &&
	       a->since_ms == b->since_ms && a->until_ms == b->until_ms &&
	       strcmp(a->user, b->user) == 0 && strcmp(a->source, b->source) == 0 &&
	       strcmp(a->event, b->event) == 0 && strcmp(a->outcome, b->outcome) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

static bool
reading_goes_on(const struct job *job)
{
	struct reading r;

	reading_of(job, &r);
	for (size_t i = 0; i < READINGS_MAX; i++)
		if (reading_is(&readings[i], &r))
			return true;
	return false;
}

static void
reading_begun(struct server *s, struct job *job)
{
	static size_t next;

	(void)s;
	reading_of(job, &readings[next]);
	next = (next + 1) % READINGS_MAX;
}

static int
record_reading(struct server *s, struct job *job, const char *what)
{
	const struct command *c = &job->command;
	struct record record;
	int e;

	record_init(&record, event_by_action(ACTION_LOG_READ), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_SUCCESS], reason_words[REASON_OK]);
	if ((e = origin_put_doer(s, job, &record)) != SKS_OK) {
		record_clear(&record);
		return e;
	}
	record_put_str(&record, "sekisho.query.verb", what);
	record_put_bool(&record, "sekisho.query.auditor", job->auditor);
	record_put_str(&record, "sekisho.query.user", c->user);
	record_put_str(&record, "sekisho.query.event", c->event);
	record_put_str(&record, "sekisho.query.outcome", c->outcome);
	record_put_str(&record, "sekisho.query.reason", c->reason);
	record_put_str(&record, "sekisho.query.source", c->source);
	if (c->since_ms != 0)
		record_put_int(&record, "sekisho.query.since", c->since_ms);
	if (c->until_ms != 0)
		record_put_int(&record, "sekisho.query.until", c->until_ms);
	controls_put(&record, ACTION_LOG_READ);
	e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	return e;
}

/* The worker has read; that somebody read is a record (the first page stands for all). */
int
command_log(struct server *s, struct job *job)
{
	if (job->command.number != 0 && reading_goes_on(job))
		return SKS_OK;
	job->after_commit = reading_begun;
	return record_reading(s, job, verb_words[job->command.verb]);
}

int
command_log_reading(struct server *s, struct job *job)
{
	return record_reading(s, job, verb_words[job->command.verb]);
}

int
command_log_refused(struct server *s, struct job *job)
{
	struct record record;
	int e;

	record_init(&record, event_by_action(ACTION_COMMAND_REFUSE), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_FAILURE], reason_words[REASON_ROOT_ONLY]);
	record_put_str(&record, "sekisho.verb", verb_words[job->command.verb]);
	record_put_str(&record, "user.target.name", job->command.user);
	record_put_bool(&record, "sekisho.query.auditor",
	    policy_is_auditor(s->policy, job->who, job->groups_known ? job->groups : NULL));
	controls_put(&record, ACTION_COMMAND_REFUSE);
	e = origin_put_doer(s, job, &record);
	if (e == SKS_OK)
		e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	return e;
}

int
command_head_now(struct server *s, struct log_head *head)
{
	int e;

	*head = (struct log_head){0};
	if (s->chain == NULL)
		return SKS_INTERNAL;
	if ((e = chain_sign(s->chain, s->store, clock_now())) != SKS_OK)
		return e;
	return log_head_take(s->store, UINT64_MAX, head);
}

int
command_head(struct server *s, struct job *job)
{
	struct log_head head;
	json_t *o = NULL;
	int e = command_head_now(s, &head);

	if (e == SKS_OK)
		o = json_pack("{s:s, s:I, s:s, s:s}", "origin", head.chain.origin, "size",
		    (json_int_t)head.checkpoint.size, "vkey", head.chain.vkey, "note",
		    (const char *)head.note.data);
	log_head_clear(&head);
	return e == SKS_OK ? command_json(job, o) : e;
}
