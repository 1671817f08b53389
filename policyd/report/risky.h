/*
 * Which items of a stretch of the log an auditor has to open, see audit/risk.h. Most items are one
 * record. What many records tell together is one item, named by the last of them:
 *
 * - attempts from one place that never led to a login of the account that they named, from
 *   RISKY_FEW on. One mistyped code of somebody who then logs in is none;
 * - attempts against one account from places that are none of these, from RISKY_MANY on;
 * - RISKY_MANY attempts at one account from one place, and then a login: by its record;
 * - whatever was tried with an account that is suspended, retired or ended, an account each;
 * - power over another account, or a login as root, without a grant: by who, as whom, by what.
 *
 * An epoch of the log that was open for too long is a gap, named by its seal. Of a record whose
 * body was deleted only its kind is known; it then counts as failed.
 */
#ifndef SEKISHO_REPORT_RISKY_H
#define SEKISHO_REPORT_RISKY_H

#include "audit/risk.h"
#include "store/store.h"

enum { RISKY_FEW = 3, RISKY_MANY = 10 };

struct risky_item {
	uint64_t seq, first; /* the record to be opened, and the first of those that it is for */
	uint32_t count;      /* how many they are */
	enum risk risk;
	char actor[NAME_SIZE]; /* of power: who; "" else */
};
struct risky;

/* NULL: no memory. */
struct risky *risky_new(void);
void risky_free(struct risky *r);
/* A record of the stretch, in order. 0, SKS_INVALID for a header that is none, or SKS_NOMEM. */
int risky_take(struct risky *r, const struct log_row *row);
/* Behind the last: the items in the order of seq, each seq once; they live as long as r. 0 or
 * SKS_NOMEM. */
int risky_items(struct risky *r, const struct risky_item **item, size_t *count);

#endif
