/*
 * The two halves of the start, before and after the daemon becomes its own user.
 *
 * Each says in the log what failed. SKS_INVALID and SKS_UNTRUSTED: somebody has to put
 * something right; any other error may go away by itself.
 */
#ifndef SEKISHO_START_H
#define SEKISHO_START_H

#include "server.h"

/* What root is needed for, where we are root; else what the service manager has prepared. Fills
 * s->seal, spool_key, helpers and listeners; *first_policy gets the bundle of the files,
 * empty when there is none that can be read. */
int start_as_root(struct server *s, struct buf *first_policy);
/* Opens the store, chooses the policy (the stored one before that of the files), writes the
 * start record and confines the process: nothing can be opened after it. */
int start_as_ourselves(struct server *s, const struct buf *first_policy);

/* ---- start_helpers.c ---------------------------------------------------------------------- */

/* Starts the helpers; those of root's are waited for where the service manager starts them. */
int start_helpers(struct server *s);
/* The keys, by the warden: for a daemon that never was root. create: a sealing key that is missing
 * is made. */
int start_keys_by_warden(struct server *s, bool create);

#endif
