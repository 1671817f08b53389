/*
 * Finds what commands of a role left behind in a login when the role was over, and ends it where
 * the role says so. It is found by the audit session, which nothing but root sheds.
 */
#include "left.h"

#include "clock.h"
#include "error.h"
#include "peer.h"
#include "text.h"
#include "warden.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LEFT_TERM_MS = 2000, LEFT_KILL_MS = 1000, LEFT_LOOK_MS = 20, LEFT_NAMED_MAX = 16 };

/* ---- what there is ----------------------------------------------------------------------- */

static bool
left_read(pid_t pid, const char *name, char *out, size_t size)
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

/* Name, state, parent and start; the name may hold anything, brackets and blanks too. */
static bool
left_parse(const char *text, struct left_process *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long start;
	size_t len;
	char state;
	int parent;

	if (open == NULL || close == NULL || close < open ||
	    sscanf(close + 1,
		" %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		&state, &parent, &start) != 3)
		return false;
	len = (size_t)(close - open - 1);
	if (len >= sizeof(p->name))
		len = sizeof(p->name) - 1;
	memcpy(p->name, open + 1, len);
	p->name[len] = '\0';
	p->parent = parent;
	p->start = start;
	return state != 'Z' && state != 'X';
}

static bool
left_look(pid_t pid, struct left_process *p)
{
	char text[2048];
	const char *line;

	*p = (struct left_process){.pid = pid, .pidfd = -1};
	if (!left_read(pid, "sessionid", text, sizeof(text)))
		return false;
	p->audit_session = (uint32_t)strtoul(text, NULL, 10);
	if (!left_read(pid, "status", text, sizeof(text)) ||
	    (line = strstr(text, "\nUid:")) == NULL ||
	    sscanf(line + 5, "%u %u %u", &p->uid[0], &p->uid[1], &p->uid[2]) != 3)
		return false;
	return left_read(pid, "stat", text, sizeof(text)) && left_parse(text, p);
}

static size_t
left_all(struct left_process *p, size_t max)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && n < max && (entry = readdir(dir)) != NULL) {
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    left_look((pid_t)strtol(entry->d_name, NULL, 10), &p[n]))
			n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

/* ---- whose it is ------------------------------------------------------------------------- */

void
left_spare(struct left_order *o, const char *text)
{
	while (*text >= '0' && *text <= '9' && o->spared_count < LEFT_SPARED) {
		char *end;

		o->spared[o->spared_count++] = (pid_t)strtol(text, &end, 10);
		text = *end == ' ' ? end + 1 : end;
	}
}

static bool
left_is_spared(const struct left_order *o, pid_t pid)
{
	for (size_t i = 0; i < o->spared_count; i++) {
		if (o->spared[i] == pid)
			return true;
	}
	return false;
}

static const struct left_process *
left_find(const struct left_process *all, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++) {
		if (all[i].pid == pid)
			return &all[i];
	}
	return NULL;
}

bool
left_judge(const struct left_order *o, const struct left_process *all, size_t count,
    const struct left_process *p)
{
	if (p->pid <= 1 || p->audit_session != o->audit_session || p->start < o->since ||
	    (p->uid[0] != o->run_as && p->uid[1] != o->run_as && p->uid[2] != o->run_as))
		return false;
	for (size_t i = 0; i < LEFT_DEPTH && p != NULL; i++) {
		if (left_is_spared(o, p->pid))
			return false;
		p = p->parent > 1 ? left_find(all, count, p->parent) : NULL;
	}
	return true;
}

/* ---- ending ------------------------------------------------------------------------------ */

static size_t
left_hold_all(const struct left_order *o, struct left_process *p, size_t count)
{
	size_t held = 0;

	for (size_t i = 0; i < count; i++) {
		if (!left_judge(o, p, count, &p[i]))
			continue;
		p[i].pidfd = (int)syscall(SYS_pidfd_open, p[i].pid, 0);
		if (p[i].pidfd >= 0 && !peer_is_alive((uint32_t)p[i].pid, p[i].start)) {
			(void)close(p[i].pidfd);
			p[i].pidfd = -1;
		}
		held += p[i].pidfd >= 0;
	}
	return held;
}

static void
left_signal_all(const struct left_process *p, size_t count, int number)
{
	for (size_t i = 0; i < count; i++) {
		if (p[i].pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, p[i].pidfd, number, NULL, 0);
	}
}

static size_t
left_wait(const struct left_process *p, size_t count, int64_t within_ms)
{
	int64_t until = clock_monotonic_ms() + within_ms;
	size_t left;

	do {
		left = 0;
		for (size_t i = 0; i < count; i++) {
			struct pollfd f = {.fd = p[i].pidfd, .events = POLLIN};

			left += p[i].pidfd >= 0 && poll(&f, 1, 0) == 0;
		}
		if (left > 0)
			(void)poll(NULL, 0, LEFT_LOOK_MS);
	} while (left > 0 && clock_monotonic_ms() < until);
	return left;
}

static size_t
left_end_all(const struct left_order *o, struct left_process *p, size_t count)
{
	size_t held = left_hold_all(o, p, count), left;

	left_signal_all(p, count, SIGTERM);
	left_signal_all(p, count, SIGCONT); /* a stopped one would never see it */
	left = left_wait(p, count, LEFT_TERM_MS);
	if (left > 0) {
		left_signal_all(p, count, SIGKILL);
		left = left_wait(p, count, LEFT_KILL_MS);
	}
	for (size_t i = 0; i < count; i++) {
		if (p[i].pidfd >= 0)
			(void)close(p[i].pidfd);
	}
	return held - left;
}

/* ---- the answer -------------------------------------------------------------------------- */

static void
left_name_all(const struct left_order *o, const struct left_process *p, size_t count, char *out,
    size_t size)
{
	size_t said = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && said < LEFT_NAMED_MAX; i++) {
		size_t used = strlen(out);
		char name[64];

		if (!left_judge(o, p, count, &p[i]))
			continue;
		(void)text_clean(name, sizeof(name), p[i].name);
		(void)snprintf(out + used, size - used, "%s%d %s", said > 0 ? ", " : "",
		    (int)p[i].pid, name);
		said++;
	}
}

void
left_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct left_process p[LEFT_PROCESSES];
	static struct left_order o;
	size_t count;

	o = (struct left_order){.audit_session = (uint32_t)call->number,
	    .run_as = (uint32_t)(call->number >> 32),
	    .since = call->pid_start};
	/* no login is everybody else's, and from the first tick on is everything */
	if (o.audit_session == UINT32_MAX || o.since == 0) {
		answer->status = SKS_DENIED;
		return;
	}
	left_spare(&o, call->text);
	count = left_all(p, LEFT_PROCESSES);
	if (call->limit != 0) {
		answer->number = left_end_all(&o, p, count);
		count = left_all(p, LEFT_PROCESSES);
	}
	left_name_all(&o, p, count, answer->text, sizeof(answer->text));
	answer->status = SKS_OK;
}
