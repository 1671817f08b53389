/*
 * The language of a process, in a host that has only C, POSIX and C.UTF-8. Locales are
 * process-wide and cached: each case runs in a child of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "i18n.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_ENGLISH = 10, SAID_JAPANESE, SAID_NONSENSE, NUMBERS_CHANGED, NOT_SECURE };

static char locale_dir[64];

/* A catalogue with one message, in the format that msgfmt writes. */
static void
write_catalogue(const char *path)
{
	static const char header[] = "Content-Type: text/plain; charset=UTF-8\n";
	static const char english[] = "checkpoint", japanese[] = "関所";
	const uint32_t strings = 28 + 2 * 16; /* behind the head and the two tables */
	const uint32_t at_english = strings + 1, at_header = at_english + sizeof(english);
	const uint32_t at_japanese = at_header + sizeof(header);
	const uint32_t words[] = {0x950412de, 0, 2, 28, 44, 0, 0, 0, strings,
	    sizeof(english) - 1, at_english, sizeof(header) - 1, at_header,
	    sizeof(japanese) - 1, at_japanese};
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(words, sizeof(words), 1, file), 1);
	assert_int_equal(fwrite("", 1, 1, file), 1);
	assert_int_equal(fwrite(english, sizeof(english), 1, file), 1);
	assert_int_equal(fwrite(header, sizeof(header), 1, file), 1);
	assert_int_equal(fwrite(japanese, sizeof(japanese), 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static int
setup(void **state)
{
	char path[128];

	(void)state;
	snprintf(locale_dir, sizeof(locale_dir), "/tmp/sekisho-i18n.XXXXXX");
	if (mkdtemp(locale_dir) == NULL || chmod(locale_dir, 0755) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/ja", locale_dir);
	if (mkdir(path, 0755) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/ja/LC_MESSAGES", locale_dir);
	if (mkdir(path, 0755) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/ja/LC_MESSAGES/sekisho.mo", locale_dir);
	write_catalogue(path);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const below[] = {
	    "/self", "/ja/LC_MESSAGES/sekisho.mo", "/ja/LC_MESSAGES", "/ja", ""};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", locale_dir, below[i]);
		remove(path);
	}
	return 0;
}

static int
speak(void)
{
	const char *said = _("checkpoint");

	if (strcmp(setlocale(LC_NUMERIC, NULL), "C") != 0)
		return NUMBERS_CHANGED;
	if (strcmp(said, "checkpoint") == 0)
		return SAID_ENGLISH;
	return strcmp(said, "関所") == 0 ? SAID_JAPANESE : SAID_NONSENSE;
}

static int
wait_for(pid_t pid)
{
	int status;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

struct language_case {
	const char *language;
	const char *env[7]; /* name, value, name, value */
	int said;
};

static const struct language_case cases[] = {
    {"ja", {NULL}, SAID_JAPANESE}, /* a daemon: no environment at all */
    {"ja", {"LANG", "C"}, SAID_JAPANESE},
    {"ja", {"LC_ALL", "POSIX"}, SAID_JAPANESE},
    {"ja", {"LANGUAGE", "en", "LANG", "C.UTF-8"}, SAID_JAPANESE},
    {"en", {NULL}, SAID_ENGLISH},
    {"en", {"LANGUAGE", "ja", "LANG", "C.UTF-8"}, SAID_ENGLISH},
    {"en", {"LC_ALL", "ja_JP.UTF-8"}, SAID_ENGLISH},
    {"", {"LANGUAGE", "ja"}, SAID_ENGLISH},
    {"xx", {"LANGUAGE", "ja"}, SAID_ENGLISH},
    {"../../ja", {"LANGUAGE", "ja"}, SAID_ENGLISH},
    {NULL, {NULL}, SAID_ENGLISH},
    {NULL, {"LANG", "C"}, SAID_ENGLISH},
    {NULL, {"LANG", "C", "LANGUAGE", "ja"}, SAID_ENGLISH},
    {NULL, {"LANG", "C.UTF-8"}, SAID_ENGLISH},
    {NULL, {"LANG", "C.UTF-8", "LANGUAGE", "ja"}, SAID_JAPANESE},
    {NULL, {"LANG", "ja_JP.UTF-8"}, SAID_JAPANESE}, /* installed or not */
    {NULL, {"LC_MESSAGES", "ja_JP.UTF-8"}, SAID_JAPANESE},
    {NULL, {"LC_ALL", "ja_JP.UTF-8", "LANG", "C"}, SAID_JAPANESE},
    {NULL, {"LANG", "ja_JP.eucJP"}, SAID_JAPANESE}, /* and still UTF-8 */
    {NULL, {"LANG", "C.UTF-8", "LANGUAGE", "ja", "LC_CTYPE", "C"}, SAID_JAPANESE},
    {NULL, {"LANG", "ja"}, SAID_JAPANESE},
    {NULL, {"LC_ALL", "C", "LANG", "ja_JP.UTF-8"}, SAID_ENGLISH},
    {NULL, {"LC_MESSAGES", "C", "LANG", "ja_JP.UTF-8"}, SAID_ENGLISH},
    {NULL, {"LC_ALL", "", "LANG", "ja_JP.UTF-8"}, SAID_JAPANESE}, /* empty is unset */
    {NULL, {"LANG", "jam_JM.UTF-8"}, SAID_ENGLISH},
    {NULL, {"LANG", "j"}, SAID_ENGLISH},
    {NULL, {"LANG", "xx_YY.UTF-8"}, SAID_ENGLISH},
};

static int
run_case(const struct language_case *c)
{
	pid_t pid = fork();

	if (pid == 0) {
		clearenv();
		setenv("SEKISHO_LOCALEDIR", locale_dir, 1);
		for (size_t i = 0; i + 1 < 7 && c->env[i] != NULL; i += 2)
			setenv(c->env[i], c->env[i + 1], 1);
		i18n_init(c->language);
		_exit(speak());
	}
	return wait_for(pid);
}

static void
test_languages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int said = run_case(&cases[i]);

		if (said != cases[i].said)
			fail_msg("case %zu: %d, not %d", i, said, cases[i].said);
	}
}

static void
test_relative_directory_is_ignored(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (chdir(locale_dir) != 0)
			_exit(SAID_NONSENSE);
		setenv("SEKISHO_LOCALEDIR", ".", 1);
		i18n_init("ja");
		_exit(speak());
	}
	assert_int_equal(wait_for(pid), SAID_ENGLISH);
}

/* A copy of this program, set-user-ID to another user, must not read the caller's catalogue. */
static void
test_secure_process_ignores_environment(void **state)
{
	char command[512], self[128];
	pid_t pid;
	int said;

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(self, sizeof(self), "%s/self", locale_dir);
	snprintf(command, sizeof(command),
	    "cp /proc/%d/exe %s && chown 65534 %s && chmod 4755 %s", (int)getpid(), self, self,
	    self);
	assert_int_equal(system(command), 0);
	pid = fork();
	if (pid == 0) {
		setenv("SEKISHO_LOCALEDIR", locale_dir, 1);
		execl(self, self, "speak", (char *)NULL);
		_exit(SAID_NONSENSE);
	}
	said = wait_for(pid);
	if (said == NOT_SECURE) /* a nosuid file system */
		skip();
	assert_int_equal(said, SAID_ENGLISH);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_relative_directory_is_ignored),
	    cmocka_unit_test(test_secure_process_ignores_environment),
	};

	if (argc == 2 && strcmp(argv[1], "speak") == 0) {
		i18n_init("ja");
		_exit(getauxval(AT_SECURE) != 0 ? speak() : NOT_SECURE);
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
