/* An exception ends before its time, and its end is reported. */
#include "command/contingency.h"
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/contingency.h"
#include "keeper/exceptions.h"
#include <string.h>

/* The entry that the command names, with its request; f->found says whether there is one. */
static int
find_entry(struct server *s, struct job *job, struct store_exception *x,
    struct store_request *q, struct admin_request *r, struct admin_facts *f)
{
	char kind = 0;
	int e = SKS_NOT_FOUND;

	r->name[0] = '\0';
	if (request_read_id(job->command.name, &kind, &q->number)) {
		if (kind == 'E')
			e = store_exception_get(s->store, q->number, x);
	} else if (s->policy->contingency_count > 0) { /* by its name */
		e = contingency_entry(s, job->command.name, true, x);
		q->number = x->number;
	}
	if (e == SKS_OK)
		e = store_request_get(s->store, 'E', q->number, q);
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = true;
	f->redactor = exception_may_answer(s, job, q);
	f->same_person = request_same_person(s, r->by, q);
	exception_scope(x, r);
	request_id(q, r->request);
	return SKS_OK;
}

static void
say_end_refused(struct job *job, const struct store_exception *x, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such entry. `sekisho exception list` shows the register."));
	else if (d->reason == REASON_WRONG_STATE && x->state == EXCEPTION_ACTIVE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("It is in force because the policy says so: change it there."));
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("It is not in that state: over, or reported already."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say how it ended, with --text."));
}

int
command_exception_end(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct store_request q = {.kind = 'E'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	memset(&x, 0, sizeof(x));
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = find_entry(s, job, &x, &q, &r, &f)) != SKS_OK)
		return e;
	f.open = x.state == EXCEPTION_ACTIVE;
	f.for_ever = strcmp(x.kind, "break-glass") == 0 ||
		     (x.origin[0] != '\0' && strncmp(x.origin, "line:", 5) != 0);
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_end_refused(job, &x, &d);
		return SKS_OK;
	}
	if ((e = exceptions_end(s, &x, r.by, reason_words[d.reason])) != SKS_OK)
		return e;
	if (strcmp(x.kind, CONTINGENCY_KEY) == 0)
		job->after_commit = contingency_after;
	command_say(job, STATUS_DONE,
	    x.waived ? _("%s has ended.")
		     : _("%s has ended. Its end is to be reported: sekisho exception report %s"),
	    r.request, r.request);
	return SKS_OK;
}

int
command_exception_report(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct store_request q = {.kind = 'E'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	struct exception_actor actor = {s, r.by};
	int e;

	memset(&x, 0, sizeof(x));
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK ||
	    (e = find_entry(s, job, &x, &q, &r, &f)) != SKS_OK)
		return e;
	f.open = x.report_due_ms != 0;
	if ((e = command_decide(s, job, &r, &f, exception_put_actor, &actor, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_end_refused(job, &x, &d);
		return SKS_OK;
	}
	if ((e = exception_write(&x, "reporter", exception_person(s, r.by))) != SKS_OK ||
	    (e = exception_write(&x, "end", json_pack("{s:s}", "text", r.text))) != SKS_OK ||
	    (e = store_exception_reported(s->store, &x)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("The end of %s is reported."), r.request);
	return SKS_OK;
}
