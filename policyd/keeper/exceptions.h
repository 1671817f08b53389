/*
 * The register of exceptions as time goes by: what is weaker than its rules is entered by itself,
 * entries end, and who has not reported an end is chased.
 */
#ifndef SEKISHO_KEEPER_EXCEPTIONS_H
#define SEKISHO_KEEPER_EXCEPTIONS_H

#include "server.h"
#include "spool.h"
#include "store/exceptions.h"

/* Meta: how many codes were used since the last ones were made, as far as is recorded. */
#define BREAK_GLASS_USED "break-glass.used"

/* Makes the entry of x, which then has its number, with the request that waits for its judgement;
 * by, person and why are the request's. Inside a turn. SKS_FULL when the register is. */
int exceptions_add(struct server *s, struct store_exception *x, const char *by, uint32_t by_uid,
    const char *person, const char *why);
/* Ends an entry; when it was in force and its report is not waived, that becomes due. No record. */
int exceptions_end(
    struct server *s, const struct store_exception *x, const char *by, const char *why);
/* The same with its record. Inside a turn. */
int exceptions_end_recorded(
    struct server *s, const struct store_exception *x, const char *why);
/* Calls look() for each entry that is live or whose report is due. Inside a turn. */
int exceptions_each(struct server *s,
    int (*look)(struct server *, struct store_exception *, void *), void *context);
/* Ends all that somebody asked for, and all bypasses, each with its record: the store is another
 * one. Inside a turn. */
int exceptions_end_all(struct server *s, const char *why);

/* The code of a bypass was used: its entry is over, with its record. Inside a turn. */
int exceptions_bypass_used(struct server *s, uint64_t number);

/* A PAM line with "observe" or "fail=open" was seen, or a report of its use. Inside a turn. */
int exceptions_note_line(struct server *s, const char *kind, const char *service);
/* A break-glass code was used: an entry that waits for its review. Inside a turn. */
int exceptions_note_break_glass(struct server *s, const struct spool_event *e);

/* How many requests about exceptions, bypasses and policies this account may answer, and how many
 * ends it still has to report. Inside a turn. */
int exceptions_waiting(struct server *s, const char *user, uint32_t uid, const char *groups,
    uint32_t *waiting, uint32_t *due);
/* Does any entry name a group? Then decisions need groups. Every entry that comes into force is noted
 * by its subject before. */
bool exceptions_need_groups(void);
void exceptions_note_subject(const char *subject);

/* Of what is in force how much nobody has approved, or somebody refused; of what is over how many
 * reports are overdue; and how many uses of break-glass codes wait for their review. Inside a
 * turn. */
struct exceptions_summary {
	uint32_t active, unapproved, overdue, reviews;
};
int exceptions_summary(struct server *s, struct exceptions_summary *out);

/* At the start, when a policy goes into force, and once a second between turns. */
int exceptions_tick(struct server *s);

#endif
