/*
 * Trusted files: what is opened, what is refused and why, and what replacing leaves behind.
 * The cases with foreign owners and full file systems need root and are skipped without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include "safeopen.h"
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRANGER = 65533 };

static char dir[64]; /* 0700, ours, in a sticky /tmp */

static int pretend_unlinked;

int fstat(int fd, struct stat *st);

/* Stands before the C library's: the moment between open and a rename cannot be hit by luck. */
int
fstat(int fd, struct stat *st)
{
	int r = fstatat(fd, "", st, AT_EMPTY_PATH);

	if (r == 0 && pretend_unlinked > 0) {
		pretend_unlinked--;
		st->st_nlink = 0;
	}
	return r;
}

static const char *
at(const char *name)
{
	static char path[4][512];
	static unsigned int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static void
make_file(const char *name, mode_t mode, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
make_dir(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sekisho-safeopen.XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static void
assert_read(const char *path, uid_t owner, mode_t max_mode, int expected)
{
	char why[1024] = "untouched";
	int fd = safeopen_read(path, owner, max_mode, why, sizeof(why));

	if ((fd >= 0) != (expected == SKS_OK) || (fd < 0 && fd != expected))
		fail_msg("%s: %d, not %d (%s)", path, fd, expected, why);
	/* a sentence that names the file, or nothing */
	assert_int_equal(fd < 0, why[0] != '\0');
	if (fd < 0) {
		assert_non_null(strstr(why, path));
		assert_int_equal(safeopen_read(path, owner, max_mode, NULL, 0), expected);
		return;
	}
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}

static void
test_read_modes(void **state)
{
	static const struct {
		mode_t mode, max_mode;
		int error;
	} cases[] = {
	    {0600, 0600, SKS_OK},
	    {0400, 0600, SKS_OK},
	    {0644, 0644, SKS_OK},
	    {0600, 0644, SKS_OK},
	    {0644, 0600, SKS_UNTRUSTED},
	    {0604, 0600, SKS_UNTRUSTED},
	    {0640, 0600, SKS_UNTRUSTED},
	    {0640, 0640, SKS_OK},
	    {0660, 0644, SKS_UNTRUSTED},
	    {0646, 0644, SKS_UNTRUSTED},
	    {0700, 0600, SKS_UNTRUSTED},
	    {04600, 0600, SKS_UNTRUSTED},
	    {02600, 0600, SKS_UNTRUSTED},
	    {01600, 0600, SKS_UNTRUSTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file("mode", cases[i].mode, "x");
		assert_read(at("mode"), geteuid(), cases[i].max_mode, cases[i].error);
		assert_int_equal(unlink(at("mode")), 0);
	}
}

static void
make_socket(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", dir, name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void
test_read_types(void **state)
{
	uid_t me = geteuid();

	(void)state;
	make_file("plain", 0600, "x");
	make_dir("directory", 0700);
	make_socket("socket");
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(symlink("plain", at("link")), 0);
	assert_int_equal(symlink("nowhere", at("dangling")), 0);
	assert_int_equal(symlink("loop", at("loop")), 0);
	assert_int_equal(symlink("directory", at("dirlink")), 0);
	make_file("directory/inner", 0600, "x");
	make_file("one", 0600, "x");
	assert_int_equal(link(at("one"), at("two")), 0);

	alarm(10); /* a fifo without a writer must not hang */
	assert_read(at("fifo"), me, 0600, SKS_UNTRUSTED);
	alarm(0);
	assert_read(at("plain"), me, 0600, SKS_OK);
	assert_read(at("directory"), me, 0700, SKS_UNTRUSTED);
	assert_read(at("socket"), me, 0700, SKS_UNTRUSTED);
	assert_read("/dev/null", me, 0666, SKS_UNTRUSTED);
	assert_read(at("link"), me, 0600, SKS_UNTRUSTED);
	assert_read(at("dangling"), me, 0600, SKS_UNTRUSTED);
	assert_read(at("loop"), me, 0600, SKS_UNTRUSTED);
	assert_read(at("dirlink/inner"), me, 0600, SKS_OK); /* only the last may be no link */
	assert_read(at("one"), me, 0600, SKS_UNTRUSTED);
	assert_int_equal(unlink(at("two")), 0);
	assert_read(at("one"), me, 0600, SKS_OK);
	assert_read(at("missing"), me, 0600, SKS_NOT_FOUND);
	assert_read(at("missing/below"), me, 0600, SKS_NOT_FOUND);
	assert_read(at("plain/below"), me, 0600, SKS_NOT_FOUND);
	assert_read("plain", me, 0600, SKS_UNTRUSTED);
	assert_read("./plain", me, 0600, SKS_UNTRUSTED);
	assert_int_equal(safeopen_read("", me, 0600, NULL, 0), SKS_UNTRUSTED);
}

static void
test_read_while_replaced(void **state)
{
	int fd;

	(void)state;
	make_file("busy", 0600, "x");
	pretend_unlinked = 3;
	fd = safeopen_read(at("busy"), geteuid(), 0600, NULL, 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(pretend_unlinked, 0);
	pretend_unlinked = 100; /* for ever: no endless loop, and no trust */
	assert_int_equal(safeopen_read(at("busy"), geteuid(), 0600, NULL, 0), SKS_UNTRUSTED);
	assert_in_range(pretend_unlinked, 50, 99);
	pretend_unlinked = 0;
}

static void
test_read_owners(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	make_file("theirs", 0600, "x");
	assert_read(at("theirs"), STRANGER, 0600, SKS_OK); /* root's: good for anyone */
	assert_int_equal(chown(at("theirs"), STRANGER, STRANGER), 0);
	assert_read(at("theirs"), STRANGER, 0600, SKS_OK);
	assert_read(at("theirs"), 0, 0600, SKS_UNTRUSTED);
	assert_read(at("theirs"), STRANGER - 1, 0600, SKS_UNTRUSTED);
}

static void
test_slurp(void **state)
{
	static const size_t size[] = {0, 1, 4095, 4096, 4097, 10000};
	char *text = malloc(10001);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		char why[1024];
		struct buf b;

		memset(text, 'a' + (int)i, size[i]);
		text[size[i]] = '\0';
		make_file("slurp", 0600, text);
		buf_init(&b, size[i] > 0 ? size[i] : 1); /* exactly enough */
		assert_int_equal(
		    safeopen_slurp(at("slurp"), geteuid(), 0600, &b, why, sizeof(why)), SKS_OK);
		assert_int_equal(b.len, size[i]);
		if (size[i] > 0)
			assert_memory_equal(b.data, text, size[i]);
		buf_clear(&b);
		if (size[i] > 1) { /* one byte short */
			buf_init(&b, size[i] - 1);
			assert_int_equal(
			    safeopen_slurp(at("slurp"), geteuid(), 0600, &b, why, sizeof(why)),
			    SKS_TOO_BIG);
			assert_int_equal(b.len, 0);
			assert_int_equal(buf_error(&b), SKS_TOO_BIG);
			assert_non_null(strstr(why, "slurp"));
			buf_clear(&b);
		}
		assert_int_equal(unlink(at("slurp")), 0);
	}
	free(text);
}

static void
assert_path(const char *path, uid_t owner, int expected)
{
	char why[1024] = "untouched";
	int r = safeopen_path_is_secure(path, owner, why, sizeof(why));

	if (r != expected)
		fail_msg("%s: %d, not %d (%s)", path, r, expected, why);
	assert_int_equal(r < 0, why[0] != '\0');
	assert_int_equal(safeopen_path_is_secure(path, owner, NULL, 0), expected);
}

static void
test_path(void **state)
{
	uid_t me = geteuid();

	(void)state;
	make_dir("good", 0755);
	make_dir("good/deeper", 0700);
	make_dir("world", 0777);
	make_dir("world/inside", 0755);
	make_dir("group", 0775);
	make_dir("sticky", 01777);
	make_dir("sticky/inside", 0755);
	assert_int_equal(symlink("good", at("tie")), 0);
	assert_int_equal(symlink("../sticky/inside", at("good/up")), 0);
	assert_int_equal(symlink(at("world"), at("trap")), 0);
	assert_int_equal(symlink("world/../good", at("detour")), 0);
	assert_int_equal(symlink("ring", at("ring")), 0);
	make_file("file", 0600, "x");

	assert_path("/", me, SKS_OK);
	assert_path("/anything", me, SKS_OK);
	assert_path(at("missing"), me, SKS_OK); /* the last component is not looked at */
	assert_path(at("world"), me, SKS_OK);
	assert_path(at("world/"), me, SKS_OK);
	assert_path(at("good/x"), me, SKS_OK);
	assert_path(at("good//deeper///x//"), me, SKS_OK);
	assert_path(at("good/./deeper/../x"), me, SKS_OK);
	assert_path(at("sticky/x"), me, SKS_OK);
	assert_path(at("sticky/inside/x"), me, SKS_OK);
	assert_path(at("tie/deeper/x"), me, SKS_OK);
	assert_path(at("good/up/x"), me, SKS_OK);
	assert_path(at("world/x"), me, SKS_UNTRUSTED);
	assert_path(at("world/inside/x"), me, SKS_UNTRUSTED); /* above is enough */
	assert_path(at("group/x"), me, SKS_UNTRUSTED);
	assert_path(at("trap/x"), me, SKS_UNTRUSTED);
	assert_path(at("detour/x"), me, SKS_UNTRUSTED); /* safe at its end, not on its way */
	assert_path(at("ring/x"), me, SKS_UNTRUSTED);
	assert_path(at("missing/x"), me, SKS_NOT_FOUND);
	assert_path(at("file/x"), me, SKS_NOT_FOUND);
	assert_path("good/x", me, SKS_UNTRUSTED);
	assert_path("", me, SKS_UNTRUSTED);
}

/* As many links in one path as the kernel allows, and one more. */
static void
test_path_links(void **state)
{
	char name[32], target[32] = "chain";

	(void)state;
	make_dir("chain", 0755);
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "chain%d", i);
		assert_int_equal(symlink(target, at(name)), 0);
		memcpy(target, name, sizeof(target));
	}
	assert_path(at("chain40/x"), geteuid(), SKS_OK);
	assert_path(at("chain41/x"), geteuid(), SKS_UNTRUSTED);
}

static void
test_path_too_long(void **state)
{
	char path[8192];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[300] = '/';
	path[310] = '\0';
	assert_path(path, geteuid(), SKS_UNTRUSTED); /* a component of 299 bytes */
	memset(path, 'a', sizeof(path));
	for (size_t i = 0; i < sizeof(path); i += 100)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_path(path, geteuid(), SKS_UNTRUSTED);
}

static void
test_path_owners(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	make_dir("foreign", 0755);
	assert_path(at("foreign/x"), STRANGER, SKS_OK);
	assert_int_equal(chown(at("foreign"), STRANGER, STRANGER), 0);
	assert_path(at("foreign/x"), STRANGER, SKS_OK);
	assert_path(at("foreign/x"), 0, SKS_UNTRUSTED);
	make_dir("shared", 01777);
	assert_int_equal(symlink("../shared", at("shared/bait")), 0);
	assert_path(at("shared/bait/x"), 0, SKS_OK);
	assert_int_equal(lchown(at("shared/bait"), STRANGER, STRANGER), 0);
	assert_path(at("shared/bait/x"), 0, SKS_UNTRUSTED); /* its owner can redirect it */
}

static size_t
count_entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
assert_content(const char *path, mode_t mode, const char *text)
{
	struct stat st;
	struct buf b;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
	buf_init(&b, 1 << 20);
	assert_int_equal(safeopen_slurp(path, geteuid(), mode, &b, NULL, 0), SKS_OK);
	assert_int_equal(b.len, strlen(text));
	if (b.len > 0)
		assert_memory_equal(b.data, text, b.len);
	buf_clear(&b);
}

static void
test_replace(void **state)
{
	char name[256];
	mode_t old;

	(void)state;
	make_dir("r", 0700);
	old = umask(0777); /* the mode asked for is the mode given */
	assert_int_equal(safeopen_replace(at("r/f"), 0644, "one", 3), SKS_OK);
	umask(old);
	assert_content(at("r/f"), 0644, "one");
	assert_int_equal(safeopen_replace(at("r/f"), 0600, "two!", 4), SKS_OK);
	assert_content(at("r/f"), 0600, "two!");
	assert_int_equal(safeopen_replace(at("r/f"), 0600, "", 0), SKS_OK);
	assert_content(at("r/f"), 0600, "");

	make_file("target", 0600, "precious");
	assert_int_equal(symlink("../target", at("r/link")), 0);
	assert_int_equal(safeopen_replace(at("r/link"), 0600, "new", 3), SKS_OK);
	assert_content(at("r/link"), 0600, "new"); /* the link is replaced, not followed */
	assert_content(at("target"), 0600, "precious");

	memset(name, 'n', 255);
	name[0] = 'r';
	name[1] = '/';
	name[255] = '\0';
	assert_int_equal(safeopen_replace(at(name), 0600, "x", 1), SKS_OK);
	assert_int_equal(count_entries(at("r")), 3); /* nothing left beside them */
}

static void
test_replace_refuses(void **state)
{
	(void)state;
	make_dir("q", 0700);
	make_dir("q/d", 0700);
	assert_int_equal(safeopen_replace("relative", 0600, "x", 1), SKS_INVALID);
	assert_int_equal(safeopen_replace("", 0600, "x", 1), SKS_INVALID);
	assert_int_equal(safeopen_replace(at("q/"), 0600, "x", 1), SKS_INVALID);
	assert_int_equal(safeopen_replace(at("nowhere/f"), 0600, "x", 1), SKS_NOT_FOUND);
	assert_int_equal(safeopen_replace(at("q/d"), 0600, "x", 1), SKS_IO); /* a directory */
	assert_int_equal(count_entries(at("q")), 1);
}

/* In a mount namespace of its own; returns 0, or the line that failed. */
static int
full_and_readonly(void)
{
	static char big[256 * 1024];
	const char *mount_point = at("small");
	char path[600];

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -1;
	if (mount("none", mount_point, "tmpfs", 0, "size=64k,mode=0700") != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/f", mount_point);
	if (safeopen_replace(path, 0600, "old", 3) != SKS_OK)
		return __LINE__;
	if (safeopen_replace(path, 0600, big, sizeof(big)) != SKS_FULL)
		return __LINE__;
	assert_content(path, 0600, "old");
	if (count_entries(mount_point) != 1)
		return __LINE__;
	if (mount(NULL, mount_point, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		return __LINE__;
	if (safeopen_replace(path, 0600, "new", 3) != SKS_READONLY)
		return __LINE__;
	assert_content(path, 0600, "old");
	return 0;
}

static void
test_replace_full_and_readonly(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_dir("small", 0700);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int r = full_and_readonly();

		fprintf(stderr, "%s", r > 0 ? "a line of full_and_readonly failed\n" : "");
		_exit(r < 0 ? 77 : r != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(); /* root without the right to mount */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A reader beside a writer sees one whole file or the other, and never "untrusted". */
static void
test_replace_is_atomic(void **state)
{
	static char text[2][20000];
	const char *path = at("atomic");
	int status = 0, reads = 0;
	pid_t pid;

	(void)state;
	memset(text[0], 'a', sizeof(text[0]));
	memset(text[1], 'b', sizeof(text[1]));
	assert_int_equal(safeopen_replace(path, 0600, text[0], sizeof(text[0])), SKS_OK);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 60; i++) {
			if (safeopen_replace(path, 0600, text[i % 2], sizeof(text[0])) != 0)
				_exit(1);
		}
		_exit(0);
	}
	do {
		struct buf b;

		buf_init(&b, sizeof(text[0]));
		assert_int_equal(safeopen_slurp(path, geteuid(), 0600, &b, NULL, 0), SKS_OK);
		assert_int_equal(b.len, sizeof(text[0]));
		assert_memory_equal(b.data, text[b.data[0] == 'b'], sizeof(text[0]));
		buf_clear(&b);
		reads++;
	} while (waitpid(pid, &status, WNOHANG) == 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(reads > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_modes),
	    cmocka_unit_test(test_read_types),
	    cmocka_unit_test(test_read_while_replaced),
	    cmocka_unit_test(test_read_owners),
	    cmocka_unit_test(test_slurp),
	    cmocka_unit_test(test_path),
	    cmocka_unit_test(test_path_links),
	    cmocka_unit_test(test_path_too_long),
	    cmocka_unit_test(test_path_owners),
	    cmocka_unit_test(test_replace),
	    cmocka_unit_test(test_replace_refuses),
	    cmocka_unit_test(test_replace_full_and_readonly),
	    cmocka_unit_test(test_replace_is_atomic),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
