/*
 * Checking a typed code against everything a person has: turns the code into facts and leaves
 * nothing of it behind.
 */
#ifndef SEKISHO_FACTOR_H
#define SEKISHO_FACTOR_H

#include "decide/decide.h"
#include "factor/seal.h"
#include "store/store.h"

/*
 * Sets f->code, and device, device_name, step, drift, code_retry_ms as they apply, for
 * f->principal; all of them are reset first. A TOTP code is looked for in every active device; a
 * match above the device's last step and floor wins (CODE_MATCH), unless the same step is spent or
 * barred on another device that holds the same key; else a match at or below the last step
 * (CODE_REPLAYED), else below the floor (CODE_FLOOR), else CODE_WRONG. What has the shape of a
 * recovery code (16 letters of base32) is looked for among those alone, and f->device is then the
 * code's id; then among those of bypasses (CODE_BYPASS, f->device its number). The same work is
 * done whether or not the person has devices (a dummy device stands in). typed is folded first
 * (text_fold_code); what is no code at all is CODE_WRONG. f->drift is the newly learnt drift, moved
 * by at most one step toward the observed one and kept within policy->drift_max_steps.
 * code_retry_ms: until the device shows a code that could count. 0, SKS_UNTRUSTED when no device's
 * secret opens, or the store's error; then f->code is CODE_WRONG.
 */
int factor_check(struct store *s, struct seal *seal, const struct policy *policy,
    const struct secret *typed, struct facts *f);

/* Makes a device's secret (20, 32 or 64 random bytes by algorithm), seals it into *d; d->id is
 * reserved already. */
int factor_make(struct seal *seal, struct device *d, struct secret *key);
/* The secret of a device, which the caller wipes, and back into *d. SKS_CORRUPT and the errors of
 * seal_unseal(), seal_seal(). */
int factor_unseal(struct seal *seal, const struct device *d, struct secret *key);
int factor_seal(struct seal *seal, struct device *d, const struct secret *key);

/* A fresh code "XXXX-XXXX-XXXX-XXXX" (80 bits, base32), which the caller wipes, and its hash, bound to
 * the user. 0 or a negative error. */
int factor_code_make(struct seal *seal, const char *user, uint32_t uid, struct secret *code,
    uint8_t hash[RECOVERY_HASH_SIZE]);
/* RECOVERY_COUNT of them; all are wiped on an error. */
int factor_recovery_make(struct seal *seal, const char *user, uint32_t uid,
    struct secret code[RECOVERY_COUNT], uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE]);

#endif
