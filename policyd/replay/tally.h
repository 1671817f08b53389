/* Counting what replay_compare() says: one login once, equal changes together. */
#ifndef SEKISHO_REPLAY_TALLY_H
#define SEKISHO_REPLAY_TALLY_H

#include "replay/replay.h"

enum { TALLY_LOGINS = 8192, TALLY_SLOTS = 2 * REPLAY_GROUPS_MAX };

struct tally {
	struct replay_result *result;
	uint64_t login[TALLY_LOGINS]; /* of which a decision changed: hashes, the newest win */
	uint16_t slot[TALLY_SLOTS];   /* 1 + index of a group; 0: empty */
};

/* "result" stays the caller's and is zeroed. */
void tally_init(struct tally *t, struct replay_result *result);
/* Does it belong to a login that has changed before? Then what comes of it is no more news. */
bool tally_is_known(const struct tally *t, const struct recorded *r);
/* Notes it as one of a login that changed, and counts nothing. */
void tally_note(struct tally *t, const struct recorded *r);
void tally_add(struct tally *t, const struct recorded *r, const struct record *header,
    const struct replay_end *before, const struct replay_end *after);
/* Adds what another process counted. */
void tally_merge(struct tally *t, const struct replay_result *from);
void tally_sort(struct replay_result *result);

#endif
