/*
 * Changes of several files: made whole or taken back whole. The tests overlay the system calls
 * that change something, and kill the process at each of them in turn.
 */
#include "error.h"
#include "rollback/transaction.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/hex.h"
#include <openssl/evp.h>

/* ---- dying at the n-th step ---------------------------------------------------------------
 */

static long steps_left = -1; /* -1: never */

static void
step(void)
{
	if (steps_left > 0 && --steps_left == 0)
		(void)kill(getpid(), SIGKILL);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	step();
	return (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
fsync(int fd)
{
	step();
	return (int)syscall(SYS_fsync, fd);
}

int
unlinkat(int dir, const char *name, int flags)
{
	step();
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

int
mkdir(const char *path, mode_t mode)
{
	step();
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	step();
	return syscall(SYS_write, fd, data, len);
}

/* ---- a small host -------------------------------------------------------------------------
 */

enum { FILES = 3, OLD, NEW, NEITHER };

static char root[64], dir[128];
static struct change change[FILES];
static const char *const old_bytes[FILES] = {"auth old\n", NULL, "session old\n"};
static const char *const new_bytes[FILES] = {"auth new\n", "made\n", "session new, longer\n"};
static char told[4][STATE_PATH_SIZE];
static size_t told_count;

static void
tell(const char *path, const char *kept, int error)
{
	assert_int_equal(error, SKS_OK);
	(void)snprintf(
	    told[told_count++ % 4], STATE_PATH_SIZE, "%s", kept != NULL ? kept : path);
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static const char *
get(const char *path)
{
	static char text[256];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	assert_int_equal(fclose(f), 0);
	return text;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
what_is(size_t i)
{
	const char *now = get(change[i].path);

	return same(now, old_bytes[i]) ? OLD : same(now, new_bytes[i]) ? NEW : NEITHER;
}

static bool
all_are(int what)
{
	for (size_t i = 0; i < FILES; i++)
		if (what_is(i) != what)
			return false;
	return true;
}

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/sekisho-rollback-XXXXXX");
	assert_non_null(mkdtemp(root));
	(void)snprintf(dir, sizeof(dir), "%s/setup", root);
	for (size_t i = 0; i < FILES; i++) {
		struct change *c = &change[i];

		memset(c, 0, sizeof(*c));
		(void)snprintf(c->path, sizeof(c->path), "%s/file%zu", root, i);
		if (old_bytes[i] != NULL)
			put(c->path, old_bytes[i]);
		buf_init(&c->bytes, 4096);
		buf_put_bytes(&c->bytes, new_bytes[i], strlen(new_bytes[i]));
		c->mode = 0640;
		assert_int_equal(state_read(c->path, &c->before, NULL), SKS_OK);
	}
	told_count = 0;
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	for (size_t i = 0; i < FILES; i++)
		buf_clear(&change[i].bytes);
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static struct pending
pending_in(int64_t ms)
{
	struct pending p = {.deadline = clock_now()};

	assert_int_equal(clock_boot_id(p.boot_id), SKS_OK);
	p.deadline.wall_ms += ms;
	p.deadline.boot_ms += ms;
	return p;
}

static int
make_change(void)
{
	static struct manifest m;
	struct pending p = pending_in(60000);
	const char *at;
	int r = transaction_make_dir(dir);
	int lock = r == SKS_OK ? transaction_lock(dir, true) : -1;

	memset(&m, 0, sizeof(m));
	(void)snprintf(m.services, sizeof(m.services), "sshd");
	if (r == SKS_OK)
		r = transaction_begin(dir, change, FILES, &p, &m, &at);
	for (size_t i = 0; r == SKS_OK && i < FILES; i++)
		r = transaction_apply(&m, change, i);
	p.id = m.id;
	if (r == SKS_OK)
		r = transaction_applied(dir, &p);
	close(lock);
	return r;
}

/* ---- tests ---------------------------------------------------------------------------------
 */

static void
test_made_and_confirmed(void **state)
{
	struct pending p;
	struct undone done;
	uint64_t id;

	(void)state;
	assert_int_equal(make_change(), SKS_OK);
	assert_true(all_are(NEW));
	assert_int_equal(transaction_pending(dir, &p), SKS_OK);
	assert_int_equal(p.id, 1);
	assert_int_equal(p.state, PENDING_APPLIED);
	assert_int_equal(transaction_last_confirmed(dir, &id), SKS_NOT_FOUND);
	assert_int_equal(transaction_confirm(dir, 2), SKS_NOT_FOUND);
	assert_int_equal(make_change(), SKS_CONFLICT); /* one at a time */
	assert_int_equal(transaction_confirm(dir, 1), SKS_OK);
	assert_int_equal(transaction_pending(dir, &p), SKS_NOT_FOUND);
	assert_int_equal(transaction_last_confirmed(dir, &id), SKS_OK);
	assert_int_equal(id, 1);
	assert_true(all_are(NEW));
	/* and undone later */
	p = pending_in(0);
	assert_int_equal(transaction_reopen(dir, 1, &p), SKS_OK);
	assert_int_equal(transaction_undo(dir, 1, UNDO_ASKED, tell, &done), SKS_OK);
	assert_true(all_are(OLD));
	assert_int_equal(told_count, 0);
	assert_int_equal(done.restored, FILES);
	assert_int_equal(transaction_last_confirmed(dir, &id), SKS_NOT_FOUND);
	assert_int_equal(transaction_pending(dir, &p), SKS_NOT_FOUND);
}

static void
test_everything_comes_back(void **state)
{
	struct stat before, after;
	struct undone done;
	char value[32];

	(void)state;
	assert_int_equal(chmod(change[0].path, 0604), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(change[0].path, 12, 34), 0);
	assert_int_equal(setxattr(change[0].path, "user.note", "kept\0x", 6, 0), 0);
	assert_int_equal(stat(change[0].path, &before), 0);
	assert_int_equal(make_change(), SKS_OK);
	assert_int_equal(stat(change[0].path, &after), 0);
	assert_int_equal(after.st_mode, before.st_mode); /* a rewritten file keeps them */
	assert_int_equal(after.st_gid, before.st_gid);
	assert_int_equal(getxattr(change[0].path, "user.note", value, sizeof(value)), 6);
	assert_int_equal(stat(change[1].path, &after), 0);
	assert_int_equal(after.st_mode & 07777, 0640);
	assert_int_equal(chmod(change[0].path, 0777), 0); /* the mode alone was changed */
	assert_int_equal(transaction_undo(dir, 1, UNDO_DEADLINE, tell, &done), SKS_OK);
	assert_true(all_are(OLD));
	assert_int_equal(stat(change[0].path, &after), 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
	assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	assert_int_equal(getxattr(change[0].path, "user.note", value, sizeof(value)), 6);
	assert_memory_equal(value, "kept\0x", 6);
	assert_int_equal(done.conflicts, 0);
}

static void
test_somebody_elses_version_is_kept(void **state)
{
	char aside[STATE_PATH_SIZE + 32], outcome[256];
	struct undone done;

	(void)state;
	(void)snprintf(aside, sizeof(aside), "%s.sekisho-conflict", change[0].path);
	put(aside, "of last year\n");
	assert_int_equal(make_change(), SKS_OK);
	put(change[0].path, "by a package\n");
	assert_int_equal(unlink(change[1].path), 0);
	assert_int_equal(unlink(change[2].path), 0);
	assert_int_equal(symlink("/etc/passwd", change[2].path), 0);
	assert_int_equal(transaction_undo(dir, 1, UNDO_DEADLINE, tell, &done), SKS_OK);
	assert_true(all_are(OLD));
	assert_int_equal(done.conflicts, 2);
	assert_true(same(get(aside), "of last year\n"));
	(void)snprintf(aside, sizeof(aside), "%s.sekisho-conflict.1", change[0].path);
	assert_true(same(get(aside), "by a package\n"));
	(void)snprintf(outcome, sizeof(outcome), "%s/1/outcome", dir);
	assert_non_null(strstr(get(outcome), "file0.sekisho-conflict.1\n"));
	assert_non_null(strstr(get(outcome), "taken-back deadline "));
}

static void
quiet(const char *path, const char *kept, int error)
{
	(void)path;
	(void)kept;
	(void)error;
}

/* The daemon owns the directory above: what it slips in there must move no file of the host. */
static void
test_untrusted(void **state)
{
	char path[256], sum[256];
	struct undone done;
	struct pending p;

	(void)state;
	assert_int_equal(make_change(), SKS_OK);
	/* bytes that are not those of the manifest stay out; the others come back */
	(void)snprintf(path, sizeof(path), "%s/1/000.before", dir);
	put(path, "auth evil\n");
	assert_int_equal(transaction_undo(dir, 1, UNDO_DEADLINE, quiet, &done), SKS_CORRUPT);
	assert_int_equal(what_is(0), NEW);
	assert_int_equal(what_is(1), OLD);
	assert_int_equal(what_is(2), OLD);
	assert_int_equal(done.failed, 1);
	assert_int_equal(transaction_pending(dir, &p), SKS_OK); /* to be tried again */
	put(path, old_bytes[0]);
	assert_int_equal(transaction_undo(dir, 1, UNDO_DEADLINE, quiet, &done), SKS_OK);
	assert_true(all_are(OLD));
	/* a manifest with one digit changed */
	(void)snprintf(sum, sizeof(sum), "sed -i s/0640/0666/ %s/1/manifest", dir);
	assert_int_equal(system(sum), 0);
	assert_int_equal(transaction_undo(dir, 1, UNDO_ASKED, quiet, &done), SKS_CORRUPT);
	/* a directory that others can write, or that is theirs */
	assert_int_equal(chmod(dir, 0775), 0);
	assert_int_equal(transaction_pending(dir, &p), SKS_UNTRUSTED);
	assert_int_equal(make_change(), SKS_UNTRUSTED);
	assert_int_equal(chmod(dir, 0755), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(dir, 1, 1), 0);
		assert_int_equal(transaction_pending(dir, &p), SKS_UNTRUSTED);
		assert_int_equal(chown(dir, 0, 0), 0);
	}
}

static void
test_changed_meanwhile(void **state)
{
	struct pending p;

	(void)state;
	put(change[2].path, "edited between plan and apply\n");
	assert_int_equal(make_change(), SKS_CONFLICT);
	assert_int_equal(what_is(0), OLD);
	assert_int_equal(transaction_pending(dir, &p), SKS_NOT_FOUND);
}

static bool
has_litter(void)
{
	char beside[STATE_PATH_SIZE];
	bool found = false;

	for (size_t i = 0; i < FILES; i++) {
		(void)snprintf(beside, sizeof(beside), "%s/.file%zu.sekisho-new", root, i);
		found = found || access(beside, F_OK) == 0;
	}
	return found;
}

/* What the timer does about what a killed process left behind. */
static void
look_after(long died_at)
{
	struct undone done;
	struct pending p;
	int r = transaction_pending(dir, &p);
	enum undo_why why;

	if (r == SKS_NOT_FOUND) {
		if (!all_are(OLD))
			fail_msg("killed at step %ld: changed, and nothing pending", died_at);
		return;
	}
	assert_int_equal(r, SKS_OK);
	why = pending_due(&p, clock_now(), p.boot_id, false);
	if (p.state == PENDING_APPLIED) {
		assert_true(all_are(NEW));
		assert_int_equal(why, UNDO_NOT);
		why = UNDO_REBOOT;
	}
	assert_int_not_equal(why, UNDO_NOT);
	assert_int_equal(transaction_undo(dir, p.id, why, tell, &done), SKS_OK);
	if (!all_are(OLD))
		fail_msg("killed at step %ld: not taken back", died_at);
	if (has_litter())
		fail_msg("killed at step %ld: something is left beside", died_at);
	assert_int_equal(told_count, 0); /* never taken for somebody else's work */
	assert_int_equal(transaction_pending(dir, &p), SKS_NOT_FOUND);
}

static bool
runs_until(long n, int (*work)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		steps_left = n;
		_exit(work() == SKS_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return false;
	assert_int_equal(status, 0);
	return true;
}

static void
test_killed_while_applying(void **state)
{
	long n = 1;

	for (;; n++) {
		bool whole = runs_until(n, make_change);

		if (whole)
			break;
		look_after(n);
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
	assert_true(n > 20); /* it did die on the way */
	look_after(0);
}

static int
undo_change(void)
{
	struct undone done;

	return transaction_undo(dir, 1, UNDO_DEADLINE, quiet, &done);
}

static void
test_killed_while_taking_back(void **state)
{
	struct pending p;
	long n = 1;

	for (;; n++) {
		assert_int_equal(make_change(), SKS_OK);
		if (runs_until(n, undo_change))
			break;
		if (transaction_pending(dir, &p) == SKS_OK)
			assert_int_equal(undo_change(), SKS_OK);
		assert_true(all_are(OLD));
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
	assert_true(n > 10);
	assert_true(all_are(OLD));
}

static int
confirm_change(void)
{
	return transaction_confirm(dir, 1);
}

static void
test_killed_while_confirming(void **state)
{
	struct pending p;
	uint64_t id;

	for (long n = 1;; n++) {
		assert_int_equal(make_change(), SKS_OK);
		if (runs_until(n, confirm_change))
			break;
		/* either it still waits or it is confirmed, never neither and never both */
		assert_int_equal(transaction_pending(dir, &p) == SKS_OK,
		    transaction_last_confirmed(dir, &id) == SKS_NOT_FOUND);
		assert_true(all_are(NEW));
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
	assert_int_equal(transaction_last_confirmed(dir, &id), SKS_OK);
}

static void
test_when_it_is_due(void **state)
{
	struct pending p = {.state = PENDING_APPLIED, .boot_id = "a", .deadline = {1000, 500}};

	(void)state;
	assert_int_equal(pending_due(&p, (struct instant){999, 499}, "a", false), UNDO_NOT);
	assert_int_equal(pending_due(&p, (struct instant){1000, 1}, "a", false), UNDO_DEADLINE);
	assert_int_equal(pending_due(&p, (struct instant){1, 500}, "a", false), UNDO_DEADLINE);
	assert_int_equal(pending_due(&p, (struct instant){1, 1}, "b", false), UNDO_REBOOT);
	p.state = PENDING_APPLYING;
	assert_int_equal(pending_due(&p, (struct instant){1, 1}, "a", true), UNDO_NOT);
	assert_int_equal(pending_due(&p, (struct instant){1, 1}, "a", false), UNDO_INTERRUPTED);
}

static void
test_hash(void **state)
{
	uint8_t data[300], digest[32];
	char want[65], got[65];

	(void)state;
	for (size_t n = 0; n < sizeof(data); n++) {
		data[n] = (uint8_t)(n * 7 + 3);
		assert_int_equal(EVP_Digest(data, n, digest, NULL, EVP_sha256(), NULL), 1);
		assert_string_equal(sha256_hex(data, n, got), hex_put(want, digest, 32));
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_made_and_confirmed),
	    T(test_everything_comes_back), T(test_somebody_elses_version_is_kept),
	    T(test_untrusted), T(test_changed_meanwhile), T(test_killed_while_applying),
	    T(test_killed_while_taking_back), T(test_killed_while_confirming),
	    cmocka_unit_test(test_when_it_is_due), cmocka_unit_test(test_hash)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
