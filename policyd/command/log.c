/* The log: that somebody read it is a record; its proof on demand is a head over all of it. */
#include "audit/controls.h"
#include "command/command.h"
#include "error.h"
#include "origin.h"

/* The worker has read; that somebody read is a record (the first page stands for all). */
int
command_log(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	struct record record;
	int e;

	if (c->number != 0)
		return SKS_OK;
	record_init(&record, event_by_action(ACTION_LOG_READ), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_SUCCESS], reason_words[REASON_OK]);
	record_put_str(&record, "user.effective.name", job->who);
	record_put_int(&record, "user.effective.id", job->peer.uid);
	if ((e = origin_put(s, &job->peer, &record)) != SKS_OK) {
		record_clear(&record);
		return e;
	}
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

int
command_head(struct server *s, struct job *job)
{
	struct chain_status chain;
	uint64_t size;
	struct buf note;
	json_t *o;
	int e;

	if (s->chain == NULL)
		return SKS_INTERNAL;
	if ((e = chain_sign(s->chain, s->store, clock_now())) != SKS_OK)
		return e;
	chain_status(s->chain, &chain);
	buf_init(&note, 1 << 16);
	e = store_head_newest(s->store, chain.id, &size, &note);
	buf_put_u8(&note, 0);
	if (e == SKS_OK)
		e = buf_error(&note);
	if (e != SKS_OK) {
		buf_clear(&note);
		return e;
	}
	o = json_pack("{s:s, s:I, s:s, s:s}", "origin", chain.origin, "size", (json_int_t)size,
	    "vkey", chain.vkey, "note", (const char *)note.data);
	buf_clear(&note);
	return command_json(job, o);
}
