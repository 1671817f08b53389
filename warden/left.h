/*
 * What commands of a role left behind: the judgement, without a look at the host.
 */
#ifndef SEKISHO_WARDEN_LEFT_H
#define SEKISHO_WARDEN_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { LEFT_PROCESSES = 32768, LEFT_SPARED = 256, LEFT_DEPTH = 64 };

struct left_process {
	pid_t pid, parent;
	uint64_t start;
	uint32_t uid[3]; /* real, effective, saved */
	uint32_t audit_session;
	int pidfd; /* -1: not held */
	char name[64];
};

struct left_order {
	uint32_t audit_session, run_as;
	uint64_t since; /* of the first command's sudo */
	pid_t spared[LEFT_SPARED]; /* with everything below them */
	size_t spared_count;
};

/* Was it left behind? Begun in that login since then, as that account, and below nothing that is
 * there by right. A service of the service manager's belongs to no login. */
bool left_judge(const struct left_order *o, const struct left_process *all, size_t count,
    const struct left_process *p);
/* "12 34" as pids; what is none ends it. */
void left_spare(struct left_order *o, const char *text);

#endif
