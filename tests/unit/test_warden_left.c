/* What commands of a role left behind, and what is there by right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../warden/left.c"
#include "../../warden/process.c"

enum { LOGIN = 7, OTHER = 8, ROLE = 0, ALICE = 1001 };

#define P(pid_, parent_, start_, uid_, session_)                                               \
	{                                                                                      \
		.pid = (pid_), .parent = (parent_), .start = (start_),                         \
		.uid = {(uid_), (uid_), (uid_)}, .audit_session = (session_)                   \
	}

/* sshd's monitor, a shell, a daemon left behind with a child, another sudo with its command, a
 * root shell by su, another login, a service, and one that changed back to the person. */
static const struct process host[] = {
    P(10, 1, 100, ROLE, LOGIN),
    P(11, 10, 101, ALICE, LOGIN),
    P(20, 1, 205, ROLE, LOGIN),
    P(21, 20, 206, ROLE, LOGIN),
    P(30, 11, 207, ROLE, LOGIN),
    P(31, 30, 208, ROLE, LOGIN),
    P(40, 11, 209, ROLE, LOGIN),
    P(41, 40, 210, ROLE, LOGIN),
    P(50, 1, 211, ROLE, OTHER),
    P(60, 1, 212, ROLE, UINT32_MAX),
    P(70, 1, 213, ALICE, LOGIN),
    {.pid = 71, .parent = 99, .start = 214, .uid = {ALICE, ALICE, ROLE}, .audit_session = LOGIN},
};
enum { HOST = sizeof(host) / sizeof(host[0]) };

static void
test_judge(void **state)
{
	struct left_order o = {.audit_session = LOGIN, .run_as = ROLE, .since = 200};
	static const pid_t left[] = {20, 21, 71};
	size_t n = 0;

	(void)state;
	left_spare(&o, "30 40 ");
	assert_int_equal(o.spared_count, 2);
	for (size_t i = 0; i < HOST; i++) {
		bool expected = n < 3 && host[i].pid == left[n];

		if (left_judge(&o, host, HOST, &host[i]) != expected)
			fail_msg("process %d", (int)host[i].pid);
		n += expected;
	}
	assert_int_equal(n, 3);
}

static void
test_spared_list(void **state)
{
	struct left_order o = {.since = 1};
	char many[LEFT_SPARED * 3];

	(void)state;
	left_spare(&o, "");
	left_spare(&o, "x 1");
	left_spare(&o, "-1");
	assert_int_equal(o.spared_count, 0);
	left_spare(&o, "12 34 x 5");
	assert_int_equal(o.spared_count, 2);
	assert_int_equal(o.spared[1], 34);
	for (size_t i = 0; i < sizeof(many) - 1; i++)
		many[i] = i % 2 == 0 ? '9' : ' ';
	many[sizeof(many) - 1] = '\0';
	left_spare(&o, many);
	assert_int_equal(o.spared_count, LEFT_SPARED);
}

static void
test_refuses_everything(void **state)
{
	struct warden_call call = {.number = UINT32_MAX, .pid_start = 5, .limit = 1};
	struct warden_answer answer = {0};

	(void)state;
	left_run(&call, &answer); /* of no login */
	assert_int_equal(answer.status, SKS_DENIED);
	call.number = LOGIN;
	call.pid_start = 0; /* since ever */
	answer.status = 0;
	left_run(&call, &answer);
	assert_int_equal(answer.status, SKS_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_judge),
	    cmocka_unit_test(test_spared_list),
	    cmocka_unit_test(test_refuses_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
