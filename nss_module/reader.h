/*
 * Reads the group index in somebody else's process: libc only, no heap, no thread, no mmap (a
 * file that shrinks would be a SIGBUS), no descriptor that outlives the call, and no trust in
 * what the file says about itself: every offset is held against its size.
 */
#ifndef SEKISHO_NSS_READER_H
#define SEKISHO_NSS_READER_H

#include "group_index.h"
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	int fd;
	uint32_t size, slots_user, slots_name, slots_gid, first_group, groups;
	int64_t wall_ms, boot_ms; /* now */
};

enum reader_result {
	READER_FOUND,
	READER_NOT_FOUND,
	READER_AGAIN, /* the caller's buffer is too small: ERANGE */
	READER_UNUSABLE, /* no index, or none of ours */
};

/* READER_FOUND, or READER_UNUSABLE with nothing open. */
enum reader_result reader_open(const char *path, struct reader *r);
void reader_close(struct reader *r);

/* The gids that this user has now, at most max of them. */
enum reader_result reader_gids(
    const struct reader *r, const char *user, uint32_t gid[GROUP_INDEX_USER_GROUPS], size_t *count);

/* A group with the members it has now; strings and pointers go into buffer[size]. */
enum reader_result reader_group_by_name(const struct reader *r, const char *name,
    struct group *out, char *buffer, size_t size);
enum reader_result reader_group_by_gid(
    const struct reader *r, uint32_t gid, struct group *out, char *buffer, size_t size);
/* The n-th group, from 0 on. */
enum reader_result reader_group_at(
    const struct reader *r, uint32_t n, struct group *out, char *buffer, size_t size);

#endif
