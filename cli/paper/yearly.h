/*
 * Entries of the papers of a fiscal year, as yearly.c makes them of the records and
 * yearly_tables.c of the tables. Each function gives the entry of those words, made where it is
 * new; it stays the list's.
 */
#ifndef SEKISHO_CLI_PAPER_YEARLY_H
#define SEKISHO_CLI_PAPER_YEARLY_H

#include "paper/paper.h"

struct yearly_sheet {
	const char *office, *person;
	int64_t year, at_ms;
};

json_t *yearly_training(
    json_t *entries, const char *person, const char *training, int64_t year);
json_t *yearly_plan_item(json_t *entries, const char *item, int64_t year);
json_t *yearly_answer(json_t *entries, const struct yearly_sheet *sheet, const char *control);
/* When something of the entry happened; the last time stays. */
void yearly_at(json_t *entry, int64_t at_ms);
/* Of trainings: the reason that is shown. */
void yearly_why(json_t *entries);
/* The policy's fiscal year, by the calendar year that it begins in. */
int64_t yearly_of(const struct policy *policy, int64_t at_ms);

#endif
