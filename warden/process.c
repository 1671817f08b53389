#include "process.h"

#include "clock.h"
#include "peer.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROCESS_TERM_MS = 2000, PROCESS_KILL_MS = 1000, PROCESS_LOOK_MS = 20 };

/* ---- what there is ----------------------------------------------------------------------- */

bool
process_file(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, out, size - 1);
	(void)close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool
process_parse_stat(const char *text, struct process *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long start;
	size_t len;
	char state;
	int parent, session, tty;

	/* the name in brackets may hold anything, brackets and blanks too */
	if (open == NULL || close == NULL || close < open ||
	    sscanf(close + 1,
		" %c %d %*d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		&state, &parent, &session, &tty, &start) != 5)
		return false;
	len = (size_t)(close - open - 1);
	if (len >= sizeof(p->name))
		len = sizeof(p->name) - 1;
	memcpy(p->name, open + 1, len);
	p->name[len] = '\0';
	p->parent = parent;
	p->session = session;
	p->terminal = tty != 0;
	p->start = start;
	p->over = state == 'Z' || state == 'X';
	return true;
}

static bool
process_uids(pid_t pid, struct process *p)
{
	char text[2048];
	const char *line;

	if (!process_file(pid, "status", text, sizeof(text)))
		return false;
	line = strstr(text, "\nUid:");
	return line != NULL &&
	       sscanf(line + 5, "%u %u %u", &p->uid[0], &p->uid[1], &p->uid[2]) == 3;
}

/* Kernels without audit have neither number. */
static uint32_t
process_audit(pid_t pid, const char *name)
{
	char text[32];

	return process_file(pid, name, text, sizeof(text)) ? (uint32_t)strtoul(text, NULL, 10)
							   : UINT32_MAX;
}

bool
process_read(pid_t pid, struct process *p)
{
	char text[1024];
	uint32_t login;

	*p = (struct process){.pid = pid, .pidfd = -1};
	if (!process_uids(pid, p) || !process_file(pid, "stat", text, sizeof(text)) ||
	    !process_parse_stat(text, p))
		return false;
	login = process_audit(pid, "loginuid");
	p->login_uid = login == UINT32_MAX ? -1 : (int64_t)login;
	p->audit_session = process_audit(pid, "sessionid");
	return !p->over;
}

size_t
process_all(struct process *p, size_t max)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && n < max && (entry = readdir(dir)) != NULL) {
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    process_read((pid_t)strtol(entry->d_name, NULL, 10), &p[n]))
			n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

const struct process *
process_find(const struct process *all, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++) {
		if (all[i].pid == pid)
			return &all[i];
	}
	return NULL;
}

/* ---- ending ------------------------------------------------------------------------------ */

bool
process_hold(struct process *p)
{
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->pidfd >= 0 && !peer_is_alive((uint32_t)p->pid, p->start)) {
		(void)close(p->pidfd);
		p->pidfd = -1;
	}
	return p->pidfd >= 0;
}

static void
process_signal(const struct process *p, size_t count, int number)
{
	for (size_t i = 0; i < count; i++) {
		if (p[i].pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, p[i].pidfd, number, NULL, 0);
	}
}

static size_t
process_running(const struct process *p, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct pollfd f = {.fd = p[i].pidfd, .events = POLLIN};

		n += p[i].pidfd >= 0 && poll(&f, 1, 0) == 0;
	}
	return n;
}

static size_t
process_wait(const struct process *p, size_t count, int64_t within_ms)
{
	int64_t until = clock_monotonic_ms() + within_ms;
	size_t left;

	while ((left = process_running(p, count)) > 0 && clock_monotonic_ms() < until)
		(void)poll(NULL, 0, PROCESS_LOOK_MS);
	return left;
}

size_t
process_end(struct process *p, size_t count)
{
	size_t left;

	process_signal(p, count, SIGTERM);
	process_signal(p, count, SIGCONT); /* a stopped one would never see it */
	left = process_wait(p, count, PROCESS_TERM_MS);
	if (left > 0) {
		process_signal(p, count, SIGKILL);
		left = process_wait(p, count, PROCESS_KILL_MS);
	}
	for (size_t i = 0; i < count; i++) {
		if (p[i].pidfd >= 0)
			(void)close(p[i].pidfd);
		p[i].pidfd = -1;
	}
	return left;
}
