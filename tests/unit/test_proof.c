/* Proof files: written, read back, and bent in every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/proof.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 11, INDEX = 6 };

struct world {
	struct merkle_hash leaf[LEAVES];
	struct note_skey key;
	struct buf head, file;
	struct proof proof;
};

static int
subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	const struct world *w = arg;
	struct merkle_frontier f = {0};

	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		assert_int_equal(merkle_push(&f, &w->leaf[i]), SKS_OK);
	return merkle_root(&f, out);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct checkpoint c = {.origin = "host/00/audit", .size = LEAVES};

	if (w == NULL)
		return -1;
	*state = w;
	for (size_t i = 0; i < LEAVES; i++)
		assert_int_equal(merkle_leaf(&i, sizeof(i), &w->leaf[i]), SKS_OK);
	assert_int_equal(merkle_root_of(LEAVES, subtree, w, &c.root), SKS_OK);
	assert_int_equal(note_skey_new(c.origin, NOTE_ED25519, &w->key), SKS_OK);
	buf_init(&w->head, 4096);
	buf_init(&w->file, PROOF_MAX);
	assert_int_equal(checkpoint_sign(&c, &w->key, &w->head), SKS_OK);
	w->proof = (struct proof){.index = INDEX,
	    .extra = (const uint8_t *)"where to look",
	    .extra_len = 13,
	    .head = (const char *)w->head.data,
	    .head_len = w->head.len};
	return merkle_prove_inclusion(LEAVES, INDEX, subtree, w, &w->proof.path);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	note_skey_clear(&w->key);
	buf_clear(&w->head);
	buf_clear(&w->file);
	free(w);
	return 0;
}

static int
check(const struct world *w, struct checkpoint *head)
{
	struct proof p;
	int r = proof_parse(w->file.data, w->file.len, &p);

	return r == SKS_OK ? proof_verify(&p, &w->leaf[INDEX], &w->key.vkey, head) : r;
}

static void
test_a_proof_comes_back(void **state)
{
	static const char begin[] =
	    "c2sp.org/tlog-proof@v1\nextra d2hlcmUgdG8gbG9vaw==\nindex 6\n";
	struct world *w = *state;
	struct checkpoint head;
	struct proof p;
	char extra[32];

	assert_int_equal(proof_format(&w->proof, &w->file), SKS_OK);
	assert_memory_equal(w->file.data, begin, strlen(begin));
	assert_int_equal(proof_parse(w->file.data, w->file.len, &p), SKS_OK);
	assert_int_equal(p.index, INDEX);
	assert_int_equal(p.path.count, w->proof.path.count);
	assert_memory_equal(p.path.hash, w->proof.path.hash, p.path.count * MERKLE_HASH_SIZE);
	assert_int_equal(p.head_len, w->head.len);
	assert_memory_equal(p.head, w->head.data, p.head_len);
	assert_int_equal(proof_extra(&p, extra, sizeof(extra)), 13);
	assert_memory_equal(extra, "where to look", 13);
	assert_int_equal(proof_extra(&p, extra, 12), SKS_TOO_BIG);
	assert_int_equal(check(w, &head), SKS_OK);
	assert_string_equal(head.origin, "host/00/audit");
	assert_int_equal(head.size, LEAVES);
	assert_int_equal(
	    proof_verify(&p, &w->leaf[INDEX + 1], &w->key.vkey, &head), SKS_CORRUPT);
	p.index++;
	assert_int_equal(proof_verify(&p, &w->leaf[INDEX], &w->key.vkey, &head), SKS_CORRUPT);
}

static void
test_a_proof_without_extra(void **state)
{
	struct world *w = *state;
	struct checkpoint head;
	struct proof p;
	char extra[1];

	w->proof.extra = NULL;
	assert_int_equal(proof_format(&w->proof, &w->file), SKS_OK);
	assert_int_equal(proof_parse(w->file.data, w->file.len, &p), SKS_OK);
	assert_int_equal(proof_extra(&p, extra, sizeof(extra)), 0);
	assert_int_equal(check(w, &head), SKS_OK);
	/* an empty one is not none */
	w->proof.extra = (const uint8_t *)"";
	w->proof.extra_len = 0;
	buf_reset(&w->file);
	assert_int_equal(proof_format(&w->proof, &w->file), SKS_OK);
	assert_int_equal(proof_parse(w->file.data, w->file.len, &p), SKS_OK);
	assert_non_null(p.extra_base64);
	assert_int_equal(p.extra_base64_len, 0);
}

/* Every bit counts, except where the extra says something else. */
static void
test_every_bit_of_a_proof_counts(void **state)
{
	struct world *w = *state;
	struct checkpoint head;

	w->proof.extra = NULL;
	assert_int_equal(proof_format(&w->proof, &w->file), SKS_OK);
	for (size_t bit = 0; bit < 8 * w->file.len; bit++) {
		uint8_t *at = &w->file.data[bit / 8];

		*at = (uint8_t)(*at ^ 1U << bit % 8);
		assert_int_not_equal(check(w, &head), SKS_OK);
		*at = (uint8_t)(*at ^ 1U << bit % 8);
	}
	for (size_t len = 0; len < w->file.len; len++) {
		size_t whole = w->file.len;

		w->file.len = len;
		assert_int_not_equal(check(w, &head), SKS_OK);
		w->file.len = whole;
	}
}

static void
test_what_is_no_proof(void **state)
{
#define TITLE "c2sp.org/tlog-proof@v1\n"
#define HASH  "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"
	static const char *const bad[] = {"", TITLE, TITLE "index 1\n", TITLE "index 1\n\n",
	    TITLE "index 01\n\nx", TITLE "index -1\n\nx", TITLE "index \n\nx",
	    TITLE "index 9223372036854775807\n\nx", TITLE "extra abc\nindex 1\n\nx",
	    TITLE "extra abcd\n", TITLE "extra abcd\nextra abcd\nindex 1\n\nx",
	    TITLE "index 1\nabc\n\nx", TITLE "index 1\n" HASH "x", "index 1\n\nx",
	    TITLE "index 1\nextra abcd\n\nx"};
	struct world *w = *state;
	char many[65 * 45 + 64] = TITLE "index 1\n";
	struct proof p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(proof_parse(bad[i], strlen(bad[i]), &p), SKS_INVALID);
		assert_null(p.head);
	}
	for (size_t i = 0; i < 65; i++)
		(void)strcat(many, HASH);
	(void)strcat(many, "\nx");
	assert_int_equal(proof_parse(many, strlen(many), &p), SKS_INVALID);
	assert_int_equal(proof_parse(many, PROOF_MAX + 1, &p), SKS_TOO_BIG);
	w->proof.extra_len = PROOF_EXTRA_MAX + 1;
	assert_int_equal(proof_format(&w->proof, &w->file), SKS_INVALID);
	w->proof.extra_len = 1;
	w->proof.index = UINT64_MAX;
	assert_int_equal(proof_format(&w->proof, &w->file), SKS_INVALID);
	w->proof.index = 1;
	w->proof.head = NULL;
	assert_int_equal(proof_format(&w->proof, &w->file), SKS_INVALID);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_proof_comes_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_proof_without_extra, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_every_bit_of_a_proof_counts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_no_proof, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
