/*
 * Roles that were asked for and given: R-12 is request 12 of kind 'R' (keep.h) and, once it is
 * approved, the grant of that number. All inside a turn.
 */
#ifndef SEKISHO_STORE_GRANT_H
#define SEKISHO_STORE_GRANT_H

#include "store/keep.h"

enum grant_state { GRANT_ASKED, GRANT_ACTIVE, GRANT_OVER };
enum { GRANTS_MAX = 10000 /* active and asked for, together */, GRANT_APPROVALS_MAX = 16 };

struct store_grant {
	uint64_t number;
	char role[64];
	char user[NAME_SIZE], person[NAME_SIZE];
	uint32_t uid;
	char why[256];
	uint32_t state; /* enum grant_state */
	int64_t for_ms;
	int64_t from_wall_ms, until_wall_ms; /* 0 while it is asked for */
	/* Of an active one: by the boot clock within a boot, by the wall clock too, whichever is
	 * less; 0 when it is over, or when the wall clock of a later boot stands before it. */
	int64_t left_ms;
	char ended_by[NAME_SIZE], ended_why[64];
	int64_t ended_wall_ms;
};

/* Whether one more can be asked for: SKS_FULL at GRANTS_MAX. */
int store_grant_room(struct store *s);
/* Asked for. SKS_FULL beyond GRANTS_MAX. */
int store_grant_ask(struct store *s, const struct store_grant *g);
int store_grant_get(struct store *s, uint64_t number, struct store_grant *out); /* SKS_NOT_FOUND */
/* From now on, for for_ms. SKS_NOT_FOUND unless it is asked for. */
int store_grant_start(struct store *s, uint64_t number);
/* SKS_NOT_FOUND when it was over. */
int store_grant_end(struct store *s, uint64_t number, const char *by, const char *why);
/* Active and asked-for ones behind number "after", oldest first; with "all", those that are over
 * too. user NULL: everybody's; else of that user and uid. */
int store_grant_list(struct store *s, uint64_t after, bool all, const char *user, uint32_t uid,
    struct store_grant *out, size_t max, size_t *count);

/* Those of this user and uid that ended at this time of the wall clock or later, newest first; of
 * the last thousand that anybody asked for. */
int store_grant_ended(struct store *s, const char *user, uint32_t uid, int64_t since_wall_ms,
    struct store_grant *out, size_t max, size_t *count);

/* How many people but this one have the role, and does this account have or want it? */
int store_grant_holders(struct store *s, const char *role, const char *person, uint32_t *people);
int store_grant_has(struct store *s, const char *role, const char *user, uint32_t uid, bool *has);
/* Of all roles: how many this account has or asks for. */
int store_grant_count(struct store *s, const char *user, uint32_t uid, uint32_t *count);
/* What it has now: "R-1,R-3" and "web,db"; either may be NULL. Rules refuse by roles: of more than
 * fit none is left out, it is SKS_TOO_BIG. */
int store_grant_held(struct store *s, const char *user, uint32_t uid, char ids[GRANTS_SIZE],
    char roles[ROLES_SIZE]);

struct store_approval {
	char account[NAME_SIZE], person[NAME_SIZE];
	char groups[4096]; /* of that account then, comma separated; cut, a name might be another's */
	uint32_t uid;
	int64_t wall_ms;
};
/* SKS_CONFLICT when that account approved it already, SKS_FULL beyond GRANT_APPROVALS_MAX. */
int store_approval_add(struct store *s, uint64_t number, const struct store_approval *a);
/* Oldest first. */
int store_approvals(struct store *s, uint64_t number, struct store_approval *out, size_t max,
    size_t *count);

/* The gid of a role's group: given at its first use from 65536 on, the role's for ever.
 * SKS_FULL when all are given away. */
enum { ROLE_GID_MIN = 65536, ROLE_GID_MAX = 99999 };
int store_role_gid(struct store *s, const char *role, uint32_t *gid);

#endif
