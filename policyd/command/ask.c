/*
 * What a command has to ask the helpers before it can be decided: who the peer is, which groups
 * somebody has, what the log holds. Each answer puts the job back in line.
 */
#include "command/step.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keys.h"
#include "text.h"
#include <stdio.h>

enum { HELPER_DEADLINE_MS = 8000, PASSWORD_DEADLINE_MS = 22000 };

static void
become_ready(struct job *job)
{
	job->prepared = job->step == COMMAND_READY;
	loop_ready(job->server, job);
}

static void
who_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	job->step = COMMAND_NAMED;
	if (error == SKS_OK && a->status == 0)
		(void)text_clean(job->who, sizeof(job->who), a->name);
	if (job->who[0] == '\0') {
		command_speak_to(job);
		command_say(job, STATUS_REFUSED, "%s",
		    _("Your account could not be looked up, so nothing was done."));
		command_speak_again(job->server, job);
		job->refused = true;
		job->step = COMMAND_READY;
	}
	become_ready(job);
}

static void
password_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	secret_clear(&job->command.password);
	job->password_status = error != SKS_OK ? error : (int)a->status;
	job->step = COMMAND_READY;
	become_ready(job);
}

static void
groups_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK && a->status == 0) {
		(void)text_clean(job->groups, sizeof(job->groups), a->text);
		job->groups_known = true;
	}
	job->groups_asked = true;
	job->step = COMMAND_NAMED; /* what else is to be asked, the table knows */
	become_ready(job);
}

static void
members_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	job->members_known = error == SKS_OK && a->status == 0;
	if (job->members_known)
		buf_put_bytes(&job->reply_payload, payload, payload_len);
	job->members_asked = true;
	job->step = COMMAND_READY;
	become_ready(job);
}

static void
worker_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;

	job->step = COMMAND_READY;
	command_speak_to(job);
	if (error == SKS_OK) {
		job->command_reply = *(const struct command_reply *)answer;
		/* the worker has no catalogue behind its confinement; "" would be its header */
		if (job->command_reply.text[0] != '\0')
			(void)snprintf(job->command_reply.text, sizeof(job->command_reply.text),
			    "%s", _(((const struct command_reply *)answer)->text));
		buf_put_bytes(&job->reply_payload, payload, payload_len);
	} else {
		command_say(job, STATUS_UNREADABLE, "%s",
		    _("The log could not be read. The system log says why."));
		job->refused = true;
	}
	command_speak_again(job->server, job);
	become_ready(job);
}

static void
keys_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	job->key_status = error != SKS_OK ? error : (int)a->status;
	if (job->key_status == SKS_OK && job->command.verb == VERB_KEY_LOG)
		job->key_status = keys_take_log_key(job->server, job, payload, payload_len);
	else if (job->key_status == SKS_OK)
		job->key_status = seal_stage(job->server->seal, payload, payload_len);
	job->step = COMMAND_READY;
	become_ready(job);
}

static enum job_result
say_busy(struct job *job)
{
	command_say(job, STATUS_REFUSED, "%s", _("The daemon is busy. Try again in a moment."));
	job->refused = true;
	return JOB_DONE;
}

static enum job_result
ask_warden(struct server *s, struct job *job, uint16_t type, struct warden_call *call,
    helper_done *done, int64_t within_ms)
{
	int r = asking_send(s, job, type, call, done, within_ms);

	fields_clear(&warden_call_fields, call);
	return r == SKS_OK ? JOB_PARKED : say_busy(job);
}

enum job_result
command_ask_who(struct server *s, struct job *job)
{
	struct warden_call call = {.number = job->peer.uid};

	return ask_warden(s, job, WARDEN_WHO, &call, who_done, HELPER_DEADLINE_MS);
}

enum job_result
command_ask_groups(struct server *s, struct job *job, const char *user)
{
	struct warden_call call = {0};

	(void)text_clean(call.user, sizeof(call.user), user);
	return ask_warden(s, job, WARDEN_GROUPS, &call, groups_done, HELPER_DEADLINE_MS);
}

enum job_result
command_ask_members(struct server *s, struct job *job, const char *groups)
{
	struct warden_call call = {0};

	(void)text_clean(call.text, sizeof(call.text), groups);
	return ask_warden(s, job, WARDEN_MEMBERS, &call, members_done, HELPER_DEADLINE_MS);
}

enum job_result
command_ask_password(struct server *s, struct job *job)
{
	struct warden_call call = {.password = job->command.password};

	(void)snprintf(call.user, sizeof(call.user), "%s", job->command.user);
	return ask_warden(
	    s, job, WARDEN_CHECK_PASSWORD, &call, password_done, PASSWORD_DEADLINE_MS);
}

enum job_result
command_ask_strength(struct server *s, struct job *job)
{
	struct command *c = &job->command;
	int r = judging_send(s, job, c->user, c->uid, c->text, &c->secret, NULL, "");

	return r == SKS_OK ? JOB_PARKED : say_busy(job);
}

enum job_result
command_ask_keys(struct server *s, struct job *job)
{
	struct warden_call call = {
	    .number = job->command.verb == VERB_KEY_LOG ? WARDEN_LOG_KEY : WARDEN_SEALING_KEYS};

	return ask_warden(s, job, WARDEN_KEYS, &call, keys_done, HELPER_DEADLINE_MS);
}

enum job_result
command_ask_worker(struct server *s, struct job *job)
{
	int r;

	if (job->peer.uid != 0 && !job->auditor) /* a person reads their own records */
		(void)snprintf(job->command.user, sizeof(job->command.user), "%s", job->who);
	r = helper_send(s->worker, WORKER_LOG, &command_fields, &job->command, NULL, 0,
	    worker_done, job, clock_monotonic_ms() + HELPER_DEADLINE_MS);
	return r == SKS_OK ? JOB_PARKED : say_busy(job);
}
