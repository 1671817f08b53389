/*
 * The other half of a backup: takes what the source sends, encrypts it as it comes, and puts
 * the file in its place when all of it is there. For root.
 */
#ifndef SEKISHO_BACKUP_MAKE_H
#define SEKISHO_BACKUP_MAKE_H

#include "backup/stream.h"
#include "container/container.h"
#include <stdbool.h>

#define BACKUP_SUFFIX ".sekisho-backup"

enum { BACKUP_PATH_SIZE = 256 };

struct backup_order {
	const char *path; /* absolute; what is there already stays, and that is an error */
	const struct recipient *recipient;
	size_t recipient_count;
	const struct secret *passphrase; /* NULL: none */
	const char *log_key;             /* signs; NULL or not there: no signature */
};

struct backup_made {
	struct container_sum sum;
	bool is_signed;
	char *meta; /* owned by the caller: free() */
};

/*
 * Takes the run from fd (the stream's socket) until its end. 0; SKS_CONFLICT (path exists),
 * SKS_UNTRUSTED (others can write in its directory), SKS_NOT_FOUND (no directory), SKS_FULL,
 * SKS_TIMEOUT (the source says nothing for a minute), SKS_UNREACHABLE (it ended or failed),
 * SKS_IO; why[] says it in English. On error nothing is left behind.
 */
int backup_make(int fd, uint32_t run, const struct backup_order *order,
    struct backup_made *made, char *why, size_t why_size);

/* After a failure, where the socket outlives the run: takes the rest of it, so that the source
 * comes to its end and nothing is left for the next run. */
void backup_drain(int fd, uint32_t run);

/* "DIR/HOST-20261122T050311Z.sekisho-backup". SKS_TOO_BIG. */
int backup_name(const char *dir, int64_t wall_ms, char path[BACKUP_PATH_SIZE]);
/* False where programs read their settings or the system lies: with an absolute path without
 * links, whatever its mode is. */
bool backup_may_be_in(const char *dir);
/* Removes the oldest of this host's backups in dir, by name, until "keep" are left; 0: keeps
 * all. */
int backup_prune(const char *dir, unsigned int keep);

#endif
