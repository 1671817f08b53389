/*
 * What a command is answered, and in which language.
 */
#include "command/step.h"
#include "error.h"
#include "i18n.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
command_say(struct job *job, enum command_status status, const char *fmt, ...)
{
	va_list ap;

	job->command_reply.status = status;
	va_start(ap, fmt);
	(void)vsnprintf(job->command_reply.text, sizeof(job->command_reply.text), fmt, ap);
	va_end(ap);
}

int
command_json(struct job *job, json_t *taken)
{
	char *text = taken != NULL ? json_dumps(taken, JSON_COMPACT) : NULL;

	json_decref(taken);
	if (text == NULL)
		return SKS_NOMEM;
	buf_reset(&job->reply_payload);
	buf_put_bytes(&job->reply_payload, text, strlen(text));
	explicit_bzero(text, strlen(text));
	free(text);
	return buf_error(&job->reply_payload);
}

/* What a refusal says where the command has no sentence of its own. */
static const char *const refusals[REASON_COUNT] = {
    [REASON_PURPOSE_NOT_ACCEPTED] =
	N_("The purpose text was not accepted in its present version, so nothing was made. Run "
	   "`sekisho enroll` again and read it."),
    [REASON_ENROLMENT_CLOSED] = N_("Enrolment is closed. Ask an administrator to enrol you."),
    [REASON_PROOF_NEEDED] = N_("A proof that it is you is needed: a current code of a device "
			       "you have, or your password if you have none yet."),
    [REASON_EXISTS] = N_("There is a device of that name already. Choose another name."),
    [REASON_NOT_FOUND] = N_("There is nothing of that name. `sekisho factor list` or `sekisho "
			    "user list` shows what there is."),
    [REASON_INVALID_VALUE] =
	N_("A value is not one of those allowed. See the --help of the command."),
    [REASON_ROOT_ONLY] =
	N_("Only root may do this: with sudo, or by who administers this host."),
    [REASON_WRONG_STATE] =
	N_("It is not in a state in which this can be done: it may have been done already."),
    [REASON_WRONG_CODE] =
	N_("That code is not right, or was used already. Wait for the next one and try again."),
    [REASON_WRONG_PASSWORD] = N_("That password is not right."),
    [REASON_LOCKED] =
	N_("Too many failed attempts. Wait, or ask an administrator to unlock you."),
    [REASON_SOURCE_LOCKED] =
	N_("Too many failed attempts. Wait, or ask an administrator to unlock you."),
    [REASON_NO_DEVICE] = N_("There is no active device. Enrol one first."),
    [REASON_NOT_IDENTIFIED] =
	N_("This is done by a person, from their own account and in a login of their own: not "
	   "as root, not with sudo, not after su."),
    [REASON_SAME_PERSON] = N_("It was you who asked for it, whichever account you use. Another "
			      "person has to approve it."),
    [REASON_CROSSED] = N_(
	"Who asks for this approved a request of yours that still waits or holds. Two people "
	"do not approve each other's requests: somebody else has to answer this one."),
    [REASON_ON_HOLD] = N_("The record is on hold, so it stays. `sekisho audit hold list` shows "
			  "why; root can release a hold."),
    [REASON_KEPT_FOR_EVER] =
	N_("That record is one that the log needs to prove itself. It is kept for ever."),
    [REASON_SUSPENDED] = N_("This account is suspended. Ask an administrator."),
};

static const char *
refusal_sentence(enum reason reason)
{
	return refusals[reason] != NULL ? refusals[reason] : N_("This is not permitted.");
}

void
command_say_refused(struct server *s, struct job *job, const struct decision *d)
{
	(void)s;
	if (!job->command.uid_known && job->command.user[0] != '\0' &&
	    (d->reason == REASON_NOT_FOUND || d->reason == REASON_NO_DEVICE))
		command_say(job, STATUS_REFUSED, _("There is no account \"%s\" on this host."),
		    job->command.user);
	else
		command_say(job, STATUS_REFUSED, "%s", _(refusal_sentence(d->reason)));
}

enum job_result
command_refuse(struct job *job, enum reason reason)
{
	command_say(job, STATUS_REFUSED, "%s", _(refusal_sentence(reason)));
	job->refused = true;
	return JOB_DONE;
}

void
command_settle_language(const struct server *s, struct command *c)
{
	if (strcmp(c->language, "ja") != 0 && strcmp(c->language, "en") != 0)
		(void)snprintf(c->language, sizeof(c->language), "%s", s->policy->language);
}

void
command_speak_to(const struct job *job)
{
	if (strcmp(job->command.language, job->server->policy->language) != 0)
		i18n_init(job->command.language);
}

void
command_speak_again(const struct server *s, const struct job *job)
{
	if (strcmp(job->command.language, s->policy->language) != 0)
		i18n_init(s->policy->language);
}
