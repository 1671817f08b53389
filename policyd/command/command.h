/*
 * Commands from the command line: what the functions of the verbs share. command.c has the
 * table; factor.c, user.c, policy.c … carry them out, one function a verb.
 */
#ifndef SEKISHO_COMMAND_H
#define SEKISHO_COMMAND_H

#include "report/head.h"
#include "server.h"
#include <jansson.h>

/* One function a verb: inside the turn's transaction, fills job->command_reply and payload. */
typedef int command_verb(struct server *s, struct job *job);

command_verb command_status, command_purpose, command_log, command_report,
    command_break_glass_made;
command_verb command_enroll, command_enroll_confirm, command_factor_list, command_factor_end,
    command_factor_import, command_recovery_codes;
command_verb command_survey, command_metrics, command_check_done, command_check_sign_off;
command_verb command_user_show, command_user_list, command_user_unlock, command_user_state,
    command_user_retire, command_run_program,
    command_session_list;
command_verb command_user_add, command_password_expire;
command_verb command_backup_made, command_export, command_audit_report, command_audit_report_part;
/* Was the report under way begun by this peer? If not, the reply says so. */
bool command_audit_report_is_theirs(struct job *job);
command_verb command_audit_bundle, command_audit_bundle_part, command_audit_bundle_sign;
bool command_audit_bundle_is_theirs(struct job *job);
command_verb command_policy_show, command_policy_apply, command_policy_history,
    command_policy_rollback, command_explain;
command_verb command_head, command_receipt, command_paper;
command_verb command_training_list, command_training_excuse, command_plan_list,
    command_plan_done, command_self_check, command_self_check_list;
command_verb command_change;
command_verb command_key_list, command_key_load, command_key_log, command_key_reanchor,
    command_key_backed_up, command_decommission;

command_verb command_retain, command_retain_now, command_hold_add, command_hold_list,
    command_hold_release;
command_verb command_password_check;
command_verb command_request, command_role_list, command_grant_list, command_grant_show,
    command_grant_end;
command_verb command_attribute_set, command_attribute_revoke, command_attribute_list,
    command_permit_report;
command_verb command_role_review, command_role_certify;
command_verb command_staff_import, command_staff_show, command_staff_reconcile;
command_verb command_redact, command_pending, command_approve, command_deny;
command_verb command_review, command_review_open, command_review_mark, command_review_sign,
    command_review_list, command_finding_add, command_finding_list, command_finding_close;
command_verb command_alert_list, command_alert_test;
command_verb command_exception_request, command_exception_list, command_exception_show,
    command_exception_end, command_exception_report;
command_verb command_policy_waiting;
command_verb command_contingency_list, command_contingency_activate;
command_verb command_trial;
command_verb command_bypass_request, command_break_glass_state, command_break_glass_review;

/* What the verb's decision needs; the rest of *f is the caller's. Evaluates a given code (on
 * the peer's own lane, spending it) and takes the warden's word on a given password. */
int command_facts(
    struct server *s, struct job *job, struct admin_request *r, struct admin_facts *f);
/* Decides and writes the record; extra() may add fields. True when it was allowed. */
int command_decide(struct server *s, struct job *job, const struct admin_request *r,
    const struct admin_facts *f, void (*extra)(struct record *, void *), void *context,
    struct decision *d);
/* A finished sentence for the person. */
void command_say(struct job *job, enum command_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The sentence for a refusal of this kind. */
void command_say_refused(struct server *s, struct job *job, const struct decision *d);
/* The live device of r->name, else the newest that ever had it; *found: is there any. */
int command_find_device(
    struct server *s, const struct admin_request *r, struct device *out, bool *found);
/* For command_decide(): the struct device that is its context, in the record. */
void command_put_device(struct record *record, void *device);
/* The register of a user's devices, newest first. */
json_t *command_devices_json(struct server *s, const char *user, uint32_t uid);
/* One sentence after a device ended: how that person gets in now. */
int command_way_back(struct server *s, const struct admin_request *r, char *out, size_t size);
/* Did this person have a device once, and end it themselves? */
int command_gave_up(struct server *s, const struct admin_request *r, bool *gave_up);
/* A policy of that digest goes into force in this turn: does it wait for a confirmation? The
 * reply's "next" is then the deadline on the wall clock. */
int command_change_of_policy(struct server *s, struct job *job, const char *to);
/* How the account begins and ends, into what is shown of it: invitation, end, a password that has
 * to be changed. */
int command_put_terms(struct server *s, const char *user, uint32_t uid, json_t *o);
/* Signs a head over all that is recorded, this turn's records too. Call log_head_clear() in any
 * case. */
int command_head_now(struct server *s, struct log_head *head);
/* The payload is this object, which is taken. */
int command_json(struct job *job, json_t *taken);

#endif
