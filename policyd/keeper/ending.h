/*
 * What an account runs ends with it: the warden does that, this asks for it and records what
 * came of it.
 */
#ifndef SEKISHO_KEEPER_ENDING_H
#define SEKISHO_KEEPER_ENDING_H

#include "server.h"

/* Everything of the account that the job's command is about, once that is committed: fits
 * after_commit. The answer waits until it is known what ended and what is left, and says so. */
void ending_with_answer(struct server *s, struct job *job);
/* The same, and the answer goes out before: who asks is among what ends. */
void ending_behind_answer(struct server *s, struct job *job);

/* What this account runs, by the daemon's own decision; nobody waits for it. Outside a turn. */
void ending_account(struct server *s, const char *user, uint32_t uid, const char *why);

#endif
