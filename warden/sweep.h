/*
 * Which processes end with an account: the judgement, without a look at the host.
 */
#ifndef SEKISHO_WARDEN_SWEEP_H
#define SEKISHO_WARDEN_SWEEP_H

#include "../policyd/sweep.h"
#include "process.h"

enum { SWEEP_SESSIONS = 1024, SWEEP_SPARED = 32 };

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
enum sweep_fate sweep_judge(const struct sweep_order *o, const struct process *all,
    size_t count, const struct process *p);
#endif
