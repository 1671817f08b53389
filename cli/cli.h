/*
 * The subcommands. Each runs one invocation and returns its exit status (enum command_status).
 */
#ifndef SEKISHO_CLI_H
#define SEKISHO_CLI_H

#include "args.h"

extern const struct subcommand subcommand_table[];
extern const size_t subcommand_count;

int run_training_status(const struct args *args);
int run_training_excuse(const struct args *args);
int run_plan_list(const struct args *args);
int run_plan_done(const struct args *args);
int run_self_check(const struct args *args);
int run_attribute_set(const struct args *args);
int run_attribute_revoke(const struct args *args);
int run_attribute_list(const struct args *args);
int run_role_review(const struct args *args);
int run_staff_import(const struct args *args);
int run_staff_show(const struct args *args);
int run_staff_reconcile(const struct args *args);
int run_approve(const struct args *args);
int run_audit_export(const struct args *args);
int run_audit_bundle(const struct args *args);
int run_audit_tiles(const struct args *args); /* with --tiles */
int run_audit_head(const struct args *args);
int run_audit_hold(const struct args *args);
int run_audit_review(const struct args *args);
int run_audit_finding(const struct args *args);
int run_audit_prove(const struct args *args);
int run_verify_export(const struct args *args); /* with a DIR */
int run_audit_verify(const struct args *args);
int run_audit_controls(const struct args *args);
int run_audit_paper(const struct args *args);
int run_audit_report(const struct args *args);
int run_audit_redact(const struct args *args);
int run_audit_retain(const struct args *args);
int run_backup_check(const struct args *args);
int run_backup_create(const struct args *args);
int run_backup_list(const struct args *args);
int run_alert_list(const struct args *args);
int run_alert_test(const struct args *args);
int run_break_glass_make(const struct args *args);
int run_break_glass_print(const struct args *args);
int run_break_glass_review(const struct args *args);
int run_bypass_request(const struct args *args);
int run_check(const struct args *args);
int run_deny(const struct args *args);
int run_decommission(const struct args *args);
int run_enroll(const struct args *args);
int run_contingency_activate(const struct args *args);
int run_contingency_approve(const struct args *args);
int run_contingency_end(const struct args *args);
int run_contingency_list(const struct args *args);
int run_exception_end(const struct args *args);
int run_exception_list(const struct args *args);
int run_exception_report(const struct args *args);
int run_exception_request(const struct args *args);
int run_exception_show(const struct args *args);
int run_explain(const struct args *args);
int run_factor_import(const struct args *args);
int run_factor_list(const struct args *args);
int run_factor_lost(const struct args *args);
int run_factor_recovery_codes(const struct args *args);
int run_factor_return(const struct args *args);
int run_factor_revoke(const struct args *args);
int run_key_auditor(const struct args *args);
int run_key_backup(const struct args *args);
int run_key_exposed(const struct args *args);
int run_key_list(const struct args *args);
int run_key_reanchor(const struct args *args);
int run_key_restore(const struct args *args);
int run_key_retire(const struct args *args);
int run_key_rotate(const struct args *args);
int run_key_sign(const struct args *args);
int run_key_recipient(const struct args *args);
int run_log(const struct args *args);
int run_log_receipt(const struct args *args); /* with --receipt */
int run_password_check(const struct args *args);
int run_password_expire(const struct args *args);
int run_password_filter(const struct args *args);
int run_notice(const struct args *args);
int run_request(const struct args *args);
int run_end(const struct args *args);
int run_grant_list(const struct args *args);
int run_grant_show(const struct args *args);
int run_role_report(const struct args *args);
int run_role_list(const struct args *args);
int run_pending(const struct args *args);
int run_policy_apply(const struct args *args);
int run_policy_confirm(const struct args *args);
int run_policy_check(const struct args *args);
int run_policy_diff(const struct args *args);
int run_policy_history(const struct args *args);
int run_policy_replay(const struct args *args);
int run_policy_rollback(const struct args *args);
int run_policy_show(const struct args *args);
int run_report(const struct args *args);
int run_run(const struct args *args);
/* argv[0], "--" and the command with all its words; returns where it cannot be started. */
int run_with_role(char *const *argv);
int run_restore(const struct args *args);
int run_session_list(const struct args *args);
int run_setup(const struct args *args);
int run_status(const struct args *args);
int run_status_observe(const struct args *args); /* with --observe */
int run_user_add(const struct args *args);
int run_user_list(const struct args *args);
int run_user_resume(const struct args *args);
int run_user_retire(const struct args *args);
int run_user_show(const struct args *args);
int run_user_suspend(const struct args *args);
int run_user_unlock(const struct args *args);

#endif
