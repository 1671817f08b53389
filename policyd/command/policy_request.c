/*
 * A policy that waits for another person: with "change = two-person" root only asks, and applies
 * what was approved. P: the request; the approval is for one step, from the policy then in force.
 */
#include "command/policy_request.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <string.h>

bool
policy_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	(void)q;
	return policy_may_approve(s->policy, &s->policy->change_approvers, job->who,
	    job->peer.uid, job->groups_known ? job->groups : NULL);
}

/* ---- asking -------------------------------------------------------------------------------- */

int
policy_request_facts(struct server *s, struct job *job, const char *to,
    struct store_request *q, struct admin_facts *f)
{
	uint64_t number = 0;
	int e;

	*q = (struct store_request){.kind = 'P', .by_uid = job->peer.login_uid};
	f->must_approve =
	    s->policy->change == CHANGE_TWO_PERSON && strcmp(s->policy->digest, to) != 0;
	if (!f->must_approve)
		return SKS_OK;
	e = store_policy_request_find(s->store, s->policy->digest, to, &number);
	if (e == SKS_OK && (e = store_request_get(s->store, 'P', number, q)) == SKS_OK) {
		f->open = q->state == REQUEST_APPROVED &&
			  f->wall_ms - q->ended_wall_ms < REQUEST_LIFE_MS;
		f->exists = q->state == REQUEST_OPEN &&
			    f->wall_ms - q->made_wall_ms < REQUEST_LIFE_MS;
	}
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (f->open || f->exists)
		return SKS_OK;
	return request_identify_behind_root(s, job, f, q->by, q->person);
}

int
policy_request_keep(struct server *s, struct job *job, const char *to, const void *bundle,
    size_t len, struct store_request *q)
{
	int e;

	(void)snprintf(q->why, sizeof(q->why), "%.255s", job->command.text);
	q->state = REQUEST_OPEN;
	if ((e = request_add(s, q)) != SKS_OK)
		return e;
	return store_policy_request_add(s->store, q->number, s->policy->digest, to, bundle, len);
}

/* ---- the answer ---------------------------------------------------------------------------- */

int
policy_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	char from[POLICY_DIGEST_SIZE], to[POLICY_DIGEST_SIZE];
	int e = store_policy_request_get(s->store, q->number, from, to);

	(void)job;
	(void)r;
	/* another policy came in between: what was shown is not what would change */
	f->found = e == SKS_OK && strcmp(from, s->policy->digest) == 0;
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

int
policy_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, r->by);

	(void)f;
	if (e == SKS_OK)
		command_say(job, STATUS_DONE,
		    _("%s is approved. It is not in force yet: root applies it within seven days, "
		      "with `sekisho policy apply`."),
		    r->request);
	return e;
}

int
policy_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	(void)s;
	(void)q;
	command_say(job, STATUS_DONE,
	    withdrawn ? _("Request %s is withdrawn.") : _("Request %s is declined."), r->request);
	return SKS_OK;
}

int
policy_describe(struct server *s, const struct store_request *q, json_t *out)
{
	char from[POLICY_DIGEST_SIZE], to[POLICY_DIGEST_SIZE];
	int e = store_policy_request_get(s->store, q->number, from, to);

	if (e == SKS_OK)
		(void)json_object_set_new(out, "digest", json_string(to));
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

/* ---- what would change --------------------------------------------------------------------- */

int
command_policy_waiting(struct server *s, struct job *job)
{
	char from[POLICY_DIGEST_SIZE] = "", to[POLICY_DIGEST_SIZE] = "", kind = 0;
	struct store_request q = {.kind = 'P'};
	uint64_t number = 0;
	int e = SKS_NOT_FOUND;

	if (request_read_id(job->command.name, &kind, &number) && kind == 'P' &&
	    (e = store_request_get(s->store, 'P', number, &q)) == SKS_OK)
		e = store_policy_request_get(s->store, number, from, to);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_NOT_FOUND ||
	    (job->peer.uid != 0 && strcmp(q.by, job->who) != 0 && !policy_may_answer(s, job, &q))) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such request. `sekisho pending` shows what waits."));
		return SKS_OK;
	}
	return store_policy_bundle(
	    s->store, job->command.newest_first ? to : from, &job->reply_payload);
}
