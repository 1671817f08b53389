/* Do the services that people use ask us? */
#include "check.h"
#include "check_pam_file.h"
#include "i18n.h"
#include <glob.h>
#include <stdio.h>
#include <string.h>

#define PAM_DIR "/etc/pam.d"

static const char *
check_pam_next(void)
{
	return _("Compare the file with the one of that name in /usr/share/sekisho/pam.d. Keep "
		 "a root "
		 "shell open while you edit.");
}

static void
check_pam_weakened(struct check *c, const char *service, const struct pam_lines *l)
{
	if (l->observe)
		check_failed(c, "pam-stack", _("A line that observes refuses nobody."),
		    _("Take \"observe\" out of the line when the trial is over."),
		    _("%s/%s: a line of pam_sekisho.so says observe"), PAM_DIR, service);
	if (l->fail_open)
		check_failed(c, "pam-stack",
		    _("While the daemon is stopped everybody gets in on the first factor."),
		    _("Take \"fail=open\" out; break-glass codes are the way in then."),
		    _("%s/%s: a line of pam_sekisho.so says fail=open"), PAM_DIR, service);
	if (l->missing_file)
		check_failed(c, "pam-stack",
		    _("libpam refuses a service whose files are incomplete."), check_pam_next(),
		    _("%s/%s includes a file that does not exist"), PAM_DIR, service);
}

static void
check_pam_service(struct check *c, const char *service)
{
	struct pam_lines l;
	char missing[128] = "";

	/* not installed here */
	if (!pam_lines_read(PAM_DIR, service, &l))
		return;
	snprintf(missing, sizeof(missing), "%s%s%s%s%s", l.preauth ? "" : " auth-preauth",
	    l.authfail ? "" : " auth-authfail", l.factor ? "" : " auth",
	    l.account ? "" : " account", l.session ? "" : " session");
	check_pam_weakened(c, service, &l);
	if (missing[0] != '\0')
		check_failed(c, "pam-stack",
		    _("What this service lets in is neither limited, nor asked for a second "
		      "factor, nor "
		      "recorded, as far as the line is missing."),
		    check_pam_next(), _("%s/%s has no line of pam_sekisho.so for:%s"), PAM_DIR,
		    service, missing);
	else if (!l.factor_binds || !l.account_binds)
		check_failed(c, "pam-stack", _("Its refusal does not end the login."),
		    check_pam_next(),
		    _("%s/%s: the control word of pam_sekisho.so in %s lets people past "
		      "without its "
		      "success"),
		    PAM_DIR, service, l.factor_binds ? "account" : "auth");
	else
		check_ok(c, "pam-stack", _("%s asks in auth, account and session"), service);
}

static void
check_pam_module(struct check *c)
{
	glob_t found;

	if (glob("/lib/*/security/pam_sekisho.so", 0, NULL, &found) == 0)
		check_ok(c, "pam-stack", _("the module is installed: %s"), found.gl_pathv[0]);
	else
		check_failed(c, "pam-stack",
		    _("A service whose stack names a module that is missing refuses "
		      "everybody."),
		    _("Install Sekisho again, before anybody logs out."), "%s",
		    _("pam_sekisho.so is not where libpam looks for modules"));
	globfree(&found);
}

void
check_pam(struct check *c)
{
	static const char *const services[] = {"sshd", "login", "su", "su-l", "sudo", "sudo-i"};

	check_pam_module(c);
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		check_pam_service(c, services[i]);
}
