/*
 * May this command of sudo's run now? sudoers has allowed it already; the core says under which
 * grant it runs, and refuses what only a grant could have allowed that is no more.
 */
#ifndef SEKISHO_DECIDE_ELEVATION_H
#define SEKISHO_DECIDE_ELEVATION_H

#include "decide/decide.h"

struct elevation_request {
	char user[NAME_SIZE]; /* whose command line it is */
	uint32_t uid;
	char actor[NAME_SIZE]; /* the login identity behind it; "" where there is none */
	uint32_t login_uid, audit_session, pid;
	char command[1024];
	char arguments[8192]; /* a line each; in no record as it is, because it may hold secrets */
	bool cut;             /* not all of them, or not as they are */
	char cwd[1024];
	char tty[64];
	char run_as[NAME_SIZE];
	uint32_t run_as_uid;
	bool edit;          /* sudoedit */
	uint32_t timeout_s; /* what sudoers gave it */
};
extern const struct fields elevation_request_fields;

/* Of the second person's word about this command, where its role asks for one each time. */
enum use_state {
	USE_NONE, /* nobody was asked yet */
	USE_WAITS,
	USE_APPROVED, /* by use_by, for this very command of this very process, and not used */
	USE_DECLINED,
	USE_OVER, /* not answered in time, or used */
};
extern const char *const use_state_words[];

struct elevation_facts {
	int64_t wall_ms;
	bool suspended;
	bool identified; /* the login identity is that person, and has a login here that is open */
	char source[SOURCE_SIZE]; /* of that login; "": a console */
	uint32_t weekday, minute_of_day;
	uint64_t grant; /* that covers the command; 0: none does */
	char role[64];
	int64_t left_ms; /* of it */
	bool over; /* one that covered it ended since sudo began */
	uint32_t use; /* enum use_state */
	uint64_t use_request; /* its number; 0: none */
	char use_by[NAME_SIZE]; /* who answered */
	char held_by[NAME_SIZE]; /* who else has the shared account open that it would run as */
};
extern const struct fields elevation_facts_fields;

/*
 * A role's commands carry a time limit in sudoers, this much longer than the role is given for:
 * so they are known again, and sudo itself ends them where the plugin was taken out.
 */
enum { ELEVATION_MARGIN_S = 13 };
uint32_t elevation_timeout_s(const struct role *role);

/* Is the command one of this role's? What is cut is none that has its arguments written down. */
bool elevation_covers(const struct role *role, const struct elevation_request *request);

/* Why a role cannot be used from this source at this time; REASON_NONE. */
enum reason role_unusable(const struct role *role, const char *source, uint32_t weekday,
    uint32_t minute_of_day);
/* Must sudo's plugin be there for its commands? */
bool role_wants_plugin(const struct role *role);

void decide_elevation(const struct policy *policy, const struct elevation_request *request,
    const struct elevation_facts *facts, struct decision *out);

#endif
