/*
 * Is this the person's password? Asked through PAM, so that it holds for whatever the host
 * keeps passwords in. In a process of its own: see child.c.
 */
#include "error.h"
#include "warden.h"
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_SERVICE "sekisho"

/* The one secret answers what is asked without echo; a question in the open is none of ours. */
static int
password_converse(int count, const struct pam_message **message, struct pam_response **response,
    void *context)
{
	const struct secret *secret = context;
	struct pam_response *answers;

	if (count <= 0 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	answers = calloc((size_t)count, sizeof(*answers));
	if (answers == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		int style = message[i]->msg_style;

		if (style == PAM_PROMPT_ECHO_OFF)
			answers[i].resp = strdup((const char *)secret->bytes);
		else if (style != PAM_TEXT_INFO && style != PAM_ERROR_MSG)
			goto fail;
		if (style == PAM_PROMPT_ECHO_OFF && answers[i].resp == NULL)
			goto fail;
	}
	*response = answers;
	return PAM_SUCCESS;
fail:
	for (int i = 0; i < count; i++) {
		if (answers[i].resp != NULL)
			explicit_bzero(answers[i].resp, secret->len);
		free(answers[i].resp);
	}
	free(answers);
	return PAM_CONV_ERR;
}

/* The daemon chooses when to answer; a delay in here would only hold one of few processes. */
static void
password_no_delay(int status, unsigned int delay_us, void *context)
{
	(void)status;
	(void)delay_us;
	(void)context;
}

static int
password_set_delay(pam_handle_t *pamh)
{
	void (*no_delay)(int, unsigned int, void *) = password_no_delay;
	const void *item;

	/* PAM takes a function as an object pointer; POSIX lets both have one form. */
	memcpy(&item, &no_delay, sizeof(item));
	return pam_set_item(pamh, PAM_FAIL_DELAY, item);
}

/* A module may have changed PAM_USER: then it vouches for somebody else. */
static int
password_same_user(pam_handle_t *pamh, const char *user)
{
	const void *now = NULL;

	if (pam_get_item(pamh, PAM_USER, &now) != PAM_SUCCESS || now == NULL ||
	    strcmp(now, user) != 0)
		return PAM_PERM_DENIED;
	return PAM_SUCCESS;
}

/* What says that the host is wrong, not the password. */
static int
password_status(int result)
{
	switch (result) {
	case PAM_SUCCESS:
		return SKS_OK;
	case PAM_ABORT:
	case PAM_BUF_ERR:
	case PAM_CONV_ERR:
	case PAM_OPEN_ERR:
	case PAM_SERVICE_ERR:
	case PAM_SYMBOL_ERR:
	case PAM_SYSTEM_ERR:
	case PAM_AUTHINFO_UNAVAIL:
		return SKS_IO;
	default:
		return SKS_DENIED;
	}
}

void
password_run(const struct warden_call *call, struct warden_answer *answer)
{
	struct secret secret = call->password;
	const struct pam_conv conv = {password_converse, &secret};
	const int flags = PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
	pam_handle_t *pamh = NULL;
	int result = PAM_PERM_DENIED;

	answer->status = SKS_DENIED;
	/* A NUL would compare less than was typed. */
	if (call->user[0] == '\0' || strlen((const char *)secret.bytes) != secret.len)
		goto out;
	result = pam_start(PASSWORD_SERVICE, call->user, &conv, &pamh);
	if (result == PAM_SUCCESS)
		result = password_set_delay(pamh);
	if (result == PAM_SUCCESS)
		result = pam_authenticate(pamh, flags);
	if (result == PAM_SUCCESS)
		result = pam_acct_mgmt(pamh, flags);
	if (result == PAM_SUCCESS)
		result = password_same_user(pamh, call->user);
	if (result != PAM_SUCCESS)
		snprintf(answer->text, sizeof(answer->text), "PAM service %s: %s",
		    PASSWORD_SERVICE, pam_strerror(pamh, result));
	if (pamh != NULL)
		(void)pam_end(pamh, result);
	answer->status = password_status(result);
out:
	secret_clear(&secret);
}
