/*
 * An invitation on its way to a person: on the screen, or as a sheet to print.
 */
#ifndef SEKISHO_CLI_INVITATION_H
#define SEKISHO_CLI_INVITATION_H

#include "args.h"
#include "secret.h"
#include <stdint.h>

/* On standard output, or into the new file of --output, which only root may read; in the language
 * of --lang. until_ms: of the account, 0 where it has no end. Exit status. */
int invitation_print(const struct args *args, const char *user, const struct secret *password,
    int64_t valid_ms, int64_t until_ms, uint64_t record);

#endif
