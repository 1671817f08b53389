/* Roles: what contradicts itself in them, and questions to them. */
#include "policy/role.h"

#include "error.h"
#include "i18n.h"
#include "policy/capability.h"
#include "policy/problem.h"
#include <stdlib.h>
#include <string.h>

enum { ROLE_PEOPLE_MAX = 256 }; /* of a list, as far as they are compared */

/* ---- asking ------------------------------------------------------------------------------ */

static int
role_compare_name(const void *name, const void *role)
{
	return strcmp(name, ((const struct role *)role)->name);
}

static int
role_compare(const void *a, const void *b)
{
	return strcmp(((const struct role *)a)->name, ((const struct role *)b)->name);
}

const struct role *
policy_role(const struct policy *p, const char *name)
{
	if (p->role_count == 0)
		return NULL;
	return bsearch(name, p->role, p->role_count, sizeof(p->role[0]), role_compare_name);
}

bool
approvals_name(const struct approval_set *set, size_t sets, const char *name, const char *groups)
{
	for (size_t i = 0; i < sets; i++) {
		for (size_t j = 0; j < set[i].count; j++) {
			if (policy_is_among(&set[i].item[j].from, name, groups))
				return true;
		}
	}
	return false;
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

/* One seat for each person that a way of approving needs. */
struct seats {
	const struct strings *from[APPROVALS_MAX];
	size_t taken_by[APPROVALS_MAX]; /* 1 + index of the approval; 0: free */
	size_t count;
};

static void
seats_set_out(const struct approval_set *set, struct seats *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < set->count; i++) {
		for (uint32_t n = 0; n < set->item[i].need && s->count < APPROVALS_MAX; n++)
			s->from[s->count++] = &set->item[i].from;
	}
}

/* Seats this approval, moving others to seats that they fit as well; "tried" guards the way. */
static bool
seats_take(struct seats *s, const struct role_approval *given, size_t which,
    bool tried[APPROVALS_MAX])
{
	for (size_t i = 0; i < s->count; i++) {
		if (tried[i] ||
		    !policy_is_among(s->from[i], given[which].account, given[which].groups))
			continue;
		tried[i] = true;
		if (s->taken_by[i] == 0 ||
		    seats_take(s, given, s->taken_by[i] - 1, tried)) {
			s->taken_by[i] = which + 1;
			return true;
		}
	}
	return false;
}

static bool
is_repeated(const struct role_approval *given, size_t which)
{
	for (size_t i = 0; i < which; i++) {
		if (strcmp(given[i].person, given[which].person) == 0)
			return true;
	}
	return false;
}

static bool
set_is_met(const struct approval_set *set, const struct role_approval *given, size_t count)
{
	struct seats s;
	size_t taken = 0;

	seats_set_out(set, &s);
	for (size_t i = 0; i < count && taken < s.count; i++) {
		bool tried[APPROVALS_MAX] = {false};

		if (!is_repeated(given, i) && seats_take(&s, given, i, tried))
			taken++;
	}
	return s.count > 0 && taken == s.count;
}

bool
approvals_are_enough(const struct approval_set *set, size_t sets,
    const struct role_approval *given, size_t count)
{
	for (size_t i = 0; i < sets; i++) {
		if (set_is_met(&set[i], given, count))
			return true;
	}
	return false;
}

bool
role_is_approved(const struct role *r, const struct role_approval *given, size_t count)
{
	return r->approve_nobody ||
	       approvals_are_enough(r->approve, r->approve_count, given, count);
}

/* ---- contradictions ---------------------------------------------------------------------- */

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
names_groups(const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->item[i][0] == '@')
			return true;
	}
	return false;
}

/* How many different people a list names, without one of them (NULL: all). */
static size_t
count_people(const struct policy *p, const struct strings *list, const char *without)
{
	const char *seen[ROLE_PEOPLE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < list->count && n < ROLE_PEOPLE_MAX; i++) {
		const char *person = policy_person(p, list->item[i]);
		size_t j = 0;

		while (j < n && strcmp(seen[j], person) != 0)
			j++;
		if (j == n && (without == NULL || strcmp(person, without) != 0))
			seen[n++] = person;
	}
	return n;
}

bool
role_may_be_asked(const struct role *r, const char *superior)
{
	return names_groups(&r->superiors) || policy_is_among(&r->superiors, superior, NULL);
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

static bool
approvals_name_groups(const struct approval_set *set, size_t sets)
{
	for (size_t i = 0; i < sets; i++)
		for (size_t j = 0; j < set[i].count; j++)
			if (names_groups(&set[i].item[j].from))
				return true;
	return false;
}

bool
policy_roles_need_groups(const struct policy *p)
{
	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *r = &p->role[i];

		if (names_groups(&r->members) || names_groups(&r->superiors) ||
		    names_groups(&r->reviewers) ||
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
approvals_are_possible(const struct policy *p, const struct approval_set *set, size_t sets,
    const char *without)
{
	for (size_t i = 0; i < sets; i++) {
		size_t met = 0;

		while (met < set[i].count &&
		       (names_groups(&set[i].item[met].from) ||
			   count_people(p, &set[i].item[met].from, without) >=
			       set[i].item[met].need))
			met++;
		if (met == set[i].count)
			return true;
	}
	return false;
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
	else if (!names_groups(&r->members) && count_people(p, &r->members, NULL) < 2)
		role_complain(problems, r,
		    _("each_use: expected another member, who approves what one of them runs"));
}

static void
check_role(const struct policy *p, const struct role *r, struct policy_problems *problems)
{
	check_name(r, problems);
	if (r->members.count == 0)
		role_complain(problems, r, _("members: expected accounts or @groups"));
	if (r->max_members != 0 && count_people(p, &r->members, NULL) > r->max_members &&
	    !names_groups(&r->members))
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

/* ---- giving back ------------------------------------------------------------------------- */

static void
role_free_strings(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->item[i]);
	free(s->item);
}

void
approvals_free(struct approval_set *set, size_t sets)
{
	for (size_t i = 0; i < sets; i++) {
		for (size_t j = 0; j < set[i].count; j++)
			role_free_strings(&set[i].item[j].from);
		free(set[i].item);
	}
	free(set);
}

void
role_free(struct policy *p)
{
	for (size_t i = 0; i < p->role_count; i++) {
		struct role *r = &p->role[i];

		free(r->name);
		role_free_strings(&r->members);
		free(r->end_of);
		role_free_strings(&r->commands);
		role_free_strings(&r->mask);
		approvals_free(r->approve, r->approve_count);
		free(r->run_as);
		free(r->from.net);
		free(r->time.item);
		free(r->premises.net);
		free(r->ticket);
		role_free_strings(&r->superiors);
		role_free_strings(&r->attributes);
		role_free_strings(&r->reviewers);
		free(r->file);
	}
	free(p->role);
}
