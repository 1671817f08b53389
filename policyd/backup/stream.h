/*
 * How a backup comes about: one process, without rights, reads the store (the source); another,
 * root, encrypts what it gets and puts it where only root can change it (the sink, make.h).
 * Between them is a socket (SOCK_SEQPACKET) and nothing else: the source never has the key or
 * the target, the sink parses nothing of the store.
 *
 * Message: u32 run, u8 kind, bytes. The run keeps what a backup that failed left in the socket
 * apart from the next one.
 *
 * What is encrypted is a list of entries: u8 type, u64 place, u32 length, bytes.
 *   BACKUP_PAGES   bytes of the store's file at that place; may come again, the last counts
 *   BACKUP_END     place = the file's size; no bytes; nothing follows
 */
#ifndef SEKISHO_BACKUP_STREAM_H
#define SEKISHO_BACKUP_STREAM_H

#include <stddef.h>
#include <stdint.h>

#define BACKUP_KIND "backup" /* of the container */

enum { BACKUP_PAGES = 1, BACKUP_END = 2, BACKUP_ENTRY_HEAD = 13 };

enum stream_kind { STREAM_META = 1, STREAM_DATA, STREAM_END, STREAM_FAILED };
enum { STREAM_HEAD = 5, STREAM_MESSAGE_MAX = 60000, STREAM_STALLED_MS = 60000 };

struct backup_source;

/*
 * Begins the copy of the store in dir: from now on it is of this moment. fd is the socket,
 * which stays the caller's. version and host go into the meta. Errors as store_copy_open.
 */
int backup_source_open(
    const char *dir, int fd, uint32_t run, const char *version, struct backup_source **out);
/* The log's size in the copy, and its newest head ("" where there is none, or no room). */
void backup_source_about(struct backup_source *s, uint64_t *size, char *head, size_t head_size);
/* Does some of the work, never waits. 1: go on; 2: go on when fd can be written to; 0: all of
 * it is sent; or an error, which the sink is told. SKS_TIMEOUT when the sink takes nothing for
 * a minute. */
int backup_source_step(struct backup_source *s);
/* Does all of it, waiting. */
int backup_source_run(struct backup_source *s);
void backup_source_free(struct backup_source *s);

#endif
