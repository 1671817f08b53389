/*
 * The decision about a command: its facts, the core's verdict, the record of it.
 */
#include "audit/controls.h"
#include "command/step.h"
#include "error.h"
#include "keeper/retention.h"
#include "origin.h"
#include "text.h"
#include <stdio.h>

int
command_facts(struct server *s, struct job *job, struct admin_request *r, struct admin_facts *f)
{
	const struct command *c = &job->command;
	static struct user_state user;
	struct decision d;
	int e;

	*r = (struct admin_request){.verb = c->verb,
	    .uid = c->uid,
	    .by_uid = job->peer.uid,
	    .login_uid = job->peer.login_uid,
	    .by_root = job->peer.uid == 0,
	    .digits = c->digits,
	    .period_s = c->period_s,
	    .has_password = job->password_status != 1,
	    .has_code = c->code.len != 0,
	    .pid = job->peer.pid};
	(void)text_clean(r->user, sizeof(r->user), c->user);
	(void)text_clean(r->by, sizeof(r->by), job->who);
	(void)text_clean(r->name, sizeof(r->name), c->name);
	(void)text_clean(r->text, sizeof(r->text), c->text);
	if (r->by_root) { /* nobody vouches for themselves */
		(void)text_clean(r->verified_by, sizeof(r->verified_by), c->verified_by);
		(void)text_clean(r->verified_how, sizeof(r->verified_how), c->verified_how);
	}
	(void)text_clean(r->algorithm, sizeof(r->algorithm), c->algorithm);
	if (r->by_root && r->uid != 0 && r->verified_by[0] == '\0')
		(void)snprintf(r->verified_by, sizeof(r->verified_by), "not stated");

	*f = (struct admin_facts){.wall_ms = clock_now().wall_ms};
	if (c->verb == VERB_ENROLL && job->groups_known) {
		f->groups_known = true;
		(void)snprintf(f->groups, sizeof(f->groups), "%s", job->groups);
		if ((e = retention_date(s, clock_now(), &f->date_ms)) != SKS_OK)
			return e;
	}
	if ((e = store_user(s->store, r->user, r->uid, s->policy->deny,
		 s->policy->unlock_time_ms, &user)) != SKS_OK)
		return e;
	f->suspended = user.suspended;
	f->devices = user.devices;
	if ((e = command_gave_up(s, r, &f->gave_up)) != SKS_OK)
		return e;
	if (job->password_status != 1) {
		f->password_ok = job->password_status == SKS_OK;
		if ((e = command_proof(s, job, f->password_ok ? PHASE_NEED : PHASE_FAILED,
			 PAM_FLAG_FIRST_FACTOR, &d)) != SKS_OK)
			return e;
	}
	if (r->has_code && !r->by_root && c->verb != VERB_ENROLL_CONFIRM) {
		if ((e = command_proof(s, job, PHASE_CODE, 0, &d)) != SKS_OK)
			return e;
		f->code_ok = d.verdict == VERDICT_ALLOW;
	}
	return SKS_OK;
}

int
command_decide(struct server *s, struct job *job, const struct admin_request *r,
    const struct admin_facts *f, void (*extra)(struct record *, void *), void *context,
    struct decision *d)
{
	struct record record;
	int e;

	decide_command(s->policy, r, f, d);
	if (d->event_count == 0)
		return SKS_OK;
	record_init(&record, event_by_action(d->events[0].action), clock_now(), s->boot_id,
	    outcome_words[d->events[0].outcome], reason_words[d->events[0].reason]);
	record_put_fields(&record, &admin_request_fields, r);
	origin_put_root(&record, "user.id", r->uid);
	origin_put_root(&record, "user.effective.id", r->by_uid);
	origin_put_root(&record, "sekisho.login.uid", r->login_uid);
	if ((e = origin_put(s, &job->peer, &record)) != SKS_OK) {
		record_clear(&record);
		return e;
	}
	record_put_str(&record, "sekisho.person", policy_person(s->policy, r->user));
	record_put_fields(&record, &admin_facts_fields, f);
	record_put_str(
	    &record, "sekisho.verdict", d->verdict == VERDICT_ALLOW ? "allow" : "deny");
	record_put_str(&record, "sekisho.reason", reason_words[d->reason]);
	record_put_str(&record, "sekisho.policy", s->policy->digest);
	controls_put_decision(&record, d->events[0].action, s->policy, d);
	if (extra != NULL && d->verdict == VERDICT_ALLOW)
		extra(&record, context);
	e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	if (e == SKS_OK && d->verdict != VERDICT_ALLOW)
		command_say_refused(s, job, d);
	return e;
}
