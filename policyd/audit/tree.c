#include "audit/tree.h"

#include "error.h"
#include <string.h>

enum { BITS = 8 };

/* ---- growing ----------------------------------------------------------------------------- */

/* A unit of "level"; when 256 are together their root is a node, and a unit one level up. */
static int
tree_add(struct tree *t, struct store *s, unsigned level, const struct merkle_hash *unit)
{
	uint64_t units = t->size >> (BITS * level);
	struct merkle_hash node;
	int r = merkle_push(&t->level[level], unit);

	if (r != SKS_OK || t->level[level].size < TREE_WIDTH)
		return r;
	if (level + 1 == TREE_LEVELS)
		return SKS_TOO_BIG;
	r = merkle_root(&t->level[level], &node);
	memset(&t->level[level], 0, sizeof(t->level[level]));
	if (r == SKS_OK)
		r = store_node_put(
		    s, t->chain, level + 1, (units >> BITS) - 1, node.bytes);
	return r == SKS_OK ? tree_add(t, s, level + 1, &node) : r;
}

struct growing {
	struct tree *tree;
	struct store *store;
};

static int
tree_add_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct growing *g = context;
	struct merkle_hash leaf;
	int r = merkle_leaf(header, RECORD_HEADER_SIZE, &leaf);

	(void)seq;
	if (r != SKS_OK)
		return r;
	g->tree->size++;
	return tree_add(g->tree, g->store, 0, &leaf);
}

int
tree_grow(struct tree *t, struct store *s, uint64_t last)
{
	struct growing g = {t, s};
	uint64_t next = t->first + t->size;

	return last < next ? SKS_OK : store_headers(s, next, last, tree_add_header, &g);
}

/* ---- loading ----------------------------------------------------------------------------- */

static int
tree_load_level(struct tree *t, struct store *s, unsigned level, uint64_t size)
{
	uint64_t units = size >> (BITS * level), from = units & ~(uint64_t)(TREE_WIDTH - 1);
	struct merkle_hash node;
	int r = SKS_OK;

	for (uint64_t n = from; r == SKS_OK && n < units; n++) {
		r = store_node_get(s, t->chain, level, n, node.bytes);
		if (r == SKS_OK)
			r = merkle_push(&t->level[level], &node);
	}
	return r;
}

int
tree_load(struct tree *t, struct store *s, const struct store_chain *c, uint64_t size)
{
	int r = SKS_OK;

	*t = (struct tree){.chain = c->id, .first = c->first};
	for (unsigned level = TREE_LEVELS - 1; r == SKS_OK && level > 0; level--)
		r = tree_load_level(t, s, level, size);
	t->size = size & ~(uint64_t)(TREE_WIDTH - 1);
	return r == SKS_OK && size > t->size ? tree_grow(t, s, c->first + size - 1) : r;
}

int
tree_root(const struct tree *t, struct merkle_hash *out)
{
	struct merkle_frontier all = {0};
	int r = SKS_OK;

	for (unsigned level = TREE_LEVELS; r == SKS_OK && level-- > 0;) {
		const struct merkle_frontier *f = &t->level[level];

		for (unsigned bit = BITS; r == SKS_OK && bit-- > 0;)
			if ((f->size >> bit & 1) != 0)
				r = merkle_push_subtree(
				    &all, BITS * level + bit, &f->hash[bit]);
	}
	return r == SKS_OK ? merkle_root(&all, out) : r;
}

/* ---- proving ----------------------------------------------------------------------------- */

struct block {
	struct merkle_frontier frontier;
};

static int
block_add(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct block *b = context;
	struct merkle_hash leaf;
	int r = merkle_leaf(header, RECORD_HEADER_SIZE, &leaf);

	(void)seq;
	return r == SKS_OK ? merkle_push(&b->frontier, &leaf) : r;
}

/* 2^level units, level below BITS, of what nodes of one level or the headers give. */
int
tree_subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct tree_source *source = arg;
	unsigned base = level / BITS, within = level % BITS;
	uint64_t from = index << within, count = (uint64_t)1 << within;
	struct block b = {0};
	struct merkle_hash node;
	int r = SKS_OK;

	if (base == 0)
		r = store_headers(source->store, source->chain.first + from,
		    source->chain.first + from + count - 1, block_add, &b);
	for (uint64_t i = 0; base > 0 && r == SKS_OK && i < count; i++) {
		r = store_node_get(source->store, source->chain.id, base, from + i, node.bytes);
		if (r == SKS_OK)
			r = merkle_push(&b.frontier, &node);
	}
	return r == SKS_OK ? merkle_root(&b.frontier, out) : r;
}
