/* What the daemon says of one record, checked: header, body, proof and signed head. */
#ifndef SEKISHO_CLI_RECEIPT_H
#define SEKISHO_CLI_RECEIPT_H

#include "audit/checkpoint.h"
#include <jansson.h>
#include <stdint.h>

/* NULL when all of it fits and is record "number", with this leaf unless that is NULL; else what does
 * not, in words. */
const char *receipt_wrong(const json_t *answer, uint64_t number,
    const struct merkle_hash *expected, struct checkpoint *head);

#endif
