/*
 * The helpers, started by us or come by themselves, and what the warden reads for a daemon that
 * is not root: its keys.
 */
#include "clock.h"
#include "error.h"
#include "log.h"
#include "start.h"
#include "text.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COMING_MS = 20000, ANSWER_MS = 20000 };

/* ---- starting them ----------------------------------------------------------------------- */

static int
start_roots(struct server *s, int shared)
{
	static char path[4096];
	char key_option[] = "--key", log_option[] = "--log-key", courier_option[] = "--courier";
	char *warden_argv[] = {path, key_option, (char *)(uintptr_t)s->options.key_file,
	    log_option, (char *)(uintptr_t)s->options.log_key, NULL};
	char *courier_argv[] = {path, courier_option, NULL};
	struct helper_options warden = {.name = "warden",
	    .path = path,
	    .argv = warden_argv,
	    .answer = &warden_answer_fields,
	    .shared = shared};
	struct helper_options courier = {.name = "courier",
	    .path = path,
	    .argv = courier_argv,
	    .answer = &warden_answer_fields};
	int e;

	(void)snprintf(path, sizeof(path), "%s/sekisho-warden", s->options.libexec);
	if ((e = helper_start(&warden, &s->warden)) == SKS_OK)
		e = helper_start(&courier, &s->courier);
	return e;
}

static int
await_one(const char *name, int listener, int shared, struct helper **out)
{
	const struct helper_options options = {.name = name, .answer = &warden_answer_fields};
	int fd = -1, e = helper_accept(listener, shared, clock_monotonic_ms() + COMING_MS, &fd);

	if (e == SKS_OK && (e = helper_adopt(&options, fd, out)) != SKS_OK)
		(void)close(fd);
	if (e != SKS_OK)
		log_error(
		    "the %s does not come (%s). What keeps it: systemctl status sekisho-%s",
		    name, error_text(e), name);
	return e;
}

static int
await_roots(struct server *s, int shared)
{
	int e = await_one("warden", s->handed.fd[ACTIVATION_WARDEN], shared, &s->warden);

	if (e == SKS_OK)
		e = await_one("courier", s->handed.fd[ACTIVATION_COURIER], -1, &s->courier);
	return e;
}

static int
start_workers(struct server *s, int shared)
{
	static char path[4096], forward[] = "forward", judge[] = "judge";
	char *worker_argv[] = {path, (char *)(uintptr_t)s->options.user,
	    (char *)(uintptr_t)s->options.state_dir, NULL};
	char *forwarder_argv[] = {path, (char *)(uintptr_t)s->options.user,
	    (char *)(uintptr_t)s->options.state_dir, forward, NULL};
	char *judge_argv[] = {path, (char *)(uintptr_t)s->options.user,
	    (char *)(uintptr_t)s->options.state_dir, judge, NULL};
	struct helper_options judging = {
	    .name = "judge", .path = path, .argv = judge_argv, .answer = &command_reply_fields};
	struct helper_options worker = {.name = "worker",
	    .path = path,
	    .argv = worker_argv,
	    .answer = &command_reply_fields,
	    .shared = shared};
	struct helper_options forwarder = {.name = "forwarder",
	    .path = path,
	    .argv = forwarder_argv,
	    .answer = &forward_answer_fields};
	int e;

	(void)snprintf(path, sizeof(path), "%s/sekisho-worker", s->options.libexec);
	if ((e = helper_start(&worker, &s->worker)) == SKS_OK &&
	    (e = helper_start(&judging, &s->judge)) == SKS_OK)
		e = helper_start(&forwarder, &s->forwarder);
	return e;
}

int
start_helpers(struct server *s)
{
	int between[2], e;

	/* for backups: the store's bytes go from one to the other, not through us */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, between) != 0)
		return SKS_IO;
	e = s->handed.helpers ? await_roots(s, between[0]) : start_roots(s, between[0]);
	if (e == SKS_OK)
		e = start_workers(s, between[1]);
	if (e != SKS_OK)
		log_error(
		    "cannot start the helpers in %s: %s", s->options.libexec, error_text(e));
	(void)close(between[0]);
	(void)close(between[1]);
	return e;
}

/* ---- keys from the warden ---------------------------------------------------------------- */

struct answer {
	bool here;
	int error;
	uint64_t number;
	struct buf file;
	char why[512];
};

static void
keep_answer(void *context, int error, const void *from, const void *payload, size_t len)
{
	struct answer *to = context;
	const struct warden_answer *a = from;

	to->here = true;
	to->error = error != SKS_OK ? error : (int)a->status;
	if (error != SKS_OK)
		return;
	to->number = a->number;
	(void)text_clean(to->why, sizeof(to->why), a->text);
	buf_put_bytes(&to->file, payload, len);
	if (to->error == SKS_OK)
		to->error = buf_error(&to->file);
}

/* Nothing else is under way yet: so this may wait. to->file is a secret, the caller's to clear.
 */
static int
ask_for_key(
    struct server *s, enum warden_key_file file, enum warden_key_step step, struct answer *to)
{
	static struct warden_call call;

	*to = (struct answer){0};
	buf_init(&to->file, KEYRING_FILE_MAX);
	call = (struct warden_call){.number = (uint64_t)file, .limit = (uint32_t)step};
	to->error = helper_send(s->warden, WARDEN_KEYS, &warden_call_fields, &call, NULL, 0,
	    keep_answer, to, clock_monotonic_ms() + ANSWER_MS);
	while (to->error == SKS_OK && !to->here) {
		struct pollfd p = {.fd = helper_fd(s->warden), .events = POLLIN};

		(void)poll(&p, 1, ANSWER_MS);
		helper_readable(s->warden);
		helper_expire(s->warden, clock_monotonic_ms());
	}
	if (to->error != SKS_OK)
		log_error(
		    "the warden has no key for us: %s %s", error_text(to->error), to->why);
	return to->error;
}

static int
take_seal(struct server *s, bool create)
{
	struct answer a;
	char why[256] = "";
	int e = ask_for_key(
	    s, WARDEN_SEALING_KEYS, create ? WARDEN_KEY_MAKE : WARDEN_KEY_START, &a);

	if (e == SKS_OK && (e = seal_open_bytes(a.file.data, a.file.len, (int64_t)a.number,
				&s->seal, why, sizeof(why))) != SKS_OK)
		log_error("%s: %s", s->options.key_file, why);
	buf_clear(&a.file);
	return e;
}

static int
take_log_key(struct server *s)
{
	struct answer a;
	char why[512] = "";
	int e = ask_for_key(s, WARDEN_LOG_KEY, WARDEN_KEY_START, &a);

	if (e == SKS_OK && a.number > LOGKEY_FOREIGN)
		e = SKS_PROTOCOL;
	if (e == SKS_OK &&
	    (e = logkey_open_bytes(s->options.log_key, a.file.data, a.file.len,
		 (enum logkey_start)a.number, &s->log_key, why, sizeof(why))) != SKS_OK)
		log_error("%s", why);
	buf_clear(&a.file);
	return e;
}

static int
take_spool_key(struct server *s)
{
	struct answer a;
	int e = ask_for_key(s, WARDEN_SPOOL_KEY, WARDEN_KEY_START, &a);

	if (e == SKS_OK && a.file.len != sizeof(s->spool_key))
		e = SKS_INVALID;
	if (e == SKS_OK) {
		memcpy(s->spool_key, a.file.data, sizeof(s->spool_key));
		s->spool_made_ms = (int64_t)a.number;
	}
	buf_clear(&a.file);
	return e;
}

int
start_keys_by_warden(struct server *s, bool create)
{
	int e = SKS_OK;

	if (!s->options.key_is_credential)
		e = take_seal(s, create);
	if (e == SKS_OK && !s->options.log_key_is_credential)
		e = take_log_key(s);
	return e == SKS_OK ? take_spool_key(s) : e;
}
