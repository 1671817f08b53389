/*
 * How an account's time begins and ends: the dialogue of a first login by invitation, a password
 * that became too old, the day on which the account is over.
 *
 * An invitation is worth one password and one device, chosen in one dialogue behind its own
 * password. It never opens a session: whoever hangs up half way has nothing, and may begin again
 * until the password is chosen. Once a device is enrolled, its code is asked for as well.
 */
#include "decide/internal.h"
#include "policy/password.h"
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

bool
first_use_is_for(const struct facts *f, const struct request *r)
{
	/* One that is over gets no further than the account phase, which says so. */
	bool invited = f->invitation == INVITATION_OPEN ||
		       ((r->phase == PHASE_NEED || r->phase == PHASE_CODE) &&
			   f->invitation != INVITATION_NONE);

	return invited && f->devices == 0 && f->recovery_codes == 0 &&
	       f->principal_uid == r->uid && strcmp(f->principal, r->user) == 0;
}

static bool
is_way_in(enum service_class c)
{
	return c == SERVICE_REMOTE || c == SERVICE_CONSOLE || c == SERVICE_UNKNOWN;
}

enum text
first_use_refusal(const struct policy *policy, const struct request *r, const struct facts *f,
    enum reason *reason)
{
	*reason = REASON_INVITATION_OVER;
	switch (f->invitation) {
	case INVITATION_SPENT:
	case INVITATION_EXPIRED:
	case INVITATION_VOID:
		return TEXT_INVITATION_OVER;
	case INVITATION_OPEN:
		/* Behind a key, or in a program that goes on without the new password. */
		*reason = REASON_INVITED;
		if (r->phase == PHASE_ACCOUNT && is_way_in(need_service_class(policy, r)) &&
		    (f->txn_first_factor || f->txn_charged))
			return TEXT_NONE;
		return TEXT_INVITED_ELSEWHERE;
	default:
		return TEXT_NONE;
	}
}

bool
first_use_account_is_over(const struct request *r, const struct facts *f)
{
	return r->uid != 0 && f->account_until_ms != 0 && need_date(f) >= f->account_until_ms;
}

/* ---- the dialogue ------------------------------------------------------------------------- */

/* May a password be chosen, where the account's is that of an invitation? */
bool
first_use_may_choose(const struct request *r, const struct facts *f, struct decision *out)
{
	uint16_t action = r->phase == PHASE_PASSWORD_BEGIN || r->phase == PHASE_PASSWORD ||
				  r->phase == PHASE_FIRST_USE
			      ? ACTION_PASSWORD
			      : ACTION_FACTOR_ENROLL;

	if (f->invitation == INVITATION_NONE || f->invitation == INVITATION_WITHDRAWN)
		return true;
	if (f->invitation == INVITATION_SPENT && f->invitation_own)
		return true; /* typed differently the second time */
	if (f->invitation != INVITATION_OPEN) {
		outcome_deny(out, action, REASON_INVITATION_OVER, TEXT_INVITATION_OVER);
		return false;
	}
	if (!f->txn_first_factor || (r->flags & PAM_FLAG_EXPIRED) == 0) {
		outcome_deny(out, action, REASON_INVITED, TEXT_INVITED_ELSEWHERE);
		return false;
	}
	/* Two logins with one invitation: whose device it is goes on. */
	if (f->devices > 0 && f->txn_factor == FACTOR_NONE) {
		outcome_deny(out, action, REASON_INVITATION_OVER, TEXT_INVITATION_TAKEN);
		return false;
	}
	return true;
}

/* Nothing but a device enrolled in this dialogue, or proved in it, comes before the password. */
static bool
must_enrol(const struct facts *f)
{
	return f->invitation == INVITATION_OPEN && f->txn_factor == FACTOR_NONE;
}

void
decide_first_use(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	(void)policy;
	if (!first_use_may_choose(r, f, out))
		return;
	out->verdict = VERDICT_ALLOW;
	out->reason = REASON_OK;
	if (!must_enrol(f))
		return;
	out->reason = REASON_INVITED;
	out->need = PAM_NEED_ENROL;
	out->text = TEXT_PURPOSE;
}

void
first_use_chosen(const struct request *r, const struct facts *f, struct decision *out)
{
	(void)r;
	if (out->verdict != VERDICT_ALLOW || f->invitation != INVITATION_OPEN)
		return;
	if (must_enrol(f)) {
		out->event_count = 0;
		outcome_deny(out, ACTION_PASSWORD, REASON_NO_DEVICE, TEXT_INVITED_ELSEWHERE);
		return;
	}
	out->changes.invitation_spend = true;
	outcome_event(out, ACTION_INVITATION_SPENT, OUTCOME_SUCCESS, REASON_OK);
}

void
decide_enrol(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	if (f->suspended)
		outcome_deny(out, ACTION_FACTOR_ENROLL, REASON_SUSPENDED, TEXT_SUSPENDED);
	else if (!first_use_may_choose(r, f, out))
		return;
	else if (!must_enrol(f))
		outcome_deny(
		    out, ACTION_FACTOR_ENROLL, REASON_NOT_PERMITTED, TEXT_INVITED_ELSEWHERE);
	else if (strcmp(r->purpose, policy->purpose_version) != 0)
		outcome_refuse(
		    out, ACTION_FACTOR_ENROLL, REASON_PURPOSE_NOT_ACCEPTED);
	else
		outcome_allow(out, ACTION_FACTOR_ENROLL, REASON_INVITED);
}

void
decide_enrol_code(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	(void)policy;
	if (f->suspended)
		outcome_deny(out, ACTION_FACTOR_CONFIRM, REASON_SUSPENDED, TEXT_SUSPENDED);
	else if (!first_use_may_choose(r, f, out))
		return;
	else if (!must_enrol(f))
		outcome_deny(
		    out, ACTION_FACTOR_CONFIRM, REASON_NOT_PERMITTED, TEXT_INVITED_ELSEWHERE);
	else if (f->code != CODE_MATCH) {
		outcome_deny(out, ACTION_FACTOR_CONFIRM, REASON_WRONG_CODE, TEXT_CODE_AGAIN);
		out->need = PAM_NEED_ENROL; /* the dialogue may ask for another */
	} else {
		outcome_allow(out, ACTION_FACTOR_CONFIRM, REASON_INVITED);
		out->changes.txn_put = true;
		out->changes.txn_first_factor = f->txn_first_factor;
		out->changes.txn_accounted = f->txn_accounted;
		out->changes.txn_factor = FACTOR_TOTP;
		out->changes.txn_factor_now = true;
	}
}

/* ---- age ---------------------------------------------------------------------------------- */

/* Until when the password may be used by our own policy; INT64_MAX: as long as one likes. */
static int64_t
first_use_password_due(const struct policy *policy, const struct request *r, const struct facts *f)
{
	enum account_class class = policy_account_class(policy, r->user, r->uid);
	int64_t age_ms = policy_password_max_age(policy, class);

	/* Without a date there is no age; a service has nobody who could choose another. */
	if (age_ms == 0 || f->password_at_ms <= 0 || class == CLASS_SERVICE)
		return INT64_MAX;
	return f->password_at_ms + age_ms;
}

/* The host's own limit speaks for itself, in the line behind ours, where it is the earlier one. */
static bool
host_is_earlier(const struct facts *f, int64_t due_ms)
{
	return f->shadow_max_days > 0 && f->password_at_ms > 0 &&
	       f->password_at_ms + f->shadow_max_days * DAY_MS <= due_ms;
}

void
first_use_account(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	enum service_class c = need_service_class(policy, r);
	int64_t due_ms = first_use_password_due(policy, r, f), now_ms = need_date(f);

	if (out->verdict != VERDICT_ALLOW || need_is_root_caller(policy, r) ||
	    (!is_way_in(c) && c != SERVICE_ELEVATION))
		return;
	if (f->invitation == INVITATION_OPEN) {
		out->need = PAM_NEED_PASSWORD;
		out->text = TEXT_INVITED;
		return;
	}
	if (f->password_must ||
	    (due_ms <= now_ms && !outcome_is_observed(policy, r, f))) {
		out->need = PAM_NEED_PASSWORD;
		out->text = TEXT_PASSWORD_EXPIRED;
	} else if (due_ms <= now_ms) {
		out->text = TEXT_OBSERVED;
	} else if (out->text == TEXT_NONE && due_ms != INT64_MAX && is_way_in(c) &&
		   due_ms - now_ms <= policy->password.warn_ms && !host_is_earlier(f, due_ms)) {
		out->text = TEXT_PASSWORD_SOON;
	}
}
