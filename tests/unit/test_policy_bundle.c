/* Bundles: which files go in, which are not trusted, and one form only for the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include "policy/policy.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "sekisho policy bundle 1\n"

static struct policy_problems problems;

static void
test_forms(void **state)
{
	static const struct {
		const char *bundle;
		int r;
	} cases[] = {
	    {HEAD "file policy.conf 0\n\n", SKS_OK},
	    {HEAD "file a 7\n[host]\n\n", SKS_OK},
	    {HEAD "file a 6\n[host]\n", SKS_OK},
	    {HEAD "file a 0\n\nfile policy.d/b-1_2.conf 0\n\n", SKS_OK},
	    {"", SKS_INVALID},
	    {HEAD, SKS_INVALID},
	    {"sekisho policy bundle 2\nfile a 0\n\n", SKS_INVALID},
	    {"sekisho policy bundle 1 \nfile a 0\n\n", SKS_INVALID},
	    {HEAD "file a 0\n", SKS_INVALID},
	    {HEAD "file a 0\n\n\n", SKS_INVALID},
	    {HEAD "file a 0\n\nx", SKS_INVALID},
	    {HEAD "file a 0\n\nfile", SKS_INVALID},
	    {HEAD "file a 1\n\n", SKS_INVALID},
	    {HEAD "file a 2\n#\n", SKS_INVALID},
	    {HEAD "file a 2\n#x", SKS_INVALID},
	    {HEAD "file a 1\n#x\n", SKS_INVALID},
	    {HEAD "file a 1\n#x", SKS_INVALID},
	    {HEAD "file a 00\n\n", SKS_INVALID},
	    {HEAD "file a 01\n#\n", SKS_INVALID},
	    {HEAD "file a +1\n#\n", SKS_INVALID},
	    {HEAD "file a -1\n#\n", SKS_INVALID},
	    {HEAD "file a \n\n", SKS_INVALID},
	    {HEAD "file a\n\n", SKS_INVALID},
	    {HEAD "file  0\n\n", SKS_INVALID},
	    {HEAD "file a  0\n\n", SKS_INVALID},
	    {HEAD "file a 0 \n\n", SKS_INVALID},
	    {HEAD "File a 0\n\n", SKS_INVALID},
	    {HEAD "file a b 0\n\n", SKS_INVALID},
	    {HEAD "file /a 0\n\n", SKS_INVALID},
	    {HEAD "file a/ 0\n\n", SKS_INVALID},
	    {HEAD "file a//b 0\n\n", SKS_INVALID},
	    {HEAD "file ../a 0\n\n", SKS_INVALID},
	    {HEAD "file .a 0\n\n", SKS_INVALID},
	    {HEAD "file a\x1b 0\n\n", SKS_INVALID},
	    {HEAD "file a 18446744073709551615\n\n", SKS_INVALID},
	    {HEAD "file a 18446744073709551616\n\n", SKS_INVALID},
	    {HEAD "file a 99999999999999999999999999\n\n", SKS_INVALID},
	    {HEAD "file a 0\n\nfile a 0\n\n", SKS_INVALID},
	    {HEAD "file a 0\n\nfile b 0\n\nfile a 0\n\n", SKS_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].bundle);
		char *exact = malloc(len + 1); /* no NUL behind it: a reader must not look */
		struct policy *p;
		int r;

		assert_non_null(exact);
		memset(&problems, 0, sizeof(problems));
		memcpy(exact, cases[i].bundle, len);
		exact = realloc(exact, len > 0 ? len : 1);
		r = policy_parse(exact, len, &p, &problems);
		if (r != cases[i].r || (r == SKS_OK) != (p != NULL) ||
		    (r == SKS_OK) != (problems.total == 0))
			fail_msg("case %zu: %d\n%s", i, r, cases[i].bundle);
		policy_free(p);
		free(exact);
	}
}

/* Every shorter piece of a bundle is none. */
static void
test_cut(void **state)
{
	static const char bundle[] = HEAD "file a 7\n[host]\n\nfile b 10\n[lockout]\n\n";
	struct policy *p;

	(void)state;
	assert_int_equal(policy_parse(bundle, sizeof(bundle) - 1, &p, NULL), SKS_OK);
	policy_free(p);
	for (size_t len = 0; len < sizeof(bundle) - 1; len++) {
		bool whole = len == strlen(HEAD "file a 7\n[host]\n\n");

		assert_int_equal(
		    policy_parse(bundle, len, &p, NULL), whole ? SKS_OK : SKS_INVALID);
		policy_free(p);
	}
}

static void
test_too_big(void **state)
{
	size_t len = POLICY_BUNDLE_MAX + 1;
	char *bundle = malloc(len);
	struct policy *p = (struct policy *)1;

	(void)state;
	assert_non_null(bundle);
	memset(bundle, '#', len);
	assert_int_equal(policy_parse(bundle, len, &p, NULL), SKS_TOO_BIG);
	assert_null(p);
	free(bundle);
}

/* A known answer: the digest names the policy for ever. */
static void
test_digest(void **state)
{
	static const char bundle[] = HEAD "file policy.conf 0\n\n";
	struct policy *p;

	(void)state;
	assert_int_equal(policy_parse(bundle, sizeof(bundle) - 1, &p, NULL), SKS_OK);
	assert_string_equal(
	    p->digest, "f8078f790ed59f58c4bd01213d8763ea151470140f763b41ec50937ebfc35754");
	policy_free(p);
}

/* ---- files ------------------------------------------------------------------------------ */

static char dir[] = "/tmp/test_policy_bundle.XXXXXX";
static char path[256], dropins[256];

static void
put(const char *name, const char *text, mode_t mode)
{
	char file[PATH_MAX];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	unlink(file);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
read_bundle(bool check_owner, struct buf *bundle)
{
	memset(&problems, 0, sizeof(problems));
	buf_init(bundle, POLICY_BUNDLE_MAX);
	return policy_bundle_read(path, dropins, check_owner, bundle, &problems);
}

static void
expect_bundle(bool check_owner, const char *expected)
{
	struct buf bundle;
	int r = read_bundle(check_owner, &bundle);

	if (r != SKS_OK || problems.total != 0 || bundle.len != strlen(expected) ||
	    memcmp(bundle.data, expected, bundle.len) != 0)
		fail_msg("%d: %s\n%.*s", r, problems.item[0].text, (int)bundle.len,
		    (const char *)bundle.data);
	buf_clear(&bundle);
}

static void
expect_error(bool check_owner, int error, const char *file, const char *says)
{
	struct buf bundle;
	int r = read_bundle(check_owner, &bundle);

	if (r != error || (file == NULL) != (problems.total == 0) ||
	    (file != NULL && (strstr(problems.item[0].file, file) == NULL ||
				 strstr(problems.item[0].text, says) == NULL)))
		fail_msg("%d, %s: %s", r, problems.item[0].file, problems.item[0].text);
	buf_clear(&bundle);
}

static void
test_read(void **state)
{
	char link_path[PATH_MAX];

	(void)state;
	expect_error(false, SKS_NOT_FOUND, NULL, NULL); /* no file, no directory */
	assert_int_equal(mkdir(dropins, 0755), 0);
	expect_error(false, SKS_NOT_FOUND, NULL, NULL); /* an empty directory */
	put("policy.d/20-b.conf", "b\n", 0644);
	expect_bundle(false, HEAD "file policy.d/20-b.conf 2\nb\n\n");
	put("policy.conf", "main", 0644);
	put("policy.d/10-a.conf", "", 0644);
	put("policy.d/3-c.conf", "c", 0644);
	put("policy.d/Z.conf", "z", 0644);
	put("policy.d/README", "x", 0644);
	put("policy.d/old.conf~", "x", 0644);
	put("policy.d/.hidden.conf", "x", 0644);
	put("policy.d/.conf", "x", 0644);
	expect_bundle(false,
	    HEAD "file policy.conf 4\nmain\nfile policy.d/10-a.conf 0\n\n"
		 "file policy.d/20-b.conf 2\nb\n\nfile policy.d/3-c.conf 1\nc\n"
		 "file policy.d/Z.conf 1\nz\n");
	put("policy.d/a b.conf", "x", 0644);
	expect_error(false, SKS_INVALID, "a b.conf", "letters, digits");
	snprintf(link_path, sizeof(link_path), "%s/policy.d/a b.conf", dir);
	assert_int_equal(unlink(link_path), 0);
	snprintf(link_path, sizeof(link_path), "%s/policy.d/dir.conf", dir);
	assert_int_equal(mkdir(link_path, 0755), 0);
	expect_error(false, SKS_UNTRUSTED, "dir.conf", "not a regular file");
	assert_int_equal(rmdir(link_path), 0);
	assert_int_equal(mkfifo(link_path, 0644), 0); /* must not wait for a writer */
	expect_error(false, SKS_UNTRUSTED, "dir.conf", "not a regular file");
	expect_error(true, SKS_UNTRUSTED, "dir.conf", "not a regular file");
	assert_int_equal(unlink(link_path), 0);
	assert_int_equal(symlink("nowhere", link_path), 0);
	expect_error(false, SKS_IO, "policy.d", "dir.conf is listed");
	assert_int_equal(unlink(link_path), 0);
}

static void
test_read_trusted(void **state)
{
	char file[PATH_MAX];

	(void)state;
	if (geteuid() != 0)
		skip(); /* files of root are needed */
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(file, sizeof(file), "rm -rf '%s'; mkdir '%s'", dropins, dropins);
	assert_int_equal(system(file), 0);
	put("policy.conf", "main", 0644);
	put("policy.d/a.conf", "a", 0600);
	expect_bundle(true, HEAD "file policy.conf 4\nmain\nfile policy.d/a.conf 1\na\n");
	put("policy.d/a.conf", "a", 0664);
	expect_error(true, SKS_UNTRUSTED, "a.conf", "mode 0664");
	put("policy.d/a.conf", "a", 0646);
	expect_error(true, SKS_UNTRUSTED, "a.conf", "mode 0646");
	put("policy.d/a.conf", "a", 0644);
	snprintf(file, sizeof(file), "%s/policy.d/a.conf", dir);
	assert_int_equal(chown(file, 12345, 12345), 0);
	expect_error(true, SKS_UNTRUSTED, "a.conf", "belongs to uid 12345");
	expect_bundle(false, HEAD "file policy.conf 4\nmain\nfile policy.d/a.conf 1\na\n");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink(path, file), 0);
	expect_error(true, SKS_UNTRUSTED, "a.conf", "symbolic link");
	expect_bundle(false, HEAD "file policy.conf 4\nmain\nfile policy.d/a.conf 4\nmain\n");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(chmod(dropins, 0777), 0);
	put("policy.d/a.conf", "a", 0644);
	expect_error(true, SKS_UNTRUSTED, "a.conf", "written by others");
	assert_int_equal(chmod(dropins, 0755), 0);
	expect_bundle(true, HEAD "file policy.conf 4\nmain\nfile policy.d/a.conf 1\na\n");
}

static void
test_read_too_big(void **state)
{
	size_t len = POLICY_BUNDLE_MAX - 1024;
	char *text = malloc(len + 1);

	(void)state;
	assert_non_null(text);
	memset(text, '#', len);
	text[len] = '\0';
	put("policy.conf", text, 0644);
	put("policy.d/a.conf", text, 0644);
	expect_error(false, SKS_TOO_BIG, "a.conf", "too large");
	free(text);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/policy.conf", dir);
	snprintf(dropins, sizeof(dropins), "%s/policy.d", dir);
	return 0;
}

static int
tear_down(void **state)
{
	char command[sizeof(dir) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_too_big),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_trusted),
	    cmocka_unit_test(test_read_too_big),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
