#include "keeper/contingency.h"
#include "keeper/grants.h"
#include "error.h"
#include "group_index.h"
#include "groups/index.h"
#include "keeper/keeper.h"
#include "log.h"
#include "policy/role.h"
#include "safeopen.h"
#include "store/terms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GRANTS_A_LOOK = 64 };

static bool published; /* the index is as the store and the policy say */
static char published_policy[POLICY_DIGEST_SIZE];
static uint64_t published_hours; /* which roles were in their hours then */

/* ---- ending ------------------------------------------------------------------------------ */

static int
end_request(struct server *s, uint64_t number, enum request_state state, const char *by)
{
	struct store_request q = {.kind = 'R', .number = number};
	int e = store_request_end(s->store, &q, state, by);

	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

static int
end_one(struct server *s, const struct store_grant *g, const char *by, const char *why)
{
	bool active = g->state == GRANT_ACTIVE;
	char id[REQUEST_ID_SIZE];
	struct record r;
	int e = store_grant_end(s->store, g->number, by, why);

	if (e == SKS_OK && !active)
		e = end_request(s, g->number, REQUEST_EXPIRED, by);
	if (e != SKS_OK)
		return e;
	published &= !active;
	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)g->number);
	keeper_record(s, &r, active ? ACTION_GRANT_END : ACTION_ROLE_ANSWER,
	    active ? OUTCOME_SUCCESS : OUTCOME_FAILURE, why);
	record_put_str(&r, "user.name", g->user);
	record_put_int(&r, "user.id", g->uid);
	record_put_str(&r, "sekisho.person", g->person);
	record_put_str(&r, "sekisho.request", id);
	record_put_str(&r, "sekisho.role", g->role);
	if (by[0] != '\0')
		record_put_str(&r, "sekisho.request.by", by);
	return keeper_append(s, &r);
}

int
grants_end_user(
    struct server *s, const char *user, uint32_t uid, const char *by, const char *why)
{
	static struct store_grant g[GRANTS_A_LOOK];
	size_t n = 0;
	int e;

	do {
		e = store_grant_list(s->store, 0, false, user, uid, g, GRANTS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++)
			e = end_one(s, &g[i], by, why);
	} while (e == SKS_OK && n == GRANTS_A_LOOK);
	return e;
}

/* Those of this role and user, or of this person; NULL: any. */
static int
end_those(struct server *s, const char *role, const char *user, const char *person, const char *by,
    const char *why)
{
	static struct store_grant g[GRANTS_A_LOOK];
	uint64_t after = 0;
	size_t n = 0;
	int e;

	do {
		e = store_grant_list(s->store, after, false, NULL, 0, g, GRANTS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = g[i].number;
			if ((role == NULL || strcmp(g[i].role, role) == 0) &&
			    (user == NULL || strcmp(g[i].user, user) == 0) &&
			    (person == NULL || strcmp(g[i].person, person) == 0))
				e = end_one(s, &g[i], by, why);
		}
	} while (e == SKS_OK && n == GRANTS_A_LOOK);
	return e;
}

int
grants_end_role(
    struct server *s, const char *role, const char *user, const char *by, const char *why)
{
	return end_those(s, role, user, NULL, by, why);
}

int
grants_end_person(struct server *s, const char *person, const char *by, const char *why)
{
	return end_those(s, NULL, NULL, person, by, why);
}

int64_t
grants_left_ms(const struct server *s, const struct store_grant *g, const char **why)
{
	const struct role *role = policy_role(s->policy, g->role);
	int64_t now = clock_now().wall_ms, hours_ms = INT64_MAX;
	uint32_t weekday, minute;

	*why = g->state == GRANT_OVER ? g->ended_why : reason_words[REASON_EXPIRED];
	if (g->state != GRANT_ACTIVE || g->left_ms <= 0)
		return 0;
	pam_local_time(now, &weekday, &minute);
	if (role != NULL)
		hours_ms = policy_hours_left_ms(&role->time, now, weekday, minute);
	if (hours_ms >= g->left_ms)
		return g->left_ms;
	*why = reason_words[REASON_OUTSIDE_HOURS];
	return hours_ms;
}

bool
grants_may_answer(
    struct server *s, const struct store_grant *g, const char *user, const char *groups)
{
	const struct role *role = policy_role(s->policy, g->role);
	const struct contingency *meanwhile = NULL;
	struct store_terms terms;
	uint64_t entry = 0;

	if (role == NULL || store_terms_get(s->store, g->number, &terms) != SKS_OK)
		return false;
	if (terms.superior[0] == '\0')
		return role_may_approve(role, user, groups) ||
		       (contingency_for_role(s, g->role, g->for_ms, &entry, &meanwhile) ==
			       SKS_OK &&
			   meanwhile != NULL &&
			   approvals_name(
			       meanwhile->approve, meanwhile->approve_count, user, groups));
	return strcmp(user, terms.superior) == 0 &&
	       policy_is_among(&role->superiors, user, groups);
}

int
grants_waiting(struct server *s, const char *user, const char *groups, uint32_t *count)
{
	static struct store_grant g[GRANTS_A_LOOK];
	const char *person = policy_person(s->policy, user);
	uint64_t after = 0;
	size_t n = 0;
	int e;

	*count = 0;
	do {
		e = store_grant_list(s->store, after, false, NULL, 0, g, GRANTS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = g[i].number;
			*count += g[i].state == GRANT_ASKED &&
				  strcmp(g[i].person, person) != 0 &&
				  grants_may_answer(s, &g[i], user, groups);
		}
	} while (e == SKS_OK && n == GRANTS_A_LOOK);
	return e;
}

static bool
request_is_due(struct server *s, const struct store_grant *g)
{
	struct store_request q;

	return store_request_get(s->store, 'R', g->number, &q) == SKS_OK &&
	       clock_now().wall_ms - q.made_wall_ms >= request_life_ms('R');
}

static const char *
why_over(struct server *s, const struct store_grant *g)
{
	const struct role *role = policy_role(s->policy, g->role);

	if (g->state == GRANT_ACTIVE && g->left_ms == 0)
		return reason_words[REASON_EXPIRED];
	if (role == NULL || !role_may_be_of(role, g->user, clock_now().wall_ms)) /* the policy is another one now */
		return reason_words[REASON_WRONG_STATE];
	if (g->state == GRANT_ASKED && request_is_due(s, g))
		return reason_words[REASON_EXPIRED];
	return NULL;
}

static int
end_due(struct server *s, void *context)
{
	static struct store_grant g[GRANTS_A_LOOK];
	uint64_t after = 0;
	size_t n = 0;
	int e;

	(void)context;
	do {
		e = store_grant_list(s->store, after, false, NULL, 0, g, GRANTS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			const char *why = why_over(s, &g[i]);

			after = g[i].number;
			if (why != NULL)
				e = end_one(s, &g[i], "", why);
		}
	} while (e == SKS_OK && n == GRANTS_A_LOOK);
	return e;
}

/* ---- the index --------------------------------------------------------------------------- */

struct collected {
	struct index_group *group;
	size_t groups;
	struct index_member *member;
	struct store_grant *grant; /* the members' names stand here */
	size_t members;
	int64_t *left_ms; /* of each role's hours */
};

/* Outside its hours a role gives no group: then sudoers has no rule for whoever has it, also where
 * the plugin was taken out. From where somebody came an index cannot know; that is asked at use. */
static int
collect_hours(struct server *s, struct collected *c)
{
	int64_t now = clock_now().wall_ms;
	uint32_t weekday, minute;

	c->left_ms = calloc(s->policy->role_count + 1, sizeof(*c->left_ms));
	if (c->left_ms == NULL)
		return SKS_NOMEM;
	pam_local_time(now, &weekday, &minute);
	for (size_t i = 0; i < s->policy->role_count; i++)
		c->left_ms[i] = policy_hours_left_ms(&s->policy->role[i].time, now, weekday, minute);
	return SKS_OK;
}

static int
collect_groups(struct server *s, struct collected *c)
{
	int e = SKS_OK;

	c->group = calloc(s->policy->role_count + 1, sizeof(*c->group));
	if (c->group == NULL)
		return SKS_NOMEM;
	for (size_t i = 0; e == SKS_OK && i < s->policy->role_count; i++) {
		struct index_group *group = &c->group[c->groups++];

		(void)snprintf(group->name, sizeof(group->name), ROLE_GROUP_PREFIX "%s",
		    s->policy->role[i].name);
		e = store_role_gid(s->store, s->policy->role[i].name, &group->gid);
	}
	return e;
}

static void
add_member(struct server *s, struct collected *c, const struct store_grant *g)
{
	const struct role *role = policy_role(s->policy, g->role);
	struct instant now = clock_now();
	size_t group = role != NULL ? (size_t)(role - s->policy->role) : 0;
	int64_t left_ms = g->left_ms;

	if (role == NULL || g->state != GRANT_ACTIVE)
		return;
	if (left_ms > c->left_ms[group])
		left_ms = c->left_ms[group];
	if (left_ms > 0)
		c->member[c->members++] = (struct index_member){
		    .group = group,
		    .user = g->user,
		    .until_wall_ms = now.wall_ms + left_ms,
		    .until_boot_ms = now.boot_ms + left_ms,
		};
}

static int
collect(struct server *s, void *context)
{
	struct collected *c = context;
	uint64_t after = 0;
	size_t have = 0, n = 0;
	int e = collect_groups(s, c);

	if (e == SKS_OK)
		e = collect_hours(s, c);
	while (e == SKS_OK && have < GRANTS_MAX) {
		struct store_grant *more =
		    reallocarray(c->grant, have + GRANTS_A_LOOK, sizeof(*more));

		if (more == NULL)
			return SKS_NOMEM;
		c->grant = more;
		e = store_grant_list(
		    s->store, after, false, NULL, 0, c->grant + have, GRANTS_A_LOOK, &n);
		have += n;
		if (n < GRANTS_A_LOOK)
			break;
		after = c->grant[have - 1].number;
	}
	c->member = calloc(have + 1, sizeof(*c->member));
	if (c->member == NULL)
		return SKS_NOMEM;
	for (size_t i = 0; i < have; i++)
		add_member(s, c, &c->grant[i]);
	return e;
}

static int
write_index(struct server *s)
{
	struct collected c = {0};
	char path[512];
	struct buf out;
	int e = turn_own(s, collect, &c);

	buf_init(&out, GROUP_INDEX_MAX);
	if (e == SKS_OK)
		e = index_build(&out, c.group, c.groups, c.member, c.members);
	if (e == SKS_OK &&
	    snprintf(path, sizeof(path), "%s/%s", s->options.run_dir, GROUP_INDEX_FILE) >=
		(int)sizeof(path))
		e = SKS_TOO_BIG;
	if (e == SKS_OK)
		e = safeopen_replace(path, 0644, out.data, out.len);
	buf_clear(&out);
	free(c.group);
	free(c.member);
	free(c.grant);
	free(c.left_ms);
	return e;
}

static void
remove_index(const struct server *s)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/%s", s->options.run_dir, GROUP_INDEX_FILE) <
	    (int)sizeof(path))
		(void)unlink(path);
}

/* Which roles have their hours now: another word once one begins or ends them. */
static uint64_t
hours_word(const struct server *s)
{
	uint64_t word = 14695981039346656037U;
	uint32_t weekday, minute;

	pam_local_time(clock_now().wall_ms, &weekday, &minute);
	for (size_t i = 0; i < s->policy->role_count; i++)
		word = (word ^ (policy_hours_match(&s->policy->role[i].time, weekday, minute) + i)) *
		       1099511628211U;
	return word;
}

void
grants_publish(struct server *s, struct job *job)
{
	static bool said;
	uint64_t hours = hours_word(s);
	int e = write_index(s);

	(void)job;
	published_hours = hours;
	published = e == SKS_OK;
	if (!published)
		remove_index(s); /* what is old may give what was taken away */
	if (published)
		(void)snprintf(
		    published_policy, sizeof(published_policy), "%s", s->policy->digest);
	else if (!said)
		log_error("%s/%s cannot be written: %s; roles that were given do not reach their "
			  "groups",
		    s->options.run_dir, GROUP_INDEX_FILE, error_text(e));
	said = !published;
	runs_look(s);
}

int
grants_tick(struct server *s)
{
	int e = turn_own(s, end_due, NULL);

	if (e == SKS_OK && (!published || strcmp(published_policy, s->policy->digest) != 0 ||
			       published_hours != hours_word(s)))
		grants_publish(s, NULL);
	return e == SKS_OK ? left_tick(s) : e;
}
