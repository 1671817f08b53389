/*
 * Account management that comes along with the code: made use of where just that would be asked, in
 * time and while the daemon listens; asked for everywhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pam_world.h"

enum { BEFORE = 3 }; /* questions of a login until its code is accepted */

static struct person person;

static void
foretell(uint32_t then_ms, uint32_t flags)
{
	fake->reply[PHASE_CODE].then_ms = then_ms;
	fake->reply[PHASE_CODE].then_flags = flags;
}

/* A login whose code was accepted. */
static pam_handle_t *
log_in(void)
{
	pam_handle_t *pamh;

	fake->serve = SERVE_STAYS;
	person = (struct person){.answer = {PASSWORD, "123456"}};
	pamh = start("login", "user1", "/dev/tty7", &person);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake->seen_count, BEFORE);
	return pamh;
}

static bool
is_told(void)
{
	for (int i = 0; i < 2000 && fake->taken_count == 0; i++)
		usleep(1000);
	return fake->taken_count == 1;
}

static void
test_what_was_foretold_is_not_asked(void **state)
{
	unsigned int fds = count_fds();
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_true(is_told());
	assert_int_equal(fake->seen_count, BEFORE);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS); /* once: the next one is asked */
	assert_int_equal(fake->seen_count, BEFORE + 1);
	assert_int_equal(seen(BEFORE)->phase, PHASE_ACCOUNT);
	pam_end(pamh, PAM_SUCCESS);
	assert_int_equal(count_fds(), fds);
}

/* Whoever looks for each phase in the log finds this one, too. */
static void
test_debug_says_so(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	write_stack("login", "timeout=1 debug");
	foretell(5000, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	(void)read_syslog();
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_non_null(
	    strstr(read_syslog(), "phase account for user1: allowed along with the code"));
	pam_end(pamh, PAM_SUCCESS);
}

/* Asked, and answered by the account phase's own reply, which refuses. */
static void
assert_asked(pam_handle_t *pamh)
{
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_DENY;
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(fake->seen_count, BEFORE + 1);
	assert_int_equal(seen(BEFORE)->phase, PHASE_ACCOUNT);
	assert_int_equal(fake->taken_count, 0);
	pam_end(pamh, PAM_PERM_DENIED);
}

static void
test_another_question_is_asked(void **state)
{
	(void)state;
	foretell(5000, 0);
	assert_asked(log_in());
}

static void
test_another_user_is_asked_about(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	assert_int_equal(pam_set_item(pamh, PAM_USER, "user2"), PAM_SUCCESS);
	assert_asked(pamh);
	assert_string_equal(seen(BEFORE)->user, "user2");
}

static void
test_from_another_place_it_is_asked(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	assert_int_equal(pam_set_item(pamh, PAM_RHOST, "192.0.2.1"), PAM_SUCCESS);
	assert_asked(pamh);
}

static void
test_too_late_it_is_asked(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(20, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	usleep(30000);
	assert_asked(pamh);
}

/* Its time began when the code was sent: it is not for who stops us that it was long on its way. */
static void
test_what_came_too_late_is_asked(void **state)
{
	(void)state;
	foretell(20, PAM_FLAG_INTERACTIVE);
	fake->waits_us[PHASE_CODE] = 30000;
	assert_asked(log_in());
}

/* An account that ended, a password that was changed by other means. */
static void
test_another_shadow_file_is_read(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	write_shadow("user1:$5$sekisho$" HASH ":20000:0:99999:7::20001:\n");
	assert_asked(pamh);
	assert_int_equal(seen(BEFORE)->shadow_end, 20001);
}

/* What it says is what the file says now, not what it said to the question before. */
static void
test_who_left_the_shadow_file_has_no_end(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	write_shadow("user1:$5$sekisho$" HASH ":20000:0:90:7::20001:\n");
	pamh = log_in();
	write_shadow("user1:!:20000:0:90:7:::\n");
	assert_asked(pamh);
	assert_int_equal(seen(BEFORE - 1)->shadow_end, 20001);
	assert_int_equal(seen(BEFORE)->shadow_end, 0);
	assert_int_equal(seen(BEFORE)->shadow_max, 0);
	assert_string_equal(seen(BEFORE)->password_mark, "");
}

/* Something came between: the daemon has closed its ear before it told anybody. */
static void
test_where_nobody_listens_it_is_asked(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	fake->serve = SERVE_DEAF;
	person = (struct person){.answer = {PASSWORD, "123456"}};
	pamh = start("login", "user1", "/dev/tty7", &person);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_asked(pamh);
}

static void
test_without_a_daemon_nobody_gets_in(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	pamh = log_in();
	fake_stop(fake);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	pam_end(pamh, PAM_PERM_DENIED);
}

/* Nothing is foretold by an answer that refuses, nor by one to another question. */
static void
test_a_refusal_foretells_nothing(void **state)
{
	pam_handle_t *pamh;

	(void)state;
	foretell(5000, PAM_FLAG_INTERACTIVE);
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_DENY;
	fake->serve = SERVE_STAYS;
	person = (struct person){.answer = {PASSWORD, "123456"}};
	pamh = start("login", "user1", "/dev/tty7", &person);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_asked(pamh);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_what_was_foretold_is_not_asked),
	    CASE(test_debug_says_so),
	    CASE(test_another_question_is_asked),
	    CASE(test_another_user_is_asked_about),
	    CASE(test_from_another_place_it_is_asked),
	    CASE(test_too_late_it_is_asked),
	    CASE(test_what_came_too_late_is_asked),
	    CASE(test_another_shadow_file_is_read),
	    CASE(test_who_left_the_shadow_file_has_no_end),
	    CASE(test_where_nobody_listens_it_is_asked),
	    CASE(test_without_a_daemon_nobody_gets_in),
	    CASE(test_a_refusal_foretells_nothing),
	};

	(void)argc;
	world_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
