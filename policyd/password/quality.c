#include "password/quality.h"

#include <pwquality.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS_MAX = 24 };

#define DICTIONARY "/var/cache/cracklib/cracklib_dict"

/* What a word of the library means here, and how it is asked no more about it. */
static const struct meaning {
	int error;
	uint32_t failed;
	int setting; /* 0: there is none */
} meanings[] = {
    {PWQ_ERROR_MIN_LENGTH, PASSWORD_FAILED(LENGTH), 0},
    {PWQ_ERROR_EMPTY_PASSWORD, PASSWORD_FAILED(LENGTH), 0},
    {PWQ_ERROR_PALINDROME, PASSWORD_FAILED(PALINDROME), 0},
    {PWQ_ERROR_MAX_CONSECUTIVE, PASSWORD_FAILED(REPEAT), PWQ_SETTING_MAX_REPEAT},
    {PWQ_ERROR_MAX_CLASS_REPEAT, PASSWORD_FAILED(CLASS_REPEAT), PWQ_SETTING_MAX_CLASS_REPEAT},
    {PWQ_ERROR_MAX_SEQUENCE, PASSWORD_FAILED(SEQUENCE), PWQ_SETTING_MAX_SEQUENCE},
    {PWQ_ERROR_USER_CHECK, PASSWORD_FAILED(USER), PWQ_SETTING_USER_CHECK},
    {PWQ_ERROR_CRACKLIB_CHECK, PASSWORD_FAILED(DICTIONARY), PWQ_SETTING_DICT_CHECK},
    {PWQ_ERROR_MIN_DIGITS, PASSWORD_FAILED(DIGIT), PWQ_SETTING_DIG_CREDIT},
    {PWQ_ERROR_MIN_UPPERS, PASSWORD_FAILED(UPPER), PWQ_SETTING_UP_CREDIT},
    {PWQ_ERROR_MIN_LOWERS, PASSWORD_FAILED(LOWER), PWQ_SETTING_LOW_CREDIT},
    {PWQ_ERROR_MIN_OTHERS, PASSWORD_FAILED(SYMBOL), PWQ_SETTING_OTH_CREDIT},
    {PWQ_ERROR_MIN_CLASSES, PASSWORD_FAILED(CLASSES), PWQ_SETTING_MIN_CLASS},
};

/* What it says about the old password: asked once more without that. */
static uint32_t
about_the_old(int error)
{
	switch (error) {
	case PWQ_ERROR_SAME_PASSWORD:
		return PASSWORD_FAILED(SAME);
	case PWQ_ERROR_CASE_CHANGES_ONLY:
	case PWQ_ERROR_TOO_SIMILAR:
	case PWQ_ERROR_ROTATED:
		return PASSWORD_FAILED(SIMILAR);
	default:
		return 0;
	}
}

static bool
set(pwquality_settings_t *q, int setting, uint32_t value)
{
	return pwquality_set_int_value(q, setting, (int)value) == 0;
}

/* Length and classes are judge.c's, which counts characters and knows passphrases; here they
 * ask for nothing. The full name would be looked up by name service, which judge.c need not do.
 */
static bool
configure(pwquality_settings_t *q, const struct password_rules *r)
{
	return set(q, PWQ_SETTING_MIN_LENGTH, 0) && set(q, PWQ_SETTING_DIG_CREDIT, 0) &&
	       set(q, PWQ_SETTING_UP_CREDIT, 0) && set(q, PWQ_SETTING_LOW_CREDIT, 0) &&
	       set(q, PWQ_SETTING_OTH_CREDIT, 0) && set(q, PWQ_SETTING_MIN_CLASS, 0) &&
	       set(q, PWQ_SETTING_GECOS_CHECK, 0) && set(q, PWQ_SETTING_DIFF_OK, r->difok) &&
	       set(q, PWQ_SETTING_MAX_REPEAT, r->maxrepeat) &&
	       set(q, PWQ_SETTING_MAX_CLASS_REPEAT, r->maxclassrepeat) &&
	       set(q, PWQ_SETTING_MAX_SEQUENCE, r->maxsequence) &&
	       set(q, PWQ_SETTING_USER_CHECK, r->usercheck) &&
	       set(q, PWQ_SETTING_USER_SUBSTR, r->usersubstr) &&
	       set(q, PWQ_SETTING_DICT_CHECK, r->dictcheck) &&
	       (r->dictpath[0] == '\0' ||
		   pwquality_set_str_value(q, PWQ_SETTING_DICT_PATH, r->dictpath) == 0);
}

/* The library takes a dictionary that is not there for a weak password. */
static bool
has_dictionary(const struct password_rules *r, char *why, size_t size)
{
	static const char *const parts[] = {"pwd", "pwi", "hwm"};
	const char *base = r->dictpath[0] != '\0' ? r->dictpath : DICTIONARY;
	char path[300];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s.%s", base, parts[i]);
		if (access(path, R_OK) != 0) {
			(void)snprintf(why, size,
			    "the dictionary %s cannot be read: install cracklib-runtime, or "
			    "set "
			    "dictcheck = no",
			    path);
			return false;
		}
	}
	return true;
}

/* What cracklib could not do is no judgement. Its texts are in English: this process has no
 * locale. */
static bool
is_excuse(int error, const void *aux)
{
	return error == PWQ_ERROR_CRACKLIB_CHECK && aux != NULL &&
	       (strstr(aux, "loading dictionary") != NULL || strstr(aux, "registered") != NULL);
}

static uint32_t
ask(pwquality_settings_t *q, const struct password_subject *p, char *why, size_t size,
    uint32_t *strength)
{
	const char *old =
	    p->old != NULL && p->old->len > 0 ? (const char *)p->old->bytes : NULL;
	/* without a name cracklib would look for the one of this process */
	const char *user = p->user[0] != '\0' ? p->user : "-";
	uint32_t failed = 0;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		const struct meaning *m = NULL;
		void *aux = NULL; /* never freed by the library's contract: a static text */
		int e = pwquality_check(q, (const char *)p->password->bytes, old, user, &aux);

		if (e >= 0) {
			*strength = failed == 0 ? (uint32_t)e : 0;
			return failed;
		}
		if (about_the_old(e) != 0 && old != NULL) {
			failed |= about_the_old(e);
			old = NULL;
			continue;
		}
		for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]) && m == NULL; i++)
			if (meanings[i].error == e)
				m = &meanings[i];
		if (m == NULL || is_excuse(e, aux)) {
			(void)snprintf(why, size, "libpwquality: %s",
			    m != NULL ? (const char *)aux : "an error that is not known here");
			return failed | PASSWORD_FAILED(UNCHECKED);
		}
		failed |= m->failed;
		if (m->setting == 0 || !set(q, m->setting, 0))
			return failed;
	}
	return failed;
}

uint32_t
quality_check(const struct password_rules *r, const struct password_subject *p, char *why,
    size_t size, uint32_t *strength)
{
	pwquality_settings_t *q;
	uint32_t failed = PASSWORD_FAILED(UNCHECKED);
	bool ready;

	*strength = 0;
	if (size > 0)
		why[0] = '\0';
	if (r->dictcheck && !has_dictionary(r, why, size))
		return failed;
	if ((q = pwquality_default_settings()) == NULL) {
		(void)snprintf(why, size, "libpwquality: no memory");
		return failed;
	}
	ready = configure(q, r);
	/* cracklib counts letters next to each other in the alphabet, whatever the length, and so
	 * finds too many in a row of words. */
	if (judge_is_passphrase(r, p->password))
		(void)set(q, PWQ_SETTING_DICT_CHECK, 0);
	if (ready)
		failed = ask(q, p, why, size, strength);
	else
		(void)snprintf(why, size, "libpwquality does not take its settings");
	pwquality_free_settings(q);
	return failed;
}
