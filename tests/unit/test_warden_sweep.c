/* Which processes end with an account, and which are somebody else's business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../warden/process.c"
#include "../../warden/sweep.c"

enum { ALICE = 1001, BOB = 1002 };

static struct process
process(pid_t pid, pid_t parent, uint32_t uid, int64_t login_uid)
{
	return (struct process){.pid = pid,
	    .parent = parent,
	    .session = pid,
	    .uid = {uid, uid, uid},
	    .login_uid = login_uid};
}

/* A host: sshd, alice's login with sudo in it, a service that she started anew, bob's shell. */
static struct process host[] = {
    {.pid = 10, .parent = 1, .session = 10, .login_uid = -1},     /* sshd */
    {.pid = 20, .parent = 10, .session = 20, .login_uid = ALICE}, /* monitor */
    {.pid = 21, .parent = 20, .session = 21, .uid = {ALICE, ALICE, ALICE}, .login_uid = ALICE},
    {.pid = 22, .parent = 21, .session = 21, .login_uid = ALICE}, /* sudo */
    {.pid = 23, .parent = 22, .session = 23, .uid = {33, 33, 33}, .login_uid = ALICE},
    {.pid = 30, .parent = 1, .session = 30, .login_uid = ALICE}, /* nginx */
    {.pid = 31, .parent = 30, .session = 30, .uid = {33, 33, 33}, .login_uid = ALICE},
    {.pid = 32, .parent = 1, .session = 32, .login_uid = ALICE, .terminal = true},
    {.pid = 40, .parent = 1, .session = 40, .uid = {ALICE, ALICE, ALICE}, .login_uid = -1},
    {.pid = 41, .parent = 1, .session = 41, .uid = {0, ALICE, 0}, .login_uid = BOB},
    {.pid = 50, .parent = 10, .session = 50, .uid = {BOB, BOB, BOB}, .login_uid = BOB},
    {.pid = 60, .parent = 99, .session = 60, .login_uid = ALICE}, /* its parent is gone */
    {.pid = 61, .parent = 1, .session = 21, .login_uid = ALICE},  /* of a session that ended */
};
enum { HOST = sizeof(host) / sizeof(host[0]) };

static enum sweep_fate
fate(const struct sweep_order *o, pid_t pid)
{
	const struct process *p = process_find(host, HOST, pid);

	assert_non_null(p);
	return sweep_judge(o, host, HOST, p);
}

static void
test_what_hangs_on_a_login_ends(void **state)
{
	static const struct {
		pid_t pid;
		enum sweep_fate fate;
	} expected[] = {
	    {10, SWEEP_NOT_THEIRS},
	    {20, SWEEP_ENDED},
	    {21, SWEEP_ENDED},
	    {22, SWEEP_ENDED},
	    {23, SWEEP_ENDED},
	    {30, SWEEP_LEFT},
	    {31, SWEEP_LEFT},
	    {32, SWEEP_ENDED},
	    {40, SWEEP_ENDED},
	    {41, SWEEP_ENDED},
	    {50, SWEEP_NOT_THEIRS},
	    {60, SWEEP_LEFT},
	    {61, SWEEP_LEFT},
	};
	static struct sweep_order o;

	(void)state;
	o = (struct sweep_order){.uid = ALICE};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(fate(&o, expected[i].pid), expected[i].fate);
	note_session(&o, 21);
	assert_int_equal(fate(&o, 61), SWEEP_ENDED);
}

static void
test_a_service_of_the_account_stays_where_it_is_to(void **state)
{
	static struct sweep_order o;

	(void)state;
	o = (struct sweep_order){.uid = ALICE, .spare_services = true};
	assert_int_equal(fate(&o, 40), SWEEP_LEFT);
	assert_int_equal(fate(&o, 21), SWEEP_ENDED);
}

static void
test_who_asks_stays(void **state)
{
	static struct sweep_order o;

	(void)state;
	o = (struct sweep_order){.uid = ALICE, .spared = {22}, .spared_count = 1};
	assert_int_equal(fate(&o, 22), SWEEP_LEFT);
	assert_int_equal(fate(&o, 21), SWEEP_ENDED);
}

static void
test_parents_in_a_circle_end_the_search(void **state)
{
	static struct sweep_order o;
	struct process p[2] = {process(5, 6, 0, ALICE), process(6, 5, 0, ALICE)};

	(void)state;
	o = (struct sweep_order){.uid = ALICE};
	assert_int_equal(sweep_judge(&o, p, 2, &p[0]), SWEEP_LEFT);
}

static void
test_a_name_is_no_field(void **state)
{
	struct process p = {0};

	(void)state;
	assert_true(process_parse_stat(
	    "77 (a) S 1 0 0) S 5 6 7 34816 9 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 2", &p));
	assert_string_equal(p.name, "a) S 1 0 0");
	assert_int_equal(p.parent, 5);
	assert_int_equal(p.session, 7);
	assert_true(p.terminal);
	assert_int_equal(p.start, 4242);
	assert_false(p.over);
	assert_true(process_parse_stat("1 (x) Z 5 6 7 0 9 0 0 0 0 0 0 0 0 0 20 0 1 0 1 1 2", &p));
	assert_true(p.over);
	assert_false(process_parse_stat("1 (x S 5 6 7", &p));
	assert_false(process_parse_stat("1 (x) S 5", &p));
	assert_false(process_parse_stat("", &p));
	assert_false(process_parse_stat(")(", &p));
}

static void
test_an_answer_is_what_it_was(void **state)
{
	struct sweep_done d = {
	    .ended = 70000, .at_jobs = 3, .linger = true, .ticket = false, .crontab = true};
	struct sweep_done back = sweep_unpack(sweep_pack(&d));

	(void)state;
	assert_int_equal(back.ended, 65535);
	assert_int_equal(back.at_jobs, 3);
	assert_true(back.linger && !back.ticket && back.crontab);
}

static void
test_names_with_a_way_in_them_remove_nothing(void **state)
{
	(void)state;
	assert_false(is_plain("../passwd"));
	assert_false(is_plain(".."));
	assert_false(is_plain(""));
	assert_true(is_plain("alice"));
}

static void
test_root_is_never_swept(void **state)
{
	struct warden_call call = {.user = "root", .number = 0};
	struct warden_answer answer = {.status = SKS_INTERNAL};

	(void)state;
	sweep_run(&call, &answer);
	assert_int_equal(answer.status, SKS_DENIED);
	call.number = UINT32_MAX;
	sweep_run(&call, &answer);
	assert_int_equal(answer.status, SKS_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_hangs_on_a_login_ends),
	    cmocka_unit_test(test_a_service_of_the_account_stays_where_it_is_to),
	    cmocka_unit_test(test_who_asks_stays),
	    cmocka_unit_test(test_parents_in_a_circle_end_the_search),
	    cmocka_unit_test(test_a_name_is_no_field),
	    cmocka_unit_test(test_an_answer_is_what_it_was),
	    cmocka_unit_test(test_names_with_a_way_in_them_remove_nothing),
	    cmocka_unit_test(test_root_is_never_swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
