/*
 * What decisions about people rest on besides roles: what a grant was asked for with, attributes
 * with their evidence, reviews of roles, and the staff list that was imported. All inside a turn.
 */
#ifndef SEKISHO_STORE_TERMS_H
#define SEKISHO_STORE_TERMS_H

#include "store/store.h"

#define TERMS_SQL                                                                              \
	"CREATE TABLE IF NOT EXISTS grant_terms (number INTEGER PRIMARY KEY,"                  \
	" ticket TEXT NOT NULL, superior TEXT NOT NULL, because TEXT NOT NULL,"                \
	" report TEXT NOT NULL DEFAULT '', reported_wall INTEGER NOT NULL DEFAULT 0,"          \
	" chased_wall INTEGER NOT NULL DEFAULT 0) STRICT;"                                     \
	"CREATE TABLE IF NOT EXISTS attributes (person TEXT NOT NULL, name TEXT NOT NULL,"     \
	" set_wall INTEGER NOT NULL, until_wall INTEGER NOT NULL, by TEXT NOT NULL,"           \
	" evidence TEXT NOT NULL, PRIMARY KEY (person, name)) STRICT, WITHOUT ROWID;"          \
	"CREATE TABLE IF NOT EXISTS role_reviews (role TEXT NOT NULL, wall INTEGER NOT NULL,"  \
	" by TEXT NOT NULL, person TEXT NOT NULL, policy TEXT NOT NULL, text TEXT NOT NULL,"   \
	" PRIMARY KEY (role, wall)) STRICT, WITHOUT ROWID;"                                    \
	"CREATE TABLE IF NOT EXISTS staff (person TEXT PRIMARY KEY, name TEXT NOT NULL,"       \
	" unit TEXT NOT NULL, contact TEXT NOT NULL, until_wall INTEGER NOT NULL,"             \
	" moved_wall INTEGER NOT NULL, imported_wall INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

/* ---- grants ------------------------------------------------------------------------------ */

struct store_terms {
	char ticket[64];
	char superior[NAME_SIZE]; /* who is asked instead of the approvers; "": nobody */
	char because[256];
	char report[256]; /* how it ended, said by who had it */
	int64_t reported_wall_ms; /* 0: not yet, or not asked for; TERMS_OWED: it has to be */
	int64_t chased_wall_ms;
};
enum { TERMS_OWED = -1 };

/* SKS_CONFLICT when it has some. */
int store_terms_put(struct store *s, uint64_t number, const struct store_terms *t);
/* All empty where a grant has none. */
int store_terms_get(struct store *s, uint64_t number, struct store_terms *out);
int store_terms_report(struct store *s, uint64_t number, const char *report);
/* Grants that are over since before_wall_ms and owe a report that nobody was told of yet. */
int store_terms_overdue(
    struct store *s, int64_t before_wall_ms, uint64_t *number, size_t max, size_t *count);
/* Reports that this account owes now. */
int store_terms_owed(
    struct store *s, const char *user, uint32_t uid, uint64_t *number, size_t max, size_t *count);
int store_terms_chased(struct store *s, uint64_t number);

/* ---- attributes -------------------------------------------------------------------------- */

enum { ATTRIBUTES_MAX = 32 /* of one person */, ATTRIBUTE_NAME_SIZE = 64 };

struct store_attribute {
	char person[NAME_SIZE], name[ATTRIBUTE_NAME_SIZE];
	int64_t set_wall_ms, until_wall_ms; /* 0: as long as the policy says */
	char by[NAME_SIZE], evidence[256];
};

/* In the place of the one before. SKS_FULL beyond ATTRIBUTES_MAX. */
int store_attribute_set(struct store *s, const struct store_attribute *a);
/* SKS_NOT_FOUND. */
int store_attribute_revoke(struct store *s, const char *person, const char *name);
/* By name; person NULL: everybody's, by person and name, behind "after" and "after_name". */
int store_attributes(struct store *s, const char *person, struct store_attribute *out,
    size_t max, size_t *count);
int store_attributes_all(struct store *s, const char *after, const char *after_name,
    struct store_attribute *out, size_t max, size_t *count);

/* ---- reviews ----------------------------------------------------------------------------- */

struct store_review {
	char role[64], by[NAME_SIZE], person[NAME_SIZE], policy[65], text[256];
	int64_t wall_ms;
};

int store_review_add(struct store *s, const struct store_review *r);
/* The newest one of that role. SKS_NOT_FOUND. */
int store_review_last(struct store *s, const char *role, struct store_review *out);

/* ---- staff ------------------------------------------------------------------------------- */

struct store_staff {
	char person[NAME_SIZE], name[128], unit[128], contact[128];
	int64_t until_wall_ms;  /* when the contract ends; 0: not said */
	int64_t moved_wall_ms;  /* the unit changed then; 0: never */
	int64_t imported_wall_ms;
};

int store_staff_put(struct store *s, const struct store_staff *p);
int store_staff_get(struct store *s, const char *person, struct store_staff *out); /* SKS_NOT_FOUND */
int store_staff_list(
    struct store *s, const char *after, struct store_staff *out, size_t max, size_t *count);

#endif
