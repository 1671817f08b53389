/* What the files of requests that wait for a second person share. */
#ifndef SEKISHO_COMMAND_REQUEST_H
#define SEKISHO_COMMAND_REQUEST_H

#include "command/command.h"
#include "store/grant.h"

/* "R-12". */
void request_id(const struct store_request *q, char id[REQUEST_ID_SIZE]);
/* "X-1", "x-1"; false where it is none. */
bool request_read_id(const char *text, char *kind, uint64_t *number);
/* For command_decide(): whose request it is; context: a struct store_request. */
void request_put(struct record *r, void *context);
/* The time on the clock that the age of requests is told by. Inside a turn. */
int request_watched_ms(struct server *s, int64_t *watched_ms);
/* Puts it in line, with the time on the clock that its age is told by; errors of
 * store_request_add(). Inside a turn. */
int request_add(struct server *s, struct store_request *q);
/* Who acts: the login identity, as itself, in a session that came through this daemon? And from
 * where. Inside a turn. */
int request_identify(struct server *s, const struct job *job, struct admin_facts *f);
/* For what root carries out: the login behind it is who acts. Where there is none, by and person
 * stay as they are, and nobody is identified. Inside a turn. */
int request_identify_behind_root(struct server *s, const struct job *job, struct admin_facts *f,
    char by[NAME_SIZE], char person[NAME_SIZE]);
/* By the policy of then and that of now: making two persons of one takes more than a moment. */
bool request_same_person(const struct server *s, const char *who, const struct store_request *q);

/* ---- what a kind of request consists of --------------------------------------------------- */

/* What of it counts for the decision; sets found, and may set what the answer says in r. */
typedef int request_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f);
/* May this peer answer it? */
typedef bool request_may_answer(
    struct server *s, const struct job *job, const struct store_request *q);
/* After the decision allowed it: what was approved begins. Ends the request where that is enough. */
typedef int request_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f);
/* It was declined or withdrawn; the request has ended. */
typedef int request_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn);
/* What a list of requests adds. */
typedef int request_describe(struct server *s, const struct store_request *q, json_t *out);

struct request_kind {
	char kind;
	const char *word;
	request_facts *facts;
	request_may_answer *may_answer;
	request_approved *approved;
	request_declined *declined;
	request_describe *describe; /* NULL: there is nothing to add */
};
/* NULL: there is no such kind. */
const struct request_kind *request_kind_of(char kind);

/*
 * X (redact.c): one record whose body is to be destroyed before its time. D (export.c): records
 * that are to be handed out. E (exception.c): an exception. B (bypass.c): a bypass. P
 * (policy_request.c): a new policy. R, a role, stands below.
 */
request_facts redact_facts, export_facts, exception_facts, bypass_facts, policy_facts;
request_may_answer redact_may_answer, export_may_answer, exception_may_answer, bypass_may_answer,
    policy_may_answer;
request_approved redact_approved, export_approved, exception_approved, bypass_approved,
    policy_approved;
request_declined redact_declined, exception_declined, bypass_declined, policy_declined;
request_describe exception_describe, bypass_describe, policy_describe;
/* U (policyd/uses.c): one command of sudo's */
request_facts use_request_facts;
request_may_answer use_may_answer;
request_approved use_approved;
request_describe use_describe;

/* ---- grant.c: requests of kind R ---------------------------------------------------------- */

/* The role, who approved it so far, and whether this peer may. */
int grant_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f);
/* After the decision allowed it: the approval is kept, and what is approved begins. */
int grant_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f);
/* It was declined or withdrawn. */
int grant_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn);
/* May this peer answer it? */
bool grant_may_answer(struct server *s, const struct job *job, const struct store_request *q);
/* Time and groups of this peer, as facts. */
void grant_put_now(const struct job *job, struct admin_facts *f);
/* grant_list.c: lists of names, and who approves: [[{need, from}, …], …]. */
json_t *grant_names_json(const struct strings *names);
json_t *grant_approve_json(const struct approval_set *set, size_t sets);
/* grant_list.c: what this account has, or waits for, and the roles that it may ask for. */
json_t *grant_user_json(struct server *s, const char *user, uint32_t uid);
json_t *grant_roles_json(struct server *s, const char *user, const char *groups);
/* grant_list.c: adds what a list of requests says about it: role, duration, approvals. */
int grant_describe(struct server *s, const struct store_request *q, json_t *out);

#endif
