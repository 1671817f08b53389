/*
 * Files that the command makes where it is told to: never over one that is there, never through a link.
 * What could not be written whole is taken away again. Each says on standard error what went wrong.
 */
#ifndef SEKISHO_CLI_NEW_FILE_H
#define SEKISHO_CLI_NEW_FILE_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* NULL: it cannot be made; STATUS_REFUSED then. The caller hands it to new_file_end(). */
FILE *new_file_begin(const char *path, mode_t mode);
/* STATUS_DONE, or STATUS_INCOMPLETE. Closes it. */
int new_file_end(FILE *out, const char *path);

/* One line of "len" bytes and a newline, for its owner alone (0600), on the disk when it returns
 * STATUS_DONE; else STATUS_REFUSED. For keys. */
int new_file_line(const char *path, const void *line, size_t len);

#endif
