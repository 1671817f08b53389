#include "role_groups.h"

#include "check.h"
#include "group_index.h"
#include "probe/place.h"
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

/* The probe's account has a group of its name, nobody's role until one is called so. */
static bool
is_kept(const struct policy *p, const struct group *g)
{
	if (g->gr_gid >= GROUP_INDEX_GID_MIN && g->gr_gid <= GROUP_INDEX_GID_MAX)
		return true;
	if (strncmp(g->gr_name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) != 0)
		return false;
	return strcmp(g->gr_name, PROBE_ACCOUNT) != 0 ||
	       (p != NULL && policy_role(p, g->gr_name + strlen(GROUP_INDEX_PREFIX)) != NULL);
}

bool
role_groups_taken(const struct policy *p, const char *path, char *names, size_t size)
{
	FILE *f = fopen(path, "re");
	const struct group *g;
	bool whole;

	names[0] = '\0';
	if (f == NULL)
		return false;
	errno = 0;
	while ((g = fgetgrent(f)) != NULL) {
		if (is_kept(p, g))
			check_add_name(names, size, g->gr_name);
		errno = 0;
	}
	whole = errno == 0 || errno == ENOENT;
	(void)fclose(f);
	return whole;
}
