#include "policy/host.h"
#include "policy/table.h"

#include "audit/event.h"
#include "i18n.h"
#include "policy/alert.h"
#include "policy/capability.h"
#include "policy/check.h"
#include "policy/password.h"
#include "policy/value.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Ten years: beyond every use, far from the end of int64_t in sums. */
#define DURATION_MAX_MS (INT64_C(3650) * 24 * 60 * 60 * 1000)
#define SECOND_MS       1000
#define PERIOD_MIN_MS   (INT64_C(24) * 60 * 60 * 1000)
#define PERIOD_MAX_MS   (100 * 365 * PERIOD_MIN_MS)
#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))

#define YES_NO    N_("yes or no")
#define UNTIL     N_("yes, no or until YYYY-MM-DD")
#define DURATION  N_("a duration such as 15m, 2h or 30s, from 1s to 3650d")
#define LINE_TEXT N_("a text in one line")
#define PERIOD    N_("a period such as 400d or 5y, from 1d to 100y")
#define NAMES     N_("names, separated by commas or blanks")
#define MEMBERS   N_("names of accounts or @group, separated by commas or blanks")
#define SOURCES   N_("remote, local, addresses or networks such as 10.0.0.0/8")

const char *const account_class_words[] = {
    [CLASS_PERSON] = "person",
    [CLASS_ADMIN] = "admin",
    [CLASS_SHARED] = "shared",
    [CLASS_SERVICE] = "service",
    [CLASS_COUNT] = NULL,
};

const char *const service_class_words[] = {
    [SERVICE_UNKNOWN] = "unknown",
    [SERVICE_REMOTE] = "remote",
    [SERVICE_CONSOLE] = "console",
    [SERVICE_ELEVATION] = "elevation",
    [SERVICE_REAUTHENTICATION] = "re-authentication",
    [SERVICE_SCHEDULED] = "scheduled",
    [SERVICE_NON_INTERACTIVE] = "non-interactive",
    [SERVICE_CLASS_COUNT] = NULL,
};

static const char *const language_words[] = {"en", "ja", NULL};
static const char *const yes_words[] = {"yes", "no", NULL};
static const char *const until_words[] = {"yes", "no", "until", NULL};
static const char *const grace_words[] = {"until", NULL};
static const char *const enrol_words[] = {"open", "closed", "until", NULL};
static const char *const require_words[] = {"mfa", "mfa within", NULL};
static const char *const journal_words[] = {
    [FORWARD_AUTO] = "auto",
    [FORWARD_YES] = "yes",
    [FORWARD_NO] = "no",
    NULL,
};
static const char *const metrics_words[] = {
    [METRICS_OFF] = "off",
    [METRICS_ROOT] = "root",
    [METRICS_EVERYBODY] = "everybody",
    NULL,
};
static const char *const change_words[] = {
    [CHANGE_ONE_PERSON] = "one-person",
    [CHANGE_TWO_PERSON] = "two-person",
    NULL,
};
static const char *const approve_words[] = {"nobody", "1 from", NULL};
static const char *const review_words[] = {"fiscal-year", NULL};
static const char *const role_end_words[] = {
    [ROLE_END_COMMAND] = "command", [ROLE_END_ALL] = "all", NULL};
static const char *const role_plugin_words[] = {
    [ROLE_PLUGIN_WANTED] = "wanted", [ROLE_PLUGIN_REQUIRED] = "required", NULL};
static const char *const root_words[] = {
    [ROOT_UNSAID] = "unsaid", [ROOT_YES] = "yes", [ROOT_NO] = "no", NULL};
static const char *const everyday_words[] = {"", "yes", "no", NULL};
const char *const machine_kind_words[] = {
    [MACHINE_IS_ISSUED] = "issued", [MACHINE_IS_PRIVATE] = "private", NULL};
static const char *const required_words[] = {
    [MACHINE_ANY] = "", [MACHINE_REGISTERED] = "registered", [MACHINE_ISSUED] = "issued", NULL};
static const char *const source_words[] = {"remote", "local", NULL};

#define AT(strukt, member) offsetof(struct strukt, member)

_Static_assert(
    (int)POLICY_RETAIN_CLASSES == (int)RETAIN_LOG, "all classes but that of the log");

static const struct policy_key host_keys[] = {
    {"language", value_language, AT(policy, language), language_words, 0, 0, NULL},
    {"rating", value_rating, AT(policy, rating), NULL, 0, 0, LINE_TEXT},
    {"limits", value_text, AT(policy, limits), NULL, 0, 0, N_("a text")},
    {"owner", value_line, AT(policy, owner), NULL, 0, 0, LINE_TEXT},
    {"review", value_date, AT(policy, review_wall_ms), NULL, 0, 0, N_("a date YYYY-MM-DD")},
    {"purpose", value_text, AT(policy, purpose), NULL, 0, 0, N_("a text")},
    {"external_lines", value_text, AT(policy, external_lines), NULL, 0, 0, N_("a text")},
    {"contractor", value_line, AT(policy, contractor), NULL, 0, 0, LINE_TEXT},
    {"contract_until", value_date, AT(policy, contract_wall_ms), NULL, 0, 0,
	N_("a date YYYY-MM-DD")},
    {"fiscal_year_start", value_month_day, AT(policy, fiscal_start), NULL, 0, 0,
	N_("a day MM-DD up to the 28th of a month, such as 04-01")},
    {"dormant", value_duration, AT(policy, dormant_ms), NULL, PERIOD_MIN_MS, PERIOD_MAX_MS,
	PERIOD},
    {"observe", value_until, AT(policy, observe), until_words, 0, 0, UNTIL},
    {"administrators", value_names, AT(policy, administrators), NULL, 0, 0, NAMES},
    {"metrics", value_word, AT(policy, metrics), metrics_words, 0, 0,
	N_("off, root or everybody")},
    {"change", value_word, AT(policy, change), change_words, CHANGE_ONE_PERSON, 0,
	N_("one-person or two-person")},
    {"change_approvers", value_members, AT(policy, change_approvers), NULL, 0, 0, MEMBERS},
};

static const struct policy_key confirm_keys[] = {
    {"within", value_duration, AT(policy, confirm_within_ms), NULL, 0,
	24 * 60 * 60 * SECOND_MS, N_("a duration such as 10m, from 0s (never) to 1d")},
};

static const struct policy_key lockout_keys[] = {
    {"deny", value_count, AT(policy, deny), NULL, 0, 1000,
	N_("a whole number from 0 (never lock) to 1000")},
    {"fail_interval", value_duration, AT(policy, fail_interval_ms), NULL, SECOND_MS,
	DURATION_MAX_MS, DURATION},
    {"unlock_time", value_duration, AT(policy, unlock_time_ms), NULL, SECOND_MS,
	DURATION_MAX_MS, DURATION},
    {"fail_delay", value_duration, AT(policy, fail_delay_ms), NULL, 0, 60 * SECOND_MS,
	N_("a duration such as 800ms, from 0 to 60s")},
    {"wait", value_duration, AT(policy, wait_ms), NULL, 0, 60 * SECOND_MS,
	N_("a duration such as 5s, from 0 to 60s")},
    {"source_deny", value_count, AT(policy, source_deny), NULL, 1, 100000,
	N_("a whole number from 1 to 100000")},
};

static const struct policy_key factor_keys[] = {
    {"window", value_count, AT(policy, window_steps), NULL, 0, 10,
	N_("a whole number of steps from 0 to 10")},
    {"drift", value_count, AT(policy, drift_max_steps), NULL, 0, 60,
	N_("a whole number of steps from 0 to 60")},
    {"tokens", value_names, AT(policy, tokens), NULL, 0, 0, NAMES},
    {"enrol", value_enrol, 0, enrol_words, 0, 0, N_("open, closed or until YYYY-MM-DD")},
    {"issuer", value_issuer, AT(policy, issuer), NULL, 0, 0,
	N_("a text in one line, without a colon")},
    {"purpose_version", value_line, AT(policy, purpose_version), NULL, 0, 0, LINE_TEXT},
    {"purpose", value_text, AT(policy, purpose_text), NULL, 0, 0, N_("a text")},
    {"purpose_ja", value_text, AT(policy, purpose_text_ja), NULL, 0, 0, N_("a text")},
};

#define HOW_MANY N_("a whole number from 0 (not asked for) to 512")
#define AT_LEAST N_("a minus sign and how many are needed, such as -1; or 0")
#define AGE N_("a duration such as 90d, from 0 (never) to 3650d")
#define CHARACTERS N_("a whole number of characters from 6 to 512")

static const struct policy_key password_keys[] = {
    {"minlen", value_count, AT(policy, password.minlen), NULL, 6, 512, CHARACTERS},
    {"minlen_admin", value_count, AT(policy, password.minlen_admin), NULL, 6, 512, CHARACTERS},
    {"classes", value_mask, AT(policy, password.classes), password_classes_words, 0, 0, NULL},
    {"minclass", value_count, AT(policy, password.minclass), NULL, 0, 4,
	N_("a whole number from 0 to 4")},
    {"dcredit", value_credit, AT(policy, password.digits), NULL, 0, 512, AT_LEAST},
    {"ucredit", value_credit, AT(policy, password.uppers), NULL, 0, 512, AT_LEAST},
    {"lcredit", value_credit, AT(policy, password.lowers), NULL, 0, 512, AT_LEAST},
    {"ocredit", value_credit, AT(policy, password.others), NULL, 0, 512, AT_LEAST},
    {"maxrepeat", value_count, AT(policy, password.maxrepeat), NULL, 0, 512, HOW_MANY},
    {"maxclassrepeat", value_count, AT(policy, password.maxclassrepeat), NULL, 0, 512, HOW_MANY},
    {"maxsequence", value_count, AT(policy, password.maxsequence), NULL, 0, 512, HOW_MANY},
    {"difok", value_count, AT(policy, password.difok), NULL, 0, 512, HOW_MANY},
    {"usercheck", value_bool, AT(policy, password.usercheck), yes_words, 0, 0, YES_NO},
    {"usersubstr", value_count, AT(policy, password.usersubstr), NULL, 0, 512, HOW_MANY},
    {"gecoscheck", value_bool, AT(policy, password.gecoscheck), yes_words, 0, 0, YES_NO},
    {"walkcheck", value_bool, AT(policy, password.walkcheck), yes_words, 0, 0, YES_NO},
    {"dictcheck", value_bool, AT(policy, password.dictcheck), yes_words, 0, 0, YES_NO},
    {"dictpath", value_path, AT(policy, password.dictpath), NULL, 0, 0,
	N_("the absolute path of a dictionary of cracklib, without its ending")},
    {"badwords", value_names, AT(policy, password.badwords), NULL, 0, 0,
	N_("words, separated by commas or blanks")},
    {"organisation", value_names, AT(policy, password.organisation), NULL, 0, 0,
	N_("words, separated by commas or blanks")},
    {"filters", value_names, AT(policy, password.filters), NULL, 0, 0, NAMES},
    {"passphrase", value_bool, AT(policy, password.passphrase), yes_words, 0, 0, YES_NO},
    {"passphrase_words", value_count, AT(policy, password.passphrase_words), NULL, 3, 20,
	N_("a whole number from 3 to 20")},
    {"passphrase_length", value_count, AT(policy, password.passphrase_length), NULL, 12, 512,
	N_("a whole number of characters from 12 to 512")},
    {"remember", value_count, AT(policy, password.remember), NULL, 0, 400,
	N_("a whole number from 0 (keep none) to 400")},
    {"max_age", value_duration, AT(policy, password.max_age_ms), NULL, 0, DURATION_MAX_MS,
	AGE},
    {"max_age_admin", value_duration, AT(policy, password.max_age_admin_ms), NULL, 0,
	DURATION_MAX_MS, AGE},
    {"warn_before", value_duration, AT(policy, password.warn_ms), NULL, 0, DURATION_MAX_MS,
	AGE},
    {"change_after_root", value_bool, AT(policy, password.change_after_root), yes_words, 0, 0,
	YES_NO},
    {"enforce_for_root", value_bool, AT(policy, password.enforce_for_root), yes_words, 0, 0,
	YES_NO},
};

static const struct policy_key notice_keys[] = {
    {"version", value_line, AT(policy, notice_version), NULL, 0, 0, LINE_TEXT},
    {"text", value_text, AT(policy, notice_text), NULL, 0, 0, N_("a text")},
    {"text_ja", value_text, AT(policy, notice_text_ja), NULL, 0, 0, N_("a text")},
    {"sshd_banner", value_bool, AT(policy, notice_banner), yes_words, 0, 0, YES_NO},
    {"last_login", value_bool, AT(policy, last_login), yes_words, 0, 0, YES_NO},
    {"receipt", value_bool, AT(policy, receipt), yes_words, 0, 0, YES_NO},
};

static const struct policy_key retention_keys[] = {
    {"access", value_duration, AT(policy, retain_ms[RETAIN_ACCESS]), NULL, PERIOD_MIN_MS,
	PERIOD_MAX_MS, PERIOD},
    {"privilege", value_duration, AT(policy, retain_ms[RETAIN_PRIVILEGE]), NULL, PERIOD_MIN_MS,
	PERIOD_MAX_MS, PERIOD},
    {"policy", value_duration, AT(policy, retain_ms[RETAIN_POLICY]), NULL, PERIOD_MIN_MS,
	PERIOD_MAX_MS, PERIOD},
    {"operation", value_duration, AT(policy, retain_ms[RETAIN_OPERATION]), NULL, PERIOD_MIN_MS,
	PERIOD_MAX_MS, PERIOD},
    {"redactors", value_names, AT(policy, redactors), NULL, 0, 0, NAMES},
};

#define SIZE N_("a number of bytes such as 500M or 2G, or 0 (never)")

static const struct policy_key audit_keys[] = {
    {"auditors", value_members, AT(policy, auditors), NULL, 0, 0,
	N_("names of accounts or @group, separated by commas or blanks")},
    {"review_within", value_duration, AT(policy, review_within_ms), NULL, PERIOD_MIN_MS,
	DURATION_MAX_MS, PERIOD},
    {"download_warn", value_size, AT(policy, download_warn), NULL, 0, 0, SIZE},
    {"download_warn_day", value_size, AT(policy, download_warn_day), NULL, 0, 0, SIZE},
};

static const struct policy_key keys_keys[] = {
    {"sealing_lifetime", value_duration, AT(policy, sealing_lifetime_ms), NULL, SECOND_MS,
	DURATION_MAX_MS, DURATION},
    {"log_lifetime", value_duration, AT(policy, log_lifetime_ms), NULL, SECOND_MS,
	DURATION_MAX_MS, DURATION},
};

#define LEVEL N_("a level of the rating such as confidentiality-2")

static const struct policy_key export_keys[] = {
    {"encrypt_from", value_level, AT(policy, export_encrypt_from), NULL, 0, 0, LEVEL},
    {"notice_from", value_level, AT(policy, export_notice_from), NULL, 0, 0, LEVEL},
    {"approve_from", value_level, AT(policy, export_approve_from), NULL, 0, 0, LEVEL},
    {"approvers", value_names, AT(policy, export_approvers), NULL, 0, 0, NAMES},
};

static const struct policy_key backup_keys[] = {
    {"every", value_duration, AT(policy, backup_every_ms), NULL, 60 * SECOND_MS,
	DURATION_MAX_MS, N_("a duration such as 24h, from 1m to 3650d")},
    {"to", value_path, AT(policy, backup_to), NULL, 0, 0,
	N_("the absolute path of a directory")},
    {"recipient", value_recipients, AT(policy, backup_recipient), NULL, 0, 0,
	N_("a line such as sekisho-recipient+NAME+KEY, as \"sekisho key recipient\" prints "
	   "it")},
    {"keep", value_count, AT(policy, backup_keep), NULL, 0, 10000,
	N_("a whole number from 0 (all) to 10000")},
};

static const struct policy_key exceptions_keys[] = {
    {"approvers", value_members, AT(policy, exception_approvers), NULL, 0, 0, MEMBERS},
    {"max_duration", value_duration, AT(policy, exception_max_ms), NULL, 60 * SECOND_MS,
	DURATION_MAX_MS, N_("a duration such as 90d, from 1m to 3650d")},
    {"emergency", value_duration, AT(policy, emergency_max_ms), NULL, 0, DURATION_MAX_MS,
	N_("a duration such as 24h, from 0s (never) to 3650d")},
    {"report_within", value_duration, AT(policy, exception_report_ms), NULL, PERIOD_MIN_MS,
	DURATION_MAX_MS, N_("a duration such as 14d, from 1d to 3650d")},
};

static const struct policy_key bypass_keys[] = {
    {"approvers", value_members, AT(policy, bypass_approvers), NULL, 0, 0, MEMBERS},
    {"max_duration", value_duration, AT(policy, bypass_max_ms), NULL, 60 * SECOND_MS,
	PERIOD_MIN_MS, N_("a duration such as 1h, from 1m to 1d")},
};

static const struct policy_key break_glass_keys[] = {
    {"reviewers", value_members, AT(policy, reviewers), NULL, 0, 0, MEMBERS},
};

static const struct policy_key account_keys[] = {
    {"class", value_word, AT(account, class), account_class_words, 0, 0, NULL},
    {"person", value_person, AT(account, person), NULL, 0, 0, N_("the name of a person")},
    {"from", value_sources, AT(account, from), source_words, 0, 0, SOURCES},
    {"reason", value_line, AT(account, reason), NULL, 0, 0, LINE_TEXT},
    {"approved_by", value_line, AT(account, approved_by), NULL, 0, 0, LINE_TEXT},
    {"exclusive", value_bool, AT(account, exclusive), yes_words, 0, 0, YES_NO},
    {"by_role", value_bool, AT(account, by_role), yes_words, 0, 0, YES_NO},
};

static const struct policy_key device_keys[] = {
    {"owner", value_person, AT(machine, owner), NULL, 0, 0, N_("the name of a person")},
    {"kind", value_word, AT(machine, kind), machine_kind_words, 0, 0, NULL},
    {"key", value_fingerprints, AT(machine, key), NULL, 0, 0,
	N_("fingerprints as \"ssh-keygen -l\" prints them, SHA256:...")},
    {"address", value_sources, AT(machine, address), NULL, 0, 0, SOURCES},
};

#define IDLE         N_("a duration such as 30m, from 1m to 30d")
#define CAPABILITIES N_("names of capabilities such as cap_net_bind_service")

static const struct policy_key session_keys[] = {
    {"drop_capabilities", value_capabilities, AT(policy, session_drop), capability_words, 0, 0,
	CAPABILITIES},
    {"no_new_privs", value_bool, AT(policy, session_no_new_privs), yes_words, 0, 0, YES_NO},
    {"idle_person", value_duration, AT(policy, idle_ms[CLASS_PERSON]), NULL, 60 * SECOND_MS,
	30 * PERIOD_MIN_MS, IDLE},
    {"idle_admin", value_duration, AT(policy, idle_ms[CLASS_ADMIN]), NULL, 60 * SECOND_MS,
	30 * PERIOD_MIN_MS, IDLE},
    {"idle_shared", value_duration, AT(policy, idle_ms[CLASS_SHARED]), NULL, 60 * SECOND_MS,
	30 * PERIOD_MIN_MS, IDLE},
    {"idle_warning", value_duration, AT(policy, idle_warn_ms), NULL, 0, PERIOD_MIN_MS,
	N_("a duration such as 1m, from 0s (none) to 1d")},
};

static const struct policy_key service_keys[] = {
    {"class", value_word, AT(service, class), service_class_words, SERVICE_REMOTE, 0,
	N_("one of: remote, console, elevation, re-authentication, scheduled, "
	   "non-interactive")},
    {"appended_code", value_bool, AT(service, appended_code), yes_words, 0, 0, YES_NO},
    {"observe", value_until, AT(service, observe), until_words, 0, 0, UNTIL},
    {"everyday", value_word, AT(service, everyday), everyday_words, 1, 0, YES_NO},
};

static const struct policy_key group_keys[] = {
    {"observe", value_until, AT(group_policy, observe), until_words, 0, 0, UNTIL},
    {"grace", value_grace, AT(group_policy, grace), grace_words, 0, 0, N_("until YYYY-MM-DD")},
};

static const struct policy_key rule_keys[] = {
    {"account", value_accounts, AT(rule, account), NULL, 0, 0,
	N_("names of accounts, @group or *, separated by commas or blanks")},
    {"group", value_groups, AT(rule, group), NULL, 0, 0,
	N_("names of groups or *, separated by commas or blanks")},
    {"role", value_services, AT(rule, role), NULL, 0, 0,
	N_("names of roles or *, separated by commas or blanks")},
    {"require_attribute", value_names, AT(rule, require_attribute), NULL, 0, 0,
	N_("names of sections [attribute NAME], separated by commas or blanks")},
    {"service", value_services, AT(rule, service), NULL, 0, 0,
	N_("names of PAM services or *, separated by commas or blanks")},
    {"class", value_mask, AT(rule, class_mask), account_class_words, 0, 0, NULL},
    {"service_class", value_mask, AT(rule, service_class_mask), service_class_words, 0, 0,
	NULL},
    {"from", value_sources, AT(rule, from), source_words, 0, 0, SOURCES},
    {"time", value_hours, AT(rule, time), NULL, 0, 0,
	N_("days and hours such as mon-fri 08:00-18:00, separated by commas")},
    {"rating", value_level, AT(rule, rating), NULL, 0, 0, LEVEL},
    {"host", host_conditions_take, AT(rule, host), NULL, 0, 0,
	N_("names and limits such as days-since-update > 30, separated by commas")},
    {"require", value_require, 0, require_words, SECOND_MS, DURATION_MAX_MS,
	N_("mfa or \"mfa within\" a duration such as 15m")},
    {"refuse", value_bool, AT(rule, refuse), yes_words, 0, 0, YES_NO},
    {"device", value_word, AT(rule, device), required_words, MACHINE_REGISTERED, 0,
	N_("registered or issued")},
    {"control", value_controls, AT(rule, control), NULL, 0, 0,
	N_("ids of the control catalogue such as AUTH-6")},
};

const char *const role_kind_words[] = {
    [ROLE_PLAIN] = "role",
    [ROLE_REMOTE_WORK] = "remote-work",
    NULL,
};

static const struct policy_key role_keys[] = {
    {"members", value_role_members, 0, NULL, 0, 0,
	N_("names of accounts or @group, each with \"until YYYY-MM-DD\" if it ends, separated by "
	   "commas or blanks")},
    {"kind", value_word, AT(role, kind), role_kind_words, ROLE_PLAIN, 0,
	N_("role or remote-work")},
    {"premises", value_sources, AT(role, premises), source_words, 0, 0, SOURCES},
    {"max_members", value_count, AT(role, max_members), NULL, 1, 10000,
	N_("a whole number of people from 1 to 10000")},
    {"approve", value_approve, 0, approve_words, 0, 0,
	N_("nobody, or such as \"1 from @security and 2 from alice, bob\"; \"or\" between "
	   "ways that are enough by themselves")},
    {"max_duration", value_duration, AT(role, max_duration_ms), NULL, 60 * SECOND_MS,
	30 * PERIOD_MIN_MS, N_("a duration such as 30m or 4h, from 1m to 30d")},
    {"commands", value_commands, AT(role, commands), NULL, 0, 0,
	N_("ALL, or absolute paths with their arguments, separated by commas, without * ? [ ^ ! "
	   "and quotes")},
    {"run_as", value_person, AT(role, run_as), NULL, 0, 0, N_("the name of an account")},
    {"mask", value_options, AT(role, mask), NULL, 0, 0,
	N_("options such as -p or --key, separated by commas or blanks")},
    {"ticket", value_pattern, AT(role, ticket), NULL, 0, 0,
	N_("an extended regular expression without \\1, such as CASE-[0-9]+")},
    {"superiors", value_members, AT(role, superiors), NULL, 0, 0,
	N_("names of accounts or @group, separated by commas or blanks")},
    {"attributes", value_names, AT(role, attributes), NULL, 0, 0,
	N_("names of sections [attribute NAME], separated by commas or blanks")},
    {"mfa_within", value_duration, AT(role, mfa_within_ms), NULL, SECOND_MS, DURATION_MAX_MS,
	DURATION},
    {"end", value_word, AT(role, end), role_end_words, 0, 0, NULL},
    {"plugin", value_word, AT(role, plugin), role_plugin_words, 0, 0, NULL},
    {"review", value_review, 0, review_words, PERIOD_MIN_MS, PERIOD_MAX_MS,
	N_("a duration such as 180d, or fiscal-year")},
    {"reviewers", value_members, AT(role, reviewers), NULL, 0, 0, MEMBERS},
    {"each_use", value_word, AT(role, each_use), change_words, CHANGE_ONE_PERSON, 0,
	N_("one-person or two-person")},
    {"root_equivalent", value_word, AT(role, root_equivalent), root_words, ROOT_YES, 0, YES_NO},
    {"capabilities", value_capabilities, AT(role, capabilities), capability_words, 0, 0,
	CAPABILITIES},
    {"from", value_sources, AT(role, from), source_words, 0, 0, SOURCES},
    {"time", value_hours, AT(role, time), NULL, 0, 0,
	N_("days and hours such as mon-fri 08:00-18:00, separated by commas")},
};

#define APPROVERS N_("such as \"2 from @continuity\" or \"1 from @a and 1 from bob\"")

static const struct policy_key contingency_keys[] = {
    {"text", value_line, AT(contingency, text), NULL, 0, 0, LINE_TEXT},
    {"approvers", value_activate, 0, NULL, 0, 0, APPROVERS},
    {"for", value_duration, AT(contingency, for_ms), NULL, 60 * SECOND_MS, 7 * PERIOD_MIN_MS,
	N_("a duration such as 8h, from 1m to 7d")},
    {"lower", value_lower, AT(contingency, lower), NULL, 0, 0,
	N_("RULE:KEY such as office:device, separated by commas or blanks")},
    {"roles", value_names, AT(contingency, roles), NULL, 0, 0, NAMES},
    {"approve", value_approve_instead, 0, NULL, 0, 0, APPROVERS},
};

static const struct policy_key host_attribute_keys[] = {
    {"file", value_path, AT(host_attribute, file), NULL, 0, 0,
	N_("the absolute path of a file of root's")},
    {"command", value_host_command, AT(host_attribute, command), NULL, 0, 0,
	N_("a program in /etc/sekisho/host.d")},
    {"every", value_duration, AT(host_attribute, every_ms), NULL, 10 * SECOND_MS, PERIOD_MAX_MS,
	N_("a duration such as 1h, from 10s")},
    {"stale", value_duration, AT(host_attribute, stale_ms), NULL, 10 * SECOND_MS, PERIOD_MAX_MS,
	N_("a duration such as 1d, from 10s")},
};

static const struct policy_key attribute_keys[] = {
    {"text", value_line, AT(attribute, text), NULL, 0, 0, LINE_TEXT},
    {"valid", value_duration, AT(attribute, valid_ms), NULL, PERIOD_MIN_MS, PERIOD_MAX_MS, PERIOD},
    {"fiscal_year", value_bool, AT(attribute, fiscal_year), yes_words, 0, 0, YES_NO},
    {"renewal", value_duration, AT(attribute, renewal_ms), NULL, 0, PERIOD_MAX_MS, PERIOD},
    {"grace", value_duration, AT(attribute, grace_ms), NULL, 0, PERIOD_MAX_MS, PERIOD},
};

static const struct policy_key person_keys[] = {
    {"appointed", value_date, AT(person, appointed_wall_ms), NULL, 0, 0,
	N_("a date YYYY-MM-DD")},
    {"kana", value_line, AT(person, kana), NULL, 0, 0, LINE_TEXT},
    {"unit", value_line, AT(person, unit), NULL, 0, 0, LINE_TEXT},
    {"contact", value_line, AT(person, contact), NULL, 0, 0, LINE_TEXT},
};

static const struct policy_key officer_keys[] = {
    {"role", value_line, AT(officer, role), NULL, 0, 0, LINE_TEXT},
    {"kana", value_line, AT(officer, kana), NULL, 0, 0, LINE_TEXT},
    {"clauses", value_clauses, AT(officer, clauses), NULL, 0, 0,
	N_("clauses such as B1.2.3.2 or A1.4, ids of controls such as AUTH-6, or *")},
    {"unit", value_line, AT(officer, unit), NULL, 0, 0, LINE_TEXT},
    {"contact", value_line, AT(officer, contact), NULL, 0, 0, LINE_TEXT},
};

const char *const plan_kind_words[] = {
    [PLAN_SELF_CHECK] = "self-check",
    [PLAN_AUDIT] = "audit",
    [PLAN_TRAINING] = "training",
    [PLAN_REVIEW] = "review",
    NULL,
};

static const struct policy_key plan_keys[] = {
    {"kind", value_word, AT(plan_item, kind), plan_kind_words, PLAN_SELF_CHECK, 0,
	N_("one of: self-check, audit, training, review")},
    {"date", value_date, AT(plan_item, date_wall_ms), NULL, 0, 0, N_("a date YYYY-MM-DD")},
    {"officer", value_line, AT(plan_item, officer), NULL, 0, 0, LINE_TEXT},
    {"text", value_line, AT(plan_item, text), NULL, 0, 0, LINE_TEXT},
};

static const struct policy_key control_keys[] = {
    {"own", value_line, AT(own_control, own), NULL, 0, 0, LINE_TEXT},
};

static const struct policy_key changes_keys[] = {
    {"detect", value_bool, AT(policy, changes_detect), yes_words, 0, 0, YES_NO},
    {"every", value_duration, AT(policy, changes_every_ms), NULL, 60 * SECOND_MS,
	DURATION_MAX_MS, N_("a duration such as 30m or 6h, from 1m")},
    {"watch", value_paths, AT(policy, changes_watch), NULL, 0, 0,
	N_("absolute paths or patterns, together at most 2000 bytes")},
    {"ignore", value_paths, AT(policy, changes_ignore), NULL, 0, 0,
	N_("absolute paths or patterns, together at most 2000 bytes")},
};

static const struct policy_key forward_keys[] = {
    {"journal", value_word, AT(policy, forward_journal), journal_words, FORWARD_AUTO, 0,
	N_("auto, yes or no")},
    {"syslog", value_targets, AT(policy, forward_syslog), NULL, 0, 0,
	N_("at most 8 of unix:/PATH, udp:ADDRESS:PORT, tcp:ADDRESS:PORT; addresses are "
	   "numbers")},
    {"classes", value_mask, AT(policy, forward_classes), retention_words, 0, 0, NULL},
};

#define TARGETS N_("journal, syslog, mail ADDRESS, command PATH or nobody, separated by commas")

static const struct policy_key alerts_keys[] = {
    {"to", value_alert_targets, AT(policy, alert_to), alert_to_words, 0, 0, TARGETS},
};

static const struct policy_key alert_keys[] = {
    {"text", value_line, AT(alert_rule, text), NULL, 0, 0, LINE_TEXT},
    {"enabled", value_not, AT(alert_rule, off), yes_words, 0, 0, YES_NO},
    {"event", value_events, AT(alert_rule, event), alert_event_words, 0, 0,
	N_("names of events, as the event catalogue has them")},
    {"outcome", value_mask, AT(alert_rule, outcome_mask), outcome_words, 0, 0, NULL},
    {"reason", value_names, AT(alert_rule, reason), NULL, 0, 0,
	N_("reasons as records have them, such as wrong-code")},
    {"account", value_names, AT(alert_rule, account), NULL, 0, 0, NAMES},
    {"class", value_mask, AT(alert_rule, class_mask), account_class_words, 0, 0, NULL},
    {"from", value_sources, AT(alert_rule, from), source_words, 0, 0, SOURCES},
    {"when", value_word, AT(alert_rule, when), alert_when_words, ALERT_WHEN_ALWAYS, 0,
	N_("one of: always, new-source, new-device, elsewhere")},
    {"threshold", value_count, AT(alert_rule, threshold), NULL, 1, ALERT_THRESHOLD_MAX,
	N_("a whole number from 1 to 100")},
    {"within", value_duration, AT(alert_rule, within_ms), NULL, SECOND_MS, 86400 * SECOND_MS,
	N_("a duration such as 10m, from 1s to 1d")},
    {"per", value_word, AT(alert_rule, per), alert_per_words, ALERT_PER_HOST, 0,
	N_("one of: host, account, source")},
    {"count", value_word, AT(alert_rule, count), alert_count_words, ALERT_COUNT_RECORDS, 0,
	N_("one of: records, accounts, sources")},
    {"to", value_alert_targets, AT(alert_rule, to), alert_to_words, 0, 0, TARGETS},
    {"at_most", value_at_most, 0, NULL, SECOND_MS, 86400 * SECOND_MS,
	N_("a number and a duration such as 5 per 1h, at most 1000 per 1d")},
};

/* ---- sections --------------------------------------------------------------------------- */

static void *
table_add_self(struct policy *p, char *name)
{
	free(name);
	return p;
}

static void *
table_add_account(struct policy *p, char *name)
{
	/* Root is nobody's own account, and its mention does not make it so. */
	struct account a = {
	    .name = name, .class = strcmp(name, "root") == 0 ? CLASS_SHARED : CLASS_PERSON};

	if (value_append(&p->account, &p->account_count, &a, sizeof(a)) != 0)
		return NULL;
	return &p->account[p->account_count - 1];
}

static void *
table_add_service(struct policy *p, char *name)
{
	struct service s = {.name = name};

	if (value_append(&p->service, &p->service_count, &s, sizeof(s)) != 0)
		return NULL;
	return &p->service[p->service_count - 1];
}

static void *
table_add_group(struct policy *p, char *name)
{
	struct group_policy g = {.name = name};

	if (value_append(&p->group, &p->group_count, &g, sizeof(g)) != 0)
		return NULL;
	return &p->group[p->group_count - 1];
}

static void *
table_add_rule(struct policy *p, char *name)
{
	struct rule r = {.name = name};

	if (value_append(&p->rule, &p->rule_count, &r, sizeof(r)) != 0)
		return NULL;
	return &p->rule[p->rule_count - 1];
}

static void *
table_add_role(struct policy *p, char *name)
{
	struct role r = {.name = name, .max_duration_ms = 4 * 3600 * SECOND_MS};

	if (value_append(&p->role, &p->role_count, &r, sizeof(r)) != 0)
		return NULL;
	return &p->role[p->role_count - 1];
}

static void *
table_add_contingency(struct policy *p, char *name)
{
	struct contingency c = {.name = name};

	if (value_append(&p->contingency, &p->contingency_count, &c, sizeof(c)) != 0)
		return NULL;
	return &p->contingency[p->contingency_count - 1];
}

static void *
table_add_machine(struct policy *p, char *name)
{
	struct machine m = {.name = name};

	if (value_append(&p->machine, &p->machine_count, &m, sizeof(m)) != 0)
		return NULL;
	return &p->machine[p->machine_count - 1];
}

static void *
table_add_attribute(struct policy *p, char *name)
{
	struct attribute a = {.name = name};

	if (value_append(&p->attribute, &p->attribute_count, &a, sizeof(a)) != 0)
		return NULL;
	return &p->attribute[p->attribute_count - 1];
}

static void *
table_add_host_attribute(struct policy *p, char *name)
{
	return host_attribute_add(p, name);
}

static void *
table_add_person(struct policy *p, char *name)
{
	struct person person = {.name = name};

	if (value_append(&p->person, &p->person_count, &person, sizeof(person)) != 0)
		return NULL;
	return &p->person[p->person_count - 1];
}

static void *
table_add_officer(struct policy *p, char *name)
{
	struct officer o = {.name = name};

	if (value_append(&p->officer, &p->officer_count, &o, sizeof(o)) != 0)
		return NULL;
	return &p->officer[p->officer_count - 1];
}

static void *
table_add_plan(struct policy *p, char *name)
{
	struct plan_item item = {.name = name};

	if (value_append(&p->plan, &p->plan_count, &item, sizeof(item)) != 0)
		return NULL;
	return &p->plan[p->plan_count - 1];
}

static void *
table_add_own(struct policy *p, char *name)
{
	struct own_control o = {.name = name};

	if (value_append(&p->own, &p->own_count, &o, sizeof(o)) != 0)
		return NULL;
	return &p->own[p->own_count - 1];
}

static void *
table_add_alert(struct policy *p, char *name)
{
	struct alert_rule a = {.name = name};

	if (value_append(&p->alert, &p->alert_count, &a, sizeof(a)) != 0)
		return NULL;
	return &p->alert[p->alert_count - 1];
}

const struct policy_section policy_sections[] = {
    {"host", false, table_add_self, NULL, host_keys, COUNT(host_keys)},
    {"confirm", false, table_add_self, NULL, confirm_keys, COUNT(confirm_keys)},
    {"lockout", false, table_add_self, NULL, lockout_keys, COUNT(lockout_keys)},
    {"factor", false, table_add_self, check_purpose, factor_keys, COUNT(factor_keys)},
    {"password", false, table_add_self, check_password, password_keys, COUNT(password_keys)},
    {"retention", false, table_add_self, NULL, retention_keys, COUNT(retention_keys)},
    {"audit", false, table_add_self, NULL, audit_keys, COUNT(audit_keys)},
    {"keys", false, table_add_self, NULL, keys_keys, COUNT(keys_keys)},
    {"export", false, table_add_self, NULL, export_keys, COUNT(export_keys)},
    {"backup", false, table_add_self, check_backup, backup_keys, COUNT(backup_keys)},
    {"account", true, table_add_account, NULL, account_keys, COUNT(account_keys)},
    {"service", true, table_add_service, NULL, service_keys, COUNT(service_keys)},
    {"group", true, table_add_group, NULL, group_keys, COUNT(group_keys)},
    {"rule", true, table_add_rule, NULL, rule_keys, COUNT(rule_keys)},
    {"role", true, table_add_role, NULL, role_keys, COUNT(role_keys)},
    {"device", true, table_add_machine, machine_check, device_keys, COUNT(device_keys)},
    {"session", false, table_add_self, NULL, session_keys, COUNT(session_keys)},
    {"attribute", true, table_add_attribute, NULL, attribute_keys, COUNT(attribute_keys)},
    {"person", true, table_add_person, NULL, person_keys, COUNT(person_keys)},
    {"officer", true, table_add_officer, NULL, officer_keys, COUNT(officer_keys)},
    {"plan", true, table_add_plan, check_plan, plan_keys, COUNT(plan_keys)},
    {"control", true, table_add_own, check_own, control_keys, COUNT(control_keys)},
    {"changes", false, table_add_self, NULL, changes_keys, COUNT(changes_keys)},
    {"forward", false, table_add_self, NULL, forward_keys, COUNT(forward_keys)},
    {"alerts", false, table_add_self, NULL, alerts_keys, COUNT(alerts_keys)},
    {"notice", false, table_add_self, check_notice, notice_keys, COUNT(notice_keys)},
    {"alert", true, table_add_alert, NULL, alert_keys, COUNT(alert_keys)},
    {"exceptions", false, table_add_self, NULL, exceptions_keys, COUNT(exceptions_keys)},
    {"bypass", false, table_add_self, NULL, bypass_keys, COUNT(bypass_keys)},
    {"break-glass", false, table_add_self, NULL, break_glass_keys, COUNT(break_glass_keys)},
    {"contingency", true, table_add_contingency, NULL, contingency_keys, COUNT(contingency_keys)},
    {"host-attribute", true, table_add_host_attribute, host_attribute_check, host_attribute_keys,
	COUNT(host_attribute_keys)},
};

const size_t policy_section_count = COUNT(policy_sections);
