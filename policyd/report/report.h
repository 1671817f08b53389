/*
 * An auditor's report: a period of the log, counted, with the records it shows and their proofs, as
 * the JSON that the page draws. The log is read once, record by record, in steps; only sums and
 * bounded lists are kept. Made by root's command from the store, and by the worker for auditors.
 */
#ifndef SEKISHO_REPORT_REPORT_H
#define SEKISHO_REPORT_REPORT_H

#include "buf.h"
#include "policy/policy.h"
#include "report/gather.h"
#include "report/kaudit.h"
#include "report/known.h"
#include "report/prove.h"
#include "report/wtmp.h"
#include "store/store.h"
#include <stdbool.h>
#include <stdint.h>

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
	REPORT_GROUPS_MAX = 48000, /* bytes: they go to the worker in one message */
};

struct report {
	/* of the caller, before report_begin() */
	struct store *store;
	struct period period;
	char person[NAME_SIZE], role[64], by[NAME_SIZE];
	int64_t made_ms;
	bool live;   /* of this host: signed by its key */
	/* members of the host's groups, lines of accounts_put_members(); without a line: not known */
	struct buf groups;

	struct policy *policy;
	bool comparing; /* report_compare() has begun */
	bool policy_unread; /* this version does not take the one in force: an empty one stands for it */
	struct gather gather;
	struct log_cursor *cursor;
	bool counted; /* the period is through; what came before it is looked at for the names */
	struct known known;
	enum known_kind unknown; /* what nothing has, with names that were perhaps meant */
	char like[KNOWN_LIKE_SIZE];
	struct hostlogs logs; /* open only while they are compared */
	struct wtmp wtmp;
	struct kaudit kaudit;
	uint64_t seq[REPORT_RECORDS_MAX];
	uint64_t shown[PICK_KINDS];
	size_t seq_count;
	uint64_t unproved; /* chosen, but behind the last head of an old chain: left out */
	char origin[ORIGIN_SIZE];
	char rating[256], limits[1024];
	bool encrypt;    /* by the rating, before it leaves the host */
	char told[512];  /* by the daemon, whom it tells */
	struct buf data; /* the JSON of the page */
	struct buf note; /* the host's signature over it; empty: none */
};

/* ---- making.c ---------------------------------------------------------------------------- */

/* Everything zero but the buffers; report_clear() leaves the store to its owner. */
void report_init(struct report *r);
void report_clear(struct report *r);
/* In this order. report_begin() reads policy and head and opens the log. report_step() counts so
 * many records: 1 when there are more, 0 at the end; SKS_NOT_FOUND and r->unknown when there is nobody, or no
 * role, of the name that it is limited to. report_write() chooses, proves and writes
 * r->data. Between the last two the host's own logs are compared: r->logs is filled, and
 * report_compare() reads about so many bytes of them: 1 when there is more, 0 at the end; then they are
 * closed. r->groups is the caller's to fill, and report_names(). Without it the page says that nobody read
 * them. 0, SKS_CORRUPT or SKS_INVALID: a record or head does not fit; SKS_NOT_FOUND: no head yet; or what
 * failed in the store. */
int report_begin(struct report *r);
int report_step(struct report *r, unsigned records);
int report_compare(struct report *r, size_t bytes);
int report_write(struct report *r);

/* kaudit.c's rows: lines of accounts_put_name() for their numbers. */
void report_names(struct report *r, const struct buf *lines);

/* The policy in force; an empty one, and *unread, where there is none that can be read. */
int report_policy_of(struct store *s, struct policy **out, bool *unread);

/* weak.c: the groups that roles of this policy name, with commas, as many as there is room for. */
void report_group_names(const struct policy *p, char *out, size_t size);

/* ---- parts of report_write(): data.c, lists*.c, weak.c, exceptions.c, records.c -------------- */

struct write;
int report_data(struct report *r);
void report_lists(const struct report *r, struct write *w);
void report_hostlogs(const struct report *r, struct write *w);
/* Weakenings of the policy in force, members who were given nothing. */
void report_policy(const struct report *r, struct write *w);
/* Rows of the list of weakenings: the register of exceptions. False: it is empty. */
bool report_exceptions(const struct report *r, struct write *w);
/* The chosen records with heads and proofs. */
int report_records(struct report *r, struct write *w);

#endif
