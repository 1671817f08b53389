/* What nobody uses: accounts that nobody logs in to, members who do not use their role. */
#include "command/members.h"
#include "error.h"
#include "people.h"
#include <string.h>

static int
first_record(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct record r;
	int e = record_header_decode(header, &r);

	(void)seq;
	if (e == SKS_OK)
		*(int64_t *)context = r.wall_ms;
	return e;
}

int
users_known_since(struct server *s, int64_t *wall_ms)
{
	return store_headers(s->store, 1, 1, first_record, wall_ms);
}

bool
user_is_dormant(
    const struct policy *p, const struct user_state *u, bool invited, int64_t since_wall_ms)
{
	enum account_class class = policy_account_class(p, u->user, u->uid);

	if ((class != CLASS_PERSON && class != CLASS_ADMIN) || u->suspended || invited)
		return false;
	return policy_is_dormant(p,
	    u->last_success_wall_ms != 0 ? u->last_success_wall_ms : since_wall_ms,
	    clock_now().wall_ms);
}

/* Of a list of members, those that are dormant. */
static void
keep_dormant(json_t *members)
{
	for (size_t i = json_array_size(members); i > 0; i--) {
		const json_t *one = json_array_get(members, i - 1);

		if (!json_is_true(json_object_get(one, "dormant")))
			(void)json_array_remove(members, i - 1);
	}
}

static int
put_role(struct server *s, const struct role *role, const struct buf *groups, json_t *list)
{
	json_t *members = json_array();
	struct members m;
	int e = members_of(s->policy, role, groups, &m);

	if (e == SKS_OK)
		e = role_members_json(s, role, &m, members);
	members_clear(&m);
	keep_dormant(members);
	if (e == SKS_OK && json_array_size(members) > 0)
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:O}", "role", role->name, "members", members));
	json_decref(members);
	return e;
}

int
role_list_dormant(struct server *s, struct job *job)
{
	const char *groups = job->groups_known ? job->groups : NULL;
	json_t *list = json_array();
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < s->policy->role_count; i++) {
		const struct role *role = &s->policy->role[i];

		if (job->peer.uid == 0 || role_may_review(s->policy, role, job->who, groups))
			e = put_role(
			    s, role, job->members_known ? &job->reply_payload : NULL, list);
	}
	buf_reset(&job->reply_payload);
	if (e == SKS_OK)
		return command_json(job, list);
	json_decref(list);
	return e;
}
