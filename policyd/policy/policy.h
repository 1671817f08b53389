/*
 * The policy: what the files in /etc/sekisho say, parsed and checked.
 *
 * A bundle is the exact text of policy.conf and its drop-ins in one piece; its SHA-256 names
 * the policy for ever. The daemon keeps bundles in the store and parses them itself, so the
 * command, the daemon and a replay years later read the same bytes with the same code.
 * A struct policy is immutable after parsing and holds no pointer into the bundle.
 */
#ifndef SEKISHO_POLICY_H
#define SEKISHO_POLICY_H

#include "buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_FILE   "/etc/sekisho/policy.conf"
#define POLICY_DROPIN "/etc/sekisho/policy.d"

/* The classes of records that have a period: enum retention, without RETAIN_LOG. */
enum { POLICY_RETAIN_CLASSES = 4 };

enum { POLICY_BUNDLE_MAX = 1 << 20, POLICY_LINE_MAX = 4096, POLICY_DIGEST_SIZE = 65 };

enum account_class { CLASS_PERSON, CLASS_ADMIN, CLASS_SHARED, CLASS_SERVICE, CLASS_COUNT };
extern const char *const account_class_words[];

enum service_class {
	SERVICE_UNKNOWN, /* observed and reported; counts as remote with a remote source */
	SERVICE_REMOTE,
	SERVICE_CONSOLE,
	SERVICE_ELEVATION,
	SERVICE_REAUTHENTICATION,
	SERVICE_SCHEDULED,
	SERVICE_NON_INTERACTIVE,
	SERVICE_CLASS_COUNT,
};
extern const char *const service_class_words[];

/* Who may read the file with figures for monitoring. */
enum policy_metrics { METRICS_OFF, METRICS_ROOT, METRICS_EVERYBODY };
/* Who puts a policy into force: root alone, or root and a person who approves it. */
enum policy_hands { CHANGE_ONE_PERSON, CHANGE_TWO_PERSON };
enum forward_journal { FORWARD_AUTO, FORWARD_YES, FORWARD_NO };
enum { FORWARD_SYSLOG_MAX = 8, POLICY_PATHS_MAX = 2000 };

struct strings {
	char **item;
	size_t count;
};

struct network { /* addr/prefix; IPv4 is mapped to ::ffff:0:0/96 */
	uint8_t addr[16];
	uint8_t prefix;
};

struct sources { /* "remote", "local", addresses and networks; empty: any */
	bool remote, local;
	struct network *net;
	size_t count;
};

struct hours {                           /* "mon-fri 08:00-18:00"; none: any time */
	uint8_t weekdays;                /* bit 0 is Sunday */
	uint16_t from_minute, to_minute; /* to exclusive; from > to wraps past midnight */
};

struct hours_list {
	struct hours *item;
	size_t count;
};

struct account {
	char *name;
	char *person; /* defaults to name */
	enum account_class class;
	struct sources from; /* a service account works only from here, when given */
	/* a shared account: why there is one, who approved that, and one person at a time */
	char *reason, *approved_by;
	bool exclusive;
	bool by_role; /* only who has a role that runs commands as it: with the reason of that */
};

/* A machine that people come from: [device NAME]. */
enum machine_kind { MACHINE_IS_ISSUED, MACHINE_IS_PRIVATE };
enum machine_required { MACHINE_ANY, MACHINE_REGISTERED, MACHINE_ISSUED };
extern const char *const machine_kind_words[];

struct machine {
	char *name, *owner;
	unsigned int kind;      /* enum machine_kind */
	struct strings key;     /* fingerprints, "SHA256:..." */
	struct sources address;
};

/* A number that this host says of itself: [host-attribute NAME]. */
enum { HOST_NAME_SIZE = 40, HOST_ATTRIBUTES_MAX = 8, HOST_LIST_SIZE = 512 };

struct host_attribute {
	char *name, *file, *command; /* neither of the latter: the warden knows it by itself */
	int64_t every_ms, stale_ms;
	bool used; /* by a rule */
};

struct host_condition { /* "NAME > LIMIT" */
	char *name;
	bool above;
	int64_t limit;
	int line;
};

struct host_conditions {
	struct host_condition *item;
	size_t count;
};

/* Keys that are present must all match; within a key any value may match. */
struct rule {
	char *name;
	struct strings account, group, service; /* "*" matches all; "@ops" among accounts: its members */
	struct strings role;                    /* who acts has one of these; "*": any at all */
	uint8_t class_mask;                     /* bit per enum account_class; 0: any */
	uint8_t service_class_mask;             /* bit per enum service_class; 0: any */
	struct sources from;
	struct hours_list time;
	char *rating; /* the host is rated so high, or higher; NULL: whatever it is */
	bool idle;    /* it is not: the rule matches nothing here */
	struct host_conditions host;
	bool refuse;
	bool require_mfa;
	int64_t mfa_within_ms;  /* 0: any time in this login session */
	unsigned int device;    /* enum machine_required */
	struct strings require_attribute; /* the person has all of these */
	struct strings control; /* catalogue ids this rule serves */
	char *file;
	int line;
};

/* Something that holds for a time. The end is the end of a day, UTC; 0: none was given. */
struct until {
	bool on;
	int64_t end_wall_ms;
};

/* ---- roles: power that is asked for, approved, and ends ---- */

struct approval { /* "2 from @managers, alice" */
	uint32_t need;
	struct strings from; /* accounts, @groups */
};

struct approval_set { /* joined by "and": all of them, by different people */
	struct approval *item;
	size_t count;
};

enum { APPROVALS_MAX = 8 }; /* people that one way of approving may need */

/* What ends with a role: its commands, or what they left behind too. */
enum role_end { ROLE_END_COMMAND, ROLE_END_ALL };
/* Is sudo's plugin needed for its commands, or only wanted? */
enum role_plugin { ROLE_PLUGIN_WANTED, ROLE_PLUGIN_REQUIRED };
enum root_equivalent { ROOT_UNSAID, ROOT_YES, ROOT_NO };

/* A role that leads nowhere but in: work away from the premises, or on machines not issued. */
enum role_kind { ROLE_PLAIN, ROLE_REMOTE_WORK };
extern const char *const role_kind_words[];

struct member_end { /* one of the members is so until then only */
	size_t index;
	int64_t end_wall_ms;
};

struct role {
	char *name;
	struct strings members; /* accounts, @groups */
	struct member_end *end_of; /* of those that have an end */
	size_t end_of_count;
	uint32_t max_members;   /* people; 0: as many as are members */
	bool approve_nobody;    /* a reason is enough */
	struct approval_set *approve; /* joined by "or": one of them */
	size_t approve_count;
	int64_t max_duration_ms;
	struct strings commands; /* "ALL", or an absolute path with its arguments */
	char *run_as;            /* whom sudo runs them as */
	struct strings mask;     /* options whose argument is a secret */
	uint32_t end;            /* enum role_end */
	uint32_t plugin;         /* enum role_plugin */
	unsigned int each_use;   /* enum policy_hands: who it takes to run each of its commands */
	uint32_t root_equivalent;
	uint64_t capabilities;   /* a bit each, see policy/capability.h */
	struct sources from; /* where it may be asked for and used from */
	struct hours_list time;
	unsigned int kind;        /* enum role_kind */
	struct sources premises;  /* of a permit: from here none is needed; none: needed from everywhere */
	char *ticket;              /* the pattern of tickets to ask with; NULL: none is asked for */
	struct strings superiors;  /* who may be asked instead of the approvers */
	struct strings attributes; /* that the person has to have */
	int64_t review_ms;         /* its members are reviewed that often; 0: see below */
	bool review_fiscal_year;   /* once in each fiscal year instead */
	struct strings reviewers;  /* accounts and @groups; none: the auditors */
	int64_t mfa_within_ms; /* whoever has it needs a factor that fresh for su and sudo; 0: any */
	char *file;
	int line;
};

/* What several people relax together when the usual way is not open: approved beforehand with the
 * policy that it stands in, for a time, and never below what no rule asked for. */
struct contingency {
	char *name, *text;
	struct approval_set *activate; /* who activates it, together; joined by "or" */
	size_t activate_count;
	int64_t for_ms;
	struct strings lower; /* "RULE:KEY": that requirement of that rule */
	struct strings roles; /* these are approved by "approve" instead */
	struct approval_set *approve;
	size_t approve_count;
	char digest[POLICY_DIGEST_SIZE]; /* lower-case hex of SHA-256 of what it says */
	char *file;
	int line;
};

/* Something about a person that is stated with evidence, and runs out. */
struct attribute {
	char *name, *text;
	int64_t valid_ms;   /* 0: as long as whoever sets it says */
	bool fiscal_year;   /* until the last of March behind it, and renewal_ms longer */
	int64_t renewal_ms; /* time to renew it in the new fiscal year */
	int64_t grace_ms;   /* from the appointment of a person on: held without evidence */
};

struct service {
	char *name;
	enum service_class class;
	bool appended_code; /* the response may be password and code in one */
	unsigned int everyday; /* 0: as the shipped table says; 1: yes; 2: no */
	struct until observe;
};

/* What holds for the members of a group for a time. */
struct group_policy {
	char *name;
	struct until observe;
	struct until grace; /* who has no device yet gets in without a code; always with an end */
};

/* ---- alerts: from records to people ---- */

enum alert_to { ALERT_TO_NOBODY, ALERT_TO_JOURNAL, ALERT_TO_SYSLOG, ALERT_TO_MAIL, ALERT_TO_COMMAND };
extern const char *const alert_to_words[];

struct alert_target {
	enum alert_to to;
	char *where; /* the address or the path; else NULL */
};

struct alert_targets { /* none: nobody was named */
	struct alert_target *item;
	size_t count;
};

/* What is counted together, what of it is counted, and what else has to be true. 0 is unset. */
enum alert_per { ALERT_PER_UNSET, ALERT_PER_HOST, ALERT_PER_USER, ALERT_PER_SOURCE };
enum alert_count { ALERT_COUNT_UNSET, ALERT_COUNT_RECORDS, ALERT_COUNT_USERS, ALERT_COUNT_SOURCES };
enum alert_when {
	ALERT_WHEN_UNSET,
	ALERT_WHEN_ALWAYS,
	ALERT_WHEN_NEW_SOURCE, /* the user never came from there, or not in 30 days */
	ALERT_WHEN_NEW_DEVICE, /* the device was never used before */
	ALERT_WHEN_ELSEWHERE,  /* the user has a session open from another source */
};
extern const char *const alert_per_words[], *const alert_count_words[],
    *const alert_when_words[];

/* A record counts when it fits every key that is given. */
struct alert_rule {
	char *name;
	const char *what; /* of a built-in rule, marked N_(); NULL: one of the policy's own */
	char *text;       /* what the policy says instead; NULL */
	bool off;
	struct strings event;
	uint8_t outcome_mask; /* bit per enum outcome; 0: any */
	struct strings reason, account;
	uint8_t class_mask;
	struct sources from;
	uint32_t when, per, count; /* the enums above */
	uint32_t threshold;
	int64_t within_ms;
	struct alert_targets to;
	uint32_t at_most; /* alerts in at_most_ms; 0: unset */
	int64_t at_most_ms;
	char *file; /* NULL: in no file */
	int line;
};

/* [password]; names as in pwquality.conf where it has them */
struct policy_password {
	uint32_t minlen, minlen_admin; /* the latter for administrators' and shared accounts */
	uint8_t classes;               /* bit per enum password_class, then "none"; 0: all */
	uint32_t minclass, maxrepeat, maxclassrepeat, maxsequence, difok, usersubstr;
	uint32_t digits, uppers, lowers, others; /* dcredit = -N … */
	bool dictcheck, usercheck, gecoscheck, walkcheck, enforce_for_root, passphrase;
	uint32_t passphrase_words, passphrase_length;
	int64_t max_age_ms, max_age_admin_ms; /* 0: as old as it likes; as minlen_admin */
	int64_t warn_ms; /* said at login so long before */
	bool change_after_root; /* what root sets for somebody is changed at their next login */
	uint32_t remember; /* passwords that must not be used again; 0: none are kept */
	char *dictpath; /* NULL: cracklib's own */
	struct strings badwords, organisation, filters;
};

struct officer {
	char *name, *kana, *role, *unit, *contact; /* kana: how the name sounds, to sort by */
	struct strings clauses; /* answers for these: numbers or their beginnings, ids, "*" */
};

/* An item of the yearly plan: [plan NAME]. */
enum plan_kind { PLAN_SELF_CHECK, PLAN_AUDIT, PLAN_TRAINING, PLAN_REVIEW };
extern const char *const plan_kind_words[];

struct plan_item {
	char *name, *text, *officer;
	uint32_t kind;        /* enum plan_kind */
	int64_t date_wall_ms; /* to be done by the end of this day (UTC) */
};

/* A control or a clause that the organisation sees to by itself, and why: [control NAME]. */
struct own_control {
	char *name, *own;
};

struct person { /* the name is the one that accounts give in person= */
	char *name, *kana, *unit, *contact; /* kana: as of an officer */
	int64_t appointed_wall_ms; /* 0: not said */
};

struct policy {
	char digest[POLICY_DIGEST_SIZE]; /* lower-case hex of SHA-256 of the bundle */
	/* [host] */
	char *language; /* "en" or "ja" */
	bool language_said; /* and not only the default */
	char *rating, *limits, *owner;
	/* of the sheet of the system: what it is, lines that leave the house, who maintains it */
	char *purpose, *external_lines, *contractor;
	int64_t contract_wall_ms; /* until when; 0: not said */
	uint32_t fiscal_start;    /* the day that a fiscal year begins with: 401 is the 1st of April */
	char *rating_file; /* where the rating stands */
	int rating_line;
	int64_t review_wall_ms; /* the rules are due for review at the end of this day (UTC); 0: none */
	int64_t dormant_ms; /* who did nothing for so long is reported; 0: nobody is */
	int64_t confirm_within_ms; /* a policy that is applied is to be confirmed; 0: it is not */
	struct until observe; /* decide and record, refuse nobody */
	struct strings
	    administrators; /* accounts that get in on the reserve; class admin always does */
	/* [lockout] */
	uint32_t deny; /* 0: never lock */
	int64_t fail_interval_ms, unlock_time_ms, fail_delay_ms, wait_ms;
	uint32_t source_deny; /* charges per source and unlock_time */
	/* [factor] */
	uint32_t window_steps;    /* accepted on either side of the expected step */
	uint32_t drift_max_steps; /* learnt at most so far */
	struct strings tokens;    /* token= labels that count as the possession factor */
	bool enrol_open; /* a person without a device may enrol with the password alone */
	int64_t enrol_until_wall_ms; /* 0: no end */
	char *issuer;                /* in otpauth URIs; defaults to the host's name */
	char *purpose_version, *purpose_text, *purpose_text_ja;
	struct policy_password password;
	/* [notice] */
	char *notice_version; /* NULL: no notice before login */
	char *notice_text, *notice_text_ja;
	bool notice_banner; /* sshd shows it as its Banner */
	bool last_login, receipt; /* said after login */
	/* [retention] */
	int64_t retain_ms[POLICY_RETAIN_CLASSES]; /* by enum retention */
	struct strings redactors; /* accounts; none: whoever is an administrator */
	/* [audit] */
	struct strings auditors; /* accounts and @groups */
	int64_t review_within_ms; /* after the end of a month it is to be signed off */
	int64_t download_warn, download_warn_day; /* bytes: of a session, of a person's day; 0: never */
	char *audit_file;
	int audit_line;
	/* [changes] */
	bool changes_detect;
	int64_t changes_every_ms;
	struct strings changes_watch, changes_ignore; /* patterns of absolute paths */
	unsigned int metrics; /* enum policy_metrics */
	/* [forward] */
	unsigned int forward_journal; /* enum forward_journal */
	struct strings forward_syslog; /* targets, see policy/target.h */
	uint8_t forward_classes;       /* bit per enum retention; 0: all */

	/* [session] */
	uint64_t session_drop;      /* capabilities that who has no role loses for good */
	bool session_no_new_privs;
	int64_t idle_ms[CLASS_COUNT]; /* 0: no limit */
	int64_t idle_warn_ms;         /* so long before */
	/* [keys] */
	int64_t sealing_lifetime_ms, log_lifetime_ms; /* then sekisho asks for a new one */
	/* [export]: levels such as "confidentiality-2"; NULL: never */
	char *export_encrypt_from, *export_notice_from, *export_approve_from;
	struct strings export_approvers; /* accounts; none: whoever is an administrator */

	/* [backup] */
	int64_t backup_every_ms; /* 0: none is made by itself */
	char *backup_to;         /* a directory; NULL: none */
	char *backup_recipient;  /* lines; NULL: none */
	uint32_t backup_keep;    /* 0: all */

	/* Who may approve, as accounts and @groups; none: whoever is an administrator */
	struct strings exception_approvers, bypass_approvers, reviewers, change_approvers;
	/* [exceptions]: the longest, the longest before anybody approved it (0: none), and how
	 * long after its end it is to be reported */
	int64_t exception_max_ms, emergency_max_ms, exception_report_ms;
	int64_t bypass_max_ms; /* [bypass]: how long the code can be used */
	unsigned int change;   /* enum policy_hands */

	struct account *account;
	size_t account_count;
	struct service *service;
	size_t service_count;
	struct group_policy *group;
	size_t group_count;
	struct rule *rule;
	size_t rule_count;
	struct rule_index *rule_index; /* see policy/rule_index.c; NULL: none was made */
	struct role *role; /* by name, once checked */
	size_t role_count;
	struct machine *machine;
	size_t machine_count;
	struct contingency *contingency; /* by name, once checked */
	size_t contingency_count;
	struct host_attribute *host_attribute;
	size_t host_attribute_count;
	bool host_used; /* a rule asks for one */
	struct attribute *attribute;
	size_t attribute_count;
	struct officer *officer;
	size_t officer_count;
	struct plan_item *plan;
	size_t plan_count;
	struct own_control *own;
	size_t own_count;
	struct person *person;
	size_t person_count;
	struct alert_targets alert_to; /* where an alert goes whose rule does not say */
	struct alert_rule *alert;      /* the built-in ones too, once checked; by name */
	size_t alert_count;
};

/* ---- reading ---------------------------------------------------------------------------- */

enum { POLICY_PROBLEMS_MAX = 32 };

struct policy_problem {
	char file[256];
	int line;
	char text[512]; /* key, what was expected, the nearest valid word */
};

struct policy_problems {
	struct policy_problem item[POLICY_PROBLEMS_MAX];
	size_t count; /* of those kept */
	size_t total;
};

/*
 * Reads path and dropin_dir/ *.conf (by name; either may be absent) into a bundle.
 * Files must belong to root and not be writable by others, unless check_owner is false
 * (policy check of a draft). 0, SKS_NOT_FOUND (no file at all), SKS_UNTRUSTED, SKS_TOO_BIG,
 * SKS_IO; problems says which file and why.
 */
int policy_bundle_read(const char *path, const char *dropin_dir, bool check_owner,
    struct buf *bundle, struct policy_problems *problems);

/* Parses and checks a bundle. SKS_INVALID with every problem found; *out is then NULL. */
int policy_parse(
    const void *bundle, size_t len, struct policy **out, struct policy_problems *problems);
void policy_free(struct policy *p);
/* Each text and the list of them; s itself stays. */
void strings_free(struct strings *s);

/* ---- asking ----------------------------------------------------------------------------- */

/* NULL when the policy does not name it. */
const struct account *policy_account(const struct policy *p, const char *name);
/* The account's class; uid 0 is shared unless named, anything else a person. */
enum account_class policy_account_class(const struct policy *p, const char *name, uint32_t uid);
/* The person behind an account; the account's own name where the policy does not say. */
const char *policy_person(const struct policy *p, const char *name);
/* The class of a PAM service: the policy's, else the shipped table, else SERVICE_UNKNOWN. */
enum service_class policy_service_class(const struct policy *p, const char *service);
const struct service *policy_service(const struct policy *p, const char *service);
/* Is it for daily work (desktops, files, mail, printing)? Administrators' accounts stay out. */
bool policy_service_is_everyday(const struct policy *p, const char *service);
/* The registered machine that has this key (fingerprint; "": none) and address; one that is known
 * by its key goes first. NULL: none has. */
const struct machine *policy_machine(const struct policy *p, const char *key, const char *source);
/* Is it what a rule requires (enum machine_required)? m may be NULL. */
bool policy_machine_fulfils(const struct machine *m, uint32_t required);
void machine_check(
    const struct policy *p, const char *file, int line, struct policy_problems *problems);
void machine_free(struct policy *p);
/*
 * Does it still hold on this date? date_ms is the wall clock, or what the boot clock makes of an
 * earlier day where that is later (facts.date_ms).
 */
bool until_holds(const struct until *u, int64_t date_ms);
/* Is this case only observed? By the host, by the service, or by a group that the account is
 * known to be in: groups is a comma separated list, NULL where they are not known. */
bool policy_observes(
    const struct policy *p, const char *service, const char *groups, int64_t date_ms);
/* Does any group have enrolment grace? */
bool policy_has_grace(const struct policy *p);
/* When the enrolment grace of these groups ends, the last of them; 0: none holds. */
int64_t policy_grace_until(const struct policy *p, const char *groups, int64_t date_ms);
/* Does [changes] leave this path out? A directory that it names stands for all below it. */
bool policy_ignores(const struct policy *p, const char *path);
/* Does any rule ask for groups? (Then the loader has to fetch them.) */
bool policy_needs_groups(const struct policy *p);
/* An administrator for the reserve: class admin, or named in [host] administrators. */
bool policy_is_administrator(const struct policy *p, const char *name, uint32_t uid);
/* Is one of the accounts of this account's person an administrator's? */
bool policy_administrates(const struct policy *p, const char *name);
/* May this account, in these groups (comma separated; NULL: not known), read all records? Not
 * where one of the person's accounts is an administrator's. */
bool policy_is_auditor(const struct policy *p, const char *name, const char *groups);
/* Does [audit] name groups? */
bool policy_auditors_need_groups(const struct policy *p);
/* May this account ask that one record be destroyed, or approve it? */
bool policy_is_redactor(const struct policy *p, const char *name, uint32_t uid);
/* May this account approve that records are handed out? */
bool policy_is_approver(const struct policy *p, const char *name, uint32_t uid);
/* May this account, in these groups (NULL: not known, then none), approve what this list of the
 * policy is about? Where nobody is named administrators may. */
bool policy_may_approve(const struct policy *p, const struct strings *list, const char *name,
    uint32_t uid, const char *groups);
/* Do any of those lists name groups? */
bool policy_approvers_need_groups(const struct policy *p);
/* Is the host rated as high as this level, or higher? Never without a level or a rating. */
bool policy_rating_reaches(const struct policy *p, const char *level);
/* The host's level of one kind of rating; 0: none was given. "confidentiality-2" and 機密性2 are
 * the same. */
enum rating_kind {
	RATING_CONFIDENTIALITY,
	RATING_INTEGRITY,
	RATING_AVAILABILITY,
	RATING_KINDS,
};
uint32_t policy_rating(const struct policy *p, enum rating_kind kind);
/* Is information to be protected handled here (要保護情報): confidentiality, integrity or
 * availability of 2 and more? */
bool policy_is_protected(const struct policy *p);
/* Does every login over the network need a second factor, whatever rules say: confidentiality 3? */
bool policy_rating_wants_factor(const struct policy *p);
/* Does "source" ("" is local, else an address, a /64, or "name:...") match? */
bool sources_match(const struct sources *s, const char *source);

/* ---- roles ---- */

/* NULL when the policy has none of that name. */
const struct role *policy_role(const struct policy *p, const char *name);
/* Is this account, in these groups (comma separated; NULL: not known, then none), one of the
 * list? */
bool policy_is_among(const struct strings *list, const char *name, const char *groups);
/* Can this account be asked instead of the approvers? As below: of groups, who is in them shows
 * when it answers. */
bool role_may_be_asked(const struct role *r, const char *superior);
/* Can this account be a member? It is named, or groups are: who is in those is asked elsewhere. */
bool role_may_be_of(const struct role *r, const char *name, int64_t date_ms);
/* Does any role name groups, or does it take one to approve anything else? */
bool policy_roles_need_groups(const struct policy *p);
/* May this account review the members of this role? groups NULL: not known. */
bool role_may_review(
    const struct policy *p, const struct role *r, const char *name, const char *groups);
/* When its members have to be reviewed again: reviewed_wall_ms is when they were last, 0 for never;
 * since_wall_ms when the role was first known. 0: the policy asks for no reviews. */
int64_t role_review_due(const struct policy *p, const struct role *r, int64_t reviewed_wall_ms,
    int64_t since_wall_ms);
/*
 * Until when this account is a member of the role, in these groups (NULL: not known, which is as
 * none): 0 it is not, INT64_MAX without an end. Of several entries the longest counts.
 */
int64_t role_member_until(const struct role *r, const char *name, const char *groups);
bool role_has_member(const struct role *r, const char *name, const char *groups, int64_t date_ms);
/* The end of one entry of its members; INT64_MAX. */
int64_t role_entry_until(const struct role *r, size_t index);
/* Is who did something last then, or never, and is known since then, dormant? */
bool policy_is_dormant(const struct policy *p, int64_t last_wall_ms, int64_t wall_ms);
/* May this account be one of those that approve this role? */
bool role_may_approve(const struct role *r, const char *name, const char *groups);
/* Are these approvals of different people enough? Each counts for one part of one way. */
struct role_approval {
	const char *account, *person, *groups;
};
bool role_is_approved(const struct role *r, const struct role_approval *given, size_t count);
/* The same of ways that stand elsewhere; and may this account be one of those that they name? */
bool approvals_are_enough(const struct approval_set *set, size_t sets,
    const struct role_approval *given, size_t count);
bool approvals_name(
    const struct approval_set *set, size_t sets, const char *name, const char *groups);

/* ---- contingency policies ---- */

/* NULL when the policy has none of that name. */
const struct contingency *policy_contingency(const struct policy *p, const char *name);
/* Does it lower this key ("require", "within", "device" or "attribute") of this rule? */
bool policy_contingency_lowers(const struct contingency *c, const char *key, const char *rule);
/* What it says, in one way of saying it: what its digest is of. SKS_TOO_BIG in out's error. */
void contingency_print(const struct contingency *c, struct buf *out);
/* Is the name in a list with commas? */
bool policy_names(const char *list, const char *name);
/* Is it one of the hours at which the list lets something be? An empty list: always. */
bool policy_hours_match(const struct hours_list *list, uint32_t weekday, uint32_t minute_of_day);
/* How long they go on yet, from this moment of that minute; 0: it is none of them; INT64_MAX: they
 * have no end. An hour that is put forward or back in between is not counted. */
int64_t policy_hours_left_ms(const struct hours_list *list, int64_t wall_ms, uint32_t weekday,
    uint32_t minute_of_day);

/* ---- attributes and tickets ---- */

/* NULL when the policy describes none of that name. */
const struct attribute *policy_attribute(const struct policy *p, const char *name);
/* When the fiscal year (UTC, from the day that the policy says) ends that this moment lies in. */
int64_t policy_fiscal_year_end(const struct policy *p, int64_t wall_ms);
/*
 * Until when a person has an attribute: 0 not at all, INT64_MAX without an end. list is what was
 * set, "training=SET:UNTIL,nda=SET:0" in milliseconds since 1970.
 */
int64_t policy_attribute_until(
    const struct policy *p, const char *person, const char *name, const char *list);
bool policy_attribute_holds(const struct policy *p, const char *person, const char *name,
    const char *list, int64_t date_ms);
/* The first of these that is missing; NULL: none is. */
const char *policy_attribute_missing(const struct policy *p, const struct strings *names,
    const char *person, const char *list, int64_t date_ms);
/*
 * What the host said of itself, as facts and records have it: "NAME=NUMBER,NAME=?". Is the name in
 * it; and with a number? A "?" was asked for and not known.
 */
bool policy_host_said(const char *list, const char *name);
bool policy_host_value(const char *list, const char *name, int64_t *value);
/* NULL: the policy has none of that name. */
const struct host_attribute *policy_host_attribute(const struct policy *p, const char *name);
/* Does any rule ask for one? */
bool policy_needs_attributes(const struct policy *p);
/* Is there any permit? Does a login of this source need one, and which permit's premises say so;
 * NULL: none. roles: names that the account has, with commas. */
bool policy_has_permits(const struct policy *p);
const struct role *policy_permit_missing(
    const struct policy *p, const char *source, const char *roles);
/* Has the permit to be approved by two officers, as the rating demands (confidentiality 3,
 * integrity 2 or availability 2)? Else a notice is enough. */
bool policy_permit_wants_two(const struct policy *p);
/* Does the role take requests with this ticket ("": none)? */
bool policy_ticket_matches(const struct role *role, const char *ticket);

struct rule_case { /* one case to match rules against */
	const char *account;
	const char *groups; /* comma separated; NULL: not known, every group counts as met, because
			     * rules can only tighten */
	enum account_class class;
	const char *service;
	enum service_class service_class;
	const char *source; /* "" is local */
	uint32_t weekday, minute_of_day;
	const char *roles; /* that who acts has, comma separated; NULL: none */
	const char *host;  /* see policy_host_value(); what is not in it counts as met */
};
bool rule_matches(const struct rule *r, const struct rule_case *c);

/* Rules of one policy: a bit each, of as many as it has. The shortest, "[rule a]" with
 * "refuse=yes", is longer than 16 bytes. */
enum { POLICY_RULES_MAX = POLICY_BUNDLE_MAX / 16 };
struct rule_set {
	uint64_t bit[POLICY_RULES_MAX / 64];
};
/* All that rule_matches() says yes to, without asking it of each. */
void policy_rules_match(
    const struct policy *p, const struct rule_case *c, struct rule_set *out);
/* The first of the set from *at on, in the order of the policy, and *at behind it; NULL: none. */
const struct rule *policy_rules_next(
    const struct policy *p, const struct rule_set *set, size_t *at);

/* Plain sentences, in the current language of i18n. */
void policy_print_sentences(const struct policy *p, struct buf *out);

#endif
