/*
 * The dialogue of a first login, and what the host says about the age of passwords: facts for the
 * core, and what its decision brings about. All inside a turn.
 */
#ifndef SEKISHO_FIRST_USE_H
#define SEKISHO_FIRST_USE_H

#include "server.h"

/* Invitation, age and end of the request's account, into the facts; and of PHASE_ENROL_CODE the
 * code, judged. */
int first_use_facts(struct server *s, struct job *job, struct facts *f);
/* Into the record of a device that is made in the dialogue: its name, and who invited and verified the
 * person, in whose name it is issued. */
int first_use_put(struct server *s, const struct request *r, struct record *record);
/* The purpose text into the reply, with its version and the question that follows it. */
void first_use_purpose(struct server *s, struct job *job);
/* Carries out an allowed decision: spends the invitation, makes or confirms the device, remembers
 * that root set a password. */
int first_use_apply(
    struct server *s, struct job *job, const struct facts *f, const struct decision *d);

#endif
