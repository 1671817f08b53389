/* Attributes of people: until when each holds; the patterns of tickets; permits. */
#include "policy/attribute.h"

#include "i18n.h"
#include "policy/problem.h"
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
enum { PATTERN_SIZE = 520, PATTERN_MAX = 500 };

/* ---- attributes -------------------------------------------------------------------------- */

const struct attribute *
policy_attribute(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->attribute_count; i++) {
		if (strcmp(p->attribute[i].name, name) == 0)
			return &p->attribute[i];
	}
	return NULL;
}

/* Days since 1970 of a day of a year, such as 401 for the first of April. */
static int64_t
day_of_year(int64_t year, uint32_t month_day)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	uint32_t month = month_day / 100;
	int64_t past = month > 2 ? year : year - 1; /* whose leap days have passed */
	int64_t leap = past / 4 - past / 100 + past / 400;

	return 365 * (year - 1970) + (leap - (1969 / 4 - 1969 / 100 + 1969 / 400)) +
	       before[(month - 1) % 12] + (int64_t)(month_day % 100) - 1;
}

int64_t
policy_fiscal_year_end(const struct policy *p, int64_t wall_ms)
{
	int64_t day = wall_ms / DAY_MS, year = 1970 + day / 366;

	while (day_of_year(year, p->fiscal_start) <= day)
		year++;
	return day_of_year(year, p->fiscal_start) * DAY_MS;
}

/* Since when, and until when somebody said; false where the list does not have it. */
static bool
attribute_find(const char *list, const char *name, int64_t *set_ms, int64_t *until_ms)
{
	size_t len = strlen(name);

	while (*list != '\0') {
		char *end;

		if (strncmp(list, name, len) == 0 && list[len] == '=') {
			*set_ms = strtoll(list + len + 1, &end, 10);
			if (*end != ':')
				return false;
			*until_ms = strtoll(end + 1, &end, 10);
			return *end == ',' || *end == '\0';
		}
		list += strcspn(list, ",");
		list += *list == ',';
	}
	return false;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* In the grace from their appointment? Until when; 0: not. */
static int64_t
grace_end(const struct policy *p, const struct attribute *a, const char *person)
{
	for (size_t i = 0; a->grace_ms > 0 && i < p->person_count; i++) {
		if (strcmp(p->person[i].name, person) == 0 && p->person[i].appointed_wall_ms > 0)
			return p->person[i].appointed_wall_ms + a->grace_ms;
	}
	return 0;
}

int64_t
policy_attribute_until(
    const struct policy *p, const char *person, const char *name, const char *list)
{
	const struct attribute *a = policy_attribute(p, name);
	int64_t set_ms = 0, said_ms = 0, end_ms = INT64_MAX, grace_ms;

	if (a == NULL)
		return 0;
	grace_ms = grace_end(p, a, person);
	if (!attribute_find(list, name, &set_ms, &said_ms))
		return grace_ms;
	if (a->valid_ms > 0)
		end_ms = set_ms + a->valid_ms;
	if (a->fiscal_year)
		end_ms = earlier(end_ms, policy_fiscal_year_end(p, set_ms) + a->renewal_ms);
	if (said_ms > 0)
		end_ms = earlier(end_ms, said_ms);
	return end_ms > grace_ms ? end_ms : grace_ms;
}

bool
policy_attribute_holds(const struct policy *p, const char *person, const char *name,
    const char *list, int64_t date_ms)
{
	return date_ms < policy_attribute_until(p, person, name, list);
}

const char *
policy_attribute_missing(const struct policy *p, const struct strings *names,
    const char *person, const char *list, int64_t date_ms)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!policy_attribute_holds(p, person, names->item[i], list, date_ms))
			return names->item[i];
	}
	return NULL;
}

bool
policy_needs_attributes(const struct policy *p)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		if (p->rule[i].require_attribute.count > 0)
			return true;
	}
	return false;
}

/* ---- tickets ----------------------------------------------------------------------------- */

/* All of the text has to fit, not a part of it. */
static bool
pattern_compile(const char *pattern, regex_t *out)
{
	char whole[PATTERN_SIZE];

	return strlen(pattern) <= PATTERN_MAX &&
	       snprintf(whole, sizeof(whole), "^(%s)$", pattern) < (int)sizeof(whole) &&
	       regcomp(out, whole, REG_EXTENDED | REG_NOSUB) == 0;
}

/* Going back to what was found before can take for ever. */
static bool
pattern_refers_back(const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '\\')
			continue;
		if (isdigit((unsigned char)*++pattern))
			return true;
		if (*pattern == '\0')
			return false;
	}
	return false;
}

bool
attribute_pattern_is_sane(const char *pattern)
{
	regex_t re;

	if (pattern_refers_back(pattern) || !pattern_compile(pattern, &re))
		return false;
	regfree(&re);
	return true;
}

bool
policy_ticket_matches(const struct role *role, const char *ticket)
{
	regex_t re;
	bool fits;

	if (role->ticket == NULL)
		return true;
	if (ticket[0] == '\0' || !pattern_compile(role->ticket, &re))
		return false;
	fits = regexec(&re, ticket, 0, NULL, 0) == 0;
	regfree(&re);
	return fits;
}

/* ---- permits ----------------------------------------------------------------------------- */

bool
policy_has_permits(const struct policy *p)
{
	for (size_t i = 0; i < p->role_count; i++) {
		if (p->role[i].kind == ROLE_REMOTE_WORK)
			return true;
	}
	return false;
}

static bool
is_on_premises(const struct role *r, const char *source)
{
	const struct sources *at = &r->premises;

	return (at->local || at->remote || at->count > 0) && sources_match(at, source);
}

const struct role *
policy_permit_missing(const struct policy *p, const char *source, const char *roles)
{
	const struct role *needed = NULL;

	if (source[0] == '\0')
		return NULL;
	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *r = &p->role[i];

		if (r->kind != ROLE_REMOTE_WORK)
			continue;
		if (policy_names(roles, r->name))
			return NULL;
		if (!is_on_premises(r, source))
			needed = r;
	}
	return needed;
}

bool
policy_permit_wants_two(const struct policy *p)
{
	return policy_rating(p, RATING_CONFIDENTIALITY) >= 3 ||
	       policy_rating(p, RATING_INTEGRITY) >= 2 ||
	       policy_rating(p, RATING_AVAILABILITY) >= 2;
}

/* Every way of approving takes two people at least. */
static bool
is_approved_by_two(const struct role *r)
{
	for (size_t i = 0; i < r->approve_count; i++) {
		uint32_t need = 0;

		for (size_t j = 0; j < r->approve[i].count; j++)
			need += r->approve[i].item[j].need;
		if (need < 2)
			return false;
	}
	return !r->approve_nobody;
}

static void
check_permit(const struct policy *p, const struct role *r, struct policy_problems *problems)
{
	if (r->kind != ROLE_REMOTE_WORK)
		return;
	if (r->commands.count > 0)
		problem_add(problems, r->file, r->line,
		    _("[role %s] kind, commands: a permit lets in and gives no commands"), r->name);
	if (policy_permit_wants_two(p) && !is_approved_by_two(r))
		problem_add(problems, r->file, r->line,
		    _("[role %s] approve: on a host rated %s two officers approve a permit"),
		    r->name, p->rating);
}

/* ---- contradictions ---------------------------------------------------------------------- */

static void
check_attributes(const struct policy *p, const struct strings *names, const char *kind,
    const char *name, const char *file, int line, struct policy_problems *problems)
{
	for (size_t i = 0; i < names->count; i++) {
		if (policy_attribute(p, names->item[i]) == NULL)
			problem_add(problems, file, line,
			    _("[%s %s] attribute: \"%.80s\" is not known; describe it in a section "
			      "[attribute %.80s]"),
			    kind, name, names->item[i], names->item[i]);
	}
}

void
attribute_complete(const struct policy *p, struct policy_problems *problems)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rule[i];

		check_attributes(
		    p, &r->require_attribute, "rule", r->name, r->file, r->line, problems);
		for (size_t j = 0; j < r->role.count; j++) {
			if (strcmp(r->role.item[j], "*") != 0 &&
			    policy_role(p, r->role.item[j]) == NULL)
				problem_add(problems, r->file, r->line,
				    _("[rule %s] role: the policy has no role \"%.80s\""), r->name,
				    r->role.item[j]);
		}
	}
	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *r = &p->role[i];

		check_attributes(p, &r->attributes, "role", r->name, r->file, r->line, problems);
		check_permit(p, r, problems);
	}
}

void
attribute_free(struct policy *p)
{
	for (size_t i = 0; i < p->attribute_count; i++) {
		free(p->attribute[i].name);
		free(p->attribute[i].text);
	}
	free(p->attribute);
}
