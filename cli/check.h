/*
 * sekisho check: what is tested on this host. Each test adds findings: what was found, why it
 * matters, what to do. The names are those of the control catalogue.
 */
#ifndef SEKISHO_CLI_CHECK_H
#define SEKISHO_CLI_CHECK_H

#include "policy/policy.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum check_state { CHECK_OK, CHECK_FAILED, CHECK_UNKNOWN };
extern const char *const check_state_words[];

struct finding {
	const char *name; /* static */
	enum check_state state;
	char what[512];
	const char *why;  /* static, translated; NULL: nothing to add */
	const char *next; /* likewise */
};

struct check {
	struct finding *item; /* owned */
	size_t count, room;
	/* what several tests look at; NULL where it could not be had */
	struct policy *policy;
	json_t *status;
	bool root;
};

void check_ok(struct check *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void check_failed(struct check *c, const char *name, const char *why, const char *next,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void check_unknown(struct check *c, const char *name, const char *next, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Did a finding of that name fail, or could one not be tested? */
bool check_is_sound(const struct check *c, const char *name);

void check_daemon(struct check *c);       /* fills c->status */
void check_policy_files(struct check *c); /* fills c->policy */
void check_files(struct check *c);
void check_accounts(struct check *c);
void check_keys(struct check *c);
void check_pam(struct check *c);
void check_sshd(struct check *c);
void check_survey(struct check *c);

struct args;
/* sekisho check --changes */
int check_changes(const struct args *args);

#endif
