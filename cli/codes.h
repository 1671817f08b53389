/*
 * Codes and keys on their way to a person: shown once, easy to copy by hand.
 */
#ifndef SEKISHO_CLI_CODES_H
#define SEKISHO_CLI_CODES_H

#include <jansson.h>
#include <stdio.h>

/* An array of recovery codes, with what to do with them. */
void codes_print_recovery(const json_t *codes);
/* text in groups of four, separated by spaces. */
void codes_print_groups(FILE *out, const char *text);

#endif
