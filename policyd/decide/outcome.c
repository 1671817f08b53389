/* Writing an answer down: the only places where a verdict is set. */
#include "decide/internal.h"

void
outcome_event(struct decision *d, uint16_t action, enum outcome outcome, enum reason reason)
{
	if (d->event_count < DECISION_EVENTS)
		d->events[d->event_count++] =
		    (struct event){.action = action, .outcome = outcome, .reason = reason};
}

void
outcome_deny(struct decision *d, uint16_t action, enum reason reason, enum text text)
{
	d->verdict = VERDICT_DENY;
	d->reason = reason;
	d->text = text;
	outcome_event(d, action, OUTCOME_FAILURE, reason);
}

void
outcome_refuse(struct decision *d, uint16_t action, enum reason reason)
{
	outcome_deny(d, action, reason, TEXT_NONE);
}

void
outcome_allow(struct decision *d, uint16_t action, enum reason reason)
{
	d->verdict = VERDICT_ALLOW;
	d->reason = reason;
	outcome_event(d, action, OUTCOME_SUCCESS, reason);
}

void
outcome_settle(struct decision *d, uint16_t action, enum reason missing)
{
	if (missing != REASON_NONE)
		outcome_refuse(d, action, missing);
	else
		outcome_allow(d, action, REASON_OK);
}

/* Somebody must have proved something before observing lets them in: a line that observes is
 * not a way around the password. */
static bool
observe_may_speak(const struct request *r, const struct facts *f)
{
	switch (r->phase) {
	case PHASE_CHARGE:
	case PHASE_ACCOUNT:
	case PHASE_OPEN:
	case PHASE_PASSWORD:
		return true;
	case PHASE_NEED:
	case PHASE_CODE:
		return (f->txn && (f->txn_first_factor || f->txn_charged)) || r->key[0] != '\0';
	default:
		return false;
	}
}

/* Once a login is enough: after a first or second factor its account phase says it, and after
 * that one its session need not. */
static bool
observe_says_so(const struct request *r, const struct facts *f)
{
	switch (r->phase) {
	case PHASE_NEED:
	case PHASE_CODE:
		return !r->by_root;
	case PHASE_OPEN:
		return !f->txn;
	default:
		return true;
	}
}

bool
outcome_is_observed(const struct policy *policy, const struct request *r, const struct facts *f)
{
	return (r->flags & PAM_FLAG_OBSERVE) ||
	       policy_observes(
		   policy, r->service, f->groups_known ? f->groups : NULL, need_date(f));
}

void
outcome_observe(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *d)
{
	/* nor does it let in a password that nobody has looked at */
	if (d->verdict != VERDICT_DENY || d->reason == REASON_SUSPENDED ||
	    d->reason == REASON_BUSY || !r->known)
		return;
	if (!observe_may_speak(r, f) || !outcome_is_observed(policy, r, f))
		return;
	d->floor_suspended = d->floor;
	d->floor = false;
	exception_used_kind(policy, r, f, "observe", d);
	d->observed = true;
	d->verdict = VERDICT_ALLOW;
	d->need = PAM_NEED_NONE;
	if (d->text != TEXT_NONE)
		d->text = observe_says_so(r, f) ? TEXT_OBSERVED : TEXT_NONE;
	for (size_t i = 0; i < d->event_count; i++)
		if (d->events[i].action != ACTION_LOCKOUT_START)
			d->events[i].outcome = OUTCOME_SUCCESS;
	if (r->phase == PHASE_CODE) {
		d->changes.txn_put = true;
		d->changes.txn_first_factor = true;
	}
	if (r->phase == PHASE_OPEN)
		d->changes.session_open = true;
	if (r->phase == PHASE_ACCOUNT) {
		d->changes.txn_put = f->txn;
		d->changes.txn_first_factor = f->txn_first_factor;
		d->changes.txn_factor = f->txn_factor;
		d->changes.txn_accounted = true;
	}
}
