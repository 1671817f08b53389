/*
 * What a file is: bytes, mode, owner, time and attributes. Read before a change, put back after
 * one. Links are never followed: who names a file means that file.
 */
#ifndef SEKISHO_ROLLBACK_STATE_H
#define SEKISHO_ROLLBACK_STATE_H

#include "buf.h"
#include "sha256.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	STATE_PATH_SIZE = 512,
	STATE_BYTES_MAX = 16 << 20,
	STATE_ATTRIBUTES = 8,
	STATE_VALUE_MAX = 512,
};

struct state_attribute {
	char name[128]; /* security.selinux, system.posix_acl_access, user.… */
	uint8_t value[STATE_VALUE_MAX];
	size_t len;
};

struct state {
	bool present;
	mode_t mode; /* permissions only */
	uid_t uid;
	gid_t gid;
	uint64_t size;
	int64_t mtime_ns;
	char sha256[SHA256_HEX_SIZE];
	struct state_attribute attribute[STATE_ATTRIBUTES];
	size_t attribute_count;
};

/* Of path now; a path that is not there is a state too. bytes may be NULL. 0, SKS_UNTRUSTED
 * (something else than a regular file), SKS_TOO_BIG (bytes or attributes), SKS_IO. */
int state_read(const char *path, struct state *out, struct buf *bytes);
/* The state that a new or rewritten file is to have: that of "before", or mode of root, with
 * these bytes. */
void state_of_bytes(
    const struct state *before, mode_t mode, const void *bytes, size_t len, struct state *out);
/* Same presence and bytes? Mode, owner and times do not count. */
bool state_same_bytes(const struct state *a, const struct state *b);

/*
 * Makes path be that state, with these bytes (or be absent): written beside as
 * .NAME.sekisho-new, fsynced, renamed over it, directory fsynced. A crash leaves the old or the
 * new file, and at most that one beside, which the next call takes away. 0, SKS_FULL,
 * SKS_READONLY, SKS_NOT_FOUND (no directory), SKS_DENIED (immutable), SKS_INVALID, SKS_IO.
 */
int state_put(const char *path, const struct state *want, const void *bytes, size_t len);
/* Takes away what a state_put() that was cut off left beside. */
void state_sweep(const char *path);
/* Keeps what is at path now, whatever it is, as PATH.sekisho-conflict (or .1, .2 … behind it),
 * whose name goes into kept. The file stays at path too, where links allow it. */
int state_keep_aside(const char *path, char kept[STATE_PATH_SIZE]);

#endif
