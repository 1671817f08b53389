/*
 * The child that unpacks a backup: it has no rights, gets what is inside the file and not what
 * opens it, and answers with a report.
 */
#include "backup.h"
#include "backup/unpack.h"
#include "error.h"
#include "i18n.h"
#include "privilege.h"
#include "restore.h"
#include "seal_to.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 << 10 };

/* Its answer: one line of what went wrong ("" for nothing), then the report. */
static void __attribute__((noreturn))
restore_child(struct putting *p, int in, int out, pid_t parent)
{
	char why[512] = "", *text;
	json_t *report = NULL;
	int r = privilege_drop(BACKUP_USER, why, sizeof(why));

	if (r == SKS_OK && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(EXIT_FAILURE);
	p->order.in = in;
	if (r == SKS_OK)
		r = p->work(&p->order, &report, why, sizeof(why));
	text =
	    json_dumps(report != NULL ? report : json_null(), JSON_COMPACT | JSON_ENCODE_ANY);
	for (char *c = why; *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	(void)dprintf(out, "%s\n%s",
	    r == SKS_OK      ? ""
	    : why[0] != '\0' ? why
			     : error_text(r),
	    text != NULL ? text : "null");
	_exit(r == SKS_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

static pid_t
restore_fork(struct putting *p, int *to, int *from)
{
	int in[2], out[2];
	pid_t parent = getpid(), pid;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(in[1]);
		close(out[0]);
		/* it gets what is inside, and not what opens it */
		container_reader_free(p->reader);
		restore_child(p, in[0], out[1], parent);
	}
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return pid;
}

/* 0, or what went wrong with the file; the child's own trouble is in its answer. */
static int
restore_feed(struct putting *p, int to)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int r;

	(void)sigaction(SIGPIPE, &ignore, &before);
	r = backup_feed(p->reader, to);
	(void)sigaction(SIGPIPE, &before, NULL);
	return r == SKS_UNREACHABLE ? SKS_OK : r;
}

int
restore_work(struct putting *p, json_t **report)
{
	static char answer[ANSWER_MAX];
	char clean[1024];
	int to, from, e, ended = 0;
	pid_t pid = restore_fork(p, &to, &from);
	size_t len = 0, line;
	ssize_t n;

	*report = NULL;
	if (pid < 0) {
		fprintf(stderr, "sekisho: %s\n", strerror(errno));
		return STATUS_REFUSED;
	}
	e = restore_feed(p, to);
	close(to);
	while ((n = read(from, answer + len, sizeof(answer) - 1 - len)) > 0 ||
	       (n < 0 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	close(from);
	while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		continue;
	answer[len] = '\0';
	line = strcspn(answer, "\n");
	if (answer[line] == '\n')
		*report = json_loads(answer + line + 1, 0, NULL);
	answer[line] = '\0';
	if (e != SKS_OK) {
		seal_explain(p->path, e);
		return STATUS_TAMPERED;
	}
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == EXIT_SUCCESS)
		return STATUS_DONE;
	/* from a process that has read what somebody else may have written */
	text_clean(clean, sizeof(clean), answer);
	fprintf(stderr, "sekisho: %s\n",
	    clean[0] != '\0' ? clean
			     : _("the process that unpacks it ended before it was done"));
	return STATUS_REFUSED;
}
