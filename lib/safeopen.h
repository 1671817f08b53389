/*
 * Opening files that must be trusted, and replacing files so that a crash leaves the old or
 * the new one, never half. Absolute paths only; no symbolic link is followed in the last
 * component; checks are made on the descriptor, never on the name.
 */
#ifndef SEKISHO_SAFEOPEN_H
#define SEKISHO_SAFEOPEN_H

#include <stddef.h>
#include <sys/types.h>

struct buf;

/*
 * Opens for reading a regular file that belongs to "owner" (or root), has one link and no
 * permission bits beyond max_mode (e.g. 0600, 0644). Returns the descriptor (O_CLOEXEC) or
 * SKS_NOT_FOUND, SKS_UNTRUSTED (why[] then holds one sentence for the operator), SKS_IO.
 * why may be NULL.
 */
int safeopen_read(const char *path, uid_t owner, mode_t max_mode, char *why, size_t why_size);
/* safeopen_read and slurp into "out" (which carries the size limit: SKS_TOO_BIG). */
int safeopen_slurp(
    const char *path, uid_t owner, mode_t max_mode, struct buf *out, char *why, size_t why_size);
/* Each parent up to / belongs to root or owner and is not writable by others (sticky aside). */
int safeopen_path_is_secure(const char *path, uid_t owner, char *why, size_t why_size);
/* Writes beside, fsyncs, renames over path, fsyncs the directory. The new file belongs to the
 * effective user. 0, SKS_FULL, SKS_READONLY, SKS_NOT_FOUND (no directory), SKS_INVALID (not an
 * absolute path of a file), SKS_IO; then path is as it was, unless the last fsync failed. */
int safeopen_replace(const char *path, mode_t mode, const void *data, size_t len);

#endif
