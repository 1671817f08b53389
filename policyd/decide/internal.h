/*
 * Between the files of the core: one file a question, one function an answer.
 */
#ifndef SEKISHO_DECIDE_INTERNAL_H
#define SEKISHO_DECIDE_INTERNAL_H

#include "audit/event.h"
#include "decide/decide.h"

/* ---- attempt.c: may this be tried? ------------------------------------------------------- */

enum charge { CHARGE_GRANTED, CHARGE_WAIT, CHARGE_LOCKED, CHARGE_SOURCE_LOCKED };

/* The lane and source as they stand now, decayed. */
struct budget {
	uint32_t count, open;
	bool new_window;
	uint32_t level_milli, limit_milli;
	int64_t wait_ms; /* of a lock */
};

enum charge attempt_check(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct budget *b);
/* Takes one charge that stays open (the answer is still to come) or is already lost. */
void attempt_charge(
    const struct facts *facts, const struct budget *b, bool open, struct changes *c);
/* Gives an open charge back. */
void attempt_refund(const struct policy *policy, const struct facts *facts, struct changes *c);
/* A success: the lanes that only the owner reaches start afresh. */
void attempt_clear(const struct facts *facts, struct changes *c);
/* Denies for a lock and counts it. */
void attempt_refuse(
    enum charge why, const struct budget *b, uint16_t action, struct decision *out);
/* Writes lockout.start when these counts lock the lane. */
void attempt_note_lock(
    const struct policy *policy, uint32_t count, uint32_t open, struct decision *out);

/* ---- need.c: is a second factor needed, and is it there? ----------------------------------
 */

/* The case that rules are matched against, and those that match: worked out once a decision. */
struct matched {
	struct rule_case c;
	struct rule_set rules;
};
void need_match(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct matched *out);

struct need {
	bool required;
	bool floor;        /* by AUTH-6 */
	int64_t within_ms; /* 0: any time in this login */
	const char *rule;  /* the rule that asked, NULL for the floor */
	/* entries of the register that lowered what a rule asks for here */
	uint64_t exception[DECISION_EXCEPTIONS];
	size_t exception_count;
};

/* Rules and floor together: requirements add up, the shortest freshness counts. */
struct need need_of(const struct policy *policy, const struct request *request,
    const struct facts *facts, const struct matched *m);
/* The date that what ends on a day goes by; the wall clock in records that have none. */
int64_t need_date(const struct facts *facts);
/* Until when may this account get in without the device that it does not have yet? 0: it may
 * not. For accounts of one's own: root's and shared ones have no enrolment to wait for. */
int64_t need_grace_until(
    const struct policy *policy, const struct request *request, const struct facts *facts);
bool need_is_met(const struct policy *policy, const struct request *request,
    const struct facts *facts, const struct need *need);
/* The service's class for this request: unknown ones with a remote source count as remote. */
enum service_class need_service_class(
    const struct policy *policy, const struct request *request);
/* The first attribute that a matching rule requires and the person does not have, with the rule in
 * *rule; NULL: none. What runs where nobody logs in is decided by refusals alone. */
const char *need_attribute(const struct policy *policy, const struct request *request,
    const struct facts *facts, const struct matched *m, const char **rule);
/* Local root that no person logged in as: never depends on a second factor. */
bool need_is_root_caller(const struct policy *policy, const struct request *request);
/* The case that rules are matched against. */
struct rule_case need_case(
    const struct policy *policy, const struct request *request, const struct facts *facts);

/* ---- exception.c: what the register of exceptions lowers ---------------------------------- */

/* The number of the entry in force that lowers this key of this rule in this case; 0: none. An
 * entry lowers nothing but the key of the rule that it names, for its subject at its service and
 * source. "*" stands for every subject, service and source, never for a rule or key. */
uint64_t exception_lowers(const struct policy *policy, const struct facts *facts,
    const struct rule_case *c, const char *key, const char *rule);
/* The decision used these. */
void exception_used(struct decision *d, uint64_t number);
void exception_used_need(struct decision *d, const struct need *n);
/* And those that lower what matching rules ask of device and attributes. */
void exception_used_rules(const struct policy *policy, const struct facts *facts,
    const struct matched *m, struct decision *d);
/* The decision used what the policy itself makes weaker: all entries of that kind here. */
void exception_used_kind(const struct policy *policy, const struct request *request,
    const struct facts *facts, const char *kind, struct decision *d);

/* Is it one of the people who may answer, in a login of their own, and do they prove it now?
 * (keep.c) */
enum reason decide_person_missing(const struct admin_request *, const struct admin_facts *);

/* Exceptions, bypasses, reviews, policies: asked for, ended, reported. */
void decide_exception_request(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
void decide_contingency_request(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_exception_end(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_exception_report(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_bypass_request(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
/* A policy that needs another person before it goes into force. */
void decide_policy_request(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_review(const struct admin_request *, const struct admin_facts *, struct decision *);
/* Why an approval of kind 'E', 'B' or 'P' counts for nothing; REASON_NONE. */
enum reason decide_exception_unfit(const struct admin_request *, const struct admin_facts *);

/* ---- outcome.c ------------------------------------------------------------------------------
 */

void outcome_event(
    struct decision *d, uint16_t action, enum outcome outcome, enum reason reason);
void outcome_deny(struct decision *d, uint16_t action, enum reason reason, enum text text);
void outcome_allow(struct decision *d, uint16_t action, enum reason reason);
/* Without a text: nothing is to be said, or who carries it out says it. */
void outcome_refuse(struct decision *d, uint16_t action, enum reason reason);
/* Refused for what is missing, else allowed. */
void outcome_settle(struct decision *d, uint16_t action, enum reason missing);
/* Is this request only observed, by the policy or by its line? */
bool outcome_is_observed(
    const struct policy *policy, const struct request *request, const struct facts *facts);
/* Turns a denial into an observed success where observing is on and may speak. */
void outcome_observe(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct decision *d);

/* ---- one file a phase
 * ------------------------------------------------------------------------ */

void decide_charge(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_failed(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_need(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_code(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_account(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_open(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_close(
    const struct policy *, const struct request *, const struct facts *, struct decision *);

/* ---- keep.c: holds, and one record destroyed by two people ------------------------------- */

void decide_hold_add(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_hold_release(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_redact(const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_export(const struct admin_request *r, const struct admin_facts *f,
    struct decision *out);
void decide_approve(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
void decide_decline(
    const struct admin_request *, const struct admin_facts *, struct decision *);

/* ---- audit_review.c: what auditors do ---------------------------------------------------- */

void decide_review_open(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_review_mark(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_review_sign(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_finding_add(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_finding_close(
    const struct admin_request *, const struct admin_facts *, struct decision *);

/* ---- password.c: may this password be set? ----------------------------------------------- */

void decide_password_begin(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct decision *out);
void decide_password(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct decision *out);

/* ---- first_use.c: invitations, ages and ends ---------------------------------------------- */

/* Is this a login by an open invitation, of somebody who has no device yet? */
bool first_use_is_for(const struct facts *f, const struct request *r);
/* Why an account whose password is an invitation's gets no further here; TEXT_NONE. */
enum text first_use_refusal(const struct policy *policy, const struct request *r,
    const struct facts *f, enum reason *reason);
bool first_use_account_is_over(const struct request *r, const struct facts *f);
/* May this dialogue go on to a new password? Denies where not. */
bool first_use_may_choose(
    const struct request *r, const struct facts *f, struct decision *out);
/* An accepted password uses the invitation up. */
void first_use_chosen(const struct request *r, const struct facts *f, struct decision *out);
/* An allowed PHASE_ACCOUNT: has the password to be changed, or soon? */
void first_use_account(const struct policy *policy, const struct request *r,
    const struct facts *f, struct decision *out);
void decide_first_use(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_enrol(
    const struct policy *, const struct request *, const struct facts *, struct decision *);
void decide_enrol_code(
    const struct policy *, const struct request *, const struct facts *, struct decision *);

/* ---- grant.c: roles that are asked for, given and ended ----------------------------------- */

void decide_role_request(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
/* Why an approval of a role counts for nothing; REASON_NONE. */
enum reason decide_grant_unfit(
    const struct policy *, const struct admin_request *, const struct admin_facts *);
void decide_grant_end(
    const struct admin_request *, const struct admin_facts *, struct decision *);

/* ---- people.c: attributes, members of roles ----------------------------------------------- */

void decide_attribute_set(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
void decide_permit_report(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_staff(
    const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_training_excuse(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
void decide_plan_done(const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_self_check(const struct admin_request *, const struct admin_facts *, struct decision *);
void decide_role_certify(const struct policy *, const struct admin_request *,
    const struct admin_facts *, struct decision *);
void decide_attribute_revoke(
    const struct admin_request *, const struct admin_facts *, struct decision *);

#endif
