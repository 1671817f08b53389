#include "sockdiag.h"

#include "error.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h> /* the kernel's own: libc's ends before the counters */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	TEXT_MAX = 128,
	OWN_MAX = 1024, /* descriptors that are looked at */
	STATE_LISTEN = 10,
	/* established, and what follows until nothing is left to be counted */
	STATES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11,
	ANSWER_WAIT_S = 2, /* the kernel answers while it is asked: this is for one that does not */
};

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

/* ---- what was asked for ------------------------------------------------------------------ */

static bool
read_port(const char *text, uint16_t *port)
{
	unsigned long value = 0;

	if (*text == '\0' || strlen(text) > 5)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned long)(*text - '0');
	}
	*port = htons((uint16_t)value);
	return value > 0 && value <= UINT16_MAX;
}

/* An address goes where one of its family does; "%eth0" says where a link-local one is. */
static bool
read_address(char *text, int family, uint32_t out[4], uint32_t *interface)
{
	char *scope = strchr(text, '%');

	if (scope != NULL) {
		*scope = '\0';
		*interface = if_nametoindex(scope + 1);
	}
	return inet_pton(family, text, out) == 1;
}

static bool
read_connection(const char *text, struct inet_diag_req_v2 *out)
{
	char copy[TEXT_MAX], *part[4], *rest = copy;
	uint32_t interface = 0;
	size_t n = 0;

	if (strlen(text) >= sizeof(copy))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	while (n < 4 && (part[n] = strsep(&rest, " ")) != NULL)
		n++;
	if (n != 4 || rest != NULL)
		return false;
	out->sdiag_family = strchr(part[0], ':') != NULL ? AF_INET6 : AF_INET;
	if (!read_address(part[0], out->sdiag_family, out->id.idiag_dst, &interface) ||
	    !read_port(part[1], &out->id.idiag_dport) ||
	    !read_address(part[2], out->sdiag_family, out->id.idiag_src, &interface) ||
	    !read_port(part[3], &out->id.idiag_sport))
		return false;
	out->id.idiag_if = interface;
	return true;
}

uint16_t
sockdiag_port(const char *connection)
{
	struct inet_diag_req_v2 r = {0};

	return read_connection(connection, &r) ? ntohs(r.id.idiag_sport) : 0;
}

/* ---- the answer -------------------------------------------------------------------------- */

static int
error_of(const uint8_t *body, size_t len)
{
	struct nlmsgerr e;

	if (len < sizeof(e))
		return SKS_INVALID;
	memcpy(&e, body, sizeof(e));
	switch (e.error) { /* negative: an errno */
	case 0:
		return SOCKDIAG_DONE;
	case -ENOENT: /* of a question about one; about all: the kernel's part for it is missing */
	case -ESTALE:
		return SKS_NOT_FOUND;
	case -EPERM:
	case -EACCES:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		return SKS_UNREACHABLE;
	default:
		return SKS_IO;
	}
}

/* The counters among the attributes; false: this kernel, or this connection, has none. */
static int
read_counters(const uint8_t *at, size_t len, uint64_t *acked)
{
	const size_t offset = offsetof(struct tcp_info, tcpi_bytes_acked);
	bool found = false;

	while (len >= sizeof(struct nlattr)) {
		struct nlattr a;
		size_t whole;

		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			return SKS_INVALID;
		if (a.nla_type == INET_DIAG_INFO &&
		    a.nla_len - sizeof(a) >= offset + sizeof(*acked)) {
			memcpy(acked, at + sizeof(a) + offset, sizeof(*acked));
			found = true;
		}
		whole = NLA_ALIGN(a.nla_len);
		if (whole >= len)
			break;
		at += whole;
		len -= whole;
	}
	return found ? SKS_OK : SKS_NOT_FOUND;
}

static int
take_one(const uint8_t *body, size_t len, sockdiag_take *take, void *ctx)
{
	struct inet_diag_msg m;
	struct sockdiag one;
	int r;

	if (len < sizeof(m))
		return SKS_INVALID;
	memcpy(&m, body, sizeof(m));
	if (m.idiag_state == STATE_LISTEN) /* what a lookup finds where there is no connection */
		return SOCKDIAG_MORE;
	one = (struct sockdiag){.uid = m.idiag_uid,
	    .cookie = (uint64_t)m.id.idiag_cookie[1] << 32 | m.id.idiag_cookie[0],
	    .local_port = ntohs(m.id.idiag_sport),
	    .peer_port = ntohs(m.id.idiag_dport)};
	r = read_counters(body + sizeof(m), len - sizeof(m), &one.acked);
	if (r == SKS_INVALID)
		return r;
	if (r != SKS_OK || one.cookie == 0)
		return SOCKDIAG_MORE;
	return take(ctx, &one) ? SOCKDIAG_MORE : SOCKDIAG_STOPPED;
}

int
sockdiag_parse(const void *data, size_t len, uint32_t sequence, sockdiag_take *take, void *ctx)
{
	const uint8_t *at = data;
	int r = SOCKDIAG_MORE;

	while (len > 0 && r == SOCKDIAG_MORE) {
		struct nlmsghdr h;
		size_t whole;

		if (len < sizeof(h))
			return SKS_INVALID;
		memcpy(&h, at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
			return SKS_INVALID;
		if (h.nlmsg_seq == sequence && h.nlmsg_type == NLMSG_DONE)
			r = SOCKDIAG_DONE;
		else if (h.nlmsg_seq == sequence && h.nlmsg_type == NLMSG_ERROR)
			r = error_of(at + sizeof(h), h.nlmsg_len - sizeof(h));
		else if (h.nlmsg_seq == sequence && h.nlmsg_type == SOCK_DIAG_BY_FAMILY)
			r = take_one(at + sizeof(h), h.nlmsg_len - sizeof(h), take, ctx);
		whole = NLMSG_ALIGN(h.nlmsg_len);
		if (whole >= len)
			break;
		at += whole;
		len -= whole;
	}
	return r;
}

/* ---- asking ------------------------------------------------------------------------------ */

static int
open_socket(int *out)
{
	const struct timeval limit = {.tv_sec = ANSWER_WAIT_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return errno == ENOMEM || errno == EMFILE || errno == ENFILE ? SKS_IO
									     : SKS_UNREACHABLE;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0) {
		(void)close(fd);
		return SKS_IO;
	}
	*out = fd;
	return SKS_OK;
}

static int
send_question(int fd, struct question *q, const void *more, size_t more_len)
{
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct iovec part[2] = {{q, sizeof(*q)}, {(void *)(uintptr_t)more, more_len}};
	struct msghdr m = {.msg_name = (void *)(uintptr_t)&kernel,
	    .msg_namelen = sizeof(kernel),
	    .msg_iov = part,
	    .msg_iovlen = more_len > 0 ? 2 : 1};

	q->head.nlmsg_len = (uint32_t)(sizeof(*q) + more_len);
	q->head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	q->head.nlmsg_flags |= NLM_F_REQUEST;
	q->body.sdiag_protocol = IPPROTO_TCP;
	q->body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
	q->body.idiag_states = STATES;
	return sendmsg(fd, &m, 0) == (ssize_t)q->head.nlmsg_len ? SKS_OK : SKS_IO;
}

/* One datagram of the kernel's; somebody else's is not looked at. */
static int
receive(int fd, void *data, size_t *len)
{
	struct sockaddr_nl from = {0};
	socklen_t from_len;
	ssize_t n;

	do {
		from_len = sizeof(from);
		n = recvfrom(fd, data, SOCKDIAG_ANSWER_MAX, MSG_TRUNC, (struct sockaddr *)&from,
		    &from_len);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return errno == EAGAIN ? SKS_TIMEOUT : SKS_IO;
	if (n > SOCKDIAG_ANSWER_MAX)
		return SKS_TOO_BIG;
	*len = (size_t)n;
	return SKS_OK;
}

static bool
take_first(void *ctx, const struct sockdiag *one)
{
	struct sockdiag *out = ctx;

	*out = *one;
	return false;
}

int
sockdiag_find(const char *connection, struct sockdiag *out)
{
	struct question q = {.head.nlmsg_seq = 1};
	uint8_t answer[2048]; /* in somebody's login: little of the stack */
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof(from);
	ssize_t n;
	int fd, r;

	if (!read_connection(connection, &q.body))
		return SKS_INVALID;
	q.body.id.idiag_cookie[0] = q.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if ((r = open_socket(&fd)) != SKS_OK)
		return r;
	if ((r = send_question(fd, &q, NULL, 0)) != SKS_OK)
		goto out;
	do
		n = recvfrom(fd, answer, sizeof(answer), MSG_TRUNC, (struct sockaddr *)&from,
		    &from_len);
	while (n < 0 && errno == EINTR);
	r = SKS_IO;
	if (n < 0 || (size_t)n > sizeof(answer) || from.nl_pid != 0)
		goto out;
	r = sockdiag_parse(answer, (size_t)n, q.head.nlmsg_seq, take_first, out);
	if (r == SOCKDIAG_STOPPED)
		r = SKS_OK;
	else if (r >= 0)
		r = SKS_NOT_FOUND;
out:
	(void)close(fd);
	return r;
}

int
sockdiag_own(uint64_t cookie, struct sockdiag *out)
{
	for (int fd = 0; fd < OWN_MAX; fd++) {
		struct tcp_info info = {0};
		uint64_t found = 0;
		socklen_t len = sizeof(found);

		if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &found, &len) != 0 || found != cookie)
			continue;
		len = sizeof(info);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
		    len < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(out->acked))
			return SKS_UNREACHABLE;
		*out = (struct sockdiag){.cookie = cookie, .acked = info.tcpi_bytes_acked};
		return SKS_OK;
	}
	return SKS_NOT_FOUND;
}

/*
 * The kernel's little program: take what has one of these ports. A step that says no goes on with
 * the next port, and behind the last one to four bytes beyond the end, which is "leave it out".
 */
struct port_step {
	struct inet_diag_bc_op at_least, at_least_port, at_most, at_most_port, end;
};

struct port_filter {
	struct nlattr head;
	struct port_step step[SOCKDIAG_PORTS_MAX];
};

static size_t
filter_ports(const uint16_t *port, size_t count, struct port_filter *out)
{
	const size_t step = sizeof(struct port_step);

	for (size_t i = 0; i < count; i++) {
		const uint16_t beyond = i + 1 == count ? 4 : 0;

		out->step[i] = (struct port_step){
		    .at_least = {INET_DIAG_BC_S_GE, 8, (uint16_t)(step + beyond)},
		    .at_least_port = {.no = port[i]},
		    .at_most = {INET_DIAG_BC_S_LE, 8, (uint16_t)(step - 8 + beyond)},
		    .at_most_port = {.no = port[i]},
		    .end = {INET_DIAG_BC_JMP, 4, (uint16_t)((count - i) * step - 16)}};
	}
	out->head.nla_type = INET_DIAG_REQ_BYTECODE;
	out->head.nla_len = (uint16_t)(sizeof(out->head) + count * step);
	return count > 0 ? out->head.nla_len : 0;
}

static int
each_of(int fd, uint8_t family, uint32_t sequence, const struct port_filter *filter,
    size_t filter_len, sockdiag_take *take, void *ctx)
{
	struct question q = {.head = {.nlmsg_seq = sequence, .nlmsg_flags = NLM_F_DUMP},
	    .body.sdiag_family = family};
	uint8_t *answer = malloc(SOCKDIAG_ANSWER_MAX);
	size_t len;
	int r = answer == NULL ? SKS_NOMEM : send_question(fd, &q, filter, filter_len);

	while (r == SKS_OK && (r = receive(fd, answer, &len)) == SKS_OK)
		r = sockdiag_parse(answer, len, sequence, take, ctx);
	free(answer);
	/* no such family here, or nothing in the kernel that counts it */
	return r == SKS_NOT_FOUND ? SKS_UNREACHABLE : r;
}

int
sockdiag_each(const uint16_t *port, size_t count, sockdiag_take *take, void *ctx)
{
	struct port_filter filter = {0};
	int fd, r, r6;

	if (count > SOCKDIAG_PORTS_MAX)
		return SKS_INVALID;
	if ((r = open_socket(&fd)) != SKS_OK)
		return r;
	r = each_of(fd, AF_INET, 1, &filter, filter_ports(port, count, &filter), take, ctx);
	if (r == SOCKDIAG_DONE) {
		r6 = each_of(
		    fd, AF_INET6, 2, &filter, filter_ports(port, count, &filter), take, ctx);
		r = r6 == SKS_UNREACHABLE ? SOCKDIAG_DONE : r6; /* IPv6 is switched off */
	}
	(void)close(fd);
	return r < 0 ? r : SKS_OK;
}
