/*
 * Who is at the other end of a socket, from the kernel alone.
 *
 * SO_PEERCRED gives pid and effective uid at connect time; SO_PEERPIDFD (Linux 6.5) pins the
 * process. /proc/PID gives start time, parent, the parent's start time, real uid, loginuid and
 * audit session; they are read while the peer waits, and start time and parent are looked at
 * again at the end: a process that changed meanwhile is refused. Where the pidfd itself tells
 * real uid and parent (PIDFD_GET_INFO, Linux 6.13), it is asked instead. When parents began is kept
 * (parents.h).
 */
#ifndef SEKISHO_PEER_H
#define SEKISHO_PEER_H

#include <stdbool.h>
#include <stdint.h>

/* _IOWR(0xFF, 11, 64 bytes), for the filter of system calls too. */
#define PEER_PIDFD_GET_INFO 0xC040FF0BU

struct peer {
	uint32_t uid, real_uid;
	uint32_t pid, parent; /* parent 0: none in our pid namespace */
	uint64_t pid_start, parent_start; /* ticks since the boot */
	uint32_t login_uid, audit_session; /* UINT32_MAX when unset */
	int pidfd; /* -1 where the kernel has none; the peer's owner closes it */
};

/* The peer of a connected Unix socket, which stays the caller's. SKS_DENIED when it is invisible in our pid
 * namespace, has ended or changed; SKS_NOT_FOUND, SKS_INVALID, SKS_IO where /proc does not say what it should.
 * On an error it is as peer_clear() leaves it. */
int peer_identify(int socket, struct peer *out);
/* Closes the pidfd; nobody is in it afterwards. */
void peer_clear(struct peer *p);
/* A pidfd of the peer for the caller to keep, opened where the kernel gave none; -1 when that
 * very process is gone. */
int peer_take_pidfd(struct peer *p);
/* Is that very process still there? */
bool peer_is_alive(uint32_t pid, uint64_t pid_start);
/* And does it have a controlling terminal? */
bool peer_has_terminal(uint32_t pid, uint64_t pid_start);

#endif
