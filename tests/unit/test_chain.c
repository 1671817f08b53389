/* The chain over a real store: its records and the heads that it signs. */
#include "chain_fixture.h"

static void
begins_with_a_record_of_its_own(void **state)
{
	struct log_world *l = *state;
	json_t *body = last_body(l, "log.begin");

	assert_string_equal(l->reason, "first");
	assert_string_equal(text_of(body, "sekisho.log.origin"), "host/0123456789abcdef/audit");
	assert_null(json_object_get(body, "sekisho.log.previous.origin"));
	json_decref(body);
	assert_head(l, 1);
}

static void
signs_with_the_64th_record_in_the_same_commit(void **state)
{
	struct log_world *l = *state;

	turn(l, HEAD_RECORDS - 1);
	assert_head(l, 1);
	turn(l, 1);
	assert_head(l, 1 + HEAD_RECORDS);
	turn(l, 0);
	turn(l, 200);
	assert_head(l, 201 + HEAD_RECORDS);
}

static void
signs_after_a_while(void **state)
{
	struct log_world *l = *state;

	assert_false(chain_head_due(l->chain, l->w->now));
	turn(l, 1);
	world_pass(l->w, HEAD_AGE_MS - 1);
	turn(l, 1); /* the first one's age counts */
	assert_false(chain_head_due(l->chain, l->w->now));
	world_pass(l->w, 1);
	assert_true(chain_head_due(l->chain, l->w->now));
	world_begin(l->w);
	assert_int_equal(chain_sign(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
	assert_head(l, 3);
	assert_false(chain_head_due(l->chain, l->w->now));
}

static void
an_undone_turn_leaves_no_trace(void **state)
{
	struct log_world *l = *state;

	turn(l, 300);
	world_begin(l->w);
	append(l, 500);
	assert_int_equal(chain_turn(l->chain, l->w->store, l->w->now), SKS_OK);
	store_rollback(l->w->store);
	chain_undone(l->chain);
	assert_head(l, 301);
	turn(l, 100);
	assert_head(l, 401);
}

/* One job of a turn is undone after another one signed: the store keeps that head, and the tree
 * is made again from the records. */
static void
a_job_undone_alone_keeps_the_tree_right(void **state)
{
	struct log_world *l = *state;

	turn(l, 200);
	world_begin(l->w);
	append(l, 100);
	assert_int_equal(chain_sign(l->chain, l->w->store, l->w->now), SKS_OK);
	assert_int_equal(store_mark(l->w->store), SKS_OK);
	append(l, 300);
	assert_int_equal(chain_sign(l->chain, l->w->store, l->w->now), SKS_OK);
	chain_undone(l->chain);
	assert_int_equal(store_unmark(l->w->store), SKS_OK);
	append(l, 70);
	assert_int_equal(chain_turn(l->chain, l->w->store, l->w->now), SKS_OK);
	world_commit(l->w);
	chain_committed(l->chain);
	assert_head(l, 371);
	restart(l);
	assert_null(l->reason);
	turn(l, 64);
	assert_head(l, 435);
}

/* Sizes around those where subtrees fill, each also after a start that reads the tree back. */
static void
the_tree_grows_and_is_found_again(void **state)
{
	static const int step[] = {254, 64, 200, 1500, 65536 - 2075, 64, 300};
	struct log_world *l = *state;
	uint64_t size = 1;

	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		turn(l, step[i]);
		size += (uint64_t)step[i];
		assert_head(l, size);
		restart(l);
		assert_null(l->reason);
		assert_head(l, size);
	}
}

/* A proof made from nodes and headers holds against the signed root. */
static void
proves_single_records(void **state)
{
	struct log_world *l = *state;
	struct tree_source source = {.store = l->w->store};
	struct merkle_frontier all = {0};
	struct merkle_hash root, leaf;
	struct merkle_proof proof;

	turn(l, 70000);
	assert_int_equal(store_chain(l->w->store, 0, &source.chain), SKS_OK);
	assert_int_equal(store_headers(l->w->store, 1, 70001, push_header, &all), SKS_OK);
	assert_int_equal(merkle_root(&all, &root), SKS_OK);
	for (uint64_t i = 0; i < 70001; i += 6997) {
		assert_int_equal(
		    merkle_prove_inclusion(70001, i, tree_subtree, &source, &proof), SKS_OK);
		assert_int_equal(tree_subtree(&source, 0, i, &leaf), SKS_OK);
		assert_int_equal(
		    merkle_verify_inclusion(&proof, 70001, i, &leaf, &root), SKS_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CHAIN_TEST(begins_with_a_record_of_its_own),
	    CHAIN_TEST(signs_with_the_64th_record_in_the_same_commit),
	    CHAIN_TEST(signs_after_a_while),
	    CHAIN_TEST(an_undone_turn_leaves_no_trace),
	    CHAIN_TEST(a_job_undone_alone_keeps_the_tree_right),
	    CHAIN_TEST(the_tree_grows_and_is_found_again),
	    CHAIN_TEST(proves_single_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
