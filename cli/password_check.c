/* sekisho password check: for help desks, scripts, and who wants to know before typing it
 * twice. */
#include "ask.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "text.h"
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* The name in full, which a password must not contain. */
static void
set_full_name(struct call *c, const char *user)
{
	const struct passwd *pw = user != NULL ? getpwnam(user) : getpwuid(getuid());

	if (pw != NULL && pw->pw_gecos != NULL)
		(void)text_clean(c->request.text, sizeof(c->request.text), pw->pw_gecos);
}

int
run_password_check(const struct args *args)
{
	const char *user = args_value(args, OPT_USER);
	struct call c;
	int r, status;

	call_init(&c, VERB_PASSWORD_CHECK);
	status = call_set_user(&c, user);
	if (status != STATUS_DONE)
		goto out;
	set_full_name(&c, user);
	r = ask_secret(_("Password to judge: "), ASK_HIDDEN, &c.request.secret);
	if (r != SKS_OK || c.request.secret.len == 0) {
		fputs(r == SKS_TOO_BIG ? _("sekisho: that is longer than any password.\n")
				       : _("sekisho: there is no password to judge.\n"),
		    stderr);
		status = r == SKS_TOO_BIG ? STATUS_REFUSED : STATUS_USAGE;
		goto out;
	}
	status = call_run_and_print(&c, args);
out:
	call_clear(&c);
	return status;
}
