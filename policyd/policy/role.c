/* Questions to roles: who is a member and until when, who may review, be asked, approve. */
#include "policy/role.h"

#include "policy/approval.h"
#include <stdlib.h>
#include <string.h>

static int
role_compare_name(const void *name, const void *role)
{
	return strcmp(name, ((const struct role *)role)->name);
}

const struct role *
policy_role(const struct policy *p, const char *name)
{
	if (p->role_count == 0)
		return NULL;
	return bsearch(name, p->role, p->role_count, sizeof(p->role[0]), role_compare_name);
}

bool
role_may_approve(const struct role *r, const char *name, const char *groups)
{
	return approvals_name(r->approve, r->approve_count, name, groups);
}

bool
role_may_review(
    const struct policy *p, const struct role *r, const char *name, const char *groups)
{
	return r->reviewers.count > 0 ? policy_is_among(&r->reviewers, name, groups)
				      : policy_is_auditor(p, name, groups);
}

int64_t
role_entry_until(const struct role *r, size_t index)
{
	for (size_t i = 0; i < r->end_of_count; i++) {
		if (r->end_of[i].index == index)
			return r->end_of[i].end_wall_ms;
	}
	return INT64_MAX;
}

int64_t
role_member_until(const struct role *r, const char *name, const char *groups)
{
	int64_t until_ms = 0;

	for (size_t i = 0; i < r->members.count; i++) {
		struct strings one = {.item = &r->members.item[i], .count = 1};
		int64_t end_ms = role_entry_until(r, i);

		if (end_ms > until_ms && policy_is_among(&one, name, groups))
			until_ms = end_ms;
	}
	return until_ms;
}

bool
role_has_member(const struct role *r, const char *name, const char *groups, int64_t date_ms)
{
	return date_ms < role_member_until(r, name, groups);
}

bool
policy_is_dormant(const struct policy *p, int64_t last_wall_ms, int64_t wall_ms)
{
	return p->dormant_ms != 0 && wall_ms - last_wall_ms >= p->dormant_ms;
}

int64_t
role_review_due(const struct policy *p, const struct role *r, int64_t reviewed_wall_ms,
    int64_t since_wall_ms)
{
	int64_t from_ms = reviewed_wall_ms != 0 ? reviewed_wall_ms : since_wall_ms;

	if (r->review_ms != 0)
		return from_ms + r->review_ms;
	if (!r->review_fiscal_year)
		return 0;
	from_ms = policy_fiscal_year_end(p, from_ms);
	return reviewed_wall_ms == 0 ? from_ms : policy_fiscal_year_end(p, from_ms);
}

bool
role_is_approved(const struct role *r, const struct role_approval *given, size_t count)
{
	return r->approve_nobody ||
	       approvals_are_enough(r->approve, r->approve_count, given, count);
}

bool
role_may_be_asked(const struct role *r, const char *superior)
{
	return list_names_groups(&r->superiors) || policy_is_among(&r->superiors, superior, NULL);
}

bool
role_may_be_of(const struct role *r, const char *name, int64_t date_ms)
{
	for (size_t i = 0; i < r->members.count; i++) {
		const char *member = r->members.item[i];

		if (date_ms < role_entry_until(r, i) &&
		    (member[0] == '@' || strcmp(member, name) == 0))
			return true;
	}
	return false;
}

bool
policy_roles_need_groups(const struct policy *p)
{
	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *r = &p->role[i];

		if (list_names_groups(&r->members) || list_names_groups(&r->superiors) ||
		    list_names_groups(&r->reviewers) ||
		    approvals_name_groups(r->approve, r->approve_count))
			return true;
	}
	for (size_t i = 0; i < p->contingency_count; i++) {
		const struct contingency *c = &p->contingency[i];

		if (approvals_name_groups(c->activate, c->activate_count) ||
		    approvals_name_groups(c->approve, c->approve_count))
			return true;
	}
	return policy_approvers_need_groups(p);
}

bool
role_gives_everything(const char *command)
{
	static const char *const all[] = {"ash", "bash", "csh", "dash", "doas", "env", "fish",
	    "ksh", "nsenter", "pkexec", "python3", "perl", "runuser", "setpriv", "sh", "su",
	    "sudo", "systemd-run", "tcsh", "unshare", "visudo", "zsh"};
	size_t len = strcspn(command, " \t"), from = len;

	if (strcmp(command, "ALL") == 0)
		return true;
	while (from > 0 && command[from - 1] != '/')
		from--;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strlen(all[i]) == len - from &&
		    memcmp(all[i], command + from, len - from) == 0)
			return true;
	}
	return false;
}

void
role_free(struct policy *p)
{
	for (size_t i = 0; i < p->role_count; i++) {
		struct role *r = &p->role[i];

		free(r->name);
		strings_free(&r->members);
		free(r->end_of);
		strings_free(&r->commands);
		strings_free(&r->mask);
		approvals_free(r->approve, r->approve_count);
		free(r->run_as);
		free(r->from.net);
		free(r->time.item);
		free(r->premises.net);
		free(r->ticket);
		strings_free(&r->superiors);
		strings_free(&r->attributes);
		strings_free(&r->reviewers);
		free(r->file);
	}
	free(p->role);
}
