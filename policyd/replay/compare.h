/*
 * What one recorded decision would come to under another policy. Pure, as the core is.
 *
 * What is compared is what the person meets: let in, asked for a code, refused. An attempt that
 * was refused unlooked at and now would be looked at is "tried": whether it would have been
 * right nobody knows. Where the other policy asks for a fact that was not recorded, nothing is
 * made up: the end is "unknown", and "missing" says what it is that cannot be known.
 */
#ifndef SEKISHO_REPLAY_COMPARE_H
#define SEKISHO_REPLAY_COMPARE_H

#include "replay/recorded.h"

enum replay_end_kind {
	REPLAY_IN,
	REPLAY_ASKED,
	REPLAY_TRIED,
	REPLAY_REFUSED,
	REPLAY_UNKNOWN,
	REPLAY_ENDS
};
extern const char *const replay_end_words[]; /* "in", "asked", "tried", "refused", "unknown" */

enum replay_missing {
	REPLAY_KNOWN,
	REPLAY_GROUPS,   /* a rule names a group, and this account's were not asked for then */
	REPLAY_DEVICE,   /* another person's second factor would count: their devices */
	REPLAY_CODE,     /* codes would be judged in another window than this one was */
	REPLAY_LOCK,     /* it may stand in a lock, and how old that would be is not recorded */
	REPLAY_PERSON,   /* who may approve, export or redact is worked out from the policy */
	REPLAY_PASSWORD, /* what a new password had to be; it is kept nowhere */
	REPLAY_POLICY,   /* the policy that was in force then is not in the store */
	REPLAY_HOST,     /* a rule asks what the host says, and it was not asked for then */
	REPLAY_MISSING_COUNT
};
extern const char *const replay_missing_words[];

struct replay_end {
	uint32_t kind;    /* enum replay_end_kind */
	uint32_t reason;  /* enum reason */
	uint32_t missing; /* enum replay_missing, of REPLAY_UNKNOWN */
	bool observed;    /* let in only because refusals are observed */
	const char *rule; /* of the policy, or of the record; "" */
};

/* True when it would end otherwise, or that cannot be known. "was" is the policy that was in
 * force then; NULL when it is lost. */
bool replay_compare(const struct policy *was, const struct policy *would,
    const struct recorded *r, struct replay_end *before, struct replay_end *after);

#endif
