/*
 * What the service manager hands over, and what it is told: sockets that stay open while the
 * daemon is replaced (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), and how the daemon is
 * (NOTIFY_SOCKET, WATCHDOG_USEC). See sd_listen_fds(3) and sd_notify(3); without a manager that
 * speaks these, nothing is handed and nothing is said.
 */
#ifndef SEKISHO_ACTIVATION_H
#define SEKISHO_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

/* "pam" and "user" take the connections of logins and of the command; to "warden" and "courier"
 * come the helpers that run as root, started by the manager too. */
enum activation_socket {
	ACTIVATION_PAM,
	ACTIVATION_USER,
	ACTIVATION_WARDEN,
	ACTIVATION_COURIER,
	ACTIVATION_SOCKETS,
};

struct activation {
	int fd[ACTIVATION_SOCKETS]; /* listening, non-blocking; -1: not handed over */
	bool helpers;               /* both of theirs are there: none is to be started */
};

/*
 * Takes the sockets over, close-on-exec, and removes the variables. The first one that is not
 * what its name asks for, or has no name of ours: SKS_INVALID, said in the log. 0 also without
 * any. Descriptors are the caller's.
 */
int activation_take(struct activation *a);
/* Hangs up on all who wait at "pam" and "user": a start that failed does not let them wait for
 * the next one. */
void activation_hang_up(const struct activation *a);

/* Connects to NOTIFY_SOCKET and removes the variables; before the confinement. */
void notify_open(void);
/* E.g. "READY=1\nSTATUS=...". Never waits. */
void notify_send(const char *state);
/* The heartbeat: at most once in a third of the time that the manager allows, none where it
 * watches nothing. */
void notify_alive(int64_t now_ms);

#endif
