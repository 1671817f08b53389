/* What the files of the kinds hand to the table in kinds.c; see paper.h. */
#ifndef SEKISHO_CLI_PAPER_KINDS_H
#define SEKISHO_CLI_PAPER_KINDS_H

#include "paper/paper.h"

typedef json_t *paper_from_log(const struct paper *p);
typedef int paper_from_tables(const struct paper *p, json_t **entries);
typedef int paper_fill(struct paper *p, json_t *entries);

/* exceptions.c, exceptions_tables.c, exception.c */
paper_from_log exceptions_from_log;
paper_from_tables exceptions_from_tables;
paper_fill exceptions_fill, exception_fill;
/* How an entry was judged and how it ended, in words. */
const char *exception_judged_shown(const json_t *entry);
const char *exception_end_shown(const json_t *entry);

#endif
