/*
 * sudo's audit plugin: what was refused, what runs, how it ended. Its yes to the command that is
 * about to run counts too: without the approval plugin it asks itself.
 */
#include "client.h"
#include "i18n.h"
#include "plugin.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TELL_TIMEOUT_MS = 2000 };

#define EXPORTED __attribute__((visibility("default")))

extern struct audit_plugin sekisho_audit;

static char *const *submitted; /* the command as it was typed; NULL: none */

static int
audit_open(unsigned int version, sudo_conv_t conversation, sudo_printf_t print,
    char *const settings[], char *const user_info[], int submit_optind,
    char *const submit_argv[], char *const submit_envp[], char *const options[],
    const char **errstr)
{
	int count = 0;

	(void)version;
	(void)conversation;
	(void)settings;
	(void)submit_envp;
	(void)options;
	(void)errstr;
	plugin.print = print;
	plugin.user_info = user_info;
	while (submit_argv != NULL && submit_argv[count] != NULL)
		count++;
	submitted = submit_optind > 0 && submit_optind < count ? submit_argv + submit_optind : NULL;
	return 1;
}

/* Our own refusals are recorded already. */
static bool
is_ours(const char *name)
{
	return name != NULL && strncmp(name, "sekisho_", strlen("sekisho_")) == 0;
}

static int
audit_reject(const char *name, unsigned int type, const char *message,
    char *const command_info[], const char **errstr)
{
	static struct sudo_request q;
	static struct sudo_reply reply;

	(void)type;
	(void)errstr;
	if (is_ours(name) || plugin.begun || submitted == NULL)
		return 1;
	facts_fill(&q, plugin.user_info, command_info, submitted);
	q.step = SUDO_REFUSED;
	(void)text_clean(q.plugin, sizeof(q.plugin), name != NULL ? name : "");
	(void)text_clean(q.message, sizeof(q.message), message != NULL ? message : "");
	/* It is refused whether we hear of it or not. */
	(void)client_call(PLUGIN_SOCKET, MSG_SUDO, &sudo_request_fields, &q, NULL, 0,
	    &sudo_reply_fields, &reply, NULL, TELL_TIMEOUT_MS);
	explicit_bzero(q.arguments, sizeof(q.arguments));
	return 1;
}

static int
audit_accept(const char *name, unsigned int type, char *const command_info[],
    char *const run_argv[], char *const run_envp[], const char **errstr)
{
	(void)name;
	(void)run_envp;
	if (type != SUDO_FRONT_END || command_info == NULL || run_argv == NULL ||
	    run_argv[0] == NULL || plugin.begun)
		return 1;
	if ((plugin.checked || check_ask(command_info, run_argv)) &&
	    run_begin(sekisho_audit.event_alloc))
		return 1;
	plugin_say(plugin.refusal);
	if (errstr != NULL)
		*errstr = plugin.refusal;
	return 0;
}

static void
audit_close(int type, int status)
{
	if (!plugin.begun || type == SUDO_PLUGIN_NO_STATUS)
		return;
	if (type == SUDO_PLUGIN_EXEC_ERROR || type == SUDO_PLUGIN_SUDO_ERROR)
		run_end(SUDO_ENDED_ERROR, (uint32_t)status);
	else if (WIFSIGNALED(status))
		run_end(SUDO_ENDED_SIGNAL, (uint32_t)WTERMSIG(status));
	else
		run_end(SUDO_ENDED_EXIT, (uint32_t)WEXITSTATUS(status));
}

static int
audit_show_version(int verbose)
{
	(void)verbose;
	if (plugin.print != NULL)
		(void)plugin.print(SUDO_CONV_INFO_MSG, "Sekisho audit plugin\n");
	return 1;
}

/* sudo sets event_alloc. */
EXPORTED struct audit_plugin sekisho_audit = {
    .type = SUDO_AUDIT_PLUGIN,
    .version = SUDO_API_VERSION,
    .open = audit_open,
    .close = audit_close,
    .accept = audit_accept,
    .reject = audit_reject,
    .error = audit_reject,
    .show_version = audit_show_version,
};
