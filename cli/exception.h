/* What exceptions share with the requests that wait. */
#ifndef SEKISHO_CLI_EXCEPTION_H
#define SEKISHO_CLI_EXCEPTION_H

#include "args.h"
#include "call.h"

/* --for, --clause, --measure, --report, --waive-report and --reason. */
int exception_set_terms(struct call *call, const struct args *args);
/* What an entry of the register makes weaker, in a few words. */
void exception_what(const json_t *entry, char *out, size_t size);

#endif
