/*
 * The tree of a chain while it grows (RFC 6962 2.1). Kept are the roots of full subtrees of 256,
 * 65,536 … leaves (store_node_put); leaf hashes are made from the records' headers again.
 */
#ifndef SEKISHO_TREE_H
#define SEKISHO_TREE_H

#include "audit/merkle.h"
#include "store/store.h"

enum { TREE_LEVELS = 6, TREE_WIDTH = 256 };

/* level[0] holds leaves that do not fill a subtree yet, level[1] such subtrees, and so on; each
 * is a frontier over its own units. All zero is empty; copied by assignment. */
struct tree {
	uint64_t chain, first, size;
	struct merkle_frontier level[TREE_LEVELS];
};

/* The tree over the first "size" leaves, from nodes and at most 255 headers. SKS_CORRUPT,
 * SKS_NOT_FOUND when a node is missing. */
int tree_load(struct tree *t, struct store *s, const struct store_chain *c, uint64_t size);
/* Adds the leaves that the store has beyond t->size, up to record "last"; writes full nodes. In
 * a turn. */
int tree_grow(struct tree *t, struct store *s, uint64_t last);
int tree_root(const struct tree *t, struct merkle_hash *out);

/* For proofs (merkle_subtree): arg is a struct tree_source; any complete subtree of a chain,
 * from nodes and headers. */
struct tree_source {
	struct store *store;
	struct store_chain chain;
};
int tree_subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out);

#endif
