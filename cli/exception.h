/* What exceptions share with the requests that wait. */
#ifndef SEKISHO_CLI_EXCEPTION_H
#define SEKISHO_CLI_EXCEPTION_H

#include "args.h"
#include "call.h"

/* --for, --clause, --measure, --report, --waive-report and --reason. */
int exception_set_terms(struct call *call, const struct args *args);
/* What an entry of the register makes weaker, in a few words. */
void exception_what(const json_t *entry, char *out, size_t size);
/* The verb about the entry, or the name, that the first word is; with the text of this option
 * (OPT_COUNT: none), a code where it takes one, and the answer printed (NULL: as a sentence). */
int exception_about_one(const struct args *args, enum verb verb, enum option text, bool code,
    void (*print)(const json_t *answer));

#endif
