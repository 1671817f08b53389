/* What would be decided about a login, and by which rules. */
#include "command/explain.h"
#include "error.h"
#include "explaining.h"
#include "refusal.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

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

void
explain_at(int64_t at_ms, int64_t *wall_ms, uint32_t *weekday, uint32_t *minute_of_day)
{
	time_t t = (time_t)(at_ms / 1000);
	struct tm tm = {0};

	if (at_ms == 0 || localtime_r(&t, &tm) == NULL)
		return;
	*wall_ms = at_ms;
	*weekday = (uint32_t)tm.tm_wday;
	*minute_of_day = (uint32_t)(tm.tm_hour * 60 + tm.tm_min);
}

int
command_explain(struct server *s, struct job *job)
{
	const struct policy *p = s->policy;
	static struct facts f;
	struct request r;
	json_t *o;
	int e;

	if (job->command.name[0] != '\0' && job->command.service[0] == '\0')
		return refusal_is_code(job->command.name) && job->peer.uid == 0
			   ? explain_refusal(s, job)
			   : explain_for_role(s, job);
	explain_request(&job->command, &r);
	if ((e = pam_facts(s, &r, job->groups_known ? job->groups : NULL, &f)) != SKS_OK)
		return e;
	explain_at(job->command.at_ms, &f.wall_ms, &f.weekday, &f.minute_of_day);
	if (job->command.at_ms != 0)
		f.date_ms = f.wall_ms;
	explain_inside(p, &r, &f);
	f.txn = f.txn_first_factor = true; /* the password was right */
	o = explaining_login(p, &r, &f);
	if (o != NULL && strcmp(json_string_value(json_object_get(o, "service_class")),
			     service_class_words[SERVICE_REMOTE]) == 0)
		explain_key(p, &r, &f, o);
	return command_json(job, o);
}
