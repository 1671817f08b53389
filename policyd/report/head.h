/* The signed head of a chain, as it lies in the store. */
#ifndef SEKISHO_REPORT_HEAD_H
#define SEKISHO_REPORT_HEAD_H

#include "audit/checkpoint.h"
#include "store/store.h"
#include <stdint.h>

struct log_head {
	struct store_chain chain;
	struct note_vkey vkey;
	struct checkpoint checkpoint;
	struct buf note; /* terminated behind its length */
};

/* The newest head of the chain that record "seq" belongs to (UINT64_MAX: the newest chain), its
 * signature checked. 0; SKS_NOT_FOUND: there is none yet; SKS_CORRUPT: not signed by the key of
 * the log; or what failed in the store. Call log_head_clear() in any case. */
int log_head_take(struct store *s, uint64_t seq, struct log_head *out);
void log_head_clear(struct log_head *h);

#endif
