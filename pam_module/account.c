/*
 * pam_sm_acct_mgmt: may this account use this service now? For a key login and for each
 * command of sudo this is the first that we hear of it; behind a code it may be decided already.
 */
#include "absence.h"
#include "announce.h"
#include "ask.h"
#include "foretold.h"
#include "glass.h"
#include "loaded.h"
#include "module.h"
#include "success.h"
#include <string.h>

/*
 * Can a person answer a prompt in this phase? In sshd only in the process that authenticated:
 * a key login has nobody to ask. Without a terminal su would read from whatever its input is;
 * sudo has its own ways (-S, askpass) and fails at once where it has none.
 */
static bool
account_is_interactive(const struct ask *a)
{
	const char *service = a->request.service, *tty = a->request.tty;

	if (a->txn->here)
		return true;
	if (strcmp(service, "sshd") == 0 || strcmp(tty, "cron") == 0 || strcmp(tty, "ssh") == 0)
		return false;
	return tty[0] != '\0' || strncmp(service, "sudo", 4) == 0;
}

static int
account_absent(struct ask *a, int error)
{
	bool ask_person = (a->request.flags & PAM_FLAG_INTERACTIVE) != 0 && !a->root_caller &&
			  !absence_is_tolerated(a, error);

	if (ask_person && glass_is_offered(a))
		return glass_ask(a, error) ? PAM_SUCCESS : PAM_PERM_DENIED;
	return absence_lets_in(a, error) ? PAM_SUCCESS : PAM_PERM_DENIED;
}

static int
account_judge(struct ask *a)
{
	if (a->reply.need == PAM_NEED_PASSWORD) {
		ask_show_info(a);
		return PAM_NEW_AUTHTOK_REQD;
	}
	if (!ask_is_allowed(a)) {
		ask_refuse(a);
		return PAM_PERM_DENIED;
	}
	ask_show_info(a);
	return PAM_SUCCESS;
}

/* The factor is stale: asks for a new one, and then the same question again. */
static int
account_renew(struct ask *a)
{
	int r;

	if (success_prompt(a)) {
		if (glass_try(a, &a->request.code))
			return PAM_SUCCESS;
		r = ask_daemon(a, PHASE_CODE);
		secret_clear(&a->request.code);
		a->request.flags &= ~(uint32_t)PAM_FLAG_PASSWORD_AS_CODE;
		if (r != 0)
			return account_absent(a, r);
		if (!ask_is_allowed(a))
			return account_judge(a);
		ask_show_info(a);
	}
	r = ask_daemon(a, PHASE_ACCOUNT);
	return r != 0 ? account_absent(a, r) : account_judge(a);
}

static int
account_decide(struct ask *a)
{
	int r;

	if (!a->by_root) /* a screen locker: its process could skip us anyway */
		return PAM_IGNORE;
	a->request.phase = PHASE_ACCOUNT;
	if (a->txn->break_glass) {
		glass_pass(a);
		return PAM_SUCCESS;
	}
	announce_of_banner(a);
	if (strncmp(a->request.service, "sudo", 4) == 0 && loaded_sudo_plugin())
		a->request.flags |= PAM_FLAG_SUDO_PLUGIN;
	if (account_is_interactive(a))
		a->request.flags |= PAM_FLAG_INTERACTIVE;
	if (foretold_allows(a))
		return PAM_SUCCESS;
	r = ask_daemon(a, PHASE_ACCOUNT);
	if (r != 0)
		return account_absent(a, r);
	if (a->reply.need == PAM_NEED_CODE && (a->request.flags & PAM_FLAG_INTERACTIVE) != 0)
		return account_renew(a);
	return account_judge(a);
}

MODULE_ENTRY int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options options;
	struct ask a;
	int rc;

	(void)flags;
	if (!module_begin(pamh, FACILITY_ACCOUNT, argc, argv, &options))
		return PAM_SERVICE_ERR;
	rc = ask_begin(&a, pamh, &options);
	if (rc == PAM_SUCCESS)
		rc = account_decide(&a);
	ask_end(&a);
	return rc;
}
