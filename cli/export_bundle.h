/*
 * What an export has more of where it is evidence of an incident: a time line that people read,
 * the policies that were in force, grants, a form to fill in, and a page that says what is what.
 */
#ifndef SEKISHO_CLI_EXPORT_BUNDLE_H
#define SEKISHO_CLI_EXPORT_BUNDLE_H

#include "export.h"

/* Begins the time line. 0 or an error. */
int evidence_begin(struct export *x);
/* A record more; body NULL: deleted. */
int evidence_record(struct export *x, uint64_t seq, const void *body, size_t len);
/* The rest, each listed in the manifest. Exit status, after saying what is wrong. */
int evidence_end(struct export *x);

#endif
