/* Who is a member of a role: those that the policy names, and those in its groups. */
#ifndef SEKISHO_COMMAND_MEMBERS_H
#define SEKISHO_COMMAND_MEMBERS_H

#include "command/command.h"

enum { MEMBERS_MAX = 4096 };

struct member {
	char account[NAME_SIZE];
	const char
	    *via; /* "" where the policy names the account; else "@group". The policy's */
};

struct members {
	struct member *item; /* by account, each once; freed by members_clear() */
	size_t count;
	char digest[65]; /* SHA-256 of a line for each: account, person, via */
};

/* The groups whose members this command is about, with commas; false: none. */
bool members_groups(const struct server *s, const struct job *job, char *out, size_t size);
/* groups: what WARDEN_MEMBERS answered; NULL where it is not known, and only who is named is
 * found. 0, SKS_NOMEM, SKS_TOO_BIG beyond MEMBERS_MAX, SKS_INTERNAL. */
int members_of(const struct policy *p, const struct role *role, const struct buf *groups,
    struct members *out);
void members_clear(struct members *m);
/* NULL where it is none of them. */
const struct member *members_find(const struct members *m, const char *account);
/* Does this person have an account among them? */
bool members_have_person(const struct policy *p, const struct members *m, const char *person);

/* role_review.c: appends what is known of each. Inside a turn. */
int role_members_json(
    struct server *s, const struct role *role, const struct members *m, json_t *list);

/* dormant.c: since when it would be known that nobody logged in: the time of the first record. */
int users_known_since(struct server *s, int64_t *wall_ms);
/* dormant.c: who is neither suspended nor just invited, and did not log in for so long; who never
 * did, since users_known_since(). */
bool user_is_dormant(
    const struct policy *p, const struct user_state *u, bool invited, int64_t since_wall_ms);
/* dormant.c: answers VERB_ROLE_LIST with the dormant members of those roles that the peer may
 * review, of all for root. Inside a turn. */
int role_list_dormant(struct server *s, struct job *job);

#endif
