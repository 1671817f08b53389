#include "i18n.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#ifndef LOCALEDIR
#define LOCALEDIR "/usr/share/locale"
#endif

/*
 * How Japanese comes out of a host that has only C, POSIX and C.UTF-8 (glibc 2.36, tried
 * with a real catalogue): gettext does not look at LANGUAGE while LC_MESSAGES is "C" or
 * "POSIX", but does for every other locale, and C.UTF-8 is one. So C.UTF-8 with LANGUAGE=ja
 * is enough. glibc 2.39 and later take C.UTF-8 for C here; the real locale is therefore
 * preferred where it is installed. The output encoding is a separate matter: gettext
 * converts to the codeset of LC_CTYPE, in C to question marks, unless the domain is bound
 * to UTF-8.
 *
 * Only LC_CTYPE and LC_MESSAGES are set: a decimal comma from LC_NUMERIC would break JSON.
 */
static const struct {
	const char *language;
	const char *locale;
} languages[] = {
    {"ja", "ja_JP.UTF-8"},
};

static const char *i18n_chosen; /* what i18n_init was told; NULL: the user's locale decides */

static void
i18n_set_locale(const char *name, const char *fallback)
{
	static const int categories[] = {LC_CTYPE, LC_MESSAGES};

	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
		if (setlocale(categories[i], name) == NULL)
			setlocale(categories[i], fallback);
	}
}

static void
i18n_set_language(const char *language)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		if (strcmp(languages[i].language, language) != 0)
			continue;
		setenv("LANGUAGE", language, 1);
		i18n_set_locale(languages[i].locale, "C.UTF-8");
		return;
	}
	/* English is the source: nothing to look up, whatever LANGUAGE says */
	i18n_set_locale("C.UTF-8", "C");
	setlocale(LC_MESSAGES, "C");
}

/* The variable that decides the language of messages, by the rules of POSIX; "" if none. */
static const char *
i18n_user_locale(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return "";
}

/* A login by ssh often brings LANG=ja_JP.UTF-8 to a host without that locale. */
static void
i18n_set_user(void)
{
	const char *wanted = i18n_user_locale();

	if (setlocale(LC_CTYPE, "") == NULL)
		setlocale(LC_CTYPE, "C.UTF-8");
	if (setlocale(LC_MESSAGES, "") != NULL)
		return;
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		if (strncmp(wanted, languages[i].language, 2) == 0 &&
		    strchr("_.@", wanted[2]) != NULL) {
			i18n_set_language(languages[i].language);
			return;
		}
	}
}

void
i18n_init(const char *language)
{
	/* secure_getenv: a set-user-ID process reads no catalogue of its caller's, because a
	 * translation is also a format string. */
	const char *dir = secure_getenv("SEKISHO_LOCALEDIR");

	i18n_chosen = language == NULL ? NULL : strcmp(language, "ja") == 0 ? "ja" : "en";
	if (language == NULL)
		i18n_set_user();
	else
		i18n_set_language(language);
	bindtextdomain("sekisho", dir != NULL && dir[0] == '/' ? dir : LOCALEDIR);
	bind_textdomain_codeset("sekisho", "UTF-8");
}

const char *
i18n_language(void)
{
	/* TRANSLATORS: the code of the language you translate to, such as ja */
	const char *language = _("en");

	if (strcmp(language, "en") != 0)
		return language;
	if (i18n_chosen != NULL)
		return i18n_chosen;
	return strncmp(i18n_user_locale(), "en", 2) == 0 ? "en" : "";
}
