/*
 * The second factor: what is needed now, and what a code is worth.
 *
 * The success line of the stack is reached only behind a right first factor. It first asks
 * what is needed (PHASE_NEED), which also gives the charge of that first factor back, so that
 * an idle prompt holds nothing; then it brings the code, whose own charge is taken, judged and
 * settled in one turn. A replay of a right code is no guess.
 */
#include "decide/internal.h"
#include <string.h>

static bool
is_behind_first_factor(const struct request *r, const struct facts *f)
{
	return (r->flags & PAM_FLAG_FIRST_FACTOR) && f->txn &&
	       (f->txn_charged || f->txn_first_factor);
}

/* May the answer depend on the account yet? Not before something was proved. */
static bool
is_proved(const struct request *r, const struct facts *f)
{
	return is_behind_first_factor(r, f) || r->key[0] != '\0' ||
	       (r->source[0] == '\0' && r->login_uid == r->uid && r->known);
}

static bool
is_token_ok(const struct policy *policy, const struct request *r)
{
	if (r->token[0] == '\0' || !r->by_root)
		return false;
	for (size_t i = 0; i < policy->tokens.count; i++)
		if (strcmp(policy->tokens.item[i], r->token) == 0)
			return true;
	return false;
}

static bool
is_without_device(const struct facts *f)
{
	return f->devices == 0 && f->recovery_codes == 0 && f->bypasses == 0;
}

static void
settle_first_factor(const struct policy *policy, const struct request *r, const struct facts *f,
    struct changes *c)
{
	if (!(r->flags & PAM_FLAG_FIRST_FACTOR) || !f->txn || !f->txn_charged)
		return;
	attempt_refund(policy, f, c);
	c->txn_put = true;
	c->txn_charged = false;
	c->txn_first_factor = true;
}

void
decide_need(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	struct matched m;
	struct need n;

	need_match(policy, r, f, &m);
	n = need_of(policy, r, f, &m);
	settle_first_factor(policy, r, f, &out->changes);
	out->verdict = VERDICT_ALLOW;
	out->reason = REASON_OK;
	out->rule = n.rule;
	out->floor = n.floor;
	if (!is_proved(r, f)) {
		out->need = PAM_NEED_CODE;
	} else if (need_is_met(policy, r, f, &n) || is_token_ok(policy, r)) {
		out->need = PAM_NEED_NONE;
		return;
	} else if (first_use_is_for(f, r)) {
		out->need = PAM_NEED_NONE; /* the dialogue goes on, and no session without it */
		return;
	} else if (need_grace_until(policy, r, f) != 0) {
		out->need = PAM_NEED_NONE;
		out->floor = false;
		out->floor_suspended = n.floor;
		return;
	} else if (is_without_device(f)) {
		outcome_deny(out, ACTION_CODE, REASON_NO_DEVICE, TEXT_NO_DEVICE);
		return;
	} else {
		out->need = PAM_NEED_CODE;
	}
	out->text = TEXT_PROMPT_CODE;
}

bool
decide_may_evaluate(const struct policy *policy, const struct request *r, const struct facts *f)
{
	struct budget b;

	return r->phase == PHASE_CODE && r->has_code &&
	       !(r->flags & PAM_FLAG_PASSWORD_AS_CODE) &&
	       attempt_check(policy, r, f, &b) == CHARGE_GRANTED;
}

static void
code_accept(const struct policy *policy, const struct request *r, const struct facts *f,
    enum factor_kind kind, enum reason reason, uint16_t action, struct decision *out)
{
	settle_first_factor(policy, r, f, &out->changes);
	attempt_clear(f, &out->changes);
	out->changes.txn_put = r->by_root;
	out->changes.txn_charged = false;
	out->changes.txn_first_factor = true;
	out->changes.txn_accounted = f->txn_accounted;
	out->changes.txn_factor = kind != FACTOR_NONE ? (uint32_t)kind : f->txn_factor;
	out->changes.txn_factor_now = kind != FACTOR_NONE;
	/* A locker that runs as the user proves presence at a screen, not to this host's root.
	 */
	out->changes.session_factor_now = kind != FACTOR_NONE && r->by_root && f->session &&
					  f->session_uid == f->principal_uid &&
					  strcmp(f->session_user, f->principal) == 0;
	outcome_allow(out, action, reason);
}

static void
code_wrong(const struct policy *policy, const struct facts *f, const struct budget *b,
    struct decision *out)
{
	outcome_deny(out, ACTION_CODE, REASON_WRONG_CODE, TEXT_WRONG_CODE);
	if (policy->deny == 0)
		return;
	attempt_charge(f, b, false, &out->changes);
	attempt_note_lock(policy, out->changes.lane_count, out->changes.lane_open, out);
}

static void
code_judge(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct budget *b, struct decision *out)
{
	switch (f->code) {
	case CODE_MATCH:
		code_accept(policy, r, f, FACTOR_TOTP, REASON_OK, ACTION_CODE, out);
		out->changes.code_spend = true;
		return;
	case CODE_RECOVERY:
		code_accept(policy, r, f, FACTOR_RECOVERY, REASON_OK, ACTION_CODE, out);
		out->changes.recovery_spend = true;
		out->text = TEXT_RECOVERY_USED;
		return;
	case CODE_BYPASS:
		code_accept(policy, r, f, FACTOR_BYPASS, REASON_BYPASS, ACTION_CODE, out);
		out->changes.bypass_spend = true;
		exception_used_kind(policy, r, f, "bypass", out);
		out->text = TEXT_BYPASS_USED;
		return;
	case CODE_REPLAYED:
		out->wait_ms = f->code_retry_ms;
		outcome_deny(out, ACTION_CODE, REASON_REPLAYED_CODE, TEXT_REPLAYED);
		return;
	case CODE_FLOOR:
		out->wait_ms = f->code_retry_ms;
		outcome_deny(out, ACTION_CODE, REASON_CODE_BELOW_FLOOR, TEXT_REPLAYED);
		return;
	case CODE_RECOVERY_SPENT:
		outcome_deny(out, ACTION_CODE, REASON_SPENT_RECOVERY_CODE, TEXT_RECOVERY_SPENT);
		return;
	default:
		code_wrong(policy, f, b, out);
	}
}

/* Needed, not there, and let be for a time. The account phase tells the person. */
static void
code_grace(const struct policy *policy, const struct request *r, const struct facts *f,
    bool floor, struct decision *out)
{
	out->floor = false;
	out->floor_suspended = floor;
	exception_used_kind(policy, r, f, "grace", out);
	code_accept(policy, r, f, FACTOR_NONE, REASON_GRACE, ACTION_AUTHENTICATED, out);
}

/* The success line without a code: right when none is needed. */
static void
decide_without_code(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	struct matched m;
	struct need n;

	need_match(policy, r, f, &m);
	n = need_of(policy, r, f, &m);
	out->rule = n.rule;
	out->floor = n.floor;
	exception_used_need(out, &n);
	if (is_token_ok(policy, r))
		code_accept(policy, r, f, FACTOR_TOKEN, REASON_OK, ACTION_CODE, out);
	else if (!is_proved(r, f))
		outcome_deny(out, ACTION_CODE, REASON_NO_CODE, TEXT_MFA_REQUIRED);
	else if (!n.required)
		code_accept(
		    policy, r, f, FACTOR_NONE, REASON_NOT_REQUIRED, ACTION_AUTHENTICATED, out);
	else if (need_is_met(policy, r, f, &n))
		code_accept(
		    policy, r, f, FACTOR_NONE, REASON_FACTOR_FRESH, ACTION_AUTHENTICATED, out);
	else if (first_use_is_for(f, r))
		code_accept(
		    policy, r, f, FACTOR_NONE, REASON_INVITED, ACTION_AUTHENTICATED, out);
	else if (need_grace_until(policy, r, f) != 0)
		code_grace(policy, r, f, n.floor, out);
	else if (is_without_device(f))
		outcome_deny(out, ACTION_CODE, REASON_NO_DEVICE, TEXT_NO_DEVICE);
	else
		outcome_deny(out, ACTION_CODE, REASON_NO_CODE, TEXT_MFA_REQUIRED);
}

void
decide_code(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	struct budget b;
	enum charge c;

	if (r->flags & PAM_FLAG_PASSWORD_AS_CODE) {
		outcome_deny(out, ACTION_CODE, REASON_CODE_IS_PASSWORD, TEXT_CODE_IS_PASSWORD);
		return;
	}
	if (!r->has_code) {
		decide_without_code(policy, r, f, out);
		return;
	}
	c = attempt_check(policy, r, f, &b);
	if (c == CHARGE_WAIT)
		out->verdict = VERDICT_WAIT;
	else if (c != CHARGE_GRANTED)
		attempt_refuse(c, &b, ACTION_CODE, out);
	else
		code_judge(policy, r, f, &b, out);
}
