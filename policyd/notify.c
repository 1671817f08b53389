/* One datagram a message, to the service manager; a full queue there loses it. */
#include "activation.h"
#include "log.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
	int fd;
	int64_t every_ms; /* 0: nobody watches */
	int64_t next_ms;
} notify = {.fd = -1};

static void
read_watchdog(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (interval != NULL && (pid == NULL || strtol(pid, NULL, 10) == (long)getpid()))
		notify.every_ms = strtoll(interval, NULL, 10) / 3000;
	if (notify.every_ms < 0)
		notify.every_ms = 0;
}

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = path != NULL ? strlen(path) : 0;

	read_watchdog();
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	/* "@": a name of no file, which begins with a NUL */
	if (len < 2 || len >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, len);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify.fd >= 0 &&
	    connect(notify.fd, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) != 0) {
		log_warn("the service manager cannot be told how we are: %s: %s", path,
		    strerror(errno));
		(void)close(notify.fd);
		notify.fd = -1;
	}
	(void)unsetenv("NOTIFY_SOCKET");
}

void
notify_send(const char *state)
{
	if (notify.fd >= 0)
		(void)send(notify.fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
notify_alive(int64_t now_ms)
{
	if (notify.every_ms == 0 || now_ms < notify.next_ms)
		return;
	notify.next_ms = now_ms + notify.every_ms;
	notify_send("WATCHDOG=1");
}
