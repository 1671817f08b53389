/* What transaction.c and undo.c share: files of a transaction. */
#ifndef SEKISHO_ROLLBACK_TRANSACTION_FILES_H
#define SEKISHO_ROLLBACK_TRANSACTION_FILES_H

#include "transaction.h"

/* DIR/NAME, or DIR/ID/NAME where id is not 0. SKS_TOO_BIG. */
int transaction_path(const char *dir, uint64_t id, const char *name, char out[STATE_PATH_SIZE]);
/* Reads it, if it and the directories belong to the caller: SKS_NOT_FOUND, SKS_UNTRUSTED. */
int transaction_slurp(const char *dir, uint64_t id, const char *name, struct buf *out);
/* Writes it whole and durably. */
int transaction_write(
    const char *dir, uint64_t id, const char *name, mode_t mode, const void *data, size_t len);

#endif
