/*
 * The processes below sudo's. A number alone is no process: its start time is remembered with it,
 * and a signal goes by a pidfd that was opened before the start time was read again.
 */
#include "plugin.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KNOWN_MAX = 1024, STAT_MAX = 1024, COMMAND_LINE_MAX = 4096 };

struct process {
	pid_t pid, parent;
	unsigned long long start;
	bool below;
};

static struct process known[KNOWN_MAX];
static size_t known_count;

/* ---- reading ----------------------------------------------------------------------------- */

static size_t
tree_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* False when it is gone, or a zombie. */
static bool
tree_look(pid_t pid, struct process *out)
{
	char text[STAT_MAX];
	const char *at;
	char state;
	int parent;

	if (tree_read(pid, "stat", text, sizeof(text)) == 0 || (at = strrchr(text, ')')) == NULL)
		return false;
	*out = (struct process){.pid = pid};
	if (sscanf(at + 1,
		" %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		&state, &parent, &out->start) != 3)
		return false;
	out->parent = parent;
	return state != 'Z' && state != 'X';
}

static struct process *
tree_all(size_t *count)
{
	size_t room = 0, n = 0;
	struct process *all = NULL;
	const struct dirent *entry;
	DIR *proc = opendir("/proc");

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		struct process p;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !tree_look((pid_t)atoi(entry->d_name), &p))
			continue;
		if (n == room) {
			struct process *more = reallocarray(all, room + 512, sizeof(*more));

			if (more == NULL)
				break;
			all = more;
			room += 512;
		}
		all[n++] = p;
	}
	if (proc != NULL)
		closedir(proc);
	*count = n;
	return all;
}

/* ---- below us ---------------------------------------------------------------------------- */

static bool
tree_has_parent(const struct process *all, size_t count, pid_t parent)
{
	if (parent == getpid())
		return true;
	for (size_t i = 0; i < count; i++) {
		if (all[i].pid == parent)
			return all[i].below;
	}
	return false;
}

static void
tree_mark(struct process *all, size_t count)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < count; i++) {
			if (!all[i].below && tree_has_parent(all, count, all[i].parent))
				more = all[i].below = true;
		}
	}
}

/* sudo's monitor: forked and never changed since. It ends when the command does, and says how. */
static bool
tree_is_monitor(const struct process *p)
{
	static char own[COMMAND_LINE_MAX], theirs[COMMAND_LINE_MAX];
	char path[64], own_file[PATH_MAX], file[PATH_MAX];
	ssize_t n, m;
	size_t len;

	if (p->parent != getpid())
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)p->pid);
	n = readlink("/proc/self/exe", own_file, sizeof(own_file));
	m = readlink(path, file, sizeof(file));
	if (n <= 0 || n != m || memcmp(own_file, file, (size_t)n) != 0)
		return false;
	len = tree_read(getpid(), "cmdline", own, sizeof(own));
	return len == tree_read(p->pid, "cmdline", theirs, sizeof(theirs)) &&
	       memcmp(own, theirs, len) == 0;
}

static void
tree_remember(const struct process *p)
{
	for (size_t i = 0; i < known_count; i++) {
		if (known[i].pid == p->pid && known[i].start == p->start)
			return;
	}
	if (known_count < KNOWN_MAX)
		known[known_count++] = *p;
}

/* ---- signals ----------------------------------------------------------------------------- */

static bool
tree_send(const struct process *p, int signal_number)
{
	struct process now;
	int pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	bool alive = pidfd >= 0 && tree_look(p->pid, &now) && now.start == p->start;

	if (alive && signal_number != 0)
		alive = syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) == 0;
	if (pidfd >= 0)
		close(pidfd);
	return alive;
}

size_t
tree_signal_known(int signal_number)
{
	size_t alive = 0;

	for (size_t i = 0; i < known_count; i++)
		alive += tree_send(&known[i], signal_number);
	return alive;
}

size_t
tree_signal(int signal_number)
{
	size_t count = 0;
	struct process *all = tree_all(&count);

	tree_mark(all, count);
	for (size_t i = 0; i < count; i++) {
		if (all[i].below && !tree_is_monitor(&all[i]))
			tree_remember(&all[i]);
	}
	free(all);
	return tree_signal_known(signal_number);
}
