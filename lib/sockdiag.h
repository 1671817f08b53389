/*
 * What the kernel counted for TCP connections (sock_diag(7), INET_DIAG_INFO). Needs no privilege,
 * and sees the network namespace of the process alone.
 *
 * A connection is named by its cookie, which the kernel gives to no other one of the same boot:
 * four numbers come again as soon as a port is used again.
 */
#ifndef SEKISHO_SOCKDIAG_H
#define SEKISHO_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SOCKDIAG_PORTS_MAX = 16,
	SOCKDIAG_ANSWER_MAX = 32768, /* one datagram of the kernel's */
};

struct sockdiag {
	uint64_t cookie;
	uint64_t acked; /* bytes that the peer has acknowledged since the connection began */
	uint32_t uid;   /* of who made the socket; root for those that sshd took */
	uint16_t local_port, peer_port;
};

/* Takes one; false ends the search. */
typedef bool sockdiag_take(void *ctx, const struct sockdiag *one);

/*
 * The connection of SSH_CONNECTION: "client-address client-port server-address server-port".
 * 0; SKS_INVALID (none of that form), SKS_NOT_FOUND (no such connection, or only a listener),
 * SKS_UNREACHABLE (the kernel counts none, or may not be asked here), SKS_IO.
 */
int sockdiag_find(const char *connection, struct sockdiag *out);
/* The server's port in such a text; 0 where it has none. */
uint16_t sockdiag_port(const char *connection);

/* One that this process itself holds, also when its far end has reset it and nobody else sees it any
 * more. 0; SKS_NOT_FOUND; SKS_UNREACHABLE (the kernel counts none). */
int sockdiag_own(uint64_t cookie, struct sockdiag *out);

/* All connections that have one of these local ports (count 0: any). 0, SKS_INVALID, SKS_NOMEM,
 * SKS_UNREACHABLE, SKS_TIMEOUT, SKS_IO. */
int sockdiag_each(const uint16_t *port, size_t count, sockdiag_take *take, void *ctx);

enum sockdiag_end {
	SOCKDIAG_MORE, /* further datagrams follow */
	SOCKDIAG_DONE,
	SOCKDIAG_STOPPED, /* by who takes them */
};

/*
 * One datagram of an answer to the question "sequence". Hands on each connection that has both
 * counters and is no listener; what is of another question is passed over. An enum sockdiag_end,
 * or SKS_INVALID (cut short, lengths that lie), SKS_NOT_FOUND, SKS_UNREACHABLE, SKS_IO (the
 * kernel's error).
 */
int sockdiag_parse(const void *data, size_t len, uint32_t sequence, sockdiag_take *take, void *ctx);

#endif
