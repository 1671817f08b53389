/* What ends by the calendar: passwords and accounts. */
#include "i18n.h"
#include "policy/password.h"
#include "server.h"
#include <stdio.h>
#include <time.h>

static void
day_of(int64_t wall_ms, char *out, size_t size)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	if (gmtime_r(&t, &tm) == NULL || strftime(out, size, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, size, "?");
}

static void
soon(const struct policy *p, const struct facts *f, char *out, size_t size)
{
	enum account_class class = policy_account_class(p, f->principal, f->principal_uid);
	int64_t due_ms = f->password_at_ms + policy_password_max_age(p, class);
	int64_t now_ms = f->date_ms > f->wall_ms ? f->date_ms : f->wall_ms;
	unsigned long days = (unsigned long)((due_ms - now_ms) / (24 * 60 * 60 * 1000));

	(void)snprintf(out, size,
	    dngettext("sekisho",
		"Your password has to be changed within %lu day. Run `passwd` when it suits you; "
		"after that you are asked for a new one at login.",
		"Your password has to be changed within %lu days. Run `passwd` when it suits you; "
		"after that you are asked for a new one at login.",
		days),
	    days);
}

void
texts_time(const struct policy *p, enum text text, const struct facts *f, char *out, size_t size)
{
	char day[16];

	switch (text) {
	case TEXT_PASSWORD_EXPIRED:
		(void)snprintf(out, size, "%s",
		    f->password_must
			? _("Your password has to be changed now: an administrator asked for it.")
			: _("Your password is older than this host allows. Choose a new one now."));
		break;
	case TEXT_PASSWORD_SOON:
		soon(p, f, out, size);
		break;
	case TEXT_ACCOUNT_ENDED:
		/* its last day, as in all that is shown of it */
		day_of(f->account_until_ms - 1, day, sizeof(day));
		(void)snprintf(out, size,
		    _("This account ended on %s (UTC). If you still need it, ask an administrator "
		      "to extend it: sekisho user add %s --until DATE --no-invitation."),
		    day, f->principal);
		break;
	default:
		out[0] = '\0';
		break;
	}
}
