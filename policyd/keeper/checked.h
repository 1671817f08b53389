/*
 * Tests of the host: the command makes them, this keeps what came out and what was signed off.
 */
#ifndef SEKISHO_CHECKED_H
#define SEKISHO_CHECKED_H

#include "server.h"
#include <jansson.h>

enum { CHECKED_FINDINGS_MAX = 512, CHECKED_RECORDS_MAX = 64, CHECKED_NAMES_MAX = 390 };

/* The run (VERB_CHECK_DONE): a record of it, and one for each finding that failed. Inside a
 * turn. SKS_INVALID when the payload is no list of findings. */
int checked_run(struct server *s, struct job *job);
/* VERB_CHECK_SIGN_OFF: what is not recorded here was looked at, and is to stay so until then.
 * SKS_INVALID when the payload is no list of names. */
int checked_sign_off(struct server *s, struct job *job);
/* Object: at, ok, advice, failed, unknown, failing, and sign_off: {at, until, by, comment,
 * unrecorded}. Without the members of what never was. NULL: out of memory. */
json_t *checked_status(struct server *s);

#endif
