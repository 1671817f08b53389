/*
 * The proof of one record after the other, as a line of proofs.jsonl: each leads from the
 * record's header to the signed head of its chain. docs/log-format.md says what stands in it.
 */
#ifndef SEKISHO_REPORT_PROVING_H
#define SEKISHO_REPORT_PROVING_H

#include "audit/tree.h"
#include "buf.h"
#include "report/head.h"
#include "store/store.h"
#include <stdbool.h>
#include <stdint.h>

enum { PROVING_BLOCK = 256 };

struct proving {
	struct store *store;  /* the caller's */
	struct log_head head; /* of the chain that the last record was in */
	bool have_head;
	uint64_t chain_end; /* the first record behind that chain */
	struct tree_source source;
	uint64_t
	    number; /* the block of leaves at hand, which neighbours share; UINT64_MAX: none */
	size_t count;
	struct merkle_hash leaf[PROVING_BLOCK];
};

/* The head of the chain that record seq is in becomes p->head. 1: it is another one than
 * before, 0: the same; or as log_head_take(). */
int proving_enter(struct proving *p, uint64_t seq);
/* The line for this record, with its newline, in place of what is in "line". *covered: the head
 * proves it. 0, SKS_CORRUPT: it does not lead to the signed root; or what failed in the store.
 */
int proving_line(struct proving *p, const struct log_row *row, struct buf *line, bool *covered);
void proving_clear(struct proving *p);

#endif
