#include "factor/factor.h"

#include "base32.h"
#include "buf.h"
#include "error.h"
#include "factor/totp.h"
#include "log.h"
#include "store/exceptions.h"
#include "text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	CONTEXT_SIZE = 320, /* "totp:ID:UID:NAME" */
	RECOVERY_BYTES = 10,
	RECOVERY_LEN = BASE32_LEN(RECOVERY_BYTES),
	RECOVERY_GROUP = 4,
	MS_PER_SECOND = 1000,
};

/* What one device makes of a code. */
struct finding {
	enum code_result code;
	int64_t step;
};

/* ---- devices' secrets -------------------------------------------------------------------- */

static void
factor_context(const struct device *d, char out[CONTEXT_SIZE])
{
	snprintf(out, CONTEXT_SIZE, "totp:%" PRIu64 ":%" PRIu32 ":%s", d->id, d->uid, d->user);
}

int
factor_seal(struct seal *seal, struct device *d, const struct secret *key)
{
	char context[CONTEXT_SIZE];

	factor_context(d, context);
	return seal_seal(seal, context, key, d->sealed, sizeof(d->sealed), &d->sealed_len);
}

int
factor_unseal(struct seal *seal, const struct device *d, struct secret *key)
{
	char context[CONTEXT_SIZE];

	secret_clear(key);
	if (d->sealed_len > sizeof(d->sealed))
		return SKS_CORRUPT;
	factor_context(d, context);
	return seal_unseal(seal, context, d->sealed, d->sealed_len, key);
}

/* As many bytes as the hash puts out (RFC 6238, 5.1 and errata). */
static size_t
factor_key_size(const char *algorithm)
{
	if (strcmp(algorithm, "SHA1") == 0)
		return 20;
	if (strcmp(algorithm, "SHA256") == 0)
		return 32;
	if (strcmp(algorithm, "SHA512") == 0)
		return 64;
	return 0;
}

int
factor_make(struct seal *seal, struct device *d, struct secret *key)
{
	size_t size = factor_key_size(d->algorithm);
	int r;

	secret_clear(key);
	if (size == 0)
		return SKS_INVALID;
	r = secret_random(key->bytes, size);
	if (r != SKS_OK)
		return r;
	key->len = size;
	r = factor_seal(seal, d, key);
	if (r != SKS_OK)
		secret_clear(key);
	return r;
}

/* ---- one device -------------------------------------------------------------------------- */

static struct totp_params
factor_params(const struct device *d)
{
	struct totp_params p = {.digits = d->digits, .period_s = d->period_s};

	_Static_assert(sizeof(p.algorithm) == sizeof(d->algorithm), "same words");
	memcpy(p.algorithm, d->algorithm, sizeof(p.algorithm));
	return p;
}

static int32_t
factor_clamp_drift(const struct policy *policy, int64_t drift)
{
	int64_t max = policy->drift_max_steps < INT32_MAX ? policy->drift_max_steps : INT32_MAX;

	if (drift > max)
		return (int32_t)max;
	return (int32_t)(drift < -max ? -max : drift);
}

/* A negative error when the sealed secret does not open; the same work all the same. */
static int
factor_try(struct seal *seal, const struct policy *policy, const struct device *d,
    const char *code, int64_t wall_ms, struct finding *out)
{
	struct totp_params p = factor_params(d);
	struct secret key = SECRET_INIT;
	int r;

	out->code = CODE_WRONG;
	out->step = 0;
	r = factor_unseal(seal, d, &key);
	if (r != SKS_OK) {
		log_error("the secret of device %" PRIu64
			  " does not open: altered, moved, or sealed under another key",
		    d->id);
		goto out;
	}
	if (!totp_find(&key, &p, wall_ms, factor_clamp_drift(policy, d->drift),
		policy->window_steps, code, &out->step))
		goto out;
	if (out->step <= d->last_step)
		out->code = CODE_REPLAYED;
	else if (out->step <= d->floor_step)
		out->code = CODE_FLOOR;
	else
		out->code = CODE_MATCH;
out:
	secret_clear(&key);
	return r;
}

/* Stands in for the device of a person who has none: AES-GCM once, and a whole window. */
static int
factor_try_dummy(
    struct seal *seal, const struct policy *policy, const char *code, int64_t wall_ms)
{
	struct device dummy = {.algorithm = "SHA1", .digits = 6, .period_s = 30};
	struct totp_params p = factor_params(&dummy);
	struct secret key = SECRET_INIT;
	int64_t step;
	int r;

	r = factor_make(seal, &dummy, &key);
	if (r == SKS_OK)
		(void)totp_find(&key, &p, wall_ms, 0, policy->window_steps, code, &step);
	secret_clear(&key);
	return r;
}

/* ---- all devices ------------------------------------------------------------------------- */

/* Which finding says most; a code that counts comes first. */
static int
factor_rank(enum code_result code)
{
	switch (code) {
	case CODE_MATCH:
		return 3;
	case CODE_REPLAYED:
		return 2;
	case CODE_FLOOR:
		return 1;
	default:
		return 0;
	}
}

/*
 * The finding that decides. Where two devices hold one key (imported twice), a code spent on
 * one of them is spent: the same step on another device then does not count.
 */
static size_t
factor_choose(const struct finding *found, size_t count)
{
	size_t best = 0;

	for (size_t i = 1; i < count; i++) {
		if (factor_rank(found[i].code) > factor_rank(found[best].code))
			best = i;
	}
	if (found[best].code != CODE_MATCH)
		return best;
	for (size_t i = 0; i < count; i++) {
		bool barred = found[i].code == CODE_REPLAYED || found[i].code == CODE_FLOOR;

		if (barred && found[i].step == found[best].step)
			return i;
	}
	return best;
}

/* Until the device shows a code above both its last step and its floor. */
static int64_t
factor_retry_ms(const struct device *d, int32_t drift, int64_t wall_ms)
{
	int64_t barred = d->last_step > d->floor_step ? d->last_step : d->floor_step;
	int64_t period_ms = (int64_t)d->period_s * MS_PER_SECOND;
	int64_t at_ms;

	if (__builtin_mul_overflow(barred + 1 - drift, period_ms, &at_ms))
		return INT64_MAX;
	return at_ms > wall_ms ? at_ms - wall_ms : 0;
}

/* At most one step toward what was seen: a code typed late must not drag the device along. */
static int32_t
factor_learn_drift(
    const struct policy *policy, const struct device *d, int64_t wall_ms, int64_t step)
{
	int32_t drift = factor_clamp_drift(policy, d->drift);
	int64_t seen = step - totp_step(wall_ms, d->period_s);

	return factor_clamp_drift(policy, (int64_t)drift + (seen > drift) - (seen < drift));
}

static void
factor_report(const struct policy *policy, const struct device *d, const struct finding *found,
    struct facts *f)
{
	f->code = found->code;
	if (found->code == CODE_WRONG)
		return;
	f->device = d->id;
	snprintf(f->device_name, sizeof(f->device_name), "%s", d->name);
	f->step = found->step;
	f->device_new = d->used_wall_ms <= d->confirmed_wall_ms;
	f->drift = factor_clamp_drift(policy, d->drift);
	if (found->code == CODE_MATCH)
		f->drift = factor_learn_drift(policy, d, f->wall_ms, found->step);
	else
		f->code_retry_ms = factor_retry_ms(d, f->drift, f->wall_ms);
}

static int
factor_check_devices(struct store *s, struct seal *seal, const struct policy *policy,
    const char *code, struct facts *f)
{
	struct device device[DEVICES_MAX];
	struct finding found[DEVICES_MAX];
	size_t count = 0, opened = 0;
	int r;

	r = store_devices(s, f->principal, f->principal_uid, true, device, DEVICES_MAX, &count);
	if (r != SKS_OK)
		return r;
	if (count == 0)
		return factor_try_dummy(seal, policy, code, f->wall_ms);
	for (size_t i = 0; i < count; i++) {
		r = factor_try(seal, policy, &device[i], code, f->wall_ms, &found[i]);
		opened += r == SKS_OK;
	}
	/* None opens: that is our fault, not a wrong code of the person. It is about this
	 * person alone: SKS_CORRUPT would end the daemon for all. */
	if (opened == 0)
		return SKS_UNTRUSTED;
	count = factor_choose(found, count);
	factor_report(policy, &device[count], &found[count], f);
	return SKS_OK;
}

/* ---- recovery codes ---------------------------------------------------------------------- */

/* 16 letters of base32. No one-time code is that long, so neither is taken for the other. */
static bool
factor_is_recovery(const struct secret *folded)
{
	return folded->len == RECOVERY_LEN &&
	       strspn((const char *)folded->bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") ==
		   RECOVERY_LEN;
}

/* Bound to the person, so that a hash copied to another one's row is of no use there. */
static int
factor_recovery_hash(struct seal *seal, const char *user, uint32_t uid,
    const struct secret *folded, uint8_t hash[RECOVERY_HASH_SIZE])
{
	uint8_t bytes[NAME_SIZE + 64];
	struct buf message;
	int r;

	buf_init_fixed(&message, bytes, sizeof(bytes));
	buf_put_u32(&message, uid);
	buf_put_str(&message, user);
	buf_put_bytes(&message, folded->bytes, folded->len);
	r = buf_error(&message);
	if (r == SKS_OK)
		r = seal_mac(seal, "recovery", bytes, message.len, hash);
	explicit_bzero(bytes, sizeof(bytes));
	return r;
}

static int
factor_check_recovery(
    struct store *s, struct seal *seal, const struct secret *folded, struct facts *f)
{
	uint8_t hash[RECOVERY_HASH_SIZE];
	uint64_t id = 0;
	bool spent = true;
	int r;

	r = factor_recovery_hash(seal, f->principal, f->principal_uid, folded, hash);
	if (r != SKS_OK)
		return r;
	r = store_recovery_find(s, f->principal, f->principal_uid, hash, &id, &spent);
	if (r == SKS_NOT_FOUND) {
		r = store_bypass_find(s, f->principal, f->principal_uid, hash, &id);
		if (r == SKS_NOT_FOUND)
			return SKS_OK; /* CODE_WRONG stands */
		if (r == SKS_OK) {
			f->code = CODE_BYPASS;
			f->device = id;
		}
		return r;
	}
	if (r != SKS_OK)
		return r;
	f->code = spent ? CODE_RECOVERY_SPENT : CODE_RECOVERY;
	f->device = id;
	return SKS_OK;
}

/* "ABCDEFGHIJKLMNOP" to "ABCD-EFGH-IJKL-MNOP". */
static int
factor_recovery_group(const struct secret *folded, struct secret *code)
{
	char shown[RECOVERY_LEN + RECOVERY_LEN / RECOVERY_GROUP];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < RECOVERY_LEN; i++) {
		if (i > 0 && i % RECOVERY_GROUP == 0)
			shown[n++] = '-';
		shown[n++] = (char)folded->bytes[i];
	}
	r = secret_set(code, shown, n);
	explicit_bzero(shown, sizeof(shown));
	return r;
}

int
factor_code_make(struct seal *seal, const char *user, uint32_t uid, struct secret *code,
    uint8_t hash[RECOVERY_HASH_SIZE])
{
	uint8_t bytes[RECOVERY_BYTES];
	struct secret folded = SECRET_INIT;
	int r;

	r = secret_random(bytes, sizeof(bytes));
	if (r != SKS_OK)
		goto out;
	r = base32_encode(bytes, sizeof(bytes), (char *)folded.bytes, sizeof(folded.bytes));
	if (r < 0)
		goto out;
	folded.len = (size_t)r;
	r = factor_recovery_hash(seal, user, uid, &folded, hash);
	if (r == SKS_OK)
		r = factor_recovery_group(&folded, code);
out:
	explicit_bzero(bytes, sizeof(bytes));
	secret_clear(&folded);
	return r;
}

int
factor_recovery_make(struct seal *seal, const char *user, uint32_t uid,
    struct secret code[RECOVERY_COUNT], uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE])
{
	int r = SKS_OK;

	for (size_t i = 0; i < RECOVERY_COUNT && r == SKS_OK; i++)
		r = factor_code_make(seal, user, uid, &code[i], hash[i]);
	for (size_t i = 0; i < RECOVERY_COUNT && r != SKS_OK; i++)
		secret_clear(&code[i]);
	return r;
}

/* ---- a typed code ------------------------------------------------------------------------ */

/* What cannot be a code becomes "", which matches nothing but costs the same. */
static void
factor_fold(const struct secret *typed, struct secret *folded)
{
	const char *text = (const char *)typed->bytes;
	int len = SKS_INVALID;

	secret_clear(folded);
	if (typed->len <= SECRET_MAX && strlen(text) == typed->len)
		len = text_fold_code(text, (char *)folded->bytes, sizeof(folded->bytes));
	if (len > 0)
		folded->len = (size_t)len;
	else
		secret_clear(folded);
}

int
factor_check(struct store *s, struct seal *seal, const struct policy *policy,
    const struct secret *typed, struct facts *f)
{
	struct secret folded = SECRET_INIT;
	int r;

	f->code = CODE_WRONG;
	f->device = 0;
	f->device_name[0] = '\0';
	f->device_new = false;
	f->step = 0;
	f->drift = 0;
	f->code_retry_ms = 0;
	factor_fold(typed, &folded);
	if (factor_is_recovery(&folded))
		r = factor_check_recovery(s, seal, &folded, f);
	else
		r = factor_check_devices(s, seal, policy, (const char *)folded.bytes, f);
	if (r != SKS_OK)
		f->code = CODE_WRONG;
	secret_clear(&folded);
	return r;
}
