/*
 * sekisho-courier: this program started a second time, for a few requests alone. Mail programs
 * and an administrator's own commands need what the warden gives up: setgid, other users'
 * files, whatever root may. They may hang, too. So they are kept apart from it, and what they
 * can be asked to run is fixed: sendmail, and what root has put into ALERT_COMMANDS and (host.c)
 * HOST_COMMANDS. Any
 * program of root's would be too much: a shell would read the alert as its script.
 *
 * No shell, a fixed environment, the message on standard input. What it prints is read and
 * thrown away but for its beginning, which says why it failed. child.c ends it with its group
 * when its time is over.
 */
#include "error.h"
#include "log.h"
#include "safeopen.h"
#include "text.h"
#include "warden.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SENDMAIL "/usr/sbin/sendmail"

enum { COURIER_MESSAGE_MAX = 16384, OUTPUT_KEPT = 160, WAIT_MS = 50, HOST_SIZE = 256 };

/* It keeps root's rights, and a name and a memory of its own all the same. */
int
courier_prepare(void)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_NAME, "sekisho-courier") != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		log_error("courier: %s", strerror(errno));
		return SKS_DENIED;
	}
	return SKS_OK;
}

/* ---- may it be run? ---------------------------------------------------------------------- */

/* May only root change the program, and the way to it? */
static bool
courier_is_ours(const char *path, struct warden_answer *answer)
{
	char real[PATH_MAX], why[256] = "";
	struct stat st;

	if (realpath(path, real) == NULL || stat(real, &st) != 0) {
		snprintf(answer->text, sizeof(answer->text), "%s: %s", path, strerror(errno));
		answer->status = SKS_NOT_FOUND;
		return false;
	}
	answer->status = SKS_UNTRUSTED;
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		snprintf(answer->text, sizeof(answer->text),
		    "%.3900s must be a file of root's that nobody else may write", real);
	else if (safeopen_path_is_secure(path, 0, why, sizeof(why)) != SKS_OK ||
		 safeopen_path_is_secure(real, 0, why, sizeof(why)) != SKS_OK)
		snprintf(answer->text, sizeof(answer->text), "%s", why);
	else
		return true;
	return false;
}

bool
courier_is_plain(const char *program, struct warden_answer *answer)
{
	struct stat st;

	if (!courier_is_ours(program, answer))
		return false;
	if (lstat(program, &st) == 0 && S_ISREG(st.st_mode))
		return true;
	snprintf(answer->text, sizeof(answer->text), "%.3900s is no plain file", program);
	answer->status = SKS_UNTRUSTED;
	return false;
}

/* ---- running it -------------------------------------------------------------------------- */

static void __attribute__((noreturn)) courier_exec(char *const *argv, int in, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LANG=C.UTF-8",
		    home[] = "HOME=/";
	char *const env[] = {path, lang, home, NULL};

	/* both lie above the standard ones: those are open */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
		_exit(126);
	(void)signal(SIGPIPE, SIG_DFL);
	execve(argv[0], argv, env);
	_exit(127);
}

struct feeding {
	int in, out; /* our ends; -1: closed */
	const uint8_t *data;
	size_t left;
	char kept[OUTPUT_KEPT + 1]; /* the beginning of what it printed */
	size_t kept_len;
};

static void
feeding_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
feeding_write(struct feeding *f)
{
	ssize_t n = write(f->in, f->data, f->left);

	if (n > 0) {
		f->data += n;
		f->left -= (size_t)n;
	}
	/* It need not read all, or any, of it. */
	if (f->left == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		feeding_close(&f->in);
}

static void
feeding_read(struct feeding *f)
{
	char data[4096];
	ssize_t n = read(f->out, data, sizeof(data));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		feeding_close(&f->out);
	for (ssize_t i = 0; i < n && f->kept_len < OUTPUT_KEPT; i++)
		f->kept[f->kept_len++] = data[i] == '\n' || data[i] == '\0' ? ' ' : data[i];
}

/* Until it has ended. What it leaves behind may hold its output open: that is not waited for.
 */
static int
feeding_run(struct feeding *f, pid_t pid)
{
	int status;
	pid_t r;

	for (;;) {
		struct pollfd p[2] = {
		    {.fd = f->in, .events = POLLOUT}, {.fd = f->out, .events = POLLIN}};

		(void)poll(p, 2, WAIT_MS);
		if (f->in >= 0 && p[0].revents != 0)
			feeding_write(f);
		if (f->out >= 0 && p[1].revents != 0)
			feeding_read(f);
		r = waitpid(pid, &status, WNOHANG);
		if (r == pid)
			break;
		if (r < 0 && errno != EINTR)
			return -1;
		if (f->in < 0 && f->out < 0 && waitpid(pid, &status, 0) == pid)
			break;
	}
	if (f->out >= 0)
		feeding_read(f);
	return status;
}

static void
courier_judge(
    const char *program, int status, const struct feeding *f, struct warden_answer *answer)
{
	char kept[OUTPUT_KEPT + 1];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		answer->status = SKS_OK;
		snprintf(answer->text, sizeof(answer->text), "%s", f->kept);
		return;
	}
	answer->status = SKS_IO;
	(void)text_clean(kept, sizeof(kept), f->kept);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		snprintf(answer->text, sizeof(answer->text), "%s could not be run. %s", program,
		    kept);
	else if (WIFEXITED(status))
		snprintf(answer->text, sizeof(answer->text), "%s ended with status %d. %s",
		    program, WEXITSTATUS(status), kept);
	else
		snprintf(answer->text, sizeof(answer->text), "%s was ended by signal %d. %s",
		    program, WTERMSIG(status), kept);
}

void
courier_feed(char *const *argv, const struct buf *input, struct warden_answer *answer)
{
	struct feeding f = {.in = -1, .out = -1, .data = input->data, .left = input->len};
	int in[2] = {-1, -1}, out[2] = {-1, -1}, status;
	pid_t pid;

	answer->status = SKS_IO;
	/* child.c ends the group: it must be ours before there is anybody in it */
	if (buf_error(input) != SKS_OK || (setpgid(0, 0) != 0 && getpgrp() != getpid()) ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR || pipe2(in, O_CLOEXEC) != 0 ||
	    pipe2(out, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		goto out;
	if (pid == 0)
		courier_exec(argv, in[0], out[1]);
	feeding_close(&in[0]);
	feeding_close(&out[1]);
	f.in = in[1];
	f.out = out[0];
	in[1] = out[0] = -1; /* now f's */
	(void)fcntl(f.in, F_SETFL, O_NONBLOCK);
	(void)fcntl(f.out, F_SETFL, O_NONBLOCK);
	status = feeding_run(&f, pid);
	if (status >= 0)
		courier_judge(argv[0], status, &f, answer);
out:
	feeding_close(&f.in);
	feeding_close(&f.out);
	for (int i = 0; i < 2; i++) {
		feeding_close(&in[i]);
		feeding_close(&out[i]);
	}
}

/* ---- the two requests -------------------------------------------------------------------- */

static const char *
courier_host(char host[HOST_SIZE])
{
	memset(host, 0, HOST_SIZE);
	if (gethostname(host, HOST_SIZE - 1) != 0 || host[0] == '\0')
		snprintf(host, HOST_SIZE, "localhost");
	return host;
}

void
mail_run(const struct warden_call *call, struct warden_answer *answer)
{
	static char program[] = SENDMAIL, dots[] = "-i", recipients[] = "-t";
	char *const argv[] = {program, dots, recipients, NULL};
	char host[HOST_SIZE];
	struct buf message;

	if (!alert_address_is_sane(call->name)) {
		answer->status = SKS_INVALID;
		return;
	}
	if (!courier_is_ours(SENDMAIL, answer))
		return;
	buf_init(&message, COURIER_MESSAGE_MAX);
	alert_print_mail(&call->alert, courier_host(host), call->name, &message);
	courier_feed(argv, &message, answer);
	buf_clear(&message);
}

void
command_run(const struct warden_call *call, struct warden_answer *answer)
{
	char program[sizeof(call->name)], host[HOST_SIZE];
	char *const argv[] = {program, NULL};
	struct buf message;

	if (!alert_command_is_sane(call->name)) {
		answer->status = SKS_INVALID;
		return;
	}
	snprintf(program, sizeof(program), "%s", call->name);
	if (!courier_is_plain(program, answer))
		return;
	buf_init(&message, COURIER_MESSAGE_MAX);
	alert_print_json(&call->alert, courier_host(host), &message);
	courier_feed(argv, &message, answer);
	buf_clear(&message);
}
