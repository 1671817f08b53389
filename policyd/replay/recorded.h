/*
 * A decision as its record tells it: what was asked, what was known, what was decided; and the
 * same decided again. No I/O; the core itself (decide/) knows nothing of records.
 */
#ifndef SEKISHO_REPLAY_RECORDED_H
#define SEKISHO_REPLAY_RECORDED_H

#include "audit/record.h"
#include "decide/elevation.h"

/* What a record says was decided. */
struct claim {
	char verdict[16], reason[40], event_reason[40], outcome[16], policy[POLICY_DIGEST_SIZE];
	char verb[32]; /* of a command; "": a login, or a command of sudo's */
	char action[48];
	char rule[NAME_SIZE];
	bool observed;
};

struct recorded {
	struct claim claim;
	bool is_command, is_sudo; /* neither: a login */
	struct request request; /* of a login */
	struct facts facts;
	struct admin_request command;
	struct admin_facts known;
	struct elevation_request sudo; /* without its arguments, which are in no record */
	struct elevation_facts sudo_known;
};

/* Reads a body. SKS_NOT_FOUND: the consequence of a decision, or nobody's request; else SKS_OK,
 * SKS_INVALID, SKS_TOO_BIG as record_index_read(). What is not of its kind is undefined. */
int recorded_read(const void *body, size_t len, struct recorded *out);

/* A phase of a login, of su or of sudo itself: neither a command of ours nor one of sudo's. */
bool recorded_is_login(const struct recorded *r);

/* Was it the settling of a charge that nobody answered for, by the daemon itself? */
bool recorded_is_abandoned(const struct recorded *r);

/* Decides it again under "policy", from its request and its facts. d->rule is the policy's. */
void recorded_decide(const struct policy *policy, const struct recorded *r, struct decision *d);

/* Is that what the record says, its event included? */
bool recorded_is_the_same(
    const struct recorded *r, const struct record *header, const struct decision *d);

#endif
