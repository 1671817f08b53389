/*
 * The group index, /run/sekisho/groups: who is in which sekisho-ROLE, and until when. Written by
 * the daemon as a whole (policyd/groups/), read by libnss_sekisho in any process with pread()
 * (nss_module/). Integers are big endian.
 *
 *   header, 48 bytes:
 *     8 bytes "SKSGRP01"   u32 size of the file   u32 slots by user   u32 slots by name
 *     u32 slots by gid     u32 offset of the first group   u32 groups   16 bytes zero
 *   slots by user, by name, by gid: u32 each, the offset of the first entry of a chain, 0: none.
 *     Their numbers are powers of two; a name's slot is group_index_hash(name), a gid's
 *     group_index_hash_gid(gid), taken modulo the number of slots.
 *   a user:
 *     u32 next of its chain   u16 length of the name   u16 number of groups
 *     name   for each group: u32 gid, u64 until (wall clock, ms), u64 until (boot clock, ms)
 *   a group, one behind the other from the first on:
 *     u32 next by name   u32 next by gid   u32 gid   u32 length of this entry
 *     u32 members   u16 length of the name   u16 zero   name
 *     for each member: u64 until (wall), u64 until (boot), u16 length of the name, name
 *
 * A membership counts while both clocks stand before its ends. So neither a daemon that died nor
 * a file that stayed behind keeps one alive.
 */
#ifndef SEKISHO_GROUP_INDEX_H
#define SEKISHO_GROUP_INDEX_H

#include <stdint.h>

#define GROUP_INDEX_PATH   "/run/sekisho/groups"
#define GROUP_INDEX_FILE   "groups"
#define GROUP_INDEX_MAGIC  "SKSGRP01"
#define GROUP_INDEX_PREFIX "sekisho-"

enum {
	GROUP_INDEX_HEADER = 48,
	GROUP_INDEX_MAX = 16 << 20,
	GROUP_INDEX_USER_FIXED = 8,    /* of a user, before its name */
	GROUP_INDEX_USER_GROUP = 20,   /* each of its groups */
	GROUP_INDEX_USER_GROUPS = 100, /* at most */
	GROUP_INDEX_GROUP_FIXED = 24,  /* of a group, before its name */
	GROUP_INDEX_MEMBER_FIXED = 18, /* of a member, before its name */
	GROUP_INDEX_NAME_MAX = 255,
	GROUP_INDEX_CHAIN_MAX = 64, /* longer ones are no index of ours */
	GROUP_INDEX_GID_MIN = 65536,
	GROUP_INDEX_GID_MAX = 99999,
};

/* FNV-1a of the bytes of a name. */
static inline uint32_t
group_index_hash(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash;
}

static inline uint32_t
group_index_hash_gid(uint32_t gid)
{
	return gid * 2654435761U >> 16;
}

#endif
