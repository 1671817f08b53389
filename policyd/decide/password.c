/*
 * A new password: may it be set? Whether it is strong is a fact; whether it must be is decided
 * here.
 */
#include "decide/internal.h"
#include "password/judge.h"

/* Root who sets somebody's password, and not root's program that makes a person change their
 * own. */
bool
password_is_set_by_root(const struct request *r)
{
	return r->by_root && r->real_uid == 0 && (r->flags & PAM_FLAG_EXPIRED) == 0;
}

/* Not their turn yet, or not at all: nothing is asked and nothing changed. */
static bool
has_to_wait(const struct facts *f, struct decision *out)
{
	if (f->password_turn == PASSWORD_TURN_HERE)
		return false;
	if (f->password_turn == PASSWORD_TURN_LATER) {
		out->reason = REASON_BUSY;
		out->need = PAM_NEED_TURN;
		out->text = TEXT_PASSWORD_LATER;
	} else {
		outcome_deny(out, ACTION_PASSWORD, REASON_BUSY, TEXT_PASSWORD_BUSY);
	}
	return true;
}

/* Before anything is asked. Nothing is decided yet that would be worth a record, but for a
 * refusal. */
void
decide_password_begin(const struct policy *policy, const struct request *r,
    const struct facts *f, struct decision *out)
{
	(void)policy;
	if (has_to_wait(f, out))
		return;
	if (f->suspended && !password_is_set_by_root(r)) {
		outcome_deny(out, ACTION_PASSWORD, REASON_SUSPENDED, TEXT_SUSPENDED);
		return;
	}
	if (!password_is_set_by_root(r) && !first_use_may_choose(r, f, out))
		return;
	out->verdict = VERDICT_ALLOW;
	out->reason = REASON_OK;
}

void
decide_password(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	if (has_to_wait(f, out))
		return;
	if (f->suspended && !password_is_set_by_root(r))
		outcome_deny(out, ACTION_PASSWORD, REASON_SUSPENDED, TEXT_SUSPENDED);
	else if (!password_is_set_by_root(r) && !first_use_may_choose(r, f, out))
		return;
	else if (f->password_failed == 0)
		outcome_allow(out, ACTION_PASSWORD, REASON_OK);
	else if (f->password_failed & PASSWORD_FAILED(UNCHECKED))
		outcome_deny(out, ACTION_PASSWORD, REASON_PASSWORD_UNCHECKED, TEXT_PASSWORD);
	else if (password_is_set_by_root(r) && !policy->password.enforce_for_root) {
		outcome_allow(out, ACTION_PASSWORD, REASON_WEAK_PASSWORD);
		out->text = TEXT_PASSWORD;
	} else
		outcome_deny(out, ACTION_PASSWORD, REASON_WEAK_PASSWORD, TEXT_PASSWORD);
	if (!password_is_set_by_root(r))
		first_use_chosen(r, f, out);
}
