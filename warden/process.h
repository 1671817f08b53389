/*
 * The processes of this host as /proc shows them, and an end of some of them. Which one a
 * number means is settled by a pidfd before its start time is looked at again, so a number that
 * went to another process meanwhile reaches nobody.
 */
#ifndef SEKISHO_WARDEN_PROCESS_H
#define SEKISHO_WARDEN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_MAX = 32768, PROCESS_DEPTH = 64 };

struct process {
	pid_t pid, parent, session;
	uint64_t start;         /* ticks since the boot */
	uint32_t uid[3];        /* real, effective, saved */
	int64_t login_uid;      /* -1: unset */
	uint32_t audit_session; /* UINT32_MAX: none */
	bool terminal, over;
	int pidfd; /* -1: not held */
	char name[64];
};

/* A small file of /proc/PID as text; false when there is none or nothing in it. */
bool process_file(pid_t pid, const char *name, char *out, size_t size);
/* Name, state, parent, session, terminal and start out of /proc/PID/stat; false: unreadable. */
bool process_parse_stat(const char *text, struct process *p);
/* What it is now; false when there is none, or one that has ended and waits to be forgotten. */
bool process_read(pid_t pid, struct process *p);
/* All that run, up to max; how many. None is held. */
size_t process_all(struct process *p, size_t max);
/* NULL: none of these has that number. */
const struct process *process_find(const struct process *all, size_t count, pid_t pid);

/* Takes hold of it; false when that very process is gone. */
bool process_hold(struct process *p);
/*
 * Ends those of them that are held: TERM, two seconds, KILL, one second. None is held
 * afterwards. Returns how many are still there.
 */
size_t process_end(struct process *p, size_t count);

#endif
