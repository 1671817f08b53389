/* sekisho password check: a password under the policy in force, without changing anything. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "password/judge.h"

int
command_password_check(struct server *s, struct job *job)
{
	char words[512];

	judge_words(job->password_failed, words, sizeof(words));
	if (job->password_failed == 0)
		command_say(job, STATUS_DONE, "%s", _("This password would be accepted."));
	else {
		job->command_reply.status = STATUS_REFUSED;
		texts_password(s->policy,
		    policy_account_class(s->policy, job->command.user, job->command.uid),
		    job->password_failed, job->command_reply.text,
		    sizeof(job->command_reply.text));
	}
	return command_json(job,
	    json_pack("{s:b,s:s}", "accepted", job->password_failed == 0, "failed", words));
}
