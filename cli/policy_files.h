/* The policy that a subcommand is about: that of /etc/sekisho, or a draft in files. */
#ifndef SEKISHO_CLI_POLICY_FILES_H
#define SEKISHO_CLI_POLICY_FILES_H

#include "args.h"
#include "policy/policy.h"

/*
 * Without words: policy.conf and policy.d of /etc/sekisho, owner and mode included. Else the
 * first word is a file in the place of policy.conf, further ones are drop-ins. Into *bundle,
 * which the caller has made. Errors of policy_bundle_read(); SKS_NOT_FOUND is said already.
 */
int policy_files_read(
    const struct args *args, struct buf *bundle, struct policy_problems *problems);

#endif
