/*
 * The table of verbs: who may send each, what it needs first, who carries it out.
 *
 * The peer's uid is the kernel's; its name is the warden's. A person's command is about that
 * person whatever the request says.
 */
#include "command/allowance.h"
#include "command/members.h"
#include "command/step.h"
#include "error.h"
#include "i18n.h"
#include <stdio.h>
#include <string.h>

enum who { WHO_ANY, WHO_SELF_OR_ROOT, WHO_ROOT, WHO_AUDITOR };

static const struct verb_row {
	enum who who;
	bool worker; /* a long read: the worker does it */
	command_verb *run;
	bool silent; /* writes no record */
	bool payload; /* has one */
	bool auditor; /* an auditor may send it too, about everybody */
	bool part; /* goes on with what was granted and recorded before */
} verb_table[VERB_COUNT] = {
    [VERB_STATUS] = {WHO_ANY, false, command_status, true},
    [VERB_PURPOSE] = {WHO_ANY, false, command_purpose, true},
    [VERB_ENROLL] = {WHO_SELF_OR_ROOT, false, command_enroll},
    [VERB_ENROLL_CONFIRM] = {WHO_SELF_OR_ROOT, false, command_enroll_confirm},
    [VERB_FACTOR_LIST] = {WHO_SELF_OR_ROOT, false, command_factor_list, true},
    [VERB_FACTOR_REVOKE] = {WHO_SELF_OR_ROOT, false, command_factor_end},
    [VERB_FACTOR_LOST] = {WHO_SELF_OR_ROOT, false, command_factor_end},
    [VERB_FACTOR_RETURN] = {WHO_SELF_OR_ROOT, false, command_factor_end},
    [VERB_FACTOR_IMPORT] = {WHO_ROOT, false, command_factor_import},
    [VERB_RECOVERY_CODES] = {WHO_SELF_OR_ROOT, false, command_recovery_codes},
    [VERB_USER_SHOW] = {WHO_SELF_OR_ROOT, false, command_user_show, true, .auditor = true},
    [VERB_USER_LIST] = {WHO_ROOT, false, command_user_list, true, .auditor = true},
    [VERB_USER_UNLOCK] = {WHO_ROOT, false, command_user_unlock},
    [VERB_USER_SUSPEND] = {WHO_ROOT, false, command_user_state},
    [VERB_USER_RESUME] = {WHO_ROOT, false, command_user_state},
    [VERB_USER_ADD] = {WHO_ROOT, false, command_user_add},
    [VERB_PASSWORD_EXPIRE] = {WHO_ROOT, false, command_password_expire},
    [VERB_SESSION_LIST] = {WHO_SELF_OR_ROOT, false, command_session_list, true, .auditor = true},
    [VERB_LOG] = {WHO_SELF_OR_ROOT, true, command_log, .auditor = true},
    [VERB_REPORT] = {WHO_SELF_OR_ROOT, false, command_report},
    [VERB_BREAK_GLASS_MADE] = {WHO_ROOT, false, command_break_glass_made},
    [VERB_POLICY_SHOW] = {WHO_ROOT, false, command_policy_show, true, .auditor = true},
    [VERB_POLICY_APPLY] = {WHO_ROOT, false, command_policy_apply, .payload = true},
    [VERB_POLICY_HISTORY] = {WHO_ROOT, false, command_policy_history, true, .auditor = true},
    [VERB_POLICY_ROLLBACK] = {WHO_ROOT, false, command_policy_rollback},
    [VERB_EXPLAIN] = {WHO_SELF_OR_ROOT, false, command_explain, true},
    [VERB_RECEIPT] = {WHO_SELF_OR_ROOT, false, command_receipt},
    [VERB_HEAD] = {WHO_ROOT, false, command_head, true, .auditor = true},
    [VERB_KEY_LIST] = {WHO_ROOT, false, command_key_list, true},
    [VERB_KEY_LOAD] = {WHO_ROOT, false, command_key_load},
    [VERB_DECOMMISSION] = {WHO_ROOT, false, command_decommission},
    [VERB_KEY_BACKED_UP] = {WHO_ROOT, false, command_key_backed_up},
    [VERB_KEY_REANCHOR] = {WHO_ROOT, false, command_key_reanchor, .payload = true},
    [VERB_KEY_LOG] = {WHO_ROOT, false, command_key_log},
    [VERB_EXPORT] = {WHO_ROOT, false, command_export},
    [VERB_BACKUP_MADE] = {WHO_ROOT, false, command_backup_made, .payload = true},
    [VERB_RETAIN] = {WHO_ROOT, false, command_retain, true, .auditor = true},
    [VERB_RETAIN_NOW] = {WHO_ROOT, false, command_retain_now},
    [VERB_HOLD_ADD] = {WHO_ROOT, false, command_hold_add},
    [VERB_HOLD_LIST] = {WHO_ROOT, false, command_hold_list, true, .auditor = true},
    [VERB_HOLD_RELEASE] = {WHO_ROOT, false, command_hold_release},
    [VERB_REDACT] = {WHO_ANY, false, command_redact},
    [VERB_PENDING] = {WHO_ANY, false, command_pending, true},
    [VERB_APPROVE] = {WHO_ANY, false, command_approve},
    [VERB_DENY] = {WHO_ANY, false, command_deny},
    [VERB_ALERT_LIST] = {WHO_ROOT, false, command_alert_list, true, .auditor = true},
    [VERB_PASSWORD_CHECK] = {WHO_ANY, false, command_password_check, true},
    [VERB_CHANGE] = {WHO_ROOT, false, command_change},
    [VERB_SURVEY] = {WHO_ROOT, false, command_survey},
    [VERB_METRICS] = {WHO_ROOT, false, command_metrics, true},
    [VERB_CHECK_DONE] = {WHO_ROOT, false, command_check_done, .payload = true},
    [VERB_CHECK_SIGN_OFF] = {WHO_ROOT, false, command_check_sign_off, .payload = true},
    [VERB_ALERT_TEST] = {WHO_ROOT, false, command_alert_test},
    [VERB_REQUEST] = {WHO_ANY, false, command_request},
    [VERB_ROLE_LIST] = {WHO_ANY, false, command_role_list, true},
    [VERB_GRANT_LIST] = {WHO_ANY, false, command_grant_list, true, .auditor = true},
    [VERB_GRANT_SHOW] = {WHO_ANY, false, command_grant_show, true, .auditor = true},
    [VERB_ATTRIBUTE_SET] = {WHO_ROOT, false, command_attribute_set},
    [VERB_ATTRIBUTE_REVOKE] = {WHO_ROOT, false, command_attribute_revoke},
    [VERB_PERMIT_REPORT] = {WHO_ANY, false, command_permit_report},
    [VERB_AUDIT_REPORT] = {WHO_ROOT, false, command_audit_report, .auditor = true},
    [VERB_AUDIT_REPORT_PART] = {WHO_ROOT, true, command_audit_report_part, .auditor = true, .part = true},
    [VERB_AUDIT_BUNDLE] = {WHO_ROOT, false, command_audit_bundle, .auditor = true},
    [VERB_AUDIT_BUNDLE_PART] = {WHO_ROOT, true, command_audit_bundle_part, .auditor = true, .part = true},
    [VERB_AUDIT_BUNDLE_SIGN] = {WHO_ROOT, true, command_audit_bundle_sign, .payload = true, .auditor = true, .part = true},
    [VERB_ATTRIBUTE_LIST] = {WHO_SELF_OR_ROOT, false, command_attribute_list, true},
    [VERB_GRANT_END] = {WHO_ANY, false, command_grant_end},
    [VERB_USER_RETIRE] = {WHO_ROOT, false, command_user_retire},
    [VERB_ROLE_REVIEW] = {WHO_ANY, false, command_role_review, true, .auditor = true},
    [VERB_ROLE_CERTIFY] = {WHO_ANY, false, command_role_certify, .auditor = true},
    [VERB_STAFF_IMPORT] = {WHO_ROOT, false, command_staff_import, .payload = true},
    [VERB_STAFF_SHOW] = {WHO_ROOT, false, command_staff_show, true, .auditor = true},
    [VERB_STAFF_RECONCILE] = {WHO_ROOT, false, command_staff_reconcile, .payload = true},
    [VERB_RUN] = {WHO_ANY, false, command_run_program},
    [VERB_REVIEW] = {WHO_AUDITOR, true, command_review, true, .auditor = true},
    [VERB_REVIEW_OPEN] = {WHO_AUDITOR, false, command_review_open, .auditor = true},
    [VERB_REVIEW_MARK] = {WHO_AUDITOR, false, command_review_mark, .auditor = true},
    [VERB_REVIEW_SIGN] = {WHO_AUDITOR, true, command_review_sign, .auditor = true},
    [VERB_REVIEW_LIST] = {WHO_ROOT, false, command_review_list, true, .auditor = true},
    [VERB_FINDING_ADD] = {WHO_AUDITOR, false, command_finding_add, .auditor = true},
    [VERB_FINDING_LIST] = {WHO_ROOT, false, command_finding_list, true, .auditor = true},
    [VERB_FINDING_CLOSE] = {WHO_AUDITOR, false, command_finding_close, .auditor = true},
    [VERB_EXCEPTION_REQUEST] = {WHO_ANY, false, command_exception_request},
    [VERB_EXCEPTION_LIST] = {WHO_ANY, false, command_exception_list, true},
    [VERB_EXCEPTION_SHOW] = {WHO_ANY, false, command_exception_show, true},
    [VERB_EXCEPTION_END] = {WHO_ANY, false, command_exception_end},
    [VERB_EXCEPTION_REPORT] = {WHO_ANY, false, command_exception_report},
    [VERB_BYPASS_REQUEST] = {WHO_ANY, false, command_bypass_request},
    [VERB_BREAK_GLASS_STATE] = {WHO_ROOT, false, command_break_glass_state, true},
    [VERB_POLICY_WAITING] = {WHO_ANY, false, command_policy_waiting, true},
    [VERB_TRIAL] = {WHO_ROOT, false, command_trial, true, .auditor = true},
    [VERB_BREAK_GLASS_REVIEW] = {WHO_ANY, false, command_break_glass_review},
    [VERB_CONTINGENCY_LIST] = {WHO_ANY, false, command_contingency_list, true},
    [VERB_CONTINGENCY_ACTIVATE] = {WHO_ANY, false, command_contingency_activate},
    [VERB_PAPER] = {WHO_ROOT, false, command_paper, .auditor = true},
    [VERB_TRAINING_LIST] = {WHO_SELF_OR_ROOT, false, command_training_list, true, .auditor = true},
    [VERB_TRAINING_EXCUSE] = {WHO_ROOT, false, command_training_excuse},
    [VERB_PLAN_LIST] = {WHO_ROOT, false, command_plan_list, true, .auditor = true},
    [VERB_PLAN_DONE] = {WHO_ROOT, false, command_plan_done, .auditor = true},
    [VERB_SELF_CHECK] = {WHO_ANY, false, command_self_check, .payload = true},
    [VERB_SELF_CHECK_LIST] = {WHO_ROOT, false, command_self_check_list, true, .auditor = true},
};

static bool
is_permitted(const struct verb_row *row, const struct job *job)
{
	return row->who != WHO_ROOT || row->auditor || job->peer.uid == 0;
}

/* May the peer read what is about everybody? It is asked for its groups before. */
static bool
is_auditor(const struct server *s, const struct job *job)
{
	return job->peer.uid != 0 &&
	       policy_is_auditor(s->policy, job->who, job->groups_known ? job->groups : NULL);
}

/* Does a person name somebody else? */
static bool
is_about_others(const struct job *job)
{
	return job->peer.uid != 0 && !job->auditor && job->command.user[0] != '\0' &&
	       strcmp(job->command.user, job->who) != 0;
}

/* A person's command is about that person. Root and an auditor name somebody, or mean
 * themselves. */
static void
settle_subject(struct job *job)
{
	if ((job->peer.uid == 0 || job->auditor) && job->command.user[0] != '\0') {
		if (!job->command.uid_known)
			job->command.uid = NO_UID;
		return;
	}
	(void)snprintf(job->command.user, sizeof(job->command.user), "%s", job->who);
	job->command.uid = job->peer.uid;
	job->command.uid_known = true;
}

/* Verbs that a person's groups decide about. */
static bool
needs_groups(const struct server *s, const struct command *c)
{
	switch (c->verb) {
	case VERB_EXPLAIN:
		return c->uid_known &&
		       (policy_needs_groups(s->policy) || policy_roles_need_groups(s->policy));
	case VERB_ENROLL:
	case VERB_PURPOSE:
		return policy_has_grace(s->policy);
	case VERB_USER_SHOW:
		return c->uid_known && policy_roles_need_groups(s->policy);
	case VERB_ROLE_REVIEW:
	case VERB_ROLE_CERTIFY:
		return policy_roles_need_groups(s->policy) ||
		       policy_auditors_need_groups(s->policy);
	case VERB_REQUEST:
	case VERB_ROLE_LIST:
	case VERB_GRANT_LIST:
	case VERB_GRANT_SHOW:
	case VERB_GRANT_END:
	case VERB_PENDING:
	case VERB_APPROVE:
	case VERB_DENY:
	case VERB_EXCEPTION_LIST:
	case VERB_EXCEPTION_SHOW:
	case VERB_EXCEPTION_END:
	case VERB_EXCEPTION_REPORT:
	case VERB_BYPASS_REQUEST:
	case VERB_BREAK_GLASS_REVIEW:
	case VERB_POLICY_WAITING:
	case VERB_CONTINGENCY_LIST:
	case VERB_CONTINGENCY_ACTIVATE:
		return policy_roles_need_groups(s->policy);
	default:
		return false;
	}
}

/* A record as long as that person's allowance lasts, then it is counted: nobody fills the disk. */
static void
note_refusal(struct job *job)
{
	job->refusal_recorded = job->peer.uid != 0 && allowance_take(job->peer.uid, 0);
	if (!job->refusal_recorded)
		loop_refused(job->server, REFUSED_UNPERMITTED);
}

static enum job_result
refuse_reader(struct job *job)
{
	note_refusal(job);
	command_say(job, STATUS_REFUSED, "%s",
	    _("That is for an auditor, whom the policy names: [audit] auditors in sekisho.conf(5)."));
	job->refused = true;
	return JOB_DONE;
}

/* Says who may, as there may be more than root. */
static enum job_result
refuse_unpermitted(struct job *job, const struct verb_row *row)
{
	bool others = row->who == WHO_SELF_OR_ROOT;

	note_refusal(job);
	if (row->auditor)
		command_say(job, STATUS_REFUSED, "%s",
		    others ? _("About other people only root may ask, and the auditors whom the "
			       "policy names: [audit] auditors in sekisho.conf(5).")
			   : _("Only root may do this, and the auditors whom the policy names: "
			       "[audit] auditors in sekisho.conf(5)."));
	else if (others)
		command_say(job, STATUS_REFUSED, "%s",
		    _("What is another person's only root may see or change."));
	else
		return command_refuse(job, REASON_ROOT_ONLY);
	job->refused = true;
	return JOB_DONE;
}

static bool
is_theirs(struct job *job)
{
	return job->command.verb == VERB_AUDIT_REPORT_PART ? command_audit_report_is_theirs(job)
							   : command_audit_bundle_is_theirs(job);
}

static enum job_result
named(struct server *s, struct job *job, const struct verb_row *row)
{
	char groups[4096];

	if (!job->groups_asked && (row->auditor || row->who == WHO_ROOT) && job->peer.uid != 0 &&
	    policy_auditors_need_groups(s->policy))
		return command_ask_groups(s, job, job->who);
	job->auditor = row->auditor && is_auditor(s, job);
	if ((row->who == WHO_ROOT && job->peer.uid != 0 && !job->auditor) ||
	    (row->who == WHO_SELF_OR_ROOT && is_about_others(job)))
		return refuse_unpermitted(job, row);
	if (row->who == WHO_AUDITOR) {
		job->command.user[0] = '\0'; /* as themselves, with a code of their own */
		if (!job->auditor && (row->worker || row->silent))
			return refuse_reader(job);
	}
	/* before the worker is asked: who has its last part has ended it */
	if (row->part && !is_theirs(job)) {
		job->refused = true;
		return JOB_DONE;
	}
	job->step = COMMAND_READY;
	/* Whom the records are about is a filter there, and none stands for everybody. */
	if (!row->worker || row->who == WHO_AUDITOR || (job->peer.uid != 0 && !job->auditor))
		settle_subject(job);
	if (row->worker)
		return command_ask_worker(s, job);
	if (job->command.verb == VERB_KEY_LOAD || job->command.verb == VERB_KEY_LOG)
		return command_ask_keys(s, job);
	if (!job->groups_asked && needs_groups(s, &job->command))
		return command_ask_groups(s, job, job->command.user);
	if (!job->members_asked && members_groups(s, job, groups, sizeof(groups)))
		return command_ask_members(s, job, groups);
	if (job->command.verb == VERB_PASSWORD_CHECK)
		return command_ask_strength(s, job);
	if (job->command.password.len != 0 && job->peer.uid != 0)
		return command_check_password(s, job);
	return JOB_DONE;
}

static enum job_result
prepare(struct server *s, struct job *job)
{
	const struct verb_row *row = NULL;

	if (job->command.verb > VERB_NONE && job->command.verb < VERB_COUNT)
		row = &verb_table[job->command.verb];
	if (row == NULL || row->run == NULL) {
		loop_refused(s, REFUSED_MALFORMED);
		return JOB_GONE;
	}
	if (job->payload.len != 0 && !row->payload) {
		loop_refused(s, REFUSED_OVERSIZE);
		return JOB_GONE;
	}
	/* What writes nothing itself takes no proof: each would be an attempt with its record.
	 */
	if (row->silent && (job->command.password.len != 0 || job->command.code.len != 0)) {
		loop_refused(s, REFUSED_MALFORMED);
		return JOB_GONE;
	}
	if (job->step == COMMAND_NEW && !row->silent && !row->part && is_permitted(row, job) &&
	    !allowance_take(job->peer.uid, job->payload.len)) {
		loop_refused(s, REFUSED_TOO_MANY);
		command_say(job, STATUS_REFUSED, "%s",
		    _("You sent many requests in a short time. Wait a minute and try again."));
		job->refused = true;
		return JOB_DONE;
	}
	if (job->step == COMMAND_NEW && job->peer.uid == 0) {
		(void)snprintf(job->who, sizeof(job->who), "root");
		job->step = COMMAND_NAMED;
	}
	if (job->step == COMMAND_NEW)
		return command_ask_who(s, job);
	return named(s, job, row);
}

enum job_result
command_prepare(struct server *s, struct job *job)
{
	enum job_result result;

	command_settle_language(s, &job->command);
	command_speak_to(job);
	result = prepare(s, job);
	command_speak_again(s, job);
	return result;
}

int
command_run(struct server *s, struct job *job, enum job_result *result)
{
	int e;

	(void)result;
	if (job->refused && !job->refusal_recorded)
		return SKS_OK;
	if (s->space >= STORE_SPACE_RESERVE && job->peer.uid != 0) {
		command_fail(s, job, SKS_FULL);
		return SKS_OK;
	}
	if (job->refused)
		return command_log_refused(s, job);
	command_speak_to(job);
	e = verb_table[job->command.verb].run(s, job);
	if (e == SKS_OK && job->auditor && verb_table[job->command.verb].silent)
		e = command_log_reading(s, job);
	command_speak_again(s, job);
	return e;
}

void
command_fail(struct server *s, struct job *job, int error)
{
	buf_reset(&job->reply_payload);
	job->after_commit = NULL;
	command_speak_to(job);
	command_say(job, STATUS_REFUSED,
	    _("It could not be recorded (%s), so nothing was done. The system log says more."),
	    _(error_text(error)));
	command_speak_again(s, job);
}
