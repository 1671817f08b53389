/*
 * Which processes end with an account: the judgement, without a look at the host.
 */
#ifndef SEKISHO_WARDEN_SWEEP_H
#define SEKISHO_WARDEN_SWEEP_H

#include "../policyd/sweep.h"

enum { SWEEP_PROCESSES = 32768, SWEEP_SESSIONS = 1024, SWEEP_SPARED = 32, SWEEP_DEPTH = 64 };

struct sweep_process {
	pid_t pid, parent, session;
	uint64_t start;
	uint32_t uid[3];   /* real, effective, saved */
	int64_t login_uid; /* -1: unset */
	bool terminal, over;
	int pidfd; /* -1: not held */
	char name[64];
};

struct sweep_order {
	uint32_t uid;
	bool spare_services;
	pid_t spared[SWEEP_SPARED];
	size_t spared_count;
	pid_t session[SWEEP_SESSIONS]; /* of what was ended */
	size_t session_count;
};

enum sweep_fate { SWEEP_NOT_THEIRS, SWEEP_ENDED, SWEEP_LEFT };

/* What becomes of this process, one of all that there are? */
enum sweep_fate sweep_judge(const struct sweep_order *o, const struct sweep_process *all,
    size_t count, const struct sweep_process *p);
/* Name, state, parent, session, terminal and start out of /proc/PID/stat; false: unreadable. */
bool sweep_parse_stat(const char *text, struct sweep_process *p);

#endif
