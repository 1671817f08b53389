/* Will this host still be able to sign what it hands over, and is anybody told of an alert? */
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "safeopen.h"
#include "show.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define LOG_KEY "/etc/sekisho/log.key"

/* The daemon has it in memory: that the file is gone shows when it starts again. */
static void
check_log_key(struct check *c)
{
	char why[512];
	int fd;

	if (!c->root || c->status == NULL) {
		check_unknown(c, "evidence-signed",
		    _("Run \"sekisho check\" as root, with the daemon running."),
		    _("only root can look at %s"), LOG_KEY);
		return;
	}
	fd = safeopen_read(LOG_KEY, 0, 0600, why, sizeof(why));
	if (fd < 0) {
		check_failed(c, "evidence-signed",
		    _("With another key the log begins anew, and what an incident's bundle "
		      "says "
		      "of it nobody can tie to what was seen before."),
		    _("Put back the copy that you keep of it: sekisho key backup, before it is "
		      "too late."),
		    "%s", why);
		return;
	}
	close(fd);
	check_ok(c, "evidence-signed",
	    _("bundles and exports are signed; the key to it is in %s"), LOG_KEY);
}

static void
check_alert_targets(struct check *c)
{
	char off[256] = "", nobody[256] = "";

	for (size_t i = 0; c->in_force != NULL && i < c->in_force->alert_count; i++) {
		const struct alert_rule *rule = &c->in_force->alert[i];
		bool told = false;

		for (size_t k = 0; k < rule->to.count; k++)
			told |= rule->to.item[k].to != ALERT_TO_NOBODY;
		if (rule->what != NULL && (rule->off || !told))
			check_add_name(rule->off ? off : nobody, sizeof(off), rule->name);
	}
	if (c->in_force == NULL)
		check_unknown(c, "alerts-delivered",
		    _("Run \"sekisho check\" as root or as an auditor, with the daemon "
		      "running."),
		    "%s", _("the daemon does not tell the policy in force"));
	else if (nobody[0] != '\0')
		check_failed(c, "alerts-delivered", _("An alert that nobody reads is none."),
		    _("Set \"to\" in [alerts], and take out what switches them off."),
		    _("alerts that go to nobody: %s"), nobody);
	else if (off[0] != '\0')
		check_advise(c, "alerts-delivered", _("An alert that nobody reads is none."),
		    _("Set \"to\" in [alerts], and take out what switches them off."),
		    _("alerts that are switched off: %s"), off);
}

void
check_evidence(struct check *c)
{
	check_log_key(c);
	check_alert_targets(c);
}
