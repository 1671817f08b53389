/* Applying for an exception: what is asked, whether it is refused and why, what is kept of it. */
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/exceptions.h"
#include "text.h"
#include <stdio.h>

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
	    (e = exception_write(x, "asked", exception_terms(r, r->for_ms))) != SKS_OK)
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
	struct exception_actor actor = {s, r.by};
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		return e;
	take_scope(&job->command, &r);
	exception_take_terms(&job->command, &r);
	f.redactor = policy_is_administrator(s->policy, job->who, job->peer.uid);
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		if ((e = keep_application(s, job, &r, &x)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		(void)snprintf(r.request, sizeof(r.request), "E-%llu",
		    (unsigned long long)x.number);
	}
	if ((e = command_decide(s, job, &r, &f, exception_put_actor, &actor, &d)) != SKS_OK)
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
