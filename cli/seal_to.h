/* Whom a sealed file is for, and with what one is opened: options, files, questions. */
#ifndef SEKISHO_CLI_SEAL_TO_H
#define SEKISHO_CLI_SEAL_TO_H

#include "args.h"
#include "container/container.h"

struct seal_to {
	struct recipient recipient[CONTAINER_RECIPIENTS_MAX];
	size_t count;
	struct secret passphrase; /* empty: none */
};

/*
 * --recipient (a line, or a file with lines) and --passphrase-file; without either, those of
 * "lines" (of the policy; may be NULL); without any of them, a passphrase is asked for, twice.
 * Exit status, after saying what is wrong. The caller clears.
 */
int seal_to_collect(struct seal_to *to, const struct args *args, const char *lines);
void seal_to_clear(struct seal_to *to);

/*
 * Opens an open container: by --identity, by --passphrase-file, or by a passphrase that is
 * asked for where one fits. Exit status, after saying what is wrong.
 */
int seal_unlock(struct container_reader *r, const struct args *args);
/* What an error of the container means, for a person. */
void seal_explain(const char *path, int error);

#endif
