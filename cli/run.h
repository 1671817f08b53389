/*
 * Programs of the host whose output is read: by absolute path, without a shell, with an
 * environment of our own, their complaints thrown away.
 */
#ifndef SEKISHO_CLI_RUN_H
#define SEKISHO_CLI_RUN_H

#include "secret.h"

/* Hands over each line without its end; lines beyond 4 kB come in pieces. The exit status, or
 * -1 when it could not be run or was killed. argv[0] is the path. */
int run_lines(
    const char *const *argv, void (*line)(void *context, const char *line), void *context);

/* Hands it the whole of a secret on its standard input; what it says is thrown away. The exit
 * status, or -1. */
int run_feed(const char *const *argv, const struct secret *input);

#endif
