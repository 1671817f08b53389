/*
 * The proof that one entry is in the log, as a file of its own (C2SP tlog-proof@v1, a draft):
 *
 *	c2sp.org/tlog-proof@v1
 *	[extra BASE64]
 *	index N
 *	HASH, base64; one line each, from the leaf up
 *
 *	the signed head, word for word
 *
 * "extra" is whatever helps to find the entry; nothing vouches for it but the entry itself.
 */
#ifndef SEKISHO_AUDIT_PROOF_H
#define SEKISHO_AUDIT_PROOF_H

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "buf.h"
#include <stddef.h>
#include <stdint.h>

enum { PROOF_EXTRA_MAX = 65535, PROOF_MAX = NOTE_MAX };

struct proof {
	uint64_t index;
	struct merkle_proof path;
	const uint8_t *extra; /* when writing; NULL: none */
	size_t extra_len;
	const char *extra_base64; /* when read, in the caller's bytes; NULL: none */
	size_t extra_base64_len;
	const char *head; /* the caller's bytes */
	size_t head_len;
};

/* Appends the file. 0, SKS_INVALID (more than PROOF_EXTRA_MAX, index or path that none can
 * have, no head), SKS_NOMEM, or the sticky error of out. */
int proof_format(const struct proof *p, struct buf *out);
/* 0, SKS_INVALID or SKS_TOO_BIG. The head is only found here, not read. */
int proof_parse(const void *data, size_t len, struct proof *out);
/* What a read proof carries, into out[size]: its length, 0 for none; SKS_INVALID,
 * SKS_TOO_BIG. */
int proof_extra(const struct proof *p, void *out, size_t size);
/*
 * 0 when this leaf hash is in the tree whose head this key signed; *head is that head: its
 * origin is still to be compared. SKS_CORRUPT: a wrong signature, or a path that does not lead
 * to the root; SKS_NOT_FOUND: not signed by this key; SKS_INVALID: no head; SKS_INTERNAL.
 */
int proof_verify(const struct proof *p, const struct merkle_hash *leaf,
    const struct note_vkey *key, struct checkpoint *head);

#endif
