/*
 * What commands of a role left behind: the judgement, without a look at the host.
 */
#ifndef SEKISHO_WARDEN_LEFT_H
#define SEKISHO_WARDEN_LEFT_H

#include "process.h"

enum { LEFT_SPARED = 256 };

struct left_order {
	uint32_t audit_session, run_as;
	uint64_t since; /* of the first command's sudo */
	pid_t spared[LEFT_SPARED]; /* with everything below them */
	size_t spared_count;
};

/* Was it left behind? Begun in that login since then, as that account, and below nothing that is
 * there by right. A service of the service manager's belongs to no login. */
bool left_judge(const struct left_order *o, const struct process *all, size_t count,
    const struct process *p);
/* "12 34" as pids; what is none ends it. */
void left_spare(struct left_order *o, const char *text);

#endif
