/* Real sockets and real processes: who is there, who is gone, who took over a number. */
#include "error.h"
#include "peer.h"
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "in_child.h"
#include <cmocka.h>

enum { OTHER = 60001 };

/* What a child does between connecting and saying that it is ready. */
typedef void before_fn(void);

struct child {
	pid_t pid;
	int socket; /* our accepted end */
	int tell;   /* closing it ends the child */
};

static void
nothing(void)
{
}

static void
misleading_name(void)
{
	(void)prctl(PR_SET_NAME, ") Z 1 1 1 (");
}

static void
become_somebody(void)
{
	if (setresuid(OTHER, 0, 0) != 0)
		_exit(1);
}

static void
run_child(const struct sockaddr_un *address, socklen_t len, int told, int ready,
    before_fn *before_connect, before_fn *after_connect)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte;

	before_connect();
	if (connect(fd, (const struct sockaddr *)address, len) != 0)
		_exit(1);
	after_connect();
	if (write(ready, "r", 1) != 1)
		_exit(1);
	(void)!read(told, &byte, 1); /* until the other end closes */
	_exit(0);
}

/* A process that connected to a listener of ours and waits. */
static struct child
child_start(before_fn *before_connect, before_fn *after_connect)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa_family_t); /* the kernel chooses an abstract name */
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int tell[2], ready[2];
	struct child c;
	char byte;

	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	len = sizeof(address);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(pipe(tell), 0);
	assert_int_equal(pipe(ready), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		close(tell[1]);
		run_child(&address, len, tell[0], ready[1], before_connect, after_connect);
	}
	close(tell[0]);
	close(ready[1]);
	c.tell = tell[1];
	c.socket = accept(listener, NULL, NULL);
	assert_true(c.socket >= 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(listener);
	return c;
}

/* Without waiting for it: it stays a zombie. */
static void
child_end(struct child *c)
{
	siginfo_t info;

	close(c->tell);
	assert_int_equal(waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT), 0);
}

static void
child_reap(struct child *c)
{
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
	close(c->socket);
}

/* By another way than proc.c's: the 22nd word, for a name without blanks. */
static uint64_t
start_in(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long long start = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f,
			     "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			     "%*s %*s %*s %*s %*s %*s %*s %llu",
			     &start),
	    1);
	fclose(f);
	return start;
}

static uint64_t
own_start(void)
{
	return start_in("/proc/self/stat");
}

static uint32_t
own_number(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned int n = UINT32_MAX;

	if (f != NULL) {
		assert_int_equal(fscanf(f, "%u", &n), 1);
		fclose(f);
	}
	return n;
}

static void
knows_its_own_process(void **state)
{
	struct peer p;
	int end[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
	assert_int_equal(peer_identify(end[0], &p), SKS_OK);
	assert_int_equal(p.pid, getpid());
	assert_int_equal(p.uid, geteuid());
	assert_int_equal(p.real_uid, getuid());
	assert_int_equal(p.parent, getppid());
	assert_int_equal(p.pid_start, own_start());
	assert_true(p.parent_start <= p.pid_start);
	assert_int_equal(p.login_uid, own_number("/proc/self/loginuid"));
	assert_int_equal(p.audit_session, own_number("/proc/self/sessionid"));
	peer_clear(&p);
	assert_int_equal(p.pidfd, -1);
	close(end[0]);
	close(end[1]);
}

static void
knows_a_child_and_its_parent(void **state)
{
	struct child c = child_start(nothing, nothing);
	struct peer p;

	(void)state;
	assert_int_equal(peer_identify(c.socket, &p), SKS_OK);
	assert_int_equal(p.pid, c.pid);
	assert_int_equal(p.parent, getpid());
	assert_int_equal(p.parent_start, own_start());
	assert_true(peer_is_alive(p.pid, p.pid_start));
	peer_clear(&p);
	child_end(&c);
	child_reap(&c);
}

static void
is_not_misled_by_a_name(void **state)
{
	struct child c = child_start(misleading_name, nothing);
	struct peer p;

	(void)state;
	assert_int_equal(peer_identify(c.socket, &p), SKS_OK);
	assert_int_equal(p.parent, getpid());
	assert_true(p.pid_start >= own_start());
	peer_clear(&p);
	child_end(&c);
	child_reap(&c);
}

static void
refuses_one_that_has_ended(void **state)
{
	struct child c = child_start(nothing, nothing);
	struct peer p;
	uint64_t start;

	(void)state;
	assert_int_equal(peer_identify(c.socket, &p), SKS_OK);
	start = p.pid_start;
	peer_clear(&p);
	child_end(&c); /* a zombie still has its number and its start time */
	assert_int_equal(peer_identify(c.socket, &p), SKS_DENIED);
	assert_int_equal(p.pidfd, -1);
	assert_int_equal(p.uid, UINT32_MAX);
	assert_false(peer_is_alive((uint32_t)c.pid, start));
	assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
	assert_int_equal(peer_identify(c.socket, &p), SKS_DENIED);
	assert_false(peer_is_alive((uint32_t)c.pid, start));
	close(c.socket);
}

static void
close_all(void)
{
	for (int fd = 3; fd < 64; fd++) {
		int type;
		socklen_t len = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0)
			close(fd);
	}
}

static void
refuses_one_that_hung_up(void **state)
{
	struct child c = child_start(nothing, close_all);
	struct peer p;

	(void)state;
	assert_int_equal(kill(c.pid, 0), 0);
	assert_int_equal(peer_identify(c.socket, &p), SKS_DENIED);
	child_end(&c);
	child_reap(&c);
}

static void
tells_a_number_given_again(void **state)
{
	struct child c = child_start(nothing, nothing);
	struct peer p;

	(void)state;
	assert_int_equal(peer_identify(c.socket, &p), SKS_OK);
	assert_true(peer_is_alive(p.pid, p.pid_start));
	assert_false(peer_is_alive(p.pid, p.pid_start + 1));
	assert_false(peer_is_alive(p.pid, p.pid_start - 1));
	assert_false(peer_is_alive(p.pid, 0));
	assert_false(peer_is_alive(0, 0));
	assert_false(peer_is_alive(UINT32_MAX, p.pid_start));
	peer_clear(&p);
	child_end(&c);
	child_reap(&c);
}

enum { NUMBER = 4711, CHILDREN = 3 };

/* A process of that number, whose children connect one after the other until we close "tell". */
static pid_t
parent_start_as(const struct sockaddr_un *address, socklen_t len, const int tell[2])
{
	pid_t number = NUMBER;
	struct clone_args args = {.exit_signal = SIGCHLD,
	    .set_tid = (uint64_t)(uintptr_t)&number,
	    .set_tid_size = 1};
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	char byte;

	if (pid != 0)
		return (pid_t)pid;
	close(tell[1]);
	for (int i = 0; i < CHILDREN; i++) {
		if (fork() == 0) {
			int fd = socket(AF_UNIX, SOCK_STREAM, 0);

			if (connect(fd, (const struct sockaddr *)address, len) != 0)
				_exit(1);
			(void)!read(tell[0], &byte, 1);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

/* All children of it have this parent, which began at that time; which one it was. */
static uint64_t
parent_of_all(int listener, const struct sockaddr_un *address, socklen_t len)
{
	uint64_t start;
	int tell[2];
	pid_t pid;

	must(pipe(tell) == 0);
	pid = parent_start_as(address, len, tell);
	must(pid == NUMBER);
	close(tell[0]);
	start = start_in("/proc/4711/stat");
	for (int i = 0; i < CHILDREN; i++) {
		int fd = accept(listener, NULL, NULL);
		struct peer p;

		must(fd >= 0 && peer_identify(fd, &p) == SKS_OK);
		must(p.parent == NUMBER);
		must(p.parent_start == start);
		peer_clear(&p);
		close(fd);
	}
	close(tell[1]);
	must(waitpid(pid, NULL, 0) == pid);
	return start;
}

static void
identify_children_of_two_parents(const void *unused)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa_family_t);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t first;
	int status;
	pid_t pid;

	(void)unused;
	must(unshare(CLONE_NEWPID | CLONE_NEWNS) == 0);
	pid = fork();
	if (pid != 0) {
		must(waitpid(pid, &status, 0) == pid);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	must(mount("proc", "/proc", "proc", 0, NULL) == 0);
	must(bind(listener, (struct sockaddr *)&address, len) == 0);
	len = sizeof(address);
	must(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	must(listen(listener, CHILDREN) == 0);
	first = parent_of_all(listener, &address, len);
	usleep(50000); /* processes begin at ticks of 10 ms */
	must(parent_of_all(listener, &address, len) > first);
}

/* A parent that is kept is no other one that has its number later. */
static void
tells_a_parents_number_given_again(void **state)
{
	struct ending e;

	(void)state;
	if (geteuid() != 0)
		skip();
	e = in_child(identify_children_of_two_parents, NULL);
	assert_true(ended_well(&e));
}

/* Before Linux 6.5 a session must be watched all the same. */
static void
gives_a_pidfd_where_the_kernel_gave_none(void **state)
{
	struct child c = child_start(nothing, nothing);
	struct peer p;
	int fd;

	(void)state;
	assert_int_equal(peer_identify(c.socket, &p), SKS_OK);
	if (p.pidfd >= 0)
		close(p.pidfd);
	p.pidfd = -1;
	fd = peer_take_pidfd(&p);
	assert_true(fd >= 0);
	assert_int_equal(p.pidfd, -1);
	p.pidfd = fd;
	assert_int_equal(peer_take_pidfd(&p), fd);
	close(fd);
	p.pid_start++; /* the number is another process's */
	assert_int_equal(peer_take_pidfd(&p), -1);
	p.pid_start--;
	child_end(&c);
	child_reap(&c);
	assert_int_equal(peer_take_pidfd(&p), -1);
}

static void
tells_real_from_effective(void **state)
{
	struct child c;
	struct peer p;

	(void)state;
	if (geteuid() != 0)
		skip();
	c = child_start(become_somebody, nothing);
	assert_int_equal(peer_identify(c.socket, &p), SKS_OK);
	assert_int_equal(p.uid, 0);
	assert_int_equal(p.real_uid, OTHER);
	peer_clear(&p);
	child_end(&c);
	child_reap(&c);
}

static void
refuses_a_socket_without_a_peer(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct peer p;

	(void)state;
	assert_int_equal(peer_identify(fd, &p), SKS_DENIED);
	assert_int_equal(peer_identify(-1, &p), SKS_IO);
	close(fd);
}

/* Asks from inside a new pid namespace, in which the other end has no number. */
static void
refuses_one_from_outside_its_namespace(void **state)
{
	int end[2], status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct peer p;

		if (unshare(CLONE_NEWPID) != 0)
			_exit(3);
		pid = fork();
		if (pid == 0)
			_exit(peer_identify(end[0], &p) == SKS_DENIED ? 0 : 1);
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									   : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(end[0]);
	close(end[1]);
}

/* As on Linux 6.1, which has no SO_PEERPIDFD: the hang-up has to tell. */
static void
identify_without_pidfd(const void *unused)
{
	scmp_filter_ctx old = seccomp_init(SCMP_ACT_ALLOW);
	const struct scmp_arg_cmp option = {2, SCMP_CMP_EQ, 77, 0};
	struct child c = child_start(nothing, nothing);
	struct peer p;

	(void)unused;
	must(old != NULL);
	must(seccomp_rule_add_array(
		 old, SCMP_ACT_ERRNO(ENOPROTOOPT), SCMP_SYS(getsockopt), 1, &option) == 0);
	must(seccomp_load(old) == 0);
	seccomp_release(old);
	must(peer_identify(c.socket, &p) == SKS_OK && p.pidfd == -1);
	must(p.pid == (uint32_t)c.pid && p.parent == (uint32_t)getpid());
	peer_clear(&p);
	child_end(&c);
	must(peer_identify(c.socket, &p) == SKS_DENIED);
	child_reap(&c);
	c = child_start(nothing, close_all);
	must(peer_identify(c.socket, &p) == SKS_DENIED);
	child_end(&c);
	child_reap(&c);
}

static void
does_without_peer_pidfds(void **state)
{
	struct ending e = in_child(identify_without_pidfd, NULL);

	(void)state;
	assert_true(ended_well(&e));
}

/* As before Linux 6.13: what a pidfd does not tell is read, and is the same. */
static void
identify_without_answers(const void *unused)
{
	scmp_filter_ctx old = seccomp_init(SCMP_ACT_ALLOW);
	struct child c = child_start(become_somebody, nothing);
	struct peer asked, read_;

	(void)unused;
	must(peer_identify(c.socket, &asked) == SKS_OK);
	must(old != NULL);
	must(seccomp_rule_add_array(old, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0, NULL) == 0);
	must(seccomp_load(old) == 0);
	seccomp_release(old);
	must(peer_identify(c.socket, &read_) == SKS_OK);
	must(asked.uid == 0 && asked.real_uid == OTHER && read_.real_uid == OTHER);
	must(asked.pid == read_.pid && asked.pid_start == read_.pid_start);
	must(asked.parent == (uint32_t)getpid() && read_.parent == asked.parent);
	must(asked.parent_start == read_.parent_start && asked.parent_start != 0);
	must(asked.login_uid == read_.login_uid);
	must(asked.audit_session == read_.audit_session);
	peer_clear(&asked);
	peer_clear(&read_);
	child_end(&c);
	must(peer_identify(c.socket, &read_) == SKS_DENIED);
	child_reap(&c);
}

static void
does_without_answers_of_pidfds(void **state)
{
	struct ending e = in_child(identify_without_answers, NULL);

	(void)state;
	assert_true(ended_well(&e));
}

/* Asked about twice: what can change is asked anew. */
static void
change_when_told(const struct sockaddr_un *address, socklen_t len, int told, int ready)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte;

	must(connect(fd, (const struct sockaddr *)address, len) == 0);
	must(write(ready, "r", 1) == 1);
	must(read(told, &byte, 1) == 1);
	become_somebody();
	must(write(ready, "r", 1) == 1);
	(void)!read(told, &byte, 1);
	_exit(0);
}

static void
identify_one_that_changes(const void *unused)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa_family_t);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tell[2], ready[2], fd;
	struct peer first, p;
	pid_t between;
	char byte;

	(void)unused;
	must(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	must(bind(listener, (struct sockaddr *)&address, len) == 0);
	len = sizeof(address);
	must(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	must(listen(listener, 4) == 0 && pipe(tell) == 0 && pipe(ready) == 0);
	if ((between = fork()) == 0) {
		close(tell[1]);
		if (fork() == 0)
			change_when_told(&address, len, tell[0], ready[1]);
		pause();
	}
	fd = accept(listener, NULL, NULL);
	must(fd >= 0 && read(ready[0], &byte, 1) == 1);
	must(peer_identify(fd, &first) == SKS_OK && first.parent == (uint32_t)between);
	must(first.real_uid == 0 && first.parent_start != 0);
	must(peer_identify(fd, &p) == SKS_OK && p.parent == first.parent);
	must(p.parent_start == first.parent_start && p.pid_start == first.pid_start);
	must(p.real_uid == 0 && p.login_uid == first.login_uid);
	peer_clear(&p);
	must(write(tell[1], "c", 1) == 1 && read(ready[0], &byte, 1) == 1);
	must(peer_identify(fd, &p) == SKS_OK && p.real_uid == OTHER);
	must(p.parent == first.parent && p.pid_start == first.pid_start);
	peer_clear(&p);
	must(kill(between, SIGKILL) == 0 && waitpid(between, NULL, 0) == between);
	must(peer_identify(fd, &p) == SKS_OK && p.parent == (uint32_t)getpid());
	must(p.parent_start != 0 && p.pid_start == first.pid_start);
	peer_clear(&p);
	close(tell[1]);
	must(waitpid((pid_t)first.pid, NULL, 0) == (pid_t)first.pid);
	must(peer_identify(fd, &p) == SKS_DENIED);
	peer_clear(&first);
}

static void
knows_one_again_that_changed(void **state)
{
	struct ending e = in_child(identify_one_that_changes, NULL);

	(void)state;
	assert_true(ended_well(&e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_its_own_process),
	    cmocka_unit_test(knows_a_child_and_its_parent),
	    cmocka_unit_test(is_not_misled_by_a_name),
	    cmocka_unit_test(refuses_one_that_has_ended),
	    cmocka_unit_test(refuses_one_that_hung_up),
	    cmocka_unit_test(tells_a_number_given_again),
	    cmocka_unit_test(tells_a_parents_number_given_again),
	    cmocka_unit_test(gives_a_pidfd_where_the_kernel_gave_none),
	    cmocka_unit_test(tells_real_from_effective),
	    cmocka_unit_test(refuses_a_socket_without_a_peer),
	    cmocka_unit_test(refuses_one_from_outside_its_namespace),
	    cmocka_unit_test(does_without_peer_pidfds),
	    cmocka_unit_test(does_without_answers_of_pidfds),
	    cmocka_unit_test(knows_one_again_that_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
