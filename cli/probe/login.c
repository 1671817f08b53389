#include "login.h"

#include "clock.h"
#include "place.h"
#include "run.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUIET_MS = 300, NO_CONNECTION = 255 };

/* What is on the terminal is a prompt: everything else goes to the error output. */
struct client {
	pid_t pid;
	int terminal, said;
	char line[512];
	size_t line_used;
	char shown[256];
	size_t shown_used;
	int64_t shown_ms; /* when the terminal last showed something; 0: never */
};

static bool
login_begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* The method in quotes behind "using", as a further one that succeeded. */
static void
login_passed(const char *line, struct probe_result *out)
{
	const char *from = strstr(line, "using \"");
	size_t used = strlen(out->passed), len;

	if (from == NULL)
		return;
	from += strlen("using \"");
	len = strcspn(from, "\"");
	if (used + len + 3 < sizeof(out->passed))
		snprintf(out->passed + used, sizeof(out->passed) - used, "%s%.*s",
		    used == 0 ? "" : ",", (int)len, from);
}

void
probe_read_line(const char *line, struct probe_result *out)
{
	if (login_begins(line, "debug1: Authentications that can continue"))
		out->talked = true;
	else if (login_begins(line, "debug1: Server accepts key"))
		out->accepted = true;
	else if (login_begins(line, "Authenticated using "))
		login_passed(line, out);
	else if (login_begins(line, "Authenticated to ")) {
		out->talked = out->opened = true;
		login_passed(line, out);
	}
}

/* ---- the client -------------------------------------------------------------------------- */

static void __attribute__((noreturn))
login_child(const struct probe_plan *plan, const char *method, const char *terminal, int said)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C",
		    home[] = "HOME=" PROBE_CLIENT;
	char *const environment[] = {path, locale, home, NULL};
	char port[16], preferred[PROBE_METHOD_SIZE + 32];
	const char *const argv[] = {"/usr/bin/ssh", "-v", "-T", "-F", "/dev/null", "-p", port,
	    "-l", PROBE_ACCOUNT, "-i", PROBE_KEY, "-o", preferred, "-o", "IdentitiesOnly=yes",
	    "-o", "IdentityAgent=none", "-o", "ControlPath=none", "-o", "ConnectTimeout=5",
	    "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
	    "GlobalKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1", "-o",
	    "HostbasedAuthentication=yes", "-o", "GSSAPIAuthentication=yes", "-o",
	    "UpdateHostKeys=no", "-o", "ForwardAgent=no", "-o", "ClearAllForwardings=yes",
	    plan->host, "true", NULL};
	int fd;

	run_unblock();
	snprintf(port, sizeof(port), "%u", plan->port);
	snprintf(preferred, sizeof(preferred), "PreferredAuthentications=%s", method);
	if (setsid() < 0 || (fd = open(terminal, O_RDWR)) < 0)
		_exit(127);
	(void)ioctl(fd, TIOCSCTTY, 0);
	if (dup2(said, STDERR_FILENO) < 0 || (fd = open("/dev/null", O_RDWR)) < 0 ||
	    dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(127);
	execve(argv[0], (char *const *)(uintptr_t)argv, environment);
	_exit(127);
}

/* "keyboard-interactive:pam" is sshd's way to say which of its own devices asks. */
static void
login_plain_method(const char *method, char *out, size_t size)
{
	size_t used = 0;

	for (bool skip = false; *method != '\0' && used + 1 < size; method++) {
		skip = *method == ':' || (skip && *method != ',');
		if (!skip)
			out[used++] = *method;
	}
	out[used] = '\0';
}

static bool
login_start(struct client *c, const struct probe_plan *plan, const char *method)
{
	char plain[PROBE_METHOD_SIZE], terminal[64];
	int pipes[2];

	login_plain_method(method, plain, sizeof(plain));
	memset(c, 0, sizeof(*c));
	c->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->terminal < 0 || grantpt(c->terminal) != 0 || unlockpt(c->terminal) != 0 ||
	    ptsname_r(c->terminal, terminal, sizeof(terminal)) != 0 ||
	    pipe2(pipes, O_CLOEXEC) != 0) {
		if (c->terminal >= 0)
			close(c->terminal);
		return false;
	}
	fflush(stdout);
	c->pid = fork();
	if (c->pid == 0)
		login_child(plan, plain, terminal, pipes[1]);
	close(pipes[1]);
	c->said = pipes[0];
	if (c->pid > 0)
		return true;
	close(c->said);
	close(c->terminal);
	return false;
}

/* false: no more will come. */
static bool
login_read_said(struct client *c, struct probe_result *out)
{
	char bytes[512];
	ssize_t n = read(c->said, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r') {
			c->line[c->line_used] = '\0';
			probe_read_line(c->line, out);
			c->line_used = 0;
		} else if (c->line_used + 1 < sizeof(c->line)) {
			c->line[c->line_used++] = bytes[i];
		}
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

static void
login_read_terminal(struct client *c)
{
	ssize_t n =
	    read(c->terminal, c->shown + c->shown_used, sizeof(c->shown) - 1 - c->shown_used);

	if (n > 0) {
		c->shown_used += (size_t)n;
		c->shown_ms = clock_monotonic_ms();
	}
}

/* The last line on the terminal that is not empty. */
static bool
login_prompt(struct client *c, char *out, size_t size)
{
	char *from = c->shown, *end;

	c->shown[c->shown_used] = '\0';
	from += strspn(from, "\r\n");
	end = from + strlen(from);
	while (end > from && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\n'))
		*--end = '\0';
	if (end == from)
		return false;
	while (end > from && end[-1] != '\n' && end[-1] != '\r')
		end--;
	text_clean(out, size, end);
	return true;
}

/* Until a prompt, the end of the client, or the end of the time. */
static enum probe_end
login_watch(struct client *c, struct probe_result *out)
{
	int64_t end_ms = clock_monotonic_ms() + PROBE_LOGIN_MS;

	for (;;) {
		struct pollfd fds[] = {{c->said, POLLIN, 0}, {c->terminal, POLLIN, 0}};
		int64_t now_ms = clock_monotonic_ms();

		if (now_ms >= end_ms)
			return PROBE_LATE;
		if (c->shown_ms != 0 && now_ms - c->shown_ms >= QUIET_MS) {
			if (login_prompt(c, out->asked, sizeof(out->asked)))
				return PROBE_ASKED;
			c->shown_ms = 0;
		}
		if (poll(fds, 2, QUIET_MS / 3) < 0 && errno != EINTR)
			return PROBE_LOST;
		if ((fds[1].revents & POLLIN) != 0)
			login_read_terminal(c);
		if (fds[0].revents != 0 && !login_read_said(c, out))
			return PROBE_REFUSED; /* for now: it has ended */
	}
}

static int
login_stop(struct client *c)
{
	int status = 0;

	close(c->said);
	close(c->terminal);
	if (waitpid(c->pid, &status, WNOHANG) == 0) {
		/* time to end by itself where it is about to */
		for (int i = 0; i < 20; i++) {
			usleep(10000);
			if (waitpid(c->pid, &status, WNOHANG) == c->pid)
				return status;
		}
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	return status;
}

void
probe_login(const struct probe_plan *plan, const char *method, struct probe_result *out)
{
	struct client c;
	int status;

	memset(out, 0, sizeof(*out));
	out->end = PROBE_LOST;
	if (!login_start(&c, plan, method))
		return;
	out->end = login_watch(&c, out);
	if (out->end == PROBE_ASKED || out->end == PROBE_LATE)
		kill(c.pid, SIGKILL);
	status = login_stop(&c);
	if (out->end != PROBE_REFUSED)
		return;
	/* the shell that says that nobody logs in with it ends with 1; ssh itself with 255 */
	if (out->opened && WIFEXITED(status) && WEXITSTATUS(status) != NO_CONNECTION)
		out->end = PROBE_IN;
	else if (out->opened || (out->accepted && out->passed[0] == '\0'))
		out->end = PROBE_CUT;
	else if (!out->talked)
		out->end = PROBE_LOST;
}
