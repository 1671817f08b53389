/*
 * The tree made again. Where a stored node differs from it, a second tree goes on with the
 * stored one until a signed root tells which was right: then either the node was altered, or
 * one of the 256 records below it, and everything behind can still be verified.
 */
#include "audit/verify_internal.h"
#include "error.h"
#include <string.h>

enum { BITS = 8, WIDTH = 1 << BITS };

int
vtree_root(const struct vtree *t, struct merkle_hash *out)
{
	struct merkle_frontier all = {0};
	int r = SKS_OK;

	for (unsigned level = VERIFY_LEVELS; r == SKS_OK && level-- > 0;) {
		const struct merkle_frontier *f = &t->level[level];

		for (unsigned bit = BITS; r == SKS_OK && bit-- > 0;)
			if ((f->size >> bit & 1) != 0)
				r = merkle_push_subtree(
				    &all, BITS * level + bit, &f->hash[bit]);
	}
	return r == SKS_OK ? merkle_root(&all, out) : r;
}

/* Adds a unit; *full with the node that it completes, one level up. */
static int
vtree_push(struct vtree *t, unsigned level, const struct merkle_hash *unit,
    struct merkle_hash *node, bool *full)
{
	struct merkle_frontier *f = &t->level[level];
	int r = merkle_push(f, unit);

	*full = r == SKS_OK && f->size == WIDTH;
	if (!*full)
		return r;
	r = merkle_root(f, node);
	/* the hashes behind may stay: only those that the size has count */
	f->size = 0;
	return r;
}

static void
tree_differs(struct verify *v, unsigned level, uint64_t n)
{
	struct vchain *c = &v->chain;
	uint64_t from = n << (BITS * level), to = ((n + 1) << (BITS * level)) - 1;

	if (!c->alt_used || from < c->bad_from)
		c->bad_from = from;
	if (!c->alt_used || to > c->bad_to)
		c->bad_to = to;
}

/* The node over what was completed is stored up to the newest head, and only up to there. */
static bool
tree_stored(struct verify *v, unsigned level, uint64_t n, struct merkle_hash *stored)
{
	struct vchain *c = &v->chain;
	int r;

	if ((n + 1) << (BITS * level) > c->head_size)
		return false;
	r = store_node_get(v->store, c->id, level, n, stored->bytes);
	if (r == SKS_OK)
		c->nodes++;
	else
		verify_find(v, VERIFY_NODE, c->out->first + (n << (BITS * level)),
		    c->out->first + ((n + 1) << (BITS * level)) - 1,
		    "level %u, number %llu: %s", level, (unsigned long long)n, error_text(r));
	return r == SKS_OK;
}

/* A unit of "level" is whole: in the tree made of the records, and in the other one. */
static int
tree_completed(struct verify *v, unsigned level, const struct merkle_hash *mine,
    const struct merkle_hash *alt)
{
	struct vchain *c = &v->chain;
	uint64_t n = (c->tree.size >> (BITS * level)) - 1;
	struct merkle_hash stored, above, above_alt;
	bool full = false, full_alt = false;
	int r = SKS_OK;

	if (level == VERIFY_LEVELS)
		return SKS_TOO_BIG;
	if (tree_stored(v, level, n, &stored)) {
		/* a node above what already differs follows one of the two, and is no news */
		if (!merkle_equal(&stored, mine) &&
		    !(c->alt_used && merkle_equal(&stored, alt))) {
			tree_differs(v, level, n);
			if (!c->alt_used)
				c->alt = c->tree;
			c->alt_used = true;
		}
		alt = &stored;
	}
	if (c->alt_used)
		r = vtree_push(&c->alt, level, alt, &above_alt, &full_alt);
	if (r == SKS_OK)
		r = vtree_push(&c->tree, level, mine, &above, &full);
	if (r != SKS_OK || !full)
		return r;
	return tree_completed(v, level + 1, &above, full_alt ? &above_alt : &above);
}

void
verify_leaf(struct verify *v, const uint8_t *header)
{
	struct vchain *c = &v->chain;
	struct merkle_hash leaf, node, alt;
	bool full = false, full_alt = false;
	int r = merkle_leaf(header, RECORD_HEADER_SIZE, &leaf);

	c->tree.size++;
	if (r == SKS_OK && c->alt_used)
		r = vtree_push(&c->alt, 0, &leaf, &alt, &full_alt);
	if (r == SKS_OK)
		r = vtree_push(&c->tree, 0, &leaf, &node, &full);
	if (r == SKS_OK && full && !c->broken)
		r = tree_completed(v, 1, &node, full_alt ? &alt : &node);
	if (r != SKS_OK)
		v->fatal = r;
}

static void
tree_forget_alt(struct vchain *c)
{
	c->alt_used = false;
	c->bad_from = c->bad_to = 0;
}

bool
verify_signed_root(
    struct verify *v, enum verify_kind kind, const struct merkle_hash *root, const char *what)
{
	struct vchain *c = &v->chain;
	uint64_t first = c->out->first;
	struct merkle_hash mine, stored;

	if (c->broken)
		return false;
	if (vtree_root(&c->tree, &mine) != SKS_OK ||
	    (c->alt_used && vtree_root(&c->alt, &stored) != SKS_OK)) {
		v->fatal = SKS_INTERNAL;
		return false;
	}
	if (merkle_equal(&mine, root)) {
		if (c->alt_used)
			verify_find(v, VERIFY_NODE, first + c->bad_from, first + c->bad_to,
			    "nodes over these records");
		tree_forget_alt(c);
		c->good = c->tree.size;
		return true;
	}
	if (c->alt_used && merkle_equal(&stored, root)) {
		verify_find(
		    v, VERIFY_BLOCK, first + c->bad_from, first + c->bad_to, "%s", what);
		c->alt.size = c->tree.size;
		c->tree = c->alt;
		tree_forget_alt(c);
		c->good = c->tree.size;
		return true;
	}
	verify_find(v, kind, first + c->good, first + c->tree.size - 1, "%s, size %llu", what,
	    (unsigned long long)c->tree.size);
	c->broken = true;
	return false;
}
