/*
 * pam_sm_open_session and pam_sm_close_session.
 */
#include "absence.h"
#include "announce.h"
#include "ask.h"
#include "error.h"
#include "glass.h"
#include "loaded.h"
#include "module.h"
#include "powers.h"
#include "sockdiag.h"

/*
 * What the kernel counted for this connection; where it says nothing, neither do we. One whose far
 * end has reset it is found by no search any more, but sshd still holds it.
 */
static void
session_count(struct ask *a)
{
	struct sockdiag one;

	if (a->request.connection[0] == '\0')
		return;
	if ((a->txn->cookie == 0 || sockdiag_own(a->txn->cookie, &one) != SKS_OK) &&
	    sockdiag_find(a->request.connection, &one) != SKS_OK)
		return;
	a->txn->cookie = a->request.cookie = one.cookie;
	a->request.sent = one.acked;
}

static int
session_open(struct ask *a, bool silent)
{
	int r;

	if (!a->by_root)
		return PAM_IGNORE;
	a->request.phase = PHASE_OPEN;
	announce_of_banner(a);
	if (a->txn->break_glass) {
		glass_pass(a);
		return PAM_SUCCESS;
	}
	a->request.loaded_boot_ms = loaded_boot_ms();
	session_count(a);
	r = ask_daemon(a, PHASE_OPEN);
	if (r != 0)
		return absence_lets_in(a, r) ? PAM_SUCCESS : PAM_SESSION_ERR;
	if (!ask_is_allowed(a)) {
		ask_refuse(a);
		return PAM_SESSION_ERR;
	}
	if (!powers_apply(a))
		return PAM_SESSION_ERR;
	if (!silent)
		ask_show_info(a);
	return PAM_SUCCESS;
}

/* Hours later: the waits of the login no longer count. Nobody can be kept from leaving. */
static void
session_close(struct ask *a)
{
	int r;

	if (!a->by_root)
		return;
	a->txn->spent_ms = 0;
	session_count(a); /* the last look: the socket goes with this process */
	r = ask_daemon(a, PHASE_CLOSE);
	if (r != 0)
		absence_spool(a, SPOOL_CLOSED, absence_cause(r), 0);
}

MODULE_ENTRY int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options options;
	struct ask a;
	int rc;

	if (!module_begin(pamh, FACILITY_SESSION, argc, argv, &options))
		return PAM_SERVICE_ERR;
	rc = ask_begin(&a, pamh, &options);
	if (rc == PAM_SUCCESS)
		rc = session_open(&a, ((unsigned int)flags & PAM_SILENT) != 0);
	ask_end(&a);
	return rc;
}

MODULE_ENTRY int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options options;
	struct ask a;

	(void)flags;
	if (!module_begin(pamh, FACILITY_SESSION, argc, argv, &options))
		return PAM_SERVICE_ERR;
	if (ask_begin(&a, pamh, &options) == PAM_SUCCESS)
		session_close(&a);
	ask_end(&a);
	return PAM_SUCCESS;
}
