/* Could somebody get a role now: each condition, and whether it is met. */
#include "command/explain.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "people.h"
#include <stdio.h>

/* The request as it would be made: by the person, in a login of their own from there, with a
 * reason and a right code, as far as they can have one. */
static void
role_asked(const struct server *s, const struct job *job, const struct role *role,
    struct admin_request *r)
{
	const struct command *c = &job->command;

	(void)s;
	*r = (struct admin_request){.verb = VERB_REQUEST,
	    .by_uid = c->uid,
	    .uid = c->uid,
	    .login_uid = c->uid,
	    .by_root = c->uid == 0,
	    .text = "-",
	    .has_code = true,
	    .for_ms = c->for_ms};
	(void)snprintf(r->by, sizeof(r->by), "%s", c->user);
	(void)snprintf(r->user, sizeof(r->user), "%s", c->user);
	(void)snprintf(r->role, sizeof(r->role), "%.63s", c->name);
	(void)snprintf(r->ticket, sizeof(r->ticket), "%.63s", c->event);
	if (role != NULL && r->for_ms == 0)
		r->for_ms = role->max_duration_ms;
}

static int
role_known(struct server *s, const struct job *job, const struct admin_request *r,
    struct admin_facts *f)
{
	const struct role *role = policy_role(s->policy, r->role);
	enum account_class class = policy_account_class(s->policy, r->by, r->by_uid);
	static struct user_state user;
	int e = store_user(s->store, r->by, r->by_uid, s->policy->deny,
	    s->policy->unlock_time_ms, &user);

	if (e != SKS_OK)
		return e;
	*f = (struct admin_facts){.suspended = user.suspended,
	    .devices = user.devices,
	    .identified = class == CLASS_PERSON || class == CLASS_ADMIN,
	    .code_ok = user.devices > 0 || user.recovery_codes > 0};
	source_normalize("", job->command.source, f->source);
	grant_put_now(job, f);
	explain_at(job->command.at_ms, &f->wall_ms, &f->weekday, &f->minute_of_day);
	if (role != NULL && (e = people_standing(s, role, r->by, &f->standing)) != SKS_OK)
		return e;
	if ((e = people_attributes(s, policy_person(s->policy, r->by), f->attributes,
		 sizeof(f->attributes))) != SKS_OK ||
	    (e = store_grant_holders(s->store, r->role, policy_person(s->policy, r->by),
		 &f->people)) != SKS_OK ||
	    (e = store_grant_count(s->store, r->by, r->by_uid, &f->held)) != SKS_OK)
		return e;
	return store_grant_has(s->store, r->role, r->by, r->by_uid, &f->exists);
}

static json_t *
conditions_json(
    const struct policy *p, const struct admin_request *r, const struct admin_facts *f)
{
	struct role_condition c[ROLE_CONDITIONS_MAX];
	size_t count = explain_role(p, r, f, c);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:b}", "reason", reason_words[c[i].reason], "met", (int)c[i].met));
	return list;
}

int
explain_for_role(struct server *s, struct job *job)
{
	const struct role *role = policy_role(s->policy, job->command.name);
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int64_t until_ms;
	int e;

	role_asked(s, job, role, &r);
	if ((e = role_known(s, job, &r, &f)) != SKS_OK)
		return e;
	if (role == NULL) {
		command_say(job, STATUS_REFUSED,
		    _("The policy has no role \"%s\". `sekisho role list` shows yours."), r.role);
		return SKS_OK;
	}
	until_ms = role_member_until(role, r.by, job->groups_known ? job->groups : NULL);
	if (until_ms > f.wall_ms && r.for_ms > until_ms - f.wall_ms)
		r.for_ms = until_ms - f.wall_ms; /* a request gets no more either */
	decide_command(s->policy, &r, &f, &d);
	return command_json(job,
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:I,s:o,s:o,s:o}", "role", role->name,
		"verdict", d.verdict == VERDICT_ALLOW ? "allow" : "deny", "reason",
		reason_words[d.reason], "person", policy_person(s->policy, r.by), "source",
		f.source, "file", role->file, "line", role->line, "max_duration",
		(json_int_t)role->max_duration_ms, "members", grant_names_json(&role->members),
		"approve", grant_approve_json(role->approve, role->approve_count), "conditions",
		conditions_json(s->policy, &r, &f)));
}
