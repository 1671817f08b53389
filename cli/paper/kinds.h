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
/* grants.c, devices.c, accounts.c */
paper_from_log grants_from_log, devices_from_log, accounts_from_log;
paper_from_tables grants_from_tables, devices_from_tables, accounts_from_tables;
paper_fill grants_fill, devices_fill, accounts_fill;
/* reviews.c, records.c, incident.c, host.c */
paper_from_log reviews_from_log, incident_from_log, host_from_log;
paper_from_tables reviews_from_tables;
paper_fill reviews_fill, records_fill, incident_fill, host_fill;
/* yearly.c, yearly_tables.c, yearly_fill.c */
paper_from_log yearly_from_log;
paper_fill trainings_fill, plan_fill, self_checks_fill;
paper_from_tables trainings_from_tables, plan_from_tables, self_checks_from_tables;
extern const struct paper_column trainings_columns[], plan_columns[], self_check_columns[];
enum { TRAININGS_COLUMNS = 9, PLAN_COLUMNS = 8, SELF_CHECK_COLUMNS = 7 };
/* One record with its members, as the daemon handed it out. */
void paper_put_record(struct paper *p, const json_t *proof);
/* How an entry was judged and how it ended, in words. */
const char *exception_judged_shown(const json_t *entry);
const char *exception_end_shown(const json_t *entry);

#endif
