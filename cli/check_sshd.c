/* Settings of sshd that let a login skip the second factor, or keep it from being asked for. */
#include "check.h"
#include "check_sshd_settings.h"
#include "i18n.h"
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SSHD_PATH "/usr/sbin/sshd"

/* Everything that sshd prints; false when it did not end well. No shell, no environment. */
static bool
check_sshd_ask(struct sshd_settings *settings)
{
	char program[] = SSHD_PATH, option[] = "-T";
	char *const argv[] = {program, option, NULL};
	char *const environment[] = {NULL};
	int pipes[2], status = -1;
	pid_t pid;
	FILE *in;

	if (pipe2(pipes, 0) != 0)
		return false;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		/* its complaints are not part of our report; the status says that it failed */
		if (freopen("/dev/null", "w", stderr) != NULL)
			execve(SSHD_PATH, argv, environment);
		_exit(127);
	}
	close(pipes[1]);
	in = pid < 0 ? NULL : fdopen(pipes[0], "r");
	if (in == NULL)
		close(pipes[0]);
	if (in != NULL) {
		sshd_settings_read(in, settings);
		fclose(in);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return in != NULL && status == 0 && settings->seen;
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

void
check_sshd(struct check *c)
{
	struct sshd_settings settings = {0};

	if (access(SSHD_PATH, F_OK) != 0) {
		check_ok(c, "mfa-remote-admin", _("there is no %s on this host"), SSHD_PATH);
		return;
	}
	if (!c->root || !check_sshd_ask(&settings)) {
		check_unknown(c, "mfa-remote-admin",
		    c->root ? _("Run it yourself and repair what it names: sshd -T")
			    : _("Run \"sekisho check\" as root."),
		    "%s", _("the settings of sshd could not be read (sshd -T)"));
		return;
	}
	check_sshd_remote(c, &settings);
	check_sshd_prompt(c, &settings);
}
