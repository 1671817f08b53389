/*
 * Proofs that it is this person: decided, counted and recorded by the same core as a login, on
 * the peer's own lane.
 */
#include "command/step.h"
#include "error.h"
#include "factor/factor.h"
#include "i18n.h"
#include <stdio.h>

static void
proof_request(const struct job *job, enum phase phase, struct request *r)
{
	*r = (struct request){
	    .phase = phase,
	    .known = true,
	    .uid = job->command.uid,
	    .real_uid = job->peer.uid,
	    .login_uid = job->peer.login_uid,
	    .audit_session = job->peer.audit_session,
	    .pid = job->peer.pid,
	    .pid_start = job->peer.pid_start,
	    .parent = job->peer.parent,
	    .parent_start = job->peer.parent_start,
	    .actor_uid = job->peer.uid,
	    .has_code = job->command.code.len != 0,
	};
	(void)snprintf(r->user, sizeof(r->user), "%s", job->command.user);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", job->who);
	(void)snprintf(r->service, sizeof(r->service), "sekisho");
}

int
command_proof(
    struct server *s, struct job *job, enum phase phase, uint32_t flags, struct decision *d)
{
	static struct facts f;
	struct request r;
	uint64_t seq;
	int e;

	proof_request(job, phase, &r);
	r.flags = flags;
	if ((e = pam_facts(s, &r, NULL, &f)) != SKS_OK)
		return e;
	if (decide_may_evaluate(s->policy, &r, &f) &&
	    (e = factor_check(s->store, s->seal, s->policy, &job->command.code, &f)) != SKS_OK)
		return e;
	decide(s->policy, &r, &f, d);
	if ((e = store_apply(s->store, &r, &f, &d->changes)) != SKS_OK)
		return e;
	return pam_record_all(s, &r, &f, d, &seq);
}

static int
charge_password(struct server *s, void *context)
{
	struct job *job = context;
	struct decision d;
	int e = command_proof(s, job, PHASE_CHARGE, 0, &d);

	if (e == SKS_OK && d.verdict != VERDICT_ALLOW) {
		command_say_refused(s, job, &d);
		job->refused = true;
	}
	return e;
}

/* The attempt is durable before the password is looked at. */
enum job_result
command_check_password(struct server *s, struct job *job)
{
	if (turn_own(s, charge_password, job) != SKS_OK) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("The attempt could not be recorded, so the password was not checked."));
		job->refused = true;
	}
	return job->refused ? JOB_DONE : command_ask_password(s, job);
}
