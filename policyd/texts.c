/*
 * What people read. Each sentence says what happened, what it means and what to do next, and
 * none says more about an account than its owner has already proved to know.
 */
#include "i18n.h"
#include "server.h"
#include <stdio.h>
#include <time.h>

static void
local_time(int64_t wall_ms, char *out, size_t size)
{
	time_t t = (time_t)((wall_ms + 999) / 1000);
	struct tm tm = {0};

	if (localtime_r(&t, &tm) == NULL || strftime(out, size, "%H:%M:%S", &tm) == 0)
		(void)snprintf(out, size, "--:--:--");
}

/* The others have figures in them, below. */
static const char *const sentences[TEXT_COUNT] = {
    [TEXT_PROMPT_CODE] = N_("Code: "),
    [TEXT_WRONG_CODE] =
	N_("That code is not right. Look at the newest code on your device and log "
	   "in again. If that one is not right either, set the clock of the device."),
    [TEXT_RECOVERY_SPENT] =
	N_("That recovery code was used before. Take another one from your list."),
    [TEXT_CODE_IS_PASSWORD] =
	N_("The code prompt was answered with the password. Your program cannot ask "
	   "a second question: use keyboard-interactive authentication (ssh -o "
	   "PreferredAuthentications=keyboard-interactive)."),
    [TEXT_KEY_ONLY] =
	N_("Your key was accepted, but a code is required too. Log in with `ssh -o "
	   "PreferredAuthentications=keyboard-interactive`. Administrator: set "
	   "\"AuthenticationMethods publickey,keyboard-interactive:pam\" in "
	   "sshd_config."),
    [TEXT_MFA_STALE] =
	N_("Your last code is too old for this. Run the command again from a "
	   "terminal to be asked for a new one (sudo -k first, if you use sudo)."),
    [TEXT_MFA_REQUIRED] =
	N_("A code is required here and none was given. Try again from a terminal, "
	   "where it can be asked for."),
    [TEXT_SUSPENDED] =
	N_("This account is suspended. Ask an administrator."),
    [TEXT_REFUSED_BY_RULE] =
	N_("This is not allowed here and now. Ask an administrator."),
    [TEXT_PERMIT_MISSING] =
	N_("From outside you need a permit. Ask for it on the premises, with "
	   "`sekisho request`; `sekisho role list` shows which there is."),
    [TEXT_SHARED_DIRECT] =
	N_("Nobody logs in to a shared account directly. Log in as yourself, then "
	   "use su or sudo."),
    [TEXT_SERVICE_INTERACTIVE] =
	N_("This is a service account: it works with its key, not with a password."),
    [TEXT_OTHER_PERSON] =
	N_("This account belongs to another person. Use an account of your own."),
    [TEXT_EVERYDAY_SERVICE] =
	N_("This is an administrator's account: it is not for daily work. Use your "
	   "other account here."),
    [TEXT_SHARED_UNOBSERVED] =
	N_("A shared account is used from one's own login, and this one is not "
	   "known to have begun as one. Log in anew as yourself, then use su."),
    [TEXT_DEVICE_REQUIRED] =
	N_("This is permitted only from a device that is registered for it. Use "
	   "that device, or ask an administrator to register this one."),
    [TEXT_DISK_FULL] =
	N_("The disk of the audit log is full, so this login cannot be recorded and "
	   "is refused. An administrator can still log in and make room."),
    [TEXT_CANNOT_RECORD] =
	N_("This login cannot be recorded and is refused. Tell an administrator: "
	   "the system log says what is wrong."),
    [TEXT_PASSWORD_LATER] =
	N_("Other passwords are being changed on this host. Please wait: yours "
	   "comes in its turn, within 90 seconds."),
    [TEXT_PASSWORD_BUSY] =
	N_("Too many passwords are being changed on this host at the moment. Yours "
	   "is as it was: please try again in a few minutes."),
    [TEXT_BYPASS_USED] =
	N_("You got in with a bypass, which others asked for and approved; it is "
	   "used up now. Was that not you? Run `sekisho report not-me`. Enrol a "
	   "device, or fetch yours."),
    [TEXT_OBSERVED] =
	N_("Note: from the day the policy is enforced this would be refused."),
    [TEXT_INVITED_ELSEWHERE] =
	N_("This account waits for its first login. Log in with the name and the "
	   "first password of your invitation, where questions can be asked: at a "
	   "console, or with `ssh -o PreferredAuthentications=keyboard-interactive`."),
    [TEXT_INVITATION_OVER] =
	N_("This invitation is used up, too old or not valid any more. Ask the "
	   "administrator who gave it to you for a new one."),
    [TEXT_INVITATION_TAKEN] =
	N_("A device was enrolled with this invitation in another login. If that "
	   "was you, log in again and give its code. If it was not, tell an "
	   "administrator at once."),
    [TEXT_SHARED_BY_ROLE] =
	N_("This shared account is reached by who has a role that leads to it, for "
	   "the reason given then. `sekisho role list` shows what you can ask for; "
	   "a role with only some commands is used with sudo."),
    [TEXT_PLUGIN_MISSING] =
	N_("You have a role whose commands run only while Sekisho stands beside "
	   "them, and sudo runs without its plugin here. Tell an administrator: "
	   "/etc/sudo.conf has lost its lines of sekisho_sudo.so, `sekisho check` "
	   "shows which, and \"sekisho setup --service sudo\" puts them back."),
    [TEXT_ROLE_ELSEWHERE] =
	N_("You have a role that cannot be used from here or at this hour, and sudo "
	   "runs without Sekisho's plugin, which would tell its commands from "
	   "others. `sekisho grant list` shows what you have; give it back with "
	   "`sekisho end`, or use it where and when it is for."),
    [TEXT_CODE_AGAIN] =
	N_("That code is not right, or was used already. Wait for the next one and "
	   "try again."),
    [TEXT_INVITED] =
	N_("Welcome. This is the first login of this account: you read what is "
	   "collected and why, register the app that shows your codes, and choose "
	   "your own password."),
};

static bool
may_enrol_now(const struct policy *p, const struct facts *f)
{
	if (f->groups_known && policy_grace_until(p, f->groups, f->date_ms) != 0)
		return true;
	return p->enrol_open &&
	       (p->enrol_until_wall_ms == 0 || f->wall_ms < p->enrol_until_wall_ms);
}

/* The next step must be one that works here: it depends on who may enrol, and on whether the
 * person is logged in already. */
static void
no_device(const struct policy *p, const struct facts *f, char *out, size_t size)
{
	bool open = may_enrol_now(p, f);

	if (open && f->session)
		(void)snprintf(out, size, "%s",
		    _("A second factor is required here and none is enrolled for you. "
		      "Run `sekisho enroll` in this login, your password is enough for the "
		      "first device, and try again."));
	else if (open)
		(void)snprintf(out, size,
		    _("A second factor is required here and none is enrolled for you. Run "
		      "`sekisho enroll` where you are logged in already, or ask an "
		      "administrator to run `sekisho enroll %s` as root."),
		    f->principal);
	else
		(void)snprintf(out, size,
		    _("A second factor is required here and none is enrolled for you. Ask an "
		      "administrator to run `sekisho enroll %s` as root. If that is you: in "
		      "a root shell that is still open, or with sudo at the console."),
		    f->principal);
}

/* The last day of it, and how to use it. A day that ends at midnight UTC is named in UTC. */
static void
grace(const struct policy *p, const struct facts *f, char *out, size_t size)
{
	int64_t end_ms = policy_grace_until(p, f->groups, f->date_ms);
	time_t last = (time_t)((end_ms - 1) / 1000);
	char day[16] = "";
	struct tm tm = {0};

	if (gmtime_r(&last, &tm) == NULL || strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0)
		day[0] = '\0';
	(void)snprintf(out, size,
	    _("Until the end of %s (UTC) you get in without a code; from then on you need a second "
	      "factor. Run `sekisho enroll` in this login now: your password is enough for the "
	      "first device."),
	    day);
}

static void
locked(int64_t until_ms, char *out, size_t size)
{
	char until[32];

	local_time(until_ms, until, sizeof(until));
	(void)snprintf(out, size,
	    _("Too many failed attempts from here. Nothing is checked until %s. From a place "
	      "where you logged in before you may get in now; an administrator can unlock you."),
	    until);
}

static void
recovery_used(uint32_t left, char *out, size_t size)
{
	(void)snprintf(out, size,
	    dngettext("sekisho",
		"That recovery code is used up now. %u is left: run `sekisho factor "
		"recovery-codes` for new ones.",
		"That recovery code is used up now. %u are left; `sekisho factor "
		"recovery-codes` makes new ones.",
		left),
	    left);
}

enum { CODE_LONGEST_S = 180 };

/* A wait that is longer than codes last, with what devices may be wrong by, is a clock's fault. */
static void
replayed(int64_t wait_s, char *out, size_t size)
{
	if (wait_s <= CODE_LONGEST_S)
		(void)snprintf(out, size,
		    _("That code was used already or came too early. Wait %lld seconds for the "
		      "next one."),
		    (long long)wait_s);
	else
		(void)snprintf(out, size,
		    _("No code counts for another %lld minutes, because the clock of this host or of "
		      "your device was set back. Tell an administrator."),
		    (long long)((wait_s + 59) / 60));
}

void
texts_render(const struct policy *p, enum text text, int64_t wait_ms,
    const struct facts *f, char *out, size_t size)
{
	const char *fixed = sentences[text];

	out[0] = '\0';
	if (fixed != NULL) {
		(void)snprintf(out, size, "%s", _(fixed));
		return;
	}
	switch (text) {
	case TEXT_PASSWORD_EXPIRED:
	case TEXT_PASSWORD_SOON:
	case TEXT_ACCOUNT_ENDED:
		texts_time(p, text, f, out, size);
		break;
	case TEXT_NO_DEVICE:
		no_device(p, f, out, size);
		break;
	case TEXT_LOCKED:
		locked(f->wall_ms + wait_ms, out, size);
		break;
	case TEXT_HELD:
		(void)snprintf(out, size,
		    _("%s is using this account, and it is for one person at a time. Ask them "
		      "to leave it (exit)."),
		    f->held_by);
		break;
	case TEXT_GRACE:
		grace(p, f, out, size);
		break;
	case TEXT_REPLAYED:
		replayed((wait_ms + 999) / 1000, out, size);
		break;
	case TEXT_RECOVERY_USED:
		recovery_used(f->recovery_codes > 0 ? f->recovery_codes - 1 : 0, out, size);
		break;
	default:
		break;
	}
}
