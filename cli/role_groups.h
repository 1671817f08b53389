/* The names and numbers that are kept for the groups of roles (libnss_sekisho). */
#ifndef SEKISHO_CLI_ROLE_GROUPS_H
#define SEKISHO_CLI_ROLE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

struct role_groups {
	char names[256]; /* "late (65599), sekisho-look (77)"; "" for none */
	char fix[2048];  /* what root types to give them others, a line each; a name that is not for a shell
			    has none */
};

/*
 * Groups of a file like /etc/group whose name or number is one that roles have. Who has a role would
 * be in such a group, and its members in the role's. The group of the account that the probe logs in
 * as is none, unless p, which may be NULL, has a role of that name. The numbers that "fix" gives are
 * free in that file and in the host's name services. False: the file could not be read, or not to its
 * end.
 */
bool role_groups_taken(const struct policy *p, const char *path, struct role_groups *out);

#endif
