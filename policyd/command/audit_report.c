/*
 * An auditor's report. That it is made is decided and recorded as an export; the worker then counts
 * the log, a little at a time, and the peer that asked fetches the page's data part by part. The
 * daemon signs what the worker made, so that the page says who vouches for its sums.
 */
#include "clock.h"
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include "report/report.h"
#include <stdio.h>
#include <string.h>

enum { MAKING_MAX_MS = 150000, ANSWER_MS = 20000 };

/* The one that is under way: for whom, by the kernel's word. */
static struct {
	uint32_t pid;
	uint64_t pid_start;
	int64_t until_ms; /* monotonic; 0: none */
	uint32_t run;     /* which one: an answer to an earlier one is nothing to this */
	struct server *server;
	char groups[REPORT_GROUPS_MAX]; /* what WARDEN_MEMBERS answered */
	size_t groups_len;
	char person[NAME_SIZE], role[64]; /* what it is limited to */
} making;

static bool
is_maker(const struct job *job)
{
	return making.until_ms != 0 && making.pid == job->peer.pid &&
	       making.pid_start == job->peer.pid_start;
}

/* ---- the steps, each when the one before is answered ------------------------------------------ */

static void *
this_run(void)
{
	return (void *)(uintptr_t)making.run;
}

/* False: no answer to what is under way now. */
static bool
is_this_run(const void *ctx)
{
	return making.until_ms != 0 && (uintptr_t)ctx == making.run;
}

/* To the worker. Without an answer in time nothing comes of the report. */
static void
go_on(uint16_t type, const struct command *call, const void *payload, size_t len, helper_done *done)
{
	if (helper_send(making.server->worker, type, &command_fields, call, payload, len, done, this_run(),
		making.until_ms) != SKS_OK)
		making.until_ms = 0;
}

/* To the warden. Where it does not answer the page does without. */
static bool
ask_root(uint16_t type, const struct warden_call *call, helper_done *done)
{
	return helper_send(making.server->warden, type, &warden_call_fields, call, NULL, 0, done, this_run(),
		   clock_monotonic_ms() + ANSWER_MS) == SKS_OK;
}

/* Has the worker done its step? What went wrong it tells whoever fetches. */
static bool
is_done(const void *ctx, int error, const struct command_reply *reply)
{
	if (!is_this_run(ctx))
		return false;
	if (error != SKS_OK)
		making.until_ms = 0;
	return error == SKS_OK && reply->status == STATUS_DONE;
}

static bool
has_answered(int error, const void *answer)
{
	return error == SKS_OK && ((const struct warden_answer *)answer)->status == SKS_OK;
}

static void
is_made(void *ctx, int error, const void *answer, const void *payload, size_t len)
{
	(void)payload;
	(void)len;
	(void)is_done(ctx, error, answer);
}

static void
have_names(void *ctx, int error, const void *answer, const void *payload, size_t len)
{
	static const struct command nothing;

	if (is_this_run(ctx))
		go_on(WORKER_REPORT_NAMES, &nothing, payload,
		    has_answered(error, answer) && len <= REPORT_GROUPS_MAX ? len : 0, is_made);
}

/* The logs are compared: the worker has numbers, the warden their names. */
static void
is_compared(void *ctx, int error, const void *answer, const void *payload, size_t len)
{
	const struct command_reply *reply = answer;
	struct warden_call call = {0};

	(void)payload;
	(void)len;
	if (!is_done(ctx, error, reply))
		return;
	(void)snprintf(call.text, sizeof(call.text), "%s", reply->text);
	if (call.text[0] == '\0' || !ask_root(WARDEN_NAMES, &call, have_names))
		have_names(ctx, SKS_UNREACHABLE, NULL, NULL, 0);
}

static void
have_logs(void *ctx, int error, const void *answer, const void *payload, size_t len)
{
	struct command call = {0};

	(void)payload;
	(void)len;
	if (!is_this_run(ctx))
		return;
	if (has_answered(error, answer))
		call.number = making.run;
	else
		log_warn("the warden does not hand over the host's logs for a report");
	go_on(WORKER_REPORT_LOGS, &call, making.groups, making.groups_len, is_compared);
}

/* What is too long for one message is cut behind a line: the page says of the rest that it is unknown. */
static void
have_members(void *ctx, int error, const void *answer, const void *payload, size_t len)
{
	const struct warden_call call = {.number = making.run};
	const char *text = payload;

	if (!is_this_run(ctx))
		return;
	if (!has_answered(error, answer))
		len = 0;
	if (len > sizeof(making.groups))
		len = sizeof(making.groups);
	while (len > 0 && text[len - 1] != '\n')
		len--;
	if (len > 0)
		memcpy(making.groups, text, len);
	making.groups_len = len;
	if (!ask_root(WARDEN_HOSTLOGS, &call, have_logs))
		have_logs(ctx, SKS_UNREACHABLE, NULL, NULL, 0);
}

static void
is_counted(void *ctx, int error, const void *answer, const void *payload, size_t len)
{
	struct warden_call call = {0};

	(void)payload;
	(void)len;
	if (!is_done(ctx, error, answer))
		return;
	report_group_names(making.server->policy, call.text, sizeof(call.text));
	if (call.text[0] == '\0' || !ask_root(WARDEN_MEMBERS, &call, have_members))
		have_members(ctx, SKS_UNREACHABLE, NULL, NULL, 0);
}

/* After the record: the worker begins. It is the peer's own question, with who asked. */
static void
begin(struct server *s, struct job *job)
{
	struct command call = {.verb = VERB_AUDIT_REPORT,
	    .since_ms = job->command.since_ms,
	    .until_ms = job->command.until_ms,
	    .limit = job->command.limit};

	(void)snprintf(call.user, sizeof(call.user), "%s", job->who);
	(void)snprintf(call.subject, sizeof(call.subject), "%s", job->command.subject);
	/* command_export() has taken whom it is about out of the command that it decides on */
	(void)snprintf(call.verified_by, sizeof(call.verified_by), "%s", job->command.name);
	(void)snprintf(making.person, sizeof(making.person), "%s", call.verified_by);
	(void)snprintf(making.role, sizeof(making.role), "%.63s", call.subject);
	making.server = s;
	making.pid = job->peer.pid;
	making.pid_start = job->peer.pid_start;
	making.until_ms = clock_monotonic_ms() + MAKING_MAX_MS;
	if (++making.run == 0)
		making.run = 1;
	go_on(WORKER_REPORT, &call, NULL, 0, is_counted);
}

/* ---- the verbs ---------------------------------------------------------------------------- */

int
command_audit_report(struct server *s, struct job *job)
{
	char person[NAME_SIZE];
	int e;

	if (making.until_ms > clock_monotonic_ms() && !is_maker(job)) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("Another report is being made. Try again in a moment."));
		return SKS_OK;
	}
	(void)snprintf(job->command.service, sizeof(job->command.service), "report");
	(void)snprintf(person, sizeof(person), "%s", job->command.verified_by);
	e = command_export(s, job);
	if (e == SKS_OK && job->command_reply.status == STATUS_DONE && job->reply_payload.len > 0) {
		(void)snprintf(job->command.name, sizeof(job->command.name), "%s", person);
		job->after_commit = begin;
		/* a head over all that is committed, so that every record of the page has its proof */
		e = s->chain != NULL ? chain_sign(s->chain, s->store, clock_now()) : SKS_INTERNAL;
	}
	return e;
}

/* The worker has said what the data's digest is. */
static int
vouch(struct server *s, struct job *job)
{
	char text[128];
	struct buf note;
	int len = snprintf(text, sizeof(text), REPORT_FIRST_LINE "\n%.64s\n", job->command_reply.text);
	int e;

	buf_init(&note, sizeof(job->command_reply.text) - 1);
	e = s->chain != NULL ? chain_vouch(s->chain, text, (size_t)len, &note) : SKS_INTERNAL;
	job->command_reply.text[0] = '\0';
	if (e == SKS_OK)
		(void)snprintf(job->command_reply.text, sizeof(job->command_reply.text), "%.*s",
		    (int)note.len, (const char *)note.data);
	else
		log_error("signing a report: %s", error_text(e));
	buf_clear(&note);
	return e;
}

bool
command_audit_report_is_theirs(struct job *job)
{
	if (is_maker(job))
		return true;
	buf_reset(&job->reply_payload);
	job->command_reply = (struct command_reply){.status = STATUS_REFUSED};
	command_say(job, STATUS_REFUSED, "%s",
	    _("There is no report that was begun for you. `sekisho audit report` begins one."));
	return false;
}

/* The worker found nobody, or no role, of that name, and says which and what was perhaps meant. */
static void
say_unknown(struct job *job)
{
	enum known_kind missing = job->command_reply.record == KNOWN_NO_ROLE ? KNOWN_NO_ROLE : KNOWN_NO_PERSON;
	char like[KNOWN_LIKE_SIZE], text[KNOWN_LIKE_SIZE + NAME_SIZE + 512];

	(void)snprintf(like, sizeof(like), "%.*s", KNOWN_LIKE_SIZE - 1, job->command_reply.text);
	known_tell(missing, missing == KNOWN_NO_ROLE ? making.role : making.person, like, text, sizeof(text));
	job->command_reply.record = 0;
	command_say(job, STATUS_REFUSED, "%s", text);
}

int
command_audit_report_part(struct server *s, struct job *job)
{
	if (!command_audit_report_is_theirs(job)) /* any more: another one was begun meanwhile */
		return SKS_OK;
	if (job->command_reply.status == STATUS_REFUSED)
		say_unknown(job);
	if (job->command_reply.status != STATUS_DONE)
		making.until_ms = 0;
	else if (job->command_reply.next == 0) {
		making.until_ms = 0;
		return vouch(s, job);
	}
	return SKS_OK;
}
