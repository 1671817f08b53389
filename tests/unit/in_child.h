/* A test that changes its own process for good does so in a child. */
#ifndef SEKISHO_TESTS_IN_CHILD_H
#define SEKISHO_TESTS_IN_CHILD_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct ending {
	int status;      /* of wait */
	char text[4096]; /* standard error */
};

/* Ends the child with the line's number when it does not hold. */
#define must(condition)                                                                        \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                \
			_exit(99);                                                             \
		}                                                                              \
	} while (0)

/* run() in a child, which ends with 0 when it returns. */
static inline struct ending
in_child(void (*run)(const void *), const void *argument)
{
	struct ending e = {.status = -1};
	size_t len = 0;
	ssize_t n;
	int err[2];
	pid_t pid;

	if (pipe(err) != 0)
		return e;
	pid = fork();
	if (pid == 0) {
		dup2(err[1], STDERR_FILENO);
		close(err[0]);
		close(err[1]);
		run(argument);
		_exit(0);
	}
	close(err[1]);
	while ((n = read(err[0], e.text + len, sizeof(e.text) - 1 - len)) > 0)
		len += (size_t)n;
	close(err[0]);
	if (pid < 0 || waitpid(pid, &e.status, 0) != pid)
		e.status = -1;
	return e;
}

static inline bool
ended_well(const struct ending *e)
{
	bool well = WIFEXITED(e->status) && WEXITSTATUS(e->status) == 0;

	if (!well)
		fprintf(stderr, "child: status %#x: %s", (unsigned int)e->status, e->text);
	return well;
}

static inline bool
ended_by(const struct ending *e, int signal_number)
{
	bool by = WIFSIGNALED(e->status) && WTERMSIG(e->status) == signal_number;

	if (!by)
		fprintf(stderr, "child: status %#x: %s", (unsigned int)e->status, e->text);
	return by;
}

#endif
