/*
 * Break-glass codes at the prompt of a real stack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pam_world.h"

/* ---- break-glass --------------------------------------------------------------------------
 */

static char glass[2][64];

static void
make_glass(void)
{
	struct secret codes[2];

	assert_int_equal(breakglass_make(&breakglass_system, "tty7", 2, codes), SKS_OK);
	for (int i = 0; i < 2; i++) {
		memcpy(glass[i], codes[i].bytes, codes[i].len + 1);
		secret_clear(&codes[i]);
	}
}

static void
test_glass(void **state)
{
	struct person p = {.answer = {PASSWORD, glass[1]}}, again = p;
	struct spool_event e;
	pam_handle_t *pamh;

	(void)state;
	make_glass();
	take_away(&absences[1]); /* hung */
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_string_equal(p.prompt[1], "Break-glass code: ");
	assert_true(person_saw(&p, "does not answer"));
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS, PHASE_NEED, &e), 1);
	assert_int_equal(e.kind, SPOOL_BREAK_GLASS);
	assert_int_equal(e.number, 2);
	assert_string_equal(e.cause, "timeout");
	assert_string_equal(e.tty, "/dev/tty7");
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS, PHASE_ACCOUNT, &e), 1);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS, PHASE_OPEN, &e), 1);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(take_spool(SPOOL_CLOSED, PHASE_CLOSE, &e), 1);
	assert_null(strstr(read_syslog(), glass[1]));
	/* the same handle, a new attempt: the code is gone, and what it opened too */
	pam_set_item(pamh, PAM_AUTHTOK, NULL);
	p.asked = 0;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS_WRONG, PHASE_NEED, &e), 1);
	assert_int_equal(e.kind, SPOOL_BREAK_GLASS_WRONG);
	pam_end(pamh, 0);
	/* the other code asks for the password as well */
	again.answer[0] = "wrong";
	again.answer[1] = glass[0];
	pamh = start("login", "user1", "/dev/tty7", &again);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(again.asked, 1);
	pam_end(pamh, 0);
}

static void
test_glass_wrong(void **state)
{
	struct person p = {.answer = {PASSWORD, "BG-00000-00000-00000-00000"}};
	struct person remote = {.answer = {PASSWORD, glass[0]}};
	struct spool_event e;
	pam_handle_t *pamh;
	int64_t began;

	(void)state;
	make_glass();
	take_away(&absences[0]);
	pamh = start("login", "user1", "/dev/tty7", &p);
	began = clock_monotonic_ms();
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_in_range(clock_monotonic_ms() - began, 800, 1200);
	assert_true(person_saw(&p, "not valid"));
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS_WRONG, PHASE_NEED, &e), 1);
	assert_int_equal(e.kind, SPOOL_BREAK_GLASS_WRONG);
	pam_end(pamh, 0);
	/* another terminal is not even asked */
	pamh = start("login", "user1", "/dev/pts/7", &remote);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(remote.asked, 1);
	pam_end(pamh, 0);
}

/* It works while the daemon lives, too; what is no code goes to the daemon as a guess. */
static void
test_glass_beside_daemon(void **state)
{
	struct person p = {.answer = {PASSWORD, glass[0]}};
	struct person wrong = {.answer = {PASSWORD, "BG-00000-00000-00000-00000"}};
	struct spool_event e;
	pam_handle_t *pamh;

	(void)state;
	make_glass();
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_DENY;
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake->seen_count, 2); /* the code stays here */
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS, PHASE_NEED, &e), 1);
	assert_int_equal(e.number, 1);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	pam_end(pamh, 0);
	(void)spool_is_empty();

	fake->seen_count = 0;
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_DENY;
	pamh = start("login", "user1", "/dev/tty7", &wrong);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(fake->seen_count, 3);
	assert_int_equal(seen(2)->phase, PHASE_CODE);
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS_WRONG, PHASE_NEED, &e), 1);
	pam_end(pamh, 0);
}

/* As sudo does with a cached ticket: account is the first that we hear of. (In sudo's own name
 * this process, root without a login, would be let in without a code.) */
static void
test_glass_in_account(void **state)
{
	struct person p = {.answer = {glass[0]}};
	pam_handle_t *pamh;
	struct spool_event e;

	(void)state;
	make_glass();
	write_stack("console", "timeout=1");
	take_away(&absences[0]);
	pamh = start("console", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(take_spool(SPOOL_BREAK_GLASS, PHASE_ACCOUNT, &e), 1);
	assert_int_equal(e.number, 1);
	pam_end(pamh, 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_glass),
	    CASE(test_glass_wrong),
	    CASE(test_glass_beside_daemon),
	    CASE(test_glass_in_account),
	};

	(void)argc;
	world_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
