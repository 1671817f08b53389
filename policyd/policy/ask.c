/* Questions to a policy that is already parsed. Nothing here allocates or fails. */
#include "policy/policy.h"
#include "policy/host.h"

#include "policy/services.h"
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_WEEK = 7, ASK_DAY_MINUTES = 24 * 60 };

/* Accounts and services are sorted by name when the policy is parsed. */
static int
ask_compare_account(const void *name, const void *account)
{
	return strcmp(name, ((const struct account *)account)->name);
}

static int
ask_compare_service(const void *name, const void *service)
{
	return strcmp(name, ((const struct service *)service)->name);
}

const struct account *
policy_account(const struct policy *p, const char *name)
{
	if (p->account_count == 0)
		return NULL;
	return bsearch(
	    name, p->account, p->account_count, sizeof(p->account[0]), ask_compare_account);
}

const struct service *
policy_service(const struct policy *p, const char *service)
{
	if (p->service_count == 0)
		return NULL;
	return bsearch(
	    service, p->service, p->service_count, sizeof(p->service[0]), ask_compare_service);
}

enum account_class
policy_account_class(const struct policy *p, const char *name, uint32_t uid)
{
	const struct account *account = policy_account(p, name);

	if (account != NULL)
		return account->class;
	return uid == 0 ? CLASS_SHARED : CLASS_PERSON;
}

const char *
policy_person(const struct policy *p, const char *name)
{
	const struct account *account = policy_account(p, name);

	return account == NULL ? name : account->person;
}

enum service_class
policy_service_class(const struct policy *p, const char *service)
{
	const struct service *named = policy_service(p, service);

	return named == NULL ? services_class(service) : named->class;
}

bool
policy_service_is_everyday(const struct policy *p, const char *service)
{
	const struct service *named = policy_service(p, service);

	if (named != NULL && named->everyday != 0)
		return named->everyday == 1;
	return services_is_everyday(service);
}

static bool
ask_has(const struct strings *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->item[i], word) == 0)
			return true;
	}
	return false;
}

bool
policy_is_administrator(const struct policy *p, const char *name, uint32_t uid)
{
	return policy_account_class(p, name, uid) == CLASS_ADMIN ||
	       ask_has(&p->administrators, name);
}

bool
policy_administrates(const struct policy *p, const char *name)
{
	const char *person = policy_person(p, name);

	for (size_t i = 0; i < p->administrators.count; i++) {
		if (strcmp(policy_person(p, p->administrators.item[i]), person) == 0)
			return true;
	}
	for (size_t i = 0; i < p->account_count; i++) {
		if (p->account[i].class == CLASS_ADMIN &&
		    strcmp(policy_person(p, p->account[i].name), person) == 0)
			return true;
	}
	return false;
}

bool
policy_is_auditor(const struct policy *p, const char *name, const char *groups)
{
	return policy_is_among(&p->auditors, name, groups != NULL ? groups : "") &&
	       !policy_administrates(p, name);
}

bool
policy_auditors_need_groups(const struct policy *p)
{
	for (size_t i = 0; i < p->auditors.count; i++) {
		if (p->auditors.item[i][0] == '@')
			return true;
	}
	return false;
}

bool
policy_is_redactor(const struct policy *p, const char *name, uint32_t uid)
{
	return p->redactors.count > 0 ? ask_has(&p->redactors, name)
				      : policy_is_administrator(p, name, uid);
}

bool
policy_is_approver(const struct policy *p, const char *name, uint32_t uid)
{
	return p->export_approvers.count > 0 ? ask_has(&p->export_approvers, name)
					     : policy_is_administrator(p, name, uid);
}

/* "NAME-N": the length of the name with its hyphen, 0 for anything else. */
static size_t
ask_level(const char *word, size_t len, unsigned int *n)
{
	size_t name = len;

	while (name > 0 && word[name - 1] >= '0' && word[name - 1] <= '9')
		name--;
	if (name < 2 || name == len || len - name > 2 || word[name - 1] != '-')
		return 0;
	*n = 0;
	for (size_t i = name; i < len; i++)
		*n = *n * 10 + (unsigned int)(word[i] - '0');
	return name;
}

bool
policy_rating_reaches(const struct policy *p, const char *level)
{
	unsigned int wanted = 0, have = 0;
	size_t name = level != NULL ? ask_level(level, strlen(level), &wanted) : 0;
	const char *word = p->rating;

	while (name > 0 && word != NULL && *word != '\0') {
		size_t len = strcspn(word, " \t,");

		if (ask_level(word, len, &have) == name && strncmp(word, level, name) == 0 &&
		    have >= wanted)
			return true;
		word += len;
		word += strspn(word, " \t,");
	}
	return false;
}

static bool
ask_rule_needs_groups(const struct rule *rule)
{
	if (rule->group.count > 0)
		return true;
	for (size_t i = 0; i < rule->account.count; i++) {
		if (rule->account.item[i][0] == '@')
			return true;
	}
	return false;
}

bool
policy_needs_groups(const struct policy *p)
{
	if (p->group_count > 0)
		return true;
	for (size_t i = 0; i < p->rule_count; i++) {
		if (ask_rule_needs_groups(&p->rule[i]))
			return true;
	}
	return false;
}

/* ---- rules ------------------------------------------------------------------------------ */

/* Is "group" one of those in the comma-separated list? Unknown groups count as met. */
static bool
ask_is_member(const char *groups, const char *group)
{
	size_t len = strlen(group);

	if (groups == NULL)
		return true;
	for (;;) {
		size_t item = strcspn(groups, ",");

		if (item == len && memcmp(groups, group, len) == 0)
			return true;
		if (groups[item] == '\0')
			return false;
		groups += item + 1;
	}
}

bool
policy_names(const char *list, const char *name)
{
	return list[0] != '\0' && ask_is_member(list, name);
}

/* ---- for a time ------------------------------------------------------------------------- */

bool
until_holds(const struct until *u, int64_t date_ms)
{
	return u->on && (u->end_wall_ms == 0 || date_ms < u->end_wall_ms);
}

bool
policy_observes(
    const struct policy *p, const char *service, const char *groups, int64_t date_ms)
{
	const struct service *s = policy_service(p, service);

	if (until_holds(&p->observe, date_ms) ||
	    (s != NULL && until_holds(&s->observe, date_ms)))
		return true;
	/* What makes things easier needs to be known: here unknown groups count as none. */
	for (size_t i = 0; groups != NULL && i < p->group_count; i++) {
		if (until_holds(&p->group[i].observe, date_ms) &&
		    ask_is_member(groups, p->group[i].name))
			return true;
	}
	return false;
}

bool
policy_has_grace(const struct policy *p)
{
	for (size_t i = 0; i < p->group_count; i++) {
		if (p->group[i].grace.on)
			return true;
	}
	return false;
}

int64_t
policy_grace_until(const struct policy *p, const char *groups, int64_t date_ms)
{
	int64_t end_ms = 0;

	for (size_t i = 0; groups != NULL && i < p->group_count; i++) {
		const struct until *grace = &p->group[i].grace;

		if (until_holds(grace, date_ms) && grace->end_wall_ms > end_ms &&
		    ask_is_member(groups, p->group[i].name))
			end_ms = grace->end_wall_ms;
	}
	return end_ms;
}

static bool
ask_names_account(const struct strings *list, const char *name, const char *groups)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->item[i];

		if (strcmp(item, "*") == 0 || strcmp(item, name) == 0 ||
		    (item[0] == '@' && ask_is_member(groups, item + 1)))
			return true;
	}
	return false;
}

bool
policy_is_among(const struct strings *list, const char *name, const char *groups)
{
	return ask_names_account(list, name, groups == NULL ? "" : groups);
}

static bool
rule_matches_account(const struct strings *accounts, const struct rule_case *c)
{
	return accounts->count == 0 || ask_names_account(accounts, c->account, c->groups);
}

static bool
rule_matches_group(const struct strings *groups, const struct rule_case *c)
{
	for (size_t i = 0; i < groups->count; i++) {
		if (strcmp(groups->item[i], "*") == 0 ||
		    ask_is_member(c->groups, groups->item[i]))
			return true;
	}
	return groups->count == 0;
}

static bool
rule_matches_service(const struct strings *services, const char *service)
{
	return services->count == 0 || ask_has(services, "*") || ask_has(services, service);
}

static bool
rule_matches_mask(uint8_t mask, unsigned int value)
{
	return mask == 0 || (value < 8 && (mask >> value & 1) != 0);
}

/* A span over midnight belongs to the day on which it began. */
static bool
hours_match(const struct hours *h, uint32_t weekday, uint32_t minute)
{
	uint32_t yesterday = (weekday + ASK_WEEK - 1) % ASK_WEEK;
	bool today = (h->weekdays >> weekday % ASK_WEEK & 1) != 0;

	if (h->from_minute <= h->to_minute)
		return today && minute >= h->from_minute && minute < h->to_minute;
	if (minute >= h->from_minute)
		return today;
	return minute < h->to_minute && (h->weekdays >> yesterday & 1) != 0;
}

bool
policy_hours_match(const struct hours_list *list, uint32_t weekday, uint32_t minute_of_day)
{
	for (size_t i = 0; i < list->count; i++) {
		if (hours_match(&list->item[i], weekday, minute_of_day))
			return true;
	}
	return list->count == 0;
}

int64_t
policy_hours_left_ms(const struct hours_list *list, int64_t wall_ms, uint32_t weekday,
    uint32_t minute_of_day)
{
	int64_t minutes = 0;

	if (list->count == 0)
		return INT64_MAX;
	while (minutes < ASK_WEEK * ASK_DAY_MINUTES &&
	       policy_hours_match(list, weekday, minute_of_day)) {
		minutes++;
		if (++minute_of_day == ASK_DAY_MINUTES) {
			minute_of_day = 0;
			weekday = (weekday + 1) % ASK_WEEK;
		}
	}
	if (minutes == ASK_WEEK * ASK_DAY_MINUTES)
		return INT64_MAX;
	return minutes == 0 ? 0 : minutes * 60000 - wall_ms % 60000;
}

static bool
rule_matches_role(const struct strings *roles, const char *have)
{
	if (roles->count == 0)
		return true;
	for (size_t i = 0; have != NULL && have[0] != '\0' && i < roles->count; i++) {
		if (strcmp(roles->item[i], "*") == 0 || ask_is_member(have, roles->item[i]))
			return true;
	}
	return false;
}

bool
rule_matches(const struct rule *r, const struct rule_case *c)
{
	/* what is looked at soonest comes first: there may be a thousand rules */
	return !r->idle && rule_matches_mask(r->class_mask, c->class) &&
	       rule_matches_mask(r->service_class_mask, c->service_class) &&
	       rule_matches_service(&r->service, c->service) &&
	       policy_hours_match(&r->time, c->weekday, c->minute_of_day) &&
	       (r->host.count == 0 || host_conditions_hold(&r->host, c->host)) &&
	       rule_matches_role(&r->role, c->roles) && rule_matches_account(&r->account, c) &&
	       rule_matches_group(&r->group, c) && sources_match(&r->from, c->source);
}

bool
policy_ignores(const struct policy *p, const char *path)
{
	for (size_t i = 0; i < p->changes_ignore.count; i++) {
		if (fnmatch(p->changes_ignore.item[i], path, FNM_PATHNAME | FNM_LEADING_DIR) == 0)
			return true;
	}
	return false;
}
