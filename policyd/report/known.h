/*
 * Is there anybody, or any role, of the name that a report or paper is limited to? A page
 * without rows says that somebody did nothing; of a name that was mistyped it would say so too.
 * Known is what the policy has, what the store's tables have, and what stands in any record: a
 * name that went from the policy long ago is one still.
 */
#ifndef SEKISHO_REPORT_KNOWN_H
#define SEKISHO_REPORT_KNOWN_H

#include "buf.h"
#include "policy/policy.h"
#include "store/store.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KNOWN_PERSON_NEEDLES = 5,
	KNOWN_NEEDLES = KNOWN_PERSON_NEEDLES + 1,
	KNOWN_LIKE_SIZE = 256
};

enum known_kind { KNOWN_ALL, KNOWN_NO_PERSON, KNOWN_NO_ROLE };

struct known {
	char person[NAME_SIZE], role[64]; /* "": not asked for */
	bool has_person, has_role;        /* found, or not asked for */
	struct buf needle[KNOWN_NEEDLES]; /* what a body has that names them */
	struct log_cursor *cursor;        /* the records before the period */
};

/* Looks in policy and tables; s NULL: in the policy alone. known_clear() in any case. */
int known_begin(struct known *k, const struct policy *p, struct store *s, const char *person,
    const char *role);
void known_clear(struct known *k);
/* What is still looked for; KNOWN_ALL: nothing. */
enum known_kind known_missing(const struct known *k);
/* A record, body NULL where it was deleted. */
void known_look(struct known *k, const void *body, size_t len);
/* So many of the records before that time (0: of all), newest first: 1 while there are more and
 * something is missing; 0. */
int known_step(struct known *k, struct store *s, int64_t until_ms, unsigned records);
/* Known names that what is missing may have been meant to be, nearest first, "a, b, c" or "".
 */
int known_like(
    const struct known *k, const struct policy *p, struct store *s, char like[KNOWN_LIKE_SIZE]);
/* What to tell, in the language of the process. "like" as above. */
void known_tell(
    enum known_kind missing, const char *name, const char *like, char *out, size_t size);

#endif
