/* The spool as root's logins leave it, and as somebody who means ill would. */
#include "warden_world.h"

enum { OTHER = 60001 };

static char dir[] = "/tmp/sekisho-spool-XXXXXX";
static char spool[64];
static struct world world;
static struct said said;

static int
set_up(void **state)
{
	(void)state;
	log_open("test_warden_spool", true);
	if (geteuid() != 0)
		return 0;
	assert_non_null(mkdtemp(dir));
	world_enter(dir);
	snprintf(spool, sizeof(spool), "%s/spool", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return geteuid() == 0 ? world_leave(dir) : 0;
}

static int
start(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	assert_int_equal(mkdir(spool, 0700), 0);
	world_start(&world, spool);
	return 0;
}

/* An empty spool for the next test, whatever is left. */
static int
stop(void **state)
{
	char old[96];

	static int count;

	(void)state;
	if (geteuid() != 0)
		return 0;
	snprintf(old, sizeof(old), "%s.%d", spool, count++);
	assert_int_equal(world_stop(&world), EXIT_SUCCESS);
	return rename(spool, old);
}

#define NEEDS_ROOT                                                                             \
	do {                                                                                   \
		(void)state;                                                                   \
		if (geteuid() != 0)                                                            \
			skip();                                                                \
	} while (0)

static const char *
in_spool(const char *name)
{
	static char path[2][512];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", spool, name);
	return path[turn];
}

static void
put(const char *name, const char *text)
{
	world_write(in_spool(name), text, 0600);
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(in_spool(name), &st) == 0;
}

static int64_t
next(void)
{
	const struct warden_call call = {0};

	return world_ask(&world, WARDEN_SPOOL_NEXT, &call, &said);
}

static int64_t
done(const char *name, uint64_t refused)
{
	struct warden_call call = {.number = refused};

	snprintf(call.name, sizeof(call.name), "%s", name);
	return world_ask(&world, WARDEN_SPOOL_DONE, &call, &said);
}

/* ---- what logins leave
 * ------------------------------------------------------------------------ */

static void
hands_over_the_oldest_first(void **state)
{
	static const char *const order[] = {"999-7-a.event", "1000-3-b.event", "1000-4-a.event",
	    "20000-1-a.event", "-1-no-time.event.", "no-time.event"};

	NEEDS_ROOT;
	assert_int_equal(next(), SKS_NOT_FOUND);
	for (size_t i = sizeof(order) / sizeof(order[0]); i-- > 0;)
		put(order[i], order[i]);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		assert_int_equal(next(), SKS_OK);
		assert_string_equal(said.answer.name, order[i]);
		assert_false(said.answer.untrusted);
		assert_int_equal(said.len, strlen(order[i]));
		assert_memory_equal(said.payload, order[i], said.len);
		assert_int_equal(next(), SKS_OK); /* it stays until it is done */
		assert_string_equal(said.answer.name, order[i]);
		assert_int_equal(done(order[i], 0), SKS_OK);
		assert_false(is_there(order[i]));
		assert_int_equal(done(order[i], 0), SKS_OK); /* again: it has gone */
	}
	assert_int_equal(next(), SKS_NOT_FOUND);
}

static void
tells_how_many_were_lost_last(void **state)
{
	NEEDS_ROOT;
	put("lost", "+++++++");
	put("5-1-a.event", "e");
	assert_int_equal(next(), SKS_OK);
	assert_string_equal(said.answer.name, "5-1-a.event");
	assert_int_equal(done("5-1-a.event", 0), SKS_OK);
	assert_int_equal(next(), SKS_OK);
	assert_string_equal(said.answer.name, "lost");
	assert_string_equal(said.answer.text, "7");
	assert_int_equal(said.len, 0);
	assert_int_equal(done("lost", 0), SKS_OK);
	assert_int_equal(next(), SKS_NOT_FOUND);
}

static void
leaves_half_written_files_alone(void **state)
{
	NEEDS_ROOT;
	put(".0123456789abcdef.part", "half");
	assert_int_equal(next(), SKS_NOT_FOUND);
	assert_true(is_there(".0123456789abcdef.part"));
}

/* Without it, codes that were used in a read-only time would work again. */
static void
leaves_the_burned_codes_alone(void **state)
{
	NEEDS_ROOT;
	put("burned", "0123456789abcdef");
	assert_int_equal(next(), SKS_NOT_FOUND);
	assert_int_equal(done("burned", 0), SKS_INVALID);
	assert_int_equal(done("burned", 1), SKS_INVALID);
	assert_true(is_there("burned"));
}

/* ---- what others could leave
 * -------------------------------------------------------------------- */

static void
put_foreign(const char *name)
{
	put(name, "forged");
	assert_int_equal(chown(in_spool(name), OTHER, OTHER), 0);
}

static void
put_open(const char *name)
{
	put(name, "forged");
	assert_int_equal(chmod(in_spool(name), 0640), 0);
}

static void
put_linked(const char *name)
{
	put("1-9-first.event", "forged");
	assert_int_equal(link(in_spool("1-9-first.event"), in_spool(name)), 0);
	assert_int_equal(unlink(in_spool("1-9-first.event")), 0);
	assert_int_equal(link(in_spool(name), in_spool(".second")), 0);
}

static void
put_large(const char *name)
{
	static char text[SPOOL_EVENT_MAX + 2];

	memset(text, 'x', SPOOL_EVENT_MAX + 1);
	put(name, text);
}

static void
put_symlink(const char *name)
{
	put(".target", "secret");
	assert_int_equal(symlink(in_spool(".target"), in_spool(name)), 0);
}

static void
put_fifo(const char *name)
{
	assert_int_equal(mkfifo(in_spool(name), 0600), 0);
}

static void
put_directory(const char *name)
{
	assert_int_equal(mkdir(in_spool(name), 0700), 0);
}

static void
put_full_directory(const char *name)
{
	char inside[128];

	put_directory(name);
	snprintf(inside, sizeof(inside), "%s/file", name);
	put(inside, "x");
}

static void
says_what_root_alone_did_not_write(void **state)
{
	static const struct {
		void (*put)(const char *name);
		size_t len;
	} cases[] = {
	    {put_foreign, 0}, /* not readable without the capability that we gave up */
	    {put_open, 6},
	    {put_linked, 6},
	    {put_large, SPOOL_EVENT_MAX},
	    {put_symlink, 0},
	    {put_fifo, 0},
	    {put_directory, 0},
	    {put_full_directory, 0},
	};

	NEEDS_ROOT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "2-%zu-x.event", i);
		cases[i].put(name);
		assert_int_equal(next(), SKS_OK);
		assert_string_equal(said.answer.name, name);
		if (!said.answer.untrusted || said.len != cases[i].len)
			fail_msg("case %zu: %d, %zu bytes", i, said.answer.untrusted, said.len);
		assert_int_equal(done(name, 1), SKS_OK);
		assert_false(is_there(name));
		snprintf(name, sizeof(name), "refused/2-%zu-x.event", i);
		assert_true(is_there(name));
		(void)unlink(in_spool(".second"));
		(void)unlink(in_spool(".target"));
	}
	assert_int_equal(next(), SKS_NOT_FOUND);
}

static void
renames_what_no_message_can_carry(void **state)
{
	NEEDS_ROOT;
	put("1-1-\x1b[2J\n.event", "forged");
	assert_int_equal(next(), SKS_OK);
	assert_memory_equal(said.answer.name, "odd-", 4);
	assert_true(is_there(said.answer.name));
	assert_int_equal(done(said.answer.name, 1), SKS_OK);
	assert_int_equal(next(), SKS_NOT_FOUND);
}

static void
reaches_nothing_outside(void **state)
{
	char absolute[128];
	const char *const names[] = {
	    "", ".", "..", absolute, "../outside", "a/b", ".part", "refused"};

	NEEDS_ROOT;
	snprintf(absolute, sizeof(absolute), "%s/outside", dir);
	put("../outside", "x");
	put_directory("refused");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(done(names[i], 0), SKS_INVALID);
		assert_int_equal(done(names[i], 1), SKS_INVALID);
	}
	put("1-1-a.event", "e");
	assert_int_equal(done("1-1-a.event", 2), SKS_INVALID);
	assert_true(is_there("1-1-a.event"));
	assert_int_equal(unlink(in_spool("../outside")), 0);
}

/* A link in place of "refused" would move files to wherever it points. */
static void
sets_aside_only_where_it_looked(void **state)
{
	NEEDS_ROOT;
	put_directory("../elsewhere");
	assert_int_equal(symlink(in_spool("../elsewhere"), in_spool("refused")), 0);
	put("1-1-a.event", "forged");
	assert_int_equal(done("1-1-a.event", 1), SKS_OK);
	assert_false(is_there("1-1-a.event"));
	assert_int_equal(rmdir(in_spool("../elsewhere")), 0); /* empty */
}

static void
keeps_few_of_the_refused(void **state)
{
	int kept = 0;

	NEEDS_ROOT;
	for (int i = 0; i < REFUSED_MAX + 10; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%d-1-a.event", i);
		put(name, "forged");
		assert_int_equal(done(name, 1), SKS_OK);
		assert_false(is_there(name));
		snprintf(name, sizeof(name), "refused/%d-1-a.event", i);
		kept += is_there(name);
	}
	assert_int_equal(kept, REFUSED_MAX);
}

static void
looks_at_the_directory_itself(void **state)
{
	NEEDS_ROOT;
	put("1-1-a.event", "e");
	assert_int_equal(chmod(spool, 0770), 0);
	assert_int_equal(next(), SKS_UNTRUSTED);
	assert_int_equal(done("1-1-a.event", 0), SKS_UNTRUSTED);
	assert_int_equal(chmod(spool, 0700), 0);
	assert_int_equal(chown(spool, OTHER, 0), 0);
	assert_int_equal(next(), SKS_UNTRUSTED);
	assert_int_equal(chown(spool, 0, 0), 0);
	assert_int_equal(next(), SKS_OK);
	assert_int_equal(rename(spool, in_spool("../moved")), 0);
	assert_int_equal(next(), SKS_NOT_FOUND);
	assert_int_equal(symlink(in_spool("../moved"), spool), 0);
	assert_int_equal(next(), SKS_UNTRUSTED);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_WORLD(hands_over_the_oldest_first),
	    IN_WORLD(tells_how_many_were_lost_last),
	    IN_WORLD(leaves_half_written_files_alone),
	    IN_WORLD(leaves_the_burned_codes_alone),
	    IN_WORLD(says_what_root_alone_did_not_write),
	    IN_WORLD(renames_what_no_message_can_carry),
	    IN_WORLD(reaches_nothing_outside),
	    IN_WORLD(sets_aside_only_where_it_looked),
	    IN_WORLD(keeps_few_of_the_refused),
	    IN_WORLD(looks_at_the_directory_itself),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
