#include "policy/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

enum { PORT_DIGITS_MAX = 5, HOST_SIZE = INET6_ADDRSTRLEN };

static bool
target_set_path(struct target *out, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (path[0] != '/' || len >= sizeof(a.sun_path))
		return false;
	memcpy(a.sun_path, path, len + 1);
	memcpy(&out->address, &a, sizeof(a));
	out->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return true;
}

static bool
target_read_port(const char *text, uint16_t *port)
{
	uint32_t n = 0;
	size_t len = strlen(text);

	if (len == 0 || len > PORT_DIGITS_MAX || text[0] == '0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint32_t)(*text - '0');
	}
	*port = (uint16_t)n;
	return n <= UINT16_MAX;
}

/* "192.0.2.1:514" or "[2001:db8::1]:514" */
static bool
target_set_address(struct target *out, const char *text)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	const char *colon = strrchr(text, ':');
	bool bracketed = text[0] == '[';
	char host[HOST_SIZE];
	uint16_t port;
	size_t len;

	if (colon == NULL || !target_read_port(colon + 1, &port))
		return false;
	len = (size_t)(colon - text);
	if (bracketed) {
		if (len < 2 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	six.sin6_port = four.sin_port = htons(port);
	if (bracketed && inet_pton(AF_INET6, host, &six.sin6_addr) == 1) {
		memcpy(&out->address, &six, sizeof(six));
		out->address_len = sizeof(six);
		return true;
	}
	if (!bracketed && inet_pton(AF_INET, host, &four.sin_addr) == 1) {
		memcpy(&out->address, &four, sizeof(four));
		out->address_len = sizeof(four);
		return true;
	}
	return false;
}

bool
target_parse(const char *text, struct target *out)
{
	memset(out, 0, sizeof(*out));
	if (strlen(text) > TARGET_TEXT_MAX)
		return false;
	if (strcmp(text, TARGET_JOURNAL_NAME) == 0) {
		out->kind = TARGET_JOURNAL;
		return target_set_path(out, TARGET_JOURNAL_SOCKET);
	}
	if (strncmp(text, "unix:", 5) == 0) {
		out->kind = TARGET_UNIX;
		return target_set_path(out, text + 5);
	}
	if (strncmp(text, "udp:", 4) == 0 || strncmp(text, "tcp:", 4) == 0) {
		out->kind = text[0] == 'u' ? TARGET_UDP : TARGET_TCP;
		return target_set_address(out, text + 4);
	}
	return false;
}

bool
target_leaves_host(const struct target *t)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&t->address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&t->address;

	if (t->address.ss_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
	if (t->address.ss_family != AF_INET6 || IN6_IS_ADDR_LOOPBACK(&six->sin6_addr))
		return false;
	return !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) ||
	       six->sin6_addr.s6_addr[12] != IN_LOOPBACKNET;
}
