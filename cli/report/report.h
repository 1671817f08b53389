/* What the parts of `sekisho audit report` share. */
#ifndef SEKISHO_CLI_REPORT_REPORT_H
#define SEKISHO_CLI_REPORT_REPORT_H

#include "args.h"
#include "buf.h"
#include "log_store.h"
#include "policy/policy.h"
#include "report/gather.h"
#include "report/prove.h"
#include "report/wtmp.h"
#include "store/store.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define REPORT_FIRST_LINE "sekisho/report/1"

enum {
	REPORT_DATA_MAX = 16 << 20,
	REPORT_RECORDS_MAX = 1500,
	REPORT_ROOM =
	    2200000, /* bytes of bodies: escaped and with proofs they stay below 5 MB */
	REPORT_CHAINS_MAX = 64,
	REPORT_USES_MAX = 60, /* rows of a table */
	REPORT_GRANTS_MAX = 600,
	REPORT_SOURCES_MAX = 100,
	REPORT_MEMBERS_MAX = 500,
};

struct report {
	const struct args *args;
	bool live; /* of this host: signed by its key */
	struct store *store;
	struct policy *policy;
	struct period period;
	struct gather gather;
	struct wtmp wtmp;
	int64_t made_ms;
	uint64_t seq[REPORT_RECORDS_MAX];
	uint64_t shown[PICK_KINDS];
	size_t seq_count;
	uint64_t unproved; /* chosen, but behind the last head of an old chain: left out */
	char person[NAME_SIZE], role[64], by[NAME_SIZE];
	char origin[ORIGIN_SIZE];
	bool encrypt;    /* by the rating, before it leaves the host */
	char told[512];  /* by the daemon, whom it tells */
	struct buf data; /* the JSON of the page */
	struct buf note; /* the host's signature over it; empty: none */
};

/* ---- common.c
 * -------------------------------------------------------------------------------- */

/* --fiscal-year, or --since and --until; else the fiscal year under way. Exit status, after
 * saying what is wrong. */
int report_period(const struct args *args, int64_t now_ms, struct period *out);
/* The policy in force; a log that never had one is read under an empty one. Exit status, after
 * saying what is wrong. */
int report_read_policy(struct store *s, struct policy **out);

/* ---- data.c, lists.c, records.c: the JSON of the page, into r->data -------------------------
 */

struct write;
/* All of it. Exit status, after saying what is wrong. */
int report_data(struct report *r);
void report_lists(const struct report *r, struct write *w);
/* Weakenings of the policy in force, members who were given nothing. */
void report_policy(const struct report *r, struct write *w);
/* Rows of the list of weakenings: the register of exceptions. False: it is empty. */
bool report_exceptions(const struct report *r, struct write *w);
/* The chosen records with heads and proofs. Exit status, after saying what is wrong. */
int report_records(struct report *r, struct write *w);

/* ---- page.c
 * ---------------------------------------------------------------------------------- */

/* The page around it, into a stream. */
void report_page(const struct report *r, FILE *out);

#endif
