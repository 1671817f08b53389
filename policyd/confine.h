/*
 * What is left to a process of ours once it runs: Landlock for files, TCP, abstract sockets and
 * signals; seccomp for system calls. For good, and for all its later threads. Everything else
 * is opened and loaded before: no memory becomes executable afterwards, so no library either.
 *
 * A call that is not on the list is not carried out, and ends the process with SIGSYS:
 * - calls that no mistake of ours would make (exec, fork, ptrace, setuid, mount, bpf ...) are
 *   SCMP_ACT_KILL_PROCESS: the kernel ends it at once and names it in its log (audit 1326).
 * - all others are SCMP_ACT_TRAP: a handler writes the call's number to syslog and standard
 *   error, then SIGSYS ends the process. The kernel's log of a kill cannot be read in a
 *   container or by the daemon's user, and a call forgotten on some host's libc must be
 *   findable by those who run it. It gives nothing away: the call is not made either way, and
 *   the handler cannot be replaced.
 * SCMP_ACT_LOG is no choice: it carries the call out.
 */
#ifndef SEKISHO_CONFINE_H
#define SEKISHO_CONFINE_H

#include <stdbool.h>

enum confine_profile {
	CONFINE_DAEMON, /* the loop, the sockets it accepts from, the store it writes */
	CONFINE_WORKER, /* reads the store, answers on one descriptor */
	CONFINE_FORWARDER, /* the same, and connects to other hosts; never listens */
};

struct confine {
	enum confine_profile profile;
	/* NULL-terminated lists of files and of directories with all below them; a path that is
	 * not there is left out, and made later it stays refused. NULL: none. */
	const char *const *readable;
	const char *const *writable; /* read, write, create and remove */
};

/*
 * 0, or SKS_IO or SKS_NOMEM, then logged, and the caller has to end. Sets no_new_privs. A
 * kernel without Landlock: a warning in the log, the system calls are limited all the same. One
 * with an older Landlock: what it knows. Descriptors that are open keep working. Before it,
 * connect to syslog (log_open and a message).
 */
int confine_apply(const struct confine *c) __attribute__((warn_unused_result));

/*
 * For a process that has to run code of others (PAM modules) and so cannot live by a list of what
 * it may call: takes away for good what none of it needs, such as ptrace, mount, namespaces, bpf
 * and modules. Needs no_new_privs or CAP_SYS_ADMIN. 0, SKS_IO or SKS_NOMEM.
 */
int confine_never(void) __attribute__((warn_unused_result));

/* The two parts, for confine_apply. confine_paths: SKS_NOT_FOUND without Landlock; may_connect:
 * to TCP ports of other hosts. */
int confine_paths(
    const char *const *readable, const char *const *writable, bool may_connect);
int confine_calls(enum confine_profile profile);

#endif
