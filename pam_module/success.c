/*
 * The success line, last of the auth stack: asks what else is needed, asks the person for it,
 * and has the daemon decide. Reached only behind a right first factor.
 */
#include "success.h"

#include "absence.h"
#include "announce.h"
#include "clock.h"
#include "conversation.h"
#include "glass.h"
#include "i18n.h"
#include "module.h"
#include <string.h>

/* sshd's password method answers each hidden prompt with the password. */
static bool
success_is_password(const struct ask *a)
{
	const struct secret *code = &a->request.code;
	const void *password = NULL;

	if (pam_get_item(a->pamh, PAM_AUTHTOK, &password) != PAM_SUCCESS || password == NULL)
		return false;
	return code->len > 0 && strlen(password) == code->len &&
	       secret_equal_bytes(password, code->bytes, code->len);
}

bool
success_prompt(struct ask *a)
{
	const char *prompt = a->reply.prompt[0] != '\0' ? a->reply.prompt : _("Code: ");

	announce_before_prompt(a);
	ask_show_info(a);
	if (conversation_ask(a->pamh, prompt, &a->request.code) != 0) {
		a->request.flags &= ~(uint32_t)PAM_FLAG_INTERACTIVE;
		return false;
	}
	announce_answered(a);
	a->txn->responded = true;
	a->txn->response_ms = clock_monotonic_ms();
	if (success_is_password(a)) {
		secret_clear(&a->request.code);
		a->request.flags |= PAM_FLAG_PASSWORD_AS_CODE;
	}
	return true;
}

/* Observe lets in only what something else let in before: alone, it has no opinion. */
static int
success_absent(struct ask *a, int error)
{
	bool behind_preauth =
	    (a->txn->charged || a->txn->went_on) && strcmp(a->txn->user, a->request.user) == 0;

	if (absence_is_tolerated(a, error)) {
		(void)absence_lets_in(a, error);
		return a->options->open || behind_preauth || keyproof_run(a) == PAM_SUCCESS
			   ? PAM_SUCCESS
			   : PAM_IGNORE;
	}
	if (glass_is_offered(a))
		return glass_ask(a, error) ? PAM_SUCCESS : PAM_AUTH_ERR;
	absence_refuse(a, error);
	return PAM_AUTHINFO_UNAVAIL;
}

static int
success_judge(struct ask *a)
{
	int r = ask_daemon(a, PHASE_CODE);

	if (r != 0)
		return success_absent(a, r);
	if (!ask_is_allowed(a)) {
		ask_refuse(a);
		return PAM_AUTH_ERR;
	}
	ask_show_info(a);
	return PAM_SUCCESS;
}

/*
 * Does the answer to "what is needed?" depend on anything? Where nobody has proved anything
 * yet (no charged first factor, no key, no login that this one is inside of) everybody is asked
 * for a code, so that nothing shows about the account: then there is no need to ask.
 */
static bool
success_is_open_question(const struct ask *a)
{
	return (a->request.flags & PAM_FLAG_FIRST_FACTOR) != 0 ||
	       a->request.auth_info[0] != '\0' || a->request.token[0] != '\0' || !a->by_root ||
	       a->login_uid != NOBODY || a->txn->went_on;
}

static int
success_ask_code(struct ask *a)
{
	if (a->request.code.len == 0 && success_prompt(a) && glass_try(a, &a->request.code))
		return PAM_SUCCESS;
	return success_judge(a);
}

static int
success_decide(struct ask *a)
{
	int r;

	if (!success_is_open_question(a))
		return success_ask_code(a);
	r = ask_daemon(a, PHASE_NEED);

	if (r != 0)
		return success_absent(a, r);
	if (!ask_is_allowed(a)) {
		/* Before a code could be asked for: whoever has no device would have no place
		 * to type the one that still works. */
		if (glass_rescue(a))
			return PAM_SUCCESS;
		ask_refuse(a);
		return PAM_AUTH_ERR;
	}
	if (a->reply.need != PAM_NEED_CODE)
		return success_judge(a);
	return success_ask_code(a);
}

int
success_run(struct ask *a)
{
	int rc;

	if (!a->txn->charged && !a->txn->went_on) {
		/* no preauth in this stack, or none in this attempt */
		transaction_reset(a->txn);
		a->txn->here = true;
	}
	if (ask_is_charged(a)) {
		a->request.flags |= PAM_FLAG_FIRST_FACTOR;
		a->request.code = a->txn->code;
	}
	secret_clear(&a->txn->code);
	rc = success_decide(a);
	/* One charge pays for one success line. */
	a->txn->charged = false;
	a->txn->went_on = false;
	return rc;
}
