#include "glass.h"

#include "absence.h"
#include "breakglass.h"
#include "clock.h"
#include "conversation.h"
#include "error.h"
#include "i18n.h"
#include <security/pam_ext.h>
#include <syslog.h>

bool
glass_is_offered(const struct ask *a)
{
	return a->by_root && breakglass_is_offered(&breakglass_system, a->request.tty);
}

static bool
glass_burn(struct ask *a, const struct secret *typed, const char *cause)
{
	unsigned int index;
	int r = breakglass_burn(&breakglass_system, a->request.tty, typed, &index);

	if (r == SKS_OK) {
		a->txn->break_glass = true;
		pam_syslog(a->pamh, LOG_ALERT,
		    "break-glass code %u used on %s by %s: let in. Next: review it, then make "
		    "new codes",
		    index, a->request.tty, a->request.user);
		absence_spool(a, SPOOL_BREAK_GLASS, cause, index);
		return true;
	}
	pam_syslog(a->pamh, LOG_ALERT, "break-glass code refused on %s for %s: %s%s",
	    a->request.tty, a->request.user,
	    r == SKS_NOT_FOUND  ? "no such code"
	    : r == SKS_CONFLICT ? "it was used before"
				: error_text(r),
	    r == SKS_NOT_FOUND || r == SKS_CONFLICT
		? ""
		: ", so that it could not be burned. Next: check " BREAKGLASS_FILE
		  " and the space on its disk and in /run");
	absence_spool(a, SPOOL_BREAK_GLASS_WRONG, cause, index);
	return false;
}

bool
glass_ask(struct ask *a, int error)
{
	struct secret typed = SECRET_INIT;
	bool in = false;

	if (!a->options->quiet)
		conversation_info(a->pamh,
		    _("The login policy service of this host does not answer. A break-glass "
		      "code lets you in; it is used up by this, and that is recorded."));
	if (conversation_ask(a->pamh, _("Break-glass code: "), &typed) != SKS_OK) {
		absence_refuse(a, error);
		return false;
	}
	a->txn->responded = true;
	a->txn->response_ms = clock_monotonic_ms();
	in = typed.len > 0 && glass_burn(a, &typed, absence_cause(error));
	secret_clear(&typed);
	if (in)
		return true;
	if (!a->options->quiet)
		conversation_error(a->pamh, _("This break-glass code is not valid."));
	conversation_wait_until(a->txn->response_ms + a->txn->delay_ms);
	return false;
}

bool
glass_rescue(struct ask *a)
{
	struct secret typed = SECRET_INIT;
	bool in = false;

	if (!glass_is_offered(a))
		return false;
	if (!a->options->quiet) {
		conversation_error(a->pamh, a->reply.text);
		a->reply.text[0] = '\0'; /* said */
		conversation_info(a->pamh,
		    _("At this console a break-glass code lets you in all the same; it is used "
		      "up by this, and that is recorded."));
	}
	if (conversation_ask(a->pamh, _("Break-glass code: "), &typed) == SKS_OK &&
	    typed.len > 0)
		in = glass_burn(a, &typed, "service present");
	secret_clear(&typed);
	return in;
}

bool
glass_try(struct ask *a, const struct secret *typed)
{
	if (!breakglass_is_form(typed) || !glass_is_offered(a))
		return false;
	return glass_burn(a, typed, "service present");
}

void
glass_pass(const struct ask *a)
{
	absence_spool(a, SPOOL_BREAK_GLASS, "let in by a code before", 0);
}
