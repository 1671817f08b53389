/* The names and numbers that are kept for the groups of roles (libnss_sekisho). */
#ifndef SEKISHO_CLI_ROLE_GROUPS_H
#define SEKISHO_CLI_ROLE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

/*
 * Groups of a file like /etc/group whose name or number is one that roles have, with commas; ""
 * for none. Who has a role would be in such a group, and its members in the role's. The group
 * of the account that the probe logs in as is none, unless p, which may be NULL, has a role of
 * that name. False: the file could not be read, or not to its end.
 */
bool role_groups_taken(const struct policy *p, const char *path, char *names, size_t size);

#endif
