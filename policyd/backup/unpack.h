/* From the sealed file back to a store's file; stream.h says what the bytes are. */
#ifndef SEKISHO_BACKUP_UNPACK_H
#define SEKISHO_BACKUP_UNPACK_H

#include "container/container.h"
#include <stdint.h>

/* Writes what an unlocked container holds to "out" (a pipe or socket). Errors of
 * container_read; SKS_UNREACHABLE when nobody reads any more. */
int backup_feed(struct container_reader *r, int out);
/*
 * Takes the entries from "in" until its end and writes them to "image". 0; SKS_TRUNCATED (no
 * BACKUP_END), SKS_TRAILING, SKS_INVALID (an entry that is none, or beyond the size that the
 * end states), SKS_FULL, SKS_IO. size is that of the file.
 */
int backup_unpack(int in, int image, uint64_t *size);

#endif
