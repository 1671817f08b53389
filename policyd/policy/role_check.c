/* What contradicts itself in a role, or would keep everybody from ever having it. */
#include "error.h"
#include "i18n.h"
#include "policy/approval.h"
#include "policy/capability.h"
#include "policy/problem.h"
#include "policy/role.h"
#include <stdlib.h>
#include <string.h>

static int
role_compare(const void *a, const void *b)
{
	return strcmp(((const struct role *)a)->name, ((const struct role *)b)->name);
}

static void
role_complain(struct policy_problems *problems, const struct role *r, const char *what)
{
	problem_add(problems, r->file, r->line, "[role %s] %s", r->name, what);
}

static void
check_name(const struct role *r, struct policy_problems *problems)
{
	size_t len = strlen(r->name);

	if (len > ROLE_NAME_MAX || r->name[0] < 'a' || r->name[0] > 'z' ||
	    strspn(r->name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != len)
		problem_add(problems, r->file, r->line,
		    _("[role %s] expected a name of at most %d lower-case letters, digits, - and "
		      "_, beginning with a letter: it becomes the group %s%s"),
		    r->name, ROLE_NAME_MAX, ROLE_GROUP_PREFIX, r->name);
}

static bool
can_be_approved(const struct policy *p, const struct role *r, const char *without)
{
	return r->approve_nobody ||
	       approvals_are_possible(p, r->approve, r->approve_count, without);
}

static void
check_approval(const struct policy *p, const struct role *r, struct policy_problems *problems)
{
	if (r->approve_count == 0 && !r->approve_nobody) {
		role_complain(problems, r,
		    _("approve: expected who approves, such as \"1 from @security\", or "
		      "\"nobody\""));
		return;
	}
	if (!can_be_approved(p, r, NULL)) {
		role_complain(problems, r,
		    _("approve: names fewer people than it needs; nobody could ever have the "
		      "role"));
		return;
	}
	for (size_t i = 0; i < r->members.count; i++) {
		const char *member = r->members.item[i];

		if (member[0] == '@' || can_be_approved(p, r, policy_person(p, member)))
			continue;
		problem_add(problems, r->file, r->line,
		    _("[role %s] approve: %s would have to approve their own request; name "
		      "somebody else too"),
		    r->name, member);
	}
}

static bool
ends_in_slash(const char *command)
{
	size_t len = strcspn(command, " \t");

	return len > 0 && command[len - 1] == '/';
}

/* An account, and not one of the other things that sudoers knows there: ALL, an alias, a number,
 * a group. */
static bool
is_account(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz_") > 0 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		   strlen(name);
}

static void
check_commands(const struct role *r, struct policy_problems *problems)
{
	if (r->commands.count == 0)
		return;
	if (!is_account(r->run_as))
		problem_add(problems, r->file, r->line,
		    _("[role %s] run_as: expected the name of an account, found \"%.80s\""), r->name,
		    r->run_as);
	if (r->root_equivalent == ROOT_UNSAID)
		role_complain(problems, r,
		    _("root_equivalent: expected yes or no where there are commands: could "
		      "somebody with this role become root?"));
	for (size_t i = 0; i < r->commands.count; i++) {
		const char *command = r->commands.item[i];

		if (ends_in_slash(command))
			problem_add(problems, r->file, r->line,
			    _("[role %s] commands: \"%.80s\" is a directory, and would stand for "
			      "every program in it"),
			    r->name, command);
		if (r->root_equivalent == ROOT_NO && strcmp(r->run_as, "root") == 0 &&
		    role_gives_everything(command))
			problem_add(problems, r->file, r->line,
			    _("[role %s] root_equivalent: is \"no\", but \"%.80s\" as root gives "
			      "everything"),
			    r->name, command);
	}
}

/* With these somebody becomes root in one step or two. */
static void
check_capabilities(const struct role *r, struct policy_problems *problems)
{
	static const char *const all[] = {"cap_chown", "cap_dac_override", "cap_fowner",
	    "cap_setgid", "cap_setuid", "cap_sys_module", "cap_sys_rawio", "cap_sys_ptrace",
	    "cap_sys_admin", "cap_mknod", "cap_setfcap", "cap_bpf"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (size_t k = 0; capability_words[k] != NULL; k++)
			if ((r->capabilities >> k & 1) != 0 && r->root_equivalent != ROOT_YES &&
			    strcmp(capability_words[k], all[i]) == 0)
				problem_add(problems, r->file, r->line,
				    _("[role %s] root_equivalent: expected yes, because %s leads "
				      "to root"),
				    r->name, all[i]);
}

static void
check_superiors(const struct role *r, struct policy_problems *problems)
{
	if (r->superiors.count > 0 && r->approve_nobody)
		role_complain(problems, r,
		    _("superiors: nobody approves, so nobody can be asked instead"));
}

/* A role whose members nobody may review would be overdue for ever. */
static void
check_review(const struct policy *p, const struct role *r, struct policy_problems *problems)
{
	if ((r->review_ms != 0 || r->review_fiscal_year) && r->reviewers.count == 0 &&
	    p->auditors.count == 0)
		role_complain(problems, r,
		    _("review: nobody may review its members; name reviewers here, or auditors in "
		      "[audit]"));
}

/* Whoever uses it is one of the people, and another one has to be there. */
static void
check_each_use(const struct policy *p, const struct role *r, struct policy_problems *problems)
{
	if (r->each_use != CHANGE_TWO_PERSON)
		return;
	if (r->commands.count == 0)
		role_complain(problems, r, _("each_use: the role has no commands"));
	else if (!list_names_groups(&r->members) && list_count_people(p, &r->members, NULL) < 2)
		role_complain(problems, r,
		    _("each_use: expected another member, who approves what one of them runs"));
}

static void
check_role(const struct policy *p, const struct role *r, struct policy_problems *problems)
{
	check_name(r, problems);
	if (r->members.count == 0)
		role_complain(problems, r, _("members: expected accounts or @groups"));
	if (r->max_members != 0 && list_count_people(p, &r->members, NULL) > r->max_members &&
	    !list_names_groups(&r->members))
		role_complain(problems, r, _("max_members: more people are members"));
	check_approval(p, r, problems);
	check_superiors(r, problems);
	check_review(p, r, problems);
	check_commands(r, problems);
	check_capabilities(r, problems);
	check_each_use(p, r, problems);
}

int
role_complete(struct policy *p, struct policy_problems *problems)
{
	if (p->role_count > 0)
		qsort(p->role, p->role_count, sizeof(p->role[0]), role_compare);
	for (size_t i = 0; i < p->role_count; i++) {
		struct role *r = &p->role[i];

		if (r->run_as == NULL && (r->run_as = strdup("root")) == NULL)
			return SKS_NOMEM;
		check_role(p, r, problems);
	}
	return SKS_OK;
}
