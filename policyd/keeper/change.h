/*
 * A change of the login stack (sekisho setup) or of the policy that waits for its confirmation:
 * what the daemon knows of it, kept in the store. The files themselves are taken back by
 * sekisho-rollback, which needs no daemon; the policy is taken back here.
 */
#ifndef SEKISHO_KEEPER_CHANGE_H
#define SEKISHO_KEEPER_CHANGE_H

#include "server.h"

enum { CHANGE_SESSIONS = 32, CHANGE_SERVICES_SIZE = 512, CHANGE_BOOT_SIZE = 33 };

/* A session whose stack was read after the change was applied. */
struct change_session {
	uint32_t audit_session, pid;
	uint64_t pid_start;
	char service[64], tty[64];
};

struct change {
	bool any;
	uint64_t id;      /* of setup; 0: the policy alone */
	bool applied;     /* all of it */
	bool confirmed;   /* allowed; setup's word of it may still be under way */
	bool policy_back; /* the policy is taken back, the files not yet */
	char boot[CHANGE_BOOT_SIZE];
	int64_t applied_boot_ms; /* on the boot clock */
	struct instant deadline;
	char from[POLICY_DIGEST_SIZE], to[POLICY_DIGEST_SIZE]; /* policies; "" where none */
	char services[CHANGE_SERVICES_SIZE];     /* that setup changed, with commas */
	char user[NAME_SIZE], person[NAME_SIZE]; /* who changed it */
	struct change_session session[CHANGE_SESSIONS];
	size_t session_count;
};

/* What is pending; *c is zero when nothing is. Inside a turn. */
int change_load(struct server *s, struct change *c);
/* The same, but a change whose confirmation is all done is none any more. */
int change_load_open(struct server *s, struct change *c);
/* Keeps it; forgets it when c->any is false. Inside a turn. */
int change_keep(struct server *s, const struct change *c);
/* A new one of now and of this boot. */
void change_begin(struct server *s, struct change *c);

/* A session was opened whose process read its stack at loaded_ms: counts when that was after
 * the change. Inside a turn; nothing where nothing is pending. */
int change_note_session(struct server *s, const struct request *r, int64_t loaded_ms);

/* Before the first request. */
int change_start(struct server *s);
/* Once a second: takes back what is due, and looks what became of setup's files. */
int change_tick(struct server *s);
/* The same inside a turn. A policy that is to be in force again goes to *back, owned by the
 * caller, for change_back() after the commit. */
int change_look(struct server *s, struct policy **back);
void change_back(struct server *s, struct policy *back);

/* The beginning of a record about it. */
void change_record(struct server *s, struct record *r, uint16_t action, enum outcome outcome,
    const char *reason, const struct change *c);
/* A confirmed change was taken back by hand: its record, and those of its conflicts. *seq as of
 * turn_append(). Inside a turn. */
int change_record_undo(
    struct server *s, const struct change *c, const char *reason, struct job *job);

#endif
