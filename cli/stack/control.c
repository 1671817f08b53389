#include "control.h"

#include <ctype.h>
#include <security/_pam_types.h>
#include <string.h>

static const char *const return_words[STACK_RETURNS + 1] = {
    [PAM_SUCCESS] = "success",
    [PAM_OPEN_ERR] = "open_err",
    [PAM_SYMBOL_ERR] = "symbol_err",
    [PAM_SERVICE_ERR] = "service_err",
    [PAM_SYSTEM_ERR] = "system_err",
    [PAM_BUF_ERR] = "buf_err",
    [PAM_PERM_DENIED] = "perm_denied",
    [PAM_AUTH_ERR] = "auth_err",
    [PAM_CRED_INSUFFICIENT] = "cred_insufficient",
    [PAM_AUTHINFO_UNAVAIL] = "authinfo_unavail",
    [PAM_USER_UNKNOWN] = "user_unknown",
    [PAM_MAXTRIES] = "maxtries",
    [PAM_NEW_AUTHTOK_REQD] = "new_authtok_reqd",
    [PAM_ACCT_EXPIRED] = "acct_expired",
    [PAM_SESSION_ERR] = "session_err",
    [PAM_CRED_UNAVAIL] = "cred_unavail",
    [PAM_CRED_EXPIRED] = "cred_expired",
    [PAM_CRED_ERR] = "cred_err",
    [PAM_NO_MODULE_DATA] = "no_module_data",
    [PAM_CONV_ERR] = "conv_err",
    [PAM_AUTHTOK_ERR] = "authtok_err",
    [PAM_AUTHTOK_RECOVERY_ERR] = "authtok_recover_err",
    [PAM_AUTHTOK_LOCK_BUSY] = "authtok_lock_busy",
    [PAM_AUTHTOK_DISABLE_AGING] = "authtok_disable_aging",
    [PAM_TRY_AGAIN] = "try_again",
    [PAM_IGNORE] = "ignore",
    [PAM_ABORT] = "abort",
    [PAM_AUTHTOK_EXPIRED] = "authtok_expired",
    [PAM_MODULE_UNKNOWN] = "module_unknown",
    [PAM_BAD_ITEM] = "bad_item",
    [PAM_CONV_AGAIN] = "conv_again",
    [PAM_INCOMPLETE] = "incomplete",
    [STACK_RETURNS] = "default",
};

static const char *const action_words[] = {"ignore", "ok", "done", "bad", "die", "reset"};

enum { ACTION_WORDS = sizeof(action_words) / sizeof(action_words[0]), JUMP_MAX = 1 << 20 };

const char *
control_return_word(int value)
{
	return value >= 0 && value < STACK_RETURNS ? return_words[value] : "?";
}

static bool
control_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

/* "\]" in brackets stands for "]". Returns where the word ends. */
static char *
control_bracket_end(char *from)
{
	char *to = from, *end = from;

	for (; *end != '\0' && *end != ']'; to++, end++) {
		if (end[0] == '\\' && end[1] == ']')
			end++;
		*to = *end;
	}
	if (to != end)
		*to = '\0';
	return end;
}

char *
control_token(char **next)
{
	char *from = *next, *end;

	if (from == NULL)
		return NULL;
	while (control_is_blank(*from))
		from++;
	if (*from == '[') {
		end = control_bracket_end(++from);
	} else if (*from != '\0') {
		for (end = from; *end != '\0' && !control_is_blank(*end); end++)
			;
	} else {
		*next = NULL;
		return NULL;
	}
	if (*end != '\0')
		*end++ = '\0';
	*next = *end != '\0' ? end : NULL;
	return from;
}

static void
control_fill(int action[STACK_RETURNS], int value)
{
	for (int i = 0; i < STACK_RETURNS; i++) {
		if (action[i] == ACTION_UNSET)
			action[i] = value;
	}
}

static const char *
control_skip_space(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* Reads one of the words, by its beginning as libpam does; -1: none of them. */
static int
control_read_word(const char **at, const char *const *words, int count)
{
	for (int i = 0; i < count; i++) {
		size_t len = strlen(words[i]);

		if (strncmp(words[i], *at, len) == 0) {
			*at += len;
			return i;
		}
	}
	return -1;
}

/* "ok", "die", … or a number above 0. false: neither. */
static bool
control_read_action(const char **at, int *action)
{
	int word = control_read_word(at, action_words, ACTION_WORDS), jump = 0;

	if (word >= 0) {
		*action = -word;
		return true;
	}
	for (; isdigit((unsigned char)**at); (*at)++) {
		/* no stack has so many lines */
		if (jump < JUMP_MAX)
			jump = jump * 10 + (**at - '0');
	}
	*action = jump;
	return jump > 0;
}

/* "value=action" pairs. false: libpam does not understand them. */
static bool
control_read_pairs(int action[STACK_RETURNS], const char *at)
{
	while (*(at = control_skip_space(at)) != '\0') {
		int value = control_read_word(&at, return_words, STACK_RETURNS + 1), what;

		at = control_skip_space(at);
		if (value < 0 || *at != '=')
			return false;
		at = control_skip_space(at + 1);
		if (!control_read_action(&at, &what))
			return false;
		if (value == STACK_RETURNS)
			control_fill(action, what);
		else
			action[value] = what;
	}
	return true;
}

void
control_parse(int action[STACK_RETURNS], const char *text)
{
	static const struct {
		const char *word;
		int success, ignore, rest;
	} words[] = {
	    {"required", ACTION_OK, ACTION_IGNORE, ACTION_BAD},
	    {"requisite", ACTION_OK, ACTION_IGNORE, ACTION_DIE},
	    {"optional", ACTION_OK, ACTION_IGNORE, ACTION_IGNORE},
	    {"sufficient", ACTION_DONE, ACTION_IGNORE, ACTION_IGNORE},
	};

	for (int i = 0; i < STACK_RETURNS; i++)
		action[i] = ACTION_UNSET;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].word) != 0)
			continue;
		action[PAM_SUCCESS] = action[PAM_NEW_AUTHTOK_REQD] = words[i].success;
		action[PAM_IGNORE] = words[i].ignore;
		control_fill(action, words[i].rest);
		return;
	}
	if (!control_read_pairs(action, text)) {
		for (int i = 0; i < STACK_RETURNS; i++)
			action[i] = ACTION_BAD;
	}
	control_fill(action, ACTION_BAD);
}
