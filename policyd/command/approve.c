/*
 * A request is approved, declined or withdrawn: which one, by whom, and what each kind makes of
 * it.
 */
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include <stdio.h>

enum { APPROVERS_MAX = 256 };

/* Did whoever asks for this approve something of who answers it, which still waits or holds? */
static int
look_for_crossing(struct server *s, const struct job *job, const struct store_request *q,
    struct admin_facts *f)
{
	static struct store_approver a[APPROVERS_MAX];
	size_t n = 0;
	int e = store_approved_for(
	    s->store, policy_person(s->policy, job->who), a, APPROVERS_MAX, &n);

	for (size_t i = 0; i < n; i++)
		f->crossed |= request_same_person(s, a[i].account, q);
	/* more than can be looked at: nobody knows who is among them */
	f->crossed |= n == APPROVERS_MAX;
	return e;
}

/* The request that the command names, and what of it counts for the decision. */
static int
find_request(struct server *s, struct job *job, struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	const struct request_kind *kind = NULL;
	int64_t watched_ms = 0;
	uint64_t number = 0;
	char letter = 0;
	int e = SKS_NOT_FOUND;

	r->name[0] = '\0'; /* of a device, in records */
	if (request_read_id(job->command.name, &letter, &number) &&
	    (kind = request_kind_of(letter)) != NULL) {
		/* what kind of answer it is, is known without it */
		(void)snprintf(r->request, sizeof(r->request), "%c-%llu", letter,
		    (unsigned long long)number);
		e = store_request_get(s->store, letter, number, q);
	}
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->redactor = kind->may_answer(s, job, q);
	if ((e = request_watched_ms(s, &watched_ms)) != SKS_OK ||
	    (e = kind->facts(s, job, q, r, f)) != SKS_OK)
		return e;
	f->open =
	    q->state == REQUEST_OPEN && f->found && !request_is_over(q, f->wall_ms, watched_ms);
	f->found = true;
	f->same_person |= request_same_person(s, r->by, q);
	request_id(q, r->request);
	return r->verb == VERB_APPROVE ? look_for_crossing(s, job, q, f) : SKS_OK;
}

static void
say_answer_refused(struct job *job, const struct decision *d)
{
	/* to a stranger both read the same */
	if (d->reason == REASON_NOT_FOUND || d->reason == REASON_NOT_PERMITTED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such request, or its answer is not yours to give. `sekisho pending` "
		      "shows what waits for you."));
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That request is over: approved, declined, withdrawn or too old."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why: an exception is granted or refused with the --reason."));
	else if (d->reason == REASON_TOO_LONG)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Grant what was asked for or less, not more."));
}

struct answering {
	struct server *server;
	struct store_request *request;
	const char *account;
};

/* Who judges an entry of the register stands in it by name, role, unit and contact. */
static void
put_answer(struct record *r, void *context)
{
	const struct answering *a = context;

	request_put(r, a->request);
	if (a->request->kind == 'E' || a->request->kind == 'B')
		exception_put_person(r, a->server, a->account);
}

static int
decide_answer(struct server *s, struct job *job, struct store_request *q, struct admin_request *r,
    struct admin_facts *f, struct decision *d)
{
	struct answering answering = {s, q, r->by};
	int e;

	*q = (struct store_request){0};
	if ((e = command_facts(s, job, r, f)) != SKS_OK ||
	    (e = request_identify(s, job, f)) != SKS_OK ||
	    (e = find_request(s, job, q, r, f)) != SKS_OK ||
	    (e = command_decide(s, job, r, f, put_answer, &answering, d)) != SKS_OK)
		return e;
	if (d->verdict != VERDICT_ALLOW)
		say_answer_refused(job, d);
	return SKS_OK;
}

int
command_approve(struct server *s, struct job *job)
{
	struct store_request q;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e = decide_answer(s, job, &q, &r, &f, &d);

	if (e != SKS_OK || d.verdict != VERDICT_ALLOW)
		return e;
	return request_kind_of(q.kind)->approved(s, job, &q, &r, &f);
}

int
command_deny(struct server *s, struct job *job)
{
	struct store_request q;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e = decide_answer(s, job, &q, &r, &f, &d);

	if (e != SKS_OK || d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_request_end(s->store, &q,
		 f.same_person ? REQUEST_WITHDRAWN : REQUEST_DECLINED, r.by)) != SKS_OK)
		return e;
	return request_kind_of(q.kind)->declined(s, job, &q, &r, f.same_person);
}
