/*
 * The two texts of a transaction: the manifest, which says what the files of a change were and
 * are to be, and the word that a change is pending. Lines of words, so that a person at a
 * rescue shell can read them. Paths have no blanks.
 */
#ifndef SEKISHO_ROLLBACK_MANIFEST_H
#define SEKISHO_ROLLBACK_MANIFEST_H

#include "clock.h"
#include "state.h"

enum { MANIFEST_FILES_MAX = 48, MANIFEST_BYTES_MAX = 1 << 20, MANIFEST_SERVICES_SIZE = 512 };

struct manifest_file {
	char path[STATE_PATH_SIZE];
	struct state before, after;
};

struct manifest {
	uint64_t id;
	int64_t made_wall_ms;
	char services[MANIFEST_SERVICES_SIZE]; /* PAM services that it changes, with commas */
	struct manifest_file file[MANIFEST_FILES_MAX]; /* in the order of applying */
	size_t count;
};

/* Its text, closed by its own hash; SKS_INVALID for a path that the text cannot hold. */
int manifest_format(const struct manifest *m, struct buf *out);
/* 0, or SKS_CORRUPT: not whole, or not what manifest_format() writes. */
int manifest_parse(const void *data, size_t len, struct manifest *out);

enum pending_state { PENDING_APPLYING, PENDING_APPLIED };

struct pending {
	uint64_t id;
	enum pending_state state;
	char boot_id[BOOT_ID_SIZE + 1]; /* in which it was made */
	struct instant deadline;
};

int pending_format(const struct pending *p, struct buf *out);
int pending_parse(const void *data, size_t len, struct pending *out);

/* Why a pending change would be taken back now; UNDO_NOT: it would not. Either clock suffices,
 * and another boot does. */
enum undo_why { UNDO_NOT, UNDO_DEADLINE, UNDO_INTERRUPTED, UNDO_REBOOT, UNDO_ASKED, UNDO_WHYS };
extern const char *const undo_words[UNDO_WHYS + 1];
enum undo_why pending_due(
    const struct pending *p, struct instant now, const char *boot_id, bool applying);

#endif
