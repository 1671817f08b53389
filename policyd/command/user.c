/* People: what the store knows of them, suspending, unlocking, sessions, reports. */
#include "command/members.h"
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/exceptions.h"
#include "keeper/ending.h"
#include "keeper/grants.h"
#include "keeper/volume.h"
#include "log.h"
#include "store/volume.h"
#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 512, SESSIONS_MAX = 512 };

static json_t *
last_success_json(const struct user_state *u)
{
	if (u->last_success_wall_ms == 0)
		return NULL;
	return json_pack("{s:I,s:s}", "at", (json_int_t)u->last_success_wall_ms, "source",
	    u->last_success_source);
}

static json_t *
user_json(struct server *s, const struct user_state *u)
{
	enum account_class class = policy_account_class(s->policy, u->user, u->uid);
	json_t *o = json_pack("{s:s,s:I,s:s,s:s,s:b,s:b,s:i,s:i,s:i,s:o*}", "user", u->user, "uid",
	    (json_int_t)u->uid, "class", account_class_words[class], "person",
	    policy_person(s->policy, u->user), "suspended", (int)u->suspended, "retired", (int)u->retired, "lanes_locked",
	    (int)u->lanes_locked, "devices", (int)u->devices, "recovery_codes",
	    (int)u->recovery_codes, "last_success", last_success_json(u));

	if (u->suspended) {
		(void)json_object_set_new(
		    o, "suspended_at", json_integer((json_int_t)u->suspended_wall_ms));
		(void)json_object_set_new(o, "suspended_by", json_string(u->suspended_by));
		(void)json_object_set_new(o, "suspended_why", json_string(u->suspended_why));
	}
	return o;
}

/* "sent": bytes so far; where there are none, why not. A console sends nothing to anywhere. */
static void
put_volume(struct server *s, const struct session *x, json_t *o)
{
	struct store_volume v;

	if (store_volume(s->store, x->id, &v) != SKS_OK)
		return;
	if (v.cookie != 0 && v.measured_wall_ms != 0)
		(void)json_object_set_new(
		    o, "sent", json_integer((json_int_t)store_volume_bytes(&v)));
	else
		(void)json_object_set_new(o, "sent_unknown",
		    json_string(v.cookie != 0 ? "not-yet-measured" : "not-measured"));
}

static json_t *
session_json(const struct session *x)
{
	json_t *o = json_pack("{s:I,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:I,s:b,s:I,s:s}", "id",
	    (json_int_t)x->id, "user", x->user, "uid", (json_int_t)x->uid, "service",
	    x->service, "source", x->source, "tty", x->tty, "key", x->key, "actor", x->actor,
	    "pid", (json_int_t)x->pid, "login", (int)x->login, "opened",
	    (json_int_t)x->opened_wall_ms, "factor", factor_words[x->factor]);

	if (x->factor_wall_ms != 0)
		(void)json_object_set_new(
		    o, "factor_at", json_integer((json_int_t)x->factor_wall_ms));
	return o;
}

static json_t *
sessions_json(struct server *s, const char *user, uint32_t uid)
{
	static struct session x[SESSIONS_MAX];
	json_t *list = json_array();
	size_t n = 0;

	(void)store_sessions(s->store, uid, x, SESSIONS_MAX, &n);
	for (size_t i = 0; i < n; i++)
		if (user == NULL || strcmp(user, x[i].user) == 0) {
			json_t *o = session_json(&x[i]);

			put_volume(s, &x[i], o);
			(void)json_array_append_new(list, o);
		}
	return list;
}

static int
load_user(struct server *s, const char *user, uint32_t uid, struct user_state *u)
{
	return store_user(s->store, user, uid, s->policy->deny, s->policy->unlock_time_ms, u);
}

int
command_user_show(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	static struct user_state u;
	json_t *o;
	int e;

	if (!c->uid_known) {
		command_say(job, STATUS_REFUSED, _("There is no account \"%s\" on this host."),
		    c->user);
		return SKS_OK;
	}
	if ((e = load_user(s, c->user, c->uid, &u)) != SKS_OK)
		return e;
	o = user_json(s, &u);
	(void)json_object_set_new(o, "devices", command_devices_json(s, c->user, c->uid));
	(void)json_object_set_new(o, "sessions", sessions_json(s, c->user, c->uid));
	(void)json_object_set_new(o, "grants", grant_user_json(s, c->user, c->uid));
	(void)json_object_set_new(o, "roles",
	    grant_roles_json(s, c->user, job->groups_known ? job->groups : NULL));
	if ((e = command_put_terms(s, c->user, c->uid, o)) != SKS_OK ||
	    (e = volume_put_today(s, policy_person(s->policy, c->user), o)) != SKS_OK) {
		json_decref(o);
		return e;
	}
	return command_json(job, o);
}

static bool
is_invited(const json_t *user)
{
	const json_t *state = json_object_get(json_object_get(user, "invitation"), "state");

	return json_is_string(state) &&
	       strcmp(json_string_value(state), invitation_words[INVITATION_OPEN]) == 0;
}

/* One page, behind the name that the page before ended with; an empty one is the end. */
int
command_user_list(struct server *s, struct job *job)
{
	static struct user_state u[LIST_MAX];
	const struct policy *p = s->policy;
	int64_t since_ms = 0;
	json_t *list;
	size_t n = 0;
	int e = store_users(
	    s->store, job->command.name, p->deny, p->unlock_time_ms, u, LIST_MAX, &n);

	if (e == SKS_OK && p->dormant_ms != 0)
		e = users_known_since(s, &since_ms);
	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n && e == SKS_OK; i++) {
		json_t *o = user_json(s, &u[i]);

		e = command_put_terms(s, u[i].user, u[i].uid, o);
		(void)json_object_set_new(o, "dormant",
		    json_boolean(user_is_dormant(p, &u[i], is_invited(o), since_ms)));
		(void)json_array_append_new(list, o);
	}
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	return command_json(job, list);
}

int
command_session_list(struct server *s, struct job *job)
{
	bool all = (job->peer.uid == 0 || job->auditor) && strcmp(job->command.user, job->who) == 0;

	return command_json(job,
	    sessions_json(s, all ? NULL : job->command.user, all ? NO_UID : job->command.uid));
}

int
command_user_unlock(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	uint32_t lanes = 0;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = job->command.uid_known;
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK ||
	    d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_user_unlock(s->store, r.user, r.uid, &lanes)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE,
	    dngettext("sekisho", "%s may try again: %u lock or count was cleared.",
		"%s may try again: %u locks and counts were cleared.", lanes),
	    r.user, lanes);
	return SKS_OK;
}

int
command_user_state(struct server *s, struct job *job)
{
	bool suspend = job->command.verb == VERB_USER_SUSPEND;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = job->command.uid_known;
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_PERMITTED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("root cannot be suspended: at the console it stays the last way in."));
	if (d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_user_suspend(s->store, r.user, r.uid, suspend, r.by, r.text)) != SKS_OK)
		return e;
	if (suspend && (e = grants_end_user(s, r.user, r.uid, r.by, "suspended")) != SKS_OK)
		return e;
	if (suspend)
		job->after_commit = ending_with_answer;
	command_say(job, STATUS_DONE,
	    suspend ? _("%s is suspended from the next decision on.")
		    : _("%s may log in again."),
	    r.user);
	return SKS_OK;
}

/* ---- reports by a user about themselves
 * --------------------------------------------------------- */

enum report_effect { EFFECT_TELL, EFFECT_LOSE, EFFECT_SUSPEND };

static const struct report {
	const char *kind;
	enum report_effect effect;
	bool end_sessions;
	const char *sentence;
} report_table[] = {
    {"known-password", EFFECT_SUSPEND, true,
	N_("Your account is suspended so that nobody else can use the password. Ask an "
	   "administrator for a new one.")},
    {"lost-device", EFFECT_LOSE, false,
	N_("Your devices are marked lost: no code of them counts from now on.")},
    {"not-me", EFFECT_SUSPEND, true,
	N_("Your account is suspended and its sessions are being ended. An administrator will "
	   "contact you.")},
    {"unused-account", EFFECT_SUSPEND, false,
	N_("The account is suspended. An administrator can resume it if it is needed after "
	   "all.")},
    {"incident", EFFECT_TELL, false, N_("Your report is recorded.")},
};

static int
lose_devices(struct server *s, const struct admin_request *r)
{
	static struct device d[DEVICES_MAX * 4];
	size_t n = 0;
	int e = store_devices(s->store, r->user, r->uid, true, d, sizeof(d) / sizeof(d[0]), &n);

	for (size_t i = 0; i < n && (e == SKS_OK || e == SKS_TOO_BIG); i++) {
		d[i].state = DEVICE_LOST;
		d[i].ended_wall_ms = d[i].lost_wall_ms = clock_now().wall_ms;
		(void)snprintf(d[i].lost_by, sizeof(d[i].lost_by), "%s", r->by);
		(void)snprintf(d[i].ended_by, sizeof(d[i].ended_by), "%s", r->by);
		(void)snprintf(d[i].ended_why, sizeof(d[i].ended_why), "reported lost");
		e = store_device_update(s->store, &d[i]);
	}
	return e;
}

static void
officers_text(const struct policy *p, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->officer_count && used < size; i++) {
		int n = snprintf(out + used, size - used, "%s%s%s%s%s", i > 0 ? ", " : "",
		    p->officer[i].name, p->officer[i].contact != NULL ? " (" : "",
		    p->officer[i].contact != NULL ? p->officer[i].contact : "",
		    p->officer[i].contact != NULL ? ")" : "");

		if (n < 0)
			return;
		used += (size_t)n;
	}
}

struct told {
	const char *kind;
	const struct policy *policy;
};

static void
put_report(struct record *record, void *context)
{
	const struct told *told = context;
	const struct policy *p = told->policy;
	const char *name[64];
	size_t n = 0;

	record_put_str(record, "sekisho.report", told->kind);

	for (; n < p->officer_count && n < 64; n++)
		name[n] = p->officer[n].name;
	if (n > 0)
		record_put_list(record, "sekisho.officers", name, n);
}

int
command_report(struct server *s, struct job *job)
{
	const struct report *kind = NULL;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	char officers[1024], back[1024] = "";
	bool root = job->command.uid == 0;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	for (size_t i = 0; i < sizeof(report_table) / sizeof(report_table[0]); i++)
		if (strcmp(report_table[i].kind, r.name) == 0)
			kind = &report_table[i];
	f.found = kind != NULL && r.uid != NO_UID;
	r.name[0] = '\0'; /* of a device, in records */
	struct told told = {kind != NULL ? kind->kind : NULL, s->policy};
	if ((e = command_decide(s, job, &r, &f, put_report, &told, &d)) != SKS_OK ||
	    d.verdict != VERDICT_ALLOW)
		return e;
	if (kind->effect == EFFECT_LOSE && (e = lose_devices(s, &r)) == SKS_OK)
		e = command_way_back(s, &r, back, sizeof(back));
	else if (kind->effect == EFFECT_SUSPEND && !root &&
		 (e = store_user_suspend(s->store, r.user, r.uid, true, r.by, kind->kind)) == SKS_OK)
		e = grants_end_user(s, r.user, r.uid, r.by, "suspended");
	if (e != SKS_OK)
		return e;
	if (kind->effect == EFFECT_SUSPEND && !root)
		job->after_commit = kind->end_sessions ? ending_behind_answer : grants_publish;
	officers_text(s->policy, officers, sizeof(officers));
	log_warn("user %s reports: %s. To be told: %s", r.user, kind->kind,
	    officers[0] != '\0' ? officers : "nobody is named in the policy ([officer NAME])");
	if (officers[0] == '\0')
		(void)snprintf(officers, sizeof(officers), "%s",
		    _("the system log (the policy names no officer)"));
	const char *done = root && kind->effect == EFFECT_SUSPEND
			       ? _("Your report is recorded. root is not suspended, because at "
				   "the console it stays the last way in: change its password "
				   "now.")
			       : _(kind->sentence);
	if (back[0] != '\0')
		command_say(job, STATUS_DONE, _("%s %s Told: %s."), done, back, officers);
	else
		command_say(job, STATUS_DONE, _("%s Told: %s."), done, officers);
	return SKS_OK;
}

int
command_break_glass_made(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = true;
	r.digits = (uint32_t)job->command.number;
	if ((e = review_is_open(s, &f.open)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	return d.verdict == VERDICT_ALLOW ? store_meta_set(s->store, BREAK_GLASS_USED, "0")
					  : SKS_OK;
}
