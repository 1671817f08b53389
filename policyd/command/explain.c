/* What would be decided about a login, and by which rules. */
#include "command/command.h"
#include "error.h"
#include <stdio.h>
#include <time.h>

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
	f->wall_ms = f->date_ms = at_ms;
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
	if (o != NULL && x.grace_until_ms != 0)
		(void)json_object_set_new(
		    o, "grace_until", json_integer((json_int_t)x.grace_until_ms));
	if (o != NULL) {
		(void)json_object_set_new(o, "observed", json_boolean(d.observed));
		(void)json_object_set_new(o, "observing", json_boolean(x.observed));
	}
	if (o != NULL && x.service_class == SERVICE_REMOTE)
		explain_key(p, &r, &f, o);
	return command_json(job, o);
}
