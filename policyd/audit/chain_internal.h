/*
 * What chain.c (heads, turns), chain_start.c, chain_seal.c and chain_key.c share.
 */
#ifndef SEKISHO_CHAIN_INTERNAL_H
#define SEKISHO_CHAIN_INTERNAL_H

#include "audit/chain.h"
#include "audit/epoch.h"
#include "audit/tree.h"

enum { CHAIN_TEXT_MAX = 4096, HASH_BASE64_SIZE = 45, SIGNATURE_BASE64_SIZE = 89 };

/* What a turn changes; the one in force is kept until the commit. */
struct chain_state {
	struct store_chain row;
	struct note_vkey vkey; /* the chain's name with the log key */
	struct tree tree;
	uint64_t head;          /* leaves that the newest head covers */
	int64_t unsigned_since; /* boot clock of the first record that none covers; -1: none */
	uint64_t epoch, epoch_size; /* its number, and the leaves when it began */
	struct epoch_time from;
	bool closed; /* a key has to be destroyed after the commit */
	int key;     /* which of the chain's two signs heads */
};

struct chain {
	struct note_skey key[2]; /* the other one is empty but while one takes over */
	struct ed25519_signer *signer; /* made ready from the key that signs */
	uint8_t signer_of[ED25519_KEY_SIZE];
	enum logkey_start key_start;
	char machine[LOGKEY_MACHINE_SIZE], auditor[NOTE_VKEY_SIZE];
	char seal_dir[CHAIN_TEXT_MAX];
	uint8_t boot_id[16];
	struct chain_state now, kept;
	bool changed; /* now may differ from kept in more than unsigned_since */
};

static inline uint64_t
chain_leaves(const struct chain_state *c, uint64_t last)
{
	return last + 1 - c->row.first;
}

/* Finishes, appends and clears it. */
int chain_append(struct store *s, struct record *r);
void chain_put_base64(struct record *r, const char *key, const void *data, size_t len);
/* Gives c->vkey: the key that signs, under the chain's own name. */
int chain_name(const struct chain *chain, struct chain_state *c);
/* At a start: of the two keys of the file, the one that the chain names; else the first. */
int chain_choose_key(struct chain *chain, struct chain_state *c);
/* Remembers the epoch under way with its public key, in the turn that begins it. */
int chain_keep_epoch(
    const struct chain_state *c, struct store *s, const uint8_t public[ED25519_KEY_SIZE]);
/* Into c; SKS_NOT_FOUND when the epoch's key is not there, or not the one that the log names. */
int chain_recall_epoch(const struct chain *chain, struct chain_state *c, struct store *s);

#endif
