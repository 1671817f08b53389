/* The tree: RFC 6962's own vectors, a recursive reference, and proofs bent in every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/merkle.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

enum { LEAVES = 100 };

static struct merkle_hash leaf[LEAVES];

static void
expect_hex(const struct merkle_hash *hash, const char *hex)
{
	char text[2 * MERKLE_HASH_SIZE + 1];

	for (size_t i = 0; i < MERKLE_HASH_SIZE; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
	assert_string_equal(text, hex);
}

/* ---- vectors ----------------------------------------------------------------------------- */

static void
test_single_hashes(void **state)
{
	struct merkle_hash a, b, node;
	static const char long_entry[300] = "more than fits the stack";
	struct merkle_frontier none = {0};

	(void)state;
	assert_int_equal(merkle_root(&none, &a), SKS_OK);
	expect_hex(&a, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(merkle_leaf("", 0, &a), SKS_OK);
	expect_hex(&a, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	assert_int_equal(merkle_leaf("L123456", 7, &a), SKS_OK);
	expect_hex(&a, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
	assert_int_equal(merkle_leaf(long_entry, sizeof(long_entry), &a), SKS_OK);
	assert_int_equal(merkle_leaf(long_entry, sizeof(long_entry) - 1, &b), SKS_OK);
	assert_false(merkle_equal(&a, &b));
	memset(&a, 1, sizeof(a));
	memset(&b, 2, sizeof(b));
	assert_int_equal(merkle_node(&a, &b, &node), SKS_OK);
	assert_int_equal(merkle_node(&b, &a, &a), SKS_OK);
	assert_false(merkle_equal(&a, &node));
}

/* The eight leaves of Certificate Transparency's tests. */
static void
test_roots_of_rfc_6962(void **state)
{
	static const struct {
		const char *entry;
		size_t len;
		const char *root;
	} step[] = {
	    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
	    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
	    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
	    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
	    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
	    {"\x40\x41\x42\x43", 4,
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
	    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
	    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
	};
	struct merkle_frontier f = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		struct merkle_hash hash;

		assert_int_equal(merkle_leaf(step[i].entry, step[i].len, &hash), SKS_OK);
		assert_int_equal(merkle_push(&f, &hash), SKS_OK);
		assert_int_equal(merkle_root(&f, &hash), SKS_OK);
		expect_hex(&hash, step[i].root);
	}
}

/* ---- the reference ----------------------------------------------------------------------- */

/* As RFC 6962 2.1 defines it, in so many words. */
static struct merkle_hash
reference(size_t start, size_t n)
{
	struct merkle_hash left, right, out = merkle_empty;
	size_t k = 1;

	if (n == 1)
		return leaf[start];
	if (n == 0)
		return out;
	while (2 * k < n)
		k *= 2;
	left = reference(start, k);
	right = reference(start + k, n - k);
	assert_int_equal(merkle_node(&left, &right, &out), SKS_OK);
	return out;
}

static int
subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	unsigned *calls = arg;

	if (calls != NULL && (*calls)-- == 0)
		return SKS_IO;
	assert_true((index + 1) << level <= LEAVES);
	*out = reference(index << level, (size_t)1 << level);
	return SKS_OK;
}

static int
setup(void **state)
{
	(void)state;
	/* the tree of golang.org/x/mod/sumdb/tlog's test */
	for (size_t i = 0; i < LEAVES; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "leaf %zu", i);
		if (merkle_leaf(text, strlen(text), &leaf[i]) != SKS_OK)
			return -1;
	}
	return 0;
}

static void
test_a_frontier_has_every_root(void **state)
{
	struct merkle_frontier f = {0};

	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		struct merkle_hash expected = reference(0, n), root;

		assert_int_equal(f.size, n);
		assert_int_equal(merkle_root(&f, &root), SKS_OK);
		assert_true(merkle_equal(&root, &expected));
		assert_int_equal(merkle_root_of(n, subtree, NULL, &root), SKS_OK);
		assert_true(merkle_equal(&root, &expected));
		if (n < LEAVES)
			assert_int_equal(merkle_push(&f, &leaf[n]), SKS_OK);
	}
}

static void
test_a_frontier_is_copied_by_assignment(void **state)
{
	struct merkle_frontier f = {0}, copy;
	struct merkle_hash root, expected = reference(0, 6);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(merkle_push(&f, &leaf[i]), SKS_OK);
	copy = f;
	for (size_t i = 5; i < 9; i++)
		assert_int_equal(merkle_push(&f, &leaf[i]), SKS_OK);
	assert_int_equal(merkle_push(&copy, &leaf[5]), SKS_OK);
	assert_int_equal(merkle_root(&copy, &root), SKS_OK);
	assert_true(merkle_equal(&root, &expected));
}

static void
test_a_frontier_takes_subtrees(void **state)
{
	struct merkle_frontier f = {0}, before;
	struct merkle_hash root, sub, expected = reference(0, 99);

	(void)state;
	sub = reference(0, 64);
	assert_int_equal(merkle_push_subtree(&f, 6, &sub), SKS_OK);
	sub = reference(64, 32);
	assert_int_equal(merkle_push_subtree(&f, 5, &sub), SKS_OK);
	sub = reference(96, 2);
	assert_int_equal(merkle_push_subtree(&f, 1, &sub), SKS_OK);
	before = f;
	assert_int_equal(merkle_push_subtree(&f, 2, &sub), SKS_INVALID);
	assert_int_equal(merkle_push_subtree(&f, 63, &sub), SKS_TOO_BIG);
	assert_memory_equal(&f, &before, sizeof(f));
	assert_int_equal(merkle_push(&f, &leaf[98]), SKS_OK);
	assert_int_equal(merkle_root(&f, &root), SKS_OK);
	assert_true(merkle_equal(&root, &expected));
	f.size = MERKLE_SIZE_MAX;
	assert_int_equal(merkle_push(&f, &leaf[0]), SKS_TOO_BIG);
	f.size = UINT64_MAX;
	assert_int_equal(merkle_push(&f, &leaf[0]), SKS_TOO_BIG);
}

/* ---- proofs ------------------------------------------------------------------------------ */

/* Each bit of interest turned, one hash too few, one too many: nothing else may pass. */
static void
expect_only_whole_inclusion(
    struct merkle_proof *p, uint64_t size, uint64_t index, const struct merkle_hash *root)
{
	for (size_t k = 0; k < p->count; k++) {
		p->hash[k].bytes[k % MERKLE_HASH_SIZE] ^= 1;
		assert_int_equal(
		    merkle_verify_inclusion(p, size, index, &leaf[index], root), SKS_INVALID);
		p->hash[k].bytes[k % MERKLE_HASH_SIZE] ^= 1;
	}
	p->hash[p->count] = leaf[0];
	p->count++;
	assert_int_equal(
	    merkle_verify_inclusion(p, size, index, &leaf[index], root), SKS_INVALID);
	p->count--;
	if (p->count > 0) {
		p->count--;
		assert_int_equal(
		    merkle_verify_inclusion(p, size, index, &leaf[index], root), SKS_INVALID);
		p->count++;
	}
	assert_int_equal(
	    merkle_verify_inclusion(p, size, index, &leaf[(index + 1) % LEAVES], root),
	    SKS_INVALID);
	if (size > 1)
		assert_int_equal(
		    merkle_verify_inclusion(p, size, (index + 1) % size, &leaf[index], root),
		    SKS_INVALID);
}

static void
test_inclusion_of_every_leaf_in_every_tree(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= LEAVES; size++) {
		struct merkle_hash root = reference(0, size);

		for (uint64_t index = 0; index < size; index++) {
			struct merkle_proof p;

			assert_int_equal(
			    merkle_prove_inclusion(size, index, subtree, NULL, &p), SKS_OK);
			assert_int_equal(
			    merkle_verify_inclusion(&p, size, index, &leaf[index], &root),
			    SKS_OK);
			expect_only_whole_inclusion(&p, size, index, &root);
		}
	}
}

static void
expect_only_whole_consistency(struct merkle_proof *p, uint64_t old, uint64_t size,
    const struct merkle_hash *old_root, const struct merkle_hash *root)
{
	for (size_t k = 0; k < p->count; k++) {
		p->hash[k].bytes[k % MERKLE_HASH_SIZE] ^= 0x80;
		assert_int_equal(
		    merkle_verify_consistency(p, old, size, old_root, root), SKS_INVALID);
		p->hash[k].bytes[k % MERKLE_HASH_SIZE] ^= 0x80;
	}
	p->hash[p->count] = leaf[0];
	p->count++;
	assert_int_equal(merkle_verify_consistency(p, old, size, old_root, root), SKS_INVALID);
	p->count--;
	if (p->count > 0) {
		p->count--;
		assert_int_equal(
		    merkle_verify_consistency(p, old, size, old_root, root), SKS_INVALID);
		p->count++;
	}
	assert_int_equal(merkle_verify_consistency(p, old, size, &leaf[99], root), SKS_INVALID);
	if (old > 0)
		assert_int_equal(
		    merkle_verify_consistency(p, old, size, old_root, &leaf[99]), SKS_INVALID);
}

static void
test_consistency_of_every_pair_of_trees(void **state)
{
	(void)state;
	for (uint64_t size = 0; size <= LEAVES; size++) {
		struct merkle_hash root = reference(0, size);

		for (uint64_t old = 0; old <= size; old++) {
			struct merkle_hash old_root = reference(0, old);
			struct merkle_proof p;

			assert_int_equal(
			    merkle_prove_consistency(old, size, subtree, NULL, &p), SKS_OK);
			assert_int_equal(
			    merkle_verify_consistency(&p, old, size, &old_root, &root), SKS_OK);
			expect_only_whole_consistency(&p, old, size, &old_root, &root);
		}
	}
}

static void
test_what_cannot_be_proved(void **state)
{
	struct merkle_proof p = {.count = 0};
	unsigned calls = 2;

	(void)state;
	assert_int_equal(merkle_prove_inclusion(5, 5, subtree, NULL, &p), SKS_INVALID);
	assert_int_equal(merkle_prove_inclusion(0, 0, subtree, NULL, &p), SKS_INVALID);
	assert_int_equal(merkle_prove_consistency(6, 5, subtree, NULL, &p), SKS_INVALID);
	assert_int_equal(merkle_prove_inclusion(UINT64_MAX, 0, subtree, NULL, &p), SKS_TOO_BIG);
	assert_int_equal(
	    merkle_prove_consistency(1, UINT64_MAX, subtree, NULL, &p), SKS_TOO_BIG);
	assert_int_equal(merkle_root_of(UINT64_MAX, subtree, NULL, &p.hash[0]), SKS_TOO_BIG);
	/* the reader's own error comes through */
	assert_int_equal(merkle_prove_inclusion(100, 3, subtree, &calls, &p), SKS_IO);
	calls = 1;
	assert_int_equal(merkle_prove_consistency(3, 100, subtree, &calls, &p), SKS_IO);
	/* hostile counts and sizes */
	p.count = MERKLE_LEVELS + 1;
	assert_int_equal(merkle_verify_inclusion(&p, 5, 1, &leaf[1], &leaf[1]), SKS_INVALID);
	assert_int_equal(merkle_verify_consistency(&p, 5, 9, &leaf[1], &leaf[1]), SKS_INVALID);
	p.count = 0;
	assert_int_equal(merkle_verify_inclusion(&p, 0, 0, &leaf[1], &leaf[1]), SKS_INVALID);
	assert_int_equal(merkle_verify_inclusion(&p, 1, 0, &leaf[1], &leaf[1]), SKS_OK);
	assert_int_equal(
	    merkle_verify_inclusion(&p, UINT64_MAX, 0, &leaf[1], &leaf[1]), SKS_INVALID);
	assert_int_equal(merkle_verify_consistency(&p, 9, 5, &leaf[1], &leaf[1]), SKS_INVALID);
	assert_int_equal(
	    merkle_verify_consistency(&p, 1, UINT64_MAX, &leaf[1], &leaf[1]), SKS_INVALID);
	assert_int_equal(merkle_verify_consistency(&p, 3, 5, &leaf[1], &leaf[1]), SKS_INVALID);
}

/* A proof in the largest trees stays within its array. */
static int
same_everywhere(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	(void)arg;
	assert_true(level < MERKLE_LEVELS - 1 && index <= (uint64_t)MERKLE_SIZE_MAX >> level);
	*out = leaf[0];
	return SKS_OK;
}

static void
test_the_largest_trees(void **state)
{
	static const uint64_t at[] = {0, 1, INT64_MAX / 2, INT64_MAX - 1};
	struct merkle_hash root;
	struct merkle_proof p;

	(void)state;
	assert_int_equal(merkle_root_of(MERKLE_SIZE_MAX, same_everywhere, NULL, &root), SKS_OK);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		assert_int_equal(
		    merkle_prove_inclusion(MERKLE_SIZE_MAX, at[i], same_everywhere, NULL, &p),
		    SKS_OK);
		assert_true(p.count >= 1 && p.count < MERKLE_LEVELS);
		assert_int_equal(
		    merkle_prove_consistency(at[i], MERKLE_SIZE_MAX, same_everywhere, NULL, &p),
		    SKS_OK);
		assert_true(p.count <= MERKLE_LEVELS);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_single_hashes),
	    cmocka_unit_test(test_roots_of_rfc_6962),
	    cmocka_unit_test(test_a_frontier_has_every_root),
	    cmocka_unit_test(test_a_frontier_is_copied_by_assignment),
	    cmocka_unit_test(test_a_frontier_takes_subtrees),
	    cmocka_unit_test(test_inclusion_of_every_leaf_in_every_tree),
	    cmocka_unit_test(test_consistency_of_every_pair_of_trees),
	    cmocka_unit_test(test_what_cannot_be_proved),
	    cmocka_unit_test(test_the_largest_trees),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
