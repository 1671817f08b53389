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

enum { MAKING_MAX_MS = 150000, BEGIN_WITHIN_MS = 8000 };

/* The one that is under way: for whom, by the kernel's word. */
static struct {
	uint32_t pid;
	uint64_t pid_start;
	int64_t until_ms; /* monotonic; 0: none */
} making;

static bool
is_maker(const struct job *job)
{
	return making.until_ms != 0 && making.pid == job->peer.pid &&
	       making.pid_start == job->peer.pid_start;
}

static void
begun(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	(void)ctx;
	(void)answer;
	(void)payload;
	(void)payload_len;
	if (error != SKS_OK)
		making.until_ms = 0;
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
	making.pid = job->peer.pid;
	making.pid_start = job->peer.pid_start;
	making.until_ms = clock_monotonic_ms() + MAKING_MAX_MS;
	if (helper_send(s->worker, WORKER_REPORT, &command_fields, &call, NULL, 0, begun, NULL,
		clock_monotonic_ms() + BEGIN_WITHIN_MS) != SKS_OK)
		making.until_ms = 0;
}

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

int
command_audit_report_part(struct server *s, struct job *job)
{
	if (!command_audit_report_is_theirs(job)) /* any more: another one was begun meanwhile */
		return SKS_OK;
	if (job->command_reply.status != STATUS_DONE)
		making.until_ms = 0;
	else if (job->command_reply.next == 0) {
		making.until_ms = 0;
		return vouch(s, job);
	}
	return SKS_OK;
}
