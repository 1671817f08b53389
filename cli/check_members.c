/* Were the members of roles reviewed in time, and does each still use what they may? */
#include "check.h"
#include "i18n.h"
#include "status_verdict.h"

static void
check_reviews(struct check *c)
{
	char names[256];

	if (c->status == NULL || !c->root)
		check_unknown(c, "members-reviewed",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("whether members of roles were reviewed is not known"));
	else if (status_overdue_roles(c->status, names, sizeof(names)) != 0)
		check_failed(c, "members-reviewed",
		    _("Who needs a role no more keeps it until somebody looks."),
		    _("Somebody who is no member signs them off: sekisho role review ROLE "
		      "sign"),
		    _("roles whose members were not reviewed in time: %s"), names);
	else
		check_ok(c, "members-reviewed", "%s",
		    _("no review of the members of a role is overdue"));
}

void
check_members(struct check *c)
{
	check_reviews(c);
}
