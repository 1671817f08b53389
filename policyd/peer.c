/*
 * A process id alone proves nothing: its process may have ended and another have taken the
 * number. Where the kernel gives a peer pidfd, that its process is still alive after everything
 * was read proves that the number was its own all the time. Elsewhere /proc/PID is opened once
 * as a directory, which stays bound to one process, and everything is read below it; a peer
 * that hung up is refused, and what needs more must compare pid_start (see the loop).
 */
#include "peer.h"

#include "error.h"
#include "parents.h"
#include "proc.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum { LOOKS_MAX = 3 }; /* a parent may end while we look, then the peer has another */

/* As include/uapi/linux/pidfd.h has it, newer than Debian 12's headers: its first form. */
struct pidfd_answer {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
enum { PEER_PIDFS_MAGIC = 0x50494446 };
enum { PIDFD_INFO_PID_AND_CREDS = 1 << 0 | 1 << 1 };
_Static_assert(sizeof(struct pidfd_answer) == 64, "PIDFD_INFO_SIZE_VER0");
_Static_assert(
    _IOWR(0xFF, 11, struct pidfd_answer) == PEER_PIDFD_GET_INFO, "as told to seccomp");

/* A parent in another pid namespace, or none, is parent 0. One that just ended: look again. */
static int
peer_read_parent(uint32_t parent, struct peer *out)
{
	struct proc p;

	out->parent = parent;
	out->parent_start = 0;
	if (parent == 0 || parents_recall(parent, &out->parent_start))
		return SKS_OK;
	if (proc_read_stat((struct proc_place){AT_FDCWD, parent}, &p) != SKS_OK)
		return SKS_CONFLICT;
	out->parent_start = p.start;
	parents_keep(parent, p.start);
	return SKS_OK;
}

/*
 * What else the text of /proc is read for, asked of the pidfd: a tenth of the time, and sure to
 * be about the same process. SKS_NOT_FOUND where the kernel (before 6.13) or the filter of
 * system calls has no such question.
 */
static int
peer_ask_pidfd(int pidfd, uint32_t pid, uint32_t *real_uid, struct proc *after)
{
	struct pidfd_answer info = {.mask = PIDFD_INFO_PID_AND_CREDS};

	if (pidfd < 0 || ioctl(pidfd, PEER_PIDFD_GET_INFO, &info) != 0 ||
	    (info.mask & PIDFD_INFO_PID_AND_CREDS) != PIDFD_INFO_PID_AND_CREDS)
		return SKS_NOT_FOUND;
	if (info.tgid != pid)
		return SKS_DENIED;
	*real_uid = info.ruid;
	after->parent = info.ppid; /* the rest cannot change unless it ends: then the pidfd */
	return SKS_OK;             /* tells */
}

/*
 * A login asks twice within a moment. Start times never change; and a parent that has the same
 * number is the same process: whoever it was left to instead had been there before, under a
 * number of its own. So both are kept for some processes, by the number of their pidfd's inode,
 * which the kernel (where it has pidfs, since 6.9) gives once.
 */
static struct {
	uint64_t inode;
	uint32_t parent;
	uint64_t start, parent_start;
} recent[64];

static uint64_t
peer_inode(int pidfd)
{
	static enum { UNASKED, PIDFS, OTHER } kind; /* all pidfds of a kernel are of one */
	struct statfs fs;
	struct stat st;

	if (pidfd < 0 || sizeof(st.st_ino) < sizeof(uint64_t))
		return 0;
	if (kind == UNASKED && fstatfs(pidfd, &fs) == 0)
		kind = fs.f_type == PEER_PIDFS_MAGIC ? PIDFS : OTHER;
	return kind == PIDFS && fstat(pidfd, &st) == 0 ? st.st_ino : 0;
}

static int
peer_recall(struct proc_place place, uint64_t inode, struct peer *out)
{
	size_t at = inode % (sizeof(recent) / sizeof(recent[0]));
	struct proc now;

	if (inode == 0 || recent[at].inode != inode ||
	    peer_ask_pidfd(out->pidfd, place.pid, &out->real_uid, &now) != SKS_OK ||
	    now.parent != recent[at].parent)
		return SKS_NOT_FOUND;
	out->pid_start = recent[at].start;
	out->parent = recent[at].parent;
	out->parent_start = recent[at].parent_start;
	return proc_read_login(place, &out->login_uid, &out->audit_session);
}

static void
peer_keep(uint64_t inode, const struct peer *p)
{
	size_t at = inode % (sizeof(recent) / sizeof(recent[0]));

	recent[at].inode = inode;
	recent[at].parent = p->parent;
	recent[at].start = p->pid_start;
	recent[at].parent_start = p->parent_start;
}

static int
peer_look(struct proc_place at, struct peer *out)
{
	struct proc before, after;
	uint64_t inode = peer_inode(out->pidfd);
	int r;

	if ((r = peer_recall(at, inode, out)) != SKS_NOT_FOUND)
		return r;
	if ((r = proc_read_stat(at, &before)) != SKS_OK)
		return r;
	if (!proc_runs(&before))
		return SKS_DENIED;
	if ((r = proc_read_login(at, &out->login_uid, &out->audit_session)) != SKS_OK ||
	    (r = peer_read_parent(before.parent, out)) != SKS_OK)
		return r;
	after = before;
	r = peer_ask_pidfd(out->pidfd, at.pid, &out->real_uid, &after);
	if (r == SKS_NOT_FOUND && (r = proc_read_real_uid(at, &out->real_uid)) == SKS_OK)
		r = proc_read_stat(at, &after);
	if (r != SKS_OK)
		return r;
	if (!proc_runs(&after) || after.start != before.start)
		return SKS_DENIED;
	if (after.parent != before.parent)
		return SKS_CONFLICT;
	out->pid_start = after.start;
	peer_keep(inode, out);
	return SKS_OK;
}

/* -1 where the kernel knows no such option; a peer that ended before we asked is refused. */
static int
peer_open_pidfd(int socket, int *pidfd)
{
	socklen_t len = sizeof(*pidfd);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, pidfd, &len) == 0)
		return SKS_OK;
	*pidfd = -1;
	return errno == ENOPROTOOPT ? SKS_OK : SKS_DENIED;
}

/* A pidfd becomes readable when its process ends; a socket hangs up when its last holder ends.
 */
static bool
peer_is_there(int socket, int pidfd)
{
	struct pollfd fd[2] = {{.fd = socket, .events = 0}, {.fd = pidfd, .events = POLLIN}};

	if (poll(fd, 2, 0) < 0)
		return false;
	return (fd[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0 && fd[1].revents == 0;
}

static int
peer_look_all(int socket, uint32_t pid, struct peer *out)
{
	struct proc_place at = {.dir = AT_FDCWD, .pid = pid};
	int r = SKS_CONFLICT;

	if (out->pidfd < 0 && (at.dir = proc_open(pid)) < 0)
		return errno == ENOENT || errno == ESRCH ? SKS_DENIED : SKS_IO;
	for (int i = 0; i < LOOKS_MAX && r == SKS_CONFLICT; i++)
		r = peer_look(at, out);
	/* A process that ends while it is read gives ESRCH, which is no fault of ours. */
	if (r != SKS_OK && !peer_is_there(socket, out->pidfd))
		r = SKS_DENIED;
	if (r == SKS_CONFLICT)
		r = SKS_DENIED;
	if (r == SKS_OK && !peer_is_there(socket, out->pidfd))
		r = SKS_DENIED;
	if (at.dir != AT_FDCWD)
		close(at.dir);
	return r;
}

int
peer_identify(int socket, struct peer *out)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int r;

	*out = (struct peer){.pidfd = -1,
	    .uid = UINT32_MAX,
	    .real_uid = UINT32_MAX,
	    .login_uid = UINT32_MAX,
	    .audit_session = UINT32_MAX};
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return SKS_IO;
	/* pid 0: not in our pid namespace. uid -1: not connected, or no uid in our namespace.
	 */
	if (len != sizeof(cred) || cred.pid <= 0 || cred.uid == (uid_t)-1)
		return SKS_DENIED;
	r = peer_open_pidfd(socket, &out->pidfd);
	if (r == SKS_OK)
		r = peer_look_all(socket, (uint32_t)cred.pid, out);
	if (r != SKS_OK) {
		peer_clear(out);
		return r;
	}
	out->uid = cred.uid;
	out->pid = (uint32_t)cred.pid;
	return SKS_OK;
}

void
peer_clear(struct peer *p)
{
	if (p->pidfd >= 0)
		close(p->pidfd);
	*p = (struct peer){.pidfd = -1,
	    .uid = UINT32_MAX,
	    .real_uid = UINT32_MAX,
	    .login_uid = UINT32_MAX,
	    .audit_session = UINT32_MAX};
}

bool
peer_is_alive(uint32_t pid, uint64_t pid_start)
{
	struct proc p;

	return proc_find(pid, pid_start, &p);
}

bool
peer_has_terminal(uint32_t pid, uint64_t pid_start)
{
	struct proc p;

	return proc_find(pid, pid_start, &p) && p.terminal;
}

/* The number may be another process's by now, but not once it is open and the start is right.
 */
int
peer_take_pidfd(struct peer *p)
{
	int fd = p->pidfd;

	p->pidfd = -1;
	if (fd >= 0)
		return fd;
	fd = (int)syscall(SYS_pidfd_open, (pid_t)p->pid, 0);
	if (fd >= 0 && !peer_is_alive(p->pid, p->pid_start)) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? -1 : fd;
}
