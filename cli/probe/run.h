/*
 * Running a program of the host: no shell, an environment of our own, and an end.
 */
#ifndef SEKISHO_CLI_PROBE_RUN_H
#define SEKISHO_CLI_PROBE_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* argv[0] is the path. Its input and error output are /dev/null. Returns what it printed, to be
 * closed, positioned at the beginning; NULL when it did not end well within the time. */
FILE *run_program(const char *const *argv, int64_t timeout_ms);
/* In a child: signals that we keep waiting until everything is cleaned up reach it at once. */
void run_unblock(void);

#endif
