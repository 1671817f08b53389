/* What the subcommands of backup and restore share. */
#ifndef SEKISHO_CLI_BACKUP_H
#define SEKISHO_CLI_BACKUP_H

#include "args.h"
#include "audit/logkey.h"
#include "policy/policy.h"

#define BACKUP_STATE_DIR "/var/lib/sekisho"
#define BACKUP_USER      "sekisho"

/* STATUS_REFUSED after saying so. */
int backup_need_root(void);
/* The log key of this host; SKS_NOT_FOUND, SKS_UNTRUSTED, SKS_INVALID. note_skey_clear(). */
int backup_log_key(struct note_skey *out);
/* The one in force, else the one of the files; NULL: none. The caller frees. */
struct policy *backup_policy(void);

#endif
