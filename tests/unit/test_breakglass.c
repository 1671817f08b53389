/*
 * Break-glass codes: each lets in once, at the allowed terminals, also when the file cannot be
 * written any more; nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "breakglass.h"
#include "error.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODES = 3 };

static char base[64], etc[80], file[96], run[80], burned[96];
static struct breakglass place = {file, burned};
static struct secret codes[CODES];

static int
setup(void **state)
{
	(void)state;
	strcpy(base, "/tmp/sekisho-glass.XXXXXX");
	if (mkdtemp(base) == NULL)
		return -1;
	snprintf(etc, sizeof(etc), "%s/etc", base);
	snprintf(run, sizeof(run), "%s/run", base);
	snprintf(file, sizeof(file), "%s/break-glass", etc);
	snprintf(burned, sizeof(burned), "%s/burned", run);
	if (mkdir(etc, 0700) != 0)
		return -1;
	return breakglass_make(&place, NULL, CODES, codes);
}

static int
teardown(void **state)
{
	(void)state;
	unlink(file);
	unlink(burned);
	rmdir(run);
	rmdir(etc);
	return rmdir(base);
}

static int
burn(const char *tty, const char *typed, unsigned int *index)
{
	struct secret s = SECRET_INIT;
	unsigned int none;

	assert_int_equal(secret_set_str(&s, typed), SKS_OK);
	return breakglass_burn(&place, tty, &s, index != NULL ? index : &none);
}

static const char *
code(int i)
{
	return (const char *)codes[i].bytes;
}

static size_t
slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void
spill(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
test_form(void **state)
{
	static const char head[] = "sekisho-break-glass 1\n"
				   "tty = " BREAKGLASS_TTYS "\n1 ";
	struct stat st;
	char text[8192];

	(void)state;
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	slurp(file, text, sizeof(text));
	assert_int_equal(strncmp(text, head, sizeof(head) - 1), 0);
	for (int i = 0; i < CODES; i++) {
		assert_int_equal(codes[i].len, 26);
		assert_int_equal(strncmp(code(i), "BG-", 3), 0);
		assert_int_equal(strspn(code(i), "-0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
		for (int at = 2; at < 26; at += 6)
			assert_int_equal(code(i)[at], '-');
		assert_null(strstr(text, code(i) + 3)); /* only its hash is kept */
		for (int j = 0; j < i; j++)
			assert_string_not_equal(code(i), code(j));
	}
}

static void
test_once(void **state)
{
	struct breakglass_count count;
	unsigned int index = 9;
	char text[8192];

	(void)state;
	assert_true(breakglass_is_offered(&place, "tty1"));
	assert_int_equal(burn("/dev/tty1", code(1), &index), SKS_OK);
	assert_int_equal(index, 2);
	slurp(file, text, sizeof(text));
	assert_non_null(strstr(text, " used 20"));
	assert_int_equal(burn("tty1", code(1), &index), SKS_CONFLICT);
	assert_int_equal(index, 2);
	assert_int_equal(breakglass_count(&place, &count), SKS_OK);
	assert_int_equal(count.total, CODES);
	assert_int_equal(count.unused, CODES - 1);
	assert_int_equal(burn("console", code(0), &index), SKS_OK);
	assert_int_equal(burn("ttyS0", code(2), &index), SKS_OK);
	assert_false(breakglass_is_offered(&place, "tty1")); /* none left */
}

static void
test_terminals(void **state)
{
	static const char *const others[] = {"", "/dev/", "ssh", "pts/0", "/dev/pts/0", "tty",
	    "cron", ":0", "/dev/../tty1", "/tty1"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_false(breakglass_is_offered(&place, others[i]));
		assert_int_equal(burn(others[i], code(0), NULL), SKS_DENIED);
	}
	/* a policy said more; "*" alone still means consoles */
	assert_int_equal(breakglass_make(&place, "* pts/[0-9]*", CODES, codes), SKS_OK);
	assert_true(breakglass_is_offered(&place, "/dev/pts/12"));
	assert_false(breakglass_is_offered(&place, "a/b"));
	assert_int_equal(burn("/dev/pts/12", code(0), NULL), SKS_OK);
	/* the next set keeps it */
	assert_int_equal(breakglass_make(&place, NULL, CODES, codes), SKS_OK);
	assert_int_equal(burn("/dev/pts/12", code(0), NULL), SKS_OK);
	assert_int_equal(breakglass_make(&place, "a\nb", CODES, codes), SKS_INVALID);
	assert_int_equal(breakglass_make(&place, "", CODES, codes), SKS_INVALID);
	assert_int_equal(codes[0].len, 0);
}

static void
test_typing(void **state)
{
	char typed[128] = "";
	size_t n = 0;

	(void)state;
	/* small letters, blanks for hyphens, O and l for 0 and 1 */
	for (const char *c = code(0); *c != '\0'; c++) {
		char t = *c;

		if (t == '-')
			t = ' ';
		else if (t == '0')
			t = 'o';
		else if (t == '1')
			t = 'l';
		else if (t >= 'A' && t <= 'Z')
			t = (char)(t - 'A' + 'a');
		typed[n++] = t;
	}
	typed[n] = '\0';
	assert_int_equal(burn("tty1", typed, NULL), SKS_OK);
	assert_int_equal(burn("tty1", code(0), NULL), SKS_CONFLICT);
	/* full-width, as an input method leaves it, and without the BG */
	n = 0;
	for (const char *c = code(1) + 3; *c != '\0'; c++) {
		unsigned int wide = 0xff01u + (unsigned int)(*c - 0x21);

		typed[n++] = (char)(0xe0 | wide >> 12);
		typed[n++] = (char)(0x80 | (wide >> 6 & 0x3f));
		typed[n++] = (char)(0x80 | (wide & 0x3f));
	}
	typed[n] = '\0';
	assert_int_equal(burn("tty1", typed, NULL), SKS_OK);
}

static void
test_wrong(void **state)
{
	char other[SECRET_MAX + 2];

	(void)state;
	assert_int_equal(burn("tty1", "", NULL), SKS_NOT_FOUND);
	assert_int_equal(burn("tty1", "BG-", NULL), SKS_NOT_FOUND);
	assert_int_equal(burn("tty1", "123456", NULL), SKS_NOT_FOUND);
	assert_int_equal(burn("tty1", "BG-\x01", NULL), SKS_NOT_FOUND);
	assert_int_equal(burn("tty1", "BG-00000-00000-00000-00000", NULL), SKS_NOT_FOUND);
	for (size_t i = 3; i < 26; i++) { /* one letter off, anywhere */
		snprintf(other, sizeof(other), "%s", code(0));
		if (other[i] == '-')
			continue;
		other[i] = other[i] == 'Z' ? 'Y' : 'Z';
		assert_int_equal(burn("tty1", other, NULL), SKS_NOT_FOUND);
	}
	snprintf(other, sizeof(other), "%sZ", code(0));
	assert_int_equal(burn("tty1", other, NULL), SKS_NOT_FOUND);
	assert_int_equal(burn("tty1", code(0), NULL), SKS_OK); /* and none of it hurt */
}

static void
test_is_form(void **state)
{
	static const struct {
		const char *typed;
		bool form;
	} cases[] = {{"BG-12345", true}, {"bg 12345", true}, {"BG1", true}, {"123456", false},
	    {"BG", false}, {"", false}, {"B-G-X", true}, {"XBG-1", false}, {"BG-\n1", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secret s = SECRET_INIT;

		secret_set_str(&s, cases[i].typed);
		if (breakglass_is_form(&s) != cases[i].form)
			fail_msg("%s", cases[i].typed);
	}
}

static void
test_bad_files(void **state)
{
	static const char *const bad[] = {"", "nonsense\n",
	    "sekisho-break-glass 2\ntty = tty1\n", "sekisho-break-glass 1\n",
	    "sekisho-break-glass 1\ntty = \n",
	    "sekisho-break-glass 1\ntty = tty1\n1 aa bb unused\n",
	    "sekisho-break-glass 1\ntty = tty1\nx\n"};
	char text[8192], changed[8192];
	char *at;

	(void)state;
	slurp(file, text, sizeof(text));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		spill(file, bad[i]);
		assert_int_equal(burn("tty1", code(0), NULL), SKS_CORRUPT);
		assert_false(breakglass_is_offered(&place, "tty1"));
	}
	/* a good file with one bad word: not "the rest still counts" */
	memcpy(changed, text, sizeof(text));
	at = strstr(changed, "unused");
	assert_non_null(at);
	at[0] = 'U';
	spill(file, changed);
	assert_int_equal(burn("tty1", code(1), NULL), SKS_CORRUPT);
	spill(file, text);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(burn("tty1", code(0), NULL), SKS_UNTRUSTED);
	assert_int_equal(chmod(file, 0600), 0);
	/* a list that was cut might be hiding the very code */
	assert_int_equal(mkdir(run, 0700), 0);
	spill(burned, "0123");
	assert_int_equal(burn("tty1", code(0), NULL), SKS_CORRUPT);
	/* a time that is none would leave its code unburned, or the next file unreadable */
	for (size_t i = 0; i < 2; i++) {
		char list[64];

		(void)snprintf(list, sizeof(list), "%032d %s\n", 0, i == 0 ? " x" : "at noon");
		spill(burned, list);
		assert_int_equal(burn("tty1", code(0), NULL), SKS_CORRUPT);
	}
	unlink(burned);
	unlink(file);
	assert_int_equal(burn("tty1", code(0), NULL), SKS_NOT_FOUND);
}

/* Runs "body" in a private mount namespace, in a child; its result is the exit status. */
static void
assert_in_namespace(int (*body)(void))
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
			_exit(100);
		_exit(body());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Line by line, so that the exit status says where. */
#define NEED(condition)                                                                        \
	do {                                                                                   \
		if (!(condition))                                                              \
			return __LINE__ % 97 + 1;                                              \
	} while (0)

/* A tmpfs over etc, with the same file in it. */
static bool
cover_etc(const char *options)
{
	char text[8192];

	slurp(file, text, sizeof(text));
	if (mount("etc", etc, "tmpfs", 0, options) != 0)
		return false;
	spill(file, text);
	return true;
}

/* The file cannot change, the codes still end. */
static int
check_unwritable(void)
{
	char before[8192], after[8192];
	unsigned int index;

	slurp(file, before, sizeof(before));
	NEED(breakglass_is_offered(&place, "tty1"));
	NEED(burn("tty1", code(0), &index) == SKS_OK && index == 1);
	NEED(burn("tty1", code(0), &index) == SKS_CONFLICT && index == 1);
	NEED(burn("tty1", code(1), &index) == SKS_OK && index == 2);
	NEED(burn("tty1", code(1), NULL) == SKS_CONFLICT);
	NEED(breakglass_is_offered(&place, "tty1"));
	slurp(file, after, sizeof(after));
	NEED(strcmp(before, after) == 0);
	return 0;
}

static int
body_full(void)
{
	char fill[96], block[4096] = "x";
	int fd;

	NEED(cover_etc("size=32k,mode=700"));
	snprintf(fill, sizeof(fill), "%s/fill", etc);
	fd = open(fill, O_CREAT | O_WRONLY, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	return check_unwritable();
}

static int
body_read_only(void)
{
	NEED(cover_etc("mode=700"));
	NEED(mount(NULL, etc, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	return check_unwritable();
}

/* Neither place can be written: a code that cannot be burned lets nobody in. */
static int
body_nowhere(void)
{
	NEED(mkdir(run, 0700) == 0);
	NEED(mount("run", run, "tmpfs", MS_RDONLY, "mode=700") == 0);
	NEED(cover_etc("mode=700"));
	NEED(mount(NULL, etc, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	NEED(burn("tty1", code(0), NULL) == SKS_READONLY);
	NEED(mount(NULL, run, NULL, MS_REMOUNT, NULL) == 0);
	NEED(burn("tty1", code(0), NULL) == SKS_OK);
	return 0;
}

/* What went to /run while /etc could not be written is merged by the next burn that can. */
static void
test_unwritable(void **state)
{
	char text[8192];
	struct breakglass_count count;

	(void)state;
	assert_in_namespace(body_full);
	/* outside of the namespace the file is as it was, and the list speaks for it */
	assert_int_equal(breakglass_count(&place, &count), SKS_OK);
	assert_int_equal(count.unused, CODES - 2);
	assert_int_equal(burn("tty1", code(0), NULL), SKS_CONFLICT);
	slurp(file, text, sizeof(text));
	assert_null(strstr(text, " used "));
	assert_int_equal(burn("tty1", code(2), NULL), SKS_OK);
	unlink(burned); /* a reboot */
	for (int i = 0; i < CODES; i++)
		assert_int_equal(burn("tty1", code(i), NULL), SKS_CONFLICT);
}

static void
test_read_only(void **state)
{
	(void)state;
	assert_in_namespace(body_read_only);
	/* new codes are not mistaken for those that were burned, though they are numbered alike
	 */
	assert_int_equal(breakglass_make(&place, NULL, CODES, codes), SKS_OK);
	assert_int_equal(burn("tty1", code(0), NULL), SKS_OK);
}

static void
test_nowhere(void **state)
{
	(void)state;
	assert_in_namespace(body_nowhere);
}

/* "n" processes at once, process i with code i % kinds; how many got in. */
static int
race(int n, int kinds)
{
	int gate[2], in = 0, status;
	char byte;

	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			close(gate[1]);
			(void)!read(gate[0], &byte, 1); /* until all are there */
			_exit(burn("tty1", code(i % kinds), NULL) == SKS_OK ? 0 : 1);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < n; i++) {
		assert_true(wait(&status) > 0);
		in += status == 0 ? 1 : 0;
	}
	return in;
}

static void
test_race(void **state)
{
	struct breakglass_count count;

	(void)state;
	assert_int_equal(race(24, 1), 1);
	assert_int_equal(breakglass_make(&place, NULL, CODES, codes), SKS_OK);
	assert_int_equal(race(24, CODES), CODES); /* none puts another's code back */
	assert_int_equal(breakglass_count(&place, &count), SKS_OK);
	assert_int_equal(count.unused, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_form, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_terminals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_typing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
	    cmocka_unit_test(test_is_form),
	    cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unwritable, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nowhere, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_race, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
