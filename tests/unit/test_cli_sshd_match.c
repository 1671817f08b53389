/* What check reads of sshd_config beyond "sshd -T": blocks that hold for some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/check_sshd_match.c"
#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/sekisho-sshd.XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[2][256];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void
put(const char *name, const char *text)
{
	FILE *out = fopen(path_of(name), "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void
test_sshd_matches(void **state)
{
	static struct sshd_matches m;

	(void)state;
	put("10.conf", "match address 10.0.0.0/8\nkbdinteractiveauthentication=no\n");
	put("sshd_config",
	    "PermitEmptyPasswords yes\n" /* outside: sshd -T says so */
	    "Include 1*.conf\n"
	    "KbdInteractiveAuthentication no\n"
	    "Match User bob,eve  # them\n"
	    "\tPermitEmptyPasswords \"yes\"\n"
	    "\t# HostbasedAuthentication yes\n"
	    "\tAuthenticationMethods none\n"
	    "\tHostbasedAuthentication no\n"
	    "Match all\n"
	    "\tHostbasedAuthentication yes\n");
	sshd_matches_read(&m, path_of("sshd_config"), dir);
	assert_int_equal(m.count, 3);
	assert_int_equal(m.item[0].hole, SSHD_NO_QUESTION);
	assert_string_equal(m.item[0].criteria, "address 10.0.0.0/8");
	assert_int_equal(m.item[1].hole, SSHD_EMPTY_PASSWORDS);
	assert_string_equal(m.item[1].criteria, "User bob,eve");
	assert_int_equal(m.item[2].hole, SSHD_METHOD_NONE);
	/* in a circle: ends */
	put("sshd_config", "Include sshd_config\nMatch User x\nPermitEmptyPasswords yes\n");
	sshd_matches_read(&m, path_of("sshd_config"), dir);
	assert_true(m.count > 0);
	sshd_matches_read(&m, path_of("absent"), dir);
	assert_int_equal(m.count, 0);
}

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int
remove_dir(void **state)
{
	static const char *const names[] = {"10.conf", "sshd_config"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sshd_matches),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
