/*
 * inject: has a running process make a system call, as somebody would who had taken it over.
 *
 *	inject PID NAME|NUMBER [ARGUMENT...]
 *
 * ARGUMENT: a number; s:TEXT, a pointer to TEXT; x:HEX, a pointer to these bytes; m:LENGTH, a
 * pointer to so many zero bytes. Prints what the call returned ("0", "EACCES"), or "SIGSYS" when
 * it ended the process. Needs CAP_SYS_PTRACE; x86-64.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 4096, BELOW_STACK = 16384, ARGUMENTS_MAX = 6, ERRNO_MAX = 4095 };

static uint8_t room[ROOM];
static size_t used;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t
place(const void *bytes, size_t len, uint64_t at)
{
	uint64_t where = at + used;

	if (len > sizeof(room) - used)
		die("too many arguments");
	memcpy(room + used, bytes, len);
	used += (len + 15) / 16 * 16;
	return where;
}

static uint64_t
place_hex(const char *hex, uint64_t at)
{
	uint8_t bytes[ROOM];
	size_t len = 0;
	unsigned int byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes[len++] = (uint8_t)byte;
	return place(bytes, len, at);
}

static uint64_t
argument(const char *text, uint64_t at)
{
	static const uint8_t zero[ROOM];

	if (strncmp(text, "s:", 2) == 0)
		return place(text + 2, strlen(text + 2) + 1, at);
	if (strncmp(text, "x:", 2) == 0)
		return place_hex(text + 2, at);
	if (strncmp(text, "m:", 2) == 0)
		return place(zero, strtoul(text + 2, NULL, 0), at);
	return strtoull(text, NULL, 0);
}

/* Waits in a system call, so that its instruction stands before the next one. */
static void
stop(pid_t pid, struct user_regs_struct *regs)
{
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
		die("attach");
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("stop");
	if (ptrace(PTRACE_GETREGS, pid, NULL, regs) != 0)
		die("registers");
}

/* What it was doing goes on afterwards as if nothing had been. */
static void
leave(pid_t pid, struct user_regs_struct *before)
{
	if (ptrace(PTRACE_SETREGS, pid, NULL, before) != 0 ||
	    ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
		die("detach");
}

static void
tell(long long result)
{
	if (result < 0 && result >= -ERRNO_MAX)
		puts(strerrorname_np((int)-result));
	else
		printf("%lld\n", result);
}

int
main(int argc, char **argv)
{
	struct user_regs_struct before, regs;
	unsigned long long *in_register[ARGUMENTS_MAX] = {
	    &regs.rdi, &regs.rsi, &regs.rdx, &regs.r10, &regs.r8, &regs.r9};
	struct iovec from = {room, sizeof(room)}, to = {NULL, sizeof(room)};
	pid_t pid;
	int status, number;

	if (argc < 3 || argc > 3 + ARGUMENTS_MAX)
		return 2;
	pid = (pid_t)strtol(argv[1], NULL, 10);
	number = seccomp_syscall_resolve_name(argv[2]);
	stop(pid, &before);
	regs = before;
	regs.rip -= 2;
	regs.orig_rax = (unsigned long long)-1; /* the call it waits in is not begun again */
	regs.rax = number != __NR_SCMP_ERROR ? (unsigned long long)number
					     : strtoull(argv[2], NULL, 0);
	to.iov_base = (void *)(uintptr_t)((before.rsp - BELOW_STACK) & ~(uint64_t)15);
	for (int i = 0; i < argc - 3; i++)
		*in_register[i] = argument(argv[3 + i], (uint64_t)(uintptr_t)to.iov_base);
	if (process_vm_writev(pid, &from, 1, &to, 1, 0) != ROOM)
		die("memory");
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) != 0 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 ||
	    waitpid(pid, &status, __WALL) != pid)
		die("step");
	if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) {
		if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0)
			die("registers");
		tell((long long)regs.rax);
		leave(pid, &before);
		return 0;
	}
	/* A signal that is on its way, or the end at once. */
	if (WIFSTOPPED(status)) {
		puts(WSTOPSIG(status) == SIGSYS ? "SIGSYS" : strsignal(WSTOPSIG(status)));
		(void)ptrace(PTRACE_DETACH, pid, NULL, (void *)(intptr_t)WSTOPSIG(status));
		return 0;
	}
	puts(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? "SIGSYS" : "ended");
	return 0;
}
