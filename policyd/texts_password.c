/*
 * Why a password is not accepted: all rules that it fails, each with what would satisfy it.
 * Nothing of the password itself is known here.
 */
#include "i18n.h"
#include "policy/password.h"
#include "server.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct lines {
	char *out;
	size_t size, at;
};

/* A whole line or nothing: half a character would be refused further on. */
static void __attribute__((format(printf, 2, 3))) line(struct lines *l, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	size_t len;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	len = n < 0 || (size_t)n >= sizeof(text) ? 0 : (size_t)n;
	if (len == 0 || l->size - l->at < len + 2)
		return;
	if (l->at > 0)
		l->out[l->at++] = '\n';
	memcpy(l->out + l->at, text, len + 1);
	l->at += len;
}

static uint32_t
at_least(uint32_t number)
{
	return number > 0 ? number : 1;
}

static void
what_it_needs(struct lines *l, const struct password_rules *r, uint32_t failed)
{
	if (failed & PASSWORD_FAILED(LENGTH))
		line(l, _("- It needs at least %u characters."), r->minlen > 6 ? r->minlen : 6);
	if (failed & PASSWORD_FAILED(UPPER))
		line(l, _("- Capital letters: at least %u."), at_least(r->uppers));
	if (failed & PASSWORD_FAILED(LOWER))
		line(l, _("- Small letters: at least %u."), at_least(r->lowers));
	if (failed & PASSWORD_FAILED(DIGIT))
		line(l, _("- Digits: at least %u."), at_least(r->digits));
	if (failed & PASSWORD_FAILED(SYMBOL))
		line(l, _("- Symbols: at least %u."), at_least(r->others));
	if (failed & PASSWORD_FAILED(CLASSES))
		line(l,
		    _("- Of capital letters, small letters, digits and symbols it needs %u "
		      "kinds."),
		    r->minclass);
	if (failed & PASSWORD_FAILED(REPEAT))
		line(l, _("- One character at most %u times in a row."), r->maxrepeat);
	if (failed & PASSWORD_FAILED(CLASS_REPEAT))
		line(l, _("- Characters of one kind at most %u in a row."), r->maxclassrepeat);
	if (failed & PASSWORD_FAILED(SEQUENCE))
		line(l, _("- Rows such as abcd or 4321 at most %u long."), r->maxsequence);
}

static void
what_is_guessed(struct lines *l, uint32_t failed)
{
	static const struct {
		uint32_t failed;
		const char *text;
	} table[] = {
	    {PASSWORD_FAILED(WALK), N_("- Keys that lie side by side are guessed early.")},
	    {PASSWORD_FAILED(PATTERN),
		N_("- One piece repeated is no stronger than the piece.")},
	    {PASSWORD_FAILED(USER), N_("- It must not have part of the account's name.")},
	    {PASSWORD_FAILED(NAME), N_("- It must not have part of your own name.")},
	    {PASSWORD_FAILED(HOST), N_("- It must not have part of this host's name.")},
	    {PASSWORD_FAILED(ORGANISATION),
		N_("- It must not have a name of the organisation.")},
	    {PASSWORD_FAILED(FORBIDDEN), N_("- It has a word that is forbidden here.")},
	    {PASSWORD_FAILED(LISTED), N_("- It stands in a list of passwords that are known.")},
	    {PASSWORD_FAILED(LISTED_WORD), N_("- Take the digits and symbols away that stand around it or for letters, and "
			       "it is a word that is tried first.")},
	    {PASSWORD_FAILED(DICTIONARY),
		N_("- It is a word of the dictionary, or close to one.")},
	    {PASSWORD_FAILED(SAME), N_("- It is the one you have now.")},
	    {PASSWORD_FAILED(USED),
		N_("- You had it before. It must be one that you never had.")},
	    {PASSWORD_FAILED(SHARED), N_("- Another account of yours has or had it.")},
	    {PASSWORD_FAILED(PALINDROME), N_("- It reads the same backwards.")},
	    {PASSWORD_FAILED(CHARACTERS),
		N_("- It has characters that cannot be typed everywhere.")},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (failed & table[i].failed)
			line(l, "%s", _(table[i].text));
}

void
texts_password(
    const struct policy *p, enum account_class class, uint32_t failed, char *out, size_t size)
{
	struct lines l = {.out = out, .size = size};
	struct password_rules r;

	password_rules_of(p, class, &r);
	out[0] = '\0';
	if (failed & PASSWORD_FAILED(UNCHECKED)) {
		line(&l, "%s",
		    _("The password cannot be checked as this host wants it, so it is not "
		      "accepted. Tell an administrator: the system log says what is missing."));
		return;
	}
	line(&l, "%s", _("This password is not accepted:"));
	what_it_needs(&l, &r, failed);
	what_is_guessed(&l, failed);
	if (failed & PASSWORD_FAILED(SIMILAR))
		line(&l, _("- It has to differ from the one you have now in %u characters."),
		    at_least(r.difok));
	if (r.passphrase)
		line(&l,
		    _("A row of %u different words with %u characters in all will do, too."),
		    r.passphrase_words, r.passphrase_length);
	else
		line(&l, "%s",
		    _("Longer is stronger: several words that do not belong together, with a "
		      "digit and a symbol between them."));
}

/* The kinds that are asked for by name, as in "capital letters, digits". */
static void
kinds(const struct password_rules *r, char *out, size_t size)
{
	static const char *const names[PASSWORD_CLASSES] = {
	    [PASSWORD_UPPER] = N_("capital letters"),
	    [PASSWORD_LOWER] = N_("small letters"),
	    [PASSWORD_DIGIT] = N_("digits"),
	    [PASSWORD_SYMBOL] = N_("symbols"),
	};
	const uint32_t wanted[PASSWORD_CLASSES] = {
	    [PASSWORD_UPPER] = r->uppers,
	    [PASSWORD_LOWER] = r->lowers,
	    [PASSWORD_DIGIT] = r->digits,
	    [PASSWORD_SYMBOL] = r->others,
	};
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < PASSWORD_CLASSES; i++) {
		int n;

		if ((r->classes & UINT32_C(1) << i) == 0 && wanted[i] == 0)
			continue;
		n = snprintf(out + at, size - at, "%s%s", at > 0 ? _(", ") : "", _(names[i]));
		if (n < 0 || (size_t)n >= size - at) {
			out[at] = '\0';
			return;
		}
		at += (size_t)n;
	}
}

void
texts_password_asked(const struct policy *p, enum account_class class, char *out, size_t size)
{
	struct lines l = {.out = out, .size = size};
	struct password_rules r;
	char names[160], more[160] = "", words[160] = "";

	password_rules_of(p, class, &r);
	out[0] = '\0';
	kinds(&r, names, sizeof(names));
	if (names[0] != '\0')
		(void)snprintf(more, sizeof(more), _(" with %s"), names);
	if (r.passphrase)
		(void)snprintf(words, sizeof(words),
		    _(", or %u different words, %u characters in all"), r.passphrase_words,
		    r.passphrase_length);
	line(&l, _("Wanted: at least %u characters%s%s. Not one that is known or had before."),
	    r.minlen > 6 ? r.minlen : 6, more, words);
}

void
texts_password_strength(uint32_t strength, char *out, size_t size)
{
	(void)snprintf(out, size,
	    _("Strength: %u of 100, by length and variety. What others know about you, nothing "
	      "can "
	      "count."),
	    strength);
}
