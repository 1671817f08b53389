/*
 * May this attempt be evaluated? Lanes and source budgets.
 *
 * The attempt is charged before it is checked: with deny = 5 a thousand parallel guesses get
 * five evaluated. Strangers share one lane for a user and can only fill that one; the owner's
 * own addresses, keys and consoles have theirs. A success clears only the lane it came through,
 * and never the strangers' lane or a source's budget: those drain by time, so that nobody
 * clears their guessing by logging in to their own account in between.
 */
#include "decide/internal.h"
#include <string.h>

enum { SOURCE_SCALE_MAX = 50 };

/* Appends to key as far as it fits; the sizes of the parts make sure that it does. */
static void
key_put(char key[LANE_SIZE], const char *text)
{
	size_t used = strlen(key), n = strlen(text);

	if (n > LANE_SIZE - 1 - used)
		n = LANE_SIZE - 1 - used;
	memcpy(key + used, text, n);
	key[used + n] = '\0';
}

static void
key_put_number(char key[LANE_SIZE], uint32_t n)
{
	char digits[12];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	key_put(key, digits + at);
}

/* "K:UID:USER" and what follows it. */
static void
key_user(char key[LANE_SIZE], const char *kind, const struct request *r)
{
	key_put(key, kind);
	key_put_number(key, r->uid);
	key_put(key, ":");
	key_put(key, r->user);
}

static enum lane_kind
lane_local(const struct request *r, char key[LANE_SIZE])
{
	key_user(key, "L:", r);
	if (r->login_uid != NO_UID || r->real_uid != 0) {
		key_put(key, ":u");
		key_put_number(key, r->actor_uid);
		/* A process that has no login identity may take anybody's: such guesses are
		 * kept from the lane of whoever really logged in. */
		if (r->real_uid != 0 && r->real_uid != r->actor_uid) {
			key_put(key, ":r");
			key_put_number(key, r->real_uid);
		}
	} else {
		key_put(key, ":t");
		key_put(key, r->tty);
	}
	return LANE_LOCAL;
}

enum lane_kind
lane_choose(const struct policy *policy, const struct request *r, bool known_source,
    uint32_t slot, char key[LANE_SIZE])
{
	(void)policy;
	key[0] = '\0';
	if (!r->by_root) { /* whatever name it claims: one lane */
		key_put(key, "N:");
		key_put_number(key, r->real_uid);
		return LANE_PEER;
	}
	/* What sshd refuses already must look like a name that does not exist, locks included.
	 */
	if (!r->known || (r->flags & PAM_FLAG_JUNK)) {
		key_put(key, "U:");
		key_put_number(key, slot);
		return LANE_UNKNOWN;
	}
	if (r->key[0] == '\0' && r->source[0] == '\0')
		return lane_local(r, key);
	if (r->key[0] == '\0' && !known_source) {
		key_user(key, "S:", r);
		return LANE_STRANGER;
	}
	key_user(key, r->key[0] != '\0' ? "K:" : "O:", r);
	key_put(key, ":");
	key_put(key, r->key[0] != '\0' ? r->key : r->source);
	return r->key[0] != '\0' ? LANE_KEY : LANE_OWN;
}

/* An address from which many people log in (a bastion, NAT) may also mistype for many. */
static uint32_t
source_limit_milli(const struct policy *policy, const struct facts *f)
{
	uint32_t scale = f->source_users / 2;

	if (scale < 1)
		scale = 1;
	if (scale > SOURCE_SCALE_MAX)
		scale = SOURCE_SCALE_MAX;
	uint64_t limit = (uint64_t)policy->source_deny * scale * 1000;
	return limit < INT32_MAX ? (uint32_t)limit : INT32_MAX;
}

/* level * time_ms / whole. Ten years of a large budget are more than 64 bits hold: a time of
 * weeks is good enough in seconds. */
static int64_t
share_of(uint32_t level, int64_t time_ms, int64_t whole)
{
	if (time_ms <= INT32_MAX)
		return level * time_ms / whole;
	return level * (time_ms / 1000) / whole * 1000;
}

static uint32_t
source_level_now(const struct policy *policy, const struct facts *f, uint32_t limit_milli)
{
	int64_t age = f->source_age_ms, drained;

	if (age == AGE_NEVER || age >= policy->unlock_time_ms)
		return 0;
	drained = share_of(limit_milli, age, policy->unlock_time_ms);
	return drained >= f->source_level_milli ? 0 : f->source_level_milli - (uint32_t)drained;
}

static void
lane_now(const struct policy *policy, const struct facts *f, struct budget *b)
{
	b->count = f->lane_count;
	b->open = f->lane_open;
	if (f->lane_count >= policy->deny) {
		if (f->lane_age_ms >= policy->unlock_time_ms) {
			b->count = b->open;
			b->new_window = true;
		}
	} else if (f->lane_window_age_ms > policy->fail_interval_ms) {
		b->count = b->open;
		b->new_window = true;
	}
}

enum charge
attempt_check(const struct policy *policy, const struct request *r, const struct facts *f,
    struct budget *b)
{
	*b = (struct budget){0};
	b->limit_milli = source_limit_milli(policy, f);
	if (policy->deny == 0)
		return CHARGE_GRANTED;
	b->level_milli = source_level_now(policy, f, b->limit_milli);
	if (f->lane != LANE_NONE) {
		lane_now(policy, f, b);
		if (b->count >= policy->deny) {
			if (b->open > 0 && f->may_wait)
				return CHARGE_WAIT;
			b->wait_ms = policy->unlock_time_ms - f->lane_age_ms;
			if (b->wait_ms < 1000)
				b->wait_ms = 1000;
			return CHARGE_LOCKED;
		}
	}
	if (r->source[0] != '\0' && policy->source_deny != 0 &&
	    b->level_milli > b->limit_milli - 1000) {
		b->wait_ms = share_of(b->level_milli - (b->limit_milli - 1000),
		    policy->unlock_time_ms, b->limit_milli);
		if (b->wait_ms < 1000)
			b->wait_ms = 1000;
		return CHARGE_SOURCE_LOCKED;
	}
	return CHARGE_GRANTED;
}

void
attempt_charge(const struct facts *f, const struct budget *b, bool open, struct changes *c)
{
	if (f->lane != LANE_NONE) {
		c->lane_put = true;
		c->lane_count = b->count + 1;
		c->lane_open = b->open + (open ? 1 : 0);
		c->lane_stamp = true;
		c->lane_window_start = b->new_window || b->count == 0;
	}
	c->source_put = true;
	c->source_level_milli = b->level_milli + 1000;
}

void
attempt_refund(const struct policy *policy, const struct facts *f, struct changes *c)
{
	uint32_t level = source_level_now(policy, f, source_limit_milli(policy, f));

	if (f->lane != LANE_NONE) {
		c->lane_put = true;
		c->lane_count = f->lane_count > 0 ? f->lane_count - 1 : 0;
		c->lane_open = f->lane_open > 0 ? f->lane_open - 1 : 0;
	}
	c->source_put = true;
	c->source_level_milli = level > 1000 ? level - 1000 : 0;
}

void
attempt_clear(const struct facts *f, struct changes *c)
{
	uint32_t count = c->lane_put ? c->lane_count : f->lane_count;
	uint32_t open = c->lane_put ? c->lane_open : f->lane_open;

	if (f->lane == LANE_NONE || f->lane == LANE_STRANGER || f->lane == LANE_UNKNOWN)
		return;
	if (count == open)
		return;
	c->lane_put = true;
	c->lane_count = c->lane_open = open;
}

void
attempt_refuse(enum charge why, const struct budget *b, uint16_t action, struct decision *out)
{
	out->wait_ms = b->wait_ms;
	outcome_deny(out, action,
	    why == CHARGE_SOURCE_LOCKED ? REASON_SOURCE_LOCKED : REASON_LOCKED, TEXT_LOCKED);
	out->changes.refusal_count = true;
}

void
attempt_note_lock(
    const struct policy *policy, uint32_t count, uint32_t open, struct decision *out)
{
	if (policy->deny != 0 && count - open == policy->deny)
		outcome_event(out, ACTION_LOCKOUT_START, OUTCOME_SUCCESS, REASON_LOCKED);
}

void
decide_charge(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	struct budget b;
	enum charge c = attempt_check(policy, r, f, &b);

	if (c == CHARGE_WAIT) {
		out->verdict = VERDICT_WAIT;
		return;
	}
	if (c != CHARGE_GRANTED) {
		attempt_refuse(c, &b, ACTION_ATTEMPT, out);
		return;
	}
	/* A name that does not exist gets no row of its own: its charge is lost at once. */
	bool own = f->lane != LANE_UNKNOWN && f->lane != LANE_NONE;
	if (policy->deny != 0)
		attempt_charge(f, &b, own, &out->changes);
	if (own) {
		out->changes.txn_put = true;
		out->changes.txn_charged = true;
	}
	out->verdict = VERDICT_ALLOW;
	out->reason = REASON_CHARGED;
}

static void
settle_failed(const struct policy *policy, const struct facts *f, enum reason reason,
    struct decision *out)
{
	uint32_t open = f->lane_open;

	if (f->txn && f->txn_charged && f->lane != LANE_NONE) {
		open = open > 0 ? open - 1 : 0;
		out->changes.lane_put = true;
		out->changes.lane_count = f->lane_count;
		out->changes.lane_open = open;
	}
	out->changes.txn_delete = f->txn;
	outcome_refuse(out, ACTION_FIRST_FACTOR, reason);
	if (out->changes.lane_put)
		attempt_note_lock(policy, f->lane_count, open, out);
}

void
decide_failed(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	settle_failed(policy, f, r->known ? REASON_WRONG_PASSWORD : REASON_UNKNOWN_USER, out);
}

void
decide_abandoned(const struct policy *policy, const struct facts *f, struct decision *out)
{
	*out = (struct decision){0};
	settle_failed(policy, f, REASON_ABANDONED, out);
}
