/*
 * Contingency policies as the daemon follows them: sealed when the policy that has them goes into
 * force, an entry of the register while they are activated, over in time or with their policy.
 */
#ifndef SEKISHO_KEEPER_CONTINGENCY_H
#define SEKISHO_KEEPER_CONTINGENCY_H

#include "server.h"
#include "store/exceptions.h"
#include <jansson.h>

/* How long an activation waits for its approvals. */
#define CONTINGENCY_WAIT_MS (INT64_C(24) * 60 * 60 * 1000)

/* What is in force now, as of the last second: for those who log in. */
struct contingency_now {
	char name[64];
	uint64_t number; /* of the entry */
	int64_t until_wall_ms;
};
const struct contingency_now *contingencies_now(size_t *count);
/* Between them the register is gone through: what is noted is in force. */
void contingency_forget(void);
void contingency_note(const struct store_exception *x);

/* Puts what the policy says now into the store by its digest, with a record for each that is new,
 * another, or gone. Inside a turn, when a policy went into force. */
int contingency_follow(struct server *s);
/* {NAME: {digest, policy, at, by}}, the caller's; NULL: out of memory. Inside a turn. */
json_t *contingency_sealed(struct server *s);

/* The contingency policy that this entry is, as it says what was asked for; NULL: it is none, or
 * the policy says something else now. */
const struct contingency *contingency_of(
    const struct server *s, const struct store_exception *x);
/* Is the entry one that the policy does not have any more? */
bool contingency_is_gone(const struct server *s, const struct store_exception *x);
/* Has it waited for its approvals too long? Inside a turn. */
bool contingency_is_late(struct server *s, const struct store_exception *x);

/* Is this request about one, and may this account answer it? False: it is not, *may is as it was.
 * Inside a turn. */
bool contingency_may_answer(struct server *s, const struct store_request *q, const char *user,
    const char *groups, bool *may);

/* The entry in force that lets this role be approved otherwise, for so long at least; 0: none does.
 * *out is what it says. Inside a turn. */
int contingency_for_role(struct server *s, const char *role, int64_t for_ms, uint64_t *number,
    const struct contingency **out);
/* The live entry of this name: in force (active), or waiting; SKS_NOT_FOUND. Inside a turn. */
int contingency_entry(
    struct server *s, const char *name, bool active, struct store_exception *out);

#endif
