/*
 * The members of a role, reviewed: who is one, why, since when, what they used it for, and the
 * signature of somebody who is none. Who is taken out does not count from then on, whatever the
 * policy says, until it names them anew or a later review leaves them in.
 */
#include "command/members.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/grants.h"
#include "keeper/members.h"
#include "keeper/retention.h"
#include "people.h"
#include "store/members.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the warden said of groups leaves the reply. */
static int
take_members(struct server *s, struct job *job, const struct role *role, struct members *m)
{
	int e = members_of(s->policy, role, job->members_known ? &job->reply_payload : NULL, m);

	buf_reset(&job->reply_payload);
	return e;
}

/* Groups that nobody could look into leave the list short. */
static bool
list_is_whole(const struct job *job)
{
	return !job->members_asked || job->members_known;
}

/* ---- what is known of each --------------------------------------------------------------- */

static int
use_compare(const void *account, const void *use)
{
	return strcmp(account, ((const struct store_use *)use)->account);
}

static int
put_owed(struct server *s, const struct role *role, const char *account, json_t *one)
{
	const char *person = policy_person(s->policy, account);
	char attributes[sizeof(((struct admin_facts *)0)->attributes)];
	json_t *owed = json_array();
	int64_t date_ms = 0;
	uint32_t reports = 0;
	int e;

	if ((e = store_role_owed(s->store, role->name, account, &reports)) != SKS_OK ||
	    (e = people_attributes(s, person, attributes, sizeof(attributes))) != SKS_OK ||
	    (e = retention_date(s, clock_now(), &date_ms)) != SKS_OK) {
		json_decref(owed);
		return e;
	}
	for (size_t i = 0; i < role->attributes.count; i++) {
		if (!policy_attribute_holds(
			s->policy, person, role->attributes.item[i], attributes, date_ms))
			(void)json_array_append_new(
			    owed, json_string(role->attributes.item[i]));
	}
	(void)json_object_set_new(one, "reports", json_integer(reports));
	(void)json_object_set_new(one, "missing", owed);
	return SKS_OK;
}

static int
put_member(struct server *s, const struct role *role, const struct member *m,
    const struct store_use *uses, size_t use_count, json_t *list)
{
	const struct store_use *use =
	    use_count == 0 ? NULL
			   : bsearch(m->account, uses, use_count, sizeof(*uses), use_compare);
	int64_t last_ms = use != NULL ? use->last_wall_ms : 0;
	/* by name or by the one group that they are listed for */
	int64_t until_ms = role_member_until(role, m->account, m->via[0] != '\0' ? m->via + 1 : NULL);
	struct store_member known;
	uint32_t standing;
	json_t *one;
	int e;

	/* of who is in a group nothing was known before */
	if ((e = store_member_note(s->store, role->name, m->account)) != SKS_OK ||
	    (e = store_member_get(s->store, role->name, m->account, &known)) != SKS_OK ||
	    (e = people_standing(s, role, m->account, &standing)) != SKS_OK)
		return e;
	one = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:s,s:I}", "account", m->account,
	    "person", policy_person(s->policy, m->account), "via", m->via, "since",
	    (json_int_t)known.since_wall_ms, "certified", (json_int_t)known.certified_wall_ms,
	    "last", (json_int_t)last_ms, "times", (json_int_t)(use != NULL ? use->times : 0),
	    "dormant",
	    (int)policy_is_dormant(
		s->policy, last_ms != 0 ? last_ms : known.since_wall_ms, clock_now().wall_ms),
	    "standing", standing_words[standing], "until",
	    (json_int_t)(until_ms == INT64_MAX ? 0 : until_ms));
	e = put_owed(s, role, m->account, one);
	(void)json_array_append_new(list, one);
	return e;
}

int
role_members_json(
    struct server *s, const struct role *role, const struct members *m, json_t *list)
{
	struct store_use *uses = calloc(MEMBERS_MAX, sizeof(*uses));
	size_t n = 0;
	int e = uses == NULL ? SKS_NOMEM
			     : store_role_uses(s->store, role->name, uses, MEMBERS_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < m->count; i++)
		e = put_member(s, role, &m->item[i], uses, n, list);
	free(uses);
	return e;
}

/* ---- shown ------------------------------------------------------------------------------- */

static int
refuse_to_show(struct job *job)
{
	command_say(job, STATUS_REFUSED, "%s",
	    _("The members of a role are for root and for those who review them: \"reviewers\" "
	      "of "
	      "the role, else the auditors."));
	return SKS_OK;
}

int
command_role_review(struct server *s, struct job *job)
{
	const struct role *role = policy_role(s->policy, job->command.name);
	const char *groups = job->groups_known ? job->groups : NULL;
	static struct members_review review;
	struct members m;
	json_t *list, *o;
	int e;

	if (role == NULL) {
		command_say(job, STATUS_REFUSED,
		    _("The policy has no role \"%s\". `sekisho role list` shows yours."),
		    job->command.name);
		return SKS_OK;
	}
	if ((e = take_members(s, job, role, &m)) != SKS_OK)
		return e;
	if (job->peer.uid != 0 && !role_may_review(s->policy, role, job->who, groups)) {
		members_clear(&m);
		return refuse_to_show(job);
	}
	list = json_array();
	if ((e = role_members_json(s, role, &m, list)) == SKS_OK)
		e = members_review(s, role, &review);
	o = json_pack("{s:s,s:s,s:I,s:s,s:s,s:I,s:b,s:b,s:b,s:o}", "role", role->name, "digest",
	    m.digest, "reviewed", (json_int_t)review.last.wall_ms, "reviewed_by",
	    review.last.by, "text", review.last.text, "due", (json_int_t)review.due_wall_ms,
	    "overdue", (int)review.overdue, "whole", (int)list_is_whole(job), "member",
	    (int)members_have_person(s->policy, &m, policy_person(s->policy, job->who)),
	    "members", list);
	members_clear(&m);
	if (e == SKS_OK)
		return command_json(job, o);
	json_decref(o);
	return e;
}

/* ---- signed off -------------------------------------------------------------------------- */

/* Is everybody in this list with commas a member? */
static bool
are_members(const struct members *m, const char *names)
{
	char text[sizeof(((struct admin_request *)0)->taken_out)], *rest = NULL;

	(void)snprintf(text, sizeof(text), "%s", names);
	for (char *name = strtok_r(text, ",", &rest); name != NULL;
	     name = strtok_r(NULL, ",", &rest)) {
		if (members_find(m, name) == NULL)
			return false;
	}
	return true;
}

static int
certify_all(struct server *s, const struct role *role, const struct members *m,
    const struct admin_request *r)
{
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < m->count; i++) {
		const char *account = m->item[i].account;
		bool out = policy_names(r->taken_out, account);

		e = store_member_certify(s->store, role->name, account, r->by, !out);
		if (e == SKS_OK && out)
			e = grants_end_role(
			    s, role->name, account, r->by, reason_words[REASON_NOT_CERTIFIED]);
	}
	return e;
}

static void
say_review_refused(
    struct job *job, const struct admin_request *r, const struct decision *d, bool same)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("The policy has no role \"%s\". `sekisho role list` shows yours."),
		    r->role);
	else if (d->reason == REASON_NOT_PERMITTED)
		command_say(job, STATUS_REFUSED,
		    _("The members of \"%s\" are reviewed by those whom the policy names: "
		      "\"reviewers\" of the role, else the auditors."),
		    r->role);
	else if (d->reason == REASON_SAME_PERSON)
		command_say(job, STATUS_REFUSED,
		    _("You are a member of \"%s\" yourself, by one of your accounts. Somebody "
		      "else "
		      "reviews its members."),
		    r->role);
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say with --text what you looked at and what you came to."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
	else if (d->reason == REASON_WRONG_STATE && !same)
		command_say(job, STATUS_REFUSED,
		    _("The members are no longer those that you were shown, or not all of them "
		      "can "
		      "be found. Look again: sekisho role review %s"),
		    r->role);
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED,
		    _("Who is to be taken out has to be a member of \"%s\": %s"), r->role,
		    r->taken_out);
}

static void
put_review(struct record *record, void *context)
{
	const struct members *m = context;

	record_put_int(record, "sekisho.role.members.count", (int64_t)m->count);
}

static int
keep_review(struct server *s, struct job *job, const struct role *role, const struct members *m,
    const struct admin_request *r)
{
	struct store_review kept = {0};
	int e;

	(void)snprintf(kept.role, sizeof(kept.role), "%s", role->name);
	(void)snprintf(kept.by, sizeof(kept.by), "%s", r->by);
	(void)snprintf(kept.person, sizeof(kept.person), "%s", policy_person(s->policy, r->by));
	(void)snprintf(kept.policy, sizeof(kept.policy), "%s", s->policy->digest);
	(void)snprintf(kept.text, sizeof(kept.text), "%s", r->text);
	if ((e = store_review_add(s->store, &kept)) != SKS_OK ||
	    (e = certify_all(s, role, m, r)) != SKS_OK)
		return e;
	job->after_commit = grants_publish;
	if (r->taken_out[0] == '\0')
		command_say(job, STATUS_DONE,
		    ngettext("Signed off: %zu member of \"%s\".",
			"Signed off: %zu members of \"%s\".", m->count),
		    m->count, role->name);
	else
		command_say(job, STATUS_DONE,
		    _("Signed off: the members of \"%s\", without: %s. Their membership counts "
		      "no "
		      "more; root takes them out of the policy as well."),
		    role->name, r->taken_out);
	return SKS_OK;
}

int
command_role_certify(struct server *s, struct job *job)
{
	const struct role *role = policy_role(s->policy, job->command.name);
	struct members m = {0};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	bool same = false;
	int e;

	if (role != NULL && (e = take_members(s, job, role, &m)) != SKS_OK)
		return e;
	buf_reset(&job->reply_payload);
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		goto out;
	grant_put_now(job, &f);
	(void)snprintf(r.role, sizeof(r.role), "%.63s", r.name);
	r.name[0] = '\0'; /* of a device, in records */
	(void)text_clean(r.taken_out, sizeof(r.taken_out), job->command.measure);
	if (role != NULL) {
		(void)snprintf(r.members, sizeof(r.members), "%s", m.digest);
		same = list_is_whole(job) && strcmp(job->command.subject, m.digest) == 0;
		f.member = members_have_person(s->policy, &m, policy_person(s->policy, r.by));
		f.listed = same && are_members(&m, r.taken_out);
	}
	if ((e = command_decide(s, job, &r, &f, put_review, &m, &d)) != SKS_OK)
		goto out;
	if (d.verdict == VERDICT_ALLOW)
		e = keep_review(s, job, role, &m, &r);
	else
		say_review_refused(job, &r, &d, same);
out:
	members_clear(&m);
	return e;
}
