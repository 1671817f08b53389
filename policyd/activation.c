#include "activation.h"

#include "error.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_FD = 3, HANDED_MAX = 16 };

static const struct {
	const char *name;
	int type;
} expected[ACTIVATION_SOCKETS] = {
    [ACTIVATION_PAM] = {"pam", SOCK_STREAM},
    [ACTIVATION_USER] = {"user", SOCK_STREAM},
    [ACTIVATION_WARDEN] = {"warden", SOCK_SEQPACKET},
    [ACTIVATION_COURIER] = {"courier", SOCK_SEQPACKET},
};

/* A whole number from the environment; -1 for everything else. */
static long
number_of(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	return *end != '\0' || errno != 0 ? -1 : n;
}

static int
option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

static bool
is_what(int fd, int type)
{
	return option_of(fd, SO_DOMAIN) == AF_UNIX && option_of(fd, SO_TYPE) == type &&
	       option_of(fd, SO_ACCEPTCONN) == 1;
}

/* The socket with this name, which ends at a colon or with the list. */
static int
take_one(struct activation *a, int fd, const char *name, size_t len)
{
	for (int i = 0; i < ACTIVATION_SOCKETS; i++) {
		if (strlen(expected[i].name) != len ||
		    strncmp(expected[i].name, name, len) != 0)
			continue;
		if (a->fd[i] >= 0 || !is_what(fd, expected[i].type))
			break;
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
			return SKS_IO;
		a->fd[i] = fd;
		return SKS_OK;
	}
	log_error(
	    "the service manager hands over a socket \"%.*s\" that is none of ours, or not "
	    "as it must be: look at the files sekisho-*.socket",
	    (int)(len > 64 ? 64 : len), name);
	return SKS_INVALID;
}

int
activation_take(struct activation *a)
{
	const char *name = getenv("LISTEN_FDNAMES");
	long count = number_of("LISTEN_FDS");
	int r = SKS_OK;

	for (int i = 0; i < ACTIVATION_SOCKETS; i++)
		a->fd[i] = -1;
	a->helpers = false;
	if (count <= 0 || number_of("LISTEN_PID") != (long)getpid())
		return SKS_OK;
	for (int i = 0; i < count && r == SKS_OK; i++) {
		size_t len = name != NULL ? strcspn(name, ":") : 0;

		r = i < HANDED_MAX ? take_one(a, FIRST_FD + i, name != NULL ? name : "", len)
				   : SKS_INVALID;
		name = name != NULL && name[len] == ':' ? name + len + 1 : NULL;
	}
	a->helpers = a->fd[ACTIVATION_WARDEN] >= 0 && a->fd[ACTIVATION_COURIER] >= 0;
	(void)unsetenv("LISTEN_FDNAMES");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_PID");
	return r;
}

void
activation_hang_up(const struct activation *a)
{
	const enum activation_socket asked[] = {ACTIVATION_PAM, ACTIVATION_USER};
	int fd;

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		while (a->fd[asked[i]] >= 0 &&
		       (fd = accept4(a->fd[asked[i]], NULL, NULL, SOCK_CLOEXEC)) >= 0)
			(void)close(fd);
}
