/* The register of exceptions: what is kept of an entry, and who judges it how (PRIV-8). */
#include "command/exception.h"
#include "command/contingency.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/contingency.h"
#include "keeper/exceptions.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

/* ---- who may ------------------------------------------------------------------------------- */

static bool
may_judge(struct server *s, const struct job *job)
{
	return policy_may_approve(s->policy, &s->policy->exception_approvers, job->who,
	    job->peer.uid, job->groups_known ? job->groups : NULL);
}

bool
exception_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	bool may = may_judge(s, job);

	(void)contingency_may_answer(
	    s, q, job->who, job->groups_known ? job->groups : NULL, &may);
	return may;
}

/* ---- the paper ----------------------------------------------------------------------------- */

/* Name, role, unit and contact, as far as the policy knows them. */
json_t *
exception_person(struct server *s, const char *account)
{
	const char *name = policy_person(s->policy, account), *role = "", *unit = "",
		   *contact = "";

	for (size_t i = 0; i < s->policy->person_count; i++) {
		const struct person *p = &s->policy->person[i];

		if (strcmp(p->name, name) == 0) {
			unit = p->unit != NULL ? p->unit : unit;
			contact = p->contact != NULL ? p->contact : contact;
		}
	}
	for (size_t i = 0; i < s->policy->officer_count; i++) {
		const struct officer *o = &s->policy->officer[i];

		if (strcmp(o->name, name) == 0) {
			role = o->role != NULL ? o->role : role;
			unit = o->unit != NULL ? o->unit : unit;
			contact = o->contact != NULL ? o->contact : contact;
		}
	}
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "account", account, "name", name, "role",
	    role, "unit", unit, "contact", contact, "at", (json_int_t)clock_now().wall_ms);
}

void
exception_put_person(struct record *r, struct server *s, const char *account)
{
	static const char *const parts[] = {"name", "role", "unit", "contact"};
	json_t *who = exception_person(s, account);
	char key[64];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *text = json_string_value(json_object_get(who, parts[i]));

		(void)snprintf(key, sizeof(key), "sekisho.actor.%s", parts[i]);
		if (text != NULL && text[0] != '\0')
			record_put_str(r, key, text);
	}
	json_decref(who);
}

void
exception_put_actor(struct record *r, void *context)
{
	const struct exception_actor *a = context;

	exception_put_person(r, a->server, a->account);
}

json_t *
exception_terms(const struct admin_request *r, int64_t for_ms)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:b}", "clause", r->clause, "measure", r->measure,
	    "report", r->report, "why", r->text, "for", (json_int_t)for_ms, "waived",
	    (int)r->waived);
}

/* Adds one more part to what is kept. SKS_TOO_BIG. */
int
exception_write(struct store_exception *x, const char *part, json_t *taken)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	char *text;
	int e = SKS_NOMEM;

	if (paper == NULL)
		paper = json_object();
	if (json_object_set_new(paper, part, taken) == 0 &&
	    (text = json_dumps(paper, JSON_COMPACT)) != NULL) {
		e = strlen(text) < sizeof(x->paper) ? SKS_OK : SKS_TOO_BIG;
		if (e == SKS_OK)
			(void)snprintf(x->paper, sizeof(x->paper), "%s", text);
		free(text);
	}
	json_decref(paper);
	return e;
}

/* ---- the judgement ------------------------------------------------------------------------- */

void
exception_scope(const struct store_exception *x, struct admin_request *r)
{
	(void)snprintf(r->rule, sizeof(r->rule), "%.127s", x->rule);
	(void)snprintf(r->key, sizeof(r->key), "%s", x->key);
	(void)snprintf(r->subject, sizeof(r->subject), "%s", x->subject);
	(void)snprintf(r->scope_service, sizeof(r->scope_service), "%s", x->service);
	(void)snprintf(r->scope_source, sizeof(r->scope_source), "%s", x->source);
	r->emergency = x->emergency;
}

void
exception_take_terms(const struct command *c, struct admin_request *r)
{
	(void)text_clean(r->clause, sizeof(r->clause), c->clause);
	(void)text_clean(r->measure, sizeof(r->measure), c->measure);
	(void)text_clean(r->report, sizeof(r->report), c->how);
	r->waived = c->waived;
	r->for_ms = c->for_ms;
}

/* Where the judge says nothing else it is granted as it was asked for. */
static void
fill_terms(const struct store_exception *x, struct admin_request *r)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	const json_t *asked = json_object_get(paper, "asked");
	const struct {
		char *to;
		size_t size;
		const char *key;
	} part[] = {{r->clause, sizeof(r->clause), "clause"},
	    {r->measure, sizeof(r->measure), "measure"}, {r->report, sizeof(r->report), "report"}};

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const char *text = json_string_value(json_object_get(asked, part[i].key));

		if (part[i].to[0] == '\0' && text != NULL)
			(void)snprintf(part[i].to, part[i].size, "%s", text);
	}
	if (r->for_ms == 0)
		r->for_ms = x->for_ms;
	json_decref(paper);
}

int
exception_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	static struct store_exception x;
	int e = store_exception_get(s->store, q->number, &x);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	/* a break-glass use is judged by its review, a bypass by its own request */
	f->found = strcmp(x.kind, "break-glass") != 0 && strcmp(x.kind, "bypass") != 0;
	exception_scope(&x, r);
	exception_take_terms(&job->command, r);
	fill_terms(&x, r);
	f->asked_ms = x.for_ms;
	if (strcmp(x.kind, CONTINGENCY_KEY) == 0)
		return contingency_facts(s, job, &x, r, f);
	/* nobody grants what is for themselves */
	f->same_person |= strcmp(policy_person(s->policy, x.subject),
			      policy_person(s->policy, job->who)) == 0;
	return SKS_OK;
}

int
exception_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	static struct store_exception x;
	int e;

	if ((e = store_exception_get(s->store, q->number, &x)) == SKS_OK &&
	    strcmp(x.kind, CONTINGENCY_KEY) == 0)
		return contingency_approved(s, job, q, &x, r, f);
	if (e != SKS_OK || (e = exception_write(&x, "judge", exception_person(s, r->by))) != SKS_OK ||
	    (e = exception_write(&x, "granted", exception_terms(r, r->for_ms))) != SKS_OK)
		return e;
	x.judged = EXCEPTION_GRANTED;
	x.for_ms = r->for_ms;
	x.waived |= r->waived;
	if ((e = store_exception_update(s->store, &x)) != SKS_OK ||
	    (e = store_request_end(s->store, q, REQUEST_APPROVED, r->by)) != SKS_OK)
		return e;
	if (x.state == EXCEPTION_ASKED &&
	    (e = store_exception_start(s->store, x.number)) != SKS_OK)
		return e;
	exceptions_note_subject(x.subject);
	command_say(job, STATUS_DONE,
	    x.state == EXCEPTION_ASKED ? _("%s is granted and in force from now on.")
				       : _("%s is approved."),
	    r->request);
	return SKS_OK;
}

int
exception_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	static struct store_exception x;
	int e = store_exception_get(s->store, q->number, &x);

	if (e != SKS_OK)
		return e;
	if (!withdrawn) {
		x.judged = EXCEPTION_REFUSED;
		if ((e = exception_write(&x, "judge", exception_person(s, r->by))) != SKS_OK ||
		    (e = exception_write(&x, "refused", json_pack("{s:s}", "why", r->text))) !=
			SKS_OK ||
		    (e = store_exception_update(s->store, &x)) != SKS_OK)
			return e;
	}
	if (x.state != EXCEPTION_OVER && x.origin[0] == '\0' &&
	    (e = exceptions_end(s, &x, r->by,
		 reason_words[withdrawn ? REASON_WITHDRAWN : REASON_DECLINED])) != SKS_OK)
		return e;
	if (x.state != EXCEPTION_OVER && x.origin[0] != '\0')
		command_say(job, STATUS_DONE,
		    _("%s is refused, which is recorded. It holds until the policy or the PAM file "
		      "that says so is changed."),
		    r->request);
	else
		command_say(job, STATUS_DONE,
		    withdrawn ? _("Request %s is withdrawn.") : _("Request %s is refused."),
		    r->request);
	return SKS_OK;
}
