#include "role_groups.h"

#include "check.h"
#include "group_index.h"
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

static bool
is_kept(const struct group *g)
{
	return strncmp(g->gr_name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) == 0 ||
	       (g->gr_gid >= GROUP_INDEX_GID_MIN && g->gr_gid <= GROUP_INDEX_GID_MAX);
}

bool
role_groups_taken(const char *path, char *names, size_t size)
{
	FILE *f = fopen(path, "re");
	const struct group *g;
	bool whole;

	names[0] = '\0';
	if (f == NULL)
		return false;
	errno = 0;
	while ((g = fgetgrent(f)) != NULL) {
		if (is_kept(g))
			check_add_name(names, size, g->gr_name);
		errno = 0;
	}
	whole = errno == 0 || errno == ENOENT;
	(void)fclose(f);
	return whole;
}
