#include "replay/compare.h"

#include <stdlib.h>
#include <string.h>

const char *const replay_end_words[] = {"in", "asked", "tried", "refused", "unknown", NULL};
const char *const replay_missing_words[] = {
    "nothing", "groups", "device", "code", "lock", "person", "password", "policy", "host",
    NULL};

/* ---- what the person meets --------------------------------------------------------------- */

static bool
can_answer(const struct facts *f)
{
	return f->devices > 0 || f->recovery_codes > 0;
}

static bool
is_asking(uint32_t reason)
{
	return reason == REASON_NO_CODE || reason == REASON_MFA_REQUIRED ||
	       reason == REASON_MFA_STALE;
}

static bool
is_lock(uint32_t reason)
{
	return reason == REASON_LOCKED || reason == REASON_SOURCE_LOCKED;
}

/* In sudo without a terminal, and in what a scheduler starts, nobody can be asked. */
static bool
can_be_asked(const struct policy *p, const struct request *r)
{
	return r->phase != PHASE_ACCOUNT || (r->flags & PAM_FLAG_INTERACTIVE) ||
	       policy_service_class(p, r->service) != SERVICE_ELEVATION;
}

static uint32_t
kind_of(const struct policy *p, const struct recorded *r, bool allowed, uint32_t reason)
{
	if (!recorded_is_login(r))
		return allowed ? REPLAY_IN : REPLAY_REFUSED;
	if (allowed)
		return r->request.phase == PHASE_CHARGE ? REPLAY_TRIED : REPLAY_IN;
	return is_asking(reason) && can_answer(&r->facts) && can_be_asked(p, &r->request)
		   ? REPLAY_ASKED
		   : REPLAY_REFUSED;
}

static void
end_of_record(const struct policy *p, const struct recorded *r, struct replay_end *e)
{
	int reason = fields_value(reason_words, r->claim.reason);

	*e = (struct replay_end){.reason = reason >= 0 ? (uint32_t)reason : REASON_NONE,
	    .observed = r->claim.observed,
	    .rule = r->claim.rule};
	e->kind = kind_of(p, r, strcmp(r->claim.verdict, "allow") == 0, e->reason);
}

static void
end_of_decision(const struct policy *p, const struct recorded *r, const struct decision *d,
    struct replay_end *e)
{
	*e = (struct replay_end){.reason = d->reason,
	    .observed = d->observed,
	    .rule = d->rule != NULL ? d->rule : ""};
	e->kind = kind_of(p, r, d->verdict == VERDICT_ALLOW, d->reason);
	if (!recorded_is_login(r))
		return;
	if (r->request.phase == PHASE_NEED && d->verdict == VERDICT_ALLOW &&
	    d->need == PAM_NEED_CODE)
		e->kind = REPLAY_ASKED;
	if (e->kind == REPLAY_ASKED && e->reason != REASON_MFA_STALE)
		e->reason = REASON_MFA_REQUIRED;
}

static void
cannot_know(struct replay_end *e, enum replay_missing what)
{
	e->kind = REPLAY_UNKNOWN;
	e->missing = what;
}

/* ---- logins ------------------------------------------------------------------------------ */

static void
decide_under(const struct policy *p, const struct recorded *r, const struct request *q,
    const struct facts *f, struct replay_end *e)
{
	struct decision d;

	decide(p, q, f, &d);
	end_of_decision(p, r, &d, e);
	if (d.verdict == VERDICT_WAIT)
		cannot_know(e, REPLAY_LOCK);
}

/* The code was refused, or given for nothing: would there have been a question at all? */
static bool
is_asked(const struct policy *p, const struct recorded *r, struct decision *d)
{
	struct request q = r->request;

	q.has_code = false;
	q.flags &= ~(uint32_t)PAM_FLAG_PASSWORD_AS_CODE;
	decide(p, &q, &r->facts, d);
	return d->verdict != VERDICT_ALLOW;
}

static void
judge_code(const struct policy *was, const struct policy *would, const struct recorded *r,
    const struct replay_end *before, struct replay_end *e)
{
	const struct facts *f = &r->facts;
	struct decision d;

	if (before->kind == REPLAY_IN && e->kind == REPLAY_IN && was != NULL &&
	    f->code == CODE_MATCH && would->window_steps < was->window_steps &&
	    is_asked(would, r, &d)) {
		cannot_know(e, REPLAY_CODE);
		return;
	}
	if (e->kind != REPLAY_REFUSED)
		return;
	if (was == NULL) {
		cannot_know(e, REPLAY_POLICY);
	} else if (is_asked(was, r, &d) && !is_asked(would, r, &d)) {
		end_of_decision(would, r, &d, e);
	} else if (is_lock(before->reason)) {
		if (!is_lock(e->reason))
			*e = (struct replay_end){
			    .kind = REPLAY_TRIED, .reason = REASON_CHARGED, .rule = e->rule};
	} else if (f->code == CODE_WRONG && e->reason == REASON_WRONG_CODE &&
		   would->window_steps > was->window_steps) {
		cannot_know(e, REPLAY_CODE);
	}
}

static bool
is_same_policy(const struct policy *was, const struct policy *would)
{
	return was != NULL && strcmp(was->digest, would->digest) == 0;
}

static bool
locks_alike(const struct policy *a, const struct policy *b)
{
	return a->deny == b->deny && a->fail_interval_ms == b->fail_interval_ms &&
	       a->unlock_time_ms == b->unlock_time_ms && a->source_deny == b->source_deny;
}

/*
 * An attempt that was taken is no record of its own, and how old the lane was before it is not
 * known: whether it would have met a lock can only be suspected.
 */
static bool
may_be_locked(const struct policy *was, const struct policy *would, const struct recorded *r)
{
	struct request q = r->request;
	struct decision then, now;

	if (was == NULL || locks_alike(was, would) ||
	    (q.phase != PHASE_NEED && q.phase != PHASE_CODE))
		return false;
	q.phase = PHASE_CHARGE;
	decide(was, &q, &r->facts, &then);
	decide(would, &q, &r->facts, &now);
	return then.verdict == VERDICT_ALLOW && now.verdict != VERDICT_ALLOW;
}

/* Does this end rest on whose factor was looked at, and on what was found? */
static bool
rests_on_factor(const struct replay_end *e)
{
	switch (e->reason) {
	case REASON_OK:
	case REASON_FACTOR_FRESH:
	case REASON_WRONG_CODE:
	case REASON_REPLAYED_CODE:
	case REASON_CODE_BELOW_FLOOR:
	case REASON_SPENT_RECOVERY_CODE:
	case REASON_NO_CODE:
	case REASON_NO_DEVICE:
	case REASON_MFA_REQUIRED:
	case REASON_MFA_STALE:
		return true;
	default:
		return false;
	}
}

static bool
is_other_principal(const struct policy *would, const struct recorded *r)
{
	char name[NAME_SIZE];
	uint32_t uid;

	principal_choose(would, &r->request, name, &uid);
	return strcmp(name, r->facts.principal) != 0;
}

/* Who was stopped at the code and would not have been asked comes to the account phase, which
 * may refuse for reasons of its own. */
static void
go_on_to_account(const struct policy *would, const struct recorded *r, struct replay_end *e)
{
	static struct facts later;
	struct request q = r->request;

	if (!q.by_root)
		return;
	q.phase = PHASE_ACCOUNT;
	later = r->facts;
	later.txn = true;
	later.txn_first_factor = true;
	decide_under(would, r, &q, &later, e);
}

/*
 * Groups count as all of them where they could not be had, as they did then. Where nobody
 * wanted them, an end that is the same with none at all does not rest on them.
 */
static bool
rests_on_groups(const struct policy *was, const struct policy *would, const struct recorded *r,
    const struct replay_end *e)
{
	static struct facts none;
	struct replay_end other;

	if (r->facts.groups_known || !r->request.known || !policy_needs_groups(would) ||
	    (was != NULL && policy_needs_groups(was)))
		return false;
	none = r->facts;
	none.groups_known = true;
	none.groups[0] = '\0';
	decide_under(would, r, &r->request, &none, &other);
	return other.kind != e->kind;
}

/* Does the rule ask for what nobody wanted to know then? */
static bool
asks_unsaid(const struct rule *rule, const char *said)
{
	for (size_t i = 0; i < rule->host.count; i++)
		if (!policy_host_said(said, rule->host.item[i].name))
			return true;
	return false;
}

/* What is not known counts as met. An end that is the same where it is not does not rest on it. */
static bool
rests_on_host(const struct policy *would, const struct recorded *r, const struct replay_end *e)
{
	struct policy without = *would;
	struct replay_end other;
	bool any = false;

	if (!would->host_used)
		return false;
	without.rule = calloc(would->rule_count, sizeof(*without.rule));
	if (without.rule == NULL)
		return true; /* nothing is made up */
	memcpy(without.rule, would->rule, would->rule_count * sizeof(*without.rule));
	for (size_t i = 0; i < would->rule_count; i++) {
		if (asks_unsaid(&would->rule[i], r->facts.host))
			any = without.rule[i].idle = true;
	}
	other = *e;
	if (any)
		decide_under(&without, r, &r->request, &r->facts, &other);
	free(without.rule);
	return other.kind != e->kind;
}

static void
compare_login(const struct policy *was, const struct policy *would, const struct recorded *r,
    const struct replay_end *before, struct replay_end *e)
{
	const struct request *q = &r->request;

	if (q->phase == PHASE_PASSWORD && !is_same_policy(was, would)) {
		*e = (struct replay_end){.rule = ""};
		cannot_know(e, REPLAY_PASSWORD);
		return;
	}
	decide_under(would, r, q, &r->facts, e);
	if (e->kind == REPLAY_UNKNOWN)
		return;
	if (rests_on_groups(was, would, r, e)) {
		cannot_know(e, REPLAY_GROUPS);
		return;
	}
	if (rests_on_host(would, r, e)) {
		cannot_know(e, REPLAY_HOST);
		return;
	}
	if (q->phase == PHASE_CODE && q->has_code)
		judge_code(was, would, r, before, e);
	if (before->kind != REPLAY_IN && e->kind == REPLAY_IN &&
	    (q->phase == PHASE_NEED || q->phase == PHASE_CODE))
		go_on_to_account(would, r, e);
	if (e->kind == REPLAY_UNKNOWN)
		return;
	if (rests_on_factor(e) && q->phase != PHASE_CLOSE && is_other_principal(would, r))
		cannot_know(e, REPLAY_DEVICE);
	else if (before->kind == REPLAY_IN &&
		 ((e->kind != REPLAY_IN && is_lock(e->reason)) || may_be_locked(was, would, r)))
		cannot_know(e, REPLAY_LOCK);
}

/* ---- commands ---------------------------------------------------------------------------- */

static const char *
rating_of(const struct policy *p)
{
	return p->rating != NULL ? p->rating : "";
}

/* Some facts of these commands are what the policy said about who asked. */
static bool
says_otherwise(
    const struct policy *was, const struct policy *would, const struct admin_request *r)
{
	if (r->verb != VERB_REDACT && r->verb != VERB_EXPORT && r->verb != VERB_PAPER &&
	    r->verb != VERB_AUDIT_REPORT && r->verb != VERB_AUDIT_BUNDLE && r->verb != VERB_APPROVE && r->verb != VERB_DENY)
		return false;
	if (r->verb == VERB_APPROVE && r->role[0] != '\0') /* who has to, and how many */
		return !is_same_policy(was, would);
	return was == NULL || strcmp(rating_of(was), rating_of(would)) != 0 ||
	       strcmp(policy_person(was, r->by), policy_person(would, r->by)) != 0 ||
	       policy_is_redactor(was, r->by, r->by_uid) !=
		   policy_is_redactor(would, r->by, r->by_uid) ||
	       policy_is_approver(was, r->by, r->by_uid) !=
		   policy_is_approver(would, r->by, r->by_uid);
}

/* Who was whom when the login behind a command of sudo's was looked at. */
static bool
is_of_others(const struct policy *was, const struct policy *would,
    const struct elevation_request *r)
{
	return was == NULL ||
	       strcmp(policy_person(was, r->user), policy_person(would, r->user)) != 0 ||
	       strcmp(policy_person(was, r->actor), policy_person(would, r->actor)) != 0;
}

static void
compare_command(const struct policy *was, const struct policy *would, const struct recorded *r,
    struct replay_end *e)
{
	struct decision d;

	recorded_decide(would, r, &d);
	end_of_decision(would, r, &d, e);
	if (r->is_sudo ? is_of_others(was, would, &r->sudo)
		       : says_otherwise(was, would, &r->command))
		cannot_know(e, REPLAY_PERSON);
}

/* ------------------------------------------------------------------------------------------ */

/* A wrong password, a session that ends, a charge that nobody answered for: no policy makes
 * anything else of it. */
static bool
is_settled(const struct recorded *r)
{
	return recorded_is_login(r) &&
	       (r->request.phase == PHASE_FAILED || r->request.phase == PHASE_CLOSE ||
		   recorded_is_abandoned(r));
}

bool
replay_compare(const struct policy *was, const struct policy *would, const struct recorded *r,
    struct replay_end *before, struct replay_end *after)
{
	end_of_record(would, r, before);
	if (is_settled(r)) {
		*after = *before;
		return false;
	}
	if (!recorded_is_login(r))
		compare_command(was, would, r, after);
	else
		compare_login(was, would, r, before, after);
	return after->kind != before->kind;
}
