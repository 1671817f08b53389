/* Asking for a role: what is asked, whether it is refused and why, what is kept of it. */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/grants.h"
#include "keeper/retention.h"
#include "people.h"
#include "policy/role.h"
#include "store/members.h"
#include "store/terms.h"
#include "text.h"
#include <stdio.h>

struct asking {
	struct admin_request r;
	struct admin_facts f;
	struct store_request q;
	const struct role *role; /* NULL: the policy has none of that name */
	int64_t member_ms;       /* until then who asks is a member of it */
};

/* ---- what is asked ----------------------------------------------------------------------- */

static int
read_command(struct server *s, struct job *job, struct asking *a)
{
	const struct command *c = &job->command;
	struct admin_request *r = &a->r;
	int e;

	if ((e = command_facts(s, job, r, &a->f)) != SKS_OK ||
	    (e = request_identify(s, job, &a->f)) != SKS_OK)
		return e;
	(void)snprintf(r->role, sizeof(r->role), "%.63s", r->name);
	r->name[0] = '\0'; /* of a device, in records */
	r->for_ms = c->for_ms;
	(void)text_clean(r->ticket, sizeof(r->ticket), c->event);
	(void)text_clean(r->superior, sizeof(r->superior), c->verified_by);
	(void)text_clean(r->because, sizeof(r->because), c->verified_how);
	a->q = (struct store_request){.kind = 'R', .by_uid = r->by_uid};
	(void)snprintf(a->q.by, sizeof(a->q.by), "%s", r->by);
	(void)snprintf(a->q.person, sizeof(a->q.person), "%s", policy_person(s->policy, r->by));
	(void)snprintf(a->q.why, sizeof(a->q.why), "%s", r->text);
	grant_put_now(job, &a->f);
	return SKS_OK;
}

/* Not longer than one is a member. */
static int64_t
within_membership(int64_t for_ms, int64_t until_ms, int64_t date_ms)
{
	if (until_ms > date_ms && for_ms > until_ms - date_ms)
		return until_ms - date_ms;
	return for_ms;
}

/* The role, for how long it can be had, and by what right who asks is a member. */
static int
look_at_role(struct server *s, const struct job *job, struct asking *a)
{
	struct admin_request *r = &a->r;
	int e = SKS_OK;

	a->role = policy_role(s->policy, r->role);
	a->member_ms = 0;
	if (a->role != NULL) {
		if (r->for_ms == 0)
			r->for_ms = a->role->max_duration_ms;
		a->member_ms =
		    role_member_until(a->role, r->by, job->groups_known ? job->groups : NULL);
		e = people_standing(s, a->role, r->by, &a->f.standing);
	}
	if (e != SKS_OK || (e = retention_date(s, clock_now(), &a->f.date_ms)) != SKS_OK)
		return e;
	r->for_ms = within_membership(r->for_ms, a->member_ms, a->f.date_ms);
	return SKS_OK;
}

/* What who asks has already, and who else has the role. */
static int
look_at_holders(struct server *s, struct asking *a)
{
	const struct admin_request *r = &a->r;
	struct admin_facts *f = &a->f;
	const char *person = a->q.person;
	int e;

	if ((e = people_attributes(s, person, f->attributes, sizeof(f->attributes))) !=
		SKS_OK ||
	    (e = store_grant_holders(s->store, r->role, person, &f->people)) != SKS_OK ||
	    (e = store_grant_has(s->store, r->role, r->by, r->by_uid, &f->exists)) != SKS_OK)
		return e;
	return store_grant_count(s->store, r->by, r->by_uid, &f->held);
}

/* ---- what is answered -------------------------------------------------------------------- */

static void
say_not_certified(struct job *job, const struct asking *a, uint32_t standing)
{
	if (standing == STANDING_OUT)
		command_say(job, STATUS_REFUSED,
		    _("A review took you out of the role \"%s\". Who maintains the policy can "
		      "say more."),
		    a->r.role);
	else
		command_say(job, STATUS_REFUSED,
		    standing == STANDING_MOVED
			? _("You are in another unit since your membership of the role \"%s\" "
			    "was "
			    "certified. It counts again when its members have been reviewed "
			    "(`sekisho role review %s`, by a reviewer).")
			: _("The store of this host was put back, so that nobody knows whether "
			    "you are still a member of the role \"%s\". It counts again when "
			    "its "
			    "members have been reviewed (`sekisho role review %s`, by a "
			    "reviewer)."),
		    a->r.role, a->r.role);
}

/* Who may have it, from where and when. */
static void
say_not_for_you(struct job *job, const struct asking *a, enum reason reason)
{
	switch (reason) {
	case REASON_NOT_FOUND:
		command_say(job, STATUS_REFUSED,
		    _("The policy has no role \"%s\". `sekisho role list` shows yours."),
		    a->r.role);
		break;
	case REASON_NOT_PERMITTED:
		command_say(job, STATUS_REFUSED,
		    _("You are not a member of the role \"%s\". Who maintains the policy can "
		      "make "
		      "you one."),
		    a->r.role);
		break;
	case REASON_NOT_CERTIFIED:
		say_not_certified(job, a, a->f.standing);
		break;
	case REASON_ATTRIBUTE_MISSING:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" requires something of you that is missing or has run "
		      "out. "
		      "`sekisho attribute list` shows what you have."),
		    a->r.role);
		break;
	case REASON_WRONG_PLACE:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" cannot be asked for from where you are logged in."),
		    a->r.role);
		break;
	case REASON_OUTSIDE_HOURS:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" cannot be asked for at this hour."), a->r.role);
		break;
	default:
		break;
	}
}

/* What has to be said with it. */
static void
say_ask_otherwise(struct job *job, const struct asking *a, enum reason reason)
{
	switch (reason) {
	case REASON_TOO_LONG:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" is given for at most %lld minutes at a time."),
		    a->r.role,
		    (long long)(a->role != NULL ? a->role->max_duration_ms / 60000 : 0));
		break;
	case REASON_INVALID_VALUE:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why, with --reason, and for how long, with --for."));
		break;
	case REASON_TICKET_MISSING:
		command_say(job, STATUS_REFUSED,
		    _("The role \"%s\" is asked for with a ticket, --ticket, that looks like: "
		      "%s"),
		    a->r.role, a->role != NULL ? a->role->ticket : "?");
		break;
	case REASON_SUPERIOR_UNFIT:
		command_say(job, STATUS_REFUSED,
		    _("%s cannot be asked instead of the approvers of \"%s\": it has to be "
		      "another person, one that the policy names for that, with a reason "
		      "(--because)."),
		    a->r.superior, a->r.role);
		break;
	case REASON_PROOF_NEEDED:
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
		break;
	default:
		break;
	}
}

/* What is held of it, and by whom. */
static void
say_held_already(struct job *job, const struct asking *a, enum reason reason)
{
	switch (reason) {
	case REASON_EXISTS:
		command_say(job, STATUS_REFUSED, "%s",
		    _("You have that role, or asked for it already. `sekisho grant list` shows "
		      "it."));
		break;
	case REASON_ROLE_FULL:
		command_say(job, STATUS_REFUSED,
		    _("As many people as the policy allows have the role \"%s\" now."),
		    a->r.role);
		break;
	case REASON_TOO_MANY_ROLES:
		command_say(job, STATUS_REFUSED,
		    _("You have or asked for %d roles already, and more at a time are not "
		      "given. "
		      "`sekisho grant list` shows them, `sekisho end` gives one back."),
		    (int)ROLES_AT_ONCE);
		break;
	default:
		break;
	}
}

static void
say_refused(struct job *job, const struct asking *a, enum reason reason)
{
	/* each reason is in one of them */
	say_not_for_you(job, a, reason);
	say_ask_otherwise(job, a, reason);
	say_held_already(job, a, reason);
}

static void
say_given(struct job *job, const struct admin_request *r)
{
	command_say(job, STATUS_DONE,
	    _("%s: you have the role \"%s\" for %lld minutes. `sekisho end %s` gives it back "
	      "earlier."),
	    r->request, r->role, (long long)(r->for_ms / 60000), r->request);
}

static void
say_waits(struct job *job, const struct admin_request *r)
{
	command_say(job, STATUS_DONE,
	    _("%s waits for approval: `sekisho approve %s`, by others, within a day. "
	      "`sekisho pending` shows it."),
	    r->request, r->request);
}

/* ---- what is kept ------------------------------------------------------------------------ */

/* SKS_FULL: there is no room for it, and who asks was told. */
static int
put_in_line(struct server *s, struct job *job, struct store_request *q)
{
	int e = store_grant_room(s->store);

	if (e == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many roles are held and asked for on this host. `sekisho grant "
		      "list` "
		      "shows them; when one ends, ask again."));
	else if (e == SKS_OK && (e = request_add(s, q)) == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many requests wait already. `sekisho pending` shows them."));
	return e;
}

static int
keep_grant(struct server *s, const struct asking *a)
{
	const struct admin_request *r = &a->r;
	struct store_grant g = {.number = a->q.number, .uid = r->by_uid, .for_ms = r->for_ms};
	int e;

	(void)snprintf(g.role, sizeof(g.role), "%s", r->role);
	(void)snprintf(g.user, sizeof(g.user), "%s", r->by);
	(void)snprintf(g.person, sizeof(g.person), "%s", a->q.person);
	(void)snprintf(g.why, sizeof(g.why), "%s", r->text);
	if ((e = store_grant_ask(s->store, &g)) != SKS_OK || a->member_ms == INT64_MAX)
		return e;
	return store_grant_until_put(s->store, g.number, a->member_ms);
}

static int
keep_terms(struct server *s, const struct asking *a)
{
	const struct admin_request *r = &a->r;
	struct store_terms terms = {0};

	(void)snprintf(terms.ticket, sizeof(terms.ticket), "%s", r->ticket);
	(void)snprintf(terms.superior, sizeof(terms.superior), "%s", r->superior);
	(void)snprintf(terms.because, sizeof(terms.because), "%s", r->because);
	if (a->role->kind == ROLE_REMOTE_WORK)
		terms.reported_wall_ms = TERMS_OWED;
	return store_terms_put(s->store, a->q.number, &terms);
}

/* Nobody has to approve it. */
static int
begin_now(struct server *s, struct job *job, const struct store_request *q)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, "");

	if (e != SKS_OK)
		return e;
	job->after_commit = grants_publish;
	return store_grant_start(s->store, q->number);
}

static int
keep(struct server *s, struct job *job, const struct asking *a, bool active)
{
	int e = keep_grant(s, a);

	if (e != SKS_OK || (e = keep_terms(s, a)) != SKS_OK || !active)
		return e;
	return begin_now(s, job, &a->q);
}

int
command_request(struct server *s, struct job *job)
{
	struct asking a;
	struct decision d;
	bool active;
	int e;

	if ((e = read_command(s, job, &a)) != SKS_OK ||
	    (e = look_at_role(s, job, &a)) != SKS_OK || (e = look_at_holders(s, &a)) != SKS_OK)
		return e;
	decide_command(s->policy, &a.r, &a.f, &d);
	active = d.events[0].action == ACTION_GRANT_START;
	if (d.verdict == VERDICT_ALLOW) {
		if ((e = put_in_line(s, job, &a.q)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		if ((e = keep(s, job, &a, active)) != SKS_OK)
			return e;
		request_id(&a.q, a.r.request);
	}
	if ((e = command_decide(s, job, &a.r, &a.f, request_put, &a.q, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_refused(job, &a, d.reason);
		return SKS_OK;
	}
	(active ? say_given : say_waits)(job, &a.r);
	return command_json(job, json_pack("{s:s,s:b}", "id", a.r.request, "active", active));
}
