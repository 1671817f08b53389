/*
 * Commands of sudo's. What a role may run is compiled into sudoers, and sudoers matches it: here
 * the same list is only compared, to find the grant behind a command. Where the comparison fails
 * although sudoers was ours (its time limit tells), the command is refused.
 */
#include "decide/elevation.h"

#include "decide/internal.h"
#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Words against words: whatever is between them counts as one blank, as in sudoers. */
static bool
same_words(const char *wanted, const char *given)
{
	for (;;) {
		while (is_blank(*wanted))
			wanted++;
		while (is_blank(*given))
			given++;
		if (*wanted == '\0' || *given == '\0')
			return *wanted == *given;
		while (*wanted != '\0' && !is_blank(*wanted)) {
			if (*wanted++ != *given++)
				return false;
		}
		if (*given != '\0' && !is_blank(*given))
			return false;
	}
}

static bool
same_command(const char *wanted, const struct elevation_request *r)
{
	size_t len = strlen(r->command);

	if (strcmp(wanted, "ALL") == 0)
		return true;
	if (len == 0)
		return false;
	if (strncmp(wanted, r->command, len) != 0)
		return false;
	if (wanted[len] == '\0') /* with whatever arguments */
		return !r->edit;
	return is_blank(wanted[len]) && !r->cut && same_words(wanted + len, r->arguments);
}

bool
elevation_covers(const struct role *role, const struct elevation_request *r)
{
	if (strcmp(role->run_as, r->run_as) != 0)
		return false;
	for (size_t i = 0; i < role->commands.count; i++) {
		if (same_command(role->commands.item[i], r))
			return true;
	}
	return false;
}

uint32_t
elevation_timeout_s(const struct role *role)
{
	return (uint32_t)(role->max_duration_ms / 1000) + ELEVATION_MARGIN_S;
}

/* Was it a line of ours in sudoers that allowed it? */
static bool
is_ours(const struct policy *p, const struct elevation_request *r)
{
	for (size_t i = 0; i < p->role_count; i++) {
		if (r->timeout_s == elevation_timeout_s(&p->role[i]))
			return true;
	}
	return false;
}

enum reason
role_unusable(
    const struct role *role, const char *source, uint32_t weekday, uint32_t minute_of_day)
{
	if (!sources_match(&role->from, source))
		return REASON_WRONG_PLACE;
	if (!policy_hours_match(&role->time, weekday, minute_of_day))
		return REASON_OUTSIDE_HOURS;
	return REASON_NONE;
}

bool
role_wants_plugin(const struct role *role)
{
	return role->plugin == ROLE_PLUGIN_REQUIRED || role->each_use == CHANGE_TWO_PERSON;
}

/* Compared as persons: an account of one's own is nobody else's word. */
static bool
is_another(const struct policy *p, const char *who, const struct elevation_request *r)
{
	const char *person = policy_person(p, who);

	return who[0] != '\0' && strcmp(person, policy_person(p, r->user)) != 0 &&
	       strcmp(person, policy_person(p, r->actor)) != 0;
}

static enum reason
second_missing(const struct policy *p, const struct elevation_request *r,
    const struct elevation_facts *f)
{
	switch (f->use) {
	case USE_APPROVED:
		return is_another(p, f->use_by, r) ? REASON_NONE : REASON_SAME_PERSON;
	case USE_DECLINED:
		return REASON_DECLINED;
	case USE_OVER:
		return REASON_EXPIRED;
	default:
		return REASON_SECOND_PERSON;
	}
}

static enum reason
role_refuses(const struct policy *p, const struct role *role,
    const struct elevation_request *r, const struct elevation_facts *f)
{
	enum reason why;

	if (!f->identified)
		return REASON_NOT_IDENTIFIED;
	why = role_unusable(role, f->source, f->weekday, f->minute_of_day);
	if (why == REASON_NONE && role->each_use == CHANGE_TWO_PERSON)
		why = second_missing(p, r, f);
	return why;
}

/* A shared account is used out of a person's own login, by one person at a time where the policy
 * says so, and for the reason of a role where it says that. */
static enum reason
shared_refuses(const struct policy *p, const struct elevation_request *r,
    const struct elevation_facts *f)
{
	const struct account *account = policy_account(p, r->run_as);
	enum account_class actor = policy_account_class(p, r->actor, r->login_uid);

	if (r->run_as_uid == 0 ||
	    policy_account_class(p, r->run_as, r->run_as_uid) != CLASS_SHARED)
		return REASON_NONE;
	if (!f->identified || (actor != CLASS_PERSON && actor != CLASS_ADMIN))
		return REASON_NOT_IDENTIFIED;
	if (account != NULL && account->exclusive && f->held_by[0] != '\0' &&
	    strcmp(policy_person(p, f->held_by), policy_person(p, r->actor)) != 0)
		return REASON_HELD;
	return account != NULL && account->by_role && f->grant == 0 ? REASON_NO_GRANT
								    : REASON_NONE;
}

static enum reason
refuses(const struct policy *p, const struct elevation_request *r,
    const struct elevation_facts *f)
{
	const struct role *role = policy_role(p, f->role);
	enum reason why;

	if (f->suspended)
		return REASON_SUSPENDED;
	if ((why = shared_refuses(p, r, f)) != REASON_NONE)
		return why;
	if (f->grant != 0 && role != NULL && f->left_ms > 0)
		return role_refuses(p, role, r, f);
	return f->grant != 0 || f->over || is_ours(p, r) ? REASON_NO_GRANT : REASON_NONE;
}

void
decide_elevation(const struct policy *p, const struct elevation_request *r,
    const struct elevation_facts *f, struct decision *out)
{
	enum reason why;

	*out = (struct decision){0};
	if (r->uid == 0) { /* who is root needs no sudo for it */
		outcome_allow(out, ACTION_SUDO_COMMAND, REASON_ROOT_CALLER);
		return;
	}
	why = refuses(p, r, f);
	if (why != REASON_NONE)
		outcome_refuse(out, ACTION_SUDO_COMMAND, why);
	else
		outcome_allow(out, ACTION_SUDO_COMMAND,
		    f->grant != 0 ? REASON_OK : REASON_STANDING_RIGHT);
}
