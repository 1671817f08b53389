/* What an account can do on this host now besides logging in: roles, groups, sudoers. */
#ifndef SEKISHO_CLI_USER_POWER_H
#define SEKISHO_CLI_USER_POWER_H

#include <jansson.h>

/* Adds to the daemon's answer what only the host knows: "groups", "sudo", "sudo_read", "root". */
void user_power_add(json_t *user);
void user_power_print(const json_t *user);

#endif
