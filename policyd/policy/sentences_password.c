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
	if (!p->password.enforce_for_root)
		buf_printf(out, "%s",
		    _("Root may set a weaker password for somebody, and is warned.\n"));
}
