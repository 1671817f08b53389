/*
 * The table of verbs: who may send each, what it needs first, who carries it out.
 *
 * The peer's uid is the kernel's; its name is the warden's. A person's command is about that
 * person whatever the request says.
 */
#include "command.h"
#include "allowance.h"
#include "audit/controls.h"
#include "error.h"
#include "factor/factor.h"
#include "i18n.h"
#include "log.h"
#include "origin.h"
#include "text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HELPER_DEADLINE_MS = 8000, PASSWORD_DEADLINE_MS = 22000 };

enum who { WHO_ANY, WHO_SELF_OR_ROOT, WHO_ROOT };

static const struct verb_row {
	enum who who;
	bool worker; /* a long read: the worker does it */
	command_verb *run;
	bool silent; /* writes no record */
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
    [VERB_USER_SHOW] = {WHO_SELF_OR_ROOT, false, command_user_show, true},
    [VERB_USER_LIST] = {WHO_ROOT, false, command_user_list, true},
    [VERB_USER_UNLOCK] = {WHO_ROOT, false, command_user_unlock},
    [VERB_USER_SUSPEND] = {WHO_ROOT, false, command_user_state},
    [VERB_USER_RESUME] = {WHO_ROOT, false, command_user_state},
    [VERB_SESSION_LIST] = {WHO_SELF_OR_ROOT, false, command_session_list, true},
    [VERB_LOG] = {WHO_SELF_OR_ROOT, true, command_log},
    [VERB_REPORT] = {WHO_SELF_OR_ROOT, false, command_report},
    [VERB_BREAK_GLASS_MADE] = {WHO_ROOT, false, command_break_glass_made},
    [VERB_POLICY_SHOW] = {WHO_ROOT, false, command_policy_show, true},
    [VERB_POLICY_APPLY] = {WHO_ROOT, false, command_policy_apply},
    [VERB_POLICY_HISTORY] = {WHO_ROOT, false, command_policy_history, true},
    [VERB_POLICY_ROLLBACK] = {WHO_ROOT, false, command_policy_rollback},
    [VERB_EXPLAIN] = {WHO_SELF_OR_ROOT, false, command_explain, true},
};

/* ---- answers
 * ----------------------------------------------------------------------------------- */

void
command_say(struct job *job, enum command_status status, const char *fmt, ...)
{
	va_list ap;

	job->command_reply.status = status;
	va_start(ap, fmt);
	(void)vsnprintf(job->command_reply.text, sizeof(job->command_reply.text), fmt, ap);
	va_end(ap);
}

int
command_json(struct job *job, json_t *taken)
{
	char *text = taken != NULL ? json_dumps(taken, JSON_COMPACT) : NULL;

	json_decref(taken);
	if (text == NULL)
		return SKS_NOMEM;
	buf_reset(&job->reply_payload);
	buf_put_bytes(&job->reply_payload, text, strlen(text));
	explicit_bzero(text, strlen(text));
	free(text);
	return buf_error(&job->reply_payload);
}

static const char *
refusal_sentence(enum reason reason)
{
	switch (reason) {
	case REASON_PURPOSE_NOT_ACCEPTED:
		return N_("The purpose text was not accepted in its present version, so "
			  "nothing was made. "
			  "Run `sekisho enroll` again and read it.");
	case REASON_ENROLMENT_CLOSED:
		return N_("Enrolment is closed. Ask an administrator to enrol you.");
	case REASON_PROOF_NEEDED:
		return N_("A proof that it is you is needed: a current code of a device you "
			  "have, or your "
			  "password if you have none yet.");
	case REASON_EXISTS:
		return N_("There is a device of that name already. Choose another name.");
	case REASON_NOT_FOUND:
		return N_("There is nothing of that name. `sekisho factor list` or `sekisho "
			  "user list` shows "
			  "what there is.");
	case REASON_INVALID_VALUE:
		return N_(
		    "A value is not one of those allowed. See the --help of the command.");
	case REASON_ROOT_ONLY:
		return N_("Only root may do this.");
	case REASON_WRONG_STATE:
		return N_("It is not in a state in which this can be done: it may have been "
			  "done already.");
	case REASON_WRONG_CODE:
		return N_("That code is not right, or was used already. Wait for the next one "
			  "and try again.");
	case REASON_WRONG_PASSWORD:
		return N_("That password is not right.");
	case REASON_LOCKED:
	case REASON_SOURCE_LOCKED:
		return N_(
		    "Too many failed attempts. Wait, or ask an administrator to unlock you.");
	case REASON_NO_DEVICE:
		return N_("There is no active device. Enrol one first.");
	case REASON_SUSPENDED:
		return N_("This account is suspended. Ask an administrator.");
	default:
		return N_("This is not permitted.");
	}
}

void
command_say_refused(struct server *s, struct job *job, const struct decision *d)
{
	(void)s;
	if (!job->command.uid_known && job->command.user[0] != '\0' &&
	    (d->reason == REASON_NOT_FOUND || d->reason == REASON_NO_DEVICE))
		command_say(job, STATUS_REFUSED, _("There is no account \"%s\" on this host."),
		    job->command.user);
	else
		command_say(job, STATUS_REFUSED, "%s", _(refusal_sentence(d->reason)));
}

/* ---- in which language
 * ------------------------------------------------------------------------------------ */

/* Who asks is answered in their language; what others are told stays in the host's. */
static void
settle_language(const struct server *s, struct command *c)
{
	if (strcmp(c->language, "ja") != 0 && strcmp(c->language, "en") != 0)
		(void)snprintf(c->language, sizeof(c->language), "%s", s->policy->language);
}

static void
speak_to(const struct job *job)
{
	if (strcmp(job->command.language, job->server->policy->language) != 0)
		i18n_init(job->command.language);
}

static void
speak_again(const struct server *s, const struct job *job)
{
	if (strcmp(job->command.language, s->policy->language) != 0)
		i18n_init(s->policy->language);
}

/* ---- who asks
 * ------------------------------------------------------------------------------------ */

static void
become_ready(struct job *job)
{
	job->prepared = job->step == COMMAND_READY;
	loop_ready(job->server, job);
}

static void
who_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	job->step = COMMAND_NAMED;
	if (error == SKS_OK && a->status == 0)
		(void)text_clean(job->who, sizeof(job->who), a->name);
	if (job->who[0] == '\0') {
		speak_to(job);
		command_say(job, STATUS_REFUSED, "%s",
		    _("Your account could not be looked up, so nothing was done."));
		speak_again(job->server, job);
		job->refused = true;
		job->step = COMMAND_READY;
	}
	become_ready(job);
}

static void
password_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	secret_clear(&job->command.password);
	job->password_status = error != SKS_OK ? error : (int)a->status;
	job->step = COMMAND_READY;
	become_ready(job);
}

static void
groups_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK && a->status == 0) {
		(void)text_clean(job->groups, sizeof(job->groups), a->text);
		job->groups_known = true;
	}
	job->step = COMMAND_READY;
	become_ready(job);
}

static void
worker_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;

	job->step = COMMAND_READY;
	speak_to(job);
	if (error == SKS_OK) {
		job->command_reply = *(const struct command_reply *)answer;
		/* the worker has no catalogue behind its confinement; "" would be its header */
		if (job->command_reply.text[0] != '\0')
			(void)snprintf(job->command_reply.text, sizeof(job->command_reply.text),
			    "%s", _(((const struct command_reply *)answer)->text));
		buf_put_bytes(&job->reply_payload, payload, payload_len);
	} else {
		command_say(job, STATUS_UNREADABLE, "%s",
		    _("The log could not be read. The system log says why."));
		job->refused = true;
	}
	speak_again(job->server, job);
	become_ready(job);
}

static enum job_result
ask_warden(struct server *s, struct job *job, uint16_t type, struct warden_call *call,
    helper_done *done, int64_t within_ms)
{
	int r = asking_send(s, job, type, call, done, within_ms);

	fields_clear(&warden_call_fields, call);
	if (r == SKS_OK)
		return JOB_PARKED;
	command_say(job, STATUS_REFUSED, "%s", _("The daemon is busy. Try again in a moment."));
	job->refused = true;
	return JOB_DONE;
}

/* ---- proofs: the same core as a login, on the peer's own lane
 * ------------------------------------- */

static void
proof_request(const struct job *job, enum phase phase, struct request *r)
{
	*r = (struct request){
	    .phase = phase,
	    .known = true,
	    .uid = job->command.uid,
	    .real_uid = job->peer.uid,
	    .login_uid = job->peer.login_uid,
	    .audit_session = job->peer.audit_session,
	    .pid = job->peer.pid,
	    .pid_start = job->peer.pid_start,
	    .parent = job->peer.parent,
	    .parent_start = job->peer.parent_start,
	    .actor_uid = job->peer.uid,
	    .has_code = job->command.code.len != 0,
	};
	(void)snprintf(r->user, sizeof(r->user), "%s", job->command.user);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", job->who);
	(void)snprintf(r->service, sizeof(r->service), "sekisho");
}

static int
proof_step(
    struct server *s, struct job *job, enum phase phase, uint32_t flags, struct decision *d)
{
	static struct facts f;
	struct request r;
	uint64_t seq;
	int e;

	proof_request(job, phase, &r);
	r.flags = flags;
	if ((e = pam_facts(s, &r, NULL, &f)) != SKS_OK)
		return e;
	if (decide_may_evaluate(s->policy, &r, &f) &&
	    (e = factor_check(s->store, s->seal, s->policy, &job->command.code, &f)) != SKS_OK)
		return e;
	decide(s->policy, &r, &f, d);
	if ((e = store_apply(s->store, &r, &f, &d->changes)) != SKS_OK)
		return e;
	return pam_record_all(s, &r, &f, d, &seq);
}

static int
charge_password(struct server *s, void *context)
{
	struct job *job = context;
	struct decision d;
	int e = proof_step(s, job, PHASE_CHARGE, 0, &d);

	if (e == SKS_OK && d.verdict != VERDICT_ALLOW) {
		command_say_refused(s, job, &d);
		job->refused = true;
	}
	return e;
}

/* The attempt is durable before the password is looked at. */
static enum job_result
check_password(struct server *s, struct job *job)
{
	struct warden_call call = {.password = job->command.password};

	if (turn_own(s, charge_password, job) != SKS_OK) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("The attempt could not be recorded, so the password was not checked."));
		job->refused = true;
	}
	if (job->refused)
		return JOB_DONE;
	(void)snprintf(call.user, sizeof(call.user), "%s", job->command.user);
	return ask_warden(
	    s, job, WARDEN_CHECK_PASSWORD, &call, password_done, PASSWORD_DEADLINE_MS);
}

/* ---- preparing
 * ---------------------------------------------------------------------------------------- */

static bool
is_permitted(const struct verb_row *row, const struct job *job)
{
	return row->who != WHO_ROOT || job->peer.uid == 0;
}

/* A person's command is about that person. Root names somebody, or means itself. */
static void
settle_subject(struct job *job)
{
	if (job->peer.uid == 0 && job->command.user[0] != '\0') {
		if (!job->command.uid_known)
			job->command.uid = NO_UID;
		return;
	}
	(void)snprintf(job->command.user, sizeof(job->command.user), "%s", job->who);
	job->command.uid = job->peer.uid;
	job->command.uid_known = true;
}

static enum job_result
ask_worker(struct server *s, struct job *job)
{
	int r;

	if (job->peer.uid != 0) /* a person reads their own records */
		(void)snprintf(job->command.user, sizeof(job->command.user), "%s", job->who);
	r = helper_send(s->worker, WORKER_LOG, &command_fields, &job->command, NULL, 0,
	    worker_done, job, clock_monotonic_ms() + HELPER_DEADLINE_MS);
	if (r == SKS_OK)
		return JOB_PARKED;
	command_say(job, STATUS_REFUSED, "%s", _("The daemon is busy. Try again in a moment."));
	job->refused = true;
	return JOB_DONE;
}

static enum job_result
ask_groups(struct server *s, struct job *job)
{
	struct warden_call call = {0};

	(void)text_clean(call.user, sizeof(call.user), job->command.user);
	return ask_warden(s, job, WARDEN_GROUPS, &call, groups_done, HELPER_DEADLINE_MS);
}

static enum job_result
named(struct server *s, struct job *job, const struct verb_row *row)
{
	bool filter = row->worker && job->peer.uid == 0;

	job->step = COMMAND_READY;
	if (!filter)
		settle_subject(job);
	if (row->worker)
		return ask_worker(s, job);
	if (job->command.verb == VERB_EXPLAIN && job->command.uid_known &&
	    policy_needs_groups(s->policy))
		return ask_groups(s, job);
	if (job->command.password.len != 0 && job->peer.uid != 0)
		return check_password(s, job);
	return JOB_DONE;
}

static enum job_result
prepare(struct server *s, struct job *job)
{
	struct warden_call call = {0};
	const struct verb_row *row = NULL;

	if (job->command.verb > VERB_NONE && job->command.verb < VERB_COUNT)
		row = &verb_table[job->command.verb];
	if (row == NULL || row->run == NULL) {
		loop_refused(s, REFUSED_MALFORMED);
		return JOB_GONE;
	}
	if (job->payload.len != 0 && job->command.verb != VERB_POLICY_APPLY) {
		loop_refused(s, REFUSED_OVERSIZE);
		return JOB_GONE;
	}
	/* What writes nothing itself takes no proof: each would be an attempt with its record.
	 */
	if (row->silent && (job->command.password.len != 0 || job->command.code.len != 0)) {
		loop_refused(s, REFUSED_MALFORMED);
		return JOB_GONE;
	}
	if (!is_permitted(row, job)) {
		loop_refused(s, REFUSED_UNPERMITTED);
		command_say(job, STATUS_REFUSED, "%s", _(refusal_sentence(REASON_ROOT_ONLY)));
		job->refused = true;
		return JOB_DONE;
	}
	if (job->step == COMMAND_NEW && !row->silent && !allowance_take(job->peer.uid)) {
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
	if (job->step == COMMAND_NEW) {
		call.number = job->peer.uid;
		return ask_warden(s, job, WARDEN_WHO, &call, who_done, HELPER_DEADLINE_MS);
	}
	return named(s, job, row);
}

enum job_result
command_prepare(struct server *s, struct job *job)
{
	enum job_result result;

	settle_language(s, &job->command);
	speak_to(job);
	result = prepare(s, job);
	speak_again(s, job);
	return result;
}

/* ---- running
 * --------------------------------------------------------------------------------------------
 */

int
command_run(struct server *s, struct job *job, enum job_result *result)
{
	int e;

	(void)result;
	if (job->refused)
		return SKS_OK;
	if (s->space >= STORE_SPACE_RESERVE && job->peer.uid != 0) {
		command_fail(s, job, SKS_FULL);
		return SKS_OK;
	}
	speak_to(job);
	e = verb_table[job->command.verb].run(s, job);
	speak_again(s, job);
	return e;
}

void
command_fail(struct server *s, struct job *job, int error)
{
	buf_reset(&job->reply_payload);
	job->after_commit = NULL;
	speak_to(job);
	command_say(job, STATUS_REFUSED,
	    _("It could not be recorded (%s), so nothing was done. The system log says more."),
	    _(error_text(error)));
	speak_again(s, job);
}

int
command_facts(struct server *s, struct job *job, struct admin_request *r, struct admin_facts *f)
{
	const struct command *c = &job->command;
	static struct user_state user;
	struct decision d;
	int e;

	*r = (struct admin_request){.verb = c->verb,
	    .uid = c->uid,
	    .by_uid = job->peer.uid,
	    .login_uid = job->peer.login_uid,
	    .by_root = job->peer.uid == 0,
	    .digits = c->digits,
	    .period_s = c->period_s,
	    .has_password = job->password_status != 1,
	    .has_code = c->code.len != 0,
	    .pid = job->peer.pid};
	(void)text_clean(r->user, sizeof(r->user), c->user);
	(void)text_clean(r->by, sizeof(r->by), job->who);
	(void)text_clean(r->name, sizeof(r->name), c->name);
	(void)text_clean(r->text, sizeof(r->text), c->text);
	if (r->by_root) { /* nobody vouches for themselves */
		(void)text_clean(r->verified_by, sizeof(r->verified_by), c->verified_by);
		(void)text_clean(r->verified_how, sizeof(r->verified_how), c->verified_how);
	}
	(void)text_clean(r->algorithm, sizeof(r->algorithm), c->algorithm);
	if (r->by_root && r->uid != 0 && r->verified_by[0] == '\0')
		(void)snprintf(r->verified_by, sizeof(r->verified_by), "not stated");

	*f = (struct admin_facts){.wall_ms = clock_now().wall_ms};
	if ((e = store_user(s->store, r->user, r->uid, s->policy->deny,
		 s->policy->unlock_time_ms, &user)) != SKS_OK)
		return e;
	f->suspended = user.suspended;
	f->devices = user.devices;
	if ((e = command_gave_up(s, r, &f->gave_up)) != SKS_OK)
		return e;
	if (job->password_status != 1) {
		f->password_ok = job->password_status == SKS_OK;
		if ((e = proof_step(s, job, f->password_ok ? PHASE_NEED : PHASE_FAILED,
			 PAM_FLAG_FIRST_FACTOR, &d)) != SKS_OK)
			return e;
	}
	if (r->has_code && !r->by_root && c->verb != VERB_ENROLL_CONFIRM) {
		if ((e = proof_step(s, job, PHASE_CODE, 0, &d)) != SKS_OK)
			return e;
		f->code_ok = d.verdict == VERDICT_ALLOW;
	}
	return SKS_OK;
}

int
command_decide(struct server *s, struct job *job, const struct admin_request *r,
    const struct admin_facts *f, void (*extra)(struct record *, void *), void *context,
    struct decision *d)
{
	struct record record;
	int e;

	decide_command(s->policy, r, f, d);
	if (d->event_count == 0)
		return SKS_OK;
	record_init(&record, event_by_action(d->events[0].action), clock_now(), s->boot_id,
	    outcome_words[d->events[0].outcome], reason_words[d->events[0].reason]);
	record_put_fields(&record, &admin_request_fields, r);
	origin_put_root(&record, "user.id", r->uid);
	origin_put_root(&record, "user.effective.id", r->by_uid);
	origin_put_root(&record, "sekisho.login.uid", r->login_uid);
	if ((e = origin_put(s, &job->peer, &record)) != SKS_OK) {
		record_clear(&record);
		return e;
	}
	record_put_str(&record, "sekisho.person", policy_person(s->policy, r->user));
	record_put_fields(&record, &admin_facts_fields, f);
	record_put_str(
	    &record, "sekisho.verdict", d->verdict == VERDICT_ALLOW ? "allow" : "deny");
	record_put_str(&record, "sekisho.reason", reason_words[d->reason]);
	record_put_str(&record, "sekisho.policy", s->policy->digest);
	controls_put_decision(&record, d->events[0].action, s->policy, d);
	if (extra != NULL && d->verdict == VERDICT_ALLOW)
		extra(&record, context);
	e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	if (e == SKS_OK && d->verdict != VERDICT_ALLOW)
		command_say_refused(s, job, d);
	return e;
}
