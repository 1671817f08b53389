/*
 * What the files of sudo say that concerns us: sudo.conf, sudoers and what it includes. A
 * reader of our own: cvtsudoers need not be installed, and knows no sudo.conf.
 */
#ifndef SEKISHO_CLI_CHECK_SUDO_FILE_H
#define SEKISHO_CLI_CHECK_SUDO_FILE_H

#include <stdbool.h>

struct sudo_settings {
	bool seen;           /* sudoers could be read */
	bool no_account;     /* Defaults !pam_acct_mgmt */
	bool no_session;     /* Defaults !pam_session */
	bool other_password; /* rootpw, runaspw or targetpw */
	bool cut;            /* too many files or too deep: not all was read */
	char service[64]; /* pam_service, "" when it is not set; likewise pam_login_service */
	char login_service[64];
	char group_plugin[128];
	char group_source[32]; /* of sudo.conf: static, dynamic, adaptive */
	bool user_timeouts;    /* user_command_timeouts */
	/* Plugins of sudo.conf: ours, ours whose file is missing, others' that see input or are
	 * asked after ours; "" where there is none. */
	bool audit, approval, gone;
	char other_io[64], other_approval[64];
};

/* NULL: the file is not looked at. */
void sudo_settings_read(struct sudo_settings *out, const char *sudoers, const char *sudo_conf);

/* Each whole line that gives rights or names an alias, in the order in which sudo reads them.
 * False when not all could be read. */
typedef void sudo_take(void *context, const char *file, int line, const char *text);
bool sudo_lines_read(const char *sudoers, sudo_take *take, void *context);

#endif
