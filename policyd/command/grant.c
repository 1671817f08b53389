/* Requests for roles (role_request.c asks): what counts for an answer, the answer, the end. */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/contingency.h"
#include "keeper/grants.h"
#include "policy/role.h"
#include "store/members.h"
#include "store/terms.h"
#include <stdio.h>
#include <string.h>

/* ---- facts ------------------------------------------------------------------------------- */

void
grant_put_now(const struct job *job, struct admin_facts *f)
{
	if (f->wall_ms == 0)
		f->wall_ms = clock_now().wall_ms;
	pam_local_time(f->wall_ms, &f->weekday, &f->minute_of_day);
	f->groups_known = job->groups_known;
	(void)snprintf(f->groups, sizeof(f->groups), "%s", job->groups);
}

/* While a contingency policy is in force others can be enough, for no longer than that lasts. */
static int
look_at_contingency(struct server *s, const struct store_request *q,
    const struct role_approval *given, size_t count, struct admin_facts *f)
{
	static struct store_grant g;
	const struct contingency *c = NULL;
	uint64_t number = 0;
	int e = store_grant_get(s->store, q->number, &g);

	if (e == SKS_OK)
		e = contingency_for_role(s, g.role, g.for_ms, &number, &c);
	if (e != SKS_OK || c == NULL ||
	    !approvals_are_enough(c->approve, c->approve_count, given, count))
		return e;
	f->enough = true;
	f->contingency = number;
	return SKS_OK;
}

/* With the approval that this peer would give, are they enough? */
static int
look_at_approvals(struct server *s, const struct job *job, const struct store_request *q,
    const struct role *role, struct admin_facts *f)
{
	static struct store_approval a[GRANT_APPROVALS_MAX];
	struct role_approval given[GRANT_APPROVALS_MAX + 1];
	const char *person = policy_person(s->policy, job->who);
	size_t n = 0, count = 0;
	int e = store_approvals(s->store, q->number, a, GRANT_APPROVALS_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		bool suspended;

		f->exists |= strcmp(a[i].person, person) == 0;
		/* the word of who is suspended meanwhile is nobody's: it may have been a thief's */
		e = store_is_suspended(s->store, a[i].account, &suspended);
		if (!suspended)
			given[count++] =
			    (struct role_approval){a[i].account, a[i].person, a[i].groups};
	}
	if (e != SKS_OK)
		return e;
	given[count++] = (struct role_approval){
	    job->who, person, job->groups_known ? job->groups : NULL};
	f->enough = role != NULL && role_is_approved(role, given, count);
	return f->enough ? SKS_OK : look_at_contingency(s, q, given, count, f);
}

int
grant_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	static struct store_grant g;
	struct store_terms terms;
	const struct role *role;
	int e = store_grant_get(s->store, q->number, &g);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	role = policy_role(s->policy, g.role);
	f->found = true;
	(void)snprintf(r->role, sizeof(r->role), "%s", g.role);
	r->for_ms = g.for_ms;
	grant_put_now(job, f);
	f->redactor = grant_may_answer(s, job, q);
	if ((e = store_grant_holders(s->store, g.role, g.person, &f->people)) != SKS_OK ||
	    (e = store_terms_get(s->store, q->number, &terms)) != SKS_OK)
		return e;
	(void)snprintf(r->ticket, sizeof(r->ticket), "%s", terms.ticket);
	(void)snprintf(r->superior, sizeof(r->superior), "%s", terms.superior);
	(void)snprintf(r->because, sizeof(r->because), "%s", terms.because);
	e = look_at_approvals(s, job, q, role, f);
	if (terms.superior[0] != '\0') {
		f->enough = true; /* whose consent replaces that of the approvers */
		f->contingency = 0;
	}
	return e;
}

bool
grant_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	static struct store_grant g;

	return store_grant_get(s->store, q->number, &g) == SKS_OK &&
	       grants_may_answer(s, &g, job->who, job->groups_known ? job->groups : NULL);
}

/* ---- the answer -------------------------------------------------------------------------- */

int
grant_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	struct store_approval a = {.uid = r->by_uid};
	int64_t for_ms = r->for_ms;
	int e;

	(void)snprintf(a.account, sizeof(a.account), "%s", r->by);
	(void)snprintf(a.person, sizeof(a.person), "%s", policy_person(s->policy, r->by));
	if (job->groups_known)
		(void)snprintf(a.groups, sizeof(a.groups), "%s", job->groups);
	if ((e = store_approval_add(s->store, q->number, &a)) != SKS_OK)
		return e;
	if (!f->enough) {
		command_say(job, STATUS_DONE,
		    _("Your approval of %s is recorded. It needs further ones before %s has the "
		      "role \"%s\"."),
		    r->request, q->by, r->role);
		return SKS_OK;
	}
	if ((e = store_grant_limit(s->store, q->number, &for_ms)) != SKS_OK ||
	    (e = store_request_end(s->store, q, REQUEST_APPROVED, r->by)) != SKS_OK ||
	    (e = store_grant_start(s->store, q->number)) != SKS_OK)
		return e;
	job->after_commit = grants_publish;
	command_say(job, STATUS_DONE,
	    _("%s is approved: %s has the role \"%s\" for %lld minutes from now on."), r->request,
	    q->by, r->role, (long long)(for_ms / 60000));
	return SKS_OK;
}

int
grant_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	int e = store_grant_end(s->store, q->number, r->by,
	    reason_words[withdrawn ? REASON_WITHDRAWN : REASON_DECLINED]);

	if (e == SKS_OK)
		command_say(job, STATUS_DONE,
		    withdrawn ? _("Request %s is withdrawn.") : _("Request %s is declined."),
		    r->request);
	return e;
}

/* ---- ending ------------------------------------------------------------------------------ */

int
command_grant_end(struct server *s, struct job *job)
{
	static struct store_grant g;
	struct store_request q = {.kind = 'R'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	char kind = 0;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	r.name[0] = '\0';
	if (request_read_id(job->command.name, &kind, &q.number) && kind == 'R') {
		e = store_grant_get(s->store, q.number, &g);
		if (e == SKS_OK)
			e = store_request_get(s->store, 'R', q.number, &q);
		if (e != SKS_OK && e != SKS_NOT_FOUND)
			return e;
		f.found = e == SKS_OK;
	}
	if (f.found) {
		f.open = g.state == GRANT_ACTIVE;
		f.same_person = request_same_person(s, r.by, &q);
		f.redactor = grant_may_answer(s, job, &q);
		(void)snprintf(r.role, sizeof(r.role), "%s", g.role);
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, request_put, &q, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such grant. `sekisho grant list` shows what is in force."));
	if (d.verdict != VERDICT_ALLOW) {
		if (d.reason == REASON_WRONG_STATE)
			command_say(job, STATUS_REFUSED,
			    _("%s is not in force: it is over, or still waits, and `sekisho deny "
			      "%s` takes it back then."),
			    r.request, r.request);
		return SKS_OK;
	}
	if ((e = store_grant_end(s->store, q.number, r.by, reason_words[d.reason])) != SKS_OK)
		return e;
	job->after_commit = grants_publish;
	command_say(job, STATUS_DONE,
	    _("%s has ended: %s is no longer in %s%s. Commands under sudo that are being ended with "
	      "it: %zu."),
	    r.request, q.by, ROLE_GROUP_PREFIX, g.role, runs_of(s, q.number));
	return SKS_OK;
}
