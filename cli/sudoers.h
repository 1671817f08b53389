/*
 * What roles may run, as sudoers(5): compiled from the policy into a file of our own, which sudo
 * reads like any other. A role's line names its group by the group plugin that sudo ships, so
 * that a grant counts at once in sessions that are open already, and one that ended does not.
 */
#ifndef SEKISHO_CLI_SUDOERS_H
#define SEKISHO_CLI_SUDOERS_H

#include "buf.h"
#include "policy/policy.h"

enum { SUDOERS_MAX = 1 << 20 };

#define SUDOERS_FILE "/etc/sudoers.d/sekisho"

/* The same; where it is empty and there is a file of earlier roles, one that says so. Empty where
 * there is no sudo or nothing to write. */
void sudoers_replace(const struct policy *p, struct buf *out);
/* Writes it beside and has visudo read it. STATUS_DONE, or a status after saying what is wrong.
 * Where there is no sudo, nothing is written. */
int sudoers_prepare(const struct policy *p);
/* Puts in place what was prepared, or removes the file where no role has commands; a status after
 * saying what went wrong. */
int sudoers_commit(const struct policy *p);
/* Removes what was prepared. */
void sudoers_discard(void);

#endif
