/* Taking over keys: what "sekisho factor import" and "sekisho setup --from" share. */
#ifndef SEKISHO_CLI_FACTOR_IMPORT_H
#define SEKISHO_CLI_FACTOR_IMPORT_H

#include "args.h"
#include "factor/import.h"

/* One key into the register, under --name or "imported". Prints what the daemon says. Status.
 */
int import_one(const struct args *args, const char *user, const struct secret *key,
    const struct totp_params *params);

#endif
