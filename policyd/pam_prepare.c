/* MSG_PAM: the request, out of what the module says and the kernel knows; and what has to be asked
 * about it before it can be decided. */
#include "command/allowance.h"
#include "error.h"
#include "keeper/exceptions.h"
#include "log.h"
#include "password/judge.h"
#include "server.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { WARDEN_DEADLINE_MS = 3000 };

static void
copy(char *dst, size_t size, const char *src)
{
	(void)text_clean(dst, size, src);
}

static void
request_from_peer(struct request *r, const struct peer *p)
{
	r->by_root = p->uid == 0;
	r->real_uid = p->real_uid;
	r->login_uid = p->login_uid;
	r->audit_session = p->audit_session;
	r->pid = p->pid;
	r->parent = p->parent;
	r->pid_start = p->pid_start;
	r->parent_start = p->parent_start;
}

/* The actor's name comes from the module, its uid from the kernel: they must be about the same.
 */
static void
request_actor(struct request *r, const struct pam_request *q)
{
	uint32_t uid = r->login_uid != NO_UID ? r->login_uid : r->real_uid;

	r->actor_uid = uid;
	if (q->actor_uid == uid)
		copy(r->actor, sizeof(r->actor), q->actor);
	else
		(void)snprintf(r->actor, sizeof(r->actor), "uid:%u", uid);
}

void
pam_request_build(struct job *job)
{
	const struct pam_request *q = &job->pam;
	struct request *r = &job->request;

	*r = (struct request){.phase = q->phase, .flags = q->flags, .known = q->known};
	request_from_peer(r, &job->peer);
	copy(r->user, sizeof(r->user), q->user);
	r->uid = q->known ? q->uid : NO_UID;
	copy(r->service, sizeof(r->service), q->service);
	copy(r->tty, sizeof(r->tty), q->tty);
	copy(r->token, sizeof(r->token), q->token);
	if (r->by_root) { /* the environment decides nothing for anybody else */
		copy(r->connection, sizeof(r->connection), q->connection);
		source_normalize(r->connection, q->rhost, r->source);
		copy(r->notice, sizeof(r->notice), q->notice);
		r->notice_acknowledged = (q->flags & PAM_FLAG_NOTICE_ANSWERED) != 0;
		r->notice_banner = (q->flags & PAM_FLAG_NOTICE_BANNER) != 0;
		copy(r->purpose, sizeof(r->purpose), q->purpose);
		source_auth_info(q->auth_info, r->key, r->method, sizeof(r->method));
	}
	request_actor(r, q);
	r->has_code = q->code.len != 0;
}

static void
groups_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK && a->status == 0) {
		copy(job->groups, sizeof(job->groups), a->text);
		job->groups_known = true;
	} else {
		/* A rule about a group then counts as if the account were in it. */
		log_warn("the groups of an account could not be read: %s", error_text(error));
	}
	job->prepared = true;
	loop_ready(job->server, job);
}

/* The uid is the kernel's word, the name only the peer's: a user who could pick one would write
 * failures of others into the log. */
static void
who_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error != SKS_OK || a->status != 0 || strcmp(a->name, job->request.user) != 0) {
		loop_refused(job->server, REFUSED_UNPERMITTED);
		loop_drop(job->server, job);
		return;
	}
	if (job->request.actor_uid == job->request.real_uid)
		copy(job->request.actor, sizeof(job->request.actor), a->name);
	else /* somebody else logged in: of that name there is only the peer's word */
		(void)snprintf(job->request.actor, sizeof(job->request.actor), "uid:%u",
		    job->request.actor_uid);
	job->prepared = true;
	loop_ready(job->server, job);
}

/* A process that is not root asks about its own account, and only what a screen locker asks. */
static enum job_result
prepare_for_user(struct server *s, struct job *job)
{
	struct warden_call call = {.number = job->request.real_uid};

	if (job->request.uid != job->request.real_uid || job->request.phase > PHASE_CODE) {
		loop_refused(s, REFUSED_UNPERMITTED);
		return JOB_GONE;
	}
	if (asking_send(s, job, WARDEN_WHO, &call, who_done, WARDEN_DEADLINE_MS) == SKS_OK)
		return JOB_PARKED;
	loop_refused(s, REFUSED_TOO_MANY);
	return JOB_GONE;
}

/* What strangers can send by the hundred asks nobody: no rule is about an attempt. */
static bool
rules_matter(const struct request *r)
{
	return r->phase != PHASE_CHARGE && r->phase != PHASE_FAILED && r->phase != PHASE_CLOSE;
}

static enum job_result
prepare_password(struct server *s, struct job *job)
{
	const struct request *r = &job->request;
	char salt[2 * PASSWORD_SALT_SIZE + 1];

	if (job->pam.password.len != 0 && remember_salt(s, r, salt) == SKS_OK &&
	    judging_send(s, job, r->user, r->uid, job->pam.full_name, &job->pam.password,
		&job->pam.old, salt) == SKS_OK)
		return JOB_PARKED;
	log_warn("the worker could not be asked about a password");
	job->password_failed = PASSWORD_FAILED(UNCHECKED);
	return JOB_DONE;
}

/* Rules ask for them; and after login people are told which requests they may approve. */
static bool
needs_groups(const struct server *s, const struct request *r)
{
	if (!r->known)
		return false;
	return ((policy_needs_groups(s->policy) || exceptions_need_groups()) && rules_matter(r)) ||
	       (r->phase == PHASE_OPEN && policy_roles_need_groups(s->policy));
}

enum job_result
pam_prepare(struct server *s, struct job *job)
{
	struct warden_call call = {0};

	if (!allowance_take(job->peer.uid, 0)) {
		loop_refused(s, REFUSED_TOO_MANY);
		return JOB_GONE;
	}
	pam_request_build(job);
	if (!job->request.by_root)
		return prepare_for_user(s, job);
	if ((job->request.phase == PHASE_PASSWORD || job->request.phase == PHASE_PASSWORD_BEGIN) &&
	    !admission_enter(s, job))
		return JOB_PARKED;
	if (job->request.phase == PHASE_PASSWORD)
		return job->password_turn == PASSWORD_TURN_HERE ? prepare_password(s, job) : JOB_DONE;
	if (!needs_groups(s, &job->request))
		return JOB_DONE;
	copy(call.user, sizeof(call.user), job->request.user);
	if (asking_send(s, job, WARDEN_GROUPS, &call, groups_done, WARDEN_DEADLINE_MS) !=
	    SKS_OK) {
		log_warn("the warden could not be asked for groups");
		return JOB_DONE;
	}
	return JOB_PARKED;
}
