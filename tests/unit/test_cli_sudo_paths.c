/* Which lines of sudoers give somebody rights, and which lead to root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/check_sudo_file.c"
#include "../../cli/sudo_paths.c"
#include <unistd.h>

static struct sudo_paths paths;

static const char *const groups[] = {"users", "ops", "sekisho-web"};

static void
read_text(const char *text)
{
	char path[] = "/tmp/sekisho-sudo-paths-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	sudo_paths_read(&paths, path, "alice", 1001, groups, 3);
	assert_int_equal(unlink(path), 0);
}

/* What one line gives alice: '-' nothing, 'r' what leads to root, 'o' something else. */
static const struct {
	const char *text;
	char gives;
} lines[] = {
    {"alice ALL=(ALL:ALL) ALL\n", 'r'},
    {"alice ALL=ALL\n", 'r'},
    {"bob ALL=(ALL) ALL\n", '-'},
    {"ALL ALL=(ALL) ALL\n", 'r'},
    {"%ops ALL=(root) /usr/bin/id\n", 'o'},
    {"%ops ALL = NOPASSWD: /bin/bash\n", 'r'},
    {"%sudo ALL=(ALL) ALL\n", '-'},
    {"%:sekisho-web ALL = (root) /usr/bin/id -un, /bin/sh\n", 'r'},
    {"#1001 ALL=/bin/su\n", 'r'},
    {"#1002 ALL=/bin/su\n", '-'},
    {"alice ALL=(postgres) ALL\n", 'o'},
    {"alice ALL=(postgres, root) ALL\n", 'r'},
    {"alice ALL=(postgres) /bin/sh, (root) NOPASSWD: SETENV: /usr/bin/env\n", 'r'},
    {"bob, alice ALL=/bin/bash\n", 'r'},
    {"bob , alice ALL=/bin/bash\n", 'r'},
    {"ALL, !alice ALL=/bin/bash\n", '-'},
    {"!alice, ALL ALL=/bin/bash\n", 'r'},
    {"ALL, !%ops ALL=/bin/bash\n", '-'},
    {"alice ALL=ALL, !/bin/bash\n", 'r'},
    {"alice ALL=!/bin/bash, /usr/bin/id\n", 'o'},
    {"User_Alias US = bob, alice\nUS ALL=/bin/bash\n", 'r'},
    {"US ALL=/bin/bash\nUser_Alias X = y : US = bob, %:ops\n", 'r'},
    {"User_Alias A = B : B = A\nA ALL=/bin/bash\n", '-'},
    {"Cmnd_Alias SH = /usr/bin/id, /bin/zsh\nalice ALL = SH\n", 'r'},
    {"Cmnd_Alias SH = /usr/bin/id\nalice ALL = (root) NOEXEC: SH\n", 'o'},
    {"Defaults:alice !authenticate\n", '-'},
    {"\"alice\" ALL=/bin/bash\n", 'r'},
    {"alice ALL=(root) \\\n  /bin/bash\n", 'r'},
    {"# alice ALL=ALL\n", '-'},
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char gives;

		read_text(lines[i].text);
		gives = paths.count == 0 ? '-' : paths.path[0].root ? 'r' : 'o';
		assert_true(paths.whole);
		if (gives != lines[i].gives)
			fail_msg("%s gives %c", lines[i].text, gives);
	}
}

static void
test_where(void **state)
{
	(void)state;
	read_text("# first\nbob ALL=ALL\n\nalice ALL=\\\n /bin/true\n%ops ALL=ALL\n");
	assert_int_equal(paths.count, 2);
	assert_int_equal(paths.path[0].line, 4);
	assert_int_equal(paths.path[1].line, 6);
	assert_string_equal(paths.path[1].text, "%ops ALL=ALL");
}

/* A file of a line: "head", then "word" so many times, then "tail". */
static void
read_long(const char *head, const char *word, size_t times, const char *tail)
{
	char *text = malloc(strlen(head) + strlen(word) * times + strlen(tail) + 1);

	assert_non_null(text);
	(void)strcpy(text, head);
	for (char *at = text + strlen(text); times > 0; times--)
		at = stpcpy(at, word);
	(void)strcat(text, tail);
	read_text(text);
	free(text);
}

/* What gives everything may stand behind much that does not. */
static void
test_a_long_line_to_its_end(void **state)
{
	(void)state;
	read_long("alice ALL=", "/usr/bin/id, ", 500, "/bin/bash\n");
	assert_int_equal(paths.count, 1);
	assert_true(paths.path[0].root && paths.whole);
}

/* Aliases that are made of each other end, and count. */
static void
test_aliases_without_end(void **state)
{
	(void)state;
	read_long("alice ALL = C\nCmnd_Alias C = ", "C, ", 500, "C\n");
	assert_int_equal(paths.count, 1);
	assert_true(paths.path[0].root);
	assert_false(paths.whole);
	read_long("U ALL = /bin/sh\nUser_Alias U = ", "U, ", 500, "U\n");
	assert_int_equal(paths.count, 1);
	assert_false(paths.whole);
}

/* What cannot be read whole is said so. */
static void
test_not_whole(void **state)
{
	(void)state;
	read_text("alice\n");
	assert_false(paths.whole);
	read_text("\"alice ALL=ALL\n");
	assert_false(paths.whole);
	assert_int_equal(length_of_users("\"al"), 3);
	sudo_paths_read(&paths, "/nonexistent/sudoers", "alice", 1001, groups, 3);
	assert_false(paths.whole);
	assert_int_equal(paths.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_where),
	    cmocka_unit_test(test_a_long_line_to_its_end),
	    cmocka_unit_test(test_aliases_without_end),
	    cmocka_unit_test(test_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
