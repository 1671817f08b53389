/*
 * The control catalogue (conf/controls), held against this host: what its live check says of
 * each row, how many records of a period are evidence of it, and then of each clause of the
 * source documents.
 */
#ifndef SEKISHO_CLI_REPORT_CONTROLS_H
#define SEKISHO_CLI_REPORT_CONTROLS_H

#include "check.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of how grave: of several rows of a clause the gravest counts. */
enum control_state {
	CONTROL_ORGANISATION, /* no rows, or the policy says so: the organisation's own */
	CONTROL_IN_FORCE,
	CONTROL_EXCEPTION, /* an open entry of the register of exceptions names it */
	CONTROL_UNTESTED,  /* the row has no live check, or it could not be made here */
	CONTROL_NOT_IN_FORCE,
	CONTROL_STATES
};
extern const char *const control_state_words[];

struct control {
	const json_t *row; /* of the catalogue */
	const char *id;
	enum control_state state;
	const char *check; /* NULL: none */
	const json_t *also; /* names of further checks; the gravest finding of all of them counts */
	const char *found; /* what its check found; "" */
	const char *next;  /* what to do about it; NULL: nothing */
	uint64_t records;  /* of the period that are evidence */
	uint64_t last_seq; /* the newest; 0: none */
};

/* An open entry of the register of exceptions, and what it is about. */
struct control_exception {
	uint64_t number;
	bool granted;          /* else nobody has approved it yet */
	int64_t until_wall_ms; /* 0: no end */
	char names[512];       /* clauses, beginnings of them and ids, blanks between */
};

struct controls {
	json_t *catalogue, *clauses, *reasons; /* owned */
	struct control *control;               /* owned, in the catalogue's order */
	size_t count;
	const struct policy *policy;         /* whose [control] and [officer] count; NULL: none */
	struct control_exception *exception; /* owned */
	size_t exceptions;
};

/* Reads DIR/catalogue.json and DIR/clauses.json. 0, SKS_NOT_FOUND, SKS_INVALID, SKS_NOMEM; call
 * controls_clear() in any case. */
int controls_load(struct controls *c, const char *dir);
void controls_clear(struct controls *c);
/* Takes over what the checks found: c keeps pointers into it. */
void controls_judge(struct controls *c, const struct check *found);
/* One record: a body is evidence of each row that it names and whose filter it fits. */
void controls_count(struct controls *c, uint64_t seq, const void *body, size_t len);
/* NULL: there is none of that id. */
const struct control *controls_find(const struct controls *c, const char *id);
/* The state of a clause, by its rows. */
enum control_state controls_of_clause(const struct controls *c, const json_t *clause);
/* ---- controls_own.c: what the policy and the register of exceptions say of them ---------------- */

struct policy;
struct store;
/* From now on with what the policy calls the organisation's own, its officers, and the entries of
 * the register that are open now; after controls_judge(). 0 or an error of the store. */
int controls_hold(struct controls *c, const struct policy *p, struct store *s, int64_t now_wall_ms);
/* Why it is the organisation's own, by the policy; NULL: it is not. */
const char *controls_own(const struct controls *c, const char *name);
/* The entry that names a clause, or one of its rows; NULL. */
const struct control_exception *controls_exception(const struct controls *c, const char *name);
/* Who answers for a clause; NULL: the policy names nobody. */
const struct officer *controls_officer(const struct controls *c, const json_t *clause);

/* A text of an object in the language of i18n, as KEY_ja or KEY_en, else in the other one; "".
 */
const char *controls_text(const json_t *object, const char *key);

#endif
