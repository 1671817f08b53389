/*
 * What a report counts. Records go in one by one, in their order; sums and bounded lists come
 * out. Nothing here reads a file, a clock or the store.
 */
#ifndef SEKISHO_REPORT_GATHER_H
#define SEKISHO_REPORT_GATHER_H

#include "decide/decide.h"
#include "policy/policy.h"
#include "report/keys.h"
#include "report/period.h"
#include "report/pick.h"
#include "report/view.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	GATHER_NAMES_MAX = 20000, /* accounts, persons and roles */
	GATHER_USES_MAX = 4000,
	GATHER_GRANTS_MAX = 20000,
	GATHER_SOURCES_MAX = 8000,
	GATHER_VOLUMES_MAX = 8000,
	GATHER_WHO_MAX = 6, /* names that a row lists */
	GATHER_LIST_MAX = 400,
	GATHER_LOGINS_MAX = 400000,
};

/* Privilege used: sessions of one person under one role; role KEYS_OTHER: without any grant. */
struct gather_use {
	uint32_t person, role;
	uint64_t total, n[PERIOD_BUCKETS_MAX];
	int64_t first_ms, last_ms;
};

struct gather_who { /* up to so many of several names */
	uint32_t name[GATHER_WHO_MAX];
	uint32_t count;
	bool more;
};

struct gather_grant {
	uint32_t role, person, asked_by, ended_by; /* KEYS_OTHER: not known */
	struct gather_who approved_by;
	char *why;                                 /* owned; NULL: none */
	int64_t asked_ms, from_ms, end_ms, for_ms; /* 0: not, or not in this period */
	char end_reason[40];
	bool refused, use_unknown;
	uint64_t uses, seq; /* seq: the record that tells most */
};

/* Where refused and failed attempts came from. */
struct gather_source {
	uint64_t total;
	struct gather_who account, reason;
	int64_t first_ms, last_ms;
};

/* What was sent to the remote sessions of a person, by records of sessions and days that ended. */
struct gather_volume {
	uint64_t bytes, sessions, unmeasured, largest, largest_day, warnings;
	uint64_t seq; /* the newest warning, else the largest session */
};

/* One line of a list. */
struct gather_line {
	uint64_t seq;
	int64_t wall_ms, number;
	uint16_t action;
	char reason[40], name[256], service[64], where[80], text[256];
	bool success;
};

/* The newest lines, in a ring. */
struct gather_list {
	struct gather_line *line; /* GATHER_LIST_MAX, owned */
	uint64_t count;           /* ever added */
};

struct gather_login {
	uint32_t user;
	int64_t wall_ms;
};

/* A login session by the kernel's number: its login, or a use of privilege in it. */
struct gather_audit {
	uint32_t ses, uid;
	uint32_t boot; /* which run of the host, counted from the period's first */
	int64_t wall_ms;
	bool use;
};

/* What is known of a login session up to some moment. */
struct gather_span {
	int64_t login_ms; /* 0: no record of its login */
	bool used;        /* sudo, su or the like since that login */
};

/* What somebody said about the host that holds until some time. */
struct gather_sign_off {
	bool any;
	int64_t until_ms;
	uint64_t seq;
	char comment[256];
};

struct gather {
	/* of the caller */
	const struct period *period;
	const struct policy *policy;
	const char *person, *role; /* only these; "" all */

	struct keys names, use_keys, grant_ids, source_keys, volume_keys;
	struct gather_use *use;
	struct gather_grant *grant;
	struct gather_source *source;
	struct gather_volume *volume;
	struct gather_login *login;
	size_t login_count;
	bool login_more;
	struct gather_audit *audit;
	size_t audit_count;
	bool audit_more;
	uint32_t audit_boot;
	uint8_t audit_boot_id[16];

	uint64_t records, deleted; /* in the period, all */
	uint64_t sessions[PERIOD_BUCKETS_MAX], unexplained[PERIOD_BUCKETS_MAX];
	uint64_t refused[PERIOD_BUCKETS_MAX], observed[PERIOD_BUCKETS_MAX];
	uint64_t logins[PERIOD_BUCKETS_MAX], grants[PERIOD_BUCKETS_MAX];
	uint64_t uses_other, sources_other, grants_other, volumes_other;
	uint64_t downloaded; /* bytes, at least */
	uint64_t starts, unclean, seals, gaps, suspends, suspended_ms;
	int64_t epoch_longest_ms;
	/* the record before, of any class: how long the epoch has run on the boot clock */
	uint8_t last_boot_id[16];
	int64_t last_boot_ms, epoch_ran_ms;
	struct gather_list unexplained_list, health_list, review_list;
	/* up to which record somebody has signed off; the first and last of the period */
	uint64_t reviewed_to, first_seq, last_seq;
	struct gather_sign_off sign_off;
	int64_t
	    first_wall_ms; /* of the log, not of the period: the first record that was added */
	struct pick pick;
};

/* period, policy, person and role are set by the caller and stay its own. 0 or SKS_NOMEM; call
 * gather_clear() in any case. */
int gather_init(struct gather *g);
void gather_clear(struct gather *g);
/* A record, body NULL when it was deleted; those outside of the period only as far as they
 * begin the log. 0 or SKS_INVALID: no record. */
int gather_add(
    struct gather *g, const uint8_t header[RECORD_HEADER_SIZE], const void *body, size_t len);

/* After the last record, before anything is asked. */
void gather_finish(struct gather *g);
/* Was this role given to this person in the period? */
bool gather_was_given(const struct gather *g, const char *person, const char *role);
/* Did a login of this account begin within "slack" of that time? */
bool gather_knows_login(
    const struct gather *g, const char *user, int64_t wall_ms, int64_t slack_ms);
/* The newest login of that person in that session of the kernel's between these times, and whether
 * privilege was used in it. Numbers begin anew with each start of the host. */
void gather_audit_span(const struct gather *g, uint32_t ses, uint32_t uid, int64_t from_ms,
    int64_t until_ms, struct gather_span *out);
/* A name, "" for KEYS_OTHER. */
const char *gather_name(const struct gather *g, uint32_t name);

#endif
