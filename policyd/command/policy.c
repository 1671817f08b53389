/* The policy: shown, applied, gone back to. */
#include "audit/controls.h"
#include "command/policy_request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/exceptions.h"
#include "keeper/grants.h"
#include "log.h"
#include "origin.h"
#include "policy/difference.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HISTORY_MAX = 200 };

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
	(void)grants_tick(s); /* roles that are gone; and the groups of the new ones */
	(void)exceptions_tick(s); /* what it makes weaker is in the register from the first */
	policy_free(old);
	i18n_init(s->policy->language);
	notice_publish(s);
	log_info("policy %.12s is in force", s->policy->digest);
}

enum { DIFFERENCE_MAX = 4096 };

struct policy_change {
	const char *from, *to;
	struct buf difference;
	const struct store_request *request; /* that waits, or was approved; NULL */
};

/* What it changes, against the policy in force. */
static int
compare(struct server *s, const void *bundle, size_t len, struct policy_change *c)
{
	struct buf before;
	int e;

	buf_init(&before, POLICY_BUNDLE_MAX);
	e = store_policy_bundle(s->store, c->from, &before);
	if (e == SKS_OK)
		policy_difference(
		    before.data, before.len, bundle, len, &c->difference, DIFFERENCE_MAX);
	buf_clear(&before);
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

static void
put_change(struct record *record, void *context)
{
	const struct policy_change *c = context;

	record_put_str(record, "sekisho.policy.from", c->from);
	record_put_str(record, "sekisho.policy.to", c->to);
	buf_put_u8((struct buf *)(uintptr_t)&c->difference, '\0');
	if (buf_error(&c->difference) == SKS_OK)
		record_put_str(
		    record, "sekisho.policy.difference", (const char *)c->difference.data);
	if (c->request != NULL) {
		record_put_str(record, "sekisho.request.person", c->request->person);
		record_put_str(record, "sekisho.request.by", c->request->by);
		record_put_str(record, "sekisho.request.approved", c->request->ended_by);
	}
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
	if ((e = origin_put_doer(s, job, &record)) != SKS_OK) {
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

/* At a minute of the host's own time zone, which is what the person's clock shows. */
static void
say_in_force(struct job *job)
{
	time_t seconds = (time_t)(job->command_reply.next / 1000);
	char at[32] = "";
	struct tm local;

	if (job->command_reply.next == 0) {
		command_say(
		    job, STATUS_DONE, _("Policy %.12s is in force."), job->new_policy->digest);
		return;
	}
	if (localtime_r(&seconds, &local) != NULL)
		(void)strftime(at, sizeof(at), "%H:%M:%S", &local);
	command_say(job, STATUS_DONE,
	    _("Policy %.12s is in force until %s. Then the one before comes back, unless you log "
	      "in anew, become root there and run: sekisho policy confirm"),
	    job->new_policy->digest, at);
}

/* It waits for another person. */
static int
ask(struct server *s, struct job *job, const void *bundle, size_t len, struct admin_request *r,
    const struct admin_facts *f, struct store_request *q, struct policy_change *change)
{
	struct decision d;
	int e;

	decide_command(s->policy, r, f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		e = policy_request_keep(s, job, change->to, bundle, len, q);
		if (e == SKS_FULL)
			command_say(job, STATUS_REFUSED, "%s",
			    _("Too many requests wait already. `sekisho pending` shows them."));
		if (e != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		(void)snprintf(r->request, sizeof(r->request), "P-%llu",
		    (unsigned long long)q->number);
	}
	if ((e = command_decide(s, job, r, f, put_change, change, &d)) != SKS_OK)
		return e;
	if (d.verdict == VERDICT_ALLOW)
		command_say(job, STATUS_REFUSED,
		    _("%s waits for another person: `sekisho policy diff %s` shows what it changes, "
		      "`sekisho approve %s` approves it. Then apply it again. The policy in force "
		      "stays as it is."),
		    r->request, r->request, r->request);
	else if (d.reason == REASON_EXISTS)
		command_say(job, STATUS_REFUSED,
		    _("P-%llu waits for another person already. The policy in force stays as it "
		      "is."),
		    (unsigned long long)q->number);
	else if (d.reason == REASON_NOT_IDENTIFIED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Another person approves a new policy here, so it must be known who asks: "
		      "log in as yourself, then sudo."));
	return SKS_OK;
}

static int
go_into_force(struct server *s, struct job *job, const void *bundle, size_t len,
    const struct admin_request *r, const struct store_request *q, bool approved)
{
	int e;

	if (approved && (e = store_request_use(s->store, q)) != SKS_OK)
		return e;
	if ((e = store_policy_activate(
		 s->store, job->new_policy->digest, bundle, len, r->by, r->text)) != SKS_OK ||
	    (e = command_change_of_policy(s, job, job->new_policy->digest)) != SKS_OK)
		return e;
	job->after_commit = policy_in_force;
	say_in_force(job);
	return SKS_OK;
}

static int
decide_activation(struct server *s, struct job *job, const void *bundle, size_t len,
    struct policy_change *change)
{
	struct store_request q;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = compare(s, bundle, len, change)) != SKS_OK ||
	    (e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = policy_request_facts(s, job, change->to, &q, &f)) != SKS_OK)
		return e;
	f.found = true;
	r.name[0] = '\0';
	if (f.must_approve)
		change->request = &q;
	if (f.must_approve && !f.open)
		return ask(s, job, bundle, len, &r, &f, &q, change);
	if (f.must_approve)
		(void)snprintf(r.request, sizeof(r.request), "P-%llu",
		    (unsigned long long)q.number);
	if ((e = command_decide(s, job, &r, &f, put_change, change, &d)) != SKS_OK ||
	    d.verdict != VERDICT_ALLOW)
		return e;
	return go_into_force(s, job, bundle, len, &r, &q, f.must_approve);
}

static int
activate(struct server *s, struct job *job, const void *bundle, size_t len)
{
	static struct policy_problems problems;
	int e;

	memset(&problems, 0, sizeof(problems));
	policy_free(job->new_policy); /* of an attempt before */
	job->new_policy = NULL;
	e = policy_parse(bundle, len, &job->new_policy, &problems);
	if (e == SKS_INVALID || e == SKS_TOO_BIG)
		return refuse_policy(s, job, &problems);
	if (e != SKS_OK)
		return e;
	struct policy_change change = {s->policy->digest, job->new_policy->digest, {0}, NULL};
	buf_init(&change.difference, 2 * DIFFERENCE_MAX);
	e = decide_activation(s, job, bundle, len, &change);
	buf_clear(&change.difference);
	return e;
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
