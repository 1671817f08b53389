/*
 * A command of a role's while it runs. The daemon says when its grant is over, by the held
 * connection; when the daemon is away the grant's own end counts, by either clock. Then all
 * processes below sudo's get HUP and TERM, two seconds later KILL, and should sudo still wait for
 * its command after that, its loop is broken.
 */
#include "client.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "plugin.h"
#include "spool.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
	OPEN_TIMEOUT_MS = 1000, /* before the command runs */
	AGAIN_TIMEOUT_MS = 200, /* while it runs: its terminal waits meanwhile */
	AGAIN_MS = 2000,
	LOOK_MS = 5000, /* a wall clock that was set is seen so late at most, without the daemon */
	GRACE_MS = 2000,
	LAST_MS = 1000,
	TELL_TIMEOUT_MS = 2000,
	NAP_MS = 20,
};

enum stage { STAGE_RUNS, STAGE_TERM, STAGE_KILL, STAGE_BROKEN };

static struct {
	enum stage stage;
	int fd; /* held; -1 */
	struct sudo_plugin_event *timer, *input;
	int64_t until_wall_ms, until_boot_ms;
	int64_t kill_at_ms; /* monotonic */
	bool reported;
} run = {.fd = -1};

static void run_on_timer(int fd, int what, void *context);
static void run_on_input(int fd, int what, void *context);

/* ---- waiting ----------------------------------------------------------------------------- */

static void
run_wait(int64_t ms)
{
	struct timespec t;

	if (ms < 1)
		ms = 1;
	t.tv_sec = ms / 1000;
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	if (run.timer != NULL)
		(void)run.timer->add(run.timer, &t);
}

static int64_t
run_left_ms(void)
{
	struct instant now = clock_now();
	int64_t wall = run.until_wall_ms - now.wall_ms, boot = run.until_boot_ms - now.boot_ms;

	return wall < boot ? wall : boot;
}

static void
run_wait_on(void)
{
	int64_t ms = run.fd < 0 ? AGAIN_MS : LOOK_MS, left = run_left_ms();

	run_wait(left < ms ? left : ms);
}

/* ---- the connection ---------------------------------------------------------------------- */

static void
run_let_go(void)
{
	if (run.fd < 0)
		return;
	if (run.stage == STAGE_RUNS && run.input != NULL)
		(void)run.input->del(run.input);
	close(run.fd);
	run.fd = -1;
}

static void
run_take(const struct sudo_reply *reply)
{
	run.until_wall_ms = reply->until_wall_ms;
	run.until_boot_ms = reply->until_boot_ms;
	if (reply->over[0] != '\0')
		memcpy(plugin.reply.over, reply->over, sizeof(plugin.reply.over));
}

/* False when the grant is over, with plugin.refusal. Where the daemon does not answer, what was
 * known before goes on. */
static bool
run_hold(int timeout_ms)
{
	static struct sudo_reply reply;
	int r;

	plugin.request.step = SUDO_HOLD;
	r = client_open(PLUGIN_SOCKET, MSG_SUDO, &sudo_request_fields, &plugin.request,
	    timeout_ms, &run.fd);
	if (r == SKS_OK)
		r = client_next(run.fd, MSG_SUDO, &sudo_reply_fields, &reply, timeout_ms);
	if (r == SKS_OK && reply.verdict != PAM_VERDICT_ALLOW) {
		plugin_refuse(reply.text);
		run_let_go();
		return false;
	}
	if (r == SKS_OK)
		run_take(&reply);
	if (r != SKS_OK || !reply.held) {
		run_let_go();
		return true;
	}
	if (run.input != NULL &&
	    (run.input->set(run.input, run.fd, SUDO_PLUGIN_EV_READ | SUDO_PLUGIN_EV_PERSIST,
		 run_on_input, NULL) != 1 ||
		run.input->add(run.input, NULL) != 1))
		run_let_go();
	return true;
}

/* ---- the end ----------------------------------------------------------------------------- */

/* The daemon is away: it reads how the command ended when it is back. */
static void
run_spool(const struct sudo_request *q)
{
	static struct spool_event e;
	struct instant now = clock_now();

	e = (struct spool_event){.kind = SPOOL_SUDO_EXIT,
	    .wall_ms = now.wall_ms,
	    .boot_ms = now.boot_ms,
	    .uid = q->uid,
	    .known = true,
	    .service = "sudo",
	    .pid = (uint32_t)getpid(),
	    .record = q->record,
	    .grant = q->grant,
	    .over = q->over,
	    .ended = q->ended,
	    .status = q->status};
	(void)clock_boot_id(e.boot_id);
	(void)snprintf(e.user, sizeof(e.user), "%s", q->user);
	(void)snprintf(e.tty, sizeof(e.tty), "%s", q->tty);
	(void)snprintf(e.command, sizeof(e.command), "%s", q->command);
	if (spool_write(PLUGIN_SPOOL_DIR, PLUGIN_SPOOL_KEY, &e) != SKS_OK)
		syslog(LOG_AUTHPRIV | LOG_ERR,
		    "sekisho_sudo: how %s of %s ended can be told to nobody: %s %u", q->command,
		    q->user, fields_word(sudo_ended_words, q->ended), q->status);
}

static void
run_report(uint32_t ended, uint32_t status)
{
	static struct sudo_reply reply;

	if (run.reported)
		return;
	run.reported = true;
	plugin.request.step = SUDO_EXIT;
	plugin.request.over = run.stage != STAGE_RUNS;
	plugin.request.ended = ended;
	plugin.request.status = status;
	if (client_call(PLUGIN_SOCKET, MSG_SUDO, &sudo_request_fields, &plugin.request, NULL, 0,
		&sudo_reply_fields, &reply, NULL, TELL_TIMEOUT_MS) != SKS_OK)
		run_spool(&plugin.request);
}

static void
run_over(const char *text)
{
	if (run.stage != STAGE_RUNS)
		return;
	run.stage = STAGE_TERM;
	plugin_say(text);
	if (run.fd >= 0) /* it says that we are there, until the command's end is reported */
		(void)run.input->del(run.input);
	(void)tree_signal(SIGHUP);
	(void)tree_signal_known(SIGTERM);
	(void)tree_signal_known(SIGCONT); /* one that is stopped hears nothing */
	run.kill_at_ms = clock_monotonic_ms() + GRACE_MS;
	run_wait(GRACE_MS);
}

static void
run_on_input(int fd, int what, void *context)
{
	static struct sudo_reply reply;

	(void)fd;
	(void)what;
	(void)context;
	if (run.stage != STAGE_RUNS || run.fd < 0)
		return;
	if (client_next(run.fd, MSG_SUDO, &sudo_reply_fields, &reply, AGAIN_TIMEOUT_MS) !=
	    SKS_OK) {
		run_let_go();
		run_wait(AGAIN_MS);
	} else if (reply.verdict != PAM_VERDICT_ALLOW) {
		run_over(reply.text);
	} else {
		run_take(&reply);
	}
}

static void
run_on_timer(int fd, int what, void *context)
{
	(void)fd;
	(void)what;
	(void)context;
	switch (run.stage) {
	case STAGE_RUNS:
		if (run_left_ms() <= 0) {
			run_over(plugin.reply.over);
			return;
		}
		if (run.fd < 0 && !run_hold(AGAIN_TIMEOUT_MS))
			run_over(plugin.refusal);
		else
			run_wait_on();
		break;
	case STAGE_TERM:
		run.stage = STAGE_KILL;
		(void)tree_signal(SIGKILL);
		run_wait(LAST_MS);
		break;
	case STAGE_KILL:
		run.stage = STAGE_BROKEN;
		run_report(SUDO_ENDED_UNKNOWN, 0); /* sudo may not call close() after this */
		run.timer->loopbreak(run.timer);
		break;
	case STAGE_BROKEN:
		break;
	}
}

/* The command has ended, but something of it may not have. */
static void
run_finish_tree(void)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};

	while (tree_signal_known(0) > 0 && clock_monotonic_ms() < run.kill_at_ms)
		(void)nanosleep(&nap, NULL);
	(void)tree_signal_known(SIGKILL);
}

/* ---- begin and end ----------------------------------------------------------------------- */

bool
run_begin(struct sudo_plugin_event *(*event_alloc)(void))
{
	plugin.begun = true;
	if (plugin.reply.grant == 0)
		return true;
	run.until_wall_ms = plugin.reply.until_wall_ms;
	run.until_boot_ms = plugin.reply.until_boot_ms;
	if (event_alloc != NULL) {
		run.timer = event_alloc();
		run.input = event_alloc();
	}
	if (run.timer == NULL || run.input == NULL ||
	    run.timer->set(run.timer, -1, SUDO_PLUGIN_EV_TIMEOUT, run_on_timer, NULL) != 1) {
		(void)snprintf(plugin.refusal, sizeof(plugin.refusal), "%s",
		    _("Sekisho: this version of sudo cannot end a command in time, so none of a "
		      "role's is run. It takes sudo 1.9.13 or a newer one."));
		return false;
	}
	if (!run_hold(OPEN_TIMEOUT_MS))
		return false;
	run_wait_on();
	return true;
}

void
run_end(uint32_t ended, uint32_t status)
{
	run_report(ended, status);
	run_let_go();
	if (run.stage != STAGE_RUNS)
		run_finish_tree();
	if (run.timer != NULL)
		run.timer->free(run.timer);
	if (run.input != NULL)
		run.input->free(run.input);
	run.timer = run.input = NULL;
	if (run.stage != STAGE_RUNS && plugin.request.edit) {
		/* sudo would now put the edited copy in the file's place. */
		plugin_say(_("Sekisho: the file stays as it was. What you edited is in the "
			     "editor's temporary file, below /var/tmp."));
		_exit(1);
	}
}
