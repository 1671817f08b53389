/*
 * What people and officers do once in a fiscal year: that somebody is excused from a training or
 * was urged, that an item of the yearly plan is done, and answered self-check sheets. All inside a
 * turn.
 */
#ifndef SEKISHO_STORE_DUTIES_H
#define SEKISHO_STORE_DUTIES_H

#include "store/store.h"

#define DUTIES_SQL                                                                             \
	"CREATE TABLE IF NOT EXISTS duties (kind TEXT NOT NULL, name TEXT NOT NULL,"           \
	" person TEXT NOT NULL, year INTEGER NOT NULL, wall INTEGER NOT NULL,"                 \
	" by TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, name, person, year))"       \
	" STRICT, WITHOUT ROWID;"

#define DUTY_EXCUSED      "excused"    /* name: the attribute */
#define DUTY_URGED        "urged"      /* likewise */
#define DUTY_OVERDUE      "overdue"    /* likewise, or of the plan with person "" */
#define DUTY_DONE         "done"       /* name: the item of the plan; person "" */
#define DUTY_SELF_CHECK   "self-check" /* name: the office; text: the answers, as JSON */

enum { DUTY_TEXT_MAX = 32 * 1024 + 1 }; /* as much as a person may send */

struct store_duty {
	char kind[16], name[NAME_SIZE], person[NAME_SIZE];
	int64_t year;    /* fiscal */
	int64_t wall_ms; /* when it was put */
	char by[NAME_SIZE], text[DUTY_TEXT_MAX];
};

/* In the place of the one before; wall_ms is now. */
int store_duty_put(struct store *s, const struct store_duty *d);
/* SKS_NOT_FOUND. */
int store_duty_get(struct store *s, const char *kind, const char *name, const char *person,
    int64_t year, struct store_duty *out);
/* Of that kind and year, behind this name and person. */
int store_duty_next(struct store *s, const char *kind, int64_t year, const char *after_name,
    const char *after_person, struct store_duty *out);
/* Of that kind, of any year, behind *after by name, person and year; NULL: the first. */
int store_duty_following(
    struct store *s, const char *kind, const struct store_duty *after, struct store_duty *out);

#endif
