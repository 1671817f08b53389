/* The daemon's state, the log, the policy: shown, applied, gone back to, explained. */
#include "alert/delivery.h"
#include "audit/controls.h"
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/changes.h"
#include "keeper/forwarding.h"
#include "keeper/keeper.h"
#include "keeper/kernel_audit.h"
#include "keeper/keys.h"
#include "log.h"
#include "origin.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HISTORY_MAX = 200 };

/* ---- status, purpose, log -------------------------------------------------------------------
 */

static const char *
space_word(enum store_space space)
{
	static const char *const word[] = {"ok", "low", "reserve", "none"};

	return word[space];
}

static void
clock_hint(struct server *s, json_t *o)
{
	uint32_t used = 0, early = 0, late = 0;
	enum host_clock clock = HOST_CLOCK_FINE;

	if (store_drift_survey(s->store, &used, &early, &late) == SKS_OK)
		clock = drift_host_clock(used, early, late);
	if (clock != HOST_CLOCK_FINE)
		(void)json_object_set_new(o, "clock_hint",
		    json_string(clock == HOST_CLOCK_FAST
				    ? _("Most devices show codes from the past: the "
					"clock of this host seems fast.")
				    : _("Most devices show codes from the future: the "
					"clock of this host seems slow.")));
}

/* Where refusals only become records: nobody may forget that. */
static void
put_observing(const struct policy *p, json_t *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->service_count; i++)
		if (p->service[i].observe)
			(void)json_array_append_new(list, json_string(p->service[i].name));
	(void)json_object_set_new(o, "observing", list);
}

static int
put_backup(struct server *s, json_t *o)
{
	struct backup_status b;
	int e = keeper_backup_status(s, &b);

	if (e == SKS_OK && (b.every_ms != 0 || b.last_wall_ms != 0))
		(void)json_object_set_new(o, "backup",
		    json_pack("{s:I,s:I,s:b}", "last", (json_int_t)b.last_wall_ms, "every",
			(json_int_t)b.every_ms, "overdue", (int)b.overdue));
	return e;
}

/* Who is told what besides: root asks for that. */
static void
put_outside(json_t *o)
{
	uint64_t given_up;
	size_t waiting;

	delivery_counts(&given_up, &waiting);
	(void)json_object_set_new(o, "kernel_audit", kernel_audit_json());
	(void)json_object_set_new(o, "alerts",
	    json_pack(
		"{s:I,s:I}", "given_up", (json_int_t)given_up, "waiting", (json_int_t)waiting));
}

int
command_status(struct server *s, struct job *job)
{
	static struct user_state u;
	struct stored_policy active = {0};
	char overdue[256];
	uint64_t size = 0;
	size_t n = 0;
	json_t *o;
	int e;

	if ((e = store_user(s->store, job->command.user, job->command.uid, s->policy->deny,
		 s->policy->unlock_time_ms, &u)) != SKS_OK ||
	    (e = store_log_size(s->store, &size)) != SKS_OK ||
	    (e = store_policy_history(s->store, &active, 1, &n)) != SKS_OK)
		return e;
	o = json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:b,s:s,s:i,s:i,s:b}", "version", s->version,
	    "policy", s->policy->digest, "policy_applied", (json_int_t)active.applied_wall_ms,
	    "started", (json_int_t)s->started_wall_ms, "records", (json_int_t)size, "space",
	    space_word(s->space), "observe", (int)s->policy->observe, "user", job->command.user,
	    "devices", (int)u.devices, "recovery_codes", (int)u.recovery_codes, "suspended",
	    (int)u.suspended);
	if (u.last_success_wall_ms != 0)
		(void)json_object_set_new(o, "last_success",
		    json_pack("{s:I,s:s}", "at", (json_int_t)u.last_success_wall_ms, "source",
			u.last_success_source));
	put_observing(s->policy, o);
	if ((e = put_backup(s, o)) != SKS_OK) {
		json_decref(o);
		return e;
	}
	if (job->peer.uid == 0) {
		clock_hint(s, o);
		(void)json_object_set_new(o, "forward", forwarding_status(s));
		(void)json_object_set_new(o, "survey", changes_status(s));
		put_outside(o);
	}
	keys_overdue_text(s, overdue, sizeof(overdue));
	if (job->peer.uid == 0 && overdue[0] != '\0')
		(void)json_object_set_new(o, "keys_overdue", json_string(overdue));
	return command_json(job, o);
}

/* Nobody is asked for a password, or shown a text to accept, for what is refused anyway. */
static bool
may_enrol_at_all(struct server *s, struct job *job, int *e)
{
	static struct user_state u;
	const struct policy *p = s->policy;

	*e = SKS_OK;
	if (job->peer.uid == 0 ||
	    (p->enrol_open &&
		(p->enrol_until_wall_ms == 0 || clock_now().wall_ms < p->enrol_until_wall_ms)))
		return true;
	*e = store_user(
	    s->store, job->command.user, job->command.uid, p->deny, p->unlock_time_ms, &u);
	return *e != SKS_OK || u.devices != 0 || u.recovery_codes != 0;
}

int
command_purpose(struct server *s, struct job *job)
{
	const struct policy *p = s->policy;
	int e;

	if (!may_enrol_at_all(s, job, &e)) {
		command_say(job, STATUS_REFUSED,
		    _("Enrolment is closed. Ask an administrator to run `sekisho enroll %s` "
		      "as root. If that is you: in a root shell that is still open, or with "
		      "sudo at the console."),
		    job->command.user);
		return SKS_OK;
	}
	if (e != SKS_OK)
		return e;
	bool ja = strcmp(job->command.language, "ja") == 0 && p->purpose_text_ja != NULL;

	return command_json(job, json_pack("{s:s,s:s}", "version", p->purpose_version, "text",
				     ja ? p->purpose_text_ja : p->purpose_text));
}

/* The worker has read; that somebody read is a record (the first page stands for all). */
int
command_log(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	struct record record;
	int e;

	if (c->number != 0)
		return SKS_OK;
	record_init(&record, event_by_action(ACTION_LOG_READ), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_SUCCESS], reason_words[REASON_OK]);
	record_put_str(&record, "user.effective.name", job->who);
	record_put_int(&record, "user.effective.id", job->peer.uid);
	if ((e = origin_put(s, &job->peer, &record)) != SKS_OK) {
		record_clear(&record);
		return e;
	}
	record_put_str(&record, "sekisho.query.user", c->user);
	record_put_str(&record, "sekisho.query.event", c->event);
	record_put_str(&record, "sekisho.query.outcome", c->outcome);
	record_put_str(&record, "sekisho.query.reason", c->reason);
	record_put_str(&record, "sekisho.query.source", c->source);
	if (c->since_ms != 0)
		record_put_int(&record, "sekisho.query.since", c->since_ms);
	if (c->until_ms != 0)
		record_put_int(&record, "sekisho.query.until", c->until_ms);
	controls_put(&record, ACTION_LOG_READ);
	e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	return e;
}

/* ---- the policy
 * -------------------------------------------------------------------------------- */

int
command_policy_show(struct server *s, struct job *job)
{
	int e = store_policy_bundle(s->store, job->command.name, &job->reply_payload);

	if (e != SKS_NOT_FOUND)
		return e;
	command_say(job, STATUS_REFUSED, "%s",
	    _("No policy of that digest was ever in force. `sekisho policy history` lists "
	      "them."));
	return SKS_OK;
}

int
command_policy_history(struct server *s, struct job *job)
{
	static struct stored_policy p[HISTORY_MAX];
	json_t *list = json_array();
	size_t n = 0;
	int e = store_policy_history(s->store, p, HISTORY_MAX, &n);

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:I,s:s,s:s,s:b}", "digest", p[i].digest, "applied",
			      (json_int_t)p[i].applied_wall_ms, "by", p[i].by, "comment",
			      p[i].comment, "active", (int)p[i].active));
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	return command_json(job, list);
}

static void
policy_in_force(struct server *s, struct job *job)
{
	struct policy *old = s->policy;

	s->policy = job->new_policy;
	job->new_policy = NULL;
	policy_free(old);
	i18n_init(s->policy->language);
	log_info("policy %.12s is in force", s->policy->digest);
}

struct policy_change {
	const char *from, *to;
};

static void
put_change(struct record *record, void *context)
{
	const struct policy_change *c = context;

	record_put_str(record, "sekisho.policy.from", c->from);
	record_put_str(record, "sekisho.policy.to", c->to);
}

static int
refuse_policy(struct server *s, struct job *job, const struct policy_problems *problems)
{
	struct record record;
	int e;

	command_say(job, STATUS_REFUSED, _("%s:%d: %s\nThe policy in force stays as it is."),
	    problems->item[0].file, problems->item[0].line, problems->item[0].text);
	record_init(&record, event_by_action(ACTION_POLICY_REFUSED), clock_now(), s->boot_id,
	    outcome_words[OUTCOME_FAILURE], reason_words[REASON_INVALID_VALUE]);
	record_put_str(&record, "user.effective.name", job->who);
	record_put_int(&record, "user.effective.id", job->peer.uid);
	if ((e = origin_put(s, &job->peer, &record)) != SKS_OK) {
		record_clear(&record);
		return e;
	}
	record_put_str(&record, "file.path", problems->item[0].file);
	record_put_int(&record, "sekisho.policy.line", problems->item[0].line);
	record_put_str(&record, "message", problems->item[0].text);
	record_put_str(&record, "sekisho.policy", s->policy->digest);
	controls_put(&record, ACTION_POLICY_REFUSED);
	e = turn_append(s, &record, &job->command_reply.record);
	record_clear(&record);
	return e;
}

static int
activate(struct server *s, struct job *job, const void *bundle, size_t len)
{
	static struct policy_problems problems;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	memset(&problems, 0, sizeof(problems));
	policy_free(job->new_policy); /* of an attempt before */
	job->new_policy = NULL;
	e = policy_parse(bundle, len, &job->new_policy, &problems);
	if (e == SKS_INVALID || e == SKS_TOO_BIG)
		return refuse_policy(s, job, &problems);
	if (e != SKS_OK)
		return e;
	struct policy_change change = {s->policy->digest, job->new_policy->digest};
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = true;
	r.name[0] = '\0';
	if ((e = command_decide(s, job, &r, &f, put_change, &change, &d)) != SKS_OK ||
	    d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_policy_activate(
		 s->store, job->new_policy->digest, bundle, len, r.by, r.text)) != SKS_OK)
		return e;
	job->after_commit = policy_in_force;
	command_say(job, STATUS_DONE, _("Policy %.12s is in force."), job->new_policy->digest);
	return SKS_OK;
}

int
command_policy_apply(struct server *s, struct job *job)
{
	return activate(s, job, job->payload.data, job->payload.len);
}

/* Without a digest: the last one that was in force before this one. */
int
command_policy_rollback(struct server *s, struct job *job)
{
	static struct stored_policy p[HISTORY_MAX];
	char digest[POLICY_DIGEST_SIZE] = "";
	struct buf bundle;
	size_t n = 0;
	int e = store_policy_history(s->store, p, HISTORY_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n && digest[0] == '\0'; i++) {
		bool wanted = job->command.name[0] != '\0'
				  ? strncmp(p[i].digest, job->command.name,
					strlen(job->command.name)) == 0
				  : strcmp(p[i].digest, s->policy->digest) != 0;

		if (wanted)
			(void)memcpy(digest, p[i].digest, sizeof(digest));
	}
	if (e != SKS_OK)
		return e;
	if (digest[0] == '\0') {
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such policy to go back to. `sekisho policy history` lists "
		      "them."));
		return SKS_OK;
	}
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	if ((e = store_policy_bundle(s->store, digest, &bundle)) == SKS_OK)
		e = activate(s, job, bundle.data, bundle.len);
	buf_clear(&bundle);
	return e;
}

/* ---- explain
 * -------------------------------------------------------------------------------------- */

static json_t *
rules_json(const struct policy *p, const struct rule_case *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rule[i];

		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s,s:i,s:b,s:b,s:I,s:b}", "name", r->name, "file",
			      r->file, "line", r->line, "refuse", (int)r->refuse, "require_mfa",
			      (int)r->require_mfa, "within", (json_int_t)r->mfa_within_ms,
			      "matches", (int)rule_matches(r, c)));
	}
	return list;
}

/* The case as it would arrive: the first factor right, no second one yet. */
static void
explain_request(const struct command *c, struct request *r)
{
	*r = (struct request){.phase = PHASE_ACCOUNT,
	    .known = c->uid_known,
	    .uid = c->uid,
	    .by_root = true,
	    .real_uid = c->uid,
	    .login_uid = c->uid,
	    .audit_session = NO_UID,
	    .actor_uid = c->uid};
	(void)snprintf(r->user, sizeof(r->user), "%s", c->user);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", c->user);
	(void)snprintf(r->service, sizeof(r->service), "%s", c->service);
	source_normalize("", c->source, r->source);
}

/* su and sudo carry no address: the case is a login from there, at the console where no address
 * is given, with them run inside it. Its own second factor is as old as can be. */
static void
explain_inside(const struct policy *p, struct request *r, struct facts *f)
{
	enum service_class class = policy_service_class(p, r->service);

	if (class != SERVICE_ELEVATION && class != SERVICE_REAUTHENTICATION)
		return;
	f->session = true;
	f->session_uid = r->uid;
	(void)snprintf(f->session_user, sizeof(f->session_user), "%s", r->user);
	(void)snprintf(f->session_source, sizeof(f->session_source), "%s", r->source);
	(void)snprintf(f->session_service, sizeof(f->session_service), "%s",
	    r->source[0] != '\0' ? "sshd" : "login");
	r->source[0] = '\0';
}

/* The same login with a key that sshd has verified, and nothing else. */
static void
explain_key(const struct policy *p, const struct request *r, struct facts *f, json_t *o)
{
	struct decision d;

	f->txn = f->txn_first_factor = false;
	decide(p, r, f, &d);
	(void)json_object_set_new(
	    o, "key_verdict", json_string(d.verdict == VERDICT_ALLOW ? "allow" : "deny"));
	(void)json_object_set_new(o, "key_reason", json_string(reason_words[d.reason]));
}

static void
explain_at(struct facts *f, int64_t at_ms)
{
	time_t t = (time_t)(at_ms / 1000);
	struct tm tm = {0};

	if (at_ms == 0 || localtime_r(&t, &tm) == NULL)
		return;
	f->wall_ms = at_ms;
	f->weekday = (uint32_t)tm.tm_wday;
	f->minute_of_day = (uint32_t)(tm.tm_hour * 60 + tm.tm_min);
}

int
command_explain(struct server *s, struct job *job)
{
	const struct policy *p = s->policy;
	static struct facts f;
	struct request r;
	struct decision d;
	struct explained x;
	json_t *o;
	int e;

	explain_request(&job->command, &r);
	if ((e = pam_facts(s, &r, job->groups_known ? job->groups : NULL, &f)) != SKS_OK)
		return e;
	explain_at(&f, job->command.at_ms);
	explain_inside(p, &r, &f);
	f.txn = f.txn_first_factor = true; /* the password was right */
	decide(p, &r, &f, &d);
	explain(p, &r, &f, &x);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:i,s:o,s:s*}", "verdict",
	    d.verdict == VERDICT_ALLOW ? "allow" : "deny", "reason", reason_words[d.reason],
	    "need", x.required ? "code" : "none", "account_class",
	    account_class_words[policy_account_class(p, r.user, r.uid)], "person",
	    policy_person(p, r.user), "service_class", service_class_words[x.service_class],
	    "source", x.match.source, "floor", (int)x.floor, "required", (int)x.required,
	    "within", (json_int_t)x.within_ms, "devices", (int)f.devices, "rules",
	    rules_json(p, &x.match), "rule", d.rule);
	if (o != NULL && d.text != TEXT_NONE && d.text != TEXT_PROMPT_CODE) {
		char text[1024];

		texts_render(p, d.text, d.wait_ms, d.rule, &f, text, sizeof(text));
		(void)json_object_set_new(o, "text", json_string(text));
	}
	if (o != NULL && x.service_class == SERVICE_REMOTE)
		explain_key(p, &r, &f, o);
	return command_json(job, o);
}

int
command_survey(struct server *s, struct job *job)
{
	if (changes_now(s) == SKS_OK)
		command_say(job, STATUS_DONE, "%s", _("The survey has begun."));
	else
		command_say(job, STATUS_REFUSED, "%s",
		    _("The policy has switched surveys off: [changes] detect = no."));
	return SKS_OK;
}
