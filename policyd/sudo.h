/*
 * Between the files about MSG_SUDO: sudo.c the steps, sudo_facts.c what they depend on,
 * sudo_record.c what is written down, sudo_say.c what the person reads.
 */
#ifndef SEKISHO_SUDO_H
#define SEKISHO_SUDO_H

#include "decide/elevation.h"
#include "server.h"

/* ---- sudo_facts.c: inside a turn --------------------------------------------------------- */

/* The login behind sudo's process. SKS_NOT_FOUND. */
int sudo_login(struct server *s, const struct job *job, struct session *out);
/* All that decide_elevation() needs, and that login; zeros where there is none. */
int sudo_facts(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f, struct session *login);

/* ---- sudo_record.c: inside a turn -------------------------------------------------------- */

/* Request, facts and login in a record. */
void sudo_put_case(struct server *s, struct record *record, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login);
/* "R-1" of the grant; nothing where it is 0. */
void sudo_put_grant(struct record *record, uint64_t grant);
/* Begins a sudo.exit record: how a command ended, and under which grant. */
struct sudo_exit {
	uint64_t grant;
	uint32_t ended, status; /* enum sudo_ended, and what belongs to it */
	bool over;
};
void sudo_begin_exit(struct server *s, struct record *record, const struct sudo_exit *x);
/* What was decided; *seq is the record's number. */
int sudo_record_command(struct server *s, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login, const struct decision *d,
    uint64_t *seq);
/* Calls write() for a refusal, as long as this person has not caused many: then they are
 * counted. */
int sudo_record_refusal(struct server *s, const struct elevation_request *r, const char *reason,
    int (*write)(struct server *, void *), void *context);

/* The command with its arguments, secrets masked, in one line for people; size >= 16. */
void sudo_command_line(struct server *s, const char *role, const struct elevation_request *r,
    char *out, size_t size);

/* ---- uses.c: inside a turn --------------------------------------------------------------- */

/* What the second person says about this command, where its role asks for one. */
int uses_facts(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f);
/* Asks for it: the reply says so, and its "wait" the number. */
int uses_ask(struct server *s, struct job *job, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login);
/* The word that the facts have is used up. */
int uses_spend(struct server *s, const struct elevation_facts *f);

/* ---- sudo_say.c -------------------------------------------------------------------------- */

void sudo_say_refused(
    const struct elevation_facts *f, enum reason reason, char *out, size_t size);

#endif
