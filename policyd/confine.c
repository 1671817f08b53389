#include "confine.h"

#include "error.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

enum { ABOVE_STANDARD = 3, REPORT_MAX = 160 };

/* Our own way to syslog: syslog(3) may hold its lock just when the handler runs. */
static struct {
	int fd;
	char head[32]; /* "<83>" and who we are */
} report = {.fd = -1};

static size_t
confine_put(char *line, size_t at, const char *text)
{
	while (*text != '\0' && at < REPORT_MAX)
		line[at++] = *text++;
	return at;
}

static size_t
confine_put_number(char *line, size_t at, unsigned int n)
{
	char digits[12];
	size_t i = sizeof(digits);

	digits[--i] = '\0';
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	return confine_put(line, at, digits + i);
}

/*
 * Only what is async-signal-safe. SA_RESETHAND has made SIGSYS deadly again, and it is blocked
 * until we return: a second forbidden call in here ends us at once.
 */
static void
confine_on_sigsys(int signal_number, siginfo_t *info, void *context)
{
	char line[REPORT_MAX + 1];
	size_t head, len;

	(void)context;
	head = confine_put(line, 0, report.head);
	len = confine_put(line, head, "error: system call ");
	len = confine_put_number(line, len, (unsigned int)info->si_syscall);
	len = confine_put(
	    line, len, " is not allowed here (scmp_sys_resolver names it): ending\n");
	(void)!write(STDERR_FILENO, line + head, len - head);
	if (report.fd >= 0)
		(void)send(report.fd, line, len - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), signal_number);
}

/* No syslog is no reason to stay outside: standard error and the exit status are left. */
static void
confine_open_report(void)
{
	static const struct sockaddr_un syslog_address = {
	    .sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd;

	if (report.fd >= 0)
		return;
	snprintf(report.head, sizeof(report.head), "<%d>%.20s: ", LOG_AUTHPRIV | LOG_ERR,
	    program_invocation_short_name);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && fd < ABOVE_STANDARD) {
		report.fd = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
		close(fd);
	} else {
		report.fd = fd;
	}
	if (report.fd >= 0 && connect(report.fd, (const struct sockaddr *)&syslog_address,
				  sizeof(syslog_address)) != 0) {
		close(report.fd);
		report.fd = -1;
	}
}

static int
confine_catch(void)
{
	struct sigaction action = {
	    .sa_sigaction = confine_on_sigsys, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};
	sigset_t sigsys;

	sigfillset(&action.sa_mask);
	sigemptyset(&sigsys);
	sigaddset(&sigsys, SIGSYS);
	if (sigaction(SIGSYS, &action, NULL) != 0 ||
	    sigprocmask(SIG_UNBLOCK, &sigsys, NULL) != 0)
		return SKS_IO;
	return SKS_OK;
}

int
confine_apply(const struct confine *c)
{
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("no_new_privs: %s", strerror(errno));
		return SKS_IO;
	}
	confine_open_report();
	r = confine_paths(c->readable, c->writable, c->profile == CONFINE_FORWARDER);
	if (r == SKS_NOT_FOUND)
		log_warn("this kernel has no Landlock: files are guarded by their modes alone");
	else if (r != SKS_OK)
		return r;
	r = confine_catch();
	if (r == SKS_OK)
		r = confine_calls(c->profile);
	if (r != SKS_OK)
		log_error("limiting system calls: %s", error_text(r));
	return r;
}
