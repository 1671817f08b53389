#include "watch.h"

#include "i18n.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROLLBACK SEKISHO_LIBEXEC "/sekisho-rollback"

/* Without a shell and without an environment; 0 when it ended well. */
static int
watch_run(char *const argv[])
{
	char *const environment[] = {NULL};
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execve(argv[0], argv, environment);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* A process of its own, which nobody waits for and no terminal ends. */
static int
watch_detach(void)
{
	char program[] = ROLLBACK, option[] = "--wait";
	char *const argv[] = {program, option, NULL}, *const environment[] = {NULL};
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (setsid() < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
		    chdir("/") != 0)
			_exit(1);
		pid = fork();
		if (pid != 0)
			_exit(pid < 0);
		execve(program, argv, environment);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int
watch_start(void)
{
	char systemctl[] = "/usr/bin/systemctl", start[] = "start",
	     timer[] = "sekisho-rollback.timer";
	char *const argv[] = {systemctl, start, timer, NULL};

	if (access(ROLLBACK, X_OK) == 0 &&
	    ((access("/run/systemd/system", F_OK) == 0 && watch_run(argv) == 0) ||
		watch_detach() == 0))
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: %s cannot be started, so nobody would take the change back in time. "
	      "Nothing was changed.\n"),
	    ROLLBACK);
	return STATUS_REFUSED;
}
