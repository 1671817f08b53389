/*
 * "2 from @managers, alice" and "1 from @security", or something else: whether such approvals
 * name somebody, are enough, or could ever be. One person counts once, and who fits several parts
 * is put where it helps.
 */
#include "policy/approval.h"

#include <stdlib.h>
#include <string.h>

enum { ROLE_PEOPLE_MAX = 256 }; /* of a list, as far as they are compared */

/* ---- lists of accounts and @groups ------------------------------------------------------- */

bool
list_names_groups(const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->item[i][0] == '@')
			return true;
	}
	return false;
}

size_t
list_count_people(const struct policy *p, const struct strings *list, const char *without)
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

/* ---- ways of approving ------------------------------------------------------------------- */

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
approvals_name_groups(const struct approval_set *set, size_t sets)
{
	for (size_t i = 0; i < sets; i++)
		for (size_t j = 0; j < set[i].count; j++)
			if (list_names_groups(&set[i].item[j].from))
				return true;
	return false;
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
approvals_are_possible(const struct policy *p, const struct approval_set *set, size_t sets,
    const char *without)
{
	for (size_t i = 0; i < sets; i++) {
		size_t met = 0;

		while (met < set[i].count &&
		       (list_names_groups(&set[i].item[met].from) ||
			   list_count_people(p, &set[i].item[met].from, without) >=
			       set[i].item[met].need))
			met++;
		if (met == set[i].count)
			return true;
	}
	return false;
}

void
approvals_free(struct approval_set *set, size_t sets)
{
	for (size_t i = 0; i < sets; i++) {
		for (size_t j = 0; j < set[i].count; j++)
			strings_free(&set[i].item[j].from);
		free(set[i].item);
	}
	free(set);
}
