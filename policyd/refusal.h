/*
 * The short code that a refused person is shown: the number of the record, under a permutation
 * that only this host's key knows. It says nothing to who reads it, not even how many records
 * there are; a mistyped one is found out in 255 of 256 cases.
 */
#ifndef SEKISHO_REFUSAL_H
#define SEKISHO_REFUSAL_H

#include "factor/seal.h"
#include <stdbool.h>

enum { REFUSAL_CODE_SIZE = 10 }; /* "XXXX-XXXX" */

/* SKS_TOO_BIG for a record beyond 2^32. */
int refusal_code(struct seal *seal, uint64_t record, char out[REFUSAL_CODE_SIZE]);
/* Is it written like one? Small letters, and o i l for 0 1 1, are understood. */
bool refusal_is_code(const char *text);
/* The record that it names; SKS_INVALID when it is no code of this host. */
int refusal_read(struct seal *seal, const char *text, uint64_t *record);

#endif
