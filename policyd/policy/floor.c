/*
 * The floor of the host's rating: where information to be protected is handled, authentication,
 * access control and the management of rights are not for the policy to switch off.
 */
#include "policy/floor.h"

#include "i18n.h"
#include "policy/problem.h"
#include <string.h>

enum { PROTECTED_FROM = 2, FACTOR_FROM = 3, FLOOR_MINLEN = 10, FLOOR_DENY = 10 };

static const struct {
	const char *en, *ja;
} kinds[RATING_KINDS] = {
    [RATING_CONFIDENTIALITY] = {"confidentiality-", "機密性"},
    [RATING_INTEGRITY] = {"integrity-", "完全性"},
    [RATING_AVAILABILITY] = {"availability-", "可用性"},
};

/* One digit, also a wide one, and nothing behind it. */
static uint32_t
read_digit(const char *text, size_t len)
{
	if (len == 1 && text[0] >= '1' && text[0] <= '9')
		return (uint32_t)(text[0] - '0');
	if (len == 3 && memcmp(text, "\xef\xbc", 2) == 0 && (unsigned char)text[2] >= 0x91 &&
	    (unsigned char)text[2] <= 0x99)
		return (uint32_t)((unsigned char)text[2] - 0x90);
	return 0;
}

static uint32_t
read_level(const char *word, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && memcmp(word, name, n) == 0 ? read_digit(word + n, len - n) : 0;
}

uint32_t
policy_rating(const struct policy *p, enum rating_kind kind)
{
	const char *word = p->rating;
	uint32_t highest = 0;

	while (word != NULL && *word != '\0') {
		size_t len = strcspn(word, " \t,");
		uint32_t en = read_level(word, len, kinds[kind].en);
		uint32_t ja = read_level(word, len, kinds[kind].ja);

		highest = en > highest ? en : highest;
		highest = ja > highest ? ja : highest;
		word += len;
		word += strspn(word, " \t,");
	}
	return highest;
}

bool
policy_is_protected(const struct policy *p)
{
	for (int kind = 0; kind < RATING_KINDS; kind++) {
		if (policy_rating(p, (enum rating_kind)kind) >= PROTECTED_FROM)
			return true;
	}
	return false;
}

bool
policy_rating_wants_factor(const struct policy *p)
{
	return policy_rating(p, RATING_CONFIDENTIALITY) >= FACTOR_FROM;
}

/* ---- what does not load ------------------------------------------------------------------- */

static void
below(const struct policy *p, struct policy_problems *problems, const char *what)
{
	problem_add(problems, p->rating_file, p->rating_line,
	    _("[host] rating %s: %s; where protected information is handled this is mandatory"),
	    p->rating, what);
}

static bool
is_for_ever(const struct until *u)
{
	return u->on && u->end_wall_ms == 0;
}

static void
check_observing(const struct policy *p, struct policy_problems *problems)
{
	bool for_ever = is_for_ever(&p->observe);

	for (size_t i = 0; i < p->service_count; i++)
		for_ever |= is_for_ever(&p->service[i].observe);
	for (size_t i = 0; i < p->group_count; i++)
		for_ever |= is_for_ever(&p->group[i].observe);
	if (for_ever)
		below(p, problems, _("observe: expected with an end, \"until YYYY-MM-DD\""));
}

static void
check_roles(const struct policy *p, struct policy_problems *problems)
{
	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *r = &p->role[i];

		if (r->approve_nobody && r->root_equivalent == ROOT_YES)
			problem_add(problems, r->file, r->line,
			    _("[role %s] approve: somebody has to approve what leads to root on a "
			      "host rated %s"),
			    r->name, p->rating);
	}
}

void
floor_check(const struct policy *p, struct policy_problems *problems)
{
	if (!policy_is_protected(p))
		return;
	check_observing(p, problems);
	if (p->deny == 0 || p->deny > FLOOR_DENY)
		below(p, problems, _("[lockout] deny: expected from 1 to 10"));
	if (p->password.minlen < FLOOR_MINLEN)
		below(p, problems, _("[password] minlen: expected 10 or more"));
	check_roles(p, problems);
}
