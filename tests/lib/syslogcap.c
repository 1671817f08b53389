/*
 * syslogcap SOCKET FILE: the sandbox's syslog. Binds the datagram socket and appends each
 * datagram to the file as exactly one line, so that tests can count and grep messages: control
 * bytes inside a message are written as #ooo, as rsyslog does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_MAX (64 * 1024)

static int
capture_bind(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = -1;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path));
	(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* Anyone may log, as on a real host. */
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || chmod(path, 0666) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* One message as one line; out has room for four bytes per byte and the newline. */
static size_t
capture_line(const unsigned char *message, size_t len, char *out)
{
	size_t n = 0;

	while (len > 0 && (message[len - 1] == '\0' || message[len - 1] == '\n'))
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = message[i];

		if (c >= 0x20 && c != 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '#';
		out[n++] = (char)('0' + (c >> 6));
		out[n++] = (char)('0' + ((c >> 3) & 7));
		out[n++] = (char)('0' + (c & 7));
	}
	out[n++] = '\n';
	return n;
}

int
main(int argc, char **argv)
{
	static unsigned char message[MESSAGE_MAX];
	static char line[4 * MESSAGE_MAX + 1];
	int in, out;

	if (argc != 3) {
		fputs("usage: syslogcap SOCKET FILE\n", stderr);
		return 2;
	}
	out = open(argv[2], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	in = out < 0 ? -1 : capture_bind(argv[1]);
	if (in < 0) {
		fprintf(stderr, "syslogcap: %s: %s\n", argv[out < 0 ? 2 : 1], strerror(errno));
		return 1;
	}
	for (;;) {
		ssize_t got = recv(in, message, sizeof(message), 0);

		if (got < 0 && errno != EINTR)
			return 1;
		/* Written with one call: a reader never sees half a line. */
		if (got >= 0 && write(out, line, capture_line(message, (size_t)got, line)) < 0)
			return 1;
	}
}
