/*
 * The clocks between two turns: a jump is one until it is recorded and the floors are raised.
 * The turn and the store are played by this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"

static struct instant clocks;

static struct instant
played_clock(void)
{
	return clocks;
}

#define clock_now played_clock
#include "../../policyd/keeper/keeper.c"

static struct server server;
static int turn_error;        /* what the next turns give */
static int floors, jumps;     /* how often: floors raised, records written */
static int64_t floor_wall_ms; /* the last one's */
static char offset[32];       /* as kept for the next start */

/* ---- the rest of the daemon -------------------------------------------------------------- */

int
turn_own(struct server *s, int (*work)(struct server *, void *), void *context)
{
	return turn_error != SKS_OK ? turn_error : work(s, context);
}

int
turn_append(struct server *s, struct record *r, uint64_t *seq)
{
	(void)s;
	(void)r;
	(void)seq;
	jumps++;
	return SKS_OK;
}

int
store_floor_raise(struct store *s, int64_t wall_ms, uint32_t window_steps)
{
	(void)s;
	(void)window_steps;
	floors++;
	floor_wall_ms = wall_ms;
	return SKS_OK;
}

int
store_meta_set(struct store *s, const char *name, const char *value)
{
	(void)s;
	assert_string_equal(name, "clock.offset");
	snprintf(offset, sizeof(offset), "%s", value);
	return SKS_OK;
}

int
store_meta_get(struct store *s, const char *name, char *value, size_t size)
{
	(void)s;
	(void)name;
	snprintf(value, size, "%s", offset);
	return offset[0] != '\0' ? SKS_OK : SKS_NOT_FOUND;
}

int
store_log_size(struct store *s, uint64_t *size)
{
	(void)s;
	*size = 0;
	return SKS_OK;
}

void
chain_status(const struct chain *c, struct chain_status *out)
{
	(void)c;
	*out = (struct chain_status){0};
}

int
alerts_start(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
alerts_stop(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
forwarding_start(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
forwarding_keep(struct server *s, void *context)
{
	(void)s;
	(void)context;
	return SKS_OK;
}

int
drift_survey(struct server *s, void *context)
{
	(void)s;
	(void)context;
	return SKS_OK;
}

int
change_start(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
grants_end_user(
    struct server *s, const char *user, uint32_t uid, const char *by, const char *why)
{
	(void)s;
	(void)user;
	(void)uid;
	(void)by;
	(void)why;
	return SKS_OK;
}

int
grants_tick(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
exceptions_tick(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
exceptions_end_all(struct server *s, const char *why)
{
	(void)s;
	(void)why;
	return SKS_OK;
}

int
keeper_attach_sessions(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
keeper_look_for_suspend(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
keeper_begin_chain(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
keeper_restored(struct server *s)
{
	(void)s;
	return SKS_OK;
}

int
keeper_seal(struct server *s)
{
	(void)s;
	return SKS_OK;
}

/* ---- cases ------------------------------------------------------------------------------- */

static int
begin(void **state)
{
	static struct policy policy;

	(void)state;
	server = (struct server){.policy = &policy};
	clocks = (struct instant){.wall_ms = 1700000000000, .boot_ms = 5000};
	turn_error = SKS_OK;
	floors = jumps = 0;
	floor_wall_ms = 0;
	offset[0] = '\0';
	return 0;
}

/* Lets so much pass on each clock, and looks. */
static int
look(int64_t wall_ms, int64_t boot_ms)
{
	struct instant now;

	clocks.wall_ms += wall_ms;
	clocks.boot_ms += boot_ms;
	return keeper_clock(&server, &now);
}

static void
test_no_jump(void **state)
{
	(void)state;
	assert_int_equal(look(0, 0), SKS_OK); /* the first look knows no other */
	assert_int_equal(look(86400000, 86400000), SKS_OK);
	for (int i = 0; i < 100; i++) /* slewed by half a millisecond a second, at most */
		assert_int_equal(look(60030, 60000), SKS_OK);
	assert_int_equal(look(CLOCK_JUMP_MS, 0), SKS_OK);
	assert_int_equal(jumps + floors, 0);
}

static void
test_jump(void **state)
{
	(void)state;
	assert_int_equal(look(0, 0), SKS_OK);
	assert_int_equal(look(-3600000, 0), SKS_OK);
	assert_int_equal(jumps, 1);
	assert_int_equal(floors, 1);
	assert_true(floor_wall_ms == clocks.wall_ms);
	assert_int_equal(look(1000, 1000), SKS_OK); /* once */
	assert_int_equal(jumps, 1);
	assert_true(strtoll(offset, NULL, 10) == clocks.wall_ms - clocks.boot_ms);
	assert_int_equal(look(3600000 + CLOCK_JUMP_MS + 1, 3600000), SKS_OK);
	assert_int_equal(jumps, 2);
}

/* What could not be recorded is still to come: a full disk at that moment raises no floor. */
static void
test_jump_unrecorded(void **state)
{
	(void)state;
	assert_int_equal(look(0, 0), SKS_OK);
	turn_error = SKS_FULL;
	assert_int_equal(look(3600000, 0), SKS_FULL);
	assert_int_equal(look(1000, 1000), SKS_FULL);
	assert_int_equal(floors, 0);
	turn_error = SKS_OK;
	assert_int_equal(look(1000, 1000), SKS_OK);
	assert_int_equal(jumps, 1);
	assert_int_equal(floors, 1);
	assert_int_equal(look(1000, 1000), SKS_OK);
	assert_int_equal(floors, 1);
}

/* Back before anybody could write it down: then it was none. */
static void
test_jump_undone(void **state)
{
	(void)state;
	assert_int_equal(look(0, 0), SKS_OK);
	turn_error = SKS_FULL;
	assert_int_equal(look(3600000, 0), SKS_FULL);
	turn_error = SKS_OK;
	assert_int_equal(look(-3600000, 0), SKS_OK);
	assert_int_equal(jumps + floors, 0);
}

/* A step while the daemon was away counts from what it knew when it stopped. */
static void
test_jump_between(void **state)
{
	(void)state;
	assert_int_equal(look(0, 0), SKS_OK);
	assert_int_equal(keeper_stop(&server), SKS_OK);
	server = (struct server){.policy = server.policy, .store_start = STORE_CLEAN};
	clocks.wall_ms -= 3600000;
	assert_int_equal(keeper_start(&server), SKS_OK);
	jumps = 0;
	assert_int_equal(look(0, 0), SKS_OK);
	assert_int_equal(jumps, 1);
	assert_int_equal(floors, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_no_jump, begin),
	    cmocka_unit_test_setup(test_jump, begin),
	    cmocka_unit_test_setup(test_jump_unrecorded, begin),
	    cmocka_unit_test_setup(test_jump_undone, begin),
	    cmocka_unit_test_setup(test_jump_between, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
