/* Is any password on this host older than the policy lets it become? */
#include "check.h"
#include "clock.h"
#include "i18n.h"
#include "mark.h"
#include "policy/password.h"
#include "show.h"
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OLD_SHOWN = 256 };

static bool
check_is_too_old(const struct check *c, const struct passwd *pw, int64_t today)
{
	enum account_class class = policy_account_class(c->policy, pw->pw_name, pw->pw_uid);
	int64_t days = policy_password_max_age(c->policy, class) / SHOW_DAY_MS;
	struct mark mark;

	return days != 0 && class != CLASS_SERVICE && mark_read(pw->pw_name, &mark) &&
	       mark.text[0] != '\0' && mark.set_day != 0 && mark.set_day + days <= today;
}

/* Such an account gets no further than the change at its next login; until then the old password
 * is what others may have found. */
void
check_passwords(struct check *c)
{
	int64_t today = clock_now().wall_ms / SHOW_DAY_MS;
	char old[OLD_SHOWN] = "";
	const struct passwd *pw;
	FILE *in;
	size_t n = 0;

	if (c->policy == NULL) {
		check_unknown(c, "password-age", _("Repair the policy first."), "%s",
		    _("the policy cannot be read"));
		return;
	}
	if (c->policy->password.remember == 0)
		check_advise(c, "password-age",
		    _("A password that has to be changed is changed back."),
		    _("Set remember in [password]; 12 is what is shipped."), "%s",
		    _("an old password can be used again"));
	if (c->policy->password.max_age_ms == 0 && c->policy->password.max_age_admin_ms == 0) {
		check_ok(c, "password-age", "%s",
		    _("no periodic change is asked for; passwords are changed where somebody says so"));
		return;
	}
	in = geteuid() == 0 ? fopen("/etc/passwd", "re") : NULL;
	if (in == NULL) {
		check_unknown(c, "password-age", _("Run it as root."), "%s",
		    _("only root can see how old passwords are"));
		return;
	}
	while ((pw = fgetpwent(in)) != NULL) {
		size_t used = strlen(old);

		if (!check_is_too_old(c, pw, today))
			continue;
		if (n++ < 10)
			snprintf(old + used, sizeof(old) - used, "%s%s", used == 0 ? "" : ", ",
			    pw->pw_name);
	}
	fclose(in);
	if (n == 0)
		check_ok(c, "password-age", "%s", _("no password is older than the policy allows"));
	else
		check_failed(c, "password-age",
		    _("They are changed at the next login; who never logs in leaves an old one "
		      "lying about."),
		    _("Ask these people to log in, or suspend or retire accounts that nobody "
		      "needs."),
		    _("%zu passwords are older than the policy allows: %s"), n, old);
}
