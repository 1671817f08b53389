/*
 * What the kernel's audit is told, so that ausearch and aureport show it: policies, locks and
 * suspensions. Not logins: libpam reports those by itself. In a child of its own, because the
 * kernel lets a sender wait while its queue is full.
 */
#include "audit/event.h"
#include "error.h"
#include "warden.h"
#include <errno.h>
#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AUDIT_MESSAGE_MAX = 1536 };

/* The message types are the kernel's and libaudit's; pam_faillock uses those of the locks. */
static const struct {
	uint16_t action;
	int type;
} audit_types[] = {
    {ACTION_POLICY_APPLY, AUDIT_USYS_CONFIG}, {ACTION_POLICY_REFUSED, AUDIT_USYS_CONFIG},
    {ACTION_LOCKOUT_START, AUDIT_RESP_ACCT_LOCK_TIMED},
    {ACTION_LOCKOUT_END, AUDIT_RESP_ACCT_UNLOCK_TIMED}, {ACTION_USER_SUSPEND, AUDIT_ACCT_LOCK},
    {ACTION_USER_RESUME, AUDIT_ACCT_UNLOCK},
    {ACTION_USER_REPORT, AUDIT_ACCT_LOCK}, /* those that suspend */
};

static int
audit_type(const char *name)
{
	const struct event_info *event = event_by_name(name);

	for (size_t i = 0; event != NULL && i < sizeof(audit_types) / sizeof(audit_types[0]);
	     i++) {
		if (audit_types[i].action == event->action)
			return audit_types[i].type;
	}
	return 0;
}

/* Encoded as audit wants it: in quotes, or in hex where a blank or a quote could end it. */
static void
audit_put(char *message, size_t size, const char *name, const char *value)
{
	size_t used = strlen(message);
	char *pair;

	if (value[0] == '\0' ||
	    (pair = audit_encode_nv_string(name, value, (unsigned int)strlen(value))) == NULL)
		return;
	/* half a pair would be worse than none */
	if (strlen(pair) + 2 <= size - used)
		snprintf(message + used, size - used, " %s", pair);
	free(pair);
}

/* The address, which goes into the message without quotes; NULL: it is a name, which whoever
 * logs in from there may have chosen. */
static const char *
audit_address(const struct alert *a)
{
	return a->source[0] != '\0' &&
		       strspn(a->source, "0123456789abcdefABCDEF.:/") == strlen(a->source)
		   ? a->source
		   : NULL;
}

static void
audit_compose(const struct alert *a, char *message, size_t size)
{
	size_t used;

	snprintf(message, size, "op=sekisho:%s", a->event); /* of the catalogue: no blanks */
	audit_put(message, size, "acct", a->user);
	audit_put(message, size, "by", a->by);
	audit_put(message, size, "reason", a->reason);
	audit_put(message, size, "what", a->detail);
	if (audit_address(a) == NULL)
		audit_put(message, size, "from", a->source);
	used = strlen(message);
	if (a->record != 0)
		snprintf(
		    message + used, size - used, " record=%llu", (unsigned long long)a->record);
}

/* Not built in, switched off at boot, or out of reach from this namespace. */
static bool
audit_is_absent(int error)
{
	return error == EINVAL || error == EPROTONOSUPPORT || error == EAFNOSUPPORT ||
	       error == ECONNREFUSED;
}

void
audit_run(const struct warden_call *call, struct warden_answer *answer)
{
	const struct alert *a = &call->alert;
	int type = audit_type(a->event), fd;
	char message[AUDIT_MESSAGE_MAX];

	if (type == 0) {
		answer->status = SKS_INVALID;
		return;
	}
	if ((fd = audit_open()) < 0) {
		answer->status = audit_is_absent(errno) ? SKS_NOT_FOUND : SKS_IO;
		return;
	}
	audit_compose(a, message, sizeof(message));
	/* No name of a host, which it would look up. */
	if (audit_log_user_message(fd, type, message, NULL, audit_address(a), NULL,
		strcmp(a->outcome, "failure") != 0) > 0)
		answer->status = SKS_OK;
	else
		answer->status = audit_is_absent(errno) ? SKS_NOT_FOUND
				 : errno == EPERM       ? SKS_DENIED
							: SKS_IO;
	audit_close(fd);
}
