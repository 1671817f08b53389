/* Roles and grants as lists: what there is, who has what, who approved it. */
#include "command/members.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/members.h"
#include "people.h"
#include "store/terms.h"
#include <stdio.h>
#include <string.h>

enum { GRANTS_A_PAGE = 64 };

static const char *const grant_state_words[] = {
    [GRANT_ASKED] = "asked", [GRANT_ACTIVE] = "active", [GRANT_OVER] = "over"};

static json_t *
grant_json(const struct store_grant *g)
{
	char id[REQUEST_ID_SIZE];

	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)g->number);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:I,s:I}", "id", id,
	    "role", g->role, "user", g->user, "person", g->person, "why", g->why, "state",
	    grant_state_words[g->state], "for", (json_int_t)g->for_ms, "from",
	    (json_int_t)g->from_wall_ms, "until", (json_int_t)g->until_wall_ms, "left",
	    (json_int_t)g->left_ms, "ended_by", g->ended_by, "ended_why", g->ended_why, "ended",
	    (json_int_t)g->ended_wall_ms, "number", (json_int_t)g->number);
}

static json_t *
approvals_json(struct server *s, uint64_t number)
{
	static struct store_approval a[GRANT_APPROVALS_MAX];
	json_t *list = json_array();
	size_t n = 0;

	if (store_approvals(s->store, number, a, GRANT_APPROVALS_MAX, &n) != SKS_OK)
		n = 0;
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:I}", "account", a[i].account, "person", a[i].person, "at",
			(json_int_t)a[i].wall_ms));
	return list;
}

/* Ticket and superior, where there are any. */
static int
put_terms(struct server *s, uint64_t number, json_t *out)
{
	struct store_terms t;
	int e = store_terms_get(s->store, number, &t);

	if (e == SKS_OK && t.ticket[0] != '\0')
		(void)json_object_set_new(out, "ticket", json_string(t.ticket));
	if (e == SKS_OK && t.reported_wall_ms != 0)
		(void)json_object_set_new(out, "report", json_string(t.report));
	if (e == SKS_OK && t.superior[0] != '\0') {
		(void)json_object_set_new(out, "superior", json_string(t.superior));
		(void)json_object_set_new(out, "because", json_string(t.because));
	}
	return e;
}

static const char *
root_word(const struct role *role)
{
	return role == NULL                          ? ""
	       : role->root_equivalent == ROOT_YES ? "yes"
	       : role->root_equivalent == ROOT_NO  ? "no"
						   : "";
}

json_t *
grant_user_json(struct server *s, const char *user, uint32_t uid)
{
	static struct store_grant g[GRANTS_A_PAGE];
	json_t *list = json_array();
	size_t n = 0;

	if (store_grant_list(s->store, 0, false, user, uid, g, GRANTS_A_PAGE, &n) != SKS_OK)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		json_t *one = grant_json(&g[i]);

		(void)json_object_set_new(one, "approvals", approvals_json(s, g[i].number));
		(void)json_object_set_new(one, "root_equivalent",
		    json_string(root_word(policy_role(s->policy, g[i].role))));
		(void)json_array_append_new(list, one);
	}
	return list;
}

json_t *
grant_roles_json(struct server *s, const char *user, const char *groups)
{
	const struct policy *p = s->policy;
	json_t *list = json_array();

	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *role = &p->role[i];
		uint32_t standing;

		int64_t until_ms = role_member_until(role, user, groups);

		if (clock_now().wall_ms < until_ms &&
		    people_standing(s, role, user, &standing) == SKS_OK)
			(void)json_array_append_new(list,
			    json_pack("{s:s,s:s,s:i,s:s,s:s,s:I}", "name", role->name, "file",
				role->file, "line", role->line, "root_equivalent", root_word(role),
				"standing", standing_words[standing], "until",
				(json_int_t)(until_ms == INT64_MAX ? 0 : until_ms)));
	}
	return list;
}

int
grant_describe(struct server *s, const struct store_request *q, json_t *out)
{
	static struct store_grant g;
	int e = store_grant_get(s->store, q->number, &g);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	(void)json_object_set_new(out, "role", json_string(g.role));
	(void)json_object_set_new(out, "for", json_integer((json_int_t)g.for_ms));
	(void)json_object_set_new(out, "approvals", approvals_json(s, q->number));
	return put_terms(s, q->number, out);
}

/* Own ones, those that this peer may answer, and for root and auditors all. */
static bool
may_see(struct server *s, const struct job *job, const struct store_grant *g)
{
	struct store_request q = {.kind = 'R', .number = g->number};

	return job->peer.uid == 0 || job->auditor ||
	       (strcmp(g->user, job->who) == 0 && g->uid == job->peer.uid) ||
	       grant_may_answer(s, job, &q);
}

int
command_grant_list(struct server *s, struct job *job)
{
	static struct store_grant g[GRANTS_A_PAGE];
	json_t *list = json_array();
	uint64_t after = job->command.number;
	size_t n = 0;
	int e;

	/* who may see few of many still gets a whole page, if there is one */
	do {
		e = store_grant_list(s->store, after, job->command.newest_first, NULL, 0, g,
		    GRANTS_A_PAGE, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = g[i].number;
			if (may_see(s, job, &g[i]))
				(void)json_array_append_new(list, grant_json(&g[i]));
		}
	} while (e == SKS_OK && n == GRANTS_A_PAGE && json_array_size(list) == 0);
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	job->command_reply.next = n == GRANTS_A_PAGE ? after : 0;
	return command_json(job, list);
}

int
command_grant_show(struct server *s, struct job *job)
{
	static struct store_grant g;
	uint64_t number = 0;
	json_t *out;
	char kind = 0;
	int e = SKS_NOT_FOUND;

	if (request_read_id(job->command.name, &kind, &number) && kind == 'R')
		e = store_grant_get(s->store, number, &g);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_NOT_FOUND || !may_see(s, job, &g)) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such grant. `sekisho grant list` shows what is in force."));
		return SKS_OK;
	}
	out = grant_json(&g);
	(void)json_object_set_new(out, "approvals", approvals_json(s, number));
	(void)put_terms(s, number, out);
	return command_json(job, out);
}

json_t *
grant_names_json(const struct strings *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++)
		(void)json_array_append_new(list, json_string(names->item[i]));
	return list;
}

json_t *
grant_approve_json(const struct approval_set *set, size_t sets)
{
	json_t *ways = json_array();

	for (size_t i = 0; i < sets; i++) {
		json_t *all = json_array();

		for (size_t j = 0; j < set[i].count; j++)
			(void)json_array_append_new(
			    all, json_pack("{s:I,s:o}", "need", (json_int_t)set[i].item[j].need,
				     "from", grant_names_json(&set[i].item[j].from)));
		(void)json_array_append_new(ways, all);
	}
	return ways;
}

int
command_role_list(struct server *s, struct job *job)
{
	const char *groups = job->groups_known ? job->groups : NULL;
	json_t *list;

	if (job->command.newest_first)
		return role_list_dormant(s, job);
	list = json_array();
	for (size_t i = 0; i < s->policy->role_count; i++) {
		const struct role *role = &s->policy->role[i];
		int64_t until_ms = role_member_until(role, job->who, groups);
		bool member = clock_now().wall_ms < until_ms;
		bool approver = role_may_approve(role, job->who, groups);
		bool reviewer = role_may_review(s->policy, role, job->who, groups);
		struct members_review review;
		int e;

		if (!member && !approver && !reviewer && job->peer.uid != 0)
			continue;
		if ((e = members_review(s, role, &review)) != SKS_OK) {
			json_decref(list);
			return e;
		}
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:b,s:b,s:b,s:I,s:I,s:b,s:I,s:I,s:o,s:o,s:o,s:s,s:s}", "name",
			role->name, "member", member, "approver", approver, "reviewer", reviewer,
			"reviewed", (json_int_t)review.last.wall_ms, "review_due",
			(json_int_t)review.due_wall_ms, "overdue", (int)review.overdue, "until",
			(json_int_t)(until_ms == INT64_MAX ? 0 : until_ms), "max_duration",
			(json_int_t)role->max_duration_ms, "members", grant_names_json(&role->members),
			"approve", grant_approve_json(role->approve, role->approve_count), "commands", grant_names_json(&role->commands),
			"run_as", role->run_as, "root_equivalent",
			root_word(role)));
	}
	return command_json(job, list);
}
