/* MSG_SUDO: what the person at the terminal reads. */
#include "i18n.h"
#include "sudo.h"
#include <stdio.h>
#include <string.h>

void
sudo_say_over(const struct store_grant *g, const char *why, char *out, size_t size)
{
	const char *what = N_("it ended");

	if (strcmp(why, reason_words[REASON_EXPIRED]) == 0)
		what = N_("its time is over");
	else if (strcmp(why, reason_words[REASON_REVOKED]) == 0)
		what = N_("it was taken away");
	else if (strcmp(why, reason_words[REASON_WITHDRAWN]) == 0)
		what = N_("you gave it back");
	else if (strcmp(why, reason_words[REASON_SUSPENDED]) == 0)
		what = N_("the account is suspended");
	else if (strcmp(why, reason_words[REASON_WRONG_STATE]) == 0)
		what = N_("the policy has it no more");
	if (strcmp(why, reason_words[REASON_OUTSIDE_HOURS]) == 0) {
		(void)snprintf(out, size,
		    _("Sekisho: the hours of the role \"%s\" (R-%llu) are over. The command is "
		      "being ended."),
		    g->role, (unsigned long long)g->number);
		return;
	}
	(void)snprintf(out, size,
	    _("Sekisho: you no longer have the role \"%s\" (R-%llu): %s. The command is being "
	      "ended."),
	    g->role, (unsigned long long)g->number, _(what));
}

void
sudo_say_refused(const struct elevation_facts *f, enum reason reason, char *out, size_t size)
{
	switch (reason) {
	case REASON_SUSPENDED:
		(void)snprintf(out, size, "%s",
		    _("Sekisho: this account is suspended. Ask an administrator."));
		break;
	case REASON_NOT_IDENTIFIED:
		if (f->role[0] == '\0') {
			(void)snprintf(out, size, "%s",
			    _("Sekisho: a shared account is used from one's own login, and this one "
			      "is not known to have begun as one. Log in anew, as yourself."));
			break;
		}
		(void)snprintf(out, size,
		    _("Sekisho: the role \"%s\" is used by who has it, in a login of their own "
		      "that is open. Log in anew, as yourself."),
		    f->role);
		break;
	case REASON_WRONG_PLACE:
		(void)snprintf(out, size,
		    _("Sekisho: the role \"%s\" cannot be used from where you are logged in."),
		    f->role);
		break;
	case REASON_OUTSIDE_HOURS:
		(void)snprintf(out, size,
		    _("Sekisho: the role \"%s\" cannot be used at this hour."), f->role);
		break;
	case REASON_HELD:
		(void)snprintf(out, size,
		    _("Sekisho: %s is using this account. It is for one person at a time."),
		    f->held_by);
		break;
	case REASON_DECLINED:
		(void)snprintf(out, size, _("Sekisho: %s did not agree to this command (U-%llu)."),
		    f->use_by, (unsigned long long)f->use_request);
		break;
	case REASON_EXPIRED:
	case REASON_SAME_PERSON:
		(void)snprintf(out, size, "%s",
		    _("Sekisho: no other member agreed to this command in time. Run it again to "
		      "ask again."));
		break;
	default:
		(void)snprintf(out, size, "%s",
		    _("Sekisho: the role that this command belongs to is over. `sekisho role "
		      "list` shows what you can ask for."));
		break;
	}
}
