/* Names of the closed lists, and the tables that write requests and facts into records. */
#include "decide/elevation.h"

const char *const lane_words[] = {
    "none", "key", "local", "own", "stranger", "peer", "unknown", NULL};
const char *const code_result_words[] = {
    "none", "match", "replayed", "below-floor", "wrong", "recovery", "recovery-spent", NULL};
const char *const password_turn_words[] = {"here", "later", "over", NULL};
const char *const invitation_words[] = {
    "none", "open", "spent", "expired", "withdrawn", "void", NULL};
const char *const factor_words[] = {"none", "totp", "recovery-code", "token", NULL};

const char *const reason_words[] = {
    [REASON_NONE] = "none",
    [REASON_OK] = "ok",
    [REASON_CHARGED] = "charged",
    [REASON_FIRST_FACTOR_OK] = "first-factor-ok",
    [REASON_WRONG_PASSWORD] = "wrong-password",
    [REASON_WRONG_CODE] = "wrong-code",
    [REASON_REPLAYED_CODE] = "replayed-code",
    [REASON_CODE_BELOW_FLOOR] = "code-below-floor",
    [REASON_SPENT_RECOVERY_CODE] = "spent-recovery-code",
    [REASON_CODE_IS_PASSWORD] = "code-is-password",
    [REASON_NO_CODE] = "no-code",
    [REASON_LOCKED] = "locked",
    [REASON_SOURCE_LOCKED] = "source-locked",
    [REASON_NO_DEVICE] = "no-device",
    [REASON_MFA_REQUIRED] = "mfa-required",
    [REASON_MFA_STALE] = "mfa-stale",
    [REASON_KEY_ONLY] = "key-only",
    [REASON_SUSPENDED] = "suspended",
    [REASON_REFUSED_BY_RULE] = "refused-by-rule",
    [REASON_SHARED_DIRECT] = "shared-account-direct",
    [REASON_SERVICE_INTERACTIVE] = "service-account-interactive",
    [REASON_OTHER_PERSON] = "other-person",
    [REASON_UNKNOWN_USER] = "unknown-user",
    [REASON_ABANDONED] = "abandoned",
    [REASON_FACTOR_FRESH] = "factor-fresh",
    [REASON_NOT_REQUIRED] = "not-required",
    [REASON_OBSERVED] = "observed",
    [REASON_ROOT_CALLER] = "root-caller",
    [REASON_NOT_PERMITTED] = "not-permitted",
    [REASON_DISK_FULL] = "disk-full",
    [REASON_PROCESS_ENDED] = "process-ended",
    [REASON_ENDED_UNOBSERVED] = "ended-unobserved",
    [REASON_ENDED_BY_REBOOT] = "ended-by-reboot",
    [REASON_PURPOSE_NOT_ACCEPTED] = "purpose-not-accepted",
    [REASON_ENROLMENT_CLOSED] = "enrolment-closed",
    [REASON_PROOF_NEEDED] = "proof-needed",
    [REASON_EXISTS] = "exists",
    [REASON_NOT_FOUND] = "not-found",
    [REASON_INVALID_VALUE] = "invalid-value",
    [REASON_ROOT_ONLY] = "root-only",
    [REASON_WRONG_STATE] = "wrong-state",
    [REASON_NOT_IDENTIFIED] = "not-identified",
    [REASON_SAME_PERSON] = "same-person",
    [REASON_ON_HOLD] = "on-hold",
    [REASON_KEPT_FOR_EVER] = "kept-for-ever",
    [REASON_EXPIRED] = "expired",
    [REASON_WITHDRAWN] = "withdrawn",
    [REASON_DECLINED] = "declined",
    [REASON_GRACE] = "grace",
    [REASON_WEAK_PASSWORD] = "weak-password",
    [REASON_PASSWORD_UNCHECKED] = "password-unchecked",
    [REASON_TOO_LONG] = "too-long",
    [REASON_WRONG_PLACE] = "wrong-place",
    [REASON_OUTSIDE_HOURS] = "outside-hours",
    [REASON_ROLE_FULL] = "role-full",
    [REASON_REVOKED] = "revoked",
    [REASON_BUSY] = "busy",
    [REASON_NO_GRANT] = "no-grant",
    [REASON_STANDING_RIGHT] = "standing-right",
    [REASON_INVITED] = "invited",
    [REASON_INVITATION_OVER] = "invitation-over",
    [REASON_PASSWORD_EXPIRED] = "password-expired",
    [REASON_ACCOUNT_ENDED] = "account-ended",
    [REASON_COUNT] = NULL,
};

#define R(member, kind, tag, name) FIELD(struct request, member, kind, tag, name)
static const struct field request_rows[] = {
    FIELD_ENUM(struct request, phase, phase_words, 1, "sekisho.phase"),
    R(flags, FIELD_U32, 2, "sekisho.flags"),
    R(user, FIELD_STR, 3, "user.name"),
    R(known, FIELD_BOOL, 4, "sekisho.user.known"),
    R(uid, FIELD_U32, 5, "user.id"),
    R(service, FIELD_STR, 6, "service.name"),
    R(source, FIELD_STR, 7, "source.ip"),
    R(tty, FIELD_STR, 8, "process.tty"),
    R(key, FIELD_STR, 9, "sekisho.device.key"),
    R(method, FIELD_STR, 10, "sekisho.method"),
    R(token, FIELD_STR, 11, "sekisho.token"),
    R(connection, FIELD_STR, 12, "sekisho.connection"),
    R(actor, FIELD_STR, 13, "user.effective.name"),
    R(actor_uid, FIELD_U32, 14, "user.effective.id"),
    R(by_root, FIELD_BOOL, 15, "sekisho.peer.root"),
    R(real_uid, FIELD_U32, 16, "sekisho.peer.uid"),
    R(login_uid, FIELD_U32, 17, "sekisho.login.uid"),
    R(audit_session, FIELD_U32, 18, "sekisho.login.session"),
    R(pid, FIELD_U32, 19, "process.pid"),
    R(parent, FIELD_U32, 20, "process.parent.pid"),
    R(pid_start, FIELD_U64, 21, "sekisho.process.start"),
    R(parent_start, FIELD_U64, 22, "sekisho.process.parent.start"),
    R(has_code, FIELD_BOOL, 23, "sekisho.code.given"),
    R(notice, FIELD_STR, 24, "sekisho.notice.version"),
    R(notice_acknowledged, FIELD_BOOL, 25, "sekisho.notice.acknowledged"),
    R(notice_banner, FIELD_BOOL, 26, "sekisho.notice.banner"),
    R(purpose, FIELD_STR, 100, "sekisho.purpose.version"),
};
#undef R
const struct fields request_fields = FIELDS(struct request, request_rows);

#define F(member, kind, tag, name) FIELD(struct facts, member, kind, tag, "sekisho.fact." name)
static const struct field facts_rows[] = {
    F(wall_ms, FIELD_I64, 1, "wall"),
    F(boot_ms, FIELD_I64, 2, "boot"),
    F(weekday, FIELD_U32, 3, "weekday"),
    F(minute_of_day, FIELD_U32, 4, "minute"),
    F(suspended, FIELD_BOOL, 5, "suspended"),
    F(groups_known, FIELD_BOOL, 6, "groups.known"),
    F(groups, FIELD_STR, 7, "groups"),
    FIELD_ENUM(struct facts, lane, lane_words, 8, "sekisho.lane"),
    F(lane_key, FIELD_STR, 9, "lane.key"),
    F(known_source, FIELD_BOOL, 10, "source.known"),
    F(lane_count, FIELD_U32, 11, "lane.count"),
    F(lane_open, FIELD_U32, 12, "lane.open"),
    F(lane_age_ms, FIELD_I64, 13, "lane.age"),
    F(lane_window_age_ms, FIELD_I64, 14, "lane.window"),
    F(source_level_milli, FIELD_U32, 15, "source.level"),
    F(source_age_ms, FIELD_I64, 16, "source.age"),
    F(source_users, FIELD_U32, 17, "source.users"),
    F(may_wait, FIELD_BOOL, 18, "may-wait"),
    F(txn, FIELD_BOOL, 19, "txn"),
    FIELD(struct facts, txn_id, FIELD_U64, 20, "sekisho.transaction"),
    F(txn_charged, FIELD_BOOL, 21, "txn.charged"),
    F(txn_first_factor, FIELD_BOOL, 22, "txn.first-factor"),
    F(txn_accounted, FIELD_BOOL, 23, "txn.accounted"),
    FIELD_ENUM(struct facts, txn_factor, factor_words, 24, "sekisho.fact.txn.factor"),
    F(txn_factor_age_ms, FIELD_I64, 25, "txn.factor.age"),
    F(session, FIELD_BOOL, 26, "session"),
    FIELD(struct facts, session_id, FIELD_U64, 27, "sekisho.session"),
    F(session_uid, FIELD_U32, 28, "session.uid"),
    F(session_user, FIELD_STR, 29, "session.user"),
    F(session_source, FIELD_STR, 30, "session.source"),
    FIELD_ENUM(struct facts, session_factor, factor_words, 31, "sekisho.fact.session.factor"),
    F(session_factor_age_ms, FIELD_I64, 32, "session.factor.age"),
    F(principal, FIELD_STR, 33, "principal"),
    F(principal_uid, FIELD_U32, 34, "principal.uid"),
    F(devices, FIELD_U32, 35, "devices"),
    F(recovery_codes, FIELD_U32, 36, "recovery-codes"),
    FIELD_ENUM(struct facts, code, code_result_words, 37, "sekisho.fact.code"),
    FIELD(struct facts, device, FIELD_U64, 38, "sekisho.device.id"),
    FIELD(struct facts, device_name, FIELD_STR, 39, "sekisho.device.name"),
    F(step, FIELD_I64, 40, "step"),
    FIELD(struct facts, drift, FIELD_U32, 41, "sekisho.fact.drift"),
    F(code_retry_ms, FIELD_I64, 42, "code.retry"),
    F(session_service, FIELD_STR, 43, "session.service"),
    F(device_new, FIELD_BOOL, 44, "device.new"),
    F(date_ms, FIELD_I64, 45, "date"),
    FIELD(struct facts, grants, FIELD_STR, 46, "sekisho.grants"),
    F(password_failed, FIELD_U32, 90, "password.failed"),
    FIELD_ENUM(struct facts, password_turn, password_turn_words, 91, "sekisho.fact.password.turn"),
    FIELD_ENUM(struct facts, invitation, invitation_words, 100, "sekisho.invitation"),
    F(invitation_own, FIELD_BOOL, 101, "invitation.own"),
    F(password_must, FIELD_BOOL, 102, "password.must"),
    F(password_at_ms, FIELD_I64, 103, "password.at"),
    F(shadow_max_days, FIELD_I64, 104, "password.shadow.max"),
    F(account_until_ms, FIELD_I64, 105, "account.until"),
};
#undef F
const struct fields facts_fields = FIELDS(struct facts, facts_rows);

#define A(member, kind, tag, name) FIELD(struct admin_request, member, kind, tag, name)
static const struct field admin_request_rows[] = {
    FIELD_ENUM(struct admin_request, verb, verb_words, 1, "sekisho.verb"),
    A(user, FIELD_STR, 2, "user.name"),
    A(uid, FIELD_U32, 3, "user.id"),
    A(by, FIELD_STR, 4, "user.effective.name"),
    A(by_uid, FIELD_U32, 5, "user.effective.id"),
    A(login_uid, FIELD_U32, 6, "sekisho.login.uid"),
    A(by_root, FIELD_BOOL, 7, "sekisho.peer.root"),
    A(name, FIELD_STR, 8, "sekisho.device.name"),
    A(text, FIELD_TEXT, 9, "message"),
    A(verified_by, FIELD_STR, 10, "sekisho.verified.by"),
    A(verified_how, FIELD_STR, 11, "sekisho.verified.how"),
    A(algorithm, FIELD_STR, 12, "sekisho.device.algorithm"),
    A(digits, FIELD_U32, 13, "sekisho.device.digits"),
    A(period_s, FIELD_U32, 14, "sekisho.device.period"),
    A(purpose_version, FIELD_STR, 15, "sekisho.purpose.version"),
    A(has_password, FIELD_BOOL, 16, "sekisho.password.given"),
    A(has_code, FIELD_BOOL, 17, "sekisho.code.given"),
    A(pid, FIELD_U32, 18, "process.pid"),
    A(request, FIELD_STR, 19, "sekisho.request"),
    A(record, FIELD_U64, 20, "sekisho.request.record"),
    A(role, FIELD_STR, 21, "sekisho.role"),
    A(for_ms, FIELD_I64, 22, "sekisho.role.duration"),
};
#undef A
const struct fields admin_request_fields = FIELDS(struct admin_request, admin_request_rows);

#define F(member, kind, tag, name)                                                             \
	FIELD(struct admin_facts, member, kind, tag, "sekisho.fact." name)
static const struct field admin_facts_rows[] = {
    F(wall_ms, FIELD_I64, 1, "wall"),
    F(password_ok, FIELD_BOOL, 2, "password"),
    F(code_ok, FIELD_BOOL, 3, "code.ok"),
    F(devices, FIELD_U32, 4, "devices"),
    F(found, FIELD_BOOL, 5, "found"),
    F(exists, FIELD_BOOL, 6, "exists"),
    F(state, FIELD_U32, 7, "state"),
    F(suspended, FIELD_BOOL, 8, "suspended"),
    F(gave_up, FIELD_BOOL, 9, "gave-up"),
    F(identified, FIELD_BOOL, 10, "identified"),
    F(redactor, FIELD_BOOL, 11, "redactor"),
    F(same_person, FIELD_BOOL, 12, "same-person"),
    F(on_hold, FIELD_BOOL, 13, "on-hold"),
    F(for_ever, FIELD_BOOL, 14, "for-ever"),
    F(open, FIELD_BOOL, 15, "open"),
    F(must_approve, FIELD_BOOL, 16, "must-approve"),
    F(groups_known, FIELD_BOOL, 17, "groups.known"),
    F(groups, FIELD_STR, 18, "groups"),
    F(source, FIELD_STR, 19, "source"),
    F(weekday, FIELD_U32, 20, "weekday"),
    F(minute_of_day, FIELD_U32, 21, "minute"),
    F(people, FIELD_U32, 22, "people"),
    F(enough, FIELD_BOOL, 23, "enough"),
    F(date_ms, FIELD_I64, 24, "date"),
};
#undef F
const struct fields admin_facts_fields = FIELDS(struct admin_facts, admin_facts_rows);

#define E(member, kind, tag, name) FIELD(struct elevation_request, member, kind, tag, name)
static const struct field elevation_request_rows[] = {
    E(user, FIELD_STR, 1, "user.name"),
    E(uid, FIELD_U32, 2, "user.id"),
    E(actor, FIELD_STR, 3, "user.effective.name"),
    E(login_uid, FIELD_U32, 4, "sekisho.login.uid"),
    E(audit_session, FIELD_U32, 5, "sekisho.login.session"),
    E(pid, FIELD_U32, 6, "process.pid"),
    E(command, FIELD_STR, 7, "process.executable"),
    E(cut, FIELD_BOOL, 8, "sekisho.sudo.cut"),
    E(cwd, FIELD_STR, 9, "process.working_directory"),
    E(tty, FIELD_STR, 10, "process.tty"),
    E(run_as, FIELD_STR, 11, "user.target.name"),
    E(run_as_uid, FIELD_U32, 12, "user.target.id"),
    E(edit, FIELD_BOOL, 13, "sekisho.sudo.edit"),
    E(timeout_s, FIELD_U32, 14, "sekisho.sudo.timeout"),
};
#undef E
const struct fields elevation_request_fields =
    FIELDS(struct elevation_request, elevation_request_rows);

#define F(member, kind, tag, name)                                                             \
	FIELD(struct elevation_facts, member, kind, tag, "sekisho.fact." name)
static const struct field elevation_facts_rows[] = {
    F(wall_ms, FIELD_I64, 1, "wall"),
    F(suspended, FIELD_BOOL, 2, "suspended"),
    F(identified, FIELD_BOOL, 3, "identified"),
    F(source, FIELD_STR, 4, "source"),
    F(weekday, FIELD_U32, 5, "weekday"),
    F(minute_of_day, FIELD_U32, 6, "minute"),
    F(grant, FIELD_U64, 7, "grant"),
    FIELD(struct elevation_facts, role, FIELD_STR, 8, "sekisho.role"),
    F(left_ms, FIELD_I64, 9, "grant.left"),
    F(over, FIELD_BOOL, 10, "grant.over"),
};
#undef F
const struct fields elevation_facts_fields = FIELDS(struct elevation_facts, elevation_facts_rows);
