/*
 * Papers: registers and forms for print (`sekisho audit paper`). A kind is a row of the table in
 * kinds.c and a small file of its own. Its records are read and given to from_log(), which makes
 * entries of them: JSON objects with an "id" and flat members. Only these come to paper, so that
 * its rows are what the log says. from_tables() makes the same entries of the store's tables, to be
 * compared.
 *
 * Times are milliseconds since 1970 in members whose names end in "_at"; "made_at" and "ended_at"
 * (0: not yet) say whether an entry belongs to a period, "person" whose it is.
 */
#ifndef SEKISHO_CLI_PAPER_PAPER_H
#define SEKISHO_CLI_PAPER_PAPER_H

#include "args.h"
#include "policy/policy.h"
#include "report/period.h"
#include "store/store.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct paper;

enum paper_cell {
	CELL_TEXT,
	CELL_TIME,
	CELL_DAY,
	CELL_LAST_DAY, /* that ends at this moment */
	CELL_HOURS,
	CELL_NUMBER,
	CELL_YEAR, /* fiscal */
	CELL_WORD
};

/* Of a register. "width" are parts of a hundred. CELL_WORD: a word of a closed list. */
struct paper_column {
	const char *key, *title; /* title: N_() */
	enum paper_cell cell;
	unsigned width;
};

enum { PAPER_ACTIONS_MAX = 16, PAPER_WORDS_MAX = 64 };

struct paper_kind {
	const char *word;  /* on the command line */
	const char *title; /* N_() */
	uint16_t action[PAPER_ACTIONS_MAX]; /* the records that it is made of, 0 behind the last */
	bool wide;       /* A4 across */
	bool about_one;  /* it is of one entry, named by its id: E-3 */
	bool chosen;     /* it is of records that are named */
	const struct paper_column *column;
	size_t columns;
	/* NULL: no entries */
	json_t *(*from_log)(const struct paper *p);
	/* An enum error; NULL: there are no tables */
	int (*from_tables)(const struct paper *p, json_t **entries);
	/* Puts the entries on paper; NULL: all in one register of the columns. 0, or a status after
	 * saying what is wrong. */
	int (*fill)(struct paper *p, json_t *entries);
};
extern const struct paper_kind paper_kinds[];
extern const size_t paper_kind_count;

struct paper {
	const struct paper_kind *kind;
	const struct args *args;
	struct store *store; /* of a copy, or root's; NULL: through the daemon */
	struct policy *policy;
	bool live;           /* of this host: recorded */
	json_t *terms;       /* what the daemon says: record, by, rating, root, proofs … */
	struct period period;
	bool all;            /* of no period */
	const char *about;   /* id of the entry; "" */
	const char *person;  /* only theirs; "" all */
	uint64_t chosen[PAPER_WORDS_MAX];
	size_t chosen_count;
	json_t *records;     /* bodies, oldest first, each with "seq" and "at" besides */
	json_t *blocks;      /* what stands on it */
	int64_t made_ms;
};

/* ---- read.c: the records of the kind, into p->records. Status, after saying what is wrong. */
int paper_read(struct paper *p);

/* ---- whose.c: is there anybody of the name that the paper is limited to? "all" are the entries of
 * everybody. Status, after saying what is wrong. */
int paper_check_person(const struct paper *p, const json_t *all);

/* ---- entries.c: what from_log() and from_tables() are written with ------------------------ */

/* Members of a record or an entry; "" and 0 for none. */
const char *paper_get(const json_t *o, const char *key);
int64_t paper_number(const json_t *o, const char *key);
bool paper_is(const json_t *o, const char *key, const char *text);
/* Empty texts and zeros are left out, so that both ways come to the same. */
void paper_set(json_t *o, const char *key, const char *text);
void paper_set_number(json_t *o, const char *key, int64_t number);
/* The entry of that id, made where it is new. */
json_t *paper_entry(json_t *entries, const char *id);
/* Of a record: the member under another name in an entry. */
void paper_copy(json_t *entry, const char *to, const json_t *record, const char *from);
/* What differs between the two: objects with id, key, log and table. A time may differ by two
 * seconds, as two looks at a clock do. The caller releases. */
json_t *paper_compare(const json_t *from_log, const json_t *from_tables);

/* ---- blocks.c: what stands on the paper, in order ----------------------------------------- */

void paper_heading(struct paper *p, const char *text);
void paper_text(struct paper *p, const char *text);
/* A line of a form. */
void paper_pair(struct paper *p, const char *label, const char *value);
void paper_pair_time(struct paper *p, const char *label, int64_t wall_ms);
/* To be filled in by hand, so high. */
void paper_space(struct paper *p, const char *label, unsigned mm);
/* A register; "none" is said where there are no entries. */
void paper_table(struct paper *p, const struct paper_column *column, size_t columns,
    const json_t *entries);
/* As it is, such as a proof. */
void paper_verbatim(struct paper *p, const char *text);
/* Boxes for a signature or a seal, NULL behind the last. */
void paper_seals(struct paper *p, const char *const *label);
/* The name with that beside it, in out. Returns out. */
const char *paper_name(const struct paper *p, const char *name, char *out, size_t size);
/* The serial number, "gate-4711"; of a copy, "". Returns out. */
const char *paper_serial(const struct paper *p, char *out, size_t size);

/* ---- sheet.c, csv.c ------------------------------------------------------------------------ */

/* The form of an incident alone, for a bundle of evidence: terms as of a paper, which stay the caller's.
 * 0 or SKS_NOMEM. */
int paper_incident_sheet(json_t *terms, FILE *out);
void paper_html(const struct paper *p, FILE *out);
/* The first register on it. */
void paper_csv(const struct paper *p, FILE *out);

#endif
