#include "keeper/members.h"
#include "error.h"
#include "keeper/keeper.h"
#include "keeper/retention.h"
#include "log.h"
#include "store/members.h"
#include <stdio.h>
#include <string.h>

enum { MEMBERS_A_LOOK = 64, SURVEY_EVERY_MS = 3600 * 1000 };

/* ---- since when -------------------------------------------------------------------------- */

static bool
has_group(const struct role *role)
{
	for (size_t i = 0; i < role->members.count; i++) {
		if (role->members.item[i][0] == '@')
			return true;
	}
	return false;
}

/* Of a group's members the policy says nothing: they stay until the role goes. */
static bool
is_gone(const struct policy *p, const struct store_member *m)
{
	const struct role *role = policy_role(p, m->role);

	if (role == NULL)
		return true;
	return m->account[0] != '\0' && !has_group(role) &&
	       !policy_is_among(&role->members, m->account, NULL);
}

static int
forget_gone(struct server *s)
{
	static struct store_member m[MEMBERS_A_LOOK];
	char role[64] = "", account[NAME_SIZE] = "";
	size_t n = 0;
	int e;

	do {
		e = store_member_list(s->store, role, account, m, MEMBERS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			memcpy(role, m[i].role, sizeof(role));
			memcpy(account, m[i].account, sizeof(account));
			if (is_gone(s->policy, &m[i]))
				e = store_member_forget(s->store, m[i].role, m[i].account);
		}
	} while (e == SKS_OK && n == MEMBERS_A_LOOK);
	return e;
}

static int
note_role(struct server *s, const struct role *role)
{
	int e = store_member_note(s->store, role->name, "");

	for (size_t i = 0; e == SKS_OK && i < role->members.count; i++) {
		if (role->members.item[i][0] != '@')
			e = store_member_note(s->store, role->name, role->members.item[i]);
	}
	return e;
}

static int
note_members(struct server *s, void *context)
{
	int e = forget_gone(s);

	(void)context;
	for (size_t i = 0; e == SKS_OK && i < s->policy->role_count; i++)
		e = note_role(s, &s->policy->role[i]);
	return e;
}

/* ---- in time? ---------------------------------------------------------------------------- */

int
members_review(struct server *s, const struct role *role, struct members_review *out)
{
	struct store_member known;
	int64_t date_ms = 0;
	int e = store_review_last(s->store, role->name, &out->last);

	out->due_wall_ms = 0;
	out->overdue = false;
	if ((e != SKS_OK && e != SKS_NOT_FOUND) ||
	    (e = store_member_get(s->store, role->name, "", &known)) != SKS_OK ||
	    (e = retention_date(s, clock_now(), &date_ms)) != SKS_OK)
		return e;
	if (known.since_wall_ms == 0)
		known.since_wall_ms = date_ms;
	out->due_wall_ms = role_review_due(s->policy, role, out->last.wall_ms, known.since_wall_ms);
	out->overdue = out->due_wall_ms != 0 && date_ms >= out->due_wall_ms;
	return SKS_OK;
}

int
members_overdue(struct server *s, json_t *list)
{
	static struct members_review review;
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < s->policy->role_count; i++) {
		const struct role *role = &s->policy->role[i];

		e = members_review(s, role, &review);
		if (e == SKS_OK && review.overdue)
			(void)json_array_append_new(
			    list, json_pack("{s:s,s:I}", "role", role->name, "due",
				      (json_int_t)review.due_wall_ms));
	}
	return e;
}

/* Said once for each time that it was due. */
static int
record_overdue(struct server *s, const struct role *role, const struct members_review *review)
{
	char name[96], due[32], said[32] = "";
	struct record r;
	int e;

	(void)snprintf(name, sizeof(name), "role.review.%s", role->name);
	(void)snprintf(due, sizeof(due), "%lld", (long long)review->due_wall_ms);
	e = store_meta_get(s->store, name, said, sizeof(said));
	if ((e != SKS_OK && e != SKS_NOT_FOUND) || strcmp(said, due) == 0)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	log_warn("the members of the role %s were to be reviewed: sekisho role review %s",
	    role->name, role->name);
	keeper_record(s, &r, ACTION_ROLE_REVIEW_OVERDUE, OUTCOME_FAILURE, "overdue");
	record_put_str(&r, "sekisho.role", role->name);
	record_put_int(&r, "sekisho.review.until", review->due_wall_ms);
	record_put_int(&r, "sekisho.review.last", review->last.wall_ms);
	e = keeper_append(s, &r);
	return e == SKS_OK ? store_meta_set(s->store, name, due) : e;
}

static int
survey(struct server *s, void *context)
{
	static struct members_review review;
	int e = SKS_OK;

	(void)context;
	for (size_t i = 0; e == SKS_OK && i < s->policy->role_count; i++) {
		const struct role *role = &s->policy->role[i];

		e = members_review(s, role, &review);
		if (e == SKS_OK && review.overdue)
			e = record_overdue(s, role, &review);
	}
	return e;
}

int
members_tick(struct server *s)
{
	static char noted[POLICY_DIGEST_SIZE];
	static int64_t next_boot_ms;
	int64_t now_ms = clock_now().boot_ms;
	bool changed = strcmp(noted, s->policy->digest) != 0;
	int e = SKS_OK;

	if (changed && (e = turn_own(s, note_members, NULL)) == SKS_OK)
		(void)snprintf(noted, sizeof(noted), "%s", s->policy->digest);
	if (e != SKS_OK || (!changed && now_ms < next_boot_ms))
		return e;
	next_boot_ms = now_ms + SURVEY_EVERY_MS;
	return turn_own(s, survey, NULL);
}
