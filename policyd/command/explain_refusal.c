/* From the code that a refused person was shown to the record behind it. */
#include "audit/controls.h"
#include "command/explain.h"
#include "error.h"
#include "i18n.h"
#include "origin.h"
#include "refusal.h"

enum { BODY_MAX = 1 << 20 };

static int
record_reading(struct server *s, struct job *job, uint64_t about)
{
	struct record record;
	int e;

	record_init(&record, event_by_action(ACTION_LOG_READ), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_SUCCESS], reason_words[REASON_OK]);
	e = origin_put_doer(s, job, &record);
	record_put_int(&record, "sekisho.query.record", (int64_t)about);
	controls_put(&record, ACTION_LOG_READ);
	if (e == SKS_OK)
		e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	return e;
}

static int
say_no_record(struct job *job)
{
	command_say(job, STATUS_REFUSED, "%s",
	    _("No record of this host has that code, or its body was deleted when its period "
	      "ended."));
	return SKS_OK;
}

int
explain_refusal(struct server *s, struct job *job)
{
	uint8_t header[RECORD_HEADER_SIZE];
	char user[NAME_SIZE];
	uint64_t seq = 0;
	struct buf body;
	int e = refusal_read(s->seal, job->command.name, &seq);

	if (e != SKS_OK)
		return e == SKS_INVALID ? say_no_record(job) : e;
	buf_init(&body, BODY_MAX);
	e = store_record(s->store, seq, header, user, &body);
	if (e == SKS_NOT_FOUND || (e == SKS_OK && body.len == 0)) {
		e = say_no_record(job);
	} else if (e == SKS_OK && (e = record_reading(s, job, seq)) == SKS_OK) {
		e = command_json(job,
		    json_pack("{s:I,s:s#}", "record", (json_int_t)seq, "body",
			(const char *)body.data, (size_t)body.len));
	}
	buf_clear(&body);
	return e;
}
