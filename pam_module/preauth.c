/*
 * The lines before the success line: preauth takes the response and has the attempt charged
 * before anybody evaluates it; authfail records that it was wrong and answers at a fixed time;
 * keyproof tells a key that sshd has verified.
 */
#include "absence.h"
#include "announce.h"
#include "ask.h"
#include "clock.h"
#include "conversation.h"
#include "glass.h"
#include "module.h"
#include <security/pam_ext.h>
#include <stdio.h>
#include <string.h>

enum { CODE_DIGITS_MAX = 10 };

/* What sshd hands on instead of the response of a user whom it refuses anyway: this, over and
 * over, cut to the length of what was typed. */
static bool
preauth_is_junk(const char *response)
{
	static const char junk[] = "\b\n\r\177INCORRECT";
	size_t len = strlen(response);

	for (size_t i = 0; i < len; i++) {
		if (response[i] != junk[i % (sizeof(junk) - 1)])
			return false;
	}
	return len > 0;
}

/* The password method of sshd has one field for both: PASSWORDcode. */
static int
preauth_split(struct ask *a, const char *response)
{
	size_t digits = a->reply.code_digits;
	size_t len = strlen(response);
	struct secret password = SECRET_INIT;
	int rc = PAM_AUTH_ERR;

	if (digits == 0 || digits > CODE_DIGITS_MAX || len <= digits)
		return PAM_SUCCESS;
	if (strspn(response + len - digits, "0123456789") != digits)
		return PAM_SUCCESS;
	if (secret_set(&password, response, len - digits) == 0 &&
	    secret_set(&a->txn->code, response + len - digits, digits) == 0)
		rc = pam_set_item(a->pamh, PAM_AUTHTOK, password.bytes);
	secret_clear(&password);
	return rc;
}

/* Nobody to ask: may the stack go on, so that the success line decides what that means? */
static int
preauth_absent(struct ask *a, int error)
{
	if (absence_is_tolerated(a, error) || glass_is_offered(a)) {
		a->txn->went_on = true;
		return PAM_SUCCESS;
	}
	absence_refuse(a, error);
	return PAM_AUTHINFO_UNAVAIL;
}

static int
preauth_charge(struct ask *a, const char *response)
{
	int r = ask_daemon(a, PHASE_CHARGE);

	if (r != 0)
		return preauth_absent(a, r);
	if (a->reply.delay_ms > 0)
		a->txn->delay_ms = a->reply.delay_ms;
	if (!ask_is_allowed(a)) {
		ask_refuse(a);
		return PAM_AUTH_ERR;
	}
	a->txn->charged = true;
	return response == NULL ? PAM_SUCCESS : preauth_split(a, response);
}

int
preauth_run(struct ask *a)
{
	const char *response = NULL;
	int rc;

	transaction_reset(a->txn);
	a->txn->here = true;
	(void)snprintf(a->txn->user, sizeof(a->txn->user), "%s", a->request.user);
	announce_before_prompt(a);
	if (a->options->early) {
		a->request.flags |= PAM_FLAG_EARLY;
	} else {
		rc = pam_get_authtok(a->pamh, PAM_AUTHTOK, &response, NULL);
		if (rc != PAM_SUCCESS)
			return rc;
		if (preauth_is_junk(response))
			a->request.flags |= PAM_FLAG_JUNK;
		announce_answered(a);
		a->txn->responded = true;
		a->txn->response_ms = clock_monotonic_ms();
	}
	return preauth_charge(a, response);
}

int
authfail_run(struct ask *a)
{
	int64_t answer_ms = clock_monotonic_ms() + a->txn->delay_ms;
	int r;

	if (a->txn->responded)
		answer_ms = a->txn->response_ms + a->txn->delay_ms;
	r = ask_daemon(a, PHASE_FAILED);
	if (r != 0)
		absence_refuse(a, r);
	else if (!a->options->quiet)
		conversation_error(a->pamh, a->reply.text);
	conversation_wait_until(answer_ms);
	transaction_reset(a->txn);
	return PAM_AUTH_ERR;
}

int
keyproof_run(struct ask *a)
{
	const char *info = pam_getenv(a->pamh, "SSH_AUTH_INFO_0");

	/* Only sshd's monitor writes this variable; a user's own program could write anything.
	 */
	if (!a->by_root || strcmp(a->request.service, "sshd") != 0 || info == NULL)
		return PAM_IGNORE;
	return strncmp(info, "publickey ", 10) == 0 ? PAM_SUCCESS : PAM_IGNORE;
}
