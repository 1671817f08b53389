#include "dial.h"

#include "clock.h"
#include "error.h"
#include "safeopen.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Milliseconds left, never negative. */
static int
dial_left_ms(const struct dial *d)
{
	int64_t left = d->deadline_ms - clock_monotonic_ms();

	if (left <= 0)
		return 0;
	return left > 1000000 ? 1000000 : (int)left;
}

/* One deadline for all: a server that drips a byte now and then gains nothing. */
int
dial_wait(const struct dial *d, short events)
{
	struct pollfd p = {.fd = d->fd, .events = events};

	for (;;) {
		int left = dial_left_ms(d);
		int n;

		if (left == 0)
			return SKS_TIMEOUT;
		n = poll(&p, 1, left);
		if (n > 0)
			return SKS_OK;
		if (n < 0 && errno != EINTR)
			return SKS_IO;
	}
}

/* Who may serve: root, and whoever owns the socket's directory, who could put another there. */
struct trust {
	uid_t socket, directory;
};

static int
dial_look(const char *path, struct trust *trust)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');
	struct stat st, above;
	size_t len;

	if (path[0] != '/' || slash == NULL || slash == path)
		return SKS_UNTRUSTED;
	len = (size_t)(slash - path);
	if (len >= sizeof(dir))
		return SKS_TOO_BIG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	/* not through a link: its target may be anybody's */
	if (lstat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? SKS_UNREACHABLE : SKS_IO;
	if (!S_ISSOCK(st.st_mode))
		return SKS_UNTRUSTED;
	if (stat(dir, &above) != 0)
		return SKS_IO;
	trust->socket = st.st_uid;
	trust->directory = above.st_uid;
	if (st.st_uid != 0 && st.st_uid != above.st_uid)
		return SKS_UNTRUSTED;
	if (safeopen_path_is_secure(path, above.st_uid, NULL, 0) != SKS_OK)
		return SKS_UNTRUSTED;
	return SKS_OK;
}

/*
 * Blocking, with a send timeout: a full backlog then waits in the kernel. A non-blocking
 * connect would say EAGAIN at once, and could only be tried again and again.
 */
static int
dial_connect(struct dial *d, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return SKS_TOO_BIG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	for (;;) {
		int left = dial_left_ms(d);
		struct timeval tv = {
		    .tv_sec = left / 1000, .tv_usec = (suseconds_t)(left % 1000) * 1000};

		if (left == 0)
			return SKS_TIMEOUT;
		if (setsockopt(d->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) != 0)
			return SKS_IO;
		if (connect(d->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return SKS_OK;
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
			return SKS_TIMEOUT;
		case ENOENT:
		case ENOTDIR:
		case ECONNREFUSED:
			return SKS_UNREACHABLE;
		case EPROTOTYPE:
			return SKS_UNTRUSTED;
		default:
			return SKS_IO;
		}
	}
}

static int
dial_check_server(const struct dial *d, const struct trust *trust)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(d->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof(peer))
		return SKS_UNTRUSTED;
	if (peer.uid == 0 || peer.uid == trust->socket || peer.uid == trust->directory)
		return SKS_OK;
	return SKS_UNTRUSTED;
}

/*
 * Connects first: the server wakes, and finds out who asks, while we look whether it may be
 * trusted. What is wrong with the path counts more than that nobody answers there.
 */
int
dial_server(struct dial *d, const char *path)
{
	struct trust trust;
	int r, connected;

	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return SKS_IO;
	connected = dial_connect(d, path);
	r = dial_look(path, &trust);
	if (r == SKS_OK)
		r = connected;
	return r == SKS_OK ? dial_check_server(d, &trust) : r;
}

int
dial_send(const struct dial *d, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(d->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		/* hung up on us: it was there, so this is no absence */
		if (n == 0 || errno != EAGAIN)
			return SKS_PROTOCOL;
		r = dial_wait(d, POLLOUT);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

int
dial_receive(const struct dial *d, uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(d->fd, data, len, MSG_DONTWAIT);
		int r;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN)
			return SKS_PROTOCOL; /* the end before the end */
		r = dial_wait(d, POLLIN);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}
