/* Settings of sshd that let a login skip the second factor, or keep it from being asked for. */
#include "buf.h"
#include "check.h"
#include "check_sshd_match.h"
#include "check_sshd_settings.h"
#include "error.h"
#include "i18n.h"
#include "notice.h"
#include "run.h"
#include "safeopen.h"
#include <string.h>
#include <unistd.h>

#define SSHD_PATH "/usr/sbin/sshd"

static void
check_sshd_line(void *settings, const char *line)
{
	sshd_settings_take(settings, line);
}

/* Everything that sshd prints; false when it did not end well. */
static bool
check_sshd_ask(struct sshd_settings *settings)
{
	const char *const argv[] = {SSHD_PATH, "-T", NULL};

	return run_lines(argv, check_sshd_line, settings) == 0 && settings->seen;
}

/* What holds for some only. */
static void
check_sshd_matches(struct check *c)
{
	static struct sshd_matches m;

	sshd_matches_read(&m, "/etc/ssh/sshd_config", "/etc/ssh");
	for (size_t i = 0; i < m.count; i++) {
		const char *who = m.item[i].criteria;

		switch (m.item[i].hole) {
		case SSHD_EMPTY_PASSWORDS:
			check_failed(c, "mfa-remote-admin",
			    _("An account without a password has no first factor."),
			    _("Take it out of the Match block."),
			    _("sshd: PermitEmptyPasswords yes for %s"), who);
			break;
		case SSHD_METHOD_NONE:
			check_failed(c, "mfa-remote-admin",
			    _("They are asked for nothing before the account phase."),
			    _("Take it out of the Match block."),
			    _("sshd: AuthenticationMethods none for %s"), who);
			break;
		case SSHD_NO_QUESTION:
			check_failed(c, "second-factor-required",
			    _("They cannot be asked for a code, so logins that need one fail."),
			    _("Take it out of the Match block."),
			    _("sshd: KbdInteractiveAuthentication no for %s"), who);
			break;
		case SSHD_HOST_BASED:
			check_failed(c, "mfa-remote-admin",
			    _("Another host's word is then the first factor."),
			    _("Take it out of the Match block."),
			    _("sshd: HostbasedAuthentication yes for %s"), who);
			break;
		}
	}
}

static void
check_sshd_remote(struct check *c, const struct sshd_settings *s)
{
	if (!s->pam)
		check_failed(c, "mfa-remote-admin",
		    _("sshd then asks nobody: no second factor, no lock, no record."),
		    _("Set \"UsePAM yes\" in /etc/ssh/sshd_config.d and reload sshd."), "%s",
		    _("sshd: UsePAM no"));
	if (s->empty_passwords)
		check_failed(c, "mfa-remote-admin",
		    _("An account without a password has no first factor."),
		    _("Set \"PermitEmptyPasswords no\"."), "%s",
		    _("sshd: PermitEmptyPasswords yes"));
	if (s->host_based)
		check_failed(c, "mfa-remote-admin",
		    _("Another host's word is then the first factor."),
		    _("Set \"HostbasedAuthentication no\"."), "%s",
		    _("sshd: HostbasedAuthentication yes"));
	if (s->pam && !s->empty_passwords && sshd_settings_allow_without_prompt(s))
		check_ok(c, "mfa-remote-admin",
		    _("sshd asks PAM; AuthenticationMethods is \"%s\", so a login by key alone "
		      "cannot be asked "
		      "for a code and is refused where one is needed "
		      "(publickey,keyboard-interactive asks "
		      "for it)"),
		    s->methods[0] == '\0' ? "any" : s->methods);
	else if (s->pam && !s->empty_passwords)
		check_ok(c, "mfa-remote-admin",
		    _("sshd asks PAM; every login can be asked for a code (%s)"), s->methods);
}

static void
check_sshd_prompt(struct check *c, const struct sshd_settings *s)
{
	const struct service *service =
	    c->policy == NULL ? NULL : policy_service(c->policy, "sshd");
	bool appended = service != NULL && service->appended_code;

	if (!s->keyboard_interactive)
		check_failed(c, "second-factor-required",
		    _("Only this method can ask a second question: with it off, every login "
		      "that needs a "
		      "code fails."),
		    _("Set \"KbdInteractiveAuthentication yes\" in /etc/ssh/sshd_config.d and "
		      "reload sshd."),
		    "%s", _("sshd: KbdInteractiveAuthentication no"));
	else
		check_ok(c, "second-factor-required", "%s", _("sshd can ask for a code"));
	if (s->password && !appended)
		check_failed(c, "second-factor-required",
		    _("The password method cannot answer a second question, so logins by it "
		      "fail where a "
		      "code is needed, and clients that try it first cost their owner "
		      "attempts."),
		    _("Set \"PasswordAuthentication no\" (keyboard-interactive still asks for "
		      "the password), "
		      "or appended_code = yes in [service sshd]."),
		    "%s",
		    _("sshd: PasswordAuthentication yes, and the policy has no appended code"));
}

/* Is the file, of root's, one of the texts in force? */
static bool
check_sshd_banner_is(const char *path, const struct notice *n)
{
	struct buf text;
	bool is = false;

	buf_init(&text, NOTICE_TEXT_MAX);
	if (safeopen_slurp(path, 0, 0644, &text, NULL, 0) == SKS_OK) {
		is = (text.len == strlen(n->en) && memcmp(text.data, n->en, text.len) == 0) ||
		     (text.len == strlen(n->ja) && memcmp(text.data, n->ja, text.len) == 0);
	}
	buf_clear(&text);
	return is;
}

/* What the policy says that sshd shows stands in records as shown. */
static void
check_sshd_notice(struct check *c, const struct sshd_settings *s)
{
	struct notice n;

	if (c->policy == NULL)
		check_unknown(c, "notice-shown", _("Repair the policy first."), "%s",
		    _("the policy cannot be read"));
	else if (c->policy->notice_version == NULL)
		check_left_out(c, "notice-shown",
		    _("People should know before they log in that use is recorded and examined."),
		    _("Write the text and its version into [notice] of the policy."), "%s",
		    _("the policy has no notice before login"));
	else if (notice_read(NOTICE_PATH, NULL, &n) != SKS_OK)
		check_failed(c, "notice-shown",
		    _("Logins are not told that use is recorded and examined."),
		    _("Apply the policy, or restart the daemon: it lays the notice out."),
		    _("there is no %s, and the policy has a notice"), NOTICE_PATH);
	else if (!c->policy->notice_banner)
		check_ok(c, "notice-shown",
		    _("the notice (version %s) is shown before the first prompt; a login by "
		      "SSH key alone is not told (sshd_banner = yes in [notice])"),
		    n.version);
	else if (!check_sshd_banner_is(s->banner, &n))
		check_failed(c, "notice-shown",
		    _("The policy says that sshd shows the notice, and records name it as "
		      "shown."),
		    _("Run \"sekisho notice --output /etc/sekisho/banner\", set \"Banner "
		      "/etc/sekisho/banner\" in /etc/ssh/sshd_config.d and reload sshd."),
		    _("sshd: Banner %s is not the notice in force (version %s)"),
		    s->banner[0] == '\0' ? "none" : s->banner, n.version);
	else
		check_ok(c, "notice-shown", _("sshd shows the notice (version %s): Banner %s"),
		    n.version, s->banner);
}

void
check_sshd(struct check *c)
{
	struct sshd_settings settings = {0};

	if (access(SSHD_PATH, F_OK) != 0) {
		check_ok(c, "mfa-remote-admin", _("there is no %s on this host"), SSHD_PATH);
		if (c->policy != NULL && c->policy->notice_banner)
			check_ok(c, "notice-shown", _("there is no %s on this host"), SSHD_PATH);
		else
			check_sshd_notice(c, &settings);
		return;
	}
	if (!c->root || !check_sshd_ask(&settings)) {
		static const char *const names[] = {"mfa-remote-admin", "notice-shown"};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			check_unknown(c, names[i],
			    c->root ? _("Run it yourself and repair what it names: sshd -T")
				    : _("Run \"sekisho check\" as root."),
			    "%s", _("the settings of sshd could not be read (sshd -T)"));
		return;
	}
	check_sshd_remote(c, &settings);
	check_sshd_prompt(c, &settings);
	check_sshd_matches(c);
	check_sshd_notice(c, &settings);
}
