#include "absence.h"

#include "clock.h"
#include "conversation.h"
#include "error.h"
#include "i18n.h"
#include "paths.h"
#include "text.h"
#include <security/pam_ext.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

const char *
absence_cause(int error)
{
	switch (error) {
	case SKS_UNREACHABLE:
		return "absent";
	case SKS_TIMEOUT:
		return "timeout";
	case SKS_PROTOCOL:
		return "garbled";
	case SKS_UNTRUSTED:
		return "untrusted";
	default:
		return error_text(error);
	}
}

/* For the administrator who reads syslog: what to look at. */
static const char *
absence_next_step(int error)
{
	switch (error) {
	case SKS_UNREACHABLE:
		return "start sekisho-policyd (systemctl status sekisho-policyd)";
	case SKS_TIMEOUT:
		return "sekisho-policyd hangs: look at its log and at the disk of "
		       "/var/lib/sekisho, then restart it";
	case SKS_PROTOCOL:
		return "restart sekisho-policyd; module and daemon must be of one version";
	case SKS_UNTRUSTED:
		return "check owner and mode of /run/sekisho and its sockets";
	default:
		return "look at memory, open files and the log of this program";
	}
}

/* The address alone: where sshd gives the name of a host, SSH_CONNECTION has the number. */
static void
absence_copy_source(const struct pam_request *q, char *dst, size_t size)
{
	size_t len = strcspn(q->connection, " ");

	if (len > 0 && len < size) {
		memcpy(dst, q->connection, len);
		dst[len] = '\0';
	} else {
		text_clean(dst, size, q->rhost);
	}
}

void
absence_spool(const struct ask *a, enum spool_kind kind, const char *cause, unsigned int number)
{
	const struct pam_request *q = &a->request;
	struct instant now = clock_now();
	struct spool_event e = {.kind = kind,
	    .phase = q->phase,
	    .wall_ms = now.wall_ms,
	    .boot_ms = now.boot_ms,
	    .uid = q->uid,
	    .known = q->known,
	    .pid = (uint32_t)getpid(),
	    .number = number};
	int r;

	if (!a->by_root) /* the spool is root's: a user's word would be worth nothing in it */
		return;
	(void)clock_boot_id(e.boot_id);
	text_clean(e.user, sizeof(e.user), q->user);
	text_clean(e.service, sizeof(e.service), q->service);
	text_clean(e.tty, sizeof(e.tty), q->tty);
	absence_copy_source(q, e.source, sizeof(e.source));
	if (cause != NULL)
		text_clean(e.cause, sizeof(e.cause), cause);
	r = spool_write(MODULE_SPOOL_DIR, MODULE_SPOOL_KEY, &e);
	if (r != SKS_OK)
		pam_syslog(a->pamh, LOG_ERR, "cannot spool %s of %s in %s: %s",
		    fields_word(spool_kind_words, kind), q->user, MODULE_SPOOL_DIR,
		    error_text(r));
}

bool
absence_is_tolerated(const struct ask *a, int error)
{
	return a->options->observe || (a->options->open && error == SKS_UNREACHABLE);
}

static void
absence_let_in(const struct ask *a, enum spool_kind kind, int error, const char *because)
{
	char cause[64];

	(void)snprintf(cause, sizeof(cause), "%s%s", absence_cause(error),
	    a->options->observe ? ", observe" : "");
	pam_syslog(a->pamh, LOG_WARNING,
	    "sekisho-policyd cannot be asked (%s): %s let in without a decision, %s. Next: %s",
	    absence_cause(error), a->request.user, because, absence_next_step(error));
	absence_spool(a, kind, cause, 0);
}

void
absence_refuse(const struct ask *a, int error)
{
	pam_syslog(a->pamh, LOG_ERR,
	    "sekisho-policyd cannot be asked (%s): %s refused. Next: %s", absence_cause(error),
	    a->request.user, absence_next_step(error));
	absence_spool(a, SPOOL_DENIED, absence_cause(error), 0);
	if (!a->options->quiet)
		conversation_error(a->pamh,
		    a->request.phase >= PHASE_PASSWORD_BEGIN
			? _("No password can be changed at the moment: the policy service of this "
			    "host does not answer, so nobody could say whether a new one is good "
			    "enough. Yours is as it was. Please try again later, or tell the "
			    "administrator.")
			: _("Nobody can be let in at the moment: the login policy service of this "
			    "host does not answer. Please try again later, or tell its "
			    "administrator."));
}

bool
absence_lets_in(const struct ask *a, int error)
{
	if (a->root_caller && a->request.phase >= PHASE_ACCOUNT) {
		absence_let_in(a, SPOOL_ROOT_CALLER, error, "root's own call");
		return true;
	}
	if (absence_is_tolerated(a, error)) {
		absence_let_in(a, SPOOL_FAIL_OPEN, error,
		    a->options->observe ? "the line says observe" : "the line says fail=open");
		return true;
	}
	absence_refuse(a, error);
	return false;
}
