#include "first_use.h"

#include "absence.h"
#include "conversation.h"
#include "i18n.h"
#include "module.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CODE_TRIES = 3, ANSWER_TRIES = 3, PICTURE_MAX = 16384 };

enum answer { ANSWER_NO, ANSWER_PICTURE, ANSWER_KEY };

/* Characters of the first line: each byte but those that go on a character. */
static size_t
first_use_columns(const char *picture)
{
	size_t n = 0;

	for (; *picture != '\0' && *picture != '\n'; picture++)
		n += ((unsigned char)*picture & 0xc0) != 0x80;
	return n;
}

/*
 * Can the screen show it? At a console this process has it before itself. What stands at the other
 * end of ssh nobody knows; who cannot show a picture there has said so.
 */
static bool
first_use_fits(const struct ask *a, const char *picture)
{
	const char *term = getenv("TERM");
	struct winsize size;

	if (strcmp(a->request.service, "sshd") == 0)
		return true;
	if (term != NULL && strcmp(term, "dumb") == 0)
		return false;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return first_use_columns(picture) <= 80;
	return first_use_columns(picture) <= size.ws_col;
}

static bool
first_use_is(const struct secret *answer, const char *word)
{
	return strcmp((const char *)answer->bytes, word) == 0;
}

static enum answer
first_use_accept(struct ask *a)
{
	struct secret answer = SECRET_INIT;
	enum answer result = ANSWER_NO;

	for (int i = 0; i < ANSWER_TRIES; i++) {
		if (conversation_ask_shown(a->pamh, a->reply.prompt, &answer) != 0)
			break;
		if (first_use_is(&answer, "yes") || first_use_is(&answer, "\xe3\x81\xaf\xe3\x81\x84"))
			result = ANSWER_PICTURE;
		else if (first_use_is(&answer, "key"))
			result = ANSWER_KEY;
		else if (!first_use_is(&answer, "no"))
			continue;
		break;
	}
	secret_clear(&answer);
	return result;
}

/* Asks, with a deadline of its own: a person read and typed in between. */
static int
first_use_ask(struct ask *a, enum phase phase, struct buf *payload)
{
	int r;

	a->txn->spent_ms = 0;
	r = ask_daemon_for(a, phase, payload);
	if (r != 0) {
		absence_refuse(a, r);
		return PAM_TRY_AGAIN;
	}
	if (ask_is_allowed(a))
		return PAM_SUCCESS;
	if (a->reply.text[0] != '\0')
		conversation_error(a->pamh, a->reply.text);
	return PAM_AUTHTOK_ERR;
}

static int
first_use_show_key(struct ask *a, enum answer how)
{
	struct buf picture;
	int rc;

	buf_init(&picture, PICTURE_MAX);
	rc = first_use_ask(a, PHASE_ENROL, &picture);
	if (rc == PAM_SUCCESS && how == ANSWER_PICTURE) {
		buf_put_bytes(&picture, "", 1);
		if (buf_error(&picture) == 0 &&
		    first_use_fits(a, (const char *)picture.data))
			conversation_info(a->pamh, (const char *)picture.data);
	}
	if (rc == PAM_SUCCESS)
		conversation_info(a->pamh, a->reply.text);
	buf_clear(&picture);
	return rc;
}

/* One that was typed wrongly, or ran out, is no reason to begin again. */
static int
first_use_code(struct ask *a)
{
	char prompt[sizeof(a->reply.prompt)];
	int rc = PAM_AUTHTOK_ERR;

	memcpy(prompt, a->reply.prompt, sizeof(prompt));
	for (int i = 0; i < CODE_TRIES && rc == PAM_AUTHTOK_ERR; i++) {
		if (i > 0 && a->reply.need != PAM_NEED_ENROL)
			break; /* nothing that another code would change */
		if (conversation_ask(a->pamh, prompt, &a->request.code) != 0)
			return PAM_AUTHTOK_ERR;
		rc = first_use_ask(a, PHASE_ENROL_CODE, NULL);
		secret_clear(&a->request.code);
	}
	if (rc == PAM_SUCCESS)
		conversation_info(a->pamh, a->reply.text);
	return rc;
}

int
first_use_run(struct ask *a)
{
	enum answer how = first_use_accept(a);
	int rc;

	if (how == ANSWER_NO) {
		conversation_error(a->pamh,
		    _("Not accepted, so nothing was made, and the invitation is still good."));
		return PAM_AUTHTOK_ERR;
	}
	memcpy(a->request.purpose, a->reply.version, sizeof(a->request.purpose));
	rc = first_use_show_key(a, how);
	return rc == PAM_SUCCESS ? first_use_code(a) : rc;
}
