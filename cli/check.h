/*
 * sekisho check: what is tested on this host. Each test adds findings: what was found, why it
 * matters, what to do.
 *
 * Every name stands once in check_tests[], with what a failure of it weighs: names and weights
 * stay, because records, alerts and the control catalogue use them.
 */
#ifndef SEKISHO_CLI_CHECK_H
#define SEKISHO_CLI_CHECK_H

#include "policy/policy.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* An advice is a failure of low weight: the check as a whole does not fail for it. */
enum check_state { CHECK_OK, CHECK_FAILED, CHECK_UNKNOWN, CHECK_ADVICE, CHECK_STATES };
extern const char *const check_state_words[];

/* critical: who wants to gets in, or nothing is recorded; high: a wall is missing; medium: it
 * will be missed on a bad day; low: advice. */
enum check_severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
extern const char *const check_severity_words[];

struct check_test {
	const char *name;
	enum check_severity severity;
};
extern const struct check_test check_tests[];
extern const size_t check_test_count;

struct finding {
	const char *name; /* static */
	enum check_state state;
	enum check_severity severity;
	char what[512];
	const char *why;  /* static, translated; NULL: nothing to add */
	const char *next; /* likewise */
	bool left_out;    /* an advice to use what the policy leaves out */
};

struct check {
	struct finding *item; /* owned */
	size_t count, room;
	/* what several tests look at; NULL where it could not be had */
	struct policy *policy;
	struct policy *in_force; /* the daemon's; who may not read it is told nothing else */
	json_t *status;
	json_t *trial;      /* what VERB_TRIAL answers */
	json_t *unrecorded; /* array of names: what check_coverage() found not recorded */
	bool root;
};

void check_ok(struct check *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The weight is that of the name. */
void check_failed(struct check *c, const char *name, const char *why, const char *next,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Of low weight, whatever the name weighs. */
void check_advise(struct check *c, const char *name, const char *why, const char *next,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* An advice to use what the policy leaves out: of interest to who follows a standard, so the
 * summary shows them as one, unless a profile is in force. */
void check_left_out(struct check *c, const char *name, const char *why, const char *next,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void check_unknown(struct check *c, const char *name, const char *next, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Did a finding of that name fail, or could one not be tested? */
bool check_is_sound(const struct check *c, const char *name);
/* ", NAME" behind what there is; "…" for what does not fit. */
void check_add_name(char *list, size_t size, const char *name);

void check_daemon(struct check *c);       /* fills c->status */
void check_policy_files(struct check *c); /* fills c->policy */
void check_files(struct check *c);
void check_accounts(struct check *c);
void check_passwords(struct check *c);
void check_keys(struct check *c);
void check_pam(struct check *c);
void check_sshd(struct check *c);
void check_survey(struct check *c);
void check_host(struct check *c);
void check_trusted(struct check *c);
void check_coverage(struct check *c); /* fills c->unrecorded */
void check_sudo(struct check *c);
void check_privilege(struct check *c);
void check_updates(struct check *c);
void check_downloads(struct check *c);
void check_members(struct check *c);
void check_trial(struct check *c); /* fills c->trial */
void check_fetch(struct check *c); /* fills c->in_force */
void check_force(struct check *c);
void check_audit(struct check *c); /* needs both */
void check_suspended(struct check *c);
void check_evidence(struct check *c);
void check_profile(struct check *c);
void check_duties(struct check *c);
void check_catalogue(struct check *c); /* looks at what the others found */

/* All tests. The caller clears. */
void check_run(struct check *c);
void check_clear(struct check *c);
json_t *check_json(const struct check *c);

struct args;
/* sekisho check --changes */
int check_changes(const struct args *args);
/* --record: the findings go to the daemon; the exit status when they could not. */
int check_record(const struct check *c, const struct args *args);
/* --sign-off COMMENT */
int check_sign_off(const struct args *args);

#endif
