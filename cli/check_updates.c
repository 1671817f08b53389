/* Is what is known to be broken still installed? From what apt has fetched: nothing is asked of
 * the network. Then what else of the host says that it is not kept up. */
#include "check.h"
#include "hostvalue.h"
#include "i18n.h"
#include "run.h"
#include "show.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define APT_GET "/usr/bin/apt-get"

enum { DAY_S = 86400, LISTS_OLD_DAYS = 7, SIGNATURES_OLD_DAYS = 7 };

struct pending {
	size_t count;
	char names[256];
};

/* "Inst NAME [OLD] (NEW ARCHIVE [ARCH])", where the archive's name or suite says security. */
static void
pending_line(void *context, const char *line)
{
	struct pending *p = context;
	const char *archive = strchr(line, '(');
	char name[128];

	if (strncmp(line, "Inst ", 5) != 0 || archive == NULL ||
	    sscanf(line + 5, "%127s", name) != 1)
		return;
	if (strstr(archive, "Security") == NULL && strstr(archive, "-security") == NULL)
		return;
	p->count++;
	check_add_name(p->names, sizeof(p->names), name);
}

static void
check_pending(struct check *c)
{
	const char *const argv[] = {APT_GET, "-s", "-q", "-o", "Debug::NoLocking=true", "-o",
	    "APT::Sandbox::User=root", "dist-upgrade", NULL};
	struct pending p = {0};

	if (run_lines(argv, pending_line, &p) != 0)
		check_unknown(c, "updates-applied",
		    _("Run it yourself and repair what it names: apt-get -s dist-upgrade"),
		    "%s", _("apt-get could not say what is to be updated"));
	else if (p.count > 0)
		check_failed(c, "updates-applied", _("How these are attacked is public."),
		    _("Install them: apt-get update && apt-get upgrade"),
		    _("%zu security updates are not installed: %s"), p.count, p.names);
	else
		check_ok(c, "updates-applied", "%s",
		    _("no security update that apt knows of is missing"));
}

static void
check_lists(struct check *c)
{
	time_t newest = updates_listed(), now = time(NULL);

	if (access(APT_GET, X_OK) != 0) {
		check_unknown(c, "updates-applied", _("Look at it with the host's own tools."),
		    "%s", _("this host has no apt: its updates are not known here"));
		return;
	}
	if (newest == 0) {
		check_unknown(c, "updates-applied", _("Run: apt-get update"), "%s",
		    _("apt has never fetched which updates there are"));
		return;
	}
	if (now - newest > LISTS_OLD_DAYS * DAY_S)
		check_failed(c, "updates-applied",
		    _("Nobody knows here what has become known to be broken since."),
		    _("Run \"apt-get update\", and have it run daily "
		      "(/etc/apt/apt.conf.d/20auto-upgrades)."),
		    _("apt has not fetched which updates there are for %lld days"),
		    (long long)(now - newest) / DAY_S);
	check_pending(c);
}

static void
check_restart(struct check *c)
{
	if (access("/run/reboot-required", F_OK) == 0)
		check_failed(c, "host-current",
		    _("The kernel, or a library that running programs use, is still the old "
		      "one."),
		    _("Restart the host at the next occasion."), "%s",
		    _("updates wait for a restart of the host"));
	else
		check_ok(c, "host-current", "%s", _("nothing waits for a restart of the host"));
}

/* clamav's files say how old they are. What another scanner does, and that all files are looked at,
 * only attributes of the host can tell: "host-attributes" looks at those. */
static void
check_scanner(struct check *c)
{
	time_t signatures = updates_newest("/var/lib/clamav/*.c[lv]d"), now = time(NULL);
	size_t attributes = json_array_size(json_object_get(c->status, "host_attributes"));

	if (signatures != 0 && now - signatures > SIGNATURES_OLD_DAYS * DAY_S)
		check_failed(c, "scanner-current", _("A scanner finds what it was told of."),
		    _("Look at freshclam: systemctl status clamav-freshclam"),
		    _("the scanner's definitions are %lld days old"),
		    (long long)(now - signatures) / DAY_S);
	else if (signatures != 0)
		check_ok(c, "scanner-current", _("the scanner's definitions are %lld days old"),
		    (long long)(now - signatures) / DAY_S);
	else if (attributes != 0)
		check_ok(c, "scanner-current", "%s",
		    _("what the policy asks this host stands for its scanner"));
	else
		check_advise(c, "scanner-current", _("What came with a file or a mail, nobody looks for."),
		    _("Have a [host-attribute NAME] of the policy say how old the definitions of your "
		      "scanner are, or say in [control PRIV-12] who else sees to it."),
		    "%s", _("no scanner for malicious programs is known here"));
}

/* What the policy's rules ask of this host, and the daemon could not find out. */
static void
check_host_attributes(struct check *c)
{
	const json_t *one, *list = json_object_get(c->status, "host_attributes");
	bool well = true;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_is_true(json_object_get(one, "known")))
			continue;
		well = false;
		check_failed(c, "host-attributes",
		    json_is_true(json_object_get(one, "used"))
			? _("Rules that ask for it apply to everybody meanwhile.")
			: _("Whoever reads the status believes that it is watched."),
		    _("Have root write one whole number into a file of root's alone, again and "
		      "again."),
		    _("%s of this host is not known: %s"), show_text(one, "name"),
		    json_is_true(json_object_get(one, "stale"))
			? _("what says it was not written for too long")
			: show_text(one, "why"));
	}
	if (list == NULL)
		check_unknown(c, "host-attributes",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("only root is told what the host says of itself"));
	else if (json_array_size(list) == 0)
		check_ok(c, "host-attributes", "%s",
		    _("the policy asks the host for nothing about itself"));
	else if (well)
		check_ok(c, "host-attributes", _("%zu attributes of this host are known"),
		    json_array_size(list));
}

void
check_updates(struct check *c)
{
	check_lists(c);
	check_restart(c);
	check_scanner(c);
	check_host_attributes(c);
}
