/* The survey of the host, begun at once. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/changes.h"

int
command_survey(struct server *s, struct job *job)
{
	if (changes_now(s) == SKS_OK)
		command_say(job, STATUS_DONE, "%s", _("The survey has begun."));
	else
		command_say(job, STATUS_REFUSED, "%s",
		    _("The policy has switched surveys off: [changes] detect = no."));
	return SKS_OK;
}
