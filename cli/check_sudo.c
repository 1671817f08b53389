/* Settings of sudo that keep us from being asked, or give rights that were taken away. */
#include "check.h"
#include "check_sudo_file.h"
#include "coverage.h"
#include "i18n.h"
#include "sudoers.h"
#include <string.h>
#include <unistd.h>

#define GROUP_PLUGIN "system_group.so"

static const char *
edit_next(void)
{
	return _("Take the setting out with visudo. Keep a root shell open meanwhile.");
}

static bool
check_sudo_phases(struct check *c, const struct sudo_settings *s)
{
	if (s->no_account)
		check_failed(c, "sudo-settings",
		    _("Whether somebody may have other rights now is decided in the account "
		      "phase: "
		      "sudo then never asks."),
		    edit_next(), "%s", _("sudoers: Defaults !pam_acct_mgmt"));
	if (s->no_session)
		check_failed(c, "sudo-settings",
		    _("When the other rights began and ended is then in no record."),
		    edit_next(), "%s", _("sudoers: Defaults !pam_session"));
	if (s->other_password)
		check_failed(c, "sudo-settings",
		    _("A password that several know proves nobody."), edit_next(), "%s",
		    _("sudoers: sudo asks for another account's password (rootpw, runaspw or "
		      "targetpw)"));
	return !s->no_account && !s->no_session && !s->other_password;
}

/* Does that service ask us? One without a file is refused by libpam, or falls to "other". */
static bool
check_sudo_service(struct check *c, const char *setting, const char *service)
{
	if (service[0] == '\0' || strchr(service, '/') != NULL ||
	    coverage_is_recorded(&stack_system, service))
		return true;
	check_failed(c, "sudo-settings", _("That service's stack does not ask Sekisho."),
	    edit_next(), _("sudoers: %s = %s"), setting, service);
	return false;
}

static bool
check_sudo_groups(struct check *c, const struct sudo_settings *s)
{
	const char *plugin = strrchr(s->group_plugin, '/');
	bool well = true;

	plugin = plugin != NULL ? plugin + 1 : s->group_plugin;
	if (strcmp(s->group_source, "static") == 0) {
		check_failed(c, "sudo-settings",
		    _("sudo then believes the groups that a session began with: who lost one "
		      "keeps its rights until they log out."),
		    _("Take \"Set group_source static\" out of /etc/sudo.conf."), "%s",
		    _("sudo.conf: group_source static"));
		well = false;
	}
	if (plugin[0] != '\0' && strncmp(plugin, GROUP_PLUGIN, strlen(GROUP_PLUGIN)) != 0) {
		check_failed(c, "sudo-settings",
		    _("sudo knows one plugin for groups: those that Sekisho gives and takes "
		      "away "
		      "are then believed as a session began with them."),
		    _("Set group_plugin to system_group.so, or give no rights by groups that "
		      "change."),
		    _("sudoers: group_plugin = %s"), s->group_plugin);
		well = false;
	}
	return well;
}

static const char setup_next[] = N_("Run \"sekisho setup --service sudo\".");

/* Where roles have commands, and where the lines are there. */
static bool
check_sudo_plugins(struct check *c, const struct sudo_settings *s)
{
	bool roles = access(SUDOERS_FILE, F_OK) == 0, well = true;

	if (s->gone) {
		check_failed(c, "sudo-settings",
		    _("sudo then runs nothing, for anybody."),
		    _("Install the package sekisho-sudo, or run /usr/share/sekisho/sudo-remove "
		      "as root."),
		    "%s", _("sudo.conf names sekisho_sudo.so, which is not there"));
		well = false;
	}
	if (roles && (!s->audit || !s->approval)) {
		check_failed(c, "sudo-settings",
		    _("What a role may run begins with the role, but neither ends with it nor is "
		      "recorded under it."),
		    _(setup_next), _("sudo.conf has no line of %s"),
		    s->audit ? "sekisho_approval" : "sekisho_audit");
		well = false;
	}
	if (s->other_approval[0] != '\0') {
		check_failed(c, "sudo-settings",
		    _("Sekisho's question is to be the last one before a command runs: what it "
		      "allows may not run, and is recorded as if it did."),
		    _("Put the line of sekisho_approval behind it."),
		    _("sudo.conf asks %s after Sekisho"), s->other_approval);
		well = false;
	}
	if (s->other_io[0] != '\0') {
		check_failed(c, "sudo-settings",
		    _("It sees what is typed into commands, passwords included."),
		    _("Take its line out of /etc/sudo.conf, or say in your rules who reads what "
		      "it keeps."),
		    _("sudo.conf has a plugin of others that sees input: %s"), s->other_io);
		well = false;
	}
	if (roles && s->user_timeouts) {
		check_failed(c, "sudo-settings",
		    _("A limit that the user chooses then takes the place of the one by which "
		      "commands of roles are known."),
		    edit_next(), "%s", _("sudoers: Defaults user_command_timeouts"));
		well = false;
	}
	return well;
}

/* Through su they hold by PAM; PAM is not told which account sudo runs a command as. */
static void
check_sudo_shared(struct check *c, const struct sudo_settings *s)
{
	char names[256] = "";

	for (size_t i = 0; c->policy != NULL && i < c->policy->account_count; i++) {
		const struct account *a = &c->policy->account[i];

		if (a->class == CLASS_SHARED && (a->exclusive || a->by_role))
			check_add_name(names, sizeof(names), a->name);
	}
	if (names[0] != '\0' && !s->audit && !s->approval)
		check_failed(c, "shared-accounts",
		    _("Who may become it by sudoers is then not held to \"exclusive\" and "
		      "\"by_role\": only sudo's plugin knows which account a command runs as."),
		    _(setup_next), _("sudo.conf has no line of ours, which these accounts need: %s"),
		    names);
}

void
check_sudo(struct check *c)
{
	struct sudo_settings s;
	bool well;

	if (access("/usr/bin/sudo", F_OK) != 0) {
		check_ok(c, "sudo-settings", "%s", _("there is no sudo on this host"));
		return;
	}
	sudo_settings_read(&s, "/etc/sudoers", "/etc/sudo.conf");
	if (!s.seen || s.cut) {
		check_unknown(c, "sudo-settings",
		    c->root ? _("Repair it: visudo -c") : _("Run \"sekisho check\" as root."),
		    "%s", _("/etc/sudoers could not be read whole"));
		return;
	}
	well = check_sudo_phases(c, &s);
	well = check_sudo_service(c, "pam_service", s.service) && well;
	well = check_sudo_service(c, "pam_login_service", s.login_service) && well;
	well = check_sudo_groups(c, &s) && well;
	well = check_sudo_plugins(c, &s) && well;
	check_sudo_shared(c, &s);
	if (well)
		check_ok(c, "sudo-settings", "%s", _("sudo asks in account and session"));
}
