/*
 * The module when the daemon cannot be asked: in time, by the configured way, and told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pam_world.h"

/* ---- the daemon cannot be asked -----------------------------------------------------------
 */

/* fail=closed, the default: everything is refused, in time, said and spooled. */
static void
test_closed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(absences) / sizeof(absences[0]); i++) {
		const struct absence *a = &absences[i];
		struct person p = {.answer = {PASSWORD, "123456"}};
		pam_handle_t *pamh;
		int64_t began = clock_monotonic_ms();
		const char *log;

		print_message("%s\n", a->name);
		take_away(a);
		pamh = start("login", "user1", "/dev/tty7", &p);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
		assert_in_range(clock_monotonic_ms() - began, 0, 1500);
		assert_true(spooled(SPOOL_DENIED, PHASE_CHARGE, a->cause));
		assert_true(person_saw(&p, "does not answer"));
		log = read_syslog();
		assert_non_null(strstr(log, a->cause));
		assert_non_null(strstr(log, "Next: "));
		assert_non_null(strstr(log, "user1 refused"));
		assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
		assert_true(spooled(SPOOL_DENIED, PHASE_ACCOUNT, a->cause));
		assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
		assert_true(spooled(SPOOL_DENIED, PHASE_OPEN, a->cause));
		/* all phases together waited no longer than one may */
		assert_in_range(clock_monotonic_ms() - began, 0, 1500);
		pam_end(pamh, 0);
		/* nobody is kept from leaving */
		pamh = start("login", "user1", "/dev/tty7", &p);
		assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
		assert_true(spooled(SPOOL_CLOSED, PHASE_CLOSE, a->cause));
		pam_end(pamh, 0);
		assert_null(strstr(read_syslog(), PASSWORD));
	}
}

/* fail=open lets in where nothing answers at all, and nowhere else. */
static void
test_open(void **state)
{
	(void)state;
	write_stack("login", "timeout=1 fail=open");
	for (size_t i = 0; i < sizeof(absences) / sizeof(absences[0]); i++) {
		const struct absence *a = &absences[i];
		struct person p = {.answer = {PASSWORD, "123456"}};
		struct person wrong = {.answer = {"wrong"}};
		pam_handle_t *pamh;
		struct spool_event e;

		print_message("%s\n", a->name);
		take_away(a);
		pamh = start("login", "user1", "/dev/tty7", &p);
		if (!a->absent) {
			assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
			assert_true(spooled(SPOOL_DENIED, PHASE_CHARGE, a->cause));
			pam_end(pamh, 0);
			continue;
		}
		assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
		assert_int_equal(p.asked, 1);
		assert_true(spooled(SPOOL_FAIL_OPEN, PHASE_NEED, "absent"));
		assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
		assert_true(spooled(SPOOL_FAIL_OPEN, PHASE_ACCOUNT, "absent"));
		assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
		assert_true(spooled(SPOOL_FAIL_OPEN, PHASE_OPEN, "absent"));
		assert_non_null(strstr(read_syslog(), "user1 let in without a decision"));
		pam_end(pamh, 0);
		/* open is not open to everybody */
		pamh = start("login", "user1", "/dev/tty7", &wrong);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
		assert_int_equal(take_spool(SPOOL_DENIED, PHASE_FAILED, &e), 1);
		assert_int_equal(e.kind, SPOOL_DENIED);
		pam_end(pamh, 0);
	}
}

/* The daemon goes away between the phases of one login. */
static void
test_dies_midway(void **state)
{
	static const enum phase last[] = {PHASE_CHARGE, PHASE_NEED};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct person p = {.answer = {PASSWORD, "123456"}};
		struct spool_event e;
		pam_handle_t *pamh;

		fake_stop(fake);
		memset(fake->dies_after, 0, sizeof(fake->dies_after));
		fake->dies_after[last[i]] = true;
		fake_start(fake, PAM_SOCKET_PATH, 0);
		pamh = start("login", "user1", "/dev/tty7", &p);
		assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(take_spool(SPOOL_DENIED,
				     last[i] + 1 == PHASE_FAILED ? PHASE_NEED : PHASE_CODE, &e),
		    1);
		assert_int_equal(e.kind, SPOOL_DENIED);
		pam_end(pamh, 0);
	}
}

static void
test_observe(void **state)
{
	struct person p = {.answer = {PASSWORD}}, wrong = {.answer = {"wrong"}};
	struct person bare = {.answer = {"1"}};
	char text[512];
	int64_t began = clock_monotonic_ms();
	struct spool_event e;
	pam_handle_t *pamh;

	(void)state;
	write_stack("login", "timeout=1 observe");
	take_away(&absences[1]); /* hung */
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_true(spooled(SPOOL_FAIL_OPEN, PHASE_NEED, "timeout, observe"));
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_in_range(clock_monotonic_ms() - began, 900, 1500);
	assert_int_equal(take_spool(SPOOL_FAIL_OPEN, PHASE_OPEN, &e), 2);
	pam_end(pamh, 0);
	assert_int_equal(seen(0)->flags, PAM_FLAG_INTERACTIVE | PAM_FLAG_OBSERVE);

	fake_stop(fake);
	pamh = start("login", "user1", "/dev/tty7", &wrong);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	pam_end(pamh, 0);
	/* alone it lets nobody in: it has nothing to go by */
	snprintf(text, sizeof(text), "auth required %s observe\n", MODULE);
	spill("/run/pam.d/bare", 0644, text);
	pamh = start("bare", "user1", "/dev/tty7", &bare);
	assert_int_not_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	pam_end(pamh, 0);
}

static void
test_root_callers(void **state)
{
	static const struct {
		const char *service, *user, *tty;
		bool in;
	} cases[] = {
	    {"su", "user1", "/dev/tty7", true},
	    {"su-l", "user1", NULL, true},
	    {"runuser", "user1", NULL, true},
	    {"sudo", "root", NULL, true},
	    {"cron", "root", "cron", true},
	    {"atd", "root", NULL, true},
	    {"cron", "user1", "cron", false},
	    {"sshd", "root", "ssh", false},
	    {"login", "root", "/dev/tty7", false},
	    {"sux", "root", "/dev/tty7", false},
	};

	(void)state;
	take_away(&absences[3]); /* garbled: not a matter of fail=open */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct person p = {.answer = {"123456"}};
		pam_handle_t *pamh;
		enum spool_kind kind = cases[i].in ? SPOOL_ROOT_CALLER : SPOOL_DENIED;

		write_stack(cases[i].service, "");
		pamh = start(cases[i].service, cases[i].user, cases[i].tty, &p);
		if (pam_acct_mgmt(pamh, 0) != (cases[i].in ? PAM_SUCCESS : PAM_PERM_DENIED))
			fail_msg("account %s %s", cases[i].service, cases[i].user);
		assert_true(spooled(kind, PHASE_ACCOUNT, "garbled"));
		assert_int_equal(
		    pam_open_session(pamh, 0), cases[i].in ? PAM_SUCCESS : PAM_SESSION_ERR);
		assert_true(spooled(kind, PHASE_OPEN, "garbled"));
		/* but root's own call proves nothing to the auth stack */
		assert_int_not_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
		pam_end(pamh, 0);
		(void)spool_is_empty();
	}
}

/* Ten seconds are for people; a job of root's waits two, once. */
static void
test_root_caller_hung(void **state)
{
	struct person p = {.answer = {NULL}};
	pam_handle_t *pamh;
	int64_t began;

	(void)state;
	take_away(&absences[1]);
	write_stack("cron", "");
	pamh = start("cron", "root", "cron", &p);
	began = clock_monotonic_ms();
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_in_range(clock_monotonic_ms() - began, 1900, 2500);
	pam_end(pamh, 0);
}

/* A screen locker: its own socket, authenticate only, no spool. */
static int
locker(void)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	struct pam_conv conversation = {person_converse, &p};
	pam_handle_t *pamh = NULL;

	if (setresgid(1001, 1001, 1001) != 0 || setresuid(1001, 1001, 1001) != 0)
		return 1;
	if (pam_start_confdir("login", "user1", &conversation, "/run/pam.d", &pamh) != 0)
		return 2;
	if (pam_putenv(pamh, "SSH_CONNECTION=192.0.2.7 5 192.0.2.1 22") != 0)
		return 3;
	if (pam_authenticate(pamh, 0) != PAM_SUCCESS)
		return 4;
	if (pam_acct_mgmt(pamh, 0) != PAM_SUCCESS) /* pam_permit's, we ignore */
		return 5;
	if (pam_open_session(pamh, 0) == PAM_SUCCESS) /* only we stand there: no opinion */
		return 6;
	kill(fake->pid, SIGTERM); /* may not */
	unlink(USER_SOCKET_PATH);
	pam_end(pamh, 0);
	return 0;
}

static void
test_locker(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	fake_stop(fake);
	fake_start(fake, USER_SOCKET_PATH, 0);
	assert_int_equal(chmod(USER_SOCKET_PATH, 0666), 0);
	pid = fork();
	if (pid == 0)
		_exit(locker());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fake->seen_count, 3);
	assert_string_equal(seen(0)->actor, "user1");
	assert_string_equal(seen(0)->connection, ""); /* what it says itself proves nothing */
	assert_true(spool_is_empty());
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_closed),
	    CASE(test_open),
	    CASE(test_dies_midway),
	    CASE(test_observe),
	    CASE(test_root_callers),
	    CASE(test_root_caller_hung),
	    CASE(test_locker),
	};

	(void)argc;
	world_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
