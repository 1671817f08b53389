/*
 * Epochs: what makes yesterday's log safe from today's keys.
 *
 * A chain has epochs 0, 1, 2 …, each with an Ed25519 key (RFC 8032) of its own. The public key
 * of epoch 0 stands in the first record of the chain; the seal that closes epoch i is signed by
 * its key, names the size and root of the tree before it and the public key of epoch i + 1, and
 * then the secret key of epoch i is destroyed. Nobody can make another seal i after that.
 *
 * The secret keys are files of DIR, "<chain>.<epoch>", 32 bytes, 0600: at most two at a time.
 * They belong to no backup.
 */
#ifndef SEKISHO_EPOCH_H
#define SEKISHO_EPOCH_H

#include "audit/ed25519.h"
#include "audit/merkle.h"
#include "buf.h"
#include <stdint.h>

struct epoch_time {
	int64_t wall_ms, boot_ms;
	uint8_t boot_id[16];
};

struct seal_statement {
	const char *origin;
	uint64_t epoch, size;
	struct merkle_hash root;
	struct epoch_time from, to; /* from: where the seal before ended */
	uint8_t next[ED25519_KEY_SIZE];
};

/* The signed text: lines "sekisho/seal/v1", origin, "epoch I", "size N", "root B64",
 * "from WALL_MS BOOT_ID BOOT_MS", "to …", "next B64"; boot ids are 32 hex digits. */
void seal_text(const struct seal_statement *s, struct buf *out);

/* Makes the key of an epoch if its file is not there and gives its public half; durable when it
 * returns 0. SKS_FULL, SKS_READONLY, SKS_IO, SKS_UNTRUSTED. */
int epoch_make(const char *dir, uint64_t chain, uint64_t epoch, uint8_t public[ED25519_KEY_SIZE]);
/* The public half of a key that is there; SKS_NOT_FOUND. */
int epoch_public(
    const char *dir, uint64_t chain, uint64_t epoch, uint8_t public[ED25519_KEY_SIZE]);
/* Signs with it; the key is in memory for that long. */
int epoch_sign(const char *dir, uint64_t chain, uint64_t epoch, const void *text, size_t len,
    uint8_t signature[ED25519_SIGNATURE_SIZE]);
/* Overwrites and removes every key but that of this chain and epoch. 0 or the first error; the
 * rest are tried all the same. */
int epoch_keep_only(const char *dir, uint64_t chain, uint64_t epoch);

#endif
