/*
 * What is due once in a fiscal year: trainings (attributes with fiscal_year = yes) of each person,
 * and the items of the yearly plan. People are urged before, what is late is recorded once.
 */
#ifndef SEKISHO_KEEPER_DUTIES_H
#define SEKISHO_KEEPER_DUTIES_H

#include "server.h"
#include <jansson.h>

enum training_state {
	TRAINING_DONE,
	TRAINING_EXCUSED,
	TRAINING_DUE,     /* there is time yet */
	TRAINING_OVERDUE, /* the year has begun long ago, or the appointment */
	TRAINING_STATES
};
extern const char *const training_state_words[];

struct training {
	const struct attribute *what;
	enum training_state state;
	int64_t due_wall_ms;
	int64_t at_wall_ms;    /* done, or excused; 0 */
	int64_t urged_wall_ms; /* 0: not yet */
	char by[256], text[256]; /* evidence, or why excused */
};

/* The fiscal year that this moment lies in, by the calendar year that it begins in. */
int64_t duties_year(const struct policy *p, int64_t wall_ms);
/* When a fiscal year begins. */
int64_t duties_year_start(const struct policy *p, int64_t year);
/* How it is with one training of one person in a fiscal year. Inside a turn. */
int duties_training(struct server *s, const struct attribute *a, const char *person, int64_t year,
    int64_t date_ms, struct training *out);
/* Everybody whom the policy names as a person or the holder of a personal account, and who is on
 * the staff list: members with true values. Inside a turn. */
int duties_people(struct server *s, json_t *people);
/* {"training_due", "training_overdue", "plan_overdue": [names]}. Inside a turn. */
int duties_status(struct server *s, json_t **out);
/* Once a second between turns; looks once an hour and at a new policy. */
int duties_tick(struct server *s);

#endif
