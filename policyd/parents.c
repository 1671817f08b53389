#include "parents.h"

#include "error.h"
#include "proc.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	uint32_t pid;
	uint64_t start;
	int pidfd; /* -1: seen once */
} parents[16];

bool
parents_recall(uint32_t pid, uint64_t *start)
{
	size_t at = pid % (sizeof(parents) / sizeof(parents[0]));
	struct pollfd end = {.fd = parents[at].pidfd, .events = POLLIN};

	if (parents[at].pid != pid || parents[at].pidfd < 0 || poll(&end, 1, 0) != 0)
		return false;
	*start = parents[at].start;
	return true;
}

/* Opened by a number that may be another process's by now, unless its start is read behind it. */
void
parents_keep(uint32_t pid, uint64_t start)
{
	size_t at = pid % (sizeof(parents) / sizeof(parents[0]));
	bool again = parents[at].pid == pid && parents[at].start == start;
	struct proc p;
	int fd = -1;

	if (parents[at].pid != 0 && parents[at].pidfd >= 0)
		close(parents[at].pidfd);
	if (again)
		fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (fd >= 0 && (proc_read_stat((struct proc_place){AT_FDCWD, pid}, &p) != SKS_OK || p.start != start)) {
		close(fd);
		fd = -1;
	}
	parents[at].pid = pid;
	parents[at].start = start;
	parents[at].pidfd = fd;
}
