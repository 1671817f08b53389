/* A page of a review, as the worker reads it and the daemon shows it. */
#ifndef SEKISHO_COMMAND_AUDIT_REVIEW_H
#define SEKISHO_COMMAND_AUDIT_REVIEW_H

#include "command/command.h"
#include "store/audit_review.h"

/* Each page is a look at the whole period; at their longest they fill half of a frame. */
enum { REVIEW_PAGE = 400 };

struct review_page {
	struct store_period before; /* the last one that was signed off; number 0: none */
	uint64_t first, last;       /* of the period that is open; last < first: nothing in it */
	uint64_t risky, opened;
	struct store_risky item[REVIEW_PAGE];
	size_t count;
};

/* The worker's part: what is open up to until_wall_ms (0: all there is), and of its risky records
 * those behind "after", at most max. Reading only. */
int review_read(struct store *s, int64_t until_wall_ms, int64_t now_wall_ms, uint64_t after,
    size_t max, struct review_page *out);
/* Between the worker and the daemon. review_take(): 0 or SKS_PROTOCOL. */
void review_put(struct buf *b, const struct review_page *page);
int review_take(const struct buf *payload, struct review_page *out);

/* What deciding about an auditor's command takes; the rest of *f is the caller's. In a turn. */
int review_facts(
    struct server *s, struct job *job, struct admin_request *r, struct admin_facts *f);

#endif
