/* sudo's approval plugin: asked when sudoers has said yes, before anything runs. */
#include "plugin.h"

#define EXPORTED __attribute__((visibility("default")))

static int
approval_open(unsigned int version, sudo_conv_t conversation, sudo_printf_t print,
    char *const settings[], char *const user_info[], int submit_optind,
    char *const submit_argv[], char *const submit_envp[], char *const options[],
    const char **errstr)
{
	(void)version;
	(void)conversation;
	(void)settings;
	(void)submit_optind;
	(void)submit_argv;
	(void)submit_envp;
	(void)options;
	(void)errstr;
	plugin.print = print;
	plugin.user_info = user_info;
	return 1;
}

static int
approval_check(char *const command_info[], char *const run_argv[], char *const run_envp[],
    const char **errstr)
{
	(void)run_envp;
	if (check_ask(command_info, run_argv))
		return 1;
	plugin_say(plugin.refusal);
	if (errstr != NULL)
		*errstr = plugin.refusal;
	return 0;
}

static int
approval_show_version(int verbose)
{
	(void)verbose;
	if (plugin.print != NULL)
		(void)plugin.print(SUDO_CONV_INFO_MSG, "Sekisho approval plugin\n");
	return 1;
}

extern struct approval_plugin sekisho_approval;
EXPORTED struct approval_plugin sekisho_approval = {
    .type = SUDO_APPROVAL_PLUGIN,
    .version = SUDO_API_VERSION,
    .open = approval_open,
    .check = approval_check,
    .show_version = approval_show_version,
};
