/* Reading the log: order, filters, cursors, across many stretches. */
#include "store_fixture.h"

enum { RECORDS = 5000, PER_TURN = 500 };

static const char *const users[] = {"alice", "bob", "carol"};
static const uint16_t actions[] = {ACTION_CODE, ACTION_ACCOUNT};

/* Record i: user i % 3, action i % 2, source i % 7 (none for 0), a second apart. */
static void
fill(struct world *w, int records)
{
	static const uint8_t boot_id[16] = {9};
	struct record r;
	char source[32];

	for (int i = 1; i <= records; i++) {
		if (i % PER_TURN == 1)
			world_begin(w);
		world_pass(w, 1000);
		record_init(&r, event_by_action(actions[i % 2]), w->now, boot_id,
		    i % 5 == 0 ? "failure" : "success", i % 5 == 0 ? "wrong-code" : "ok");
		record_put_str(&r, "user.name", users[i % 3]);
		(void)snprintf(source, sizeof(source), "192.0.2.%d", i % 7);
		record_put_str(&r, "source.ip", i % 7 == 0 ? "" : source);
		record_put_int(&r, "test.number", i);
		assert_int_equal(record_finish(&r), SKS_OK);
		assert_int_equal(store_append(w->store, &r), SKS_OK);
		assert_int_equal(r.seq, i);
		record_clear(&r);
		if (i % PER_TURN == 0 || i == records)
			world_commit(w);
	}
}

static int
setup_filled(void **state)
{
	if (world_setup(state) != 0)
		return -1;
	fill(*state, RECORDS);
	return 0;
}

/* Reads to the end: how many, and that all of them pass the test and are in order. */
static int
read_all(struct world *w, const struct log_filter *f, uint64_t from, bool (*fits)(uint64_t))
{
	struct log_cursor *c;
	struct log_row row;
	uint64_t last = 0;
	int count = 0, r;

	assert_int_equal(store_log_open(w->store, f, from, &c), SKS_OK);
	while ((r = store_log_step(c, &row)) > 0) {
		if (last != 0)
			assert_true(f->newest_first ? row.seq < last : row.seq > last);
		assert_true(fits == NULL || fits(row.seq));
		last = row.seq;
		count++;
	}
	assert_int_equal(r, 0);
	store_log_close(c);
	return count;
}

static void
test_an_empty_log(void **state)
{
	struct world *w = *state;
	struct log_filter f = {0};
	uint64_t size;

	assert_int_equal(store_log_size(w->store, &size), SKS_OK);
	assert_int_equal(size, 0);
	assert_int_equal(read_all(w, &f, 0, NULL), 0);
	f.newest_first = true;
	assert_int_equal(read_all(w, &f, 0, NULL), 0);
}

static void
test_everything_in_both_directions(void **state)
{
	struct world *w = *state;
	struct log_filter f = {0};

	assert_int_equal(read_all(w, &f, 0, NULL), RECORDS);
	f.newest_first = true;
	assert_int_equal(read_all(w, &f, 0, NULL), RECORDS);
}

static bool
is_bob(uint64_t seq)
{
	return seq % 3 == 1;
}

static bool
is_source_three(uint64_t seq)
{
	return seq % 7 == 3;
}

static bool
is_account(uint64_t seq)
{
	return seq % 2 == 1;
}

static bool
is_wrong(uint64_t seq)
{
	return seq % 5 == 0;
}

static bool
is_all_of_it(uint64_t seq)
{
	return is_bob(seq) && is_source_three(seq) && is_account(seq) && is_wrong(seq);
}

static int
expected(bool (*fits)(uint64_t))
{
	int n = 0;

	for (uint64_t i = 1; i <= RECORDS; i++)
		n += fits(i);
	return n;
}

static void
test_each_filter_alone_and_all_together(void **state)
{
	struct {
		struct log_filter filter;
		bool (*fits)(uint64_t);
	} cases[] = {
	    {{.user = "bob"}, is_bob},
	    {{.source = "192.0.2.3"}, is_source_three},
	    {{.event = "access.account"}, is_account},
	    {{.event = "session.idle,access.account"}, is_account},
	    {{.user = "bob", .event = "authentication.code,access.account"}, is_bob},
	    {{.outcome = "failure"}, is_wrong},
	    {{.reason = "wrong-code"}, is_wrong},
	    {{.user = "bob",
		 .source = "192.0.2.3",
		 .event = "access.account",
		 .outcome = "failure",
		 .reason = "wrong-code"},
		is_all_of_it},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int n = expected(cases[i].fits);

		assert_true(n > 0 && n < RECORDS);
		assert_int_equal(read_all(w, &cases[i].filter, 0, cases[i].fits), n);
		cases[i].filter.newest_first = true;
		assert_int_equal(read_all(w, &cases[i].filter, 0, cases[i].fits), n);
	}
}

static void
test_words_that_do_not_exist_are_refused(void **state)
{
	struct world *w = *state;
	struct log_cursor *c;
	struct log_filter f = {.event = "access.acount"};

	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_INVALID);
	assert_null(c);
	f = (struct log_filter){.event = "access.account,access.acount"};
	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_INVALID);
	f = (struct log_filter){.event = "access.account,"};
	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_INVALID);
	f = (struct log_filter){.outcome = "failed"};
	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_INVALID);
	f = (struct log_filter){.user = "nobody"};
	assert_int_equal(read_all(w, &f, 0, NULL), 0);
	f = (struct log_filter){.user = "", .event = "", .outcome = "", .reason = ""};
	assert_int_equal(read_all(w, &f, 0, NULL), RECORDS);
}

static void
test_times_from_inclusive_until_exclusive(void **state)
{
	struct world *w = *state;
	struct log_filter f = {.since_wall_ms = w->now.wall_ms - 9000};

	assert_int_equal(read_all(w, &f, 0, NULL), 10);
	f.until_wall_ms = w->now.wall_ms;
	assert_int_equal(read_all(w, &f, 0, NULL), 9);
	f.newest_first = true;
	assert_int_equal(read_all(w, &f, 0, NULL), 9);
	f.until_wall_ms = f.since_wall_ms;
	assert_int_equal(read_all(w, &f, 0, NULL), 0);
}

static uint64_t
first_of(struct world *w, const struct log_filter *f, uint64_t from)
{
	struct log_cursor *c;
	struct log_row row = {0};

	assert_int_equal(store_log_open(w->store, f, from, &c), SKS_OK);
	assert_true(store_log_step(c, &row) >= 0);
	store_log_close(c);
	return row.seq;
}

static void
test_a_cursor_goes_on_where_the_last_one_stopped(void **state)
{
	struct world *w = *state;
	struct log_filter f = {0};

	assert_int_equal(first_of(w, &f, 0), 1);
	assert_int_equal(first_of(w, &f, 1), 2);
	assert_int_equal(first_of(w, &f, 2048), 2049);
	assert_int_equal(first_of(w, &f, RECORDS - 1), RECORDS);
	assert_int_equal(first_of(w, &f, RECORDS), 0);
	assert_int_equal(first_of(w, &f, RECORDS + 5), 0);
	assert_int_equal(read_all(w, &f, RECORDS - 10, NULL), 10);
	f.newest_first = true;
	assert_int_equal(first_of(w, &f, 0), RECORDS);
	assert_int_equal(first_of(w, &f, RECORDS), RECORDS - 1);
	assert_int_equal(first_of(w, &f, RECORDS + 5), RECORDS);
	assert_int_equal(first_of(w, &f, 2), 1);
	assert_int_equal(first_of(w, &f, 1), 0);
	assert_int_equal(read_all(w, &f, 11, NULL), 10);
	f.user = "bob";
	assert_int_equal(first_of(w, &f, 4), 1);
}

static void
test_a_row_is_what_was_hashed(void **state)
{
	struct world *w = *state;
	struct log_filter f = {.reason = "wrong-code"};
	struct log_cursor *c;
	struct record header;
	struct log_row row;

	assert_int_equal(store_log_open(w->store, &f, 0, &c), SKS_OK);
	assert_int_equal(store_log_step(c, &row), 1);
	assert_int_equal(row.seq, 5);
	assert_int_equal(record_header_decode(row.header, &header), SKS_OK);
	assert_int_equal(header.seq, 5);
	assert_int_equal(header.action, ACTION_ACCOUNT);
	assert_int_equal(header.boot_id[0], 9);
	assert_non_null(memmem(row.body, row.body_len, "\"test.number\":5}", 16));
	store_log_close(c);
}

/* The worker reads while the daemon writes; no read transaction outlasts its stretch. */
static void
test_a_reader_does_not_stop_the_checkpoint_for_ever(void **state)
{
	struct world *w = *state;
	struct store_options o = {.dir = w->dir, .read_only = true};
	struct log_filter f = {.user = "nobody"};
	struct store *reader;
	struct log_cursor *c;
	struct log_row row;

	assert_int_equal(store_open(&o, &reader, NULL), SKS_OK);
	assert_int_equal(store_log_open(reader, &f, 0, &c), SKS_OK);
	assert_int_equal(store_log_step(c, &row), 0);
	fill(w, 100);
	assert_int_equal(store_checkpoint(w->store), SKS_OK);
	assert_false(store_checkpoint_due(w->store));
	store_log_close(c);
	store_close(reader);
}

int
main(void)
{
	const struct CMUnitTest empty[] = {
	    WORLD_TEST(test_an_empty_log),
	    WORLD_TEST(test_a_reader_does_not_stop_the_checkpoint_for_ever),
	};
	const struct CMUnitTest filled[] = {
	    cmocka_unit_test(test_everything_in_both_directions),
	    cmocka_unit_test(test_each_filter_alone_and_all_together),
	    cmocka_unit_test(test_words_that_do_not_exist_are_refused),
	    cmocka_unit_test(test_times_from_inclusive_until_exclusive),
	    cmocka_unit_test(test_a_cursor_goes_on_where_the_last_one_stopped),
	    cmocka_unit_test(test_a_row_is_what_was_hashed),
	};
	int failed = cmocka_run_group_tests_name("store log, empty", empty, NULL, NULL);

	return failed +
	       cmocka_run_group_tests_name("store log", filled, setup_filled, world_teardown);
}
