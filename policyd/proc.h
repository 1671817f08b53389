/*
 * What /proc/PID says of a process, read strictly: a text that is not as the kernel writes it is refused,
 * never guessed at. The name in it is the process's own choice, and is passed over.
 *
 * A number alone may be another process's by now. Who has to be sure reads below a directory that was
 * opened once, or holds a pidfd, or compares the start time.
 */
#ifndef SEKISHO_PROC_H
#define SEKISHO_PROC_H

#include <stdbool.h>
#include <stdint.h>

struct proc {
	char state; /* R, S, D, Z ... as in proc(5) */
	uint32_t parent; /* 0: none in this pid namespace */
	bool terminal; /* has a controlling one */
	uint64_t start; /* ticks since the boot */
};

/* Where to read about a process: below a directory that was opened, or by its number. */
struct proc_place {
	int dir; /* AT_FDCWD: by the number */
	uint32_t pid;
};

/* /proc/PID, for the caller to close; -1 and errno: ENOENT, ESRCH where there is no such process. */
int proc_open(uint32_t pid);

/* All three: SKS_NOT_FOUND where there is no such process; SKS_IO, also where it ended while it was read;
 * SKS_INVALID where the text is not as expected. */
int proc_read_stat(struct proc_place at, struct proc *out);
int proc_read_real_uid(struct proc_place at, uint32_t *uid);
/* loginuid and sessionid: UINT32_MAX where they are not set, and where the kernel has no audit. */
int proc_read_login(struct proc_place at, uint32_t *login_uid, uint32_t *audit_session);

/* A zombie does not: it has closed its sockets and only waits to be forgotten. */
bool proc_runs(const struct proc *p);
/* That very process, by number and start, which still runs; only then "out" says anything. */
bool proc_find(uint32_t pid, uint64_t start, struct proc *out);

#endif
