/*
 * A copy of the store while the daemon works: SQLite's backup API, from a read transaction (so
 * that all of the copy is of one moment) into a file that is not there. Its pages are handed
 * on as they come; nothing of them is written here, and no more than a few are kept.
 *
 * For another process than the daemon. The read transaction does not stop the daemon; but its
 * write-ahead log cannot begin anew before the copy is done.
 */
#ifndef SEKISHO_STORE_COPY_H
#define SEKISHO_STORE_COPY_H

#include "buf.h"
#include "store/store.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_copy_info {
	uint32_t schema;
	uint64_t size;  /* the highest sequence */
	uint64_t pages; /* of STORE_PAGE_SIZE bytes */
	char origin[ORIGIN_SIZE];
	int64_t wall_ms; /* of the newest record; 0: none */
};

/* Bytes of the copy at that place; places may come in any order, each once or more often, and
 * the last time counts. 0 or an error, which ends the copy. */
typedef int store_copy_write(void *ctx, uint64_t at, const void *data, size_t len);

struct store_copy;

/* Begins the read transaction. One at a time in a process. Errors as store_open, SKS_CONFLICT.
 */
int store_copy_open(
    const char *dir, store_copy_write *write, void *ctx, struct store_copy **out);
const struct store_copy_info *store_copy_info(const struct store_copy *c);
/* The newest signed head, appended; nothing where there is none. */
int store_copy_head(struct store_copy *c, struct buf *note);
/* The policy in force, appended. SKS_NOT_FOUND. */
int store_copy_policy(struct store_copy *c, struct buf *bundle);
/* Copies about so many pages. 1: there are more; 0: all were written. */
int store_copy_step(struct store_copy *c, int pages);
/* NULL is allowed. */
void store_copy_close(struct store_copy *c);

#endif
