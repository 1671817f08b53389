#include "audit/merkle.h"

#include "error.h"
#include <openssl/evp.h>
#include <string.h>

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1, LEAF_ON_STACK = 128 };

const struct merkle_hash merkle_empty = {{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a,
    0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
    0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

/*
 * One context for the process, its digest fetched once: 3.5 million hashes a second where
 * EVP_Digest with EVP_sha256() gives 1.2 million and the deprecated SHA256_Update, which a
 * certified provider would not see, 5 million.
 */
static EVP_MD_CTX *
merkle_context(void)
{
	static EVP_MD_CTX *context;
	EVP_MD *digest;
	EVP_MD_CTX *fresh;

	if (context != NULL)
		return context;
	digest = EVP_MD_fetch(NULL, "SHA256", NULL);
	fresh = EVP_MD_CTX_new();
	if (digest == NULL || fresh == NULL || EVP_DigestInit_ex2(fresh, digest, NULL) != 1) {
		EVP_MD_CTX_free(fresh);
		fresh = NULL;
	}
	EVP_MD_free(digest); /* the context holds its own reference */
	context = fresh;
	return context;
}

/* more may be empty; each update costs as much as a copy of some hundred bytes */
static int
merkle_digest(
    const uint8_t *data, size_t len, const void *more, size_t more_len, struct merkle_hash *out)
{
	EVP_MD_CTX *context = merkle_context();
	unsigned int size = 0;

	if (context == NULL || EVP_DigestInit_ex2(context, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(context, data, len) != 1 ||
	    (more_len > 0 && EVP_DigestUpdate(context, more, more_len) != 1) ||
	    EVP_DigestFinal_ex(context, out->bytes, &size) != 1 || size != MERKLE_HASH_SIZE) {
		*out = (struct merkle_hash){{0}};
		return SKS_INTERNAL;
	}
	return SKS_OK;
}

int
merkle_leaf(const void *entry, size_t len, struct merkle_hash *out)
{
	uint8_t data[1 + LEAF_ON_STACK];

	data[0] = LEAF_PREFIX;
	if (len > LEAF_ON_STACK)
		return merkle_digest(data, 1, entry, len, out);
	if (len > 0)
		memcpy(data + 1, entry, len);
	return merkle_digest(data, 1 + len, NULL, 0, out);
}

int
merkle_node(
    const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out)
{
	uint8_t data[1 + 2 * MERKLE_HASH_SIZE];

	data[0] = NODE_PREFIX;
	memcpy(data + 1, left->bytes, MERKLE_HASH_SIZE);
	memcpy(data + 1 + MERKLE_HASH_SIZE, right->bytes, MERKLE_HASH_SIZE);
	return merkle_digest(data, sizeof(data), NULL, 0, out);
}

bool
merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH_SIZE) == 0;
}

/* ---- the frontier ------------------------------------------------------------------------ */

int
merkle_push(struct merkle_frontier *f, const struct merkle_hash *leaf)
{
	return merkle_push_subtree(f, 0, leaf);
}

int
merkle_push_subtree(
    struct merkle_frontier *f, unsigned level, const struct merkle_hash *subtree)
{
	struct merkle_hash hash = *subtree;
	unsigned at = level;

	if (level >= MERKLE_LEVELS - 1 || f->size > MERKLE_SIZE_MAX ||
	    UINT64_C(1) << level > MERKLE_SIZE_MAX - f->size)
		return SKS_TOO_BIG;
	if ((f->size & ((UINT64_C(1) << level) - 1)) != 0)
		return SKS_INVALID;
	/* like a carry: two subtrees of one level are one of the next */
	for (; f->size >> at & 1; at++) {
		int r = merkle_node(&f->hash[at], &hash, &hash);

		if (r != SKS_OK)
			return r;
	}
	f->hash[at] = hash;
	f->size += UINT64_C(1) << level;
	return SKS_OK;
}

int
merkle_root(const struct merkle_frontier *f, struct merkle_hash *out)
{
	struct merkle_hash hash = merkle_empty;
	bool begun = false;
	int r = SKS_OK;

	for (unsigned level = 0; r == SKS_OK && level < MERKLE_LEVELS; level++) {
		if ((f->size >> level & 1) == 0)
			continue;
		if (begun)
			r = merkle_node(&f->hash[level], &hash, &hash);
		else
			hash = f->hash[level];
		begun = true;
	}
	*out = hash;
	return r;
}

/* ---- making proofs ----------------------------------------------------------------------- */

/* The largest power of two below n, for n > 1. */
static uint64_t
merkle_split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* MTH of the leaves [start, start + n), where start is a multiple of the power of two at or
 * above n: its complete subtrees from the left, folded from the right. */
static int
merkle_range(uint64_t start, uint64_t n, merkle_subtree get, void *arg, struct merkle_hash *out)
{
	struct merkle_hash left;
	bool begun = false;

	*out = merkle_empty;
	for (unsigned level = 0; level < MERKLE_LEVELS - 1; level++) {
		uint64_t width = UINT64_C(1) << level;
		int r;

		if ((n & width) == 0)
			continue;
		n -= width; /* what is left of it are the wider ones */
		r = get(arg, level, (start + n) >> level, begun ? &left : out);
		if (r == SKS_OK && begun)
			r = merkle_node(&left, out, out);
		if (r != SKS_OK)
			return r;
		begun = true;
	}
	return SKS_OK;
}

int
merkle_root_of(uint64_t size, merkle_subtree get, void *arg, struct merkle_hash *out)
{
	return size > MERKLE_SIZE_MAX ? SKS_TOO_BIG : merkle_range(0, size, get, arg, out);
}

/* Proofs are found from the root down and written from the leaf up. */
static void
merkle_reverse(struct merkle_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct merkle_hash hash = proof->hash[i];

		proof->hash[i] = proof->hash[proof->count - 1 - i];
		proof->hash[proof->count - 1 - i] = hash;
	}
}

static int
merkle_add_range(
    struct merkle_proof *out, uint64_t start, uint64_t n, merkle_subtree get, void *arg)
{
	if (out->count >= MERKLE_LEVELS)
		return SKS_INTERNAL;
	return merkle_range(start, n, get, arg, &out->hash[out->count++]);
}

int
merkle_prove_inclusion(
    uint64_t size, uint64_t index, merkle_subtree get, void *arg, struct merkle_proof *out)
{
	uint64_t start = 0, n = size;
	int r = SKS_OK;

	out->count = 0;
	if (size > MERKLE_SIZE_MAX)
		return SKS_TOO_BIG;
	if (index >= size)
		return SKS_INVALID;
	while (r == SKS_OK && n > 1) {
		uint64_t k = merkle_split(n);

		if (index - start < k) {
			r = merkle_add_range(out, start + k, n - k, get, arg);
			n = k;
		} else {
			r = merkle_add_range(out, start, k, get, arg);
			start += k;
			n -= k;
		}
	}
	merkle_reverse(out);
	return r;
}

int
merkle_prove_consistency(
    uint64_t old, uint64_t size, merkle_subtree get, void *arg, struct merkle_proof *out)
{
	uint64_t start = 0, m = old, n = size;
	int r = SKS_OK;

	out->count = 0;
	if (size > MERKLE_SIZE_MAX)
		return SKS_TOO_BIG;
	if (old > size)
		return SKS_INVALID;
	if (old == 0 || old == size)
		return SKS_OK;
	while (r == SKS_OK && m != n) {
		uint64_t k = merkle_split(n);

		if (m <= k) {
			r = merkle_add_range(out, start + k, n - k, get, arg);
			n = k;
		} else {
			r = merkle_add_range(out, start, k, get, arg);
			start += k;
			m -= k;
			n -= k;
		}
	}
	/* from the left edge on, the verifier has this hash: it is the old root */
	if (r == SKS_OK && start > 0)
		r = merkle_add_range(out, start, n, get, arg);
	merkle_reverse(out);
	return r;
}

/* ---- checking proofs --------------------------------------------------------------------- */

/* Where a proof stands: the node beside "first", in a tree whose last node is "last". */
struct climb {
	uint64_t first, last;
};

static void
climb_up(struct climb *c)
{
	c->first >>= 1;
	c->last >>= 1;
}

/* One sibling further up: *on_left tells on which side of the path it stands. */
static bool
climb_step(struct climb *c, bool *on_left)
{
	if (c->last == 0)
		return false;
	*on_left = (c->first & 1) != 0 || c->first == c->last;
	/* a right edge that has no sibling here */
	while (*on_left && (c->first & 1) == 0 && c->first != 0)
		climb_up(c);
	climb_up(c);
	return true;
}

int
merkle_verify_inclusion(const struct merkle_proof *proof, uint64_t size, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *root)
{
	struct climb c = {.first = index, .last = size - 1};
	struct merkle_hash hash = *leaf;
	int r = SKS_OK;

	if (size > MERKLE_SIZE_MAX || index >= size || proof->count > MERKLE_LEVELS)
		return SKS_INVALID;
	for (size_t i = 0; r == SKS_OK && i < proof->count; i++) {
		const struct merkle_hash *p = &proof->hash[i];
		bool on_left;

		if (!climb_step(&c, &on_left))
			return SKS_INVALID;
		r = on_left ? merkle_node(p, &hash, &hash) : merkle_node(&hash, p, &hash);
	}
	if (r != SKS_OK)
		return r;
	return c.last == 0 && merkle_equal(&hash, root) ? SKS_OK : SKS_INVALID;
}

static int
merkle_verify_equal(const struct merkle_proof *proof, const struct merkle_hash *old_root,
    const struct merkle_hash *root)
{
	return proof->count == 0 && merkle_equal(old_root, root) ? SKS_OK : SKS_INVALID;
}

int
merkle_verify_consistency(const struct merkle_proof *proof, uint64_t old, uint64_t size,
    const struct merkle_hash *old_root, const struct merkle_hash *root)
{
	struct climb c = {.first = old - 1, .last = size - 1};
	struct merkle_hash was, is;
	size_t next = 0;
	int r = SKS_OK;

	if (size > MERKLE_SIZE_MAX || old > size || proof->count > MERKLE_LEVELS)
		return SKS_INVALID;
	if (old == 0)
		return merkle_verify_equal(proof, old_root, &merkle_empty);
	if (old == size)
		return merkle_verify_equal(proof, old_root, root);
	while ((c.first & 1) != 0)
		climb_up(&c);
	/* the old tree is one complete subtree: its root is not repeated in the proof */
	if (c.first == 0)
		was = *old_root;
	else if (proof->count > next)
		was = proof->hash[next++];
	else
		return SKS_INVALID;
	is = was;
	for (; r == SKS_OK && next < proof->count; next++) {
		const struct merkle_hash *p = &proof->hash[next];
		bool on_left;

		if (!climb_step(&c, &on_left))
			return SKS_INVALID;
		if (!on_left) {
			r = merkle_node(&is, p, &is);
			continue;
		}
		r = merkle_node(p, &was, &was);
		if (r == SKS_OK)
			r = merkle_node(p, &is, &is);
	}
	if (r != SKS_OK)
		return r;
	return c.last == 0 && merkle_equal(&was, old_root) && merkle_equal(&is, root)
		   ? SKS_OK
		   : SKS_INVALID;
}
