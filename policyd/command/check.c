/* What `sekisho check` found on this host, and what of it was signed off. Root's word on both.
 */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/checked.h"

enum { SIGN_OFF_MAX_DAYS = 400 };

int
command_check_done(struct server *s, struct job *job)
{
	int e = checked_run(s, job);

	if (e == SKS_INVALID || e == SKS_TOO_BIG) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("That is no list of findings, so nothing was recorded."));
		return SKS_OK;
	}
	if (e == SKS_OK)
		command_say(job, STATUS_DONE, "%s", _("The findings are recorded."));
	return e;
}

int
command_check_sign_off(struct server *s, struct job *job)
{
	int64_t now = clock_now().wall_ms, most = INT64_C(86400000) * SIGN_OFF_MAX_DAYS;
	int e;

	if (job->command.until_ms <= now || job->command.until_ms - now > most) {
		command_say(job, STATUS_REFUSED,
		    _("Until when it holds has to be in the future, at most %d days: what "
		      "nobody looks at again is not signed off."),
		    SIGN_OFF_MAX_DAYS);
		return SKS_OK;
	}
	e = checked_sign_off(s, job);
	if (e == SKS_INVALID || e == SKS_TOO_BIG) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("That is no list of names, so nothing was recorded."));
		return SKS_OK;
	}
	if (e == SKS_OK)
		command_say(
		    job, STATUS_DONE, "%s", _("What is not recorded here is signed off."));
	return e;
}
