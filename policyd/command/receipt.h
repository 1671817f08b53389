/* One record with the proof that it is in the log. */
#ifndef SEKISHO_COMMAND_RECEIPT_H
#define SEKISHO_COMMAND_RECEIPT_H

#include "command/command.h"

/* origin, vkey, first, header (hex), proof, body (unless it was deleted), for the caller to release.
 * user NULL: whoever it is about; else SKS_NOT_FOUND for another's too. */
int receipt_make(struct server *s, uint64_t seq, const char *user, json_t **out);

#endif
