#include "policy/password.h"

#include "i18n.h"
#include "policy/problem.h"
#include <stdlib.h>
#include <string.h>

enum { CLASSES_ALL = (1 << PASSWORD_CLASSES) - 1, CLASSES_NONE = 1 << PASSWORD_CLASSES };

const char *const password_classes_words[] = {
    "upper", "lower", "digit", "symbol", "none", NULL};

void
password_set_defaults(struct policy *p)
{
	p->password.minlen = 10;
	p->password.minlen_admin = 14;
	p->password.maxrepeat = 3;
	p->password.maxsequence = 4;
	p->password.difok = 5;
	p->password.usersubstr = 4;
	p->password.dictcheck = true;
	p->password.usercheck = true;
	p->password.gecoscheck = true;
	p->password.walkcheck = true;
	p->password.enforce_for_root = true;
	p->password.passphrase_words = 4;
	p->password.passphrase_length = 20;
	p->password.remember = 12;
	p->password.warn_ms = INT64_C(7) * 24 * 60 * 60 * 1000;
}

void
password_free(struct policy *p)
{
	free(p->password.dictpath);
	strings_free(&p->password.badwords);
	strings_free(&p->password.organisation);
	strings_free(&p->password.filters);
}

static size_t
joined_len(const struct strings *s)
{
	size_t len = 0;

	for (size_t i = 0; i < s->count; i++)
		len += strlen(s->item[i]) + 1;
	return len;
}

static void
join(const struct strings *s, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->count; i++) {
		size_t len = strlen(s->item[i]);

		if (size - at < len + 2) /* check_password() has seen that it fits */
			return;
		if (at > 0)
			out[at++] = ' ';
		memcpy(out + at, s->item[i], len + 1);
		at += len;
	}
}

void
check_password(
    const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	static const struct password_rules rules;
	const struct policy_password *q = &p->password;

	if (joined_len(&q->badwords) > sizeof(rules.badwords))
		problem_add(problems, file, line,
		    _("[password] badwords: expected at most %zu bytes of words"),
		    sizeof(rules.badwords));
	if (joined_len(&q->organisation) > sizeof(rules.organisation))
		problem_add(problems, file, line,
		    _("[password] organisation: expected at most %zu bytes of words"),
		    sizeof(rules.organisation));
	if (joined_len(&q->filters) > sizeof(rules.filters))
		problem_add(problems, file, line,
		    _("[password] filters: expected at most %zu bytes of names"),
		    sizeof(rules.filters));
	if (q->dictpath != NULL && strlen(q->dictpath) >= sizeof(rules.dictpath))
		problem_add(problems, file, line,
		    _("[password] dictpath: expected at most %zu bytes"),
		    sizeof(rules.dictpath));
	for (size_t i = 0; i < q->filters.count; i++)
		if (q->filters.item[i][0] == '.' || strchr(q->filters.item[i], '/') != NULL)
			problem_add(problems, file, line,
			    _("[password] filters: expected names of files in "
			      "/etc/sekisho/filter "
			      "or /usr/share/sekisho/filter, not \"%s\""),
			    q->filters.item[i]);
	if ((q->classes & CLASSES_NONE) != 0 && (q->classes & CLASSES_ALL) != 0)
		problem_add(problems, file, line,
		    _("[password] classes: expected names of classes or none, not both"));
}

static bool
is_stricter_class(enum account_class class)
{
	return class == CLASS_ADMIN || class == CLASS_SHARED;
}

int64_t
policy_password_max_age(const struct policy *p, enum account_class class)
{
	const struct policy_password *q = &p->password;

	if (is_stricter_class(class) && q->max_age_admin_ms != 0 &&
	    (q->max_age_ms == 0 || q->max_age_admin_ms < q->max_age_ms))
		return q->max_age_admin_ms;
	return q->max_age_ms;
}

void
password_rules_of(const struct policy *p, enum account_class class, struct password_rules *out)
{
	const struct policy_password *q = &p->password;
	bool longer = is_stricter_class(class);

	*out = (struct password_rules){
	    .minlen = longer && q->minlen_admin > q->minlen ? q->minlen_admin : q->minlen,
	    .classes = q->classes == 0 ? CLASSES_ALL : q->classes & CLASSES_ALL,
	    .minclass = q->minclass,
	    .maxrepeat = q->maxrepeat,
	    .maxclassrepeat = q->maxclassrepeat,
	    .maxsequence = q->maxsequence,
	    .difok = q->difok,
	    .usersubstr = q->usersubstr,
	    .digits = q->digits,
	    .uppers = q->uppers,
	    .lowers = q->lowers,
	    .others = q->others,
	    .dictcheck = q->dictcheck,
	    .usercheck = q->usercheck,
	    .gecoscheck = q->gecoscheck,
	    .walkcheck = q->walkcheck,
	    .passphrase = q->passphrase,
	    .passphrase_words = q->passphrase_words,
	    .passphrase_length = q->passphrase_length,
	};
	if (q->dictpath != NULL && strlen(q->dictpath) < sizeof(out->dictpath))
		memcpy(out->dictpath, q->dictpath, strlen(q->dictpath) + 1);
	join(&q->badwords, out->badwords, sizeof(out->badwords));
	join(&q->organisation, out->organisation, sizeof(out->organisation));
	join(&q->filters, out->filters, sizeof(out->filters));
}
