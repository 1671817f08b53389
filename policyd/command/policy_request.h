/* A policy that waits for another person, between the files that apply policies. */
#ifndef SEKISHO_COMMAND_POLICY_REQUEST_H
#define SEKISHO_COMMAND_POLICY_REQUEST_H

#include "command/command.h"
#include "store/exceptions.h"

/* Does a change to this policy need another person, is it approved (open), asked for already
 * (exists), and who asks. *q is the request that there is, else who would ask. Inside a turn. */
int policy_request_facts(struct server *s, struct job *job, const char *to,
    struct store_request *q, struct admin_facts *f);
/* Keeps it with its bundle; q->number is set. SKS_FULL. */
int policy_request_keep(struct server *s, struct job *job, const char *to, const void *bundle,
    size_t len, struct store_request *q);

#endif
