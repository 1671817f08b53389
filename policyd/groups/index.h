/* Builds the group index (include/group_index.h). */
#ifndef SEKISHO_GROUPS_INDEX_H
#define SEKISHO_GROUPS_INDEX_H

#include "buf.h"
#include <stddef.h>
#include <stdint.h>

struct index_group {
	char name[64]; /* with its prefix */
	uint32_t gid;
};

struct index_member {
	size_t group; /* which of the groups */
	const char *user;
	int64_t until_wall_ms, until_boot_ms;
};

/*
 * Appends the whole index to out, whose maximum should be GROUP_INDEX_MAX. Members may stand in
 * any order; of those of one user and one group the one that lasts longest counts. Sorts the
 * members. 0, SKS_TOO_BIG, SKS_INVALID (a group that is none, a name that does not fit, more than
 * GROUP_INDEX_USER_GROUPS groups of one user), SKS_NOMEM.
 */
int index_build(struct buf *out, const struct index_group *group, size_t groups,
    struct index_member *member, size_t members);

#endif
