/*
 * Putting a backup back: unpack, verify, carry over what the present store still knows, end
 * what must not revive, and only then change places with the present store. By a process of
 * the daemon's user, while no daemon runs.
 *
 * The state directory is never without a whole store: the new one is made complete in
 * DIR/restore.new, the old one is emptied of its write-ahead log and linked into a directory
 * of its own, and one rename is the change.
 */
#ifndef SEKISHO_BACKUP_RESTORE_H
#define SEKISHO_BACKUP_RESTORE_H

#include "backup/image.h"
#include <jansson.h>
#include <stdbool.h>

#define RESTORE_WORK   "restore.new"
#define RESTORE_CHECK  "restore.check"
#define RESTORE_ASIDE  "before-restore-"
#define RESTORE_REASON "restored" /* of the new chain */
/* meta: the report, for the daemon's record at its next start; "chain.begin" is the chain's */
#define RESTORE_META "restore.report"

enum { RESTORE_NAMES_MAX = 1000, RESTORE_META_MAX = 16 << 10 };

struct restore_order {
	const char *state_dir;
	const char *work; /* where the new store is made; NULL: state_dir/restore.new */
	bool rehearse;    /* leaves the present store as it is, and work as it became */
	int in;           /* what backup_feed() gives */
	const char *file, *digest, *signature; /* for the record */
	const char *seen; /* signed heads that were seen elsewhere, one after the other; NULL */
};

/*
 * 0, or an error with a sentence in why[]; then the present store is the one it was. *report
 * (may be NULL on error; the caller decrefs): what is in the backup, what was lost since, what
 * was ended, who is affected, where the old store is.
 */
int restore_run(const struct restore_order *order, json_t **report, char *why, size_t why_size);

/* Unpacks and verifies alone, in a work directory of its own that goes again. */
int restore_check(
    const struct restore_order *order, json_t **report, char *why, size_t why_size);

/* ---- restore_old.c: what the present store knows that the backup does not -----------------
 */

/*
 * Compares, and takes over into "new" (inside a turn): suspensions, ended devices, holds. Adds to the
 * report. A present store that cannot be read is no error: then the later state of everybody
 * is unknown, and the report says so.
 */
int restore_compare(
    const char *state_dir, struct store *new, const struct image_report *image, json_t *report);
/* Records that heads seen elsewhere speak of and the backup does not have. SKS_INVALID. */
int restore_seen(const char *seen, const struct image_report *image, json_t *report);

/* ---- restore_swap.c -----------------------------------------------------------------------
 */

/* An empty directory of ours; what an earlier try left in it goes. */
int restore_make_work(const char *dir, char *why, size_t why_size);
/* The new store, closed: all of it in its one file, on disk. */
int restore_settle(const char *work, char *why, size_t why_size);
/* Changes places; aside[] is where the old one is, "" without one. */
int restore_swap(
    const char *state_dir, const char *work, char aside[512], char *why, size_t why_size);
/* Removes a work directory of ours. */
void restore_remove_work(const char *work);

#endif
