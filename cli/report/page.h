/* What the command adds to a report: its period, the policy it is read under, the page. */
#ifndef SEKISHO_CLI_REPORT_PAGE_H
#define SEKISHO_CLI_REPORT_PAGE_H

#include "args.h"
#include "report/report.h"
#include <stdio.h>

/* --fiscal-year, or --since and --until; else the fiscal year under way. Exit status, after
 * saying what is wrong. */
int report_period(const struct args *args, int64_t now_ms, struct period *out);
/* The policy in force; a log that never had one is read under an empty one. Exit status, after
 * saying what is wrong. */
int report_read_policy(struct store *s, struct policy **out);
/* What the errors of making a report mean. Exit status. */
int report_say(int error);

/* The page around data, note, origin, rating and limits of a report, into a stream. */
void report_page(const struct report *r, FILE *out);

#endif
