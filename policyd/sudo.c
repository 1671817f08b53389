/*
 * MSG_SUDO: a command that sudoers allows is decided on and recorded before it runs, and recorded
 * again when it has ended, with the number of the first record. What of its arguments is secret is
 * in neither.
 */
#include "audit/controls.h"
#include "command/allowance.h"
#include "decide/elevation.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "log.h"
#include "sudo_mask.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GRANTS_A_LOOK = 64, SESSIONS_A_LOOK = 64, BEGAN_MARGIN_MS = 2000, OPTIONS_MAX = 256 };

enum job_result
sudo_prepare(struct server *s, struct job *job)
{
	(void)s;
	(void)job;
	return JOB_DONE;
}

/* ---- what is asked ----------------------------------------------------------------------- */

static void
copy(char *dst, size_t size, const char *src)
{
	(void)text_clean(dst, size, src);
}

static void
request_build(const struct job *job, struct elevation_request *r)
{
	const struct sudo_request *q = &job->sudo;

	*r = (struct elevation_request){.uid = q->uid,
	    .login_uid = job->peer.login_uid,
	    .audit_session = job->peer.audit_session,
	    .pid = job->peer.pid,
	    .cut = q->cut,
	    .run_as_uid = q->run_as_uid,
	    .edit = q->edit,
	    .timeout_s = q->timeout_s};
	copy(r->user, sizeof(r->user), q->user);
	if (r->login_uid != NO_UID)
		copy(r->actor, sizeof(r->actor), q->actor);
	copy(r->command, sizeof(r->command), q->command);
	memcpy(r->arguments, q->arguments, sizeof(r->arguments));
	copy(r->cwd, sizeof(r->cwd), q->cwd);
	copy(r->tty, sizeof(r->tty), q->tty);
	copy(r->run_as, sizeof(r->run_as), q->run_as);
}

/* ---- what is known ----------------------------------------------------------------------- */

/* The login behind sudo's process. A terminal multiplexer outlives the login that it was started
 * in: then another one of the same account that is open. */
static int
find_login(struct server *s, const struct job *job, struct session *out)
{
	static struct session x[SESSIONS_A_LOOK];
	size_t n = 0;
	int e = SKS_NOT_FOUND;

	if (job->peer.audit_session != NO_UID)
		e = store_session_login(s->store, job->peer.audit_session, out);
	if (e != SKS_NOT_FOUND)
		return e;
	if (job->peer.login_uid == NO_UID)
		return SKS_NOT_FOUND;
	e = store_sessions(s->store, job->peer.login_uid, x, SESSIONS_A_LOOK, &n);
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (x[i].login && x[i].uid == job->peer.login_uid) {
			*out = x[i];
			return SKS_OK;
		}
	}
	return e == SKS_OK ? SKS_NOT_FOUND : e;
}

static bool
is_identified(const struct server *s, const struct elevation_request *r, const struct session *x)
{
	if (x->uid != r->login_uid)
		return false;
	return r->login_uid == r->uid ||
	       (strcmp(x->user, r->actor) == 0 &&
		   strcmp(policy_person(s->policy, r->actor), policy_person(s->policy, r->user)) ==
		       0);
}

static bool
covers(const struct server *s, const struct store_grant *g, const struct elevation_request *r)
{
	const struct role *role = policy_role(s->policy, g->role);

	return role != NULL && elevation_covers(role, r);
}

/* The one that lasts longest, of those that cover it. */
static int
find_grant(struct server *s, const struct elevation_request *r, struct elevation_facts *f)
{
	static struct store_grant g[GRANTS_A_LOOK];
	size_t n = 0;
	int e = store_grant_list(s->store, 0, false, r->user, r->uid, g, GRANTS_A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (g[i].state != GRANT_ACTIVE || g[i].left_ms <= f->left_ms ||
		    !covers(s, &g[i], r))
			continue;
		f->grant = g[i].number;
		f->left_ms = g[i].left_ms;
		(void)snprintf(f->role, sizeof(f->role), "%s", g[i].role);
	}
	return e;
}

/* sudo asked for its groups after it began: what ended since may be what let it through. */
static int
find_ended(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f)
{
	static struct store_grant g[GRANTS_A_LOOK];
	struct instant now = clock_now();
	int64_t began_ms = (int64_t)(job->peer.pid_start * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
	size_t n = 0;
	int e = store_grant_ended(s->store, r->user, r->uid,
	    now.wall_ms - (now.boot_ms - began_ms) - BEGAN_MARGIN_MS, g, GRANTS_A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n && !f->over; i++) {
		f->over = covers(s, &g[i], r);
		if (f->over)
			(void)snprintf(f->role, sizeof(f->role), "%s", g[i].role);
	}
	return e;
}

static int
find_facts(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f, struct session *login)
{
	static struct user_state user;
	int e;

	*f = (struct elevation_facts){.wall_ms = clock_now().wall_ms};
	memset(login, 0, sizeof(*login));
	pam_local_time(f->wall_ms, &f->weekday, &f->minute_of_day);
	if ((e = store_user(s->store, r->user, r->uid, s->policy->deny,
		 s->policy->unlock_time_ms, &user)) != SKS_OK)
		return e;
	f->suspended = user.suspended;
	e = find_login(s, job, login);
	if (e == SKS_OK) {
		f->identified = is_identified(s, r, login);
		(void)snprintf(f->source, sizeof(f->source), "%s", login->source);
	} else if (e != SKS_NOT_FOUND) {
		return e;
	}
	if (r->uid == 0)
		return SKS_OK;
	if ((e = find_grant(s, r, f)) != SKS_OK || f->grant != 0)
		return e;
	return find_ended(s, job, r, f);
}

/* ---- what is written down ---------------------------------------------------------------- */

static void
put_arguments(
    struct server *s, struct record *record, const char *role, const char *arguments)
{
	static char lines[sizeof(((struct sudo_request *)0)->arguments)];
	const struct role *r = policy_role(s->policy, role);
	const char *item[MASK_ARGUMENTS_MAX];
	char *options[OPTIONS_MAX];
	struct strings all = {.item = options};
	bool more;
	size_t n;

	/* of a command that is no role's, the options that any role names: rather too many */
	for (size_t i = 0; r == NULL && i < s->policy->role_count; i++) {
		const struct strings *mask = &s->policy->role[i].mask;

		for (size_t j = 0; j < mask->count && all.count < OPTIONS_MAX; j++)
			options[all.count++] = mask->item[j];
	}
	memcpy(lines, arguments, sizeof(lines));
	n = mask_arguments(r != NULL ? &r->mask : &all, lines, item, &more);
	if (n > 0)
		record_put_list(record, "process.args", item, n);
	if (more)
		record_put_bool(record, "sekisho.sudo.arguments.more", true);
	explicit_bzero(lines, sizeof(lines));
}

static void
put_case(struct server *s, struct record *record, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login)
{
	record_put_fields(record, &elevation_request_fields, r);
	if (r->uid == 0)
		record_put_int(record, "user.id", 0);
	if (r->run_as_uid == 0)
		record_put_int(record, "user.target.id", 0);
	record_put_str(record, "sekisho.person", policy_person(s->policy, r->user));
	if (login->id != 0) {
		record_put_int(record, "sekisho.session", (int64_t)login->id);
		record_put_str(record, "sekisho.session.user", login->user);
		record_put_str(record, "source.ip", login->source);
		record_put_str(record, "sekisho.device.key", login->key);
	}
	put_arguments(s, record, f->role, r->arguments);
	record_put_fields(record, &elevation_facts_fields, f);
}

static void
put_request_id(struct record *record, uint64_t grant)
{
	char id[REQUEST_ID_SIZE];

	if (grant == 0)
		return;
	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)grant);
	record_put_str(record, "sekisho.request", id);
}

static int
record_command(struct server *s, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login, const struct decision *d,
    uint64_t *seq)
{
	struct record record;
	int e;

	keeper_record(s, &record, ACTION_SUDO_COMMAND, d->events[0].outcome,
	    reason_words[d->events[0].reason]);
	put_case(s, &record, r, f, login);
	put_request_id(&record, f->grant);
	record_put_str(
	    &record, "sekisho.verdict", d->verdict == VERDICT_ALLOW ? "allow" : "deny");
	record_put_str(&record, "sekisho.reason", reason_words[d->reason]);
	e = turn_append(s, &record, seq);
	record_clear(&record);
	return e;
}

/* Anybody can make sudo refuse something, as often as they like. */
static int
record_refusal(struct server *s, const struct elevation_request *r, const char *reason,
    int (*write)(struct server *, void *), void *context)
{
	char key[LANE_SIZE];
	bool first = true;
	int e = SKS_OK;

	(void)snprintf(key, sizeof(key), "sudo:%.256s", r->user);
	if (!allowance_take_lane(key))
		e = store_refusal_count(s->store, key, reason, &first);
	return e == SKS_OK && first ? write(s, context) : e;
}

/* ---- what is said ------------------------------------------------------------------------ */

void
sudo_say_over(const struct store_grant *g, const char *why, char *out, size_t size)
{
	const char *what = N_("it ended");

	if (strcmp(why, reason_words[REASON_EXPIRED]) == 0)
		what = N_("its time is over");
	else if (strcmp(why, reason_words[REASON_REVOKED]) == 0)
		what = N_("it was taken away");
	else if (strcmp(why, reason_words[REASON_WITHDRAWN]) == 0)
		what = N_("you gave it back");
	else if (strcmp(why, reason_words[REASON_SUSPENDED]) == 0)
		what = N_("the account is suspended");
	else if (strcmp(why, reason_words[REASON_WRONG_STATE]) == 0)
		what = N_("the policy has it no more");
	(void)snprintf(out, size,
	    _("Sekisho: you no longer have the role \"%s\" (R-%llu): %s. The command is being "
	      "ended."),
	    g->role, (unsigned long long)g->number, _(what));
}

static void
say_refused(const struct elevation_facts *f, enum reason reason, char *out, size_t size)
{
	switch (reason) {
	case REASON_SUSPENDED:
		(void)snprintf(out, size, "%s",
		    _("Sekisho: this account is suspended. Ask an administrator."));
		break;
	case REASON_NOT_IDENTIFIED:
		(void)snprintf(out, size,
		    _("Sekisho: the role \"%s\" is used by who has it, in a login of their own "
		      "that is open. Log in anew, as yourself."),
		    f->role);
		break;
	case REASON_WRONG_PLACE:
		(void)snprintf(out, size,
		    _("Sekisho: the role \"%s\" cannot be used from where you are logged in."),
		    f->role);
		break;
	case REASON_OUTSIDE_HOURS:
		(void)snprintf(out, size,
		    _("Sekisho: the role \"%s\" cannot be used at this hour."), f->role);
		break;
	default:
		(void)snprintf(out, size, "%s",
		    _("Sekisho: the role that this command belongs to is over. `sekisho role "
		      "list` shows what you can ask for."));
		break;
	}
}

/* ---- steps ------------------------------------------------------------------------------- */

struct refused {
	const struct elevation_request *r;
	const struct elevation_facts *f;
	const struct session *login;
	const struct decision *d;
	const struct sudo_request *q;
	uint64_t *seq;
};

static int
write_denied(struct server *s, void *context)
{
	const struct refused *x = context;

	return record_command(s, x->r, x->f, x->login, x->d, x->seq);
}

static void
reply_fill(struct server *s, struct job *job, const struct elevation_facts *f)
{
	const struct sudo_request *q = &job->sudo;
	struct sudo_reply *reply = &job->sudo_reply;
	struct instant now = clock_now();
	struct store_grant g = {.number = f->grant};

	reply->verdict = PAM_VERDICT_ALLOW;
	reply->grant = f->grant;
	if (f->grant == 0)
		return;
	reply->until_wall_ms = now.wall_ms + f->left_ms;
	reply->until_boot_ms = now.boot_ms + f->left_ms;
	(void)snprintf(g.role, sizeof(g.role), "%s", f->role);
	sudo_say_over(&g, reason_words[REASON_EXPIRED], reply->over, sizeof(reply->over));
	left_note(s,
	    &(struct left_begun){.grant = f->grant,
		.role = f->role,
		.user = q->user,
		.uid = q->uid,
		.audit_session = job->peer.audit_session,
		.run_as = q->run_as_uid,
		.since = job->peer.pid_start});
}

static bool
is_on_reserve(const struct server *s, const struct elevation_request *r)
{
	return s->space >= STORE_SPACE_RESERVE && r->uid != 0 &&
	       (s->space == STORE_SPACE_NONE ||
		   !policy_is_administrator(s->policy, r->user, r->uid));
}

static int
step_check(struct server *s, struct job *job, const struct elevation_request *r)
{
	struct sudo_reply *reply = &job->sudo_reply;
	static struct elevation_facts f;
	static struct session login;
	struct decision d;
	struct refused refused = {r, &f, &login, &d, &job->sudo, &reply->record};
	int e;

	if (is_on_reserve(s, r)) {
		s->refused_full++;
		sudo_fail(s, job, SKS_FULL);
		return SKS_OK;
	}
	if ((e = find_facts(s, job, r, &f, &login)) != SKS_OK)
		return e;
	decide_elevation(s->policy, r, &f, &d);
	if (d.verdict != VERDICT_ALLOW) {
		say_refused(&f, d.reason, reply->text, sizeof(reply->text));
		return record_refusal(
		    s, r, reason_words[d.reason], write_denied, &refused);
	}
	if ((e = record_command(s, r, &f, &login, &d, &reply->record)) != SKS_OK)
		return e;
	reply_fill(s, job, &f);
	return SKS_OK;
}

/* Asked at the begin of a command, and again whenever its connection was lost. */
static int
step_hold(struct server *s, struct job *job)
{
	const struct sudo_request *q = &job->sudo;
	struct sudo_reply *reply = &job->sudo_reply;
	static struct store_grant g;
	int e = store_grant_get(s->store, q->grant, &g);

	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_OK && g.state == GRANT_ACTIVE && g.left_ms > 0 && g.uid == q->uid &&
	    strcmp(g.user, q->user) == 0) {
		struct elevation_facts f = {.grant = g.number, .left_ms = g.left_ms};

		(void)snprintf(f.role, sizeof(f.role), "%s", g.role);
		reply_fill(s, job, &f);
		reply->held = runs_have_room(s, q->uid);
		return SKS_OK;
	}
	sudo_say_over(&g, g.state == GRANT_OVER ? g.ended_why : reason_words[REASON_EXPIRED],
	    reply->text, sizeof(reply->text));
	return SKS_OK;
}

static void
exit_known(struct server *s, struct job *job)
{
	runs_ended(s, job->sudo.record);
}

static int
step_exit(struct server *s, struct job *job, const struct elevation_request *r)
{
	const struct sudo_request *q = &job->sudo;
	struct record record;

	keeper_record(s, &record, ACTION_SUDO_EXIT,
	    q->ended == SUDO_ENDED_ERROR     ? OUTCOME_FAILURE
	    : q->ended == SUDO_ENDED_UNKNOWN ? OUTCOME_UNKNOWN
					     : OUTCOME_SUCCESS,
	    q->over ? "grant-over" : fields_word(sudo_ended_words, q->ended));
	record_put_str(&record, "user.name", r->user);
	record_put_int(&record, "user.id", r->uid);
	record_put_int(&record, "process.pid", r->pid);
	record_put_str(&record, "process.executable", r->command);
	if (q->ended == SUDO_ENDED_EXIT)
		record_put_int(&record, "process.exit_code", q->status);
	else if (q->ended == SUDO_ENDED_SIGNAL)
		record_put_int(&record, "sekisho.sudo.signal", q->status);
	else if (q->ended == SUDO_ENDED_ERROR)
		record_put_int(&record, "sekisho.sudo.errno", q->status);
	put_request_id(&record, q->grant);
	record_put_int(&record, "sekisho.sudo.record", (int64_t)q->record);
	job->sudo_reply.verdict = PAM_VERDICT_ALLOW;
	job->after_commit = exit_known;
	return keeper_append(s, &record);
}

static int
write_refused(struct server *s, void *context)
{
	const struct refused *x = context;
	struct record record;
	char text[sizeof(x->q->message)];

	keeper_record(
	    s, &record, ACTION_SUDO_REFUSED, OUTCOME_FAILURE, reason_words[REASON_NOT_PERMITTED]);
	put_case(s, &record, x->r, x->f, x->login);
	copy(text, sizeof(text), x->q->plugin);
	record_put_str(&record, "sekisho.sudo.plugin", text);
	copy(text, sizeof(text), x->q->message);
	record_put_str(&record, "message", text);
	return keeper_append(s, &record);
}

static int
step_refused(struct server *s, struct job *job, const struct elevation_request *r)
{
	struct elevation_facts f = {.wall_ms = clock_now().wall_ms};
	static struct session login;
	struct refused refused = {r, &f, &login, NULL, &job->sudo, NULL};
	int e = find_login(s, job, &login);

	if (e == SKS_NOT_FOUND)
		memset(&login, 0, sizeof(login));
	else if (e != SKS_OK)
		return e;
	job->sudo_reply.verdict = PAM_VERDICT_ALLOW;
	return record_refusal(
	    s, r, reason_words[REASON_NOT_PERMITTED], write_refused, &refused);
}

int
sudo_run(struct server *s, struct job *job, enum job_result *result)
{
	static struct elevation_request r;
	int e = SKS_INVALID;

	*result = JOB_DONE;
	job->sudo_reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY};
	request_build(job, &r);
	switch (job->sudo.step) {
	case SUDO_CHECK:
		e = step_check(s, job, &r);
		break;
	case SUDO_HOLD:
		e = step_hold(s, job);
		break;
	case SUDO_EXIT:
		e = step_exit(s, job, &r);
		break;
	case SUDO_REFUSED:
		e = step_refused(s, job, &r);
		break;
	default:
		break;
	}
	explicit_bzero(r.arguments, sizeof(r.arguments));
	return e;
}

void
sudo_fail(struct server *s, struct job *job, int error)
{
	(void)s;
	job->after_commit = NULL;
	job->sudo_reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY};
	(void)snprintf(job->sudo_reply.text, sizeof(job->sudo_reply.text), "%s",
	    error == SKS_FULL
		? _("Sekisho: the disk of the audit log is full, so this command cannot be "
		    "recorded and is refused. An administrator can still make room.")
		: _("Sekisho: this command cannot be recorded and is refused. Tell an "
		    "administrator: the system log says what is wrong."));
}
