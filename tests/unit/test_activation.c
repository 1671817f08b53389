/* Sockets that a service manager hands over, what it hears, and helpers that come by
 * themselves. */
#include "activation.h"
#include "clock.h"
#include "error.h"
#include "helper.h"
#include "in_child.h"
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

enum { FIRST = 3, WAIT_MS = 5000, SOON_MS = 50 };

static char dir[] = "/tmp/sekisho-activation-XXXXXX";

static struct sockaddr_un
address(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%.60s/%.30s", dir, name);
	return a;
}

static int
listening(const char *name, int type)
{
	struct sockaddr_un a = address(name);
	int fd = socket(AF_UNIX, type, 0);

	(void)unlink(a.sun_path);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	must(listen(fd, 8) == 0);
	return fd;
}

static int
connected(const char *name, int type)
{
	struct sockaddr_un a = address(name);
	int fd = socket(AF_UNIX, type, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

/* As systemd leaves a process: the sockets from 3 on, in this order, and nothing else. */
static void
hand_over(const char *names, const int *fd, int count)
{
	char text[16];
	int lifted[8];

	for (int i = 0; i < count; i++)
		lifted[i] = fcntl(fd[i], F_DUPFD, 100);
	for (int i = 0; i < count; i++)
		must(dup2(lifted[i], FIRST + i) == FIRST + i);
	snprintf(text, sizeof(text), "%d", count);
	setenv("LISTEN_FDS", text, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
}

/* ---- sockets ----------------------------------------------------------------------------- */

static void
take_all(const void *none)
{
	const int fd[] = {listening("c", SOCK_SEQPACKET), listening("u", SOCK_STREAM),
	    listening("w", SOCK_SEQPACKET), listening("p", SOCK_STREAM)};
	struct activation a;

	(void)none;
	hand_over("courier:user:warden:pam", fd, 4);
	must(activation_take(&a) == SKS_OK);
	must(a.fd[ACTIVATION_COURIER] == 3 && a.fd[ACTIVATION_USER] == 4);
	must(a.fd[ACTIVATION_WARDEN] == 5 && a.fd[ACTIVATION_PAM] == 6);
	must(a.helpers);
	for (int i = 3; i <= 6; i++) {
		must((fcntl(i, F_GETFD) & FD_CLOEXEC) != 0);
		must((fcntl(i, F_GETFL) & O_NONBLOCK) != 0);
	}
	must(getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL);
	must(getenv("LISTEN_FDNAMES") == NULL);
}

static void
takes_each_socket_by_its_name(void **state)
{
	struct ending e = in_child(take_all, NULL);

	(void)state;
	assert_true(ended_well(&e));
}

static void
take_none(const void *none)
{
	const int fd[] = {listening("p", SOCK_STREAM)};
	struct activation a;

	(void)none;
	must(activation_take(&a) == SKS_OK && a.fd[ACTIVATION_PAM] == -1 && !a.helpers);
	hand_over("pam", fd, 1);
	setenv("LISTEN_PID", "1", 1); /* somebody else's, inherited */
	must(activation_take(&a) == SKS_OK && a.fd[ACTIVATION_PAM] == -1);
	hand_over("pam", fd, 1);
	setenv("LISTEN_FDS", "1x", 1);
	must(activation_take(&a) == SKS_OK && a.fd[ACTIVATION_PAM] == -1);
	hand_over("pam", fd, 1);
	must(activation_take(&a) == SKS_OK && a.fd[ACTIVATION_PAM] == 3 && !a.helpers);
}

static void
takes_nothing_that_is_meant_for_another_process(void **state)
{
	struct ending e = in_child(take_none, NULL);

	(void)state;
	assert_true(ended_well(&e));
}

static void
take_wrong(const void *names)
{
	const int fd[] = {listening("p", SOCK_STREAM), listening("w", SOCK_STREAM)};
	struct activation a;

	hand_over(names, fd, 2);
	must(activation_take(&a) == SKS_INVALID);
}

static void
take_unfit(const void *none)
{
	struct activation a;
	int fd[] = {socket(AF_UNIX, SOCK_STREAM, 0)};

	(void)none;
	hand_over("pam", fd, 1); /* does not listen */
	must(activation_take(&a) == SKS_INVALID);
	fd[0] = open("/dev/null", O_RDONLY);
	hand_over("pam", fd, 1);
	must(activation_take(&a) == SKS_INVALID);
}

static void
refuses_a_socket_that_is_not_what_its_name_says(void **state)
{
	static const char *const wrong[] = {"pam:warden", /* a stream */
	    "pam:pam", "pam:unknown", "pam", "", ":", "pam:", "pamx:user"};
	struct ending e;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		e = in_child(take_wrong, wrong[i]);
		assert_true(ended_well(&e));
	}
	e = in_child(take_unfit, NULL);
	assert_true(ended_well(&e));
}

static void
hang_up(const void *none)
{
	const int fd[] = {listening("p", SOCK_STREAM), listening("u", SOCK_STREAM)};
	int waiting[] = {connected("p", SOCK_STREAM), connected("p", SOCK_STREAM),
	    connected("u", SOCK_STREAM)};
	struct activation a;
	char byte;

	(void)none;
	hand_over("pam:user", fd, 2);
	must(activation_take(&a) == SKS_OK);
	must(recv(waiting[0], &byte, 1, MSG_DONTWAIT) < 0);
	activation_hang_up(&a);
	for (int i = 0; i < 3; i++)
		must(recv(waiting[i], &byte, 1, MSG_DONTWAIT) == 0);
	must(connected("p", SOCK_STREAM) >= 0); /* the socket itself stays */
}

static void
hangs_up_on_all_who_wait(void **state)
{
	struct ending e = in_child(hang_up, NULL);

	(void)state;
	assert_true(ended_well(&e));
}

/* ---- what the manager hears -------------------------------------------------------------- */

static void
expect(int fd, const char *wanted)
{
	char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (wanted == NULL) {
		must(n < 0);
		return;
	}
	must(n == (ssize_t)strlen(wanted) && memcmp(text, wanted, (size_t)n) == 0);
}

static void
tell(const void *abstract)
{
	struct sockaddr_un a = address("notify");
	char name[128];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t len = sizeof(a);

	snprintf(name, sizeof(name), "%s", a.sun_path);
	if (abstract != NULL) {
		name[0] = '@';
		a.sun_path[0] = '\0';
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	}
	must(bind(fd, (struct sockaddr *)&a, len) == 0);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	notify_open();
	must(getenv("NOTIFY_SOCKET") == NULL && getenv("WATCHDOG_USEC") == NULL);
	notify_send("READY=1\nSTATUS=well");
	expect(fd, "READY=1\nSTATUS=well");
	notify_alive(1000000);
	expect(fd, "WATCHDOG=1");
	notify_alive(1009999);
	expect(fd, NULL);
	notify_alive(1010000);
	expect(fd, "WATCHDOG=1");
}

static void
tell_unwatched(const void *none)
{
	struct sockaddr_un a = address("unwatched");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)none;
	must(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	setenv("NOTIFY_SOCKET", a.sun_path, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1); /* another process is watched */
	notify_open();
	notify_alive(1000000);
	expect(fd, NULL);
	notify_send("STOPPING=1");
	expect(fd, "STOPPING=1");
}

static void
tell_nobody(const void *none)
{
	(void)none;
	notify_open();
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_open();
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	notify_open();
	notify_send("READY=1");
}

static void
tells_the_manager_and_beats_in_a_third_of_the_time(void **state)
{
	struct ending e;

	(void)state;
	e = in_child(tell, NULL);
	assert_true(ended_well(&e));
	e = in_child(tell, "");
	assert_true(ended_well(&e));
	e = in_child(tell_unwatched, NULL);
	assert_true(ended_well(&e));
	e = in_child(tell_nobody, NULL);
	assert_true(ended_well(&e));
}

/* ---- helpers that come ------------------------------------------------------------------- */

static void
come_and_say(const void *path)
{
	must(helper_attach(path) == SKS_OK);
	must(send(HELPER_FD, "here", 4, 0) == 4);
	must(send(HELPER_SHARED_FD, "both", 4, 0) == 4);
}

static void
come_alone(const void *path)
{
	must(helper_attach(path) == SKS_OK);
	must(fcntl(HELPER_SHARED_FD, F_GETFD) < 0);
	must(send(HELPER_FD, "here", 4, 0) == 4);
}

static void
serve_one(void (*helper)(const void *), int listener, int shared, const char *path)
{
	struct pollfd p = {.events = POLLIN};
	char text[8];
	int fd = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)close_range(HELPER_FD, ~0U, 0);
		helper(path);
		_exit(0);
	}
	must(helper_accept(listener, shared, clock_monotonic_ms() + WAIT_MS, &fd) == SKS_OK);
	p.fd = fd;
	must((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && poll(&p, 1, WAIT_MS) == 1);
	must(recv(fd, text, sizeof(text), 0) == 4 && memcmp(text, "here", 4) == 0);
	must(waitpid(pid, NULL, 0) == pid);
	close(fd);
}

static void
accept_two(const void *none)
{
	struct sockaddr_un a = address("w");
	int listener = listening("w", SOCK_SEQPACKET), between[2], fd = -1;
	char text[8];

	(void)none;
	must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, between) == 0);
	must(helper_accept(listener, -1, clock_monotonic_ms() + SOON_MS, &fd) == SKS_TIMEOUT);
	/* one that came and went while nobody took it is passed over */
	close(connected("w", SOCK_SEQPACKET));
	serve_one(come_and_say, listener, between[0], a.sun_path);
	must(recv(between[1], text, sizeof(text), 0) == 4 && memcmp(text, "both", 4) == 0);
	serve_one(come_alone, listener, -1, a.sun_path);
}

static void
takes_a_helper_of_roots_and_hands_it_the_socket(void **state)
{
	struct ending e;

	(void)state;
	if (geteuid() != 0)
		skip();
	e = in_child(accept_two, NULL);
	assert_true(ended_well(&e));
}

/* Whoever is not root is hung up on, and not mistaken for a helper. */
static void
accept_stranger(const void *none)
{
	struct sockaddr_un a = address("s");
	int listener = listening("s", SOCK_SEQPACKET), fd = -1;
	pid_t pid;

	(void)none;
	must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	must(chmod(a.sun_path, 0666) == 0 && chmod(dir, 0755) == 0);
	pid = fork();
	if (pid == 0) {
		must(setuid(65534) == 0);
		_exit(helper_attach(a.sun_path) == SKS_NOT_FOUND ? 0 : 1);
	}
	must(helper_accept(listener, -1, clock_monotonic_ms() + 10 * SOON_MS, &fd) ==
	     SKS_TIMEOUT);
	int status;
	must(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
takes_nobody_but_root(void **state)
{
	struct ending e;

	(void)state;
	if (geteuid() != 0)
		skip();
	e = in_child(accept_stranger, NULL);
	assert_true(ended_well(&e));
}

static void
goes_nowhere(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/nobody", dir);
	assert_int_equal(helper_attach(path), SKS_UNREACHABLE);
	assert_int_equal(helper_attach("relative"), SKS_UNREACHABLE);
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
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_each_socket_by_its_name),
	    cmocka_unit_test(takes_nothing_that_is_meant_for_another_process),
	    cmocka_unit_test(refuses_a_socket_that_is_not_what_its_name_says),
	    cmocka_unit_test(hangs_up_on_all_who_wait),
	    cmocka_unit_test(tells_the_manager_and_beats_in_a_third_of_the_time),
	    cmocka_unit_test(takes_a_helper_of_roots_and_hands_it_the_socket),
	    cmocka_unit_test(takes_nobody_but_root),
	    cmocka_unit_test(goes_nowhere),
	};

	return cmocka_run_group_tests_name("activation", tests, make_dir, remove_dir);
}
