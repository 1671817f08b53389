/* Which accounts look as if a program logged in with their key: setup names them beforehand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/setup/bykey_look.c"
#include <stdlib.h>
#include <unistd.h>

static char root[] = "/tmp/sekisho-bykey.XXXXXX";
static const char *const shells[] = {"/bin/sh", "/bin/bash", NULL};

static int
run(const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), "cd %s && %s", root, command);
	return system(text);
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	return run(
	    "mkdir -p home/key/.ssh home/key2/.ssh home/empty/.ssh "
	    "home/dir/.ssh/authorized_keys"
	    " home/none var/spool/cron/crontabs &&"
	    " echo ssh-ed25519 A >home/key/.ssh/authorized_keys &&"
	    " echo ssh-ed25519 A >home/key2/.ssh/authorized_keys2 &&"
	    " : >home/empty/.ssh/authorized_keys &&"
	    " echo '@daily x' >var/spool/cron/crontabs/job && : >var/spool/cron/crontabs/idle");
}

static int
teardown(void **state)
{
	(void)state;
	return run("cd / && rm -rf \"$OLDPWD\"");
}

static const struct {
	const char *what, *name, *home, *shell, *shadow;
	unsigned uid;
	bool like;
} cases[] = {
    {"keys and a password", "a", "/home/key", "/bin/bash", "$y$j9T$x", 1001, false},
    {"keys and no password", "a", "/home/key", "/bin/bash", "!", 1001, true},
    {"locked", "a", "/home/key", "/bin/bash", "!$y$j9T$x", 1001, true},
    {"never had one", "a", "/home/key", "/bin/bash", "*", 1001, true},
    {"no line in shadow", "a", "/home/key", "/bin/bash", NULL, 1001, true},
    {"an empty one is one", "a", "/home/key", "/bin/bash", "", 1001, false},
    {"the second file", "a", "/home/key2", "/bin/bash", "!", 1001, true},
    {"no keys", "a", "/home/none", "/bin/bash", "!", 1001, false},
    {"an empty file", "a", "/home/empty", "/bin/bash", "!", 1001, false},
    {"a directory", "a", "/home/dir", "/bin/bash", "!", 1001, false},
    {"no home", "a", "/nonexistent", "/usr/sbin/nologin", "*", 33, false},
    {"a system account", "a", "/home/key", "/bin/bash", "$y$", 999, true},
    {"root", "root", "/home/key", "/bin/bash", "*", 0, false},
    {"nobody", "nobody", "/home/key", "/usr/sbin/nologin", "*", 65534, false},
    {"nologin", "a", "/home/key", "/usr/sbin/nologin", "$y$", 1001, true},
    {"another shell", "a", "/home/key", "/usr/bin/git-shell", "$y$", 1001, true},
    {"no shell is /bin/sh", "a", "/home/key", "", "$y$", 1001, false},
    {"a crontab", "job", "/home/key", "/bin/bash", "$y$", 1001, true},
    {"an empty crontab", "idle", "/home/key", "/bin/bash", "$y$", 1001, false},
    {"a crontab without keys", "job", "/home/none", "/bin/bash", "!", 1001, false},
};

static void
test_looks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[32], home[64], shell[64];
		struct passwd pw = {
		    .pw_name = name, .pw_dir = home, .pw_shell = shell, .pw_uid = cases[i].uid};
		struct bykey_signs signs;

		snprintf(name, sizeof(name), "%s", cases[i].name);
		snprintf(home, sizeof(home), "%s", cases[i].home);
		snprintf(shell, sizeof(shell), "%s", cases[i].shell);
		bykey_look(&pw, cases[i].shadow, shells, root, &signs);
		if (bykey_is_like_service(&pw, &signs) != cases[i].like)
			fail_msg("%s", cases[i].what);
		if (cases[i].like)
			assert_ptr_equal(strstr(signs.keys, cases[i].home), signs.keys);
	}
}

/* What stands in a home directory's name is shown on a terminal. */
static void
test_shown_safely(void **state)
{
	char name[] = "a", home[] = "/h\x1b[2J", shell[] = "/bin/sh";
	struct passwd pw = {.pw_name = name, .pw_dir = home, .pw_shell = shell, .pw_uid = 1001};
	struct bykey_signs signs;

	(void)state;
	assert_int_equal(run("d=$(printf 'h\\033[2J') && mkdir -p \"$d/.ssh\" && echo k "
			     ">\"$d/.ssh/authorized_keys\""),
	    0);
	bykey_look(&pw, "!", shells, root, &signs);
	assert_string_equal(signs.keys, "/h\xef\xbf\xbd[2J/.ssh/authorized_keys");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_looks),
	    cmocka_unit_test(test_shown_safely),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
