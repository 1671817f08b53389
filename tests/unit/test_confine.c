/*
 * Each confinement in a child of its own: what must still work, what must be refused, and what
 * must end the process, visibly.
 */
#include "confine.h"
#include "error.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "in_child.h"
#include <cmocka.h>

static char dir[] = "/tmp/sekisho-confine-XXXXXX";
static char state_dir[64], read_dir[64], secret_file[64], plain_file[64];
static const char *readable[4], *writable[2];
static long landlock_abi;

static void
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static int
set_up(void **state)
{
	(void)state;
	log_open("test_confine", true);
	assert_non_null(mkdtemp(dir));
	snprintf(state_dir, sizeof(state_dir), "%s/state", dir);
	snprintf(read_dir, sizeof(read_dir), "%s/read", dir);
	snprintf(secret_file, sizeof(secret_file), "%s/secret", dir);
	snprintf(plain_file, sizeof(plain_file), "%s/read/plain", dir);
	assert_int_equal(mkdir(state_dir, 0700), 0);
	assert_int_equal(mkdir(read_dir, 0700), 0);
	make_file(secret_file);
	make_file(plain_file);
	readable[0] = read_dir;
	readable[1] = "/proc";
	readable[2] = "/nonexistent/and/left/out";
	writable[0] = state_dir;
	landlock_abi =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const left[] = {"read/plain", "secret", "read", "state"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, left[i]);
		(void)remove(path);
	}
	return rmdir(dir);
}

static void
must_confine(enum confine_profile profile)
{
	const struct confine c = {profile, readable, writable};

	must(confine_apply(&c) == SKS_OK);
}

/* ---- files
 * --------------------------------------------------------------------------------------- */

static bool
refused(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

static void
use_files(const void *unused)
{
	char inside[128], outside[128], moved[128];

	(void)unused;
	snprintf(inside, sizeof(inside), "%s/new", state_dir);
	snprintf(moved, sizeof(moved), "%s/moved", state_dir);
	snprintf(outside, sizeof(outside), "%s/new", read_dir);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(confine_paths(readable, writable, false) == SKS_OK);
	must(!refused(plain_file, O_RDONLY) && !refused("/proc/self/stat", O_RDONLY));
	must(refused(plain_file, O_WRONLY) && refused(outside, O_WRONLY | O_CREAT));
	must(refused(secret_file, O_RDONLY) && refused("/etc/passwd", O_RDONLY));
	must(!refused(inside, O_RDWR | O_CREAT | O_TRUNC));
	must(rename(inside, moved) == 0);
	must(rename(moved, outside) != 0);
	must(rename(plain_file, inside) != 0 && unlink(plain_file) != 0);
	must(unlink(moved) == 0);
	must(symlink("/etc/shadow", inside) != 0 && errno == EACCES);
	must(execl("/bin/true", "true", (char *)NULL) != 0 && errno == EACCES);
}

static void
keeps_to_the_paths(void **state)
{
	struct ending e;

	(void)state;
	if (landlock_abi < 1)
		skip();
	e = in_child(use_files, NULL);
	assert_true(ended_well(&e));
}

static void
use_what_is_no_file(const void *unused)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un abstract = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa_family_t);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	(void)unused;
	must(
	    bind(listener, (struct sockaddr *)&abstract, len) == 0 && listen(listener, 1) == 0);
	len = sizeof(abstract);
	must(getsockname(listener, (struct sockaddr *)&abstract, &len) == 0);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(confine_paths(readable, writable, false) == SKS_OK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == EACCES);
	address.sin_port = htons(9);
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == EACCES);
	if (landlock_abi < 6)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	must(connect(fd, (struct sockaddr *)&abstract, len) != 0 && errno == EPERM);
	must(kill(getppid(), 0) != 0 && errno == EPERM);
}

static void
keeps_off_network_and_processes(void **state)
{
	struct ending e;

	(void)state;
	if (landlock_abi < 4)
		skip();
	e = in_child(use_what_is_no_file, NULL);
	assert_true(ended_well(&e));
}

/* As on a kernel from before Landlock. */
static void
use_without_landlock(const void *unused)
{
	scmp_filter_ctx old = seccomp_init(SCMP_ACT_ALLOW);

	(void)unused;
	must(old != NULL);
	must(seccomp_rule_add(
		 old, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) == 0);
	must(seccomp_load(old) == 0);
	seccomp_release(old);
	must_confine(CONFINE_DAEMON);
	must(!refused(secret_file, O_RDONLY));
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
goes_on_without_landlock(void **state)
{
	struct ending e = in_child(use_without_landlock, NULL);

	(void)state;
	assert_true(ended_by(&e, SIGSYS));
	assert_non_null(strstr(e.text, "warning: this kernel has no Landlock"));
}

/* ---- what the daemon does all day
 * --------------------------------------------------------------------- */

static void
use_the_store(void)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/t.db", state_dir);
	must(sqlite3_open(path, &db) == SQLITE_OK);
	must(sqlite3_exec(db,
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		 "CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (zeroblob(100000)); COMMIT;"
		 "PRAGMA wal_checkpoint(TRUNCATE);",
		 NULL, NULL, NULL) == SQLITE_OK);
	must(sqlite3_close(db) == SQLITE_OK);
	must(unlink(path) == 0);
}

static void
use_sockets(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), end[2];
	struct epoll_event event = {.events = EPOLLIN};
	char byte = 'b';

	must(epoll >= 0 && syscall(SYS_pidfd_open, getpid(), 0) >= 0);
	end[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
	must(end[0] >= 0);
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, end[0], &event) == 0);
	must(epoll_wait(epoll, &event, 1, 0) == 0);
	must(recv(end[0], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

static void
use_libraries(void)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	time_t now = time(NULL);
	struct tm tm;
	unsigned int len;
	void *big;

	must(EVP_Digest("x", 1, digest, &len, EVP_sha256(), NULL) == 1 && len == 32);
	must(localtime_r(&now, &tm) != NULL);
	big = malloc(16 << 20);
	must(big != NULL);
	memset(big, 1, 16 << 20);
	free(big);
	log_warn("a line from behind the wall");
	must(isatty(STDERR_FILENO) == 0 && errno == ENOTTY);
	must(kill(getppid(), SIGTERM) != 0 && errno == EPERM);
}

static void
work_as_daemon(const void *unused)
{
	(void)unused;
	must_confine(CONFINE_DAEMON);
	use_the_store();
	use_sockets();
	use_libraries();
}

static void
work_as_worker(const void *unused)
{
	(void)unused;
	must_confine(CONFINE_WORKER);
	use_the_store();
	use_libraries();
}

static void
lets_the_work_go_on(void **state)
{
	struct ending e = in_child(work_as_daemon, NULL);

	(void)state;
	assert_true(ended_well(&e));
	assert_non_null(strstr(e.text, "a line from behind the wall"));
	e = in_child(work_as_worker, NULL);
	assert_true(ended_well(&e));
}

/* ---- what ends it
 * --------------------------------------------------------------------------------------- */

static void
do_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
do_fork(void)
{
	(void)!syscall(SYS_fork);
}

static void
do_setuid(void)
{
	(void)!syscall(SYS_setuid, 0);
}

static void
do_chroot(void)
{
	(void)!chroot(dir);
}

static void
do_handle_sigsys(void)
{
	(void)syscall(SYS_rt_sigaction, SIGSYS, NULL, NULL, 8);
}

static void
do_send_signal(void)
{
	(void)syscall(SYS_pidfd_send_signal, 0, SIGTERM, NULL, 0);
}

static void
do_internet(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
do_netlink(void)
{
	(void)socket(AF_NETLINK, SOCK_RAW, 0);
}

static void
do_executable_map(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
do_executable_protect(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void
do_quota(void)
{
	(void)syscall(SYS_quotactl, 0, NULL, 0, NULL);
}

static void
do_epoll(void)
{
	(void)epoll_create1(0);
}

static void
do_accept(void)
{
	(void)accept4(0, NULL, NULL, 0);
}

static void
do_rename(void)
{
	(void)rename(plain_file, secret_file);
}

static void
do_signal_others(void)
{
	(void)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static void
do_mount(void)
{
	(void)syscall(SYS_mount, "/tmp", "/mnt", "x", 0, NULL);
}

static void
do_ptrace(void)
{
	(void)syscall(SYS_ptrace, 16, getppid(), NULL, NULL);
}

static void
do_core_limit(void)
{
	const uint64_t most[2] = {UINT64_MAX, UINT64_MAX};

	(void)syscall(SYS_prlimit64, 0, 4, most, NULL);
}

static void
do_dumpable(void)
{
	(void)syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void
do_io_uring(void)
{
	(void)syscall(SYS_io_uring_setup, 8, NULL);
}

static void
do_memfd(void)
{
	(void)syscall(SYS_memfd_create, "x", 0);
}

static void
do_listen(void)
{
	(void)listen(0, 1);
}

#if defined(__x86_64__)
/* getpid() by the numbers of the x32 ABI. */
static void
do_other_architecture(void)
{
	(void)syscall(0x40000000 + SYS_getpid);
}
#endif

struct forbidden {
	enum confine_profile profile;
	void (*call)(void);
	const char *number; /* in our own log; NULL: the kernel kills at once */
	bool not_sanitized; /* sanitizers need it themselves */
};

static void
do_forbidden(const void *argument)
{
	const struct forbidden *f = argument;

	must_confine(f->profile);
	f->call();
	_exit(96); /* it was let through */
}

static void
ends_at_forbidden_calls(void **state)
{
	static const struct forbidden calls[] = {
	    {CONFINE_DAEMON, do_exec, NULL, false},
	    {CONFINE_WORKER, do_exec, NULL, false},
	    {CONFINE_DAEMON, do_fork, NULL, false},
	    {CONFINE_DAEMON, do_setuid, NULL, false},
	    {CONFINE_DAEMON, do_chroot, NULL, false},
	    {CONFINE_DAEMON, do_send_signal, NULL, false},
	    {CONFINE_DAEMON, do_handle_sigsys, NULL, true},
	    {CONFINE_DAEMON, do_internet, "system call 41 ", false},
	    {CONFINE_DAEMON, do_netlink, "system call 41 ", false},
	    {CONFINE_DAEMON, do_executable_map, "system call 9 ", false},
	    {CONFINE_DAEMON, do_executable_protect, "system call 10 ", false},
	    {CONFINE_DAEMON, do_quota, "system call 179 ", false},
	    {CONFINE_DAEMON, do_signal_others, "system call 234 ", true},
	    {CONFINE_WORKER, do_epoll, "system call 291 ", false},
	    {CONFINE_WORKER, do_accept, "system call 288 ", false},
	    {CONFINE_WORKER, do_rename, "system call 82 ", false},
	    {CONFINE_DAEMON, do_mount, NULL, false},
	    {CONFINE_DAEMON, do_ptrace, NULL, true},
	    {CONFINE_DAEMON, do_core_limit, "system call 302 ", true},
	    {CONFINE_DAEMON, do_dumpable, "system call 157 ", true},
	    {CONFINE_DAEMON, do_io_uring, NULL, false},
	    {CONFINE_DAEMON, do_memfd, NULL, false},
	    {CONFINE_FORWARDER, do_exec, NULL, false},
	    {CONFINE_FORWARDER, do_listen, "system call 50 ", false},
	    {CONFINE_FORWARDER, do_netlink, "system call 41 ", false},
#if defined(__x86_64__)
	    {CONFINE_DAEMON, do_other_architecture, NULL, false},
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct ending e;

#if defined(__SANITIZE_ADDRESS__)
		if (calls[i].not_sanitized)
			continue;
#endif
		e = in_child(do_forbidden, &calls[i]);
		if (!ended_by(&e, SIGSYS))
			fail_msg("forbidden call %zu", i);
#if defined(__x86_64__)
		if (calls[i].number != NULL)
			assert_non_null(strstr(e.text, calls[i].number));
		else
			assert_null(strstr(e.text, "system call"));
#endif
	}
}

/* ---- the warden, which runs the code of others ------------------------------------------- */

static void
never(const void *argument)
{
	const struct forbidden *f = argument;

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(confine_never() == SKS_OK);
	must(socket(AF_INET, SOCK_STREAM, 0) >= 0 && epoll_create1(0) >= 0);
	must(execl("/nonexistent", "x", (char *)NULL) != 0 && errno == ENOENT);
	if (f->call == NULL)
		return;
	f->call();
	_exit(96); /* it was let through */
}

static void
takes_away_what_nobody_needs(void **state)
{
	static const struct forbidden calls[] = {
	    {.call = do_mount}, {.call = do_chroot}, {.call = do_io_uring},
#if !defined(__SANITIZE_ADDRESS__)
	    {.call = do_ptrace},
#endif
	};
	static const struct forbidden none = {.call = NULL};
	struct ending e = in_child(never, &none);

	(void)state;
	assert_true(ended_well(&e));
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		e = in_child(never, &calls[i]);
		if (!ended_by(&e, SIGSYS))
			fail_msg("forbidden call %zu", i);
	}
}

static void
abort_inside(const void *unused)
{
	(void)unused;
	must_confine(CONFINE_DAEMON);
	abort();
}

static void
can_still_abort(void **state)
{
	struct ending e = in_child(abort_inside, NULL);

	(void)state;
	assert_true(ended_by(&e, SIGABRT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_to_the_paths),
	    cmocka_unit_test(keeps_off_network_and_processes),
	    cmocka_unit_test(goes_on_without_landlock),
	    cmocka_unit_test(lets_the_work_go_on),
	    cmocka_unit_test(ends_at_forbidden_calls),
	    cmocka_unit_test(takes_away_what_nobody_needs),
	    cmocka_unit_test(can_still_abort),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
