/*
 * pam_sm_chauthtok: is the new password good enough? It stands before the module that stores
 * passwords, which takes what is left here (use_authtok). In the first round the daemon is
 * asked whether a change may begin at all, so that without it nothing is asked of anybody; in
 * the second each password that is typed is judged, until one is accepted or the tries are
 * over. Few are changed at a time: who has to wait is told so once and then waits for the answer.
 *
 * As administrators know it from pam_pwquality: a password that another module left behind is
 * judged first; with use_authtok none is asked for; retry=N is how often.
 */
#include "absence.h"
#include "ask.h"
#include "conversation.h"
#include "first_use.h"
#include "i18n.h"
#include "module.h"
#include "text.h"
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>

enum { JUDGING_TIMES = 4, PURPOSE_MAX = 65536 };

static void
forget_new(struct ask *a)
{
	(void)pam_set_item(a->pamh, PAM_AUTHTOK, NULL); /* libpam wipes it */
}

/* What a person is called, and the password that they have, where an earlier line knows it. */
static void
fill_request(struct ask *a)
{
	const struct passwd *pw = pam_modutil_getpwnam(a->pamh, a->request.user);
	const void *old = NULL;

	if (pw != NULL && pw->pw_gecos != NULL)
		(void)text_clean(
		    a->request.full_name, sizeof(a->request.full_name), pw->pw_gecos);
	if (pam_get_item(a->pamh, PAM_OLDAUTHTOK, &old) == PAM_SUCCESS && old != NULL)
		(void)secret_set_str(&a->request.old, old);
}

static int
refused(struct ask *a)
{
	if (!a->options->quiet)
		conversation_error(a->pamh, a->reply.text);
	return PAM_AUTHTOK_ERR;
}

/* The daemon's answer, when it is our turn: 0, or why there is none. */
static int
ask_in_turn(struct ask *a, enum phase phase)
{
	int r;

	a->request.flags |= PAM_FLAG_TELL_TURN;
	r = ask_daemon(a, phase);
	a->request.flags &= ~(uint32_t)PAM_FLAG_TELL_TURN;
	if (r != 0 || a->reply.need != PAM_NEED_TURN)
		return r;
	ask_show_info(a);
	a->txn->spent_ms = 0;
	a->patience_ms = PASSWORD_TURN_MS;
	r = ask_daemon(a, phase);
	a->patience_ms = 0;
	return r;
}

static int
password_begin(struct ask *a)
{
	int r;

	if (!a->by_root) { /* only root's socket takes it, and only root can store it */
		a->request.phase = PHASE_PASSWORD_BEGIN;
		conversation_error(a->pamh,
		    _("This program cannot change a password: it does not run as root."));
		return PAM_TRY_AGAIN;
	}
	r = ask_in_turn(a, PHASE_PASSWORD_BEGIN);
	if (r != 0) {
		absence_refuse(a, r);
		return PAM_TRY_AGAIN;
	}
	if (!ask_is_allowed(a))
		return refused(a);
	_Static_assert(sizeof(a->txn->hint) == sizeof(a->reply.text), "copied as it is");
	memcpy(a->txn->hint, a->reply.text, sizeof(a->txn->hint));
	return PAM_SUCCESS;
}

/* At a first login something comes before the new password: by now the old one was asked for. */
static int
password_first_use(struct ask *a)
{
	struct buf purpose;
	int rc = PAM_SUCCESS, r;

	buf_init(&purpose, PURPOSE_MAX);
	a->txn->spent_ms = 0;
	r = ask_daemon_for(a, PHASE_FIRST_USE, &purpose);
	if (r != 0) {
		absence_refuse(a, r);
		rc = PAM_TRY_AGAIN;
	} else if (a->reply.need == PAM_NEED_ENROL) {
		buf_put_bytes(&purpose, "", 1);
		if (buf_error(&purpose) == 0)
			conversation_info(a->pamh, (const char *)purpose.data);
		rc = first_use_run(a);
	} else if (!ask_is_allowed(a)) {
		rc = refused(a);
	}
	buf_clear(&purpose);
	return rc;
}

/* One password. PAM_SUCCESS; PAM_AUTHTOK_ERR when another one may be tried; PAM_TRY_AGAIN when
 * that would be of no use. */
static int
password_judge(struct ask *a, const char *new)
{
	int r;

	fill_request(a);
	if (secret_set_str(&a->request.password, new) != 0) {
		conversation_error(a->pamh, _("That is longer than any password may be."));
		return PAM_AUTHTOK_ERR;
	}
	a->txn->spent_ms = 0; /* a deadline for each: a person typed in between */
	r = ask_in_turn(a, PHASE_PASSWORD);
	secret_clear(&a->request.password);
	secret_clear(&a->request.old);
	if (r != 0) {
		absence_refuse(a, r);
		return PAM_TRY_AGAIN;
	}
	if (!ask_is_allowed(a))
		return refused(a);
	ask_show_info(a); /* how strong it is; root, that it is weak */
	return PAM_SUCCESS;
}

/* What the rules ask, before somebody chooses. Not where another line asks them. */
static void
show_rules(struct ask *a)
{
	const void *left = NULL;

	if (a->options->use_authtok || a->options->quiet || a->txn->hint[0] == '\0' ||
	    (pam_get_item(a->pamh, PAM_AUTHTOK, &left) == PAM_SUCCESS && left != NULL))
		return;
	conversation_info(a->pamh, a->txn->hint);
}

static int
password_change(struct ask *a)
{
	int rc = PAM_AUTHTOK_ERR;

	show_rules(a);
	for (int try = 0; try < a->options->retry; try++) {
		const char *new = NULL;

		rc = pam_get_authtok_noverify(a->pamh, &new, NULL);
		if (rc != PAM_SUCCESS || new == NULL)
			return rc == PAM_SUCCESS ? PAM_AUTHTOK_ERR : rc;
		rc = password_judge(a, new);
		if (rc == PAM_SUCCESS)
			rc = pam_get_authtok_verify(a->pamh, &new, NULL);
		else if (rc == PAM_TRY_AGAIN || a->options->use_authtok)
			try = a->options->retry;
		if (rc == PAM_SUCCESS)
			return PAM_SUCCESS;
		forget_new(a);
	}
	if (rc == PAM_AUTHTOK_ERR && a->options->retry > 1 && !a->options->use_authtok)
		return PAM_MAXTRIES;
	return PAM_AUTHTOK_ERR;
}

MODULE_ENTRY int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options options;
	struct ask a;
	int rc;

	if (!module_begin(pamh, FACILITY_PASSWORD, argc, argv, &options))
		return PAM_SERVICE_ERR;
	rc = ask_begin(&a, pamh, &options);
	if (((unsigned int)flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0)
		a.request.flags |= PAM_FLAG_EXPIRED;
	if (rc == PAM_SUCCESS && ((unsigned int)flags & PAM_PRELIM_CHECK) != 0)
		rc = password_begin(&a);
	else if (rc == PAM_SUCCESS && ((unsigned int)flags & PAM_UPDATE_AUTHTOK) != 0) {
		/* hashing takes its time, and many may wait for it */
		options.timeout_ms *= JUDGING_TIMES;
		rc = (a.request.flags & PAM_FLAG_EXPIRED) != 0 ? password_first_use(&a)
							       : PAM_SUCCESS;
		if (rc == PAM_SUCCESS)
			rc = password_change(&a);
	} else if (rc == PAM_SUCCESS)
		rc = PAM_SERVICE_ERR;
	ask_end(&a);
	return rc;
}
