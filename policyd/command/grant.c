/* Roles: asked for, answered, ended. */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/contingency.h"
#include "keeper/grants.h"
#include "keeper/retention.h"
#include "people.h"
#include "policy/role.h"
#include "store/members.h"
#include "store/terms.h"
#include "text.h"
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

/* ---- asking ------------------------------------------------------------------------------ */

static void
say_not_certified(struct job *job, const struct admin_request *r, uint32_t standing)
{
	if (standing == STANDING_OUT)
		command_say(job, STATUS_REFUSED,
		    _("A review took you out of the role \"%s\". Who maintains the policy can "
		      "say more."),
		    r->role);
	else
		command_say(job, STATUS_REFUSED,
		    standing == STANDING_MOVED
			? _("You are in another unit since your membership of the role \"%s\" was "
			    "certified. It counts again when its members have been reviewed "
			    "(`sekisho role review %s`, by a reviewer).")
			: _("The store of this host was put back, so that nobody knows whether "
			    "you are still a member of the role \"%s\". It counts again when its "
			    "members have been reviewed (`sekisho role review %s`, by a "
			    "reviewer)."),
		    r->role, r->role);
}

static void
say_request_refused(struct job *job, const struct admin_request *r, const struct role *role,
    uint32_t standing, const struct decision *d)
{
	switch (d->reason) {
	case REASON_NOT_FOUND:
		command_say(job, STATUS_REFUSED,
		    _("The policy has no role \"%s\". `sekisho role list` shows yours."), r->role);
		break;
	case REASON_NOT_PERMITTED:
		command_say(job, STATUS_REFUSED,
		    _("You are not a member of the role \"%s\". Who maintains the policy can make "
		      "you one."),
		    r->role);
		break;
	case REASON_NOT_CERTIFIED:
		say_not_certified(job, r, standing);
		break;
	case REASON_WRONG_PLACE:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" cannot be asked for from where you are logged in."), r->role);
		break;
	case REASON_OUTSIDE_HOURS:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" cannot be asked for at this hour."), r->role);
		break;
	case REASON_TOO_LONG:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" is given for at most %lld minutes at a time."), r->role,
		    (long long)(role != NULL ? role->max_duration_ms / 60000 : 0));
		break;
	case REASON_INVALID_VALUE:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why, with --reason, and for how long, with --for."));
		break;
	case REASON_TICKET_MISSING:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" is asked for with a ticket, --ticket, that looks like: %s"),
		    r->role, role != NULL ? role->ticket : "?");
		break;
	case REASON_ATTRIBUTE_MISSING:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" requires something of you that is missing or has run out. "
		      "`sekisho attribute list` shows what you have."),
		    r->role);
		break;
	case REASON_SUPERIOR_UNFIT:
		command_say(job, STATUS_REFUSED,
		    _("%s cannot be asked instead of the approvers of \"%s\": it has to be "
		      "another person, one that the policy names for that, with a reason "
		      "(--because)."),
		    r->superior, r->role);
		break;
	case REASON_EXISTS:
		command_say(job, STATUS_REFUSED, "%s",
		    _("You have that role, or asked for it already. `sekisho grant list` shows "
		      "it."));
		break;
	case REASON_ROLE_FULL:
		command_say(job, STATUS_REFUSED,
		    _("As many people as the policy allows have the role \"%s\" now."), r->role);
		break;
	case REASON_TOO_MANY_ROLES:
		command_say(job, STATUS_REFUSED,
		    _("You have or asked for %d roles already, and more at a time are not given. "
		      "`sekisho grant list` shows them, `sekisho end` gives one back."),
		    (int)ROLES_AT_ONCE);
		break;
	case REASON_PROOF_NEEDED:
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
		break;
	default:
		break;
	}
}

static void
put_grant(struct record *r, void *context)
{
	const struct store_request *q = context;

	record_put_str(r, "sekisho.request.person", q->person);
	record_put_str(r, "sekisho.request.by", q->by);
}

/* What was asked for is kept; where nobody has to approve it, it begins. */
static int
keep_request(struct server *s, struct job *job, const struct role *role,
    const struct admin_request *r, bool active, struct store_request *q)
{
	struct store_grant g = {.uid = r->by_uid, .for_ms = r->for_ms};
	struct store_terms terms = {0};
	int e = store_grant_room(s->store);

	if (e == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many roles are held and asked for on this host. `sekisho grant list` "
		      "shows them; when one ends, ask again."));
	else if (e == SKS_OK && (e = request_add(s, q)) == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many requests wait already. `sekisho pending` shows them."));
	if (e != SKS_OK)
		return e;
	g.number = q->number;
	(void)snprintf(g.role, sizeof(g.role), "%s", r->role);
	(void)snprintf(g.user, sizeof(g.user), "%s", r->by);
	(void)snprintf(g.person, sizeof(g.person), "%s", q->person);
	(void)snprintf(g.why, sizeof(g.why), "%s", r->text);
	(void)snprintf(terms.ticket, sizeof(terms.ticket), "%s", r->ticket);
	(void)snprintf(terms.superior, sizeof(terms.superior), "%s", r->superior);
	(void)snprintf(terms.because, sizeof(terms.because), "%s", r->because);
	if (role->kind == ROLE_REMOTE_WORK)
		terms.reported_wall_ms = TERMS_OWED;
	if ((e = store_grant_ask(s->store, &g)) != SKS_OK ||
	    (e = store_terms_put(s->store, q->number, &terms)) != SKS_OK || !active)
		return e;
	if ((e = store_request_end(s->store, q, REQUEST_APPROVED, "")) != SKS_OK)
		return e;
	job->after_commit = grants_publish;
	return store_grant_start(s->store, q->number);
}

static void
say_given(struct job *job, const char *id, const struct admin_request *r)
{
	command_say(job, STATUS_DONE,
	    _("%s: you have the role \"%s\" for %lld minutes. `sekisho end %s` gives it back "
	      "earlier."),
	    id, r->role, (long long)(r->for_ms / 60000), id);
}

/* Not longer than one is a member. */
static int64_t
within_membership(int64_t for_ms, int64_t until_ms, int64_t date_ms)
{
	if (until_ms > date_ms && for_ms > until_ms - date_ms)
		return until_ms - date_ms;
	return for_ms;
}

int
command_request(struct server *s, struct job *job)
{
	int64_t member_ms = 0;
	struct store_request q = {.kind = 'R'};
	const struct role *role;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	bool active;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		return e;
	(void)snprintf(r.role, sizeof(r.role), "%.63s", r.name);
	r.name[0] = '\0'; /* of a device, in records */
	r.for_ms = job->command.for_ms;
	(void)text_clean(r.ticket, sizeof(r.ticket), job->command.event);
	(void)text_clean(r.superior, sizeof(r.superior), job->command.verified_by);
	(void)text_clean(r.because, sizeof(r.because), job->command.verified_how);
	q.by_uid = r.by_uid;
	(void)snprintf(q.by, sizeof(q.by), "%s", r.by);
	(void)snprintf(q.person, sizeof(q.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(q.why, sizeof(q.why), "%s", r.text);
	grant_put_now(job, &f);
	role = policy_role(s->policy, r.role);
	if (role != NULL && r.for_ms == 0)
		r.for_ms = role->max_duration_ms;
	if (role != NULL)
		member_ms = role_member_until(role, r.by, job->groups_known ? job->groups : NULL);
	if (role != NULL && (e = people_standing(s, role, r.by, &f.standing)) != SKS_OK)
		return e;
	if ((e = retention_date(s, clock_now(), &f.date_ms)) != SKS_OK)
		return e;
	r.for_ms = within_membership(r.for_ms, member_ms, f.date_ms);
	if ((e = people_attributes(s, q.person, f.attributes, sizeof(f.attributes))) != SKS_OK ||
	    (e = store_grant_holders(s->store, r.role, q.person, &f.people)) != SKS_OK ||
	    (e = store_grant_has(s->store, r.role, r.by, r.by_uid, &f.exists)) != SKS_OK ||
	    (e = store_grant_count(s->store, r.by, r.by_uid, &f.held)) != SKS_OK)
		return e;
	decide_command(s->policy, &r, &f, &d);
	active = d.events[0].action == ACTION_GRANT_START;
	if (d.verdict == VERDICT_ALLOW) {
		if ((e = keep_request(s, job, role, &r, active, &q)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		if (member_ms != INT64_MAX &&
		    (e = store_grant_until_put(s->store, q.number, member_ms)) != SKS_OK)
			return e;
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, put_grant, &q, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_request_refused(job, &r, role, f.standing, &d);
		return SKS_OK;
	}
	if (active)
		say_given(job, r.request, &r);
	else
		command_say(job, STATUS_DONE,
		    _("%s waits for approval: `sekisho approve %s`, by others, within a day. "
		      "`sekisho pending` shows it."),
		    r.request, r.request);
	return command_json(job, json_pack("{s:s,s:b}", "id", r.request, "active", active));
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
	if ((e = command_decide(s, job, &r, &f, put_grant, &q, &d)) != SKS_OK)
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
