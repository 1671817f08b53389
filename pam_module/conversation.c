#include "conversation.h"

#include "error.h"
#include "text.h"
#include <errno.h>
#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
conversation_wipe(char *answer)
{
	if (answer == NULL)
		return;
	explicit_bzero(answer, strlen(answer));
	free(answer);
}

/* How many bytes at s[len] are shown as they are; 0 for what moves a cursor, turns text or is not seen. */
static size_t
conversation_is_shown(const char *s, size_t len, size_t *taken)
{
	static const char *const colours[] = {"\033[97;40m", "\033[0m"}; /* of a picture for a camera */
	uint32_t code;

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		*taken = strlen(colours[i]);
		if (*taken <= len && memcmp(s, colours[i], *taken) == 0)
			return *taken;
	}
	*taken = text_next(s, len, &code);
	return code == '\t' || text_is_plain(code) ? *taken : 0;
}

/*
 * s[len] for a terminal. The daemon is not root, and whoever has taken it over shall not draw on the screens
 * of those who log in, nor type for them. NULL without memory. The caller frees.
 */
static char *
conversation_clean(const char *s, size_t len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *clean = malloc(len * strlen(replacement) + 1), *at = clean;

	for (size_t taken; clean != NULL && len > 0; s += taken, len -= taken) {
		size_t shown = conversation_is_shown(s, len, &taken);

		memcpy(at, shown > 0 ? s : replacement, shown > 0 ? shown : strlen(replacement));
		at += shown > 0 ? shown : strlen(replacement);
	}
	if (clean != NULL)
		*at = '\0';
	return clean;
}

static void
conversation_show(pam_handle_t *pamh, int style, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *clean = conversation_clean(text, len), *answer = NULL;

		if (len > 0 && clean != NULL)
			(void)pam_prompt(pamh, style, &answer, "%s", clean);
		conversation_wipe(clean); /* it can be a key, or recovery codes */
		conversation_wipe(answer);
		text += len;
		if (*text == '\n')
			text++;
	}
}

void
conversation_info(pam_handle_t *pamh, const char *text)
{
	conversation_show(pamh, PAM_TEXT_INFO, text);
}

void
conversation_error(pam_handle_t *pamh, const char *text)
{
	conversation_show(pamh, PAM_ERROR_MSG, text);
}

static int
conversation_answer(pam_handle_t *pamh, int style, const char *prompt, struct secret *answer)
{
	char *typed = NULL, *clean = conversation_clean(prompt, strlen(prompt));
	int rc = clean != NULL ? pam_prompt(pamh, style, &typed, "%s", clean) : PAM_BUF_ERR;

	conversation_wipe(clean);
	secret_clear(answer);
	if (rc != PAM_SUCCESS || typed == NULL) {
		conversation_wipe(typed);
		return SKS_DENIED;
	}
	(void)secret_set_str(answer, typed);
	conversation_wipe(typed);
	return SKS_OK;
}

int
conversation_ask(pam_handle_t *pamh, const char *prompt, struct secret *answer)
{
	return conversation_answer(pamh, PAM_PROMPT_ECHO_OFF, prompt, answer);
}

int
conversation_ask_shown(pam_handle_t *pamh, const char *prompt, struct secret *answer)
{
	return conversation_answer(pamh, PAM_PROMPT_ECHO_ON, prompt, answer);
}

void
conversation_wait_until(int64_t when_ms)
{
	const struct timespec when = {
	    .tv_sec = (time_t)(when_ms / 1000), .tv_nsec = (long)(when_ms % 1000) * 1000000L};

	if (when_ms <= 0)
		return;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}
