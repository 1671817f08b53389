/* The register of exceptions: asked for, judged, ended, reported (PRIV-8). */
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

struct acting {
	struct server *server;
	const char *account;
};

static void
put_acting(struct record *r, void *context)
{
	const struct acting *a = context;

	exception_put_person(r, a->server, a->account);
}

static json_t *
terms(const struct admin_request *r, int64_t for_ms)
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

/* ---- asking -------------------------------------------------------------------------------- */

static void
take_terms(const struct command *c, struct admin_request *r)
{
	(void)text_clean(r->clause, sizeof(r->clause), c->clause);
	(void)text_clean(r->measure, sizeof(r->measure), c->measure);
	(void)text_clean(r->report, sizeof(r->report), c->how);
	r->waived = c->waived;
	r->for_ms = c->for_ms;
}

static void
take_scope(const struct command *c, struct admin_request *r)
{
	(void)text_clean(r->rule, sizeof(r->rule), c->name);
	(void)text_clean(r->key, sizeof(r->key), c->key);
	(void)text_clean(r->subject, sizeof(r->subject), c->subject);
	(void)text_clean(r->scope_service, sizeof(r->scope_service),
	    c->service[0] != '\0' ? c->service : "*");
	(void)snprintf(r->scope_source, sizeof(r->scope_source), "%.63s",
	    c->source[0] != '\0' ? c->source : "*");
	r->emergency = c->emergency;
	r->name[0] = '\0'; /* of a device, in records */
}

static void
say_request_refused(struct server *s, struct job *job, const struct admin_request *r,
    const struct decision *d)
{
	switch (d->reason) {
	case REASON_NOT_FOUND:
		command_say(job, STATUS_REFUSED,
		    _("The policy has no rule \"%s\". `sekisho explain` names the rules of a case."),
		    r->rule);
		break;
	case REASON_NOT_LOWERABLE:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Only what a rule requires can be lowered, \"require\", \"within\", "
		      "\"device\" or \"attribute\": no exception is made from a refusal, or from "
		      "the second factor of remote administration."));
		break;
	case REASON_NOT_PERMITTED:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Only an administrator uses an exception before it is approved."));
		break;
	case REASON_TOO_LONG:
		command_say(job, STATUS_REFUSED,
		    _("An exception is for at most %lld hours here."),
		    (long long)((r->emergency ? s->policy->emergency_max_ms
					      : s->policy->exception_max_ms) /
				3600000));
		break;
	case REASON_INVALID_VALUE:
		command_say(job, STATUS_REFUSED, "%s",
		    _("An application says all of: --subject, --clause, --for, "
		      "--measure, --report and --reason."));
		break;
	case REASON_PROOF_NEEDED:
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
		break;
	default:
		break;
	}
}

static int
keep_application(struct server *s, struct job *job, const struct admin_request *r,
    struct store_exception *x)
{
	const char *person = policy_person(s->policy, r->by);
	int e;

	*x = (struct store_exception){.emergency = r->emergency, .for_ms = r->for_ms};
	(void)snprintf(x->kind, sizeof(x->kind), "asked");
	(void)snprintf(x->rule, sizeof(x->rule), "%s", r->rule);
	(void)snprintf(x->key, sizeof(x->key), "%s", r->key);
	(void)snprintf(x->subject, sizeof(x->subject), "%s", r->subject);
	(void)snprintf(x->service, sizeof(x->service), "%s", r->scope_service);
	(void)snprintf(x->source, sizeof(x->source), "%s", r->scope_source);
	if ((e = exception_write(x, "applicant", exception_person(s, r->by))) != SKS_OK ||
	    (e = exception_write(x, "asked", terms(r, r->for_ms))) != SKS_OK)
		return e;
	e = exceptions_add(s, x, r->by, r->by_uid, person, r->text);
	if (e == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("The register of exceptions is full, or too many applications of yours wait "
		      "in it: `sekisho exception list`."));
	if (e == SKS_OK && r->emergency)
		e = store_exception_start(s->store, x->number);
	return e;
}

int
command_exception_request(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	struct acting acting = {s, r.by};
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		return e;
	take_scope(&job->command, &r);
	take_terms(&job->command, &r);
	f.redactor = policy_is_administrator(s->policy, job->who, job->peer.uid);
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		if ((e = keep_application(s, job, &r, &x)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		(void)snprintf(r.request, sizeof(r.request), "E-%llu",
		    (unsigned long long)x.number);
	}
	if ((e = command_decide(s, job, &r, &f, put_acting, &acting, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_request_refused(s, job, &r, &d);
		return SKS_OK;
	}
	exceptions_note_subject(x.subject);
	if (r.emergency)
		command_say(job, STATUS_DONE,
		    _("%s is in force now, in an emergency and not approved: `sekisho approve %s`, "
		      "by others, afterwards."),
		    r.request, r.request);
	else
		command_say(job, STATUS_DONE,
		    _("%s waits for its judgement: `sekisho approve %s` or `sekisho deny %s`, by "
		      "others, with their reason."),
		    r.request, r.request, r.request);
	return command_json(job, json_pack("{s:s,s:b}", "id", r.request, "active", (int)r.emergency));
}

/* ---- the judgement ------------------------------------------------------------------------- */

static void
put_scope(const struct store_exception *x, struct admin_request *r)
{
	(void)snprintf(r->rule, sizeof(r->rule), "%.127s", x->rule);
	(void)snprintf(r->key, sizeof(r->key), "%s", x->key);
	(void)snprintf(r->subject, sizeof(r->subject), "%s", x->subject);
	(void)snprintf(r->scope_service, sizeof(r->scope_service), "%s", x->service);
	(void)snprintf(r->scope_source, sizeof(r->scope_source), "%s", x->source);
	r->emergency = x->emergency;
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
	put_scope(&x, r);
	take_terms(&job->command, r);
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
	    (e = exception_write(&x, "granted", terms(r, r->for_ms))) != SKS_OK)
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

/* ---- the end and its report ---------------------------------------------------------------- */

/* The entry that the command names, with its request; f->found says whether there is one. */
static int
find_entry(struct server *s, struct job *job, struct store_exception *x,
    struct store_request *q, struct admin_request *r, struct admin_facts *f)
{
	char kind = 0;
	int e = SKS_NOT_FOUND;

	r->name[0] = '\0';
	if (request_read_id(job->command.name, &kind, &q->number)) {
		if (kind == 'E')
			e = store_exception_get(s->store, q->number, x);
	} else if (s->policy->contingency_count > 0) { /* by its name */
		e = contingency_entry(s, job->command.name, true, x);
		q->number = x->number;
	}
	if (e == SKS_OK)
		e = store_request_get(s->store, 'E', q->number, q);
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = true;
	f->redactor = exception_may_answer(s, job, q);
	f->same_person = request_same_person(s, r->by, q);
	put_scope(x, r);
	request_id(q, r->request);
	return SKS_OK;
}

static void
say_end_refused(struct job *job, const struct store_exception *x, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such entry. `sekisho exception list` shows the register."));
	else if (d->reason == REASON_WRONG_STATE && x->state == EXCEPTION_ACTIVE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("It is in force because the policy says so: change it there."));
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("It is not in that state: over, or reported already."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say how it ended, with --text."));
}

int
command_exception_end(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct store_request q = {.kind = 'E'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	memset(&x, 0, sizeof(x));
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = find_entry(s, job, &x, &q, &r, &f)) != SKS_OK)
		return e;
	f.open = x.state == EXCEPTION_ACTIVE;
	f.for_ever = strcmp(x.kind, "break-glass") == 0 ||
		     (x.origin[0] != '\0' && strncmp(x.origin, "line:", 5) != 0);
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_end_refused(job, &x, &d);
		return SKS_OK;
	}
	if ((e = exceptions_end(s, &x, r.by, reason_words[d.reason])) != SKS_OK)
		return e;
	if (strcmp(x.kind, CONTINGENCY_KEY) == 0)
		job->after_commit = contingency_after;
	command_say(job, STATUS_DONE,
	    x.waived ? _("%s has ended.")
		     : _("%s has ended. Its end is to be reported: sekisho exception report %s"),
	    r.request, r.request);
	return SKS_OK;
}

int
command_exception_report(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct store_request q = {.kind = 'E'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	struct acting acting = {s, r.by};
	int e;

	memset(&x, 0, sizeof(x));
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK ||
	    (e = find_entry(s, job, &x, &q, &r, &f)) != SKS_OK)
		return e;
	f.open = x.report_due_ms != 0;
	if ((e = command_decide(s, job, &r, &f, put_acting, &acting, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_end_refused(job, &x, &d);
		return SKS_OK;
	}
	if ((e = exception_write(&x, "reporter", exception_person(s, r.by))) != SKS_OK ||
	    (e = exception_write(&x, "end", json_pack("{s:s}", "text", r.text))) != SKS_OK ||
	    (e = store_exception_reported(s->store, &x)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("The end of %s is reported."), r.request);
	return SKS_OK;
}
