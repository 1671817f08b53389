/* What an account can do on this host now besides logging in: roles, groups, sudoers. */
#ifndef SEKISHO_CLI_USER_POWER_H
#define SEKISHO_CLI_USER_POWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Adds to the daemon's answer what only the host knows: "groups", "sudo", "sudo_read", "root". */
void user_power_add(json_t *user);
void user_power_print(const json_t *user);

struct passwd;
/* Do members of this group read or write what makes them root? */
bool power_group_leads_to_root(const char *name);
/* The names of an account's groups, to be freed each. */
size_t power_groups(const struct passwd *pw, char **name, size_t max);

#endif
