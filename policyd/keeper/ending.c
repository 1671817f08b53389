#include "keeper/ending.h"

#include "command/step.h"
#include "error.h"
#include "i18n.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "keeper/metrics.h"
#include "log.h"
#include "sweep.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_WITHIN_MS = 15000 };

struct ending {
	struct server *server;
	struct job *job; /* waits for it; NULL: nobody does */
	char user[NAME_SIZE], by[NAME_SIZE], why[64];
	uint32_t uid;
	int error;
	struct sweep_done done;
	char left[4096];
};

static int
record_ending(struct server *s, void *context)
{
	const struct ending *e = context;
	bool whole = e->error == SKS_OK && e->left[0] == '\0';
	struct record r;

	keeper_record(
	    s, &r, ACTION_USER_ENDED, whole ? OUTCOME_SUCCESS : OUTCOME_FAILURE, e->why);
	record_put_str(&r, "user.name", e->user);
	record_put_int(&r, "user.id", e->uid);
	record_put_str(&r, "sekisho.request.by", e->by);
	if (e->error != SKS_OK)
		record_put_str(&r, "message", error_text(e->error));
	record_put_int(&r, "sekisho.ended.processes", e->done.ended);
	record_put_bool(&r, "sekisho.ended.linger", e->done.linger);
	record_put_bool(&r, "sekisho.ended.sudo", e->done.ticket);
	record_put_bool(&r, "sekisho.left.crontab", e->done.crontab);
	record_put_int(&r, "sekisho.left.at", e->done.at_jobs);
	record_put_str(&r, "sekisho.left.processes", e->left);
	return keeper_append(s, &r);
}

static void say_more(struct command_reply *reply, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One more sentence. */
static void
say_more(struct command_reply *reply, const char *fmt, ...)
{
	size_t used = strlen(reply->text);
	va_list list;

	if (used > 0 && used + 1 < sizeof(reply->text)) {
		reply->text[used++] = '\n';
		reply->text[used] = '\0';
	}
	va_start(list, fmt);
	(void)vsnprintf(reply->text + used, sizeof(reply->text) - used, fmt, list);
	va_end(list);
}

static void
say(struct command_reply *reply, const struct ending *e)
{
	if (e->error != SKS_OK) {
		say_more(reply,
		    _("What it runs could not be ended (%s). Look at it yourself: ps -u %s"),
		    _(error_text(e->error)), e->user);
		return;
	}
	say_more(reply,
	    dngettext("sekisho", "Ended: %u process.", "Ended: %u processes.", e->done.ended),
	    e->done.ended);
	if (e->done.linger)
		say_more(reply, "%s",
		    _("Taken away: its services may no longer run without a login."));
	if (e->done.ticket)
		say_more(reply, "%s", _("Taken away: what sudo remembered of its password."));
	if (e->done.crontab)
		say_more(reply, "%s",
		    _("Left: its crontab. Each run is refused while the account is "
		      "suspended."));
	if (e->done.at_jobs > 0)
		say_more(reply,
		    dngettext("sekisho", "Left: %u job of at, which is refused when it is due.",
			"Left: %u jobs of at, which are refused when they are due.",
			e->done.at_jobs),
		    e->done.at_jobs);
	if (e->left[0] != '\0')
		say_more(reply,
		    _("Left running, because it belongs to no login any more: %s. Look at it."),
		    e->left);
}

static void
answer_job(struct server *s, const struct ending *e)
{
	command_speak_to(e->job);
	say(&e->job->command_reply, e);
	command_speak_again(s, e->job);
	metrics_answered(s, e->job, false);
	loop_answer(s, e->job);
}

static void
ended(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;
	struct ending *e = ctx;
	int r;

	(void)payload;
	(void)payload_len;
	e->error = error != SKS_OK ? error : (int)a->status;
	if (e->error == SKS_OK) {
		e->done = sweep_unpack(a->number);
		(void)snprintf(e->left, sizeof(e->left), "%s", a->text);
	} else {
		log_warn("what %s runs could not be ended: %s", e->user, error_text(e->error));
	}
	if (error != SKS_CONFLICT && error != SKS_UNREACHABLE &&
	    (r = turn_own(e->server, record_ending, e)) != SKS_OK)
		log_warn(
		    "what ended with %s could not be recorded: %s", e->user, error_text(r));
	if (e->job != NULL)
		answer_job(e->server, e);
	free(e);
}

static bool
begin(struct server *s, struct job *job, bool waits)
{
	const struct command *c = &job->command;
	struct warden_call call = {.number = c->uid,
	    .pid = job->peer.pid,
	    .pid_start = job->peer.pid_start,
	    .limit = waits ? SWEEP_SPARE_ANCESTORS : 0};
	struct ending *e = calloc(1, sizeof(*e));
	int r = e == NULL ? SKS_NOMEM : SKS_OK;

	if (policy_account_class(s->policy, c->user, c->uid) == CLASS_SERVICE)
		call.limit |= SWEEP_SPARE_SERVICES;
	(void)snprintf(call.user, sizeof(call.user), "%s", c->user);
	if (e != NULL) {
		*e = (struct ending){.server = s, .uid = c->uid, .job = waits ? job : NULL};
		(void)snprintf(e->user, sizeof(e->user), "%s", c->user);
		(void)snprintf(e->by, sizeof(e->by), "%s", job->who);
		(void)snprintf(e->why, sizeof(e->why), "%s",
		    c->verb == VERB_USER_RETIRE ? "retired" : "suspended");
		r = helper_send(s->warden, WARDEN_SWEEP, &warden_call_fields, &call, NULL, 0,
		    ended, e, clock_monotonic_ms() + SWEEP_WITHIN_MS);
	}
	if (r == SKS_OK)
		return true;
	log_warn(
	    "the warden could not be asked to end what %s runs: %s", c->user, error_text(r));
	free(e);
	return false;
}

void
ending_with_answer(struct server *s, struct job *job)
{
	grants_publish(s, job);
	job->answered_later = begin(s, job, true);
}

void
ending_behind_answer(struct server *s, struct job *job)
{
	grants_publish(s, job);
	(void)begin(s, job, false);
}

void
ending_account(struct server *s, const char *user, uint32_t uid, const char *why)
{
	struct warden_call call = {.number = uid, .pid = 1};
	struct ending *e = calloc(1, sizeof(*e));
	int r = e == NULL ? SKS_NOMEM : SKS_OK;

	(void)snprintf(call.user, sizeof(call.user), "%s", user);
	if (e != NULL) {
		*e = (struct ending){.server = s, .uid = uid};
		(void)snprintf(e->user, sizeof(e->user), "%s", user);
		(void)snprintf(e->why, sizeof(e->why), "%s", why);
		r = helper_send(s->warden, WARDEN_SWEEP, &warden_call_fields, &call, NULL, 0,
		    ended, e, clock_monotonic_ms() + SWEEP_WITHIN_MS);
	}
	if (r == SKS_OK)
		return;
	log_warn("the warden could not be asked to end what %s runs: %s", user, error_text(r));
	free(e);
}
