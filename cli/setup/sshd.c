#include "sshd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char program[] = "/usr/sbin/sshd";

/* Runs it without a shell and without an environment; out[size] gets what it prints. */
static bool
sshd_run(const char *option, char *out, size_t size)
{
	char name[] = "/usr/sbin/sshd", given[8];
	char *const argv[] = {name, given, NULL}, *const environment[] = {NULL};
	int pipes[2], status = -1;
	size_t used = 0;
	char chunk[4096];
	ssize_t n;
	pid_t pid;

	(void)snprintf(given, sizeof(given), "%s", option);
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return false;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		execve(program, argv, environment);
		_exit(127);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR)) {
		size_t part = n < 0 ? 0 : (size_t)n;

		if (part > size - 1 - used)
			part = size - 1 - used;
		memcpy(out + used, chunk, part);
		used += part;
	}
	out[used] = '\0';
	close(pipes[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

bool
sshd_effective(char out[SSHD_SETTINGS_SIZE])
{
	static const char *const shown[] = {"usepam ", "kbdinteractiveauthentication ",
	    "passwordauthentication ", "authenticationmethods "};
	static char all[64 << 10];
	char *save = NULL;
	size_t used = 0;

	out[0] = '\0';
	if (!sshd_run("-T", all, sizeof(all)))
		return false;
	for (char *line = strtok_r(all, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
			if (strncmp(line, shown[i], strlen(shown[i])) == 0 &&
			    used + strlen(line) + 2 < SSHD_SETTINGS_SIZE)
				used += (size_t)snprintf(
				    out + used, SSHD_SETTINGS_SIZE - used, "%s\n", line);
		}
	}
	return used > 0;
}

bool
sshd_is_valid(void)
{
	char out[1024];

	return sshd_run("-t", out, sizeof(out));
}
