/* Does somebody hear of it when more is sent to a remote session than the policy lets pass? */
#include "check.h"
#include "i18n.h"
#include "show.h"
#include "size.h"
#include <string.h>

static const char test[] = "downloads-warned";

static bool
is_alert_off(const struct policy *p)
{
	for (size_t i = 0; i < p->alert_count; i++)
		if (strcmp(p->alert[i].name, "download") == 0)
			return p->alert[i].off;
	return true;
}

void
check_downloads(struct check *c)
{
	const json_t *daemon = json_object_get(c->status, "downloads");
	const char *why = _("Who copies much to another host is noticed by nobody while it can be stopped.");
	char size[SIZE_TEXT];

	if (c->policy == NULL) {
		check_unknown(c, test, _("Repair the policy first."), "%s",
		    _("the policy cannot be read"));
	} else if (c->policy->download_warn == 0) {
		check_failed(c, test, why, _("Set download_warn in [audit]; 1G is what is shipped."),
		    "%s", _("download_warn = 0: no remote session is warned of"));
	} else if (is_alert_off(c->policy)) {
		check_failed(c, test, why,
		    _("Take \"enabled = no\" out of [alert download]."), "%s",
		    _("the alert \"download\" is off: its warnings are told to nobody"));
	} else if (daemon == NULL) {
		check_unknown(c, test, _("Run \"sekisho check\" as root, with the daemon running."),
		    "%s", _("only the daemon knows whether it counts"));
	} else if (!json_is_true(json_object_get(daemon, "counted"))) {
		check_failed(c, test, why,
		    _("Look at the daemon's journal. The warden asks the kernel by netlink "
		      "(sock_diag); its unit or a container may forbid that."),
		    _("the kernel's counters cannot be read: %s"), show_text(daemon, "why"));
	} else {
		check_ok(c, test, _("a remote session is warned of from %s on"),
		    size_print((uint64_t)c->policy->download_warn, size));
	}
}
