/*
 * What the settings that "sshd -T" prints mean for the second factor.
 */
#ifndef SEKISHO_CLI_CHECK_SSHD_SETTINGS_H
#define SEKISHO_CLI_CHECK_SSHD_SETTINGS_H

#include <stdbool.h>

struct sshd_settings {
	bool seen; /* it was the output of sshd -T at all */
	bool pam, keyboard_interactive, password, public_key, empty_passwords, host_based;
	char methods[1024]; /* AuthenticationMethods; "any" is sshd's default */
	char banner[1024];  /* a file; "none" is sshd's default */
};

/* One "keyword value" line of it; out begins as zeros. */
void sshd_settings_take(struct sshd_settings *out, const char *line);
/* Is there a list of methods that a key (or nothing of ours) completes on its own? */
bool sshd_settings_allow_without_prompt(const struct sshd_settings *s);

#endif
