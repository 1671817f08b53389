/*
 * Helpers that the service manager starts: the daemon is not root and could not.
 *
 * They come to the daemon, not the daemon to them. A socket on which a helper of root's waited
 * for its daemon could be asked by whatever runs as the daemon's user, the worker included,
 * which must never see a key; so the manager makes the socket, root's alone, the daemon holds
 * its listening end, and nothing can be asked but by who holds that. The first message belongs
 * to the connection, not to the protocol: one byte, and with it the socket between the helpers.
 */
#include "clock.h"
#include "error.h"
#include "helper.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char greeting = 's';

union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* ---- the daemon's end -------------------------------------------------------------------- */

static int
attach_greet(int fd, int shared)
{
	union control control = {0};
	char byte = greeting;
	struct iovec text = {.iov_base = &byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (shared >= 0) {
		m.msg_control = control.space;
		m.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &shared, sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) == 1 ? SKS_OK : SKS_UNREACHABLE;
}

/* One who has gone meanwhile left the connection behind: the next one is looked at. */
static bool
attach_has_gone(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) != 0;
}

int
helper_accept(int listener, int shared, int64_t deadline_ms, int *out)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof(peer);
	struct pollfd p = {.fd = listener, .events = POLLIN};
	int64_t left;
	int fd;

	while ((left = deadline_ms - clock_monotonic_ms()) > 0) {
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return SKS_IO;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return SKS_IO;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
		    peer.uid == 0 && !attach_has_gone(fd) &&
		    attach_greet(fd, shared) == SKS_OK) {
			*out = fd;
			return SKS_OK;
		}
		(void)close(fd);
	}
	return SKS_TIMEOUT;
}

/* ---- the helper's end -------------------------------------------------------------------- */

static int
attach_connect(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd;

	if (path[0] != '/' || len >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* *shared is -1 when none came. */
static int
attach_receive(int fd, int *shared)
{
	union control control = {0};
	char byte = 0;
	struct iovec text = {.iov_base = &byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &text,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c;
	ssize_t n;

	*shared = -1;
	do {
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return SKS_NOT_FOUND;
	if (n < 0)
		return SKS_IO;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(shared, CMSG_DATA(c), sizeof(int));
	return byte == greeting ? SKS_OK : SKS_PROTOCOL;
}

/* Where the rest of the program looks for it; "fd" is used up. */
static int
attach_put(int fd, int at)
{
	int r;

	if (fd == at)
		return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? SKS_OK : SKS_IO;
	r = dup3(fd, at, O_CLOEXEC) == at ? SKS_OK : SKS_IO;
	(void)close(fd);
	return r;
}

/* Above both numbers: neither may be overwritten before it was moved. */
static int
attach_lift(int fd)
{
	int lifted = fcntl(fd, F_DUPFD_CLOEXEC, HELPER_SHARED_FD + 1);

	(void)close(fd);
	return lifted;
}

int
helper_attach(const char *path)
{
	int fd = attach_connect(path), shared = -1, r;

	if (fd < 0)
		return SKS_UNREACHABLE;
	r = attach_receive(fd, &shared);
	fd = attach_lift(fd);
	if (shared >= 0)
		shared = attach_lift(shared);
	if (r == SKS_OK)
		r = fd >= 0 ? attach_put(fd, HELPER_FD) : SKS_IO;
	else if (fd >= 0)
		(void)close(fd);
	if (shared >= 0 && r == SKS_OK)
		r = attach_put(shared, HELPER_SHARED_FD);
	return r;
}
