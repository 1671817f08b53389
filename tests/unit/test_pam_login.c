/*
 * The module with its daemon: every line of the stack and every phase.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notice.h"
#include "pam_world.h"
#include <dlfcn.h>

/* ---- a whole login ------------------------------------------------------------------------
 */

static void
test_login(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	unsigned int fds = count_fds();
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
	assert_int_equal(p.asked, 2);
	assert_string_equal(p.prompt[1], "Code please: ");
	assert_string_equal(p.shown[0], "iYour device has it.");
	assert_int_equal(fake->seen_count, 6); /* setcred asks nobody */
	for (size_t i = 0; i < 6; i++) {
		static const uint32_t order[] = {PHASE_CHARGE, PHASE_NEED, PHASE_CODE,
		    PHASE_ACCOUNT, PHASE_OPEN, PHASE_CLOSE};

		assert_int_equal(seen(i)->phase, order[i]);
		assert_string_equal(seen(i)->user, "user1");
		assert_true(seen(i)->known);
		assert_int_equal(seen(i)->uid, 1001);
		assert_string_equal(seen(i)->service, "login");
		assert_string_equal(seen(i)->tty, "/dev/tty7");
		assert_string_equal(seen(i)->actor, "root");
		assert_int_equal(seen(i)->code.len, order[i] == PHASE_CODE ? 6 : 0);
	}
	assert_int_equal(seen(0)->flags, PAM_FLAG_INTERACTIVE);
	assert_int_equal(seen(1)->flags, PAM_FLAG_INTERACTIVE | PAM_FLAG_FIRST_FACTOR);
	assert_int_equal(seen(2)->flags, PAM_FLAG_INTERACTIVE | PAM_FLAG_FIRST_FACTOR);
	assert_memory_equal(seen(2)->code.bytes, "123456", 6);
	assert_true(spool_is_empty());
	assert_int_equal(count_fds(), fds);
}

/* ---- the notice before login -------------------------------------------------------------- */

#define NOTICE "sekisho-notice 1\nversion 2026-1\nlanguage ja\nexcept su\n"                  \
	       "en Use is recorded.\nen And examined.\nja \xe8\xa8\xbc\xe8\xb7\xa1\n"

static void
test_notice_before_the_first_prompt(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	pam_handle_t *pamh = start("login", "user1", "pts/3", &p);

	(void)state;
	spill(NOTICE_PATH, 0644, NOTICE);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_string_equal(p.shown[0], "i\xe8\xa8\xbc\xe8\xb7\xa1"); /* before the password */
	assert_string_equal(p.shown[1], "iYour device has it.");
	assert_int_equal(p.shown_count, 2); /* once */
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(seen(i)->notice, "2026-1");
		assert_true(seen(i)->flags & PAM_FLAG_NOTICE_ANSWERED);
		assert_false(seen(i)->flags & PAM_FLAG_NOTICE_BANNER);
	}
	pam_end(pamh, PAM_SUCCESS);
	unlink(NOTICE_PATH);
}

static void
test_notice_is_the_same_for_unknown_names(void **state)
{
	static const char *const users[] = {"user1", "nobody-of-that-name"};

	(void)state;
	spill(NOTICE_PATH, 0644, NOTICE);
	for (int i = 0; i < 2; i++) {
		struct person p = {.answer = {"wrong"}};
		pam_handle_t *pamh = start("login", users[i], "/dev/tty7", &p);

		fake->seen_count = 0;
		(void)pam_authenticate(pamh, 0);
		/* a console of the kernel shows no Japanese */
		assert_string_equal(p.shown[0], "iUse is recorded.");
		assert_string_equal(p.shown[1], "iAnd examined.");
		assert_string_equal(seen(0)->notice, "2026-1");
		pam_end(pamh, PAM_SUCCESS);
	}
	unlink(NOTICE_PATH);
}

static void
test_notice_is_not_shown_where_nobody_begins_a_login(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	pam_handle_t *pamh;

	(void)state;
	spill(NOTICE_PATH, 0644, NOTICE);
	write_stack("su", "timeout=2");
	pamh = start("su", "user1", "/dev/pts/1", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_false(person_saw(&p, "\xe8\xa8\xbc"));
	assert_string_equal(seen(0)->notice, "");
	pam_end(pamh, PAM_SUCCESS);

	write_stack("quietly", "quiet timeout=2");
	memset(&p, 0, sizeof(p));
	p.answer[0] = PASSWORD;
	p.answer[1] = "123456";
	fake->seen_count = 0;
	pamh = start("quietly", "user1", "/dev/pts/1", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.shown_count, 0);
	assert_string_equal(seen(0)->notice, ""); /* nothing is named that was not shown */
	pam_end(pamh, PAM_SUCCESS);
	unlink(NOTICE_PATH);
}

/* sshd's own Banner stands before every method, keys too. */
static void
test_notice_of_sshds_banner(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	pam_handle_t *pamh;

	(void)state;
	spill(NOTICE_PATH, 0644, NOTICE "banner\n");
	write_stack("sshd", "timeout=2");
	pamh = start("sshd", "user1", "ssh", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_false(person_saw(&p, "recorded"));
	assert_string_equal(seen(0)->notice, "2026-1");
	assert_true(seen(0)->flags & PAM_FLAG_NOTICE_BANNER);
	/* this process is no dialogue of sshd's: nobody is known to have answered */
	assert_false(seen(0)->flags & PAM_FLAG_NOTICE_ANSWERED);
	pam_end(pamh, PAM_SUCCESS);
	fake->seen_count = 0;
	pamh = start("sshd", "user1", "ssh", &p); /* by key: the account phase is the first */
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_string_equal(seen(0)->notice, "2026-1");
	pam_end(pamh, PAM_SUCCESS);
	unlink(NOTICE_PATH);
}

static void
test_notice_file_that_is_not_to_be_trusted(void **state)
{
	static const char *const bad[] = {"", "nonsense\n", "sekisho-notice 1\nen x\nja x\n",
	    "sekisho-notice 1\nversion 1\nen x\nja x", "sekisho-notice 2\nversion 1\nen x\nja x\n"};
	struct notice n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		spill(NOTICE_PATH, 0644, bad[i]);
		assert_int_equal(notice_read(NOTICE_PATH, NULL, &n), SKS_INVALID);
	}
	spill(NOTICE_PATH, 0666, NOTICE);
	assert_int_equal(notice_read(NOTICE_PATH, NULL, &n), SKS_UNTRUSTED);
	unlink(NOTICE_PATH);
	assert_int_equal(mkfifo(NOTICE_PATH, 0644), 0); /* opening it must not wait */
	assert_int_equal(notice_read(NOTICE_PATH, NULL, &n), SKS_UNTRUSTED);
	unlink(NOTICE_PATH);
	spill("/run/elsewhere", 0644, NOTICE);
	assert_int_equal(symlink("/run/elsewhere", NOTICE_PATH), 0);
	assert_int_equal(notice_read(NOTICE_PATH, NULL, &n), SKS_NOT_FOUND);
	unlink(NOTICE_PATH);
	spill(NOTICE_PATH, 0644,
	    "sekisho-notice 1\nversion 1\nen a\033[2Jb\nen\nen c\nja x\nnewer word\n");
	assert_int_equal(notice_read(NOTICE_PATH, NULL, &n), SKS_OK);
	assert_null(strchr(n.en, '\033'));
	assert_non_null(strstr(n.en, "b\n\nc\n"));
	unlink(NOTICE_PATH);
}

static void
test_no_code_needed(void **state)
{
	struct person p = {.answer = {PASSWORD}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	fake->reply[PHASE_NEED].need = PAM_NEED_NONE;
	strcpy(fake->reply[PHASE_CODE].text, "One line.\nAnother.");
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.asked, 1);
	assert_int_equal(seen(2)->phase, PHASE_CODE); /* the success itself is decided */
	assert_int_equal(seen(2)->code.len, 0);
	assert_int_equal(p.shown_count, 2);
	assert_string_equal(p.shown[1], "iAnother.");
	pam_end(pamh, 0);
}

/* A refused first factor is not evaluated; a wrong one is answered late, and reported. */
static void
test_first_factor(void **state)
{
	struct person p = {.answer = {PASSWORD}}, q = {.answer = {"wrong"}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);
	int64_t began;

	(void)state;
	fake->reply[PHASE_CHARGE].verdict = PAM_VERDICT_DENY;
	strcpy(fake->reply[PHASE_CHARGE].text, "Locked for 3 minutes.");
	began = clock_monotonic_ms();
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_in_range(clock_monotonic_ms() - began, 300, 600);
	assert_string_equal(p.shown[0], "eLocked for 3 minutes.");
	assert_int_equal(fake->seen_count, 1);
	pam_end(pamh, 0);

	fake->reply[PHASE_CHARGE].verdict = PAM_VERDICT_ALLOW;
	pamh = start("login", "user1", "/dev/tty7", &q);
	began = clock_monotonic_ms();
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_in_range(clock_monotonic_ms() - began, 300, 600);
	assert_int_equal(q.asked, 1); /* no prompt for a code before the password is right */
	assert_int_equal(fake->seen_count, 3);
	assert_int_equal(seen(2)->phase, PHASE_FAILED);
	pam_end(pamh, 0);
	assert_true(spool_is_empty()); /* refused by a decision, which is a record */
}

/* The same dialogue and the same end for a name that does not exist, or cannot. */
static void
test_unknown_user(void **state)
{
	static const char *const names[] = {"nobody-here", "user1\n", "user1\x1b[2J",
	    LONG_NAME /* exists, but cannot be sent */};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct person p = {.answer = {"wrong", "123456"}};
		pam_handle_t *pamh = start("login", names[i], "/dev/tty7", &p);

		fake->seen_count = 0;
		assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
		assert_int_equal(p.asked, 1);
		assert_int_equal(fake->seen_count, 2);
		assert_false(seen(0)->known);
		assert_int_equal(seen(0)->uid, 0);
		assert_int_equal(seen(1)->phase, PHASE_FAILED);
		pam_end(pamh, 0);
	}
}

/* The charge of one user is no first factor of another; PAM_USER is read anew by each line. */
static void
test_changed_user(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}, .becomes = "user2"};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_string_equal(seen(0)->user, "user1");
	assert_string_equal(seen(1)->user, "user2");
	assert_int_equal(seen(1)->uid, 1002);
	/* nothing is proved of this one: a code is needed, and that needs no asking */
	assert_int_equal(seen(1)->phase, PHASE_CODE);
	assert_int_equal(seen(1)->flags, PAM_FLAG_INTERACTIVE);
	assert_int_equal(seen(1)->code.len, 6);
	pam_end(pamh, 0);
}

/* A charge pays for one success line. */
static void
test_second_success_line(void **state)
{
	struct person p = {.answer = {PASSWORD, "1", "2"}};
	char text[1024];
	pam_handle_t *pamh;

	(void)state;
	snprintf(text, sizeof(text),
	    "auth requisite %1$s preauth\nauth required %1$s\nauth required %1$s\n", MODULE);
	spill("/run/pam.d/login", 0644, text);
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(seen(1)->flags, PAM_FLAG_INTERACTIVE | PAM_FLAG_FIRST_FACTOR);
	assert_int_equal(seen(3)->flags, PAM_FLAG_INTERACTIVE);
	pam_end(pamh, 0);
}

/* ---- codes --------------------------------------------------------------------------------
 */

static void
test_wrong_code(void **state)
{
	struct person p = {.answer = {PASSWORD, "000000"}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);
	int64_t began;

	(void)state;
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_DENY;
	fake->reply[PHASE_CODE].delay_ms = 400;
	strcpy(fake->reply[PHASE_CODE].text, "Wrong code.");
	began = clock_monotonic_ms();
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_in_range(clock_monotonic_ms() - began, 400, 700);
	assert_true(person_saw(&p, "eWrong code."));
	pam_end(pamh, 0);
}

/* The daemon is not root: what it says cannot draw on a screen, nor turn what stands there. */
static void
test_no_text_moves_the_cursor(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	strcpy(fake->reply[PHASE_NEED].prompt, "Code\xc2\x9b" "2J: ");
	strcpy(fake->reply[PHASE_NEED].text, "a\tb\xe2\x80\xae" "c\n関所\xff");
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_string_equal(p.prompt[1], "Code\xef\xbf\xbd" "2J: ");
	assert_string_equal(p.shown[0], "ia\tb\xef\xbf\xbd" "c");
	assert_string_equal(p.shown[1], "i関所\xef\xbf\xbd");
	pam_end(pamh, 0);
}

/* Only one value of the verdict lets in. */
static void
test_other_verdicts(void **state)
{
	static const uint32_t others[] = {0, 1, 3, 0x80000002, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct person p = {.answer = {PASSWORD, "123456"}};
		pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

		fake->reply[PHASE_CODE].verdict = others[i];
		fake->reply[PHASE_ACCOUNT].verdict = others[i];
		fake->reply[PHASE_OPEN].verdict = others[i];
		assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
		assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
		assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
		pam_end(pamh, 0);
	}
}

static void
test_appended_code(void **state)
{
	struct person p = {.answer = {PASSWORD "654321"}}, q = {.answer = {PASSWORD, "7"}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	fake->reply[PHASE_CHARGE].code_digits = 6;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.asked, 1);
	assert_int_equal(seen(2)->code.len, 6);
	assert_memory_equal(seen(2)->code.bytes, "654321", 6);
	pam_end(pamh, 0);
	/* no digits at the end: the password is whole, the code is asked for */
	fake->seen_count = 0;
	pamh = start("login", "user1", "/dev/tty7", &q);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(q.asked, 2);
	assert_int_equal(seen(2)->code.len, 1);
	pam_end(pamh, 0);
}

static void
test_password_as_code(void **state)
{
	struct person p = {.answer = {PASSWORD, PASSWORD}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_DENY;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(seen(2)->code.len, 0); /* it does not travel as a code */
	assert_int_equal(seen(2)->flags,
	    PAM_FLAG_INTERACTIVE | PAM_FLAG_FIRST_FACTOR | PAM_FLAG_PASSWORD_AS_CODE);
	pam_end(pamh, 0);
}

static void
test_nobody_answers(void **state)
{
	struct person p = {.answer = {PASSWORD}}, q = {.answer = {NULL}};
	pam_handle_t *pamh = start("login", "user1", "/dev/tty7", &p);

	(void)state;
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_DENY;
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(seen(2)->phase, PHASE_CODE);
	assert_int_equal(seen(2)->flags, PAM_FLAG_FIRST_FACTOR);
	pam_end(pamh, 0);
	/* not even the password: nothing is charged */
	fake->seen_count = 0;
	pamh = start("login", "user1", "/dev/tty7", &q);
	assert_int_not_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(fake->seen_count, 0);
	pam_end(pamh, 0);
}

static void
test_junk(void **state)
{
	static const struct {
		const char *response;
		bool junk;
	} cases[] = {{"\b", true}, {"\b\n\r\177INCO", true}, {"\b\n\r\177INCORRECT", true},
	    {"\b\n\r\177INCORRECT\b\n\r\177INC", true}, {"INCORRECT", false}, {"", false},
	    {"\b\n\r\177incorrect", false}, {"\b\n\r\177INCORRECT!", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct person p = {.answer = {cases[i].response}};
		pam_handle_t *pamh = start("sshd", "user1", "ssh", &p);

		fake->seen_count = 0;
		assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
		if (((seen(0)->flags & PAM_FLAG_JUNK) != 0) != cases[i].junk)
			fail_msg("case %zu", i);
		pam_end(pamh, 0);
	}
}

static void
test_early_and_token(void **state)
{
	struct person p = {.answer = {PASSWORD, "1"}};
	char text[1024];
	pam_handle_t *pamh;

	(void)state;
	snprintf(text, sizeof(text),
	    "auth requisite %1$s preauth charge=early\n"
	    "auth required pam_unix.so nodelay\nauth required %1$s token=u2f\n",
	    MODULE);
	spill("/run/pam.d/login", 0644, text);
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(p.asked, 2); /* pam_unix asks, not we */
	assert_int_equal(seen(0)->flags, PAM_FLAG_INTERACTIVE | PAM_FLAG_EARLY);
	assert_string_equal(seen(0)->token, "");
	assert_string_equal(seen(1)->token, "u2f");
	assert_string_equal(seen(2)->token, "u2f");
	pam_end(pamh, 0);
}

/* ---- sshd ---------------------------------------------------------------------------------
 */

static void
test_keyproof(void **state)
{
	static const struct {
		const char *service, *info;
		size_t asked;
	} cases[] = {
	    {"sshd", "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAC3Nz\n", 1},
	    {"sshd", "SSH_AUTH_INFO_0=", 2},
	    {"sshd", "SSH_AUTH_INFO_0=password\npublickey ssh-ed25519 AAAA\n", 2},
	    {"sshd", "SSH_AUTH_INFO_0=publickeyx ssh-ed25519 AAAA\n", 2},
	    {"login", "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAC3Nz\n", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct person p = {.answer = {PASSWORD, PASSWORD "?"}};
		pam_handle_t *pamh = start(cases[i].service, "user1", "ssh", &p);

		assert_int_equal(pam_putenv(pamh, cases[i].info), PAM_SUCCESS);
		assert_int_equal(
		    pam_putenv(pamh, "SSH_CONNECTION=192.0.2.7 5 192.0.2.1 22"), PAM_SUCCESS);
		fake->seen_count = 0;
		assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
		if ((size_t)p.asked != cases[i].asked)
			fail_msg("case %zu: %d prompts", i, p.asked);
		assert_string_equal(seen(0)->connection, "192.0.2.7 5 192.0.2.1 22");
		assert_string_equal(seen(0)->auth_info, strchr(cases[i].info, '=') + 1);
		assert_int_equal(
		    seen(0)->phase, cases[i].asked == 1 ? PHASE_NEED : PHASE_CHARGE);
		pam_end(pamh, 0);
	}
}

/* A key login: account without authenticate, nobody to ask. */
static void
test_key_account(void **state)
{
	static const struct {
		const char *service, *tty;
	} cases[] = {{"sshd", "ssh"}, {"sshd", "/dev/pts/1"}, {"other", "ssh"},
	    {"other", "cron"}, {"other", NULL}};

	(void)state;
	write_stack("other", "timeout=1");
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_DENY;
	fake->reply[PHASE_ACCOUNT].need = PAM_NEED_CODE;
	strcpy(fake->reply[PHASE_ACCOUNT].text, "A key alone does not do.");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct person p = {.answer = {"123456"}};
		pam_handle_t *pamh = start(cases[i].service, "user1", cases[i].tty, &p);

		fake->seen_count = 0;
		assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
		assert_int_equal(p.asked, 0);
		assert_int_equal(seen(0)->flags, 0);
		assert_string_equal(p.shown[0], "eA key alone does not do.");
		pam_end(pamh, 0);
	}
}

/* ---- account and session ------------------------------------------------------------------
 */

/* sudo with a cached ticket: the factor is stale, and a new one can be asked for. */
static void
test_account_code(void **state)
{
	struct person p = {.answer = {"123456"}}, q = {.answer = {NULL}};
	pam_handle_t *pamh;

	(void)state;
	write_stack("sudo", "timeout=1");
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_DENY;
	fake->reply[PHASE_ACCOUNT].need = PAM_NEED_CODE;
	strcpy(fake->reply[PHASE_ACCOUNT].prompt, "New code: ");
	/* nobody there, as with sudo -n */
	pamh = start("sudo", "user1", "/dev/pts/9", &q);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(fake->seen_count, 2);
	assert_int_equal(seen(0)->flags, PAM_FLAG_INTERACTIVE);
	assert_int_equal(seen(1)->phase, PHASE_ACCOUNT);
	assert_int_equal(seen(1)->flags, 0);
	pam_end(pamh, 0);
	/* the daemon goes on asking for codes: once is enough */
	fake->seen_count = 0;
	pamh = start("sudo", "user1", "/dev/pts/9", &p);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(fake->seen_count, 3);
	assert_int_equal(p.asked, 1);
	pam_end(pamh, 0);
	/* and the ordinary way */
	fake->seen_count = 0;
	fake->code_opens_account = true;
	p.asked = 0;
	pamh = start("sudo", "user1", NULL, &p);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SUCCESS);
	assert_string_equal(p.prompt[0], "New code: ");
	assert_int_equal(seen(1)->phase, PHASE_CODE);
	assert_memory_equal(seen(1)->code.bytes, "123456", 6);
	assert_int_equal(seen(2)->phase, PHASE_ACCOUNT);
	assert_int_equal(seen(2)->code.len, 0);
	pam_end(pamh, 0);
}

static void
test_account_wrong_code(void **state)
{
	struct person p = {.answer = {"123456"}};
	pam_handle_t *pamh;

	(void)state;
	write_stack("sudo", "timeout=1");
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_DENY;
	fake->reply[PHASE_ACCOUNT].need = PAM_NEED_CODE;
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_DENY;
	fake->code_opens_account = true;
	pamh = start("sudo", "user1", "/dev/pts/9", &p);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(fake->seen_count, 2);
	pam_end(pamh, 0);
}

/* ---- lines that are wrong -----------------------------------------------------------------
 */

static void
test_bad_option(void **state)
{
	struct person p = {.answer = {PASSWORD, "123456"}};
	char text[1024];
	pam_handle_t *pamh;

	(void)state;
	snprintf(text, sizeof(text),
	    "auth required %1$s fial=open\nauth required pam_permit.so\n"
	    "account required %1$s fial=open\naccount required pam_permit.so\n"
	    "session required %1$s fial=open\nsession required pam_permit.so\n",
	    MODULE);
	spill("/run/pam.d/login", 0644, text);
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SERVICE_ERR);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SERVICE_ERR);
	pam_end(pamh, 0);
	assert_int_equal(fake->seen_count, 0);
	assert_non_null(
	    strstr(read_syslog(), "\"fial=open\" is not known; did you mean \"fail=open\"?"));
}

static void
test_quiet_and_debug(void **state)
{
	struct person p = {.answer = {PASSWORD, "918273"}};
	pam_handle_t *pamh;
	const char *log;

	(void)state;
	write_stack("login", "timeout=1 quiet debug");
	strcpy(fake->reply[PHASE_CODE].text, "not shown");
	strcpy(fake->reply[PHASE_ACCOUNT].text, "not shown either");
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_DENY;
	pamh = start("login", "user1", "/dev/tty7", &p);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(p.shown_count, 0);
	pam_end(pamh, 0);
	log = read_syslog();
	assert_non_null(strstr(log, "phase charge for user1"));
	assert_non_null(strstr(log, "phase account for user1"));
	assert_null(strstr(log, PASSWORD));
	assert_null(strstr(log, "918273"));
}

/* ---- the file itself ----------------------------------------------------------------------
 */

static void
test_symbols(void **state)
{
	static const char *const exported[] = {"pam_sm_authenticate", "pam_sm_setcred",
	    "pam_sm_acct_mgmt", "pam_sm_open_session", "pam_sm_close_session", "pam_sm_chauthtok"};
	static const char *const hidden[] = {
	    "password_judge", "client_call", "ask_daemon", "secret_set", "buf_init"};
	char line[256];
	void *so = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
	int count = 0;
	FILE *nm;

	(void)state;
	assert_non_null(so);
	for (size_t i = 0; i < 6; i++)
		assert_non_null(dlsym(so, exported[i]));
	for (size_t i = 0; i < 5; i++)
		assert_null(dlsym(so, hidden[i]));
	dlclose(so);
	nm = popen("nm -D --defined-only " MODULE, "r");
	assert_non_null(nm);
	while (fgets(line, sizeof(line), nm) != NULL)
		count++;
	assert_int_equal(pclose(nm), 0);
	assert_int_equal(count, 6);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_login),
	    CASE(test_notice_before_the_first_prompt),
	    CASE(test_notice_is_the_same_for_unknown_names),
	    CASE(test_notice_is_not_shown_where_nobody_begins_a_login),
	    CASE(test_notice_of_sshds_banner),
	    CASE(test_notice_file_that_is_not_to_be_trusted),
	    CASE(test_no_code_needed),
	    CASE(test_first_factor),
	    CASE(test_unknown_user),
	    CASE(test_changed_user),
	    CASE(test_second_success_line),
	    CASE(test_wrong_code),
	    CASE(test_no_text_moves_the_cursor),
	    CASE(test_other_verdicts),
	    CASE(test_appended_code),
	    CASE(test_password_as_code),
	    CASE(test_nobody_answers),
	    CASE(test_junk),
	    CASE(test_early_and_token),
	    CASE(test_keyproof),
	    CASE(test_key_account),
	    CASE(test_account_code),
	    CASE(test_account_wrong_code),
	    CASE(test_bad_option),
	    CASE(test_quiet_and_debug),
	    CASE(test_symbols),
	};

	(void)argc;
	world_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
