/* What the subcommands of backup and restore share. */
#ifndef SEKISHO_CLI_BACKUP_H
#define SEKISHO_CLI_BACKUP_H

#include "args.h"
#include "audit/logkey.h"
#include "backup/make.h"
#include "policy/policy.h"

#define BACKUP_STATE_DIR "/var/lib/sekisho"
#define BACKUP_USER      "sekisho"

/* The log key of this host; SKS_NOT_FOUND, SKS_UNTRUSTED, SKS_INVALID. note_skey_clear(). */
int backup_log_key(struct note_skey *out);
/* The one in force, else the one of the files; NULL: none. The caller frees. */
struct policy *backup_policy(void);
/* The store of this host into a file, copied by a child without rights: see backup_make(). */
int backup_run(
    const struct backup_order *order, struct backup_made *made, char *why, size_t size);

#endif
