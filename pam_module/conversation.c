#include "conversation.h"

#include "error.h"
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

static void
conversation_show(pam_handle_t *pamh, int style, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *answer = NULL;

		if (len > 0)
			(void)pam_prompt(pamh, style, &answer, "%.*s", (int)len, text);
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
	char *typed = NULL;
	int rc = pam_prompt(pamh, style, &typed, "%s", prompt);

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
