/*
 * Contingency policies: shown, asked for, approved one by one. The policy says what is relaxed, by
 * whom and for how long; an activation is an entry of the register that several people approve.
 */
#include "command/contingency.h"
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/contingency.h"
#include "keeper/exceptions.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { WHY_SIZE = 128 };

static bool
may_activate(struct server *s, const struct job *job, const struct contingency *c)
{
	return approvals_name(c->activate, c->activate_count, job->who,
		   job->groups_known ? job->groups : NULL) ||
	       policy_is_administrator(s->policy, job->who, job->peer.uid);
}

void
contingency_after(struct server *s, struct job *job)
{
	(void)job;
	(void)exceptions_tick(s);
}

/* ---- asking ------------------------------------------------------------------------------ */

static void
say_refused(struct job *job, const char *name, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("The policy has no contingency policy \"%s\". `sekisho contingency list` shows "
		      "those that it has."),
		    name);
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say why, with --reason."));
	else if (d->reason == REASON_EXISTS)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That was asked for already. `sekisho pending` shows it."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
}

static int
keep(struct server *s, const struct contingency *c, const struct admin_request *r,
    struct store_exception *x)
{
	int e;

	*x = (struct store_exception){.for_ms = c->for_ms};
	(void)snprintf(x->kind, sizeof(x->kind), "%s", CONTINGENCY_KEY);
	(void)snprintf(x->key, sizeof(x->key), "%s", CONTINGENCY_KEY);
	(void)snprintf(x->rule, sizeof(x->rule), "%.255s", c->name);
	(void)snprintf(x->subject, sizeof(x->subject), "*");
	(void)snprintf(x->service, sizeof(x->service), "*");
	(void)snprintf(x->source, sizeof(x->source), "*");
	if ((e = exception_write(x, "applicant", exception_person(s, r->by))) != SKS_OK ||
	    (e = exception_write(x, "asked", json_pack("{s:s,s:I}", "why", r->text, "for",
						 (json_int_t)c->for_ms))) != SKS_OK ||
	    (e = exception_write(x, CONTINGENCY_KEY,
		 json_pack("{s:s,s:s}", "digest", c->digest, "policy", s->policy->digest))) !=
		SKS_OK)
		return e;
	return exceptions_add(
	    s, x, r->by, r->by_uid, policy_person(s->policy, r->by), r->text);
}

int
command_contingency_activate(struct server *s, struct job *job)
{
	static struct store_exception x;
	const struct contingency *c = policy_contingency(s->policy, job->command.name);
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		return e;
	r.name[0] = '\0'; /* of a device, in records */
	(void)snprintf(r.key, sizeof(r.key), "%s", CONTINGENCY_KEY);
	(void)text_clean(r.rule, sizeof(r.rule), job->command.name);
	(void)snprintf(r.subject, sizeof(r.subject), "*");
	(void)snprintf(r.scope_service, sizeof(r.scope_service), "*");
	(void)snprintf(r.scope_source, sizeof(r.scope_source), "*");
	f.found = c != NULL;
	f.redactor = c != NULL ? may_activate(s, job, c)
			       : policy_is_administrator(s->policy, job->who, job->peer.uid);
	if (c != NULL) {
		r.for_ms = c->for_ms;
		e = contingency_entry(s, c->name, false, &x);
		f.exists = e == SKS_OK;
		if (e != SKS_OK && e != SKS_NOT_FOUND)
			return e;
	}
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		e = keep(s, c, &r, &x);
		if (e == SKS_FULL)
			command_say(job, STATUS_REFUSED, "%s",
			    _("The register of exceptions is full, or too many applications of yours wait "
		      "in it: `sekisho exception list`."));
		if (e != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		(void)snprintf(r.request, sizeof(r.request), "E-%llu",
		    (unsigned long long)x.number);
	}
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_refused(job, r.rule, &d);
		return SKS_OK;
	}
	command_say(job, STATUS_DONE,
	    _("%s asks for the contingency policy \"%s\". It goes into force when enough others have "
	      "said: sekisho contingency approve %s --reason WHY"),
	    r.request, c->name, r.request);
	return command_json(job, json_pack("{s:s}", "id", r.request));
}

/* ---- the answers ------------------------------------------------------------------------- */

/* Of the groups that somebody is in those that are named as approvers: no others count. */
static void
take_groups(const struct contingency *c, const char *groups, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	while (groups != NULL && *groups != '\0') {
		size_t len = strcspn(groups, ",");
		char one[NAME_SIZE];

		if (len < sizeof(one) && used + len + 2 < size) {
			memcpy(one, groups, len);
			one[len] = '\0';
			if (approvals_name(c->activate, c->activate_count, "", one))
				used += (size_t)snprintf(
				    out + used, size - used, "%s%s", used > 0 ? "," : "", one);
		}
		groups += len + (groups[len] == ',');
	}
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

/* Those that were given, and the one that this peer would give. */
static int
look_at_approvals(struct server *s, const struct job *job, const struct contingency *c,
    const json_t *list, struct admin_facts *f)
{
	struct role_approval given[GRANT_APPROVALS_MAX + 1];
	const char *person = policy_person(s->policy, job->who);
	const json_t *one;
	size_t i, n = 0;
	int e = SKS_OK;

	json_array_foreach(list, i, one)
	{
		bool suspended = false;

		if (n == GRANT_APPROVALS_MAX || e != SKS_OK)
			break;
		/* as of roles: nobody's word any more */
		e = store_is_suspended(s->store, text_of(one, "account"), &suspended);
		if (!suspended)
			given[n++] = (struct role_approval){text_of(one, "account"),
			    text_of(one, "person"), text_of(one, "groups")};
		f->exists |= strcmp(text_of(one, "person"), person) == 0 ||
			     strcmp(policy_person(s->policy, text_of(one, "account")), person) == 0;
	}
	given[n++] = (struct role_approval){
	    job->who, person, job->groups_known ? job->groups : NULL};
	f->enough = approvals_are_enough(c->activate, c->activate_count, given, n);
	return e;
}

int
contingency_facts(struct server *s, struct job *job, const struct store_exception *x,
    struct admin_request *r, struct admin_facts *f)
{
	const struct contingency *c = contingency_of(s, x);
	json_t *paper = json_loads(x->paper, 0, NULL);
	int e = SKS_OK;

	r->for_ms = x->for_ms;
	r->waived = false;
	f->found = c != NULL && !contingency_is_late(s, x);
	if (f->found)
		e = look_at_approvals(s, job, c, json_object_get(paper, "approvals"), f);
	json_decref(paper);
	return e;
}

/* Who approved, of which groups, and why, beside the others. */
static int
write_approval(struct server *s, const struct job *job, const struct contingency *c,
    const struct admin_request *r, struct store_exception *x)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	json_t *list = json_copy(json_object_get(paper, "approvals"));
	json_t *one = exception_person(s, r->by);
	char groups[1024], why[WHY_SIZE];

	(void)text_clean(why, sizeof(why), r->text);
	take_groups(c, job->groups_known ? job->groups : NULL, groups, sizeof(groups));
	(void)json_object_set_new(one, "person", json_string(policy_person(s->policy, r->by)));
	(void)json_object_set_new(one, "groups", json_string(groups));
	(void)json_object_set_new(one, "why", json_string(why));
	if (list == NULL)
		list = json_array();
	(void)json_array_append_new(list, one);
	json_decref(paper);
	return exception_write(x, "approvals", list);
}

static int
begin(struct server *s, const struct store_request *q, const struct admin_request *r,
    struct store_exception *x)
{
	static struct store_exception before;
	int e = contingency_entry(s, x->rule, true, &before);

	if (e == SKS_OK) /* a new activation takes the place of the one before */
		e = exceptions_end_recorded(s, &before, "renewed");
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	x->judged = EXCEPTION_GRANTED;
	if ((e = exception_write(x, "judge", exception_person(s, r->by))) != SKS_OK ||
	    (e = exception_write(x, "granted", json_pack("{s:s,s:I}", "why", r->text, "for",
						   (json_int_t)x->for_ms))) != SKS_OK ||
	    (e = store_exception_update(s->store, x)) != SKS_OK ||
	    (e = store_request_end(s->store, q, REQUEST_APPROVED, r->by)) != SKS_OK)
		return e;
	return store_exception_start(s->store, x->number);
}

int
contingency_approved(struct server *s, struct job *job, const struct store_request *q,
    struct store_exception *x, const struct admin_request *r, const struct admin_facts *f)
{
	const struct contingency *c = contingency_of(s, x);
	int e;

	if (c == NULL)
		return SKS_INTERNAL;
	if ((e = write_approval(s, job, c, r, x)) != SKS_OK)
		return e;
	if (!f->enough) {
		command_say(job, STATUS_DONE,
		    _("Your approval of %s is recorded. It needs further ones before the contingency "
		      "policy \"%s\" goes into force."),
		    r->request, x->rule);
		return store_exception_update(s->store, x);
	}
	if ((e = begin(s, q, r, x)) != SKS_OK)
		return e;
	job->after_commit = contingency_after;
	command_say(job, STATUS_DONE,
	    _("%s: the contingency policy \"%s\" is in force for %lld minutes, and ends by itself. "
	      "`sekisho contingency end %s` ends it earlier."),
	    r->request, x->rule, (long long)(x->for_ms / 60000), x->rule);
	return SKS_OK;
}

/* ---- showing ----------------------------------------------------------------------------- */

static int
put_entry(struct server *s, const char *name, bool active, json_t *o)
{
	static struct store_exception x;
	char id[REQUEST_ID_SIZE];
	json_t *paper;
	int e = contingency_entry(s, name, active, &x);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	(void)snprintf(id, sizeof(id), "E-%llu", (unsigned long long)x.number);
	paper = json_loads(x.paper, 0, NULL);
	(void)json_object_set_new(o, active ? "active" : "asked",
	    json_pack("{s:s,s:I,s:i}", "id", id, "until", (json_int_t)x.until_wall_ms, "approvals",
		(int)json_array_size(json_object_get(paper, "approvals"))));
	json_decref(paper);
	return SKS_OK;
}

static int
describe(struct server *s, const struct contingency *c, json_t *sealed, bool all, json_t *list)
{
	json_t *o = json_pack("{s:s,s:s,s:s,s:I,s:o,s:o,s:o,s:o}", "name", c->name, "text",
	    c->text != NULL ? c->text : "", "digest", c->digest, "for", (json_int_t)c->for_ms,
	    "approvers", grant_approve_json(c->activate, c->activate_count), "lower",
	    grant_names_json(&c->lower), "roles", grant_names_json(&c->roles), "approve",
	    grant_approve_json(c->approve, c->approve_count));
	int e = o == NULL ? SKS_NOMEM : put_entry(s, c->name, true, o);

	if (e == SKS_OK && all)
		e = put_entry(s, c->name, false, o);
	if (e == SKS_OK && json_object_get(sealed, c->name) != NULL)
		(void)json_object_set(o, "sealed", json_object_get(sealed, c->name));
	if (e == SKS_OK && (all || json_object_get(o, "active") != NULL))
		return json_array_append_new(list, o) == 0 ? SKS_OK : SKS_NOMEM;
	json_decref(o);
	return e;
}

int
command_contingency_list(struct server *s, struct job *job)
{
	json_t *sealed = contingency_sealed(s), *list = json_array();
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < s->policy->contingency_count; i++) {
		const struct contingency *c = &s->policy->contingency[i];

		e = describe(s, c, sealed, job->peer.uid == 0 || may_activate(s, job, c), list);
	}
	json_decref(sealed);
	if (e == SKS_OK)
		return command_json(job, list);
	json_decref(list);
	return e;
}
