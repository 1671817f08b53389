/*
 * The notice before login: shown before the first prompt of a login, once a handle, and named
 * in what is asked from then on. Nothing of it depends on the account; where the policy has no
 * notice it costs the try to open a file.
 */
#ifndef SEKISHO_ANNOUNCE_H
#define SEKISHO_ANNOUNCE_H

#include "ask.h"

/* Names in a request what was shown so far; each phase begins with it. */
void announce_into_request(struct ask *a);
/* Before a prompt. Nothing where it was shown, where the service begins no login, where sshd
 * shows it itself, and on a quiet line. */
void announce_before_prompt(struct ask *a);
/* The person has answered a prompt that stood behind it. */
void announce_answered(struct ask *a);
/* A phase without prompts of sshd: what its Banner showed. */
void announce_of_banner(struct ask *a);

/* The language of this session, where it says one, and whether its screen can show all of it. */
void announce_language(struct ask *a);

#endif
