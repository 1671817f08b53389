/* Answers to the activation of a contingency policy, which is an entry of the register. */
#ifndef SEKISHO_COMMAND_CONTINGENCY_H
#define SEKISHO_COMMAND_CONTINGENCY_H

#include "command/command.h"
#include "store/exceptions.h"

/* As request_facts and request_approved have it, for this entry. */
int contingency_facts(struct server *s, struct job *job, const struct store_exception *x,
    struct admin_request *r, struct admin_facts *f);
int contingency_approved(struct server *s, struct job *job, const struct store_request *q,
    struct store_exception *x, const struct admin_request *r, const struct admin_facts *f);
/* One begins or ends: who logs in next is told. */
void contingency_after(struct server *s, struct job *job);

#endif
