/*
 * MSG_PAM: from what the module says and the kernel knows to a decision with its record.
 */
#include "audit/controls.h"
#include "command/allowance.h"
#include "error.h"
#include "factor/factor.h"
#include "i18n.h"
#include "keeper/change.h"
#include "keeper/grants.h"
#include "keeper/retention.h"
#include "log.h"
#include "password/judge.h"
#include "origin.h"
#include "server.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WARDEN_DEADLINE_MS = 3000, UNKNOWN_SLOTS = 4096 };

/* ---- the request ------------------------------------------------------------------------- */

static void
copy(char *dst, size_t size, const char *src)
{
	(void)text_clean(dst, size, src);
}

static void
request_from_peer(struct request *r, const struct peer *p)
{
	r->by_root = p->uid == 0;
	r->real_uid = p->real_uid;
	r->login_uid = p->login_uid;
	r->audit_session = p->audit_session;
	r->pid = p->pid;
	r->parent = p->parent;
	r->pid_start = p->pid_start;
	r->parent_start = p->parent_start;
}

/* The actor's name comes from the module, its uid from the kernel: they must be about the same.
 */
static void
request_actor(struct request *r, const struct pam_request *q)
{
	uint32_t uid = r->login_uid != NO_UID ? r->login_uid : r->real_uid;

	r->actor_uid = uid;
	if (q->actor_uid == uid)
		copy(r->actor, sizeof(r->actor), q->actor);
	else
		(void)snprintf(r->actor, sizeof(r->actor), "uid:%u", uid);
}

static void
request_build(struct job *job)
{
	const struct pam_request *q = &job->pam;
	struct request *r = &job->request;

	*r = (struct request){.phase = q->phase, .flags = q->flags, .known = q->known};
	request_from_peer(r, &job->peer);
	copy(r->user, sizeof(r->user), q->user);
	r->uid = q->known ? q->uid : NO_UID;
	copy(r->service, sizeof(r->service), q->service);
	copy(r->tty, sizeof(r->tty), q->tty);
	copy(r->token, sizeof(r->token), q->token);
	if (r->by_root) { /* the environment decides nothing for anybody else */
		copy(r->connection, sizeof(r->connection), q->connection);
		source_normalize(r->connection, q->rhost, r->source);
		copy(r->notice, sizeof(r->notice), q->notice);
		r->notice_acknowledged = (q->flags & PAM_FLAG_NOTICE_ANSWERED) != 0;
		r->notice_banner = (q->flags & PAM_FLAG_NOTICE_BANNER) != 0;
		source_auth_info(q->auth_info, r->key, r->method, sizeof(r->method));
	}
	request_actor(r, q);
	r->has_code = q->code.len != 0;
}

static void
groups_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK && a->status == 0) {
		copy(job->groups, sizeof(job->groups), a->text);
		job->groups_known = true;
	} else {
		/* A rule about a group then counts as if the account were in it. */
		log_warn("the groups of an account could not be read: %s", error_text(error));
	}
	job->prepared = true;
	loop_ready(job->server, job);
}

/* The uid is the kernel's word, the name only the peer's: a user who could pick one would write
 * failures of others into the log. */
static void
who_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error != SKS_OK || a->status != 0 || strcmp(a->name, job->request.user) != 0) {
		loop_refused(job->server, REFUSED_UNPERMITTED);
		loop_drop(job->server, job);
		return;
	}
	if (job->request.actor_uid == job->request.real_uid)
		copy(job->request.actor, sizeof(job->request.actor), a->name);
	else /* somebody else logged in: of that name there is only the peer's word */
		(void)snprintf(job->request.actor, sizeof(job->request.actor), "uid:%u",
		    job->request.actor_uid);
	job->prepared = true;
	loop_ready(job->server, job);
}

/* A process that is not root asks about its own account, and only what a screen locker asks. */
static enum job_result
prepare_for_user(struct server *s, struct job *job)
{
	struct warden_call call = {.number = job->request.real_uid};

	if (job->request.uid != job->request.real_uid || job->request.phase > PHASE_CODE) {
		loop_refused(s, REFUSED_UNPERMITTED);
		return JOB_GONE;
	}
	if (asking_send(s, job, WARDEN_WHO, &call, who_done, WARDEN_DEADLINE_MS) == SKS_OK)
		return JOB_PARKED;
	loop_refused(s, REFUSED_TOO_MANY);
	return JOB_GONE;
}

/* What strangers can send by the hundred asks nobody: no rule is about an attempt. */
static bool
rules_matter(const struct request *r)
{
	return r->phase != PHASE_CHARGE && r->phase != PHASE_FAILED && r->phase != PHASE_CLOSE;
}

static enum job_result
prepare_password(struct server *s, struct job *job)
{
	const struct request *r = &job->request;
	char salt[2 * PASSWORD_SALT_SIZE + 1];

	if (job->pam.password.len != 0 && remember_salt(s, r, salt) == SKS_OK &&
	    judging_send(s, job, r->user, r->uid, job->pam.full_name, &job->pam.password,
		&job->pam.old, salt) == SKS_OK)
		return JOB_PARKED;
	log_warn("the worker could not be asked about a password");
	job->password_failed = PASSWORD_FAILED(UNCHECKED);
	return JOB_DONE;
}

/* Rules ask for them; and after login people are told which requests they may approve. */
static bool
needs_groups(const struct server *s, const struct request *r)
{
	if (!r->known)
		return false;
	return (policy_needs_groups(s->policy) && rules_matter(r)) ||
	       (r->phase == PHASE_OPEN && policy_roles_need_groups(s->policy));
}

enum job_result
pam_prepare(struct server *s, struct job *job)
{
	struct warden_call call = {0};

	if (!allowance_take(job->peer.uid)) {
		loop_refused(s, REFUSED_TOO_MANY);
		return JOB_GONE;
	}
	request_build(job);
	if (!job->request.by_root)
		return prepare_for_user(s, job);
	if (job->request.phase == PHASE_PASSWORD)
		return prepare_password(s, job);
	if (!needs_groups(s, &job->request))
		return JOB_DONE;
	copy(call.user, sizeof(call.user), job->request.user);
	if (asking_send(s, job, WARDEN_GROUPS, &call, groups_done, WARDEN_DEADLINE_MS) !=
	    SKS_OK) {
		log_warn("the warden could not be asked for groups");
		return JOB_DONE;
	}
	return JOB_PARKED;
}

/* ---- the facts ------------------------------------------------------------------------------
 */

/* Which of the fixed slots an unknown name falls into: keyed, so that nobody can choose. */
static int
unknown_slot(struct server *s, const char *name, uint32_t *slot)
{
	uint8_t mac[32];
	int r = seal_mac(s->seal, "unknown-name", name, strlen(name), mac);

	*slot = (uint32_t)(mac[0] << 8 | mac[1]) % UNKNOWN_SLOTS;
	return r;
}

/* Day and minute by the host's time zone; working them out anew each time costs more than a
 * question to the store. */
static void
facts_local_time(int64_t wall_ms, struct facts *f)
{
	static int64_t minute = -1;
	static uint32_t weekday, minute_of_day;
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local = {0};

	if (wall_ms / 60000 != minute && localtime_r(&seconds, &local) != NULL) {
		weekday = (uint32_t)local.tm_wday;
		minute_of_day = (uint32_t)(local.tm_hour * 60 + local.tm_min);
		minute = wall_ms / 60000;
	}
	f->weekday = weekday;
	f->minute_of_day = minute_of_day;
}

int
pam_facts(struct server *s, const struct request *r, const char *groups, struct facts *f)
{
	struct instant now = clock_now();
	uint32_t slot = 0;
	int e = SKS_OK;

	*f = (struct facts){.wall_ms = now.wall_ms, .boot_ms = now.boot_ms};
	facts_local_time(now.wall_ms, f);
	if ((e = retention_date(s, now, &f->date_ms)) != SKS_OK)
		return e;
	if (groups != NULL) {
		f->groups_known = true;
		(void)snprintf(f->groups, sizeof(f->groups), "%s", groups);
	}
	if ((!r->known || (r->flags & PAM_FLAG_JUNK)) &&
	    (e = unknown_slot(s, r->user, &slot)) != SKS_OK)
		return e;
	if (r->known && r->source[0] != '\0' &&
	    (e = store_known_source(s->store, r, &f->known_source)) != SKS_OK)
		return e;
	f->lane = lane_choose(s->policy, r, f->known_source, slot, f->lane_key);
	principal_choose(s->policy, r, f->principal, &f->principal_uid);
	if ((e = store_load(s->store, r, f)) != SKS_OK)
		return e;
	if ((r->phase != PHASE_ACCOUNT && r->phase != PHASE_OPEN) ||
	    policy_service_class(s->policy, r->service) != SERVICE_ELEVATION)
		return SKS_OK;
	return grants_of(s, r->actor, r->actor_uid, f->grants, sizeof(f->grants));
}

/* ---- the record
 * ------------------------------------------------------------------------------ */

/* A name that does not exist may be a password typed into the wrong prompt: only its slot
 * stays. */
static void
hide_unknown_name(const struct request *r, const struct facts *f, struct request *out)
{
	*out = *r;
	if (!r->known)
		(void)snprintf(out->user, sizeof(out->user), "(unknown %.32s)", f->lane_key);
}

static void
put_password(struct record *record, uint32_t failed)
{
	char words[512];

	judge_words(failed, words, sizeof(words));
	record_put_str(record, "sekisho.password.failed", words);
}

int
pam_record(struct server *s, const struct request *r, const struct facts *f,
    const struct decision *d, size_t event, uint64_t *seq)
{
	const struct event *e = &d->events[event];
	struct instant now = {.wall_ms = f->wall_ms, .boot_ms = f->boot_ms};
	struct request shown;
	struct record record;
	int error;

	hide_unknown_name(r, f, &shown);
	record_init(&record, event_by_action(e->action), now, s->boot_id,
	    outcome_words[e->outcome], reason_words[e->reason]);
	record_put_fields(&record, &request_fields, &shown);
	origin_put_root(&record, "user.id", shown.uid);
	origin_put_root(&record, "user.effective.id", shown.actor_uid);
	origin_put_root(&record, "sekisho.login.uid", shown.login_uid);
	record_put_str(&record, "sekisho.person", policy_person(s->policy, shown.user));
	if (event == 0) {
		record_put_fields(&record, &facts_fields, f);
		if (f->password_failed != 0)
			put_password(&record, f->password_failed);
		record_put_str(
		    &record, "sekisho.verdict", d->verdict == VERDICT_ALLOW ? "allow" : "deny");
		record_put_str(&record, "sekisho.reason", reason_words[d->reason]);
		record_put_bool(&record, "sekisho.observed", d->observed);
		if (d->floor)
			record_put_bool(&record, "sekisho.floor", true);
		if (d->floor_suspended)
			record_put_bool(&record, "sekisho.floor.suspended", true);
		record_put_str(&record, "sekisho.rule", d->rule);
		record_put_str(&record, "sekisho.policy", s->policy->digest);
	} else {
		record_put_str(&record, "sekisho.lane.key", f->lane_key);
	}
	record_put_str(&record, "sekisho.rating", s->policy->rating);
	controls_put_decision(&record, e->action, s->policy, d);
	error = turn_append(s, &record, seq);
	record_clear(&record);
	return error;
}

/*
 * A refusal that nobody pays for: no code behind the right password, a rule, a lost device. No
 * lock ends it, so whoever knows a password could write records all day. A right code, spent
 * or not, is no stranger's; unknown names have paid before.
 */
static bool
is_to_be_counted(const struct facts *f, const struct decision *d)
{
	bool free_of_charge = d->verdict == VERDICT_DENY && d->event_count > 0 &&
			      !d->changes.lane_put && f->lane != LANE_UNKNOWN &&
			      (f->code == CODE_NONE || f->code == CODE_RECOVERY_SPENT);

	return d->changes.refusal_count ||
	       (free_of_charge && !allowance_take_lane(f->lane_key));
}

int
pam_record_all(struct server *s, const struct request *r, const struct facts *f,
    const struct decision *d, uint64_t *seq)
{
	bool first = true;
	int e;

	*seq = 0;
	if (is_to_be_counted(f, d)) {
		/* A locked source is one row, however many names it tries. */
		bool source = f->lane == LANE_NONE || d->reason == REASON_SOURCE_LOCKED;

		e = store_refusal_count(s->store, source ? r->source : f->lane_key,
		    reason_words[d->reason], &first);
		if (e != SKS_OK || !first)
			return e;
	}
	for (size_t i = 0; i < d->event_count; i++)
		if ((e = pam_record(s, r, f, d, i, i == 0 ? seq : NULL)) != SKS_OK)
			return e;
	return SKS_OK;
}

/* ---- the turn
 * ----------------------------------------------------------------------------------- */

/* How many digits of the response are the code: as many as the device shows that was issued
 * last. Nobody outside sees the number. */
static uint32_t
appended_digits(struct server *s, const struct facts *f)
{
	static struct device d[DEVICES_MAX];
	size_t n = 0;
	int e =
	    store_devices(s->store, f->principal, f->principal_uid, true, d, DEVICES_MAX, &n);

	return (e == SKS_OK || e == SKS_TOO_BIG) && n > 0 ? d[0].digits : 6;
}

static void
reply_fill(struct server *s, struct job *job, const struct facts *f, const struct decision *d,
    uint64_t seq)
{
	struct pam_reply *p = &job->pam_reply;
	const struct service *service = policy_service(s->policy, job->request.service);

	*p = (struct pam_reply){.verdict = PAM_VERDICT_DENY};
	p->delay_ms = (uint32_t)s->policy->fail_delay_ms;
	p->record = seq;
	if (d->verdict == VERDICT_ALLOW)
		p->verdict = PAM_VERDICT_ALLOW;
	p->need = d->need;
	if (d->need == PAM_NEED_CODE)
		texts_render(
		    s->policy, TEXT_PROMPT_CODE, 0, NULL, f, p->prompt, sizeof(p->prompt));
	if (d->text == TEXT_PASSWORD)
		texts_password(s->policy,
		    policy_account_class(s->policy, job->request.user, job->request.uid),
		    f->password_failed, p->text, sizeof(p->text));
	else if (d->text != TEXT_NONE && d->text != TEXT_PROMPT_CODE)
		texts_render(
		    s->policy, d->text, d->wait_ms, d->rule, f, p->text, sizeof(p->text));
	if (job->request.phase == PHASE_OPEN && d->verdict == VERDICT_ALLOW)
		welcome_render(s, &job->request, job->groups_known ? job->groups : NULL, seq,
		    p->text, sizeof(p->text));
	if (job->request.phase == PHASE_CHARGE && service != NULL && service->appended_code)
		p->code_digits = appended_digits(s, f);
}

/* The same process asks for a new attempt: the one before it was never answered for. */
static int
abandon_earlier(struct server *s, const struct request *r)
{
	static struct store_open_charge open;
	struct decision d;
	int e = store_open_charge_of(s->store, r->pid, r->pid_start, &open);

	if (e == SKS_NOT_FOUND)
		return SKS_OK;
	if (e != SKS_OK)
		return e;
	decide_abandoned(s->policy, &open.facts, &d);
	if ((e = store_apply(s->store, &open.request, &open.facts, &d.changes)) != SKS_OK)
		return e;
	return pam_record(s, &open.request, &open.facts, &d, 0, NULL);
}

static bool
is_on_reserve(struct server *s, const struct request *r)
{
	if (s->space < STORE_SPACE_RESERVE || r->phase == PHASE_CLOSE)
		return false;
	return s->space == STORE_SPACE_NONE ||
	       !policy_is_administrator(s->policy, r->user, r->uid);
}

static bool
may_wait(struct server *s, struct job *job)
{
	int64_t now = clock_monotonic_ms();

	if (job->wait_until_ms == 0)
		job->wait_until_ms = now + s->policy->wait_ms;
	return now < job->wait_until_ms;
}

static void
session_begun(struct server *s, struct job *job)
{
	int pidfd = peer_take_pidfd(&job->peer); /* from now on the watch's */

	if (pidfd >= 0)
		(void)loop_watch(s, pidfd, &job->request);
}

static void
session_over(struct server *s, struct job *job)
{
	loop_unwatch(s, job->request.pid, job->request.pid_start);
}

int
pam_run(struct server *s, struct job *job, enum job_result *result)
{
	static struct facts f;
	struct request *r = &job->request;
	struct decision d;
	uint64_t seq = 0;
	int e;

	if (is_on_reserve(s, r)) {
		s->refused_full++;
		pam_fail(s, job, SKS_FULL);
		return SKS_OK;
	}
	if (r->phase == PHASE_CHARGE && (e = abandon_earlier(s, r)) != SKS_OK)
		return e;
	if ((e = pam_facts(s, r, job->groups_known ? job->groups : NULL, &f)) != SKS_OK)
		return e;
	f.may_wait = may_wait(s, job);
	f.password_failed = job->password_failed;
	if ((e = remember_compare(s, job, &f)) != SKS_OK)
		return e;
	if (decide_may_evaluate(s->policy, r, &f) &&
	    (e = factor_check(s->store, s->seal, s->policy, &job->pam.code, &f)) != SKS_OK)
		return e;
	decide(s->policy, r, &f, &d);
	if (d.verdict == VERDICT_WAIT) {
		*result = JOB_WAIT;
		return SKS_OK;
	}
	if ((e = store_apply(s->store, r, &f, &d.changes)) != SKS_OK ||
	    (e = pam_record_all(s, r, &f, &d, &seq)) != SKS_OK)
		return e;
	if (d.verdict == VERDICT_ALLOW && (e = remember_accepted(s, job, f.wall_ms)) != SKS_OK)
		return e;
	if (d.changes.session_open && d.verdict == VERDICT_ALLOW &&
	    (e = change_note_session(s, r, job->pam.loaded_boot_ms)) != SKS_OK)
		return e;
	job->after_commit = d.changes.session_open    ? session_begun
			    : d.changes.session_close ? session_over
						      : NULL;
	reply_fill(s, job, &f, &d, seq);
	return SKS_OK;
}

void
pam_fail(struct server *s, struct job *job, int error)
{
	struct pam_reply *p = &job->pam_reply;

	*p = (struct pam_reply){.verdict = PAM_VERDICT_DENY};
	p->delay_ms = (uint32_t)s->policy->fail_delay_ms;
	job->after_commit = NULL;
	texts_render(s->policy, error == SKS_FULL ? TEXT_DISK_FULL : TEXT_CANNOT_RECORD, 0,
	    NULL, NULL, p->text, sizeof(p->text));
}
