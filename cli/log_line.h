/*
 * One stored body as a line for people.
 */
#ifndef SEKISHO_CLI_LOG_LINE_H
#define SEKISHO_CLI_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* body NULL: it was deleted. What cannot be read is said so, not left
 * out. colours: failures stand out. */
void log_line_print(FILE *out, uint64_t seq, const void *body, size_t len, bool colours);

#endif
