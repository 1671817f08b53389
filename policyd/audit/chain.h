/*
 * The chain: the Merkle tree (RFC 6962) over the records' headers, its signed heads (C2SP
 * tlog-checkpoint) and its seals.
 *
 * Leaf i is the header of record first + i. A commit writes nothing of the tree: when a head is
 * due the headers since the last one are read and hashed. A head is due with the 64th record
 * that no head covers, in the same commit, and HEAD_AGE_MS after the first such record.
 *
 * A new chain begins, and says why, when there is none, or when the old one cannot be continued
 * honestly: its keys are lost, the store was rewound or restored, the host cloned. It cites the
 * last head of the old one. Until an auditor has signed for it (log.reanchor), verifying says
 * that the log is incomplete.
 *
 * One turn at a time: what is done in it is kept by chain_committed() or forgotten by
 * chain_undone().
 */
#ifndef SEKISHO_CHAIN_H
#define SEKISHO_CHAIN_H

#include "audit/logkey.h"
#include "clock.h"
#include "store/store.h"

enum {
	HEAD_RECORDS = 64,
	HEAD_AGE_MS = 8000,		/* looked at once a second: 10 s at most */
	EPOCH_AGE_MS = 15 * 60 * 1000,  /* boot clock */
	EPOCH_RECORDS = 4096,
};

struct chain;

/* key is copied. seal_dir: made if missing. SKS_INVALID when the key cannot be used. */
int chain_new(const struct logkey *key, const char *seal_dir, const uint8_t boot_id[16],
    struct chain **out);
void chain_free(struct chain *c); /* NULL: nothing */

/* In the first turn, before its first record: finds the chain and its epoch, or begins one.
 * reason: of the chain's log.begin, NULL when an old one was continued. */
int chain_start(struct chain *c, struct store *s, struct instant now, enum store_start start,
    const char **reason);

/* At the end of every turn, before the commit: signs a head when one is due by count. */
int chain_turn(struct chain *c, struct store *s, struct instant now);
/* Inside a turn: signs a head over all records, also those of this turn. */
int chain_sign(struct chain *c, struct store *s, struct instant now);
/* A note of the log's own key over a text that is no head: its first line says what it is, and
 * none begins with the name of a log. Errors of note_sign(). */
int chain_vouch(struct chain *c, const void *text, size_t len, struct buf *note);
/* Inside a turn: closes the epoch by a log.seal record and signs a head over it. */
int chain_seal(struct chain *c, struct store *s, struct instant now);

/* Inside a turn: heads from here on are signed by this key (chain_key.c), which the old one
 * signs for in a log.key record. It has the name of the old one. SKS_INVALID: another name, or
 * the same key. */
int chain_rotate(
    struct chain *c, struct store *s, struct instant now, const struct note_skey *next);
/* Is that the key that signs the heads? */
bool chain_has_key(const struct chain *c, const struct note_skey *key);

/* What a turn of the daemon's own should do now. */
bool chain_head_due(const struct chain *c, struct instant now);
bool chain_seal_due(const struct chain *c, struct instant now);

/* After the commit: destroys the key of an epoch that was closed. */
void chain_committed(struct chain *c);
void chain_undone(struct chain *c);

struct chain_status {
	uint64_t id, first, head_size, epoch;
	uint64_t sealed_size; /* leaves that the last seal covers */
	bool sealed; /* its last record is the seal of a clean stop or of an epoch just closed */
	char origin[ORIGIN_SIZE];
	char vkey[VKEY_SIZE];
	int64_t epoch_wall_ms; /* when the epoch began */
};
void chain_status(const struct chain *c, struct chain_status *out);

#endif
