/*
 * Bypasses: a one-time code for a person without their device. Who asks has made sure that it is
 * that person; another one approves, and is shown the code; it is good once, and not for long.
 */
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "factor/factor.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "keeper/exceptions.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

bool
bypass_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	(void)q;
	return policy_may_approve(s->policy, &s->policy->bypass_approvers, job->who,
	    job->peer.uid, job->groups_known ? job->groups : NULL);
}

/* ---- asking -------------------------------------------------------------------------------- */

static void
say_request_refused(struct server *s, struct job *job, const struct admin_request *r,
    const struct decision *d)
{
	switch (d->reason) {
	case REASON_NOT_FOUND:
		command_say(job, STATUS_REFUSED, _("There is no account \"%s\" on this host."),
		    r->subject);
		break;
	case REASON_NOT_LOWERABLE:
		command_say(job, STATUS_REFUSED, "%s",
		    _("A bypass is for a person's own account only."));
		break;
	case REASON_SAME_PERSON:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Nobody asks for a bypass of their own. Somebody else makes sure that it is "
		      "you, and asks."));
		break;
	case REASON_INVALID_VALUE:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why, who made sure that it is that person, and how: --reason, "
		      "--verified-by, --how."));
		break;
	case REASON_TOO_LONG:
		command_say(job, STATUS_REFUSED, _("A bypass is good for at most %lld minutes here."),
		    (long long)(s->policy->bypass_max_ms / 60000));
		break;
	case REASON_EXISTS:
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is a bypass for that account already, or it was asked for. `sekisho "
		      "pending` shows it."));
		break;
	case REASON_PROOF_NEEDED:
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
		break;
	case REASON_NOT_PERMITTED:
		command_say(job, STATUS_REFUSED, "%s",
		    _("Only who administers this host, or may approve a bypass, may ask for one: have one "
		      "of them make sure who it is, and ask."));
		break;
	default:
		break;
	}
}

/* Is one waiting or unused for this account? */
static int
has_one(struct server *s, const struct admin_request *r, bool *has)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	static struct store_bypass b;
	uint64_t number = 0;
	int64_t at_ms = 0;
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	if (e == SKS_OK && store_bypass_last(s->store, r->subject, r->subject_uid, &number, &at_ms) ==
			       SKS_OK &&
	    store_bypass_get(s->store, number, &b) == SKS_OK)
		*has |= b.state == BYPASS_ISSUED && b.left_ms > 0;
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (q[i].kind == 'B' && store_bypass_get(s->store, q[i].number, &b) == SKS_OK)
			*has |= strcmp(b.user, r->subject) == 0 && b.uid == r->subject_uid;
	}
	return e;
}

static int
keep_request(struct server *s, struct job *job, const struct admin_request *r,
    struct store_request *q)
{
	struct store_bypass b = {.uid = r->subject_uid, .for_ms = r->for_ms};
	int e = request_add(s, q);

	if (e == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many requests wait already. `sekisho pending` shows them."));
	if (e != SKS_OK)
		return e;
	b.number = q->number;
	(void)snprintf(b.user, sizeof(b.user), "%.255s", r->subject);
	(void)snprintf(b.verified_by, sizeof(b.verified_by), "%s", r->verified_by);
	(void)snprintf(b.verified_how, sizeof(b.verified_how), "%s", r->verified_how);
	return store_bypass_ask(s->store, &b);
}

int
command_bypass_request(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	struct store_request q = {.kind = 'B'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		return e;
	(void)text_clean(r.subject, sizeof(r.subject), c->subject);
	(void)text_clean(r.verified_by, sizeof(r.verified_by), c->verified_by);
	(void)text_clean(r.verified_how, sizeof(r.verified_how), c->verified_how);
	/* Whose uid it really is shows when the code is used: under another one it opens nothing. */
	f.found = c->number != 0 && c->number < NO_UID;
	r.subject_uid = f.found ? (uint32_t)c->number : NO_UID;
	r.for_ms = c->for_ms != 0 ? c->for_ms : s->policy->bypass_max_ms;
	r.name[0] = '\0';
	f.redactor = bypass_may_answer(s, job, &q) ||
		     policy_is_administrator(s->policy, job->who, job->peer.uid);
	f.same_person = strcmp(policy_person(s->policy, r.subject),
			    policy_person(s->policy, r.by)) == 0;
	if ((e = has_one(s, &r, &f.exists)) != SKS_OK)
		return e;
	(void)snprintf(q.by, sizeof(q.by), "%s", r.by);
	(void)snprintf(q.person, sizeof(q.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(q.why, sizeof(q.why), "%s", r.text);
	q.by_uid = r.by_uid;
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		if ((e = keep_request(s, job, &r, &q)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_request_refused(s, job, &r, &d);
		return SKS_OK;
	}
	command_say(job, STATUS_DONE,
	    _("%s waits for another person: `sekisho approve %s`. Who approves is shown the code, "
	      "and gives it to %s."),
	    r.request, r.request, r.subject);
	return command_json(job, json_pack("{s:s}", "id", r.request));
}

/* ---- the answer ---------------------------------------------------------------------------- */

int
bypass_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	static struct store_bypass b;
	int e = store_bypass_get(s->store, q->number, &b);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = true;
	(void)snprintf(r->subject, sizeof(r->subject), "%s", b.user);
	r->subject_uid = b.uid;
	r->for_ms = b.for_ms;
	(void)snprintf(r->verified_by, sizeof(r->verified_by), "%s", b.verified_by);
	(void)snprintf(r->verified_how, sizeof(r->verified_how), "%s", b.verified_how);
	/* nobody approves their own way in */
	f->same_person = strcmp(policy_person(s->policy, b.user),
			     policy_person(s->policy, job->who)) == 0;
	return SKS_OK;
}

/* The register is made again from the log alone: which entry the bypass is. */
static int
record_entry(struct server *s, const struct store_request *q, const struct admin_request *r,
    const struct store_exception *x)
{
	char id[REQUEST_ID_SIZE];
	struct record record;

	(void)snprintf(id, sizeof(id), "E-%llu", (unsigned long long)x->number);
	keeper_record(s, &record, ACTION_EXCEPTION_ANSWER, OUTCOME_SUCCESS, reason_words[REASON_OK]);
	record_put_str(&record, "sekisho.request", id);
	record_put_str(&record, "sekisho.exception.kind", x->kind);
	record_put_str(&record, "sekisho.exception.subject", x->subject);
	record_put_str(&record, "sekisho.exception.bypass", r->request);
	record_put_str(&record, "sekisho.request.by", q->by);
	record_put_str(&record, "sekisho.request.person", q->person);
	record_put_str(&record, "user.effective.name", r->by);
	exception_put_person(&record, s, r->by);
	record_put_int(&record, "sekisho.role.duration", x->for_ms);
	record_put_str(&record, "message", q->why);
	return keeper_append(s, &record);
}

/* Its entry in the register: granted already, by who approves the bypass. */
static int
enter(struct server *s, const struct store_request *q, const struct admin_request *r,
    struct store_exception *x)
{
	json_t *granted = json_pack("{s:s,s:s,s:s}", "why", q->why, "verified_by",
	    r->verified_by, "verified_how", r->verified_how);
	struct store_request entry = {.kind = 'E'};
	int e;

	*x = (struct store_exception){
	    .judged = EXCEPTION_GRANTED, .for_ms = r->for_ms, .waived = true};
	(void)snprintf(x->kind, sizeof(x->kind), "bypass");
	(void)snprintf(x->key, sizeof(x->key), "bypass");
	(void)snprintf(x->subject, sizeof(x->subject), "%s", r->subject);
	(void)snprintf(x->service, sizeof(x->service), "*");
	(void)snprintf(x->source, sizeof(x->source), "*");
	if ((e = exception_write(x, "granted", granted)) != SKS_OK ||
	    (e = exception_write(x, "applicant", exception_person(s, q->by))) != SKS_OK ||
	    (e = exception_write(x, "judge", exception_person(s, r->by))) != SKS_OK ||
	    (e = exceptions_add(s, x, q->by, q->by_uid, q->person, q->why)) != SKS_OK)
		return e;
	entry.number = x->number;
	if ((e = store_request_end(s->store, &entry, REQUEST_APPROVED, r->by)) != SKS_OK ||
	    (e = store_exception_start(s->store, x->number)) != SKS_OK)
		return e;
	return record_entry(s, q, r, x);
}

int
bypass_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	static struct store_exception x;
	uint8_t hash[RECOVERY_HASH_SIZE];
	struct secret code = SECRET_INIT;
	int e;

	(void)f;
	if ((e = enter(s, q, r, &x)) != SKS_OK ||
	    (e = factor_code_make(s->seal, r->subject, r->subject_uid, &code, hash)) != SKS_OK ||
	    (e = store_bypass_issue(s->store, q->number, x.number, hash)) != SKS_OK ||
	    (e = store_request_end(s->store, q, REQUEST_APPROVED, r->by)) != SKS_OK)
		goto out;
	command_say(job, STATUS_DONE,
	    _("%s is approved (E-%llu in the register). Give this code to %s and to nobody else: "
	      "it works once, within %lld minutes."),
	    r->request, (unsigned long long)x.number, r->subject,
	    (long long)(r->for_ms / 60000));
	e = command_json(job, json_pack("{s:s,s:s}", "id", r->request, "code",
				  (const char *)code.bytes));
out:
	secret_clear(&code);
	return e;
}

int
bypass_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	int e = store_bypass_end(s->store, q->number);

	if (e == SKS_OK)
		command_say(job, STATUS_DONE,
		    withdrawn ? _("Request %s is withdrawn.") : _("Request %s is declined."),
		    r->request);
	return e;
}

int
bypass_describe(struct server *s, const struct store_request *q, json_t *out)
{
	static struct store_bypass b;
	int e = store_bypass_get(s->store, q->number, &b);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	(void)json_object_set_new(out, "user", json_string(b.user));
	(void)json_object_set_new(out, "for", json_integer((json_int_t)b.for_ms));
	(void)json_object_set_new(out, "verified_by", json_string(b.verified_by));
	(void)json_object_set_new(out, "verified_how", json_string(b.verified_how));
	return SKS_OK;
}
