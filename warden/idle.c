/*
 * When was something last typed into a login session, and on which terminal? And a line for
 * whoever sits there. The kernel keeps the time of the last read with the terminal; which
 * terminals a session has its processes tell.
 */
#include "error.h"
#include "process.h"
#include "warden.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { IDLE_SESSIONS = 64, PTS_MAJOR = 136, PTS_MAJORS = 8, TTY_MAJOR = 4, MINORS = 256 };

struct idle_session {
	uint32_t id; /* audit session */
	int64_t read_s;
	char tty[24]; /* below /dev; "" none was found */
};

static bool
idle_tty_name(unsigned int device, char *out, size_t size)
{
	unsigned int major_number = major(device), minor_number = minor(device);

	if (major_number >= PTS_MAJOR && major_number < PTS_MAJOR + PTS_MAJORS)
		(void)snprintf(
		    out, size, "pts/%u", (major_number - PTS_MAJOR) * MINORS + minor_number);
	else if (major_number == TTY_MAJOR && minor_number > 0 && minor_number < 64)
		(void)snprintf(out, size, "tty%u", minor_number);
	else if (major_number == TTY_MAJOR)
		(void)snprintf(out, size, "ttyS%u", minor_number - 64);
	else
		return false;
	return true;
}

static void
idle_look(struct idle_session *s, unsigned int device)
{
	char tty[sizeof(s->tty)], path[40];
	struct stat st;

	if (!idle_tty_name(device, tty, sizeof(tty)))
		return;
	(void)snprintf(path, sizeof(path), "/dev/%s", tty);
	if (stat(path, &st) != 0 || !S_ISCHR(st.st_mode) || st.st_rdev != device)
		return;
	if (s->tty[0] != '\0' && st.st_atime <= s->read_s)
		return;
	s->read_s = st.st_atime;
	memcpy(s->tty, tty, sizeof(tty));
}

static void
idle_process(struct idle_session *s, size_t count, pid_t pid)
{
	char text[1024];
	const char *close_bracket;
	unsigned int device = 0;
	unsigned long id;

	if (!process_file(pid, "sessionid", text, sizeof(text)))
		return;
	id = strtoul(text, NULL, 10);
	for (size_t i = 0; i < count; i++) {
		if (s[i].id != id)
			continue;
		if (process_file(pid, "stat", text, sizeof(text)) &&
		    (close_bracket = strrchr(text, ')')) != NULL &&
		    sscanf(close_bracket + 1, " %*c %*d %*d %*d %u", &device) == 1 &&
		    device != 0)
			idle_look(&s[i], device);
		return;
	}
}

static size_t
idle_sessions(const char *text, struct idle_session *s)
{
	size_t n = 0;
	char *end;

	while (n < IDLE_SESSIONS && isdigit((unsigned char)*text)) {
		s[n++] = (struct idle_session){.id = (uint32_t)strtoul(text, &end, 10)};
		text = *end == ',' ? end + 1 : end;
	}
	return n;
}

void
idle_run(const struct warden_call *call, struct warden_answer *answer)
{
	struct idle_session s[IDLE_SESSIONS];
	size_t n = idle_sessions(call->text, s), used = 0;
	const struct dirent *entry;
	DIR *dir = opendir("/proc");

	if (dir == NULL) {
		answer->status = SKS_IO;
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			idle_process(s, n, (pid_t)strtol(entry->d_name, NULL, 10));
	(void)closedir(dir);
	for (size_t i = 0; i < n; i++)
		if (s[i].tty[0] != '\0')
			used +=
			    (size_t)snprintf(answer->text + used, sizeof(answer->text) - used,
				"%u %lld %s\n", s[i].id, (long long)s[i].read_s, s[i].tty);
	answer->status = SKS_OK;
}

void
tell_run(const struct warden_call *call, struct warden_answer *answer)
{
	char path[64], line[1024];
	int fd, n;

	answer->status = SKS_INVALID;
	if (strncmp(call->name, "pts/", 4) != 0 && strncmp(call->name, "tty", 3) != 0)
		return;
	if (strstr(call->name, "..") != NULL ||
	    snprintf(path, sizeof(path), "/dev/%s", call->name) >= (int)sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		answer->status = SKS_NOT_FOUND;
		return;
	}
	n = snprintf(line, sizeof(line), "\r\n%s\r\n", call->text);
	answer->status =
	    isatty(fd) == 1 && n > 0 && write(fd, line, strlen(line)) > 0 ? SKS_OK : SKS_IO;
	(void)close(fd);
}
