/*
 * Requests of kind X: the body of one record is to be destroyed before its time. Who asks, who
 * may answer, and that it is destroyed.
 */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/retention.h"
#include <stdio.h>

static int
record_facts(struct server *s, uint64_t seq, struct admin_facts *f)
{
	struct store_kept k;
	int e = store_kept_get(s->store, seq, &k);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = k.body;
	f->for_ever = k.retention >= RETAIN_LOG;
	return k.body ? store_hold_match(s->store, &k, &f->on_hold) : SKS_OK;
}

static int
is_asked_for(struct server *s, uint64_t seq, bool *asked)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	for (size_t i = 0; i < n; i++)
		*asked |= q[i].kind == 'X' && q[i].record == seq;
	return e;
}

static void
say_redact_refused(struct job *job, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such record, or its body is gone already."));
	else if (d->reason == REASON_EXISTS)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That was asked for already. `sekisho pending` shows it."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why: --reason. Do not repeat there what is to be destroyed."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
}

int
command_redact(struct server *s, struct job *job)
{
	struct store_request q = {.kind = 'X', .record = job->command.number};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK ||
	    (e = record_facts(s, q.record, &f)) != SKS_OK ||
	    (e = is_asked_for(s, q.record, &f.exists)) != SKS_OK)
		return e;
	(void)snprintf(q.by, sizeof(q.by), "%s", r.by);
	(void)snprintf(q.person, sizeof(q.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(q.why, sizeof(q.why), "%s", r.text);
	q.by_uid = r.by_uid;
	r.record = q.record <= INT64_MAX ? q.record : 0;
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		e = request_add(s, &q);
		if (e == SKS_FULL)
			command_say(job, STATUS_REFUSED, "%s",
			    _("Too many requests wait already. `sekisho pending` shows them."));
		if (e != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, request_put, &q, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_redact_refused(job, &d);
		return SKS_OK;
	}
	command_say(job, STATUS_DONE,
	    _("Request %s waits for another person: `sekisho approve %s`, within seven days."),
	    r.request, r.request);
	return command_json(job, json_pack("{s:s}", "id", r.request));
}

/* ---- the answer -------------------------------------------------------------------------- */

static void
wipe_after(struct server *s, struct job *job)
{
	(void)job;
	(void)retention_wipe(s);
}

int
redact_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	(void)job;
	r->record = q->record;
	return record_facts(s, q->record, f);
}

bool
redact_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	(void)q;
	return policy_is_redactor(s->policy, job->who, job->peer.uid);
}

int
redact_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, r->by);

	(void)f;
	if (e != SKS_OK || (e = store_erase(s->store, q->record)) != SKS_OK)
		return e;
	job->after_commit = wipe_after;
	command_say(job, STATUS_DONE,
	    _("The body of record %llu is destroyed. Its header stays, and everything else can "
	      "still be verified."),
	    (unsigned long long)q->record);
	return SKS_OK;
}

int
redact_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	(void)s;
	command_say(job, STATUS_DONE,
	    withdrawn ? _("Request %s is withdrawn; record %llu stays as it is.")
		      : _("Request %s is declined; record %llu stays as it is."),
	    r->request, (unsigned long long)q->record);
	return SKS_OK;
}
