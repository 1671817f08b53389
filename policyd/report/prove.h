/*
 * That several records are in one tree, in one proof: the hashes of all that is beside them,
 * each once. Going down from the root, a subtree is divided as RFC 6962 does (left the largest
 * power of two below its size); one without any of the records is given by its hash, in the
 * order in which it is met; a single record by its header.
 */
#ifndef SEKISHO_REPORT_PROVE_H
#define SEKISHO_REPORT_PROVE_H

#include "audit/merkle.h"
#include "store/store.h"
#include <stddef.h>
#include <stdint.h>

struct prove_nodes {
	struct merkle_hash *hash; /* owned */
	size_t count, room;
};
void prove_nodes_clear(struct prove_nodes *n);

/* The nodes for the leaves index[0..count), ascending, of the tree of "size" leaves. 0,
 * SKS_NOMEM or the error of get. */
int prove_many(uint64_t size, const uint64_t *index, size_t count, merkle_subtree get,
    void *arg, struct prove_nodes *out);
/* As the page does it: the root that these leaves and nodes lead to. SKS_INVALID: too few nodes
 * or too many. */
int prove_root(uint64_t size, const uint64_t *index, const struct merkle_hash *leaf,
    size_t count, const struct prove_nodes *nodes, struct merkle_hash *root);

/* merkle_subtree over a chain of the store, which keeps the leaves of the last 256 at hand. */
enum { PROVE_BLOCK = 256 };
struct prove_tree {
	struct store *store;
	struct store_chain chain;
	uint64_t size;
	uint64_t block; /* UINT64_MAX: none */
	size_t count;
	struct merkle_hash leaf[PROVE_BLOCK];
};
int prove_subtree(void *tree, unsigned level, uint64_t index, struct merkle_hash *out);

#endif
