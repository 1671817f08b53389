/* [password] as sentences: what is asked of a new password. */
#include "policy/sentence.h"

#include "i18n.h"
#include "policy/password.h"
#include <string.h>

static const char *
class_name(unsigned int class)
{
	switch (class) {
	case PASSWORD_UPPER:
		return _("a capital letter");
	case PASSWORD_LOWER:
		return _("a small letter");
	case PASSWORD_DIGIT:
		return _("a digit");
	default:
		return _("a symbol");
	}
}

static void
sentences_length(const struct password_rules *person, const struct password_rules *admin,
    struct buf *list, struct buf *out)
{
	buf_printf(out,
	    _("A password has at least %lu characters, that of an administrator or a shared "
	      "account %lu.\n"),
	    (unsigned long)person->minlen, (unsigned long)admin->minlen);
	if (person->classes != 0)
		buf_printf(out, _("It has each of these: %s.\n"),
		    sentence_mask(list, (uint8_t)person->classes, class_name));
	if (person->minclass > 0)
		buf_printf(out,
		    _("Of capital letters, small letters, digits and symbols it has %lu "
		      "kinds.\n"),
		    (unsigned long)person->minclass);
	if (person->passphrase)
		buf_printf(out,
		    _("Instead of that it may be %lu different words or more, with %lu "
		      "characters "
		      "in all.\n"),
		    (unsigned long)person->passphrase_words,
		    (unsigned long)person->passphrase_length);
}

static void
sentences_age(const struct policy *p, struct buf *out)
{
	char text[SENTENCE_DURATION];
	int64_t person_ms = policy_password_max_age(p, CLASS_PERSON);
	int64_t admin_ms = policy_password_max_age(p, CLASS_ADMIN);

	if (person_ms != 0)
		buf_printf(out, _("It may become %s old; then a new one is asked for at login.\n"),
		    sentence_duration(person_ms, text));
	if (admin_ms != person_ms)
		buf_printf(out,
		    _("That of an administrator or a shared account may become %s old.\n"),
		    sentence_duration(admin_ms, text));
	if (p->password.change_after_root)
		buf_printf(out, "%s",
		    _("What root sets for somebody has to be changed at their next login.\n"));
}

void
sentences_password(const struct policy *p, struct buf *list, struct buf *out)
{
	struct password_rules person, admin;

	password_rules_of(p, CLASS_PERSON, &person);
	password_rules_of(p, CLASS_ADMIN, &admin);
	sentences_length(&person, &admin, list, out);
	if (person.usercheck || person.gecoscheck)
		buf_printf(out, "%s",
		    _("It has no part of the account's name, the person's name or the host's "
		      "name.\n"));
	if (person.walkcheck)
		buf_printf(out, "%s",
		    _("It is no walk over the keyboard and no repetition of one piece.\n"));
	if (p->password.badwords.count > 0)
		buf_printf(out, _("It has none of these words: %s.\n"),
		    sentence_strings(list, &p->password.badwords));
	if (p->password.filters.count > 0)
		buf_printf(out,
		    _("It stands in none of these lists, nor does it when digits and symbols "
		      "around it are taken off: %s.\n"),
		    sentence_strings(list, &p->password.filters));
	if (p->password.remember > 0)
		buf_printf(out,
		    _("It is none of the account's last %lu, and none of another account of the "
		      "same person.\n"),
		    (unsigned long)p->password.remember);
	sentences_age(p, out);
	if (!p->password.enforce_for_root)
		buf_printf(out, "%s",
		    _("Root may set a weaker password for somebody, and is warned.\n"));
}
