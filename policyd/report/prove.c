#include "report/prove.h"

#include "audit/tree.h"
#include "error.h"
#include <stdlib.h>
#include <string.h>

/* ---- one proof for many leaves ------------------------------------------------------------
 */

struct proving {
	merkle_subtree get;
	void *arg;
	const uint64_t *index;
	struct prove_nodes *out;
};

void
prove_nodes_clear(struct prove_nodes *n)
{
	free(n->hash);
	memset(n, 0, sizeof(*n));
}

static int
nodes_add(struct prove_nodes *n, const struct merkle_hash *hash)
{
	if (n->count == n->room) {
		size_t room = n->room == 0 ? 256 : n->room * 2;
		struct merkle_hash *grown = reallocarray(n->hash, room, sizeof(*grown));

		if (grown == NULL)
			return SKS_NOMEM;
		n->hash = grown;
		n->room = room;
	}
	n->hash[n->count++] = *hash;
	return SKS_OK;
}

/* The largest power of two below size, which is at least 2. */
static uint64_t
left_of(uint64_t size)
{
	return UINT64_C(1) << (63 - __builtin_clzll(size - 1));
}

/* The hash over [from, from + size), which begins where the tree divides. */
static int
range_hash(const struct proving *p, uint64_t from, uint64_t size, struct merkle_hash *out)
{
	struct merkle_hash left, right;
	uint64_t half;
	int r;

	if ((size & (size - 1)) == 0) {
		unsigned level = (unsigned)__builtin_ctzll(size);

		return p->get(p->arg, level, from >> level, out);
	}
	half = left_of(size);
	if ((r = range_hash(p, from, half, &left)) != SKS_OK ||
	    (r = range_hash(p, from + half, size - half, &right)) != SKS_OK)
		return r;
	return merkle_node(&left, &right, out);
}

/* index[first..last) are those in [from, from + size). */
static int
prove_range(const struct proving *p, uint64_t from, uint64_t size, size_t first, size_t last)
{
	struct merkle_hash node;
	size_t middle = first;
	uint64_t half;
	int r;

	if (first == last) {
		r = range_hash(p, from, size, &node);
		return r == SKS_OK ? nodes_add(p->out, &node) : r;
	}
	if (size == 1)
		return SKS_OK;
	half = left_of(size);
	while (middle < last && p->index[middle] < from + half)
		middle++;
	r = prove_range(p, from, half, first, middle);
	return r == SKS_OK ? prove_range(p, from + half, size - half, middle, last) : r;
}

int
prove_many(uint64_t size, const uint64_t *index, size_t count, merkle_subtree get, void *arg,
    struct prove_nodes *out)
{
	struct proving p = {.get = get, .arg = arg, .index = index, .out = out};

	if (size == 0 || size > MERKLE_SIZE_MAX || (count > 0 && index[count - 1] >= size))
		return SKS_INVALID;
	return prove_range(&p, 0, size, 0, count);
}

/* ---- checking it --------------------------------------------------------------------------
 */

struct checking {
	const uint64_t *index;
	const struct merkle_hash *leaf;
	const struct prove_nodes *nodes;
	size_t used;
};

static int
check_range(struct checking *c, uint64_t from, uint64_t size, size_t first, size_t last,
    struct merkle_hash *out)
{
	struct merkle_hash left, right;
	size_t middle = first;
	uint64_t half;
	int r;

	if (first == last) {
		if (c->used == c->nodes->count)
			return SKS_INVALID;
		*out = c->nodes->hash[c->used++];
		return SKS_OK;
	}
	if (size == 1) {
		*out = c->leaf[first];
		return SKS_OK;
	}
	half = left_of(size);
	while (middle < last && c->index[middle] < from + half)
		middle++;
	if ((r = check_range(c, from, half, first, middle, &left)) != SKS_OK ||
	    (r = check_range(c, from + half, size - half, middle, last, &right)) != SKS_OK)
		return r;
	return merkle_node(&left, &right, out);
}

int
prove_root(uint64_t size, const uint64_t *index, const struct merkle_hash *leaf, size_t count,
    const struct prove_nodes *nodes, struct merkle_hash *root)
{
	struct checking c = {.index = index, .leaf = leaf, .nodes = nodes};
	int r = size > 0 ? check_range(&c, 0, size, 0, count, root) : SKS_INVALID;

	return r == SKS_OK && c.used != nodes->count ? SKS_INVALID : r;
}

/* ---- from the store ------------------------------------------------------------------------
 */

static int
tree_take(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct prove_tree *t = context;

	(void)seq;
	return merkle_leaf(header, RECORD_HEADER_SIZE, &t->leaf[t->count++]);
}

static int
tree_load_block(struct prove_tree *t, uint64_t block)
{
	uint64_t from = block * PROVE_BLOCK, left = t->size - from;
	uint64_t first = t->chain.first + from;

	t->block = block;
	t->count = 0;
	return store_headers(t->store, first,
	    first + (left < PROVE_BLOCK ? left : PROVE_BLOCK) - 1, tree_take, t);
}

int
prove_subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct prove_tree *t = arg;
	struct tree_source source = {.store = t->store, .chain = t->chain};
	uint64_t from = index << level, in_block = from % PROVE_BLOCK;
	struct merkle_frontier f = {.size = 0};
	int r = SKS_OK;

	if ((UINT64_C(1) << level) >= PROVE_BLOCK)
		return tree_subtree(&source, level, index, out);
	if (t->block != from / PROVE_BLOCK)
		r = tree_load_block(t, from / PROVE_BLOCK);
	for (uint64_t i = 0; r == SKS_OK && i < (UINT64_C(1) << level); i++)
		r = in_block + i < t->count ? merkle_push(&f, &t->leaf[in_block + i])
					    : SKS_CORRUPT;
	return r == SKS_OK ? merkle_root(&f, out) : r;
}
