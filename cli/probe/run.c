#include "run.h"

#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_NS = 10000000 };

void
run_unblock(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn)) run_child(const char *const *argv, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
	char *const environment[] = {path, locale, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	run_unblock();
	/* execve() promises to leave them as they are */
	execve(argv[0], (char *const *)(uintptr_t)argv, environment);
	_exit(127);
}

/* The status; -1: it had to be killed. */
static int
run_wait(pid_t pid, int64_t timeout_ms)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	int64_t end_ms = clock_monotonic_ms() + timeout_ms;
	int status = -1;
	pid_t r;

	while ((r = waitpid(pid, &status, WNOHANG)) == 0 || (r < 0 && errno == EINTR)) {
		if (clock_monotonic_ms() >= end_ms) {
			kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return r == pid ? status : -1;
}

FILE *
run_program(const char *const *argv, int64_t timeout_ms)
{
	/* a file and not a pipe: nobody has to read while it runs */
	int fd = memfd_create("output", MFD_CLOEXEC);
	FILE *out;
	pid_t pid;

	if (fd < 0)
		return NULL;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_child(argv, fd);
	if (pid < 0 || run_wait(pid, timeout_ms) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return NULL;
	}
	out = fdopen(fd, "r");
	if (out == NULL)
		close(fd);
	return out;
}
