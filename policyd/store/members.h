/*
 * Memberships of roles: since when somebody is a member, who certified that, who was taken out.
 * The policy says who is a member; this says which of them count. All inside a turn.
 */
#ifndef SEKISHO_STORE_MEMBERS_H
#define SEKISHO_STORE_MEMBERS_H

#include "store/store.h"

/* Account "" stands for the role itself: since when it is known. */
#define MEMBERS_SQL                                                                            \
	"CREATE TABLE IF NOT EXISTS memberships (role TEXT NOT NULL, account TEXT NOT NULL,"   \
	" since_wall INTEGER NOT NULL, certified_wall INTEGER NOT NULL DEFAULT 0,"             \
	" out_wall INTEGER NOT NULL DEFAULT 0, by TEXT NOT NULL DEFAULT '',"                   \
	" PRIMARY KEY (role, account)) STRICT, WITHOUT ROWID;"

struct store_member {
	char role[64], account[NAME_SIZE];
	int64_t since_wall_ms;     /* when this daemon first knew of it; 0: it does not */
	int64_t certified_wall_ms; /* 0: never */
	int64_t out_wall_ms;       /* 0: not taken out */
	char by[NAME_SIZE];        /* who certified it, or took it out */
};

/* Of this account; all zero where nothing is known. account "": the role itself. */
int store_member_get(
    struct store *s, const char *role, const char *account, struct store_member *out);
/* From now on known, unless it was before. */
int store_member_note(struct store *s, const char *role, const char *account);
/* The policy does not name it any more: a new membership begins from nothing. */
int store_member_forget(struct store *s, const char *role, const char *account);
/* By a review, now: it counts, or it does not. */
int store_member_certify(
    struct store *s, const char *role, const char *account, const char *by, bool counts);
/* By role and account, behind these two. */
int store_member_list(struct store *s, const char *after_role, const char *after,
    struct store_member *out, size_t max, size_t *count);

struct store_use { /* of a role by an account */
	char account[NAME_SIZE];
	int64_t last_wall_ms; /* when it was last given */
	uint32_t times;
};
/* Everybody who ever had the role, by account. SKS_TOO_BIG beyond max. */
int store_role_uses(
    struct store *s, const char *role, struct store_use *out, size_t max, size_t *count);

/* Reports that this account owes on grants of the role. */
int store_role_owed(struct store *s, const char *role, const char *account, uint32_t *reports);

#endif
