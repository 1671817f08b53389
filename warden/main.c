#include "clock.h"
#include "confine.h"
#include "error.h"
#include "log.h"
#include "privilege.h"
#include "spool.h"
#include "warden.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * KILL for sessions of any user; AUDIT_WRITE because libpam refuses a login it cannot report to
 * the kernel. What we read belongs to root, as /etc/shadow does; but administrators' keys lie in
 * directories that are theirs alone, so the process that looks at them may read everything. In
 * all others that is not effective, and those that run foreign code have given it up.
 * no_new_privs breaks no PAM module that runs as root: pam_unix reads the hashes itself, and
 * its setuid helper is for callers that are not.
 */
static const int keep[] = {CAP_KILL, CAP_AUDIT_WRITE, CAP_DAC_READ_SEARCH};

void
warden_answer(struct warden *w, struct ticket t, const struct warden_answer *answer,
    const void *payload, size_t payload_len)
{
	int r = helper_answer(
	    w->fd, t.id, t.type, &warden_answer_fields, answer, payload, payload_len);

	/* A group, a file or a module with a name that cannot be sent: the daemon still waits.
	 */
	if (r == SKS_INVALID || r == SKS_TOO_BIG) {
		const struct warden_answer plain = {.status = r};

		r = helper_answer(w->fd, t.id, t.type, &warden_answer_fields, &plain, NULL, 0);
	}
	if (r != SKS_OK)
		w->gone = true;
}

void
warden_status(struct warden *w, struct ticket t, int status)
{
	const struct warden_answer answer = {.status = status};

	warden_answer(w, t, &answer, NULL, 0);
}

static void
warden_request(struct warden *w)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	static struct warden_call call;
	struct helper_message m;
	int r = helper_receive(w->fd, 0, data, &m);

	if (r == SKS_TIMEOUT)
		return;
	if (r == SKS_OK && (m.more || m.payload.len != 0))
		r = SKS_PROTOCOL;
	if (r == SKS_OK)
		r = fields_decode(&warden_call_fields, &m.fields, &call);
	if (r == SKS_OK)
		r = table_dispatch(w, (struct ticket){m.id, m.type}, &call);
	if (r != SKS_OK)
		w->gone = true;
	if (r != SKS_OK && r != SKS_NOT_FOUND)
		log_error("a request that is none of ours (%s): ending", error_text(r));
	fields_clear(&warden_call_fields, &call);
	explicit_bzero(data, sizeof(data));
}

static int
warden_wait_ms(const struct warden *w)
{
	int64_t next = child_next_deadline(w), ending = ending_next_deadline(w);
	int64_t wait;

	if (ending < next)
		next = ending;
	if (next == INT64_MAX)
		return -1;
	wait = next - clock_monotonic_ms();
	return wait < 0 ? 0 : wait > CHILD_LIMIT_MS ? CHILD_LIMIT_MS : (int)wait;
}

static void
warden_loop(struct warden *w)
{
	struct pollfd p[POLLS_MAX];
	size_t count;

	while (!w->gone) {
		p[0] = (struct pollfd){.fd = w->fd, .events = POLLIN};
		count = 1;
		count += child_polls(w, p + count);
		count += ending_polls(w, p + count);
		if (poll(p, count, warden_wait_ms(w)) < 0 && errno != EINTR) {
			log_error("poll: %s", strerror(errno));
			return;
		}
		child_turn(w, clock_monotonic_ms());
		ending_turn(w, clock_monotonic_ms());
		if (!w->gone && p[0].revents != 0)
			warden_request(w);
	}
}

/* Ctrl-C and a supervisor's TERM go to all of us, but the daemon may still need an answer. In a
 * unit of our own TERM is for us alone, and comes when the daemon has gone. */
static void
warden_signals(const struct warden *w)
{
	const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
	const size_t count = sizeof(ignored) / sizeof(ignored[0]) - (w->attached ? 1 : 0);

	for (size_t i = 0; i < count; i++)
		(void)signal(ignored[i], SIG_IGN);
}

static int
warden_close_eyes(void)
{
	const cap_value_t reads = CAP_DAC_READ_SEARCH;
	cap_t caps = cap_get_proc();
	int r = SKS_OK;

	if (caps == NULL || cap_set_flag(caps, CAP_EFFECTIVE, 1, &reads, CAP_CLEAR) != 0 ||
	    cap_set_proc(caps) != 0) {
		log_error("capabilities: %s", strerror(errno));
		r = SKS_DENIED;
	}
	if (caps != NULL)
		(void)cap_free(caps);
	return r;
}

static int
warden_prepare(struct warden *w)
{
	char why[256];
	int type = 0;
	socklen_t len = sizeof(type);

	for (size_t i = 0; i < ENDINGS_MAX; i++)
		w->ending[i].pidfd = -1;
	if (getsockopt(w->fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_SEQPACKET) {
		log_error("this program is started by sekisho-policyd");
		return SKS_INVALID;
	}
	if (chdir("/") != 0)
		return SKS_IO;
	warden_signals(w);
	if (w->courier) /* see courier.c */
		return courier_prepare();
	if (privilege_limit(keep, sizeof(keep) / sizeof(keep[0]), why, sizeof(why)) != SKS_OK) {
		log_error("%s", why);
		return SKS_DENIED;
	}
	if (confine_never() != SKS_OK) {
		log_error("system calls could not be limited");
		return SKS_DENIED;
	}
	return warden_close_eyes();
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"spool", required_argument, NULL, 's'},
	    {"key", required_argument, NULL, 'k'},
	    {"log-key", required_argument, NULL, 'l'},
	    {"stderr", no_argument, NULL, 'e'},
	    {"courier", no_argument, NULL, 'c'},
	    {"attach", required_argument, NULL, 'a'},
	    {NULL, 0, NULL, 0},
	};
	static struct warden w = {
	    .fd = HELPER_FD, .spool = SPOOL_DIR, .child_limit_ms = CHILD_LIMIT_MS};
	const char *attach = NULL;
	bool to_stderr = false;
	int c, r = SKS_OK;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			w.spool = optarg;
		else if (c == 'k')
			w.key[WARDEN_SEALING_KEYS] = optarg;
		else if (c == 'l')
			w.key[WARDEN_LOG_KEY] = optarg;
		else if (c == 'e')
			to_stderr = true;
		else if (c == 'c')
			w.courier = true;
		else if (c == 'a')
			attach = optarg;
		else
			return 2;
	}
	if (optind != argc)
		return 2;
	/* Before anything else is open: its numbers are fixed. */
	if (attach != NULL)
		r = helper_attach(attach);
	log_open(w.courier ? "sekisho-courier" : "sekisho-warden", to_stderr);
	log_never_wait(); /* logins wait for us */
	if (r != SKS_OK) {
		log_error("%s: the daemon does not take us: %s", attach, error_text(r));
		return EXIT_FAILURE;
	}
	if (attach != NULL) {
		w.attached = true;
		w.key[WARDEN_SPOOL_KEY] = w.courier ? NULL : SPOOL_KEY;
	}
	if (warden_prepare(&w) != SKS_OK)
		return EXIT_FAILURE;
	warden_loop(&w);
	child_end_all(&w);
	return EXIT_SUCCESS;
}
