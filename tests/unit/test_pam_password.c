/*
 * The password phase of the module: when it asks, whom, what it hands on, and what becomes of a
 * change when nobody can say whether it is good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pam_world.h"

#define STRONG "kX7#mPq2vZ"

static void
write_password_stack(const char *options)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "password requisite %s timeout=1 %s\npassword required pam_permit.so\n", MODULE,
	    options);
	spill("/run/pam.d/passwd", 0644, text);
}

static void
refuse(const char *text)
{
	fake->reply[PHASE_PASSWORD].verdict = PAM_VERDICT_DENY;
	strcpy(fake->reply[PHASE_PASSWORD].text, text);
}

static size_t
count_seen(enum phase phase)
{
	size_t n = 0;

	for (size_t i = 0; i < fake->seen_count && i < FAKE_SEEN_MAX; i++)
		n += fake->seen[i].phase == phase;
	return n;
}

static void
test_accepted(void **state)
{
	struct person p = {.answer = {STRONG, STRONG}};
	pam_handle_t *pamh;

	(void)state;
	write_password_stack("");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.asked, 2);
	assert_int_equal(count_seen(PHASE_PASSWORD_BEGIN), 1);
	assert_int_equal(count_seen(PHASE_PASSWORD), 1);
	assert_string_equal((const char *)seen(1)->password.bytes, STRONG);
	assert_int_equal(seen(0)->password.len, 0);
	assert_int_equal(seen(1)->flags & PAM_FLAG_EXPIRED, 0);
	pam_end(pamh, 0);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *options;
		int asked, rc;
	} cases[] = {{"", 1, PAM_AUTHTOK_ERR}, {"retry=3", 3, PAM_MAXTRIES},
	    {"retry=2", 2, PAM_MAXTRIES}};

	(void)state;
	refuse("It is too short.\nIt is a word.");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct person p = {.answer = {"one", "two", "three", "four"}};
		pam_handle_t *pamh;

		fake->seen_count = 0;
		write_password_stack(cases[i].options);
		pamh = start("passwd", "user1", "/dev/tty7", &p);
		assert_int_equal(pam_chauthtok(pamh, PAM_CHANGE_EXPIRED_AUTHTOK), cases[i].rc);
		assert_int_equal(p.asked, cases[i].asked);
		assert_int_equal(count_seen(PHASE_PASSWORD), cases[i].asked);
		assert_true((seen(1)->flags & PAM_FLAG_EXPIRED) != 0);
		assert_true(person_saw(&p, "eIt is too short."));
		assert_true(person_saw(&p, "eIt is a word."));
		pam_end(pamh, 0);
	}
}

/* A payload is any bytes: of a terminal's words these two reach it, and not the one that fills a clipboard. */
static void
test_a_picture_has_two_colours(void **state)
{
	struct person p = {.answer = {"no"}};
	pam_handle_t *pamh;

	(void)state;
	fake->reply[PHASE_FIRST_USE].need = PAM_NEED_ENROL;
	strcpy(fake->reply[PHASE_FIRST_USE].prompt, "yes, key or no? ");
	strcpy(fake->payload, "\033[97;40m#\033[0m\n\033]52;c;eA==\007\n\033[97m");
	write_password_stack("");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_not_equal(pam_chauthtok(pamh, PAM_CHANGE_EXPIRED_AUTHTOK), PAM_SUCCESS);
	assert_string_equal(p.shown[0], "i\033[97;40m#\033[0m");
	assert_string_equal(p.shown[1], "i\xef\xbf\xbd]52;c;eA==\xef\xbf\xbd");
	assert_string_equal(p.shown[2], "i\xef\xbf\xbd[97m");
	pam_end(pamh, 0);
}

/* What is typed the second time is something else: asked for again, not taken. */
static void
test_mistyped(void **state)
{
	struct person p = {.answer = {STRONG, "kX7#mPq2vW", STRONG, STRONG}};
	struct person once = {.answer = {STRONG, "kX7#mPq2vW"}};
	pam_handle_t *pamh;

	(void)state;
	write_password_stack("retry=2");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.asked, 4);
	pam_end(pamh, 0);
	write_password_stack("");
	pamh = start("passwd", "user1", "/dev/tty7", &once);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_AUTHTOK_ERR);
	pam_end(pamh, 0);
}

static void
test_use_authtok(void **state)
{
	struct person p = {.answer = {STRONG, STRONG}};
	pam_handle_t *pamh;

	(void)state;
	write_password_stack("use_authtok retry=3");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_not_equal(pam_chauthtok(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.asked, 0);
	assert_int_equal(count_seen(PHASE_PASSWORD), 0);
	pam_end(pamh, 0);
}

/* Root is told that it is weak, and it is taken. */
static void
test_warned(void **state)
{
	struct person p = {.answer = {STRONG, STRONG}};
	pam_handle_t *pamh;

	(void)state;
	strcpy(fake->reply[PHASE_PASSWORD].text, "It is weak.");
	write_password_stack("");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_SUCCESS);
	assert_true(person_saw(&p, "iIt is weak."));
	pam_end(pamh, 0);
}

/* What the rules ask stands before the first prompt, how strong it is behind it. Nothing of it
 * where another line asks, or where it has to be quiet. */
static void
test_hints(void **state)
{
	static const struct {
		const char *options;
		bool before;
	} cases[] = {{"", true}, {"quiet", false}, {"use_authtok", false}};

	(void)state;
	strcpy(fake->reply[PHASE_PASSWORD_BEGIN].text, "At least ten.");
	strcpy(fake->reply[PHASE_PASSWORD].text, "Strength: 50.");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct person p = {.answer = {STRONG, STRONG}};
		pam_handle_t *pamh;

		write_password_stack(cases[i].options);
		pamh = start("passwd", "user1", "/dev/tty7", &p);
		assert_int_equal(pam_chauthtok(pamh, 0) == PAM_SUCCESS, i < 2);
		assert_int_equal(person_saw(&p, "iAt least ten."), cases[i].before);
		assert_int_equal(person_saw(&p, "iStrength: 50."), cases[i].before);
		pam_end(pamh, 0);
	}
}

/* Others are at it: told so, then waited for, at the beginning as with what was typed. */
static void
test_waits_its_turn(void **state)
{
	struct person p = {.answer = {STRONG, STRONG}};
	struct person hopeless = {.answer = {STRONG, STRONG}};
	pam_handle_t *pamh;

	(void)state;
	fake->turns[PHASE_PASSWORD_BEGIN] = fake->turns[PHASE_PASSWORD] = 1;
	write_password_stack("");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_SUCCESS);
	assert_true(person_saw(&p, "iOthers are at it."));
	assert_int_equal(p.asked, 2);
	assert_int_equal(fake->seen_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal((seen(i)->flags & PAM_FLAG_TELL_TURN) != 0,
		    i % 2 == 0); /* the second waits */
	assert_string_equal((const char *)seen(3)->password.bytes, STRONG);
	pam_end(pamh, 0);

	/* who is told so while waiting is refused: no asking without end */
	fake->seen_count = 0;
	fake->turns[PHASE_PASSWORD_BEGIN] = 2;
	pamh = start("passwd", "user1", "/dev/tty7", &hopeless);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_AUTHTOK_ERR);
	assert_int_equal(hopeless.asked, 0);
	assert_int_equal(fake->seen_count, 2);
	pam_end(pamh, 0);
}

/* However the daemon is missing: nothing is asked for and nothing is changed. */
static void
test_absent(void **state)
{
	(void)state;
	write_password_stack("retry=3");
	for (size_t i = 0; i < sizeof(absences) / sizeof(absences[0]); i++) {
		struct person p = {.answer = {STRONG, STRONG}};
		pam_handle_t *pamh;

		print_message("%s\n", absences[i].name);
		take_away(&absences[i]);
		pamh = start("passwd", "user1", "/dev/tty7", &p);
		assert_int_equal(pam_chauthtok(pamh, 0), PAM_TRY_AGAIN);
		assert_int_equal(p.asked, 0);
		assert_true(person_saw(&p, "No password can be changed"));
		assert_true(spooled(SPOOL_DENIED, PHASE_PASSWORD_BEGIN, absences[i].cause));
		pam_end(pamh, 0);
	}
}

/* It goes away between the question whether to begin and the new password. */
static void
test_dies_midway(void **state)
{
	struct person p = {.answer = {STRONG, STRONG}};
	struct spool_event e;
	pam_handle_t *pamh;

	(void)state;
	fake_stop(fake);
	fake->dies_after[PHASE_PASSWORD_BEGIN] = true;
	fake_start(fake, PAM_SOCKET_PATH, 0);
	write_password_stack("retry=3");
	pamh = start("passwd", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_chauthtok(pamh, 0), PAM_AUTHTOK_ERR);
	assert_int_equal(
	    p.asked, 1); /* and not again: nobody could judge the next one either */
	assert_true(person_saw(&p, "No password can be changed"));
	assert_int_equal(take_spool(SPOOL_DENIED, PHASE_PASSWORD, &e), 1);
	pam_end(pamh, 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {CASE(test_accepted), CASE(test_refused),
	    CASE(test_a_picture_has_two_colours),
	    CASE(test_mistyped), CASE(test_use_authtok), CASE(test_warned), CASE(test_absent),
	    CASE(test_waits_its_turn), CASE(test_hints), CASE(test_dies_midway)};

	(void)argc;
	world_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
