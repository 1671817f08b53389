/*
 * What commands and the dialogue of a first login do alike: a device's first code, and the
 * recovery codes that come with it. Inside a turn.
 */
#ifndef SEKISHO_COMMAND_ISSUE_H
#define SEKISHO_COMMAND_ISSUE_H

#include "server.h"

/* Is this the code that the device shows now? Marks its step as spent, in *d alone.
 * SKS_UNTRUSTED where its key cannot be had. */
int issue_judge(struct server *s, const struct secret *typed, struct device *d, bool *right);
/* New recovery codes in the place of the old ones, as lines for the person. */
int issue_recovery_text(
    struct server *s, const char *user, uint32_t uid, char *out, size_t size);

#endif
