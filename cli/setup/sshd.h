/* What sshd makes of its configuration. */
#ifndef SEKISHO_CLI_SETUP_SSHD_H
#define SEKISHO_CLI_SETUP_SSHD_H

#include <stdbool.h>

enum { SSHD_SETTINGS_SIZE = 512 };

/* The settings that matter here, as "sshd -T" prints them, a line each; false when it fails. */
bool sshd_effective(char out[SSHD_SETTINGS_SIZE]);
/* sshd -t. */
bool sshd_is_valid(void);

#endif
