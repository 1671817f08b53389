/* What the parts of an export share: what is asked for, and what was written so far. */
#ifndef SEKISHO_CLI_EXPORT_H
#define SEKISHO_CLI_EXPORT_H

#include "args.h"
#include "audit/export.h"
#include "buf.h"
#include "export_format.h"
#include "export_out.h"
#include "log_store.h"
#include "report/proving.h"
#include "protocol.h"
#include "seal_to.h"
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum { EXPORT_LINE_MAX = 1 << 20 };

struct export
{
	const struct args *args;
	const struct export_format *format;
	struct command request;
	struct seal_to to;
	json_t *terms; /* the daemon's answer */
	struct store *store;
	struct proving proving; /* from afar: the head alone */
	struct export_out records, proofs;
	bool remote; /* not root: the daemon reads and signs */
	bool bundle; /* with what export_bundle.h adds */
	struct export_out timeline;
	json_t *files, *heads;
	uint64_t count, deleted, unproved;
	char dir[PATH_MAX];
	struct buf line;
};

/* Exit status for an error while it is written, after saying what that means. */
int export_say(int error);

/* ---- export_records.c -------------------------------------------------------------------- */

/* Every record that the filter lets through, each with its proof, into x->records and
 * x->proofs, which are open; a head for each chain. Exit status, after saying what is wrong. */
int export_all(struct export *x);
/* The signed head of a chain, as a file of its own. 0 or an error. */
int export_put_head(struct export *x, const struct log_head *h);

/* ---- export_remote.c --------------------------------------------------------------------- */

/* The same for an auditor who is not root: the daemon has them read and proved. */
int export_fetch(struct export *x);
/* Finishes the files; the manifest is the daemon's. As export_finish(). */
int export_finish_remote(struct export *x);

/* ---- export_manifest.c ------------------------------------------------------------------- */

/* A finished file is one of the export's. */
void export_list_file(struct export *x, const struct export_out *out);
/* What was handed to whom, and why. The caller decrefs. */
json_t *export_manifest(const struct export *x);
/* Finishes the files and writes the signed manifest, last of all: without it the directory is
 * no export. Exit status, after saying what is wrong. */
int export_finish(struct export *x);

#endif
