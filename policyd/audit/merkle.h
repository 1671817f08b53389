/*
 * The tree of RFC 6962 section 2.1 over SHA-256: hashes, a frontier that grows leaf by leaf,
 * and proofs that a leaf is in a tree and that one tree continues another.
 *
 * Nothing here reads or keeps a tree. Who makes a proof hands in a function that gives the hash
 * of a complete subtree. Sizes are at most MERKLE_SIZE_MAX. One thread at a time: the hashing
 * context is the process's.
 */
#ifndef SEKISHO_AUDIT_MERKLE_H
#define SEKISHO_AUDIT_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MERKLE_HASH_SIZE = 32, MERKLE_LEVELS = 64 };
#define MERKLE_SIZE_MAX INT64_MAX

struct merkle_hash {
	uint8_t bytes[MERKLE_HASH_SIZE];
};

/* Each gives 0 or SKS_INTERNAL (the cryptographic library failed); out is then zero. */
int merkle_leaf(const void *entry, size_t len, struct merkle_hash *out);
int merkle_node(
    const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out);
/* The root of the tree without leaves, SHA-256 of nothing. */
extern const struct merkle_hash merkle_empty;
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/*
 * The complete subtrees whose leaves are [0, size), at most one for each level: hash[l] counts
 * where bit l of size is set. All zero is the empty one; copied by assignment.
 */
struct merkle_frontier {
	uint64_t size;
	struct merkle_hash hash[MERKLE_LEVELS];
};

/* Adds a leaf hash. 0, SKS_TOO_BIG at MERKLE_SIZE_MAX, SKS_INTERNAL; f is then as before. */
int merkle_push(struct merkle_frontier *f, const struct merkle_hash *leaf);
/* Adds a complete subtree of 2^level leaves. Also SKS_INVALID where size is no multiple of
 * 2^level. */
int merkle_push_subtree(
    struct merkle_frontier *f, unsigned level, const struct merkle_hash *subtree);
/* The root of the tree of f->size leaves. */
int merkle_root(const struct merkle_frontier *f, struct merkle_hash *out);

/*
 * Gives the hash of the complete subtree over the leaves [index << level, (index + 1) <<
 * level); level 0 is a leaf hash. 0 or a negative error, which ends the proof.
 */
typedef int (*merkle_subtree)(
    void *arg, unsigned level, uint64_t index, struct merkle_hash *out);

struct merkle_proof {
	size_t count;
	struct merkle_hash hash[MERKLE_LEVELS];
};

/* The hash over the first size leaves. 0, SKS_TOO_BIG, or the error of get. */
int merkle_root_of(uint64_t size, merkle_subtree get, void *arg, struct merkle_hash *out);
/* RFC 6962 2.1.1: that leaf "index" is in the tree of "size". SKS_INVALID when index >= size,
 * SKS_TOO_BIG, or the error of get. */
int merkle_prove_inclusion(
    uint64_t size, uint64_t index, merkle_subtree get, void *arg, struct merkle_proof *out);
/* RFC 6962 2.1.2: that the tree of "size" continues the one of "old". SKS_INVALID when
 * old > size. Empty when old is 0 or size. */
int merkle_prove_consistency(
    uint64_t old, uint64_t size, merkle_subtree get, void *arg, struct merkle_proof *out);

/* RFC 9162 2.1.3.2. 0; SKS_INVALID when it proves nothing of the kind; SKS_INTERNAL. */
int merkle_verify_inclusion(const struct merkle_proof *proof, uint64_t size, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *root);
/* RFC 9162 2.1.4.2, and for equal sizes and old = 0 an empty proof. Same results. */
int merkle_verify_consistency(const struct merkle_proof *proof, uint64_t old, uint64_t size,
    const struct merkle_hash *old_root, const struct merkle_hash *root);

#endif
