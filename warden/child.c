/*
 * A name service or a PAM module may take as long as it likes and break what it likes: it does
 * so in a process of its own, which sends one answer through a pipe of its own and is ended
 * with all its offspring after CHILD_LIMIT_MS. Requests beyond CHILDREN_MAX wait in order.
 */
#include "clock.h"
#include "error.h"
#include "log.h"
#include "warden.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RESULT_FD = 3 };

/* ---- in the child --------------------------------------------------------------------------
 */

static struct {
	const void *data;
	size_t len;
} sent_back;

void
child_payload(const void *data, size_t len)
{
	sent_back.data = data;
	sent_back.len = len;
}

/* What one request needs is not for the modules and name services of the others. */
static int
child_give_up(void)
{
	const cap_value_t reads = CAP_DAC_READ_SEARCH;
	cap_t caps = cap_get_proc();
	int r = caps != NULL && cap_set_flag(caps, CAP_EFFECTIVE, 1, &reads, CAP_CLEAR) == 0 &&
			cap_set_flag(caps, CAP_PERMITTED, 1, &reads, CAP_CLEAR) == 0 &&
			cap_set_proc(caps) == 0
		    ? SKS_OK
		    : SKS_DENIED;

	if (caps != NULL)
		(void)cap_free(caps);
	return r;
}

static void __attribute__((noreturn))
child_main(int result, pid_t parent, warden_run *run, const struct warden_call *call)
{
	static struct warden_answer answer;
	/* the way between worker and warden is for two alone; neither runs code of others */
	bool shares = run == backup_run || run == hostlogs_run;

	/* syslog's descriptor goes with the others: it must not be written to by its number. */
	log_close();
	if (dup2(result, RESULT_FD) < 0 ||
	    close_range(shares ? HELPER_SHARED_FD + 1 : RESULT_FD + 1, ~0U, 0) != 0)
		_exit(126);
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL); /* modules wait for children of their own */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(126);
	if (run != survey_run && run != sweep_run && child_give_up() != SKS_OK)
		_exit(126);
	answer.status = SKS_INTERNAL;
	run(call, &answer);
	if (helper_answer(RESULT_FD, 1, 1, &warden_answer_fields, &answer, sent_back.data,
		sent_back.len) != SKS_OK)
		_exit(126);
	_exit(0);
}

/* ---- in the warden -------------------------------------------------------------------------
 */

static struct child *
child_find_free(struct warden *w)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (w->child[i].pid == 0)
			return &w->child[i];
	}
	return NULL;
}

static void
child_start(struct warden *w, struct child *c, struct ticket t, warden_run *run,
    const struct warden_call *call)
{
	pid_t parent = getpid();
	int end[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0) {
		warden_status(w, t, SKS_IO);
		return;
	}
	c->pid = fork();
	if (c->pid == 0)
		child_main(end[1], parent, run, call);
	close(end[1]);
	if (c->pid < 0) {
		log_error("fork: %s", strerror(errno));
		c->pid = 0;
		close(end[0]);
		warden_status(w, t, SKS_IO);
		return;
	}
	buf_init(&c->payload, HELPER_PAYLOAD_MAX);
	/* Its own group, so that it can be ended with what it started. */
	(void)setpgid(c->pid, c->pid);
	c->result = end[0];
	c->ticket = t;
	c->deadline_ms =
	    clock_monotonic_ms() + (run == backup_run ? BACKUP_LIMIT_MS : w->child_limit_ms);
}

static void
child_end(struct child *c)
{
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	close(c->result);
	buf_clear(&c->payload);
	*c = (struct child){.pid = 0};
}

static void
child_finish(struct warden *w, struct child *c, const struct warden_answer *answer)
{
	struct ticket t = c->ticket;
	struct buf payload = c->payload;

	c->payload = (struct buf){0}; /* now ours */
	child_end(c);
	warden_answer(w, t, answer, payload.data, payload.len);
	buf_clear(&payload);
}

/* No answer, or half a one: it crashed, and what it wanted to say is unknown. */
static void
child_take(struct warden *w, struct child *c)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	static struct warden_answer answer;
	struct helper_message m;
	int r = helper_receive(c->result, 0, data, &m);

	if (r == SKS_TIMEOUT)
		return;
	if (r == SKS_OK) {
		buf_put_bytes(&c->payload, m.payload.data, m.payload.len);
		r = buf_error(&c->payload);
	}
	if (r == SKS_OK && m.more)
		return;
	if (r == SKS_OK && fields_decode(&warden_answer_fields, &m.fields, &answer) == SKS_OK) {
		child_finish(w, c, &answer);
		return;
	}
	log_error("request %u of type %u: its process ended without an answer",
	    (unsigned int)c->ticket.id, (unsigned int)c->ticket.type);
	answer = (struct warden_answer){.status = SKS_IO};
	buf_reset(&c->payload);
	child_finish(w, c, &answer);
}

static struct waiting *
child_oldest_waiting(struct warden *w)
{
	struct waiting *oldest = NULL;

	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct waiting *q = &w->waiting[i];

		if (q->ticket.id != 0 && (oldest == NULL || q->order < oldest->order))
			oldest = q;
	}
	return oldest;
}

static void
child_start_waiting(struct warden *w)
{
	struct waiting *q;
	struct child *c;

	while ((c = child_find_free(w)) != NULL && (q = child_oldest_waiting(w)) != NULL) {
		child_start(w, c, q->ticket, q->run, &q->call);
		explicit_bzero(q, sizeof(*q));
	}
}

void
child_submit(struct warden *w, struct ticket t, warden_run *run, const struct warden_call *call)
{
	struct waiting *q = NULL;

	for (size_t i = 0; i < WAITING_MAX && q == NULL; i++) {
		if (w->waiting[i].ticket.id == 0)
			q = &w->waiting[i];
	}
	if (q == NULL) {
		warden_status(w, t, SKS_FULL);
		return;
	}
	q->ticket = t;
	q->order = ++w->order;
	q->run = run;
	q->call = *call;
	child_start_waiting(w);
}

size_t
child_polls(const struct warden *w, struct pollfd *p)
{
	size_t count = 0;

	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (w->child[i].pid != 0)
			p[count++] =
			    (struct pollfd){.fd = w->child[i].result, .events = POLLIN};
	}
	return count;
}

void
child_turn(struct warden *w, int64_t now_ms)
{
	static const struct warden_answer late = {.status = SKS_TIMEOUT};

	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		struct child *c = &w->child[i];

		if (c->pid != 0)
			child_take(w, c);
		if (c->pid != 0 && c->deadline_ms <= now_ms) {
			buf_reset(&c->payload);
			log_warn("request %u of type %u took too long: ended",
			    (unsigned int)c->ticket.id, (unsigned int)c->ticket.type);
			child_finish(w, c, &late);
		}
	}
	child_start_waiting(w);
}

int64_t
child_next_deadline(const struct warden *w)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (w->child[i].pid != 0 && w->child[i].deadline_ms < next)
			next = w->child[i].deadline_ms;
	}
	return next;
}

void
child_end_all(struct warden *w)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (w->child[i].pid != 0)
			child_end(&w->child[i]);
	}
	explicit_bzero(w->waiting, sizeof(w->waiting));
}
