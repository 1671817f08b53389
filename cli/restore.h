/* What the parts of restoring share: one backup that is opened, unpacked and put back. */
#ifndef SEKISHO_CLI_RESTORE_H
#define SEKISHO_CLI_RESTORE_H

#include "args.h"
#include "backup/restore.h"
#include "container/container.h"
#include <jansson.h>

/* Begins as {.fd = -1} with args, path and work; ends with restore_end(). */
struct putting {
	const struct args *args;
	const char *path;
	int fd;
	struct container_reader *reader;
	struct container_sum sum;
	char digest[2 * CONTAINER_HASH_SIZE + 1];
	const char *signature; /* "own", "trusted" (--trust), "another", "none" */
	struct restore_order order;
	int (*work)(const struct restore_order *, json_t **, char *, size_t);
};

/* ---- restore_file.c ---------------------------------------------------------------------- */

/*
 * Opens p->path: reads all of it once, judges the signature and unlocks it, which may ask for a
 * passphrase. Fills reader, sum, digest, signature and what order says of them. Exit status,
 * after saying what is wrong; STATUS_TAMPERED when a signature claims to be ours and is not.
 */
int restore_open(struct putting *p);
void restore_end(struct putting *p);

/* ---- restore_child.c --------------------------------------------------------------------- */

/*
 * p->work on what is in the open file, in a child without rights that never has the keys.
 * *report (NULL on error; the caller decrefs) is its answer. Exit status, after saying what is
 * wrong.
 */
int restore_work(struct putting *p, json_t **report);

/* ---- restore_tell.c ---------------------------------------------------------------------- */

/* What is in the backup and who signed it, on standard output. */
void restore_tell_content(const struct putting *p, const json_t *report);
/* What was lost, what was ended, who is affected, and what to do next. */
void restore_tell_done(const json_t *report, bool rehearsed);

#endif
