/*
 * A change of several files that is made whole, or taken back whole. Under DIR:
 *
 *   N/manifest       what the files were and are to be, with hashes
 *   N/000.before …   the bytes as they were, one for each file that was there
 *   pending          change N is being made, or waits for its confirmation, and until when
 *   N/confirmed      what "pending" becomes by one rename
 *   N/outcome        what taking it back came to
 *   lock             held by who applies or takes back
 *
 * All but the files of the host themselves is fsynced before "pending" exists, and "pending"
 * before the first of those is touched. DIR and what is in it must be the caller's own and
 * nobody else's to write: the directory above it belongs to the daemon, which is not trusted
 * with the host's files.
 */
#ifndef SEKISHO_ROLLBACK_TRANSACTION_H
#define SEKISHO_ROLLBACK_TRANSACTION_H

#include "manifest.h"

#define TRANSACTION_DIR "/var/lib/sekisho/setup"

/* One file of a change. */
struct change {
	char path[STATE_PATH_SIZE];
	struct state before; /* as it was when the new bytes were worked out */
	mode_t mode;         /* of a file that is new */
	struct buf bytes;    /* what it is to hold */
};

/* Makes DIR where it is not; 0, SKS_UNTRUSTED (somebody else's), SKS_NOT_FOUND, SKS_IO. */
int transaction_make_dir(const char *dir);
/* Takes the lock; the descriptor to close, SKS_CONFLICT when held and not to be waited for. */
int transaction_lock(const char *dir, bool wait);

/* SKS_NOT_FOUND: nothing is pending. SKS_UNTRUSTED, SKS_CORRUPT: the file is not ours. */
int transaction_pending(const char *dir, struct pending *out);
int transaction_manifest(const char *dir, uint64_t id, struct manifest *out);
/* The newest confirmed change that was not taken back; SKS_NOT_FOUND. */
int transaction_last_confirmed(const char *dir, uint64_t *id);

/*
 * Keeps what the files are and says that a change is pending, of m (services and time are the
 * caller's; id and files are filled in). Nothing of the host has changed when this returns.
 * SKS_CONFLICT: a file is not as in change[i].before any more, or something is pending; other
 * errors of state_read(), state_put(). "at" gets the path it failed at.
 */
int transaction_begin(const char *dir, const struct change *change, size_t count,
    const struct pending *pending, struct manifest *m, const char **at);
/* Makes the i-th file what it is to be. */
int transaction_apply(const struct manifest *m, const struct change *change, size_t i);
/* All is applied: from now on it waits for its confirmation. */
int transaction_applied(const char *dir, const struct pending *pending);
/* It stays. SKS_NOT_FOUND: another change is pending, or none. */
int transaction_confirm(const char *dir, uint64_t id);

/* A confirmed change that nobody is to undo later. */
int transaction_forget(const char *dir, uint64_t id);

struct undone {
	size_t restored, conflicts, failed;
	uint64_t id;
};
/*
 * Takes change id back, in reverse order, and "pending" last. Files that are neither as before
 * nor as after are kept beside. Each file that needs something said goes to tell(): path, the
 * name it was kept under or NULL, the error or 0. Continues behind a failure, then leaves
 * "pending" where it is and returns the first error: the next run tries again.
 */
typedef void undone_fn(const char *path, const char *kept, int error);
int transaction_undo(
    const char *dir, uint64_t id, enum undo_why why, undone_fn *tell, struct undone *out);
/* A confirmed change is to be taken back: word of it, so that a crash half way is finished. */
int transaction_reopen(const char *dir, uint64_t id, const struct pending *pending);

#endif
