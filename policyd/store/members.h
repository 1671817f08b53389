/*
 * Memberships of roles: since when somebody is a member, who certified that, who was taken out.
 * The policy says who is a member; this says which of them count. All inside a turn.
 */
#ifndef SEKISHO_STORE_MEMBERS_H
#define SEKISHO_STORE_MEMBERS_H

#include "store/store.h"
#include "store/terms.h"

/* Account "" stands for the role itself: since when it is known. */
#define MEMBERS_SQL                                                                            \
	"CREATE TABLE IF NOT EXISTS memberships (role TEXT NOT NULL, account TEXT NOT NULL,"   \
	" since_wall INTEGER NOT NULL, certified_wall INTEGER NOT NULL DEFAULT 0,"             \
	" out_wall INTEGER NOT NULL DEFAULT 0, by TEXT NOT NULL DEFAULT '',"                   \
	" PRIMARY KEY (role, account)) STRICT, WITHOUT ROWID;"                                 \
	"CREATE TABLE IF NOT EXISTS staff_terms (person TEXT PRIMARY KEY, kana TEXT NOT NULL," \
	" gone_wall INTEGER NOT NULL DEFAULT 0, ended_wall INTEGER NOT NULL DEFAULT 0)"        \
	" STRICT, WITHOUT ROWID;"                                                              \
	"CREATE TABLE IF NOT EXISTS grant_until (number INTEGER PRIMARY KEY,"                  \
	" wall INTEGER NOT NULL) STRICT;"

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

/* The membership that the grant rests on ends then. */
int store_grant_until_put(struct store *s, uint64_t number, int64_t wall_ms);
/* A grant that begins now gets no longer than to that end, and its duration says so; *for_ms is
 * what is left, which may be nothing. */
int store_grant_limit(struct store *s, uint64_t number, int64_t *for_ms);

/* ---- more of the staff list (terms.h) ---------------------------------------------------- */

struct store_staff_terms {
	char kana[128];
	int64_t gone_wall_ms;  /* a list did not name them any more; 0: they are in it */
	int64_t ended_wall_ms; /* the end of their contract was carried out; 0: it was not */
};
/* All zero where there are none. */
int store_staff_terms_get(struct store *s, const char *person, struct store_staff_terms *out);
int store_staff_terms_put(struct store *s, const char *person, const struct store_staff_terms *t);
/* People whose contract ended before this time, and nothing was done about it yet. */
int store_staff_due(struct store *s, int64_t wall_ms, struct store_staff *out, size_t max,
    size_t *count);
/* Is anybody on it? Does anybody's contract end? */
int store_staff_any(struct store *s, bool *any, bool *ends);

/* Reports that this account owes on grants of the role. */
int store_role_owed(struct store *s, const char *role, const char *account, uint32_t *reports);

#endif
