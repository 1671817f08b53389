/*
 * What the judge is asked about a new password, for a login's password phase and for a
 * command.
 */
#include "error.h"
#include "log.h"
#include "policy/password.h"
#include "server.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { JUDGING_DEADLINE_MS = 30000, USER_QUESTIONS_MAX = 8 };

static unsigned int user_questions; /* under way for those who are not root */

static void
judging_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct command_reply *a = answer;

	(void)payload;
	(void)payload_len;
	user_questions -= job->peer.uid != 0;
	job->password_failed = error == SKS_OK ? (uint32_t)a->next : PASSWORD_FAILED(UNCHECKED);
	job->password_strength = error == SKS_OK ? (uint32_t)a->record : 0;
	if (error != SKS_OK)
		log_warn("a password could not be judged: %s", error_text(error));
	else if (job->password_failed == 0)
		remember_hashes(job->server, job, a->text);
	else if (a->text[0] != '\0')
		log_warn("a password could not be judged: %s", a->text);
	job->step = COMMAND_READY;
	job->prepared = true;
	loop_ready(job->server, job);
}

/* What else a person is called: guessed first. */
static void
full_name(const struct server *s, const char *user, const char *given, char *out, size_t size)
{
	char clean[256];
	const char *person = policy_person(s->policy, user);

	(void)text_clean(clean, sizeof(clean), given);
	(void)snprintf(out, size, "%s %s", clean, strcmp(person, user) == 0 ? "" : person);
}

int
judging_send(struct server *s, struct job *job, const char *user, uint32_t uid,
    const char *name, struct secret *password, struct secret *old, const char *salt)
{
	static struct password_call call;
	int r;

	if (job->peer.uid != 0 && user_questions >= USER_QUESTIONS_MAX)
		return SKS_FULL;
	call = (struct password_call){.password = *password};
	if (old != NULL)
		call.old = *old;
	password_rules_of(s->policy, policy_account_class(s->policy, user, uid), &call.rules);
	(void)snprintf(call.salt, sizeof(call.salt), "%s", salt);
	(void)text_clean(call.user, sizeof(call.user), user);
	full_name(s, user, name, call.full_name, sizeof(call.full_name));
	secret_clear(password);
	if (old != NULL)
		secret_clear(old);
	r = helper_send(s->judge, WORKER_PASSWORD, &password_call_fields, &call, NULL, 0,
	    judging_done, job, clock_monotonic_ms() + JUDGING_DEADLINE_MS);
	fields_clear(&password_call_fields, &call);
	if (r == SKS_OK)
		user_questions += job->peer.uid != 0;
	return r;
}
