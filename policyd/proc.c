#include "proc.h"

#include "error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PROC_TEXT = 4096,
	STAT_STATE = 2, /* counted from 0; the fields after the name */
	STAT_PARENT = 3,
	STAT_TERMINAL = 6,
	STAT_START = 21,
};

int
proc_open(uint32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u", (unsigned int)pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Files of /proc/PID are made when read: one read gives a consistent text. */
static int
proc_read(struct proc_place at, const char *name, char text[PROC_TEXT])
{
	char path[48];
	ssize_t n;
	int fd;

	if (at.dir == AT_FDCWD) {
		snprintf(path, sizeof(path), "/proc/%u/%s", (unsigned int)at.pid, name);
		name = path;
	}
	fd = openat(at.dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? SKS_NOT_FOUND : SKS_IO;
	do {
		n = read(fd, text, PROC_TEXT - 1);
	} while (n < 0 && errno == EINTR);
	close(fd);
	if (n <= 0)
		return SKS_IO;
	text[n] = '\0';
	return SKS_OK;
}

/* A decimal number up to one of the characters in "end". */
static int
proc_number(const char *text, const char *end, uint64_t max, uint64_t *out)
{
	char *after;

	if (*text < '0' || *text > '9')
		return SKS_INVALID;
	errno = 0;
	*out = strtoull(text, &after, 10);
	if (errno != 0 || *out > max || (*after != '\0' && strchr(end, *after) == NULL))
		return SKS_INVALID;
	return SKS_OK;
}

/* The name in parentheses is the process's own choice, ") Z 1 (" included: count from the last.
 */
static int
proc_parse_stat(const char *text, struct proc *out)
{
	const char *at = strrchr(text, ')');
	uint64_t parent = 0;

	if (at == NULL || at[1] != ' ' || at[2] == '\0')
		return SKS_INVALID;
	at += 2;
	out->state = *at;
	out->terminal = false;
	for (int field = STAT_STATE; field < STAT_START; field++) {
		if (field == STAT_PARENT && proc_number(at, " ", UINT32_MAX, &parent) != 0)
			return SKS_INVALID;
		if (field == STAT_TERMINAL)
			out->terminal = strncmp(at, "0 ", 2) != 0;
		at = strchr(at, ' ');
		if (at == NULL)
			return SKS_INVALID;
		at++;
	}
	out->parent = (uint32_t)parent;
	return proc_number(at, " \n", UINT64_MAX, &out->start);
}

int
proc_read_stat(struct proc_place at, struct proc *out)
{
	char text[PROC_TEXT];
	int r = proc_read(at, "stat", text);

	return r == SKS_OK ? proc_parse_stat(text, out) : r;
}

bool
proc_runs(const struct proc *p)
{
	return p->state != 'Z' && p->state != 'X' && p->state != 'x';
}

int
proc_read_real_uid(struct proc_place place, uint32_t *uid)
{
	static const char key[] = "\nUid:\t";
	char text[PROC_TEXT];
	const char *at;
	uint64_t value;
	int r = proc_read(place, "status", text);

	if (r != SKS_OK)
		return r;
	at = strstr(text, key); /* the name, in the first line, has its newlines escaped */
	if (at == NULL || proc_number(at + strlen(key), "\t", UINT32_MAX, &value) != 0)
		return SKS_INVALID;
	*uid = (uint32_t)value;
	return SKS_OK;
}

/* loginuid and sessionid: kernels without audit have neither. */
static int
proc_read_audit(struct proc_place at, const char *name, uint32_t *out)
{
	char text[PROC_TEXT];
	uint64_t value;
	int r = proc_read(at, name, text);

	*out = UINT32_MAX;
	if (r == SKS_NOT_FOUND)
		return SKS_OK;
	if (r == SKS_OK)
		r = proc_number(text, "\n", UINT32_MAX, &value);
	if (r == SKS_OK)
		*out = (uint32_t)value;
	return r;
}

/* The kernel gives both numbers together: without the one there is no other. */
int
proc_read_login(struct proc_place at, uint32_t *login_uid, uint32_t *audit_session)
{
	int r = proc_read_audit(at, "loginuid", login_uid);

	*audit_session = UINT32_MAX;
	if (r == SKS_OK && *login_uid != UINT32_MAX)
		r = proc_read_audit(at, "sessionid", audit_session);
	return r;
}

bool
proc_find(uint32_t pid, uint64_t pid_start, struct proc *out)
{
	return pid != 0 && proc_read_stat((struct proc_place){AT_FDCWD, pid}, out) == SKS_OK &&
	       out->start == pid_start && proc_runs(out);
}
