#include "reload.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char pid_file[] = "/run/sshd.pid";
static const char program[] = "/usr/sbin/sshd";

/* A process that a stale file names may be anybody. An upgrade leaves " (deleted)" behind. */
static bool
reload_is_sshd(pid_t pid)
{
	char link[64], target[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	return strncmp(target, program, sizeof(program) - 1) == 0 &&
	       (target[sizeof(program) - 1] == '\0' || target[sizeof(program) - 1] == ' ');
}

bool
reload_sshd(void)
{
	char text[32] = "";
	FILE *in = fopen(pid_file, "re");
	long pid = 0;

	if (in == NULL)
		return false;
	if (fgets(text, sizeof(text), in) != NULL)
		pid = strtol(text, NULL, 10);
	fclose(in);
	return pid > 1 && pid <= INT_MAX && reload_is_sshd((pid_t)pid) &&
	       kill((pid_t)pid, SIGHUP) == 0;
}
