/*
 * Changes to the system: the warden looks at the files that matter, area by area; what differs
 * from the last time becomes a record, with digests and the size of the difference. In the
 * background, a little at a time; at once when somebody asks.
 *
 *   changes.c          when to look, and at what
 *   changes_compare.c  what differs, and its records
 */
#ifndef SEKISHO_CHANGES_H
#define SEKISHO_CHANGES_H

#include "server.h"
#include "survey/entry.h"
#include <jansson.h>

/* About once a second. */
int changes_tick(struct server *s);
/* Begins a survey without pauses, or makes the one under way go on without. SKS_DENIED when the
 * policy has switched it off. */
int changes_now(struct server *s);
/* Object: on, running, at, files, changes, unsettled. NULL: out of memory. */
json_t *changes_status(struct server *s);

/* ---- changes_compare.c ------------------------------------------------------------------- */

struct entries { /* owned, with what is in it */
	struct survey_entry *item;
	size_t count, room;
};
/* Takes *e. 0 or SKS_NOMEM, e then cleared. */
int entries_add(struct entries *list, struct survey_entry *e);
void entries_clear(struct entries *list);

enum { COMPARE_A_TURN = 200, COMPARE_SINGLE_MAX = 100 };

struct difference {
	size_t before, after; /* index; SIZE_MAX: none */
	unsigned differs;
	bool quiet; /* nothing happened to the file: only what is looked at is another */
};

struct comparison {
	uint32_t area;
	struct entries before, after;
	struct difference *difference; /* owned */
	size_t count, loud; /* the loud ones come first */
	size_t at;	    /* those before are done */
	bool first;	    /* this area was never looked at: a baseline, no changes */
	bool again;	    /* the policy names other files of it than before */
	char basis[65];	    /* what the policy says of the area */
	uint64_t unsettled; /* changed while they were read: compared the next time */
};

/* after is taken. partly: not all was looked at, so what is missing may be there. */
int compare_begin(struct server *s, struct comparison *c, uint32_t area, struct entries *after,
    bool partly, const char *basis);
/* Some of it, inside a turn; c->at goes on only in compare_done(). */
int compare_step(struct server *s, void *comparison);
/* After the commit. True when nothing is left. */
bool compare_done(struct comparison *c);
void compare_clear(struct comparison *c);

#endif
