/*
 * sockwait SECONDS TARGET...: waits until every target accepts a connection. A target is the
 * path of a Unix socket (stream or datagram) or ADDRESS:PORT on IPv4. Status 0 when all answer,
 * 1 when the time is over (the silent one is named on stderr).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static bool
answers(int family, int type, const struct sockaddr *addr, socklen_t len)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = connect(fd, addr, len) == 0;
	(void)close(fd);
	return yes;
}

static bool
answers_unix(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const struct sockaddr *any = (const struct sockaddr *)&addr;

	if (strlen(path) >= sizeof(addr.sun_path))
		return false;
	memcpy(addr.sun_path, path, strlen(path));
	return answers(AF_UNIX, SOCK_STREAM, any, sizeof(addr)) ||
	       answers(AF_UNIX, SOCK_DGRAM, any, sizeof(addr));
}

static bool
answers_inet(const char *target)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const char *colon = strrchr(target, ':');
	char host[INET_ADDRSTRLEN] = "";
	long port;

	if (colon == NULL || (size_t)(colon - target) >= sizeof(host))
		return false;
	memcpy(host, target, (size_t)(colon - target));
	port = strtol(colon + 1, NULL, 10);
	if (port < 1 || port > 65535 || inet_pton(AF_INET, host, &addr.sin_addr) != 1)
		return false;
	addr.sin_port = htons((uint16_t)port);
	return answers(AF_INET, SOCK_STREAM, (const struct sockaddr *)&addr, sizeof(addr));
}

int
main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	struct timespec now;
	time_t end;

	if (argc < 3) {
		fputs("usage: sockwait SECONDS PATH|ADDRESS:PORT...\n", stderr);
		return 2;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + strtol(argv[1], NULL, 10);
	for (int i = 2; i < argc; i++) {
		while (!(argv[i][0] == '/' ? answers_unix(argv[i]) : answers_inet(argv[i]))) {
			(void)clock_gettime(CLOCK_MONOTONIC, &now);
			if (now.tv_sec >= end) {
				fprintf(stderr, "sockwait: %s does not answer\n", argv[i]);
				return 1;
			}
			(void)nanosleep(&pause, NULL);
		}
	}
	return 0;
}
