/* The register of exceptions as a list, and one entry whole. */
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <string.h>

enum { EXCEPTIONS_A_PAGE = 32 };

static const char *const state_words[] = {
    [EXCEPTION_ASKED] = "asked", [EXCEPTION_ACTIVE] = "active", [EXCEPTION_OVER] = "over"};
static const char *const judged_words[] = {[EXCEPTION_UNJUDGED] = "",
    [EXCEPTION_GRANTED] = "granted", [EXCEPTION_REFUSED] = "refused"};

static json_t *
entry_json(const struct store_exception *x, const struct store_request *q)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	char id[REQUEST_ID_SIZE];
	json_t *o;

	(void)snprintf(id, sizeof(id), "E-%llu", (unsigned long long)x->number);
	o = json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:b,"
		      "s:I,s:b,s:s,s:s,s:I}",
	    "id", id, "kind", x->kind, "state", state_words[x->state], "judged",
	    judged_words[x->judged], "emergency", (int)x->emergency, "rule", x->rule, "key",
	    x->key, "subject", x->subject, "service", x->service, "source", x->source, "by",
	    q->by, "person", q->person, "why", q->why, "made", (json_int_t)q->made_wall_ms,
	    "for", (json_int_t)x->for_ms, "from", (json_int_t)x->from_wall_ms, "until",
	    (json_int_t)x->until_wall_ms, "waived", (int)x->waived, "report_due",
	    (json_int_t)x->report_due_ms, "overdue", (int)x->chased, "ended_by", x->ended_by,
	    "ended_why", x->ended_why, "ended", (json_int_t)x->ended_wall_ms);
	if (o != NULL && json_is_object(paper))
		(void)json_object_set(o, "paper", paper);
	json_decref(paper);
	return o;
}

/* Own ones and those about oneself, all for who may judge, and for root. */
static bool
may_see(struct server *s, const struct job *job, const struct store_exception *x,
    const struct store_request *q)
{
	return job->peer.uid == 0 || strcmp(q->by, job->who) == 0 ||
	       strcmp(x->subject, job->who) == 0 || exception_may_answer(s, job, q);
}

int
exception_describe(struct server *s, const struct store_request *q, json_t *out)
{
	static struct store_exception x;
	json_t *o;
	int e = store_exception_get(s->store, q->number, &x);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	o = entry_json(&x, q);
	if (o == NULL)
		return SKS_NOMEM;
	(void)json_object_del(o, "paper"); /* of hundreds it would be too much; "show" has it */
	(void)json_object_set_new(out, "exception", o);
	return SKS_OK;
}

int
command_exception_list(struct server *s, struct job *job)
{
	static struct store_exception x[EXCEPTIONS_A_PAGE];
	uint64_t after = job->command.number;
	json_t *list = json_array();
	size_t n = 0;
	int e;

	do {
		e = store_exception_list(s->store, after, job->command.newest_first, x,
		    EXCEPTIONS_A_PAGE, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			struct store_request q;

			after = x[i].number;
			e = store_request_get(s->store, 'E', x[i].number, &q);
			if (e == SKS_OK && may_see(s, job, &x[i], &q))
				(void)json_array_append_new(list, entry_json(&x[i], &q));
		}
	} while (e == SKS_OK && n == EXCEPTIONS_A_PAGE && json_array_size(list) == 0);
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	job->command_reply.next = n == EXCEPTIONS_A_PAGE ? after : 0;
	return command_json(job, list);
}

int
command_exception_show(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct store_request q = {0};
	uint64_t number = 0;
	char kind = 0;
	int e = SKS_NOT_FOUND;

	if (request_read_id(job->command.name, &kind, &number) && kind == 'E' &&
	    (e = store_exception_get(s->store, number, &x)) == SKS_OK)
		e = store_request_get(s->store, 'E', number, &q);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_NOT_FOUND || !may_see(s, job, &x, &q)) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such entry. `sekisho exception list` shows the register."));
		return SKS_OK;
	}
	return command_json(job, entry_json(&x, &q));
}
