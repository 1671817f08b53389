/*
 * To the daemon's socket and back, in bytes, under one deadline: whether it may be trusted that serves
 * there, and what is sent and received. For client.c, inside other people's processes: no signal
 * (MSG_NOSIGNAL), no global state, and nothing is waited for beyond the deadline.
 */
#ifndef SEKISHO_DIAL_H
#define SEKISHO_DIAL_H

#include <stddef.h>
#include <stdint.h>

struct dial {
	int fd; /* the caller closes it, after an error too */
	int64_t deadline_ms; /* CLOCK_MONOTONIC, set by the caller before all else */
};

/*
 * Connects to the socket at an absolute path, into d->fd (-1 where there is none). Root may serve there, and
 * whoever owns the socket's directory, who could put another there: the socket is root's or theirs, and so is
 * the way to it. SKS_UNREACHABLE only where the socket is absent or refuses; SKS_UNTRUSTED; SKS_TIMEOUT;
 * SKS_TOO_BIG of a path; SKS_IO.
 */
int dial_server(struct dial *d, const char *path);

/* All of it, or SKS_TIMEOUT; SKS_PROTOCOL where the other side hung up before; SKS_IO. */
int dial_send(const struct dial *d, const uint8_t *data, size_t len);
int dial_receive(const struct dial *d, uint8_t *data, size_t len);
/* Until one of these events of poll(2), or an end, is there. SKS_TIMEOUT, SKS_IO. */
int dial_wait(const struct dial *d, short events);

#endif
