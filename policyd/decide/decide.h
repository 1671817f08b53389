/*
 * The pure core: decide(policy, request, facts) -> decision. No I/O, no clock, no globals.
 *
 * A request says what is asked and who the kernel says is asking. The facts are everything
 * else that the answer depends on, loaded before; checking a code is a fact, the code itself
 * never gets here. The decision carries the verdict, what to change and what to write down.
 * Request, facts and the policy's digest go into the record, so that any day can be decided
 * again. Ages are in milliseconds; AGE_NEVER where it never happened or cannot be trusted.
 */
#ifndef SEKISHO_DECIDE_H
#define SEKISHO_DECIDE_H

#include "fields.h"
#include "policy/policy.h"
#include "policy/source.h"
#include "protocol.h"
#include <stdbool.h>
#include <stdint.h>

#define AGE_NEVER INT64_MAX

enum { MARK_SIZE = 33 }; /* of a stored password, see store/invite.h */
/* Roles that an account has or asks for at a time; their names, and the ids of their grants, with
 * commas. A name has up to 23 letters, an id "R-" and up to 20 digits. */
enum { ROLES_AT_ONCE = 64, ROLES_SIZE = ROLES_AT_ONCE * 24, GRANTS_SIZE = ROLES_AT_ONCE * 23 };
enum { NAME_SIZE = 256, LANE_SIZE = 480, KEY_SIZE = 96, NO_UID = UINT32_MAX };

/* ---- what is asked --------------------------------------------------------------------- */

struct request {
	uint32_t phase; /* enum phase */
	uint32_t flags; /* enum pam_flag */
	char user[NAME_SIZE];
	bool known;
	uint32_t uid;
	char service[64];
	char source[SOURCE_SIZE]; /* IPv4, IPv6 /64, "name:..." unresolved; "" is local */
	char tty[64];
	char key[KEY_SIZE]; /* SSH key fingerprint "SHA256:..." already proved */
	char method[128];   /* what sshd says was used, e.g. "publickey" */
	char token[64];     /* label of a token module that succeeded before */
	char connection[128];
	char actor[NAME_SIZE]; /* who is behind it: login identity, else the real uid */
	uint32_t actor_uid;
	bool by_root;           /* the peer's effective uid is 0 */
	uint32_t real_uid;      /* of the peer */
	uint32_t login_uid;     /* loginuid, NO_UID when unset */
	uint32_t audit_session; /* NO_UID when unset */
	uint32_t pid, parent;
	uint64_t pid_start, parent_start; /* clock ticks since boot, from /proc/PID/stat */
	bool has_code;
	char purpose[64]; /* version of the purpose text that was accepted in this dialogue */
	bool ahead; /* not asked yet: decided along with the code before it */
	char notice[64]; /* version of the notice before login; "" where none was shown */
	bool notice_acknowledged; /* a prompt behind it was answered */
	bool notice_banner;       /* sshd shows it, the policy says */
};
extern const struct fields request_fields;

/* ---- what is known --------------------------------------------------------------------- */

enum lane_kind {
	LANE_NONE,
	LANE_KEY,      /* K: user and SSH key proved */
	LANE_LOCAL,    /* L: user and local login identity or tty */
	LANE_OWN,      /* O: user and an address with a full success in 30 days */
	LANE_STRANGER, /* S: user, every other source */
	LANE_PEER,     /* N: asked by a process that is not root */
	LANE_UNKNOWN,  /* U: a name that does not exist or that sshd refuses, in a fixed number
			* of  slots */
};
extern const char *const lane_words[];

enum code_result {
	CODE_NONE,     /* none was given, or it was not evaluated */
	CODE_MATCH,    /* right and unspent */
	CODE_REPLAYED, /* right, but spent before */
	CODE_FLOOR, /* right, but from before the floor set by an unclean start or clock jump */
	CODE_WRONG,
	CODE_RECOVERY, /* an unspent recovery code */
	CODE_RECOVERY_SPENT,
	CODE_BYPASS, /* the code of a bypass, not used before */
};
extern const char *const code_result_words[];

/* Of the newest invitation of an account, while its password is still that one. */
enum invitation_state {
	INVITATION_NONE,
	INVITATION_OPEN,
	INVITATION_SPENT, /* a password was chosen */
	INVITATION_EXPIRED,
	INVITATION_WITHDRAWN, /* another one was made, or another password set */
	INVITATION_VOID,      /* the store was put back since */
};
extern const char *const invitation_words[];

enum factor_kind { FACTOR_NONE, FACTOR_TOTP, FACTOR_RECOVERY, FACTOR_TOKEN, FACTOR_BYPASS };
extern const char *const factor_words[];

/* Two passwords are changed at a time, see policyd/admission.c. */
enum password_turn {
	PASSWORD_TURN_HERE,
	PASSWORD_TURN_LATER, /* there are others; the person is told before it is waited for */
	PASSWORD_TURN_OVER,  /* waited in vain, or too many wait */
};
extern const char *const password_turn_words[];

struct facts {
	int64_t wall_ms, boot_ms;        /* now */
	int64_t date_ms; /* for what ends on a day: wall_ms, or later where that went back */
	uint32_t weekday, minute_of_day; /* local time; Sunday is 0 */
	bool suspended;
	bool groups_known;
	char groups[4096]; /* comma separated */

	uint32_t lane; /* enum lane_kind: chosen by lane_choose() */
	char lane_key[LANE_SIZE];
	bool known_source;   /* this user succeeded from this source in 30 days */
	uint32_t lane_count; /* charges in the window, open ones included */
	uint32_t lane_open;  /* of these, not yet settled */
	int64_t lane_age_ms; /* since the last charge */
	int64_t lane_window_age_ms;
	uint32_t
	    source_level_milli; /* charges of the source, in thousandths, at its last change */
	int64_t source_age_ms;
	uint32_t source_users; /* distinct users that succeeded from it in 30 days */
	bool may_wait;         /* an overfull lane may make it wait a moment */

	bool txn; /* the same login's transaction was found */
	uint64_t txn_id;
	bool txn_charged;      /* its charge is open */
	bool txn_first_factor; /* the success line was reached behind a charge */
	bool txn_accounted;    /* an account phase was allowed with it */
	uint32_t txn_factor;   /* enum factor_kind */
	int64_t txn_factor_age_ms;

	bool session; /* the audit session was opened before this daemon */
	uint64_t session_id;
	uint32_t session_uid;
	char session_user[NAME_SIZE];
	char session_source[SOURCE_SIZE];
	char session_service[64]; /* that opened it */
	uint32_t session_factor;  /* enum factor_kind */
	int64_t session_factor_age_ms;

	char principal[NAME_SIZE]; /* whose second factor counts */
	uint32_t principal_uid;
	uint32_t devices;        /* active devices of the principal */
	uint32_t recovery_codes; /* unspent */
	uint32_t code;           /* enum code_result */
	uint64_t device;
	char device_name[64];
	int64_t step;          /* of the matching code */
	int32_t drift;         /* learnt drift of the device in steps, after this code */
	bool device_new;       /* never used since it was confirmed, until this code */
	uint32_t password_failed; /* a bit per enum password_failure */
	uint32_t password_turn;   /* enum password_turn */
	uint32_t invitation; /* enum invitation_state */
	bool invitation_own; /* this very process spent it */
	bool password_must;  /* it has to be changed, somebody said */
	int64_t password_at_ms;  /* when it was set; 0: nobody knows */
	int64_t shadow_max_days; /* the host's own limit to its age; 0: none */
	int64_t account_until_ms; /* the account ends then; 0: it does not */
	char grants[GRANTS_SIZE]; /* roles that who acts has, as in "R-1,R-3"; in elevation */
	char session_key[KEY_SIZE]; /* SSH key of the login session; in elevation */
	char held_by[NAME_SIZE]; /* who has the shared account open that is asked for */
	char roles[ROLES_SIZE]; /* names of roles that the account has, with commas; at PHASE_OPEN */
	char elsewhere[NAME_SIZE]; /* device or key of another login of theirs; at PHASE_OPEN */
	char acting[ROLES_SIZE]; /* the grants by name: "web,db" */
	char attributes[2048]; /* of the person: "NAME=SET:UNTIL,…", see policy_attribute_until() */
	char host[HOST_LIST_SIZE]; /* what rules ask of the host: "NAME=NUMBER,NAME=?" */
	uint32_t bypasses; /* codes of the principal for once, issued and not used */
	/* Of the register, what is in force for the account here: lines of NUMBER, key, subject,
	 * service, source, rule with tabs between; see exception.c */
	char exceptions[2048];
	int64_t code_retry_ms; /* when replayed or below the floor: until a code can count */
};
extern const struct fields facts_fields;

/* ---- what is decided ------------------------------------------------------------------- */

/* Wide constants: a flipped bit does not turn a denial into a success. */
enum verdict {
	VERDICT_DENY = 0,
	VERDICT_WAIT = 0x2d5a17c3, /* not yet: the lane is full of open charges */
	VERDICT_ALLOW = 0x5ac3b1e6,
};

/* event.reason, a closed list. */
enum reason {
	REASON_NONE,
	REASON_OK,
	REASON_CHARGED,
	REASON_FIRST_FACTOR_OK,
	REASON_WRONG_PASSWORD,
	REASON_WRONG_CODE,
	REASON_REPLAYED_CODE,
	REASON_CODE_BELOW_FLOOR,
	REASON_SPENT_RECOVERY_CODE,
	REASON_CODE_IS_PASSWORD,
	REASON_NO_CODE,
	REASON_LOCKED,
	REASON_SOURCE_LOCKED,
	REASON_NO_DEVICE,
	REASON_MFA_REQUIRED,
	REASON_MFA_STALE,
	REASON_KEY_ONLY,
	REASON_SUSPENDED,
	REASON_REFUSED_BY_RULE,
	REASON_SHARED_DIRECT,
	REASON_SERVICE_INTERACTIVE,
	REASON_OTHER_PERSON,
	REASON_UNKNOWN_USER,
	REASON_ABANDONED,
	REASON_FACTOR_FRESH,
	REASON_NOT_REQUIRED,
	REASON_OBSERVED,
	REASON_ROOT_CALLER,
	REASON_NOT_PERMITTED,
	REASON_DISK_FULL,
	REASON_PROCESS_ENDED,
	REASON_ENDED_UNOBSERVED,
	REASON_ENDED_BY_REBOOT,
	REASON_PURPOSE_NOT_ACCEPTED,
	REASON_ENROLMENT_CLOSED,
	REASON_PROOF_NEEDED,
	REASON_EXISTS,
	REASON_NOT_FOUND,
	REASON_INVALID_VALUE,
	REASON_ROOT_ONLY,
	REASON_WRONG_STATE,
	REASON_NOT_IDENTIFIED, /* not the login identity of a session that is known */
	REASON_SAME_PERSON,
	REASON_ON_HOLD,
	REASON_KEPT_FOR_EVER,
	REASON_EXPIRED,
	REASON_WITHDRAWN,
	REASON_DECLINED,
	REASON_GRACE, /* without a device yet, in the enrolment grace of a group */
	REASON_WEAK_PASSWORD,
	REASON_PASSWORD_UNCHECKED, /* a list or the dictionary is missing */
	REASON_TOO_LONG,
	REASON_WRONG_PLACE,
	REASON_OUTSIDE_HOURS,
	REASON_ROLE_FULL,
	REASON_REVOKED,
	REASON_EVERYDAY_SERVICE,
	REASON_HELD,            /* a shared account, by another person */
	REASON_DEVICE_REQUIRED, /* the machine is not registered, or not issued */
	REASON_BUSY, /* too many passwords are being changed */
	REASON_UNASKED,    /* decided ahead, and the question did not come */
	REASON_OVERTAKEN,  /* or another one, or something happened in between */
	REASON_NOT_STORED, /* accepted, and the host has the one from before */
	REASON_NO_GRANT,       /* a command of a role's, whose grant is over */
	REASON_STANDING_RIGHT, /* sudoers allows it without a role */
	REASON_INVITED,
	REASON_INVITATION_OVER,
	REASON_PASSWORD_EXPIRED,
	REASON_ACCOUNT_ENDED,
	REASON_ATTRIBUTE_MISSING,
	REASON_TICKET_MISSING,
	REASON_SUPERIOR_UNFIT,
	REASON_PERMIT_MISSING,
	REASON_UNOPENED, /* records that an auditor has to open first */
	REASON_GRAVE,    /* a finding that the officers are told of */
	REASON_NOT_LOWERABLE, /* no exception can be made from it */
	REASON_NOT_REVIEWED,  /* a use of break-glass waits for its review */
	REASON_BYPASS,        /* the second factor was a bypass */
	REASON_SECOND_PERSON,  /* another one has to agree to this command, and did not yet */
	REASON_PLUGIN_MISSING, /* a role demands sudo's plugin, and sudo runs without it */
	REASON_NOT_CERTIFIED, /* the membership of a role has to be reviewed first */
	REASON_CROSSED, /* who asked approved something of who answers, and that still holds */
	REASON_TOO_MANY_ROLES, /* an account has or asks for ROLES_AT_ONCE */
	REASON_COUNT,
};
extern const char *const reason_words[];

/* What to say to the person; rendered by policyd/texts.c in the policy's language. */
enum text {
	TEXT_NONE,
	TEXT_PROMPT_CODE,
	TEXT_LOCKED, /* wait_ms */
	TEXT_WRONG_CODE,
	TEXT_REPLAYED, /* wait_ms */
	TEXT_RECOVERY_SPENT,
	TEXT_CODE_IS_PASSWORD,
	TEXT_NO_DEVICE,
	TEXT_KEY_ONLY,
	TEXT_MFA_STALE,
	TEXT_MFA_REQUIRED,
	TEXT_SUSPENDED,
	TEXT_REFUSED_BY_RULE,
	TEXT_PERMIT_MISSING,
	TEXT_SHARED_DIRECT,
	TEXT_SERVICE_INTERACTIVE,
	TEXT_OTHER_PERSON,
	TEXT_RECOVERY_USED, /* number left */
	TEXT_OBSERVED,
	TEXT_GRACE,
	TEXT_DISK_FULL,
	TEXT_CANNOT_RECORD,
	TEXT_PASSWORD, /* facts.password_failed */
	TEXT_EVERYDAY_SERVICE,
	TEXT_SHARED_UNOBSERVED,
	TEXT_HELD, /* facts.held_by */
	TEXT_DEVICE_REQUIRED,
	TEXT_PASSWORD_LATER,
	TEXT_PASSWORD_BUSY,
	TEXT_INVITED,
	TEXT_INVITED_ELSEWHERE, /* an invitation is for a dialogue that asks for its password */
	TEXT_INVITATION_OVER,
	TEXT_INVITATION_TAKEN, /* a device was enrolled by it in another login */
	TEXT_PURPOSE,
	TEXT_CODE_AGAIN,
	TEXT_PASSWORD_EXPIRED,
	TEXT_PASSWORD_SOON,
	TEXT_ACCOUNT_ENDED,
	TEXT_BYPASS_USED,
	TEXT_SHARED_BY_ROLE,
	TEXT_PLUGIN_MISSING,
	TEXT_ROLE_ELSEWHERE, /* without the plugin: which command it is nobody knows */
	TEXT_COUNT,
};

/* What the commit changes. Flat: at most one of each per decision. */
struct changes {
	bool lane_put; /* facts.lane_key := count, open */
	uint32_t lane_count, lane_open;
	bool lane_stamp;        /* last charge := now */
	bool lane_window_start; /* window := now */
	bool source_put;        /* source level := , at := now */
	uint32_t source_level_milli;

	bool txn_put; /* creates or updates the transaction of this login */
	bool txn_charged, txn_first_factor, txn_accounted;
	uint32_t txn_factor;
	bool txn_factor_now; /* factor time := now */
	bool txn_delete;

	bool source_learn; /* remember (user, source) as the owner's; at most 16 kept */
	bool code_spend;   /* device.last_step := step, drift := drift */
	bool recovery_spend;
	bool bypass_spend;
	bool session_open, session_close;
	bool session_inside;     /* with session_open: su and sudo, no login of its own */
	bool session_factor_now; /* the audit session's login row: factor := txn_factor, at :=
				    now */
	bool invitation_spend;
	bool refusal_count;      /* count in the aggregate instead of writing another record */
};

enum { DECISION_EVENTS = 3, DECISION_RULES = 8, DECISION_EXCEPTIONS = 8 };

struct event {
	uint16_t action;  /* enum action, audit/event.h */
	uint32_t outcome; /* enum outcome */
	uint32_t reason;
};

struct decision {
	uint32_t verdict; /* enum verdict */
	uint32_t reason;
	uint32_t need; /* enum pam_need */
	uint32_t text; /* enum text */
	int64_t wait_ms;
	bool observed;    /* would have been refused */
	bool floor;       /* AUTH-6 applied: no rule could have let it pass without a factor */
	bool floor_suspended; /* it applied, and was not in force: observed, or grace */
	bool noticed; /* the notice before login was shown (LOG-2) */
	/* of a session that opens: capabilities that it may have, and those it loses for good */
	uint64_t inheritable, drop;
	bool no_new_privs;
	const char *rule; /* name of the deciding rule, owned by the policy; NULL */
	uint64_t exception[DECISION_EXCEPTIONS]; /* entries of the register that it used */
	size_t exception_count;
	struct changes changes;
	struct event events[DECISION_EVENTS];
	size_t event_count;
};

/*
 * Which lane this request charges, and its key (unique, bounded). known_source says whether
 * the user succeeded from request.source in the last 30 days; slot is the keyed hash of the
 * name where it is unknown or the response is junk, below the number of slots.
 */
enum lane_kind lane_choose(const struct policy *policy, const struct request *request,
    bool known_source, uint32_t slot, char key[LANE_SIZE]);

/* Whose second factor this request is about: name and uid (NO_UID: nobody's). */
void principal_choose(const struct policy *policy, const struct request *request,
    char name[NAME_SIZE], uint32_t *uid);

/* May the code of this PHASE_CODE request be evaluated at all? (facts.code is not yet known) */
bool decide_may_evaluate(
    const struct policy *policy, const struct request *request, const struct facts *facts);

/* The decision. *out is zeroed first; out->verdict is VERDICT_ALLOW only by an explicit path.
 */
void decide(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct decision *out);

/* What a case comes to, for people who ask why: the same functions, laid open. */
struct explained {
	bool required, floor;
	int64_t grace_until_ms; /* 0: none */
	bool observed;          /* a refusal would let in all the same */
	const char *attribute;  /* the first that a rule requires and is missing; NULL */
	int64_t within_ms;
	enum service_class service_class;
	struct rule_case match;
};
void explain(const struct policy *policy, const struct request *request,
    const struct facts *facts, struct explained *out);

/* Root who sets somebody's password, and not root's program that makes a person change their
 * own. */
bool password_is_set_by_root(const struct request *request);
/* The registered machine that somebody comes from; for su and sudo that of the login that they are
 * run in. NULL: none. */
const struct machine *decide_machine(
    const struct policy *policy, const struct request *request, const struct facts *facts);

/* A charge whose process is gone, or that is too old, is settled as failed. */
void decide_abandoned(
    const struct policy *policy, const struct facts *facts, struct decision *out);

/* Does a membership that the policy gives count? */
enum standing {
	STANDING_COUNTS,
	STANDING_OUT,      /* a review took the member out */
	STANDING_MOVED,    /* the person is in another unit since it was certified */
	STANDING_RESTORED, /* the store was put back since: what a review said later is unknown */
};
extern const char *const standing_words[];

/* ---- commands: enrolment, the factor register, users, policies --------------------------- */

/* An entry of the register with this key is an activated contingency policy; its rule column is
 * the policy's name. Nobody can ask for an exception of that key. */
#define CONTINGENCY_KEY "contingency"

struct admin_request {
	uint32_t verb; /* enum verb */
	char user[NAME_SIZE];
	uint32_t uid;
	char by[NAME_SIZE];
	uint32_t by_uid, login_uid;
	bool by_root;
	char name[64];  /* device, or kind of report */
	char text[256]; /* reason, comment */
	char verified_by[NAME_SIZE], verified_how[NAME_SIZE];
	char algorithm[16];
	uint32_t digits, period_s;
	char purpose_version[64]; /* accepted */
	bool has_password, has_code;
	uint32_t pid;
	char request[24]; /* that waits for a second person, "X-1" */
	uint64_t record;  /* the sequence that it is about */
	char role[64];
	int64_t for_ms; /* how long the role, or what else, is asked for */
	char ticket[64];
	char superior[NAME_SIZE]; /* who is asked instead of the approvers */
	char because[256];
	char attribute[64];
	int64_t until_ms; /* of the attribute; 0: as the policy says */
	/* exceptions, and whom a bypass is for */
	char rule[128], key[32], subject[264], scope_service[64], scope_source[64];
	uint32_t subject_uid;
	char clause[128], measure[512], report[256];
	bool emergency; /* used at once, approved afterwards */
	bool waived;    /* the end need not be reported */
	char taken_out[512]; /* members whom a review takes out, with commas */
	char members[65];    /* digest of the members that were shown to the reviewer */
};
extern const struct fields admin_request_fields;

struct admin_facts {
	int64_t wall_ms;
	bool password_ok; /* the warden's PAM check */
	bool code_ok;     /* a current or recovery code of that user, spent in this turn */
	uint32_t devices; /* active */
	bool found;       /* the device, user or policy it is about */
	bool exists;      /* a live device of that name */
	uint32_t state;   /* enum device_state of the device */
	bool suspended;
	bool gave_up; /* devices that they had, and ended themselves */
	bool
	    identified; /* acts for nobody but the login identity of a known session: its own */
	bool redactor;  /* the policy lets this account ask and approve */
	bool same_person;       /* as who asked */
	bool crossed; /* who asked approved what who answers asked for, and it still holds */
	bool on_hold, for_ever; /* the record */
	bool open;              /* the request */
	bool must_approve;      /* the rating asks for a second person */
	bool groups_known;
	char groups[4096]; /* of who acts, comma separated */
	char source[SOURCE_SIZE]; /* of their login; "": a console */
	uint32_t weekday, minute_of_day;
	uint32_t people; /* that have the role, without who asks */
	uint32_t held;   /* roles that who asks has or asked for, of all */
	bool enough;     /* the approvals, with the one that is being given */
	int64_t date_ms; /* for what ends on a day, as in struct facts */
	char attributes[2048]; /* as in struct facts */
	bool auditor;      /* the policy lets this person examine the records */
	bool grave;        /* the finding */
	uint32_t unopened; /* records of the period that have to be opened */
	uint32_t power;    /* how often this person asked for, had or approved a role in it */
	int64_t asked_ms; /* how long was asked for, where an answer may say less */
	uint32_t standing; /* enum standing, of who asks for the role */
	bool member;       /* the person has an account among the members that they review */
	bool listed;       /* the members are those that were shown, and who is taken out is one */
	uint64_t contingency; /* the entry by which the approvals are enough; 0: they are anyway */
};
extern const struct fields admin_facts_fields;

/* What asking for a role takes, one condition after the other: decide_command() refuses a request
 * for the first that is not met. Returns how many there are. */
enum { ROLE_CONDITIONS_MAX = 24 };
struct role_condition {
	uint32_t reason; /* of the refusal without it */
	bool met;
};
size_t explain_role(const struct policy *policy, const struct admin_request *request,
    const struct admin_facts *facts, struct role_condition out[ROLE_CONDITIONS_MAX]);

/* The decision on a command; its changes are the verb's own. No text is set: commands say
 * more than a login may (policyd/command/command.c). */
void decide_command(const struct policy *policy, const struct admin_request *request,
    const struct admin_facts *facts, struct decision *out);

#endif
