/* The question that both plugins ask: either of them alone is enough. */
#include "client.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "plugin.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

enum { CHECK_TIMEOUT_MS = 5000, AGAIN_MS = 1000, WAIT_MAX_MS = 15 * 60 * 1000 };

struct plugin plugin;

void
plugin_say(const char *text)
{
	static char clean[sizeof(((struct sudo_reply *)0)->text)];

	(void)text_clean_lines(clean, sizeof(clean), text);
	if (plugin.print != NULL && clean[0] != '\0')
		(void)plugin.print(SUDO_CONV_ERROR_MSG | SUDO_CONV_PREFER_TTY, "%s\n", clean);
}

void
plugin_refuse(const char *text)
{
	(void)text_clean_lines(plugin.refusal, sizeof(plugin.refusal), text);
}

/* No daemon: what root does must not depend on it, and nobody else gets anything. */
static bool
check_without(const struct sudo_request *q, int error)
{
	bool root = q->uid == 0;

	syslog(LOG_AUTHPRIV | (root ? LOG_WARNING : LOG_ERR),
	    "sekisho_sudo: the daemon could not be asked (%s): %s by %s is %s", error_text(error),
	    q->command, q->user, root ? "not recorded" : "refused");
	if (!root)
		(void)snprintf(plugin.refusal, sizeof(plugin.refusal), "%s",
		    _("Sekisho: the policy service of this host does not answer, so no command "
		      "can be allowed. Ask an administrator: root at the console needs no sudo."));
	return root;
}

static int
check_once(struct sudo_request *q, struct sudo_reply *reply)
{
	return client_call(PLUGIN_SOCKET, MSG_SUDO, &sudo_request_fields, q, NULL, 0,
	    &sudo_reply_fields, reply, NULL, CHECK_TIMEOUT_MS);
}

/* A second person's word is waited for, as long as the daemon says. sudo keeps signals for later
 * at this moment, but they end the nap: who presses ^C gives up. */
static int
check_wait(struct sudo_request *q, struct sudo_reply *reply)
{
	const struct timespec nap = {.tv_sec = AGAIN_MS / 1000};
	int64_t end_ms = clock_monotonic_ms() + WAIT_MAX_MS;
	int r = SKS_OK;

	while (r == SKS_OK && reply->wait != 0 && reply->verdict != PAM_VERDICT_ALLOW) {
		plugin_say(reply->text);
		q->use = reply->wait;
		if (nanosleep(&nap, NULL) != 0 || clock_monotonic_ms() > end_ms) {
			(void)snprintf(reply->text, sizeof(reply->text), "%s",
			    _("Sekisho: you gave up waiting."));
			break;
		}
		r = check_once(q, reply);
	}
	if (r == SKS_OK && q->use != 0 && reply->verdict == PAM_VERDICT_ALLOW)
		plugin_say(reply->text);
	return r;
}

bool
check_ask(char *const command_info[], char *const argv[])
{
	static struct sudo_request q;
	static struct sudo_reply reply;
	bool allowed;
	int r;

	plugin.refusal[0] = '\0';
	facts_fill(&q, plugin.user_info, command_info, argv);
	q.step = SUDO_CHECK;
	r = check_once(&q, &reply);
	if (r == SKS_OK && reply.wait != 0)
		r = check_wait(&q, &reply);
	if (r == SKS_OK) {
		allowed = reply.verdict == PAM_VERDICT_ALLOW;
		if (!allowed)
			plugin_refuse(reply.text);
	} else {
		allowed = check_without(&q, r);
	}
	explicit_bzero(q.arguments, sizeof(q.arguments)); /* they may hold secrets */
	if (allowed && !plugin.begun) { /* else it is a command of the one that runs */
		plugin.checked = true;
		plugin.request = q;
		plugin.reply = reply;
		plugin.request.record = reply.record;
		plugin.request.grant = reply.grant;
	}
	return allowed;
}
