/*
 * What command.c needs of its parts before and around a verb; the verbs need only command.h.
 */
#ifndef SEKISHO_COMMAND_STEP_H
#define SEKISHO_COMMAND_STEP_H

#include "command/command.h"

/* ---- answer.c -------------------------------------------------------------------- */

/* Answers with the sentence for this reason before anything was asked: JOB_DONE. */
enum job_result command_refuse(struct job *job, enum reason reason);

/* Who asks is answered in their language, where it is one of ours; else in the host's. */
void command_settle_language(const struct server *s, struct command *c);
/* Between these two _() speaks the language of the command; what others are told does not. */
void command_speak_to(const struct job *job);
void command_speak_again(const struct server *s, const struct job *job);

/* ---- ask.c: JOB_PARKED, or JOB_DONE with the refusal said ------------------------ */

/* The account name of the peer: job->who, and the step COMMAND_NAMED. */
enum job_result command_ask_who(struct server *s, struct job *job);
/* The groups of this account: job->groups, and the step COMMAND_NAMED. */
enum job_result command_ask_groups(struct server *s, struct job *job, const char *user);
/* Who is in these groups (names with commas): a line for each in job->reply_payload, as
 * WARDEN_MEMBERS has them; job->members_known says whether. */
enum job_result command_ask_members(struct server *s, struct job *job, const char *groups);
/* Is the command's password that of its user: job->password_status. */
enum job_result command_ask_password(struct server *s, struct job *job);
/* Is the command's secret strong enough a password for its user: job->password_failed. */
enum job_result command_ask_strength(struct server *s, struct job *job);
/* A key file as it is now: the sealing keys staged in s->seal, the log key taken over;
 * job->key_status says how that went. */
enum job_result command_ask_keys(struct server *s, struct job *job);
/* The worker reads the log and makes the whole reply; a person gets their own records. */
enum job_result command_ask_worker(struct server *s, struct job *job);

/* ---- log.c ----------------------------------------------------------------------- */

/* An auditor has read what writes no record by itself: this one. */
int command_log_reading(struct server *s, struct job *job);
/* Writes that this command was refused, because it is not this peer's. */
int command_log_refused(struct server *s, struct job *job);

/* ---- proof.c --------------------------------------------------------------------- */

/* Decides one phase about the command's user on the peer's own lane, evaluating and spending
 * its code where that may be; stores and records it. Inside a transaction. */
int command_proof(
    struct server *s, struct job *job, enum phase phase, uint32_t flags, struct decision *d);
/* Charges the attempt in a transaction of its own, then asks about the password. */
enum job_result command_check_password(struct server *s, struct job *job);

#endif
