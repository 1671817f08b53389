/* A report that the daemon makes, for an auditor who cannot read the store. */
#ifndef SEKISHO_CLI_REPORT_REMOTE_H
#define SEKISHO_CLI_REPORT_REMOTE_H

#include "args.h"
#include "protocol.h"
#include "report/report.h"

/* What VERB_AUDIT_REPORT asks beyond an export: role and fiscal year. Exit status. */
int remote_request(const struct report *r, struct command *q);
/* After that was granted: waits, fetches r->data and r->note, and counts what is told about it.
 * Exit status, after saying what is wrong. */
int remote_make(struct report *r, const struct args *args);

#endif
