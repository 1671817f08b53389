/*
 * Reanchoring: an auditor outside of the host vouches for a chain that was begun anew.
 *
 * A chain after the first is a claim of the host. The auditor, whose verifier key stands in the
 * first record of the first chain, looks into what happened and signs, as a note:
 *
 *   sekisho/reanchor/v1
 *   OLD ORIGIN
 *   OLD SIZE, decimal
 *   OLD ROOT, base64
 *   NEW ORIGIN
 *   LEAF HASH of the new chain's log.begin, base64
 *   NEW VERIFIER KEY, as that record has it
 *
 * Size and root are those that log.begin cites; where it could cite none: 0 and the root of
 * nothing.
 */
#ifndef SEKISHO_REANCHOR_H
#define SEKISHO_REANCHOR_H

#include "audit/note.h"
#include "store/store.h"

enum { REANCHOR_TEXT_MAX = 2048 };

struct reanchor {
	uint64_t chain; /* the one that waits */
	char text[REANCHOR_TEXT_MAX];
	char auditor[NOTE_VKEY_SIZE]; /* who may sign; "": nobody was named */
};

/* The first chain that nobody has vouched for. 0; SKS_NOT_FOUND when there is none; SKS_CORRUPT
 * when its first record or that of the first chain cannot be read; the store's errors. */
int reanchor_find(struct store *s, struct reanchor *out);
/* Is that note of this text, and by the auditor? 0; SKS_INVALID: no note, or of another text;
 * SKS_DENIED: not signed by the auditor. */
int reanchor_check(const struct reanchor *r, const void *note, size_t len);
/* Inside a turn: this chain is vouched for. */
int reanchor_done(struct store *s, const struct reanchor *r);

#endif
