/*
 * What an account begins and ends with: the invitation of its first login, the day on which it
 * ends, and whether its password has to be changed. All inside a turn.
 *
 * A password is named by a mark: digits that tell two stored passwords apart and nothing about
 * either. So a change counts from when it is stored, whoever stored it.
 */
#ifndef SEKISHO_STORE_INVITE_H
#define SEKISHO_STORE_INVITE_H

#include "store/store.h"

#define INVITATION_SQL                                                                         \
	"CREATE TABLE IF NOT EXISTS invitations (user INTEGER NOT NULL,"                       \
	" number INTEGER NOT NULL, state INTEGER NOT NULL, mark TEXT NOT NULL,"                \
	" lasts INTEGER NOT NULL, at_in INTEGER, at_wall INTEGER, at_boot INTEGER,"            \
	" by TEXT NOT NULL, verified_by TEXT NOT NULL, verified_how TEXT NOT NULL,"            \
	" spent_pid INTEGER NOT NULL DEFAULT 0, spent_start INTEGER NOT NULL DEFAULT 0,"       \
	" ended_wall INTEGER NOT NULL DEFAULT 0,"                                              \
	" PRIMARY KEY (user, number)) STRICT, WITHOUT ROWID;"                                  \
	"CREATE TABLE IF NOT EXISTS account_terms (user INTEGER PRIMARY KEY,"                          \
	" until_wall INTEGER NOT NULL DEFAULT 0, must INTEGER NOT NULL DEFAULT 0,"             \
	" must_mark TEXT NOT NULL DEFAULT '', must_wall INTEGER NOT NULL DEFAULT 0,"           \
	" must_by TEXT NOT NULL DEFAULT '', must_why TEXT NOT NULL DEFAULT '') STRICT;"

struct invitation {
	uint64_t number;  /* of this account, from 1 on */
	uint32_t state;   /* enum invitation_state, decide/decide.h; never INVITATION_NONE */
	char mark[MARK_SIZE]; /* of the password that it is */
	int64_t lasts_ms, made_wall_ms;
	char by[NAME_SIZE], verified_by[NAME_SIZE], verified_how[NAME_SIZE];
	uint32_t spent_pid; /* the process whose person chose a password */
	uint64_t spent_start;
	int64_t ended_wall_ms;
};

/* The newest of the account; an open one whose time is over, by either clock, reads as
 * INVITATION_EXPIRED. SKS_NOT_FOUND. */
int store_invitation(struct store *s, const char *user, uint32_t uid, struct invitation *out);
/* Assigns the number; the one before is withdrawn. */
int store_invitation_add(
    struct store *s, const char *user, uint32_t uid, struct invitation *invitation);
/* From open to this state; for INVITATION_SPENT by that process. SKS_CONFLICT when it is not open
 * any more. */
int store_invitation_end(struct store *s, const char *user, uint32_t uid, uint64_t number,
    uint32_t state, uint32_t pid, uint64_t pid_start);

enum must {
	MUST_NOT,
	MUST_CHANGE,       /* the password with this mark; "": whatever it is */
	MUST_CHANGE_AFTER, /* the one that is stored in the place of the one with this mark */
};

struct account_terms {
	int64_t until_wall_ms; /* the account ends then; 0: it does not */
	uint32_t must;         /* enum must */
	char must_mark[MARK_SIZE];
	int64_t must_wall_ms;
	char must_by[NAME_SIZE], must_why[256];
};
/* All zero where there are none. */
int store_account_terms(struct store *s, const char *user, uint32_t uid, struct account_terms *out);
int store_account_terms_put(struct store *s, const char *user, uint32_t uid, const struct account_terms *terms);
/* When the newest password of the account was accepted; 0: none was. */
int store_password_newest(
    struct store *s, const char *person, const char *account, int64_t *wall_ms);

#endif
