#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void
run_child(const char *const *argv, int in, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C";
	char *const environment[] = {path, language, NULL};
	int null = open("/dev/null", O_RDWR);

	if (null >= 0) {
		(void)dup2(in >= 0 ? in : null, STDIN_FILENO);
		(void)dup2(null, STDERR_FILENO);
	}
	if (dup2(out >= 0 ? out : null, STDOUT_FILENO) >= 0)
		(void)execve(argv[0], (char *const *)(uintptr_t)argv, environment);
	_exit(127);
}

int
run_lines(const char *const *argv, void (*line)(void *context, const char *line), void *context)
{
	char text[4096];
	int pipes[2], status = -1;
	FILE *in;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_child(argv, -1, pipes[1]);
	close(pipes[1]);
	in = fdopen(pipes[0], "r");
	if (in == NULL)
		close(pipes[0]);
	while (in != NULL && fgets(text, sizeof(text), in) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		line(context, text);
	}
	if (in != NULL)
		fclose(in);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && in != NULL && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
run_feed(const char *const *argv, const struct secret *input)
{
	int pipes[2], status = -1;
	bool whole;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_child(argv, pipes[0], -1);
	close(pipes[0]);
	/* a secret is shorter than what a pipe takes without a reader */
	whole = pid > 0 && write(pipes[1], input->bytes, input->len) == (ssize_t)input->len;
	close(pipes[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return whole && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
