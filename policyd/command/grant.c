/* Roles: asked for, answered, listed, ended. */
#include "error.h"
#include "command/request.h"
#include "i18n.h"
#include "keeper/grants.h"
#include "policy/role.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRANTS_A_PAGE = 64 };

/* ---- facts ------------------------------------------------------------------------------- */

static void
put_now(const struct job *job, struct admin_facts *f)
{
	time_t seconds = (time_t)(f->wall_ms / 1000);
	struct tm local = {0};

	if (localtime_r(&seconds, &local) != NULL) {
		f->weekday = (uint32_t)local.tm_wday;
		f->minute_of_day = (uint32_t)(local.tm_hour * 60 + local.tm_min);
	}
	f->groups_known = job->groups_known;
	(void)snprintf(f->groups, sizeof(f->groups), "%s", job->groups);
}

/* How many other people have the role, and does this account have or want it already? */
static int
look_at_holders(struct server *s, const char *role, const struct admin_request *r,
    const char *person, struct admin_facts *f)
{
	static struct store_grant g[GRANTS_A_PAGE];
	static char seen[GRANTS_A_PAGE][NAME_SIZE];
	uint64_t after = 0;
	size_t n;
	int e;

	do {
		e = store_grant_list(s->store, after, false, NULL, 0, g, GRANTS_A_PAGE, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			uint32_t k = 0;

			after = g[i].number;
			if (strcmp(g[i].role, role) != 0)
				continue;
			f->exists |= strcmp(g[i].user, r->by) == 0 && g[i].uid == r->by_uid;
			if (g[i].state != GRANT_ACTIVE || strcmp(g[i].person, person) == 0)
				continue;
			while (k < f->people && k < GRANTS_A_PAGE &&
			       strcmp(seen[k], g[i].person) != 0)
				k++;
			if (k == f->people && k < GRANTS_A_PAGE)
				(void)snprintf(seen[f->people++], NAME_SIZE, "%s", g[i].person);
		}
	} while (e == SKS_OK && n == GRANTS_A_PAGE);
	return e;
}

/* With the approval that this peer would give, are they enough? */
static int
look_at_approvals(struct server *s, const struct job *job, const struct store_request *q,
    const struct role *role, struct admin_facts *f)
{
	static struct store_approval a[GRANT_APPROVALS_MAX];
	struct role_approval given[GRANT_APPROVALS_MAX + 1];
	const char *person = policy_person(s->policy, job->who);
	size_t n = 0;
	int e = store_approvals(s->store, q->number, a, GRANT_APPROVALS_MAX, &n);

	if (e != SKS_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		given[i] = (struct role_approval){a[i].account, a[i].person, a[i].groups};
		f->exists |= strcmp(a[i].person, person) == 0;
	}
	given[n] = (struct role_approval){
	    job->who, person, job->groups_known ? job->groups : NULL};
	f->enough = role != NULL && role_is_approved(role, given, n + 1);
	return SKS_OK;
}

int
grant_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	static struct store_grant g;
	const struct role *role;
	int e = store_grant_get(s->store, q->number, &g);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	role = policy_role(s->policy, g.role);
	f->found = true;
	(void)snprintf(r->role, sizeof(r->role), "%s", g.role);
	r->for_ms = g.for_ms;
	put_now(job, f);
	f->redactor = grant_may_answer(s, job, q);
	if ((e = look_at_holders(s, g.role, r, g.person, f)) != SKS_OK)
		return e;
	f->exists = false; /* that was about who asks */
	return look_at_approvals(s, job, q, role, f);
}

bool
grant_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	static struct store_grant g;
	const struct role *role = NULL;

	if (store_grant_get(s->store, q->number, &g) == SKS_OK)
		role = policy_role(s->policy, g.role);
	return role != NULL &&
	       role_may_approve(role, job->who, job->groups_known ? job->groups : NULL);
}

/* ---- asking ------------------------------------------------------------------------------ */

static void
say_request_refused(struct job *job, const struct admin_request *r, const struct role *role,
    const struct decision *d)
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
	case REASON_EXISTS:
		command_say(job, STATUS_REFUSED, "%s",
		    _("You have that role, or asked for it already. `sekisho grant list` shows "
		      "it."));
		break;
	case REASON_ROLE_FULL:
		command_say(job, STATUS_REFUSED,
		    _("As many people as the policy allows have the role \"%s\" now."), r->role);
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
keep_request(struct server *s, struct job *job, const struct admin_request *r, bool active,
    struct store_request *q)
{
	struct store_grant g = {.uid = r->by_uid, .for_ms = r->for_ms};
	int e = store_request_add(s->store, q);

	if (e == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many requests wait already. `sekisho pending` shows them."));
	if (e != SKS_OK)
		return e;
	g.number = q->number;
	(void)snprintf(g.role, sizeof(g.role), "%s", r->role);
	(void)snprintf(g.user, sizeof(g.user), "%s", r->by);
	(void)snprintf(g.person, sizeof(g.person), "%s", q->person);
	(void)snprintf(g.why, sizeof(g.why), "%s", r->text);
	if ((e = store_grant_ask(s->store, &g)) != SKS_OK || !active)
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

int
command_request(struct server *s, struct job *job)
{
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
	q.by_uid = r.by_uid;
	(void)snprintf(q.by, sizeof(q.by), "%s", r.by);
	(void)snprintf(q.person, sizeof(q.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(q.why, sizeof(q.why), "%s", r.text);
	put_now(job, &f);
	role = policy_role(s->policy, r.role);
	if (role != NULL && r.for_ms == 0)
		r.for_ms = role->max_duration_ms;
	if ((e = look_at_holders(s, r.role, &r, q.person, &f)) != SKS_OK)
		return e;
	decide_command(s->policy, &r, &f, &d);
	active = d.events[0].action == ACTION_GRANT_START;
	if (d.verdict == VERDICT_ALLOW) {
		if ((e = keep_request(s, job, &r, active, &q)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, put_grant, &q, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_request_refused(job, &r, role, &d);
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
	if ((e = store_request_end(s->store, q, REQUEST_APPROVED, r->by)) != SKS_OK ||
	    (e = store_grant_start(s->store, q->number)) != SKS_OK)
		return e;
	job->after_commit = grants_publish;
	command_say(job, STATUS_DONE,
	    _("%s is approved: %s has the role \"%s\" for %lld minutes from now on."), r->request,
	    q->by, r->role, (long long)(r->for_ms / 60000));
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
	    _("%s has ended: %s is no longer in %s%s. What already runs under sudo goes on."),
	    r.request, q.by, ROLE_GROUP_PREFIX, g.role);
	return SKS_OK;
}

/* ---- lists ------------------------------------------------------------------------------- */

static const char *const grant_state_words[] = {
    [GRANT_ASKED] = "asked", [GRANT_ACTIVE] = "active", [GRANT_OVER] = "over"};

static json_t *
grant_json(const struct store_grant *g)
{
	char id[REQUEST_ID_SIZE];

	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)g->number);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:I,s:I}", "id", id,
	    "role", g->role, "user", g->user, "person", g->person, "why", g->why, "state",
	    grant_state_words[g->state], "for", (json_int_t)g->for_ms, "from",
	    (json_int_t)g->from_wall_ms, "until", (json_int_t)g->until_wall_ms, "left",
	    (json_int_t)g->left_ms, "ended_by", g->ended_by, "ended_why", g->ended_why, "ended",
	    (json_int_t)g->ended_wall_ms, "number", (json_int_t)g->number);
}

static json_t *
approvals_json(struct server *s, uint64_t number)
{
	static struct store_approval a[GRANT_APPROVALS_MAX];
	json_t *list = json_array();
	size_t n = 0;

	if (store_approvals(s->store, number, a, GRANT_APPROVALS_MAX, &n) != SKS_OK)
		n = 0;
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:I}", "account", a[i].account, "person", a[i].person, "at",
			(json_int_t)a[i].wall_ms));
	return list;
}

int
grant_describe(struct server *s, const struct store_request *q, json_t *out)
{
	static struct store_grant g;
	int e = store_grant_get(s->store, q->number, &g);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	(void)json_object_set_new(out, "role", json_string(g.role));
	(void)json_object_set_new(out, "for", json_integer((json_int_t)g.for_ms));
	(void)json_object_set_new(out, "approvals", approvals_json(s, q->number));
	return SKS_OK;
}

/* Own ones, those that this peer may answer, and for root all. */
static bool
may_see(struct server *s, const struct job *job, const struct store_grant *g)
{
	struct store_request q = {.kind = 'R', .number = g->number};

	return job->peer.uid == 0 ||
	       (strcmp(g->user, job->who) == 0 && g->uid == job->peer.uid) ||
	       grant_may_answer(s, job, &q);
}

int
command_grant_list(struct server *s, struct job *job)
{
	static struct store_grant g[GRANTS_A_PAGE];
	json_t *list = json_array();
	uint64_t after = job->command.number;
	size_t n = 0;
	int e;

	/* who may see few of many still gets a whole page, if there is one */
	do {
		e = store_grant_list(s->store, after, job->command.newest_first, NULL, 0, g,
		    GRANTS_A_PAGE, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = g[i].number;
			if (may_see(s, job, &g[i]))
				(void)json_array_append_new(list, grant_json(&g[i]));
		}
	} while (e == SKS_OK && n == GRANTS_A_PAGE && json_array_size(list) == 0);
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	job->command_reply.next = n == GRANTS_A_PAGE ? after : 0;
	return command_json(job, list);
}

int
command_grant_show(struct server *s, struct job *job)
{
	static struct store_grant g;
	uint64_t number = 0;
	json_t *out;
	char kind = 0;
	int e = SKS_NOT_FOUND;

	if (request_read_id(job->command.name, &kind, &number) && kind == 'R')
		e = store_grant_get(s->store, number, &g);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_NOT_FOUND || !may_see(s, job, &g)) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such grant. `sekisho grant list` shows what is in force."));
		return SKS_OK;
	}
	out = grant_json(&g);
	(void)json_object_set_new(out, "approvals", approvals_json(s, number));
	return command_json(job, out);
}

static json_t *
names_json(const struct strings *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++)
		(void)json_array_append_new(list, json_string(names->item[i]));
	return list;
}

static json_t *
approve_json(const struct role *role)
{
	json_t *ways = json_array();

	for (size_t i = 0; i < role->approve_count; i++) {
		json_t *all = json_array();

		for (size_t j = 0; j < role->approve[i].count; j++)
			(void)json_array_append_new(all,
			    json_pack("{s:I,s:o}", "need",
				(json_int_t)role->approve[i].item[j].need, "from",
				names_json(&role->approve[i].item[j].from)));
		(void)json_array_append_new(ways, all);
	}
	return ways;
}

int
command_role_list(struct server *s, struct job *job)
{
	const char *groups = job->groups_known ? job->groups : NULL;
	json_t *list = json_array();

	for (size_t i = 0; i < s->policy->role_count; i++) {
		const struct role *role = &s->policy->role[i];
		bool member = policy_is_among(&role->members, job->who, groups);
		bool approver = role_may_approve(role, job->who, groups);

		if (!member && !approver && job->peer.uid != 0)
			continue;
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:b,s:b,s:I,s:o,s:o,s:o,s:s,s:s}", "name", role->name, "member",
			member, "approver", approver, "max_duration",
			(json_int_t)role->max_duration_ms, "members", names_json(&role->members),
			"approve", approve_json(role), "commands", names_json(&role->commands),
			"run_as", role->run_as, "root_equivalent",
			role->root_equivalent == ROOT_YES  ? "yes"
			: role->root_equivalent == ROOT_NO ? "no"
							   : ""));
	}
	return command_json(job, list);
}
