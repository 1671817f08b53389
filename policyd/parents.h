/*
 * When the parents of logins began, kept for those that come again.
 *
 * sshd, cron and a shell are the parents of one login after the other. Who comes a second time is kept
 * with a pidfd: as long as that process has not ended the number is its own, and it began when it began.
 * Some are kept, for the life of the daemon; whose place another one takes is read anew.
 */
#ifndef SEKISHO_PARENTS_H
#define SEKISHO_PARENTS_H

#include <stdbool.h>
#include <stdint.h>

/* True where that process is kept and has not ended: *start is when it began, in ticks since the boot.
 * A pid is never 0 here. */
bool parents_recall(uint32_t pid, uint64_t *start);
/* It began then, as was just read from /proc. The descriptor that is opened the second time stays here. */
void parents_keep(uint32_t pid, uint64_t start);

#endif
