/*
 * The system calls that are left. The lists name what glibc 2.36 to 2.41, SQLite and OpenSSL
 * call for us; older spellings (open, stat, poll ...) stand beside the ones used today.
 */
#include "confine.h"

#include "error.h"
#include "peer.h"
#include <errno.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* clang-format off */
static const int calls_common[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(pwritev),
	SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(dup), SCMP_SYS(fcntl), SCMP_SYS(flock),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
	SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(getcwd), SCMP_SYS(umask),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(msync),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(rt_sigpending), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getresuid),
	SCMP_SYS(getresgid), SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(futex), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
	SCMP_SYS(pselect6), SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(shutdown),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* Both open the store; even one who only reads it makes the index of its log. */
static const int calls_store[] = {
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(pwritev2),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(fchmod), SCMP_SYS(fchown),
};

static const int calls_daemon[] = {
	SCMP_SYS(accept), SCMP_SYS(accept4),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
	SCMP_SYS(eventfd2), SCMP_SYS(signalfd4),
	SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
	SCMP_SYS(pidfd_open), SCMP_SYS(wait4), SCMP_SYS(waitid),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(fchmodat),
	SCMP_SYS(utimensat), SCMP_SYS(sync_file_range),
};

/* No mistake of ours calls these: whoever does is not us any more. */
static const int calls_hostile[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
#if !defined(__SANITIZE_ADDRESS__)
	SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
#endif
	SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo),
	SCMP_SYS(kcmp), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid),
	SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setfsuid),
	SCMP_SYS(setfsgid), SCMP_SYS(setgroups), SCMP_SYS(capset), SCMP_SYS(setns),
	SCMP_SYS(unshare), SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(mount_setattr),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register), SCMP_SYS(keyctl), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(memfd_create), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(personality), SCMP_SYS(modify_ldt),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(reboot), SCMP_SYS(swapon),
	SCMP_SYS(seccomp), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(setxattr),
};

/*
 * What neither the warden nor any PAM module that it runs for a password has a use for. It is
 * root, and root of few capabilities is still root of many files: these are the ways from there
 * into other processes, other views of the file system, and the kernel.
 */
static const int calls_never[] = {
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise), SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(setns),
	SCMP_SYS(unshare), SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(mount_setattr),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register), SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
	SCMP_SYS(modify_ldt), SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(reboot),
	SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	SCMP_SYS(acct), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(adjtimex),
	SCMP_SYS(clock_adjtime), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
};

#if defined(__SANITIZE_ADDRESS__)
/* The leak checker clones a tracer of its own process; the reports ask for more. */
static const int calls_sanitizer[] = {
	SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(wait4), SCMP_SYS(tgkill), SCMP_SYS(prctl), SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(dup2), SCMP_SYS(dup3),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(get_mempolicy),
	SCMP_SYS(arch_prctl), SCMP_SYS(rt_sigaction), SCMP_SYS(getdents),
};
#endif
/* clang-format on */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* 0 or libseccomp's negative errno, the first one: rules read as a list with one check. */
struct filter {
	scmp_filter_ctx ctx;
	int error;
};

static void
confine_each(struct filter *f, uint32_t action, const int *call, size_t count)
{
	for (size_t i = 0; i < count && f->error == 0; i++)
		f->error = seccomp_rule_add(f->ctx, action, call[i], 0);
}

static void
confine_when(struct filter *f, uint32_t action, int call, struct scmp_arg_cmp when)
{
	if (f->error == 0)
		f->error = seccomp_rule_add_array(f->ctx, action, call, 1, &when);
}

static struct scmp_arg_cmp
confine_equal(unsigned int argument, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){argument, SCMP_CMP_EQ, value, 0};
}

static struct scmp_arg_cmp
confine_without(unsigned int argument, scmp_datum_t bits)
{
	return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

/* Allowed, but not with every argument. */
static void
confine_arguments(struct filter *f, enum confine_profile profile)
{
	const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
	const scmp_datum_t question =
	    profile == CONFINE_FORWARDER ? SIOCOUTQ : PEER_PIDFD_GET_INFO;

	/* Nothing becomes executable that was not when we started. */
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), confine_without(2, PROT_EXEC));
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), confine_without(2, PROT_EXEC));
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), confine_equal(0, AF_UNIX));
	/* abort() reaches this process; kill() nobody. */
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
	    confine_equal(0, (scmp_datum_t)(unsigned int)getpid()));
	confine_each(f, refused, (const int[]){SCMP_SYS(kill)}, 1);
	/* sysconf() reads limits; none is set. */
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), confine_equal(2, 0));
	/* "Is it a terminal?" It is not. Who asks a pidfd is answered; and the forwarder may know
	 * how much of what it sent the other side has not confirmed. */
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), confine_equal(1, question));
	confine_when(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl),
	    (struct scmp_arg_cmp){1, SCMP_CMP_NE, question, 0});
	if (profile == CONFINE_FORWARDER) {
		confine_when(
		    f, SCMP_ACT_ALLOW, SCMP_SYS(socket), confine_equal(0, AF_INET));
		confine_when(
		    f, SCMP_ACT_ALLOW, SCMP_SYS(socket), confine_equal(0, AF_INET6));
	}
#if !defined(__SANITIZE_ADDRESS__)
	/* Any signal but the one whose handler tells on us. */
	confine_when(f, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction),
	    (struct scmp_arg_cmp){0, SCMP_CMP_NE, SIGSYS, 0});
	confine_when(
	    f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(rt_sigaction), confine_equal(0, SIGSYS));
#endif
}

static void
confine_attributes(struct filter *f)
{
	/* A call by another architecture's numbers would be a way round all of this. */
	if (f->error == 0)
		f->error =
		    seccomp_attr_set(f->ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (f->error == 0)
		f->error = seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A tree: the hundred and first call costs as little as the first. */
	if (f->error == 0)
		f->error = seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

static int
confine_load(struct filter *f)
{
	if (f->error == 0)
		f->error = seccomp_load(f->ctx);
	seccomp_release(f->ctx);
	return f->error == 0 ? SKS_OK : f->error == -ENOMEM ? SKS_NOMEM : SKS_IO;
}

int
confine_never(void)
{
	struct filter f = {.ctx = seccomp_init(SCMP_ACT_ALLOW)};

	if (f.ctx == NULL)
		return SKS_NOMEM;
	confine_attributes(&f);
#if defined(__SANITIZE_ADDRESS__)
	confine_each(&f, SCMP_ACT_KILL_PROCESS, calls_never + 2, COUNT(calls_never) - 2);
#else
	confine_each(&f, SCMP_ACT_KILL_PROCESS, calls_never, COUNT(calls_never));
#endif
	return confine_load(&f);
}

int
confine_calls(enum confine_profile profile)
{
	struct filter f = {.ctx = seccomp_init(SCMP_ACT_TRAP)};

	if (f.ctx == NULL)
		return SKS_NOMEM;
	confine_attributes(&f);
	confine_each(&f, SCMP_ACT_ALLOW, calls_common, COUNT(calls_common));
	confine_each(&f, SCMP_ACT_ALLOW, calls_store, COUNT(calls_store));
	if (profile == CONFINE_DAEMON)
		confine_each(&f, SCMP_ACT_ALLOW, calls_daemon, COUNT(calls_daemon));
	confine_each(&f, SCMP_ACT_KILL_PROCESS, calls_hostile, COUNT(calls_hostile));
#if defined(__SANITIZE_ADDRESS__)
	confine_each(&f, SCMP_ACT_ALLOW, calls_sanitizer, COUNT(calls_sanitizer));
#endif
	confine_arguments(&f, profile);
	return confine_load(&f);
}
