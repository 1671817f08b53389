/*
 * MSG_SUDO: a command that sudoers allows is decided on and recorded before it runs, and recorded
 * again when it has ended, with the number of the first record.
 */
#include "error.h"
#include "i18n.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "log.h"
#include "sudo.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

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

	return sudo_record_command(s, x->r, x->f, x->login, x->d, x->seq);
}

static void
reply_fill(struct server *s, struct job *job, const struct elevation_facts *f)
{
	const struct sudo_request *q = &job->sudo;
	struct sudo_reply *reply = &job->sudo_reply;
	struct instant now = clock_now();
	struct store_grant g = {
	    .number = f->grant, .state = GRANT_ACTIVE, .left_ms = f->left_ms};
	const char *why;
	int64_t left_ms;

	reply->verdict = PAM_VERDICT_ALLOW;
	reply->grant = f->grant;
	if (f->grant == 0)
		return;
	(void)snprintf(g.role, sizeof(g.role), "%s", f->role);
	left_ms = grants_left_ms(s, &g, &why);
	reply->until_wall_ms = now.wall_ms + left_ms;
	reply->until_boot_ms = now.boot_ms + left_ms;
	sudo_say_over(&g, why, reply->over, sizeof(reply->over));
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
	if ((e = sudo_facts(s, job, r, &f, &login)) != SKS_OK)
		return e;
	decide_elevation(s->policy, r, &f, &d);
	if (d.reason == REASON_SECOND_PERSON && f.use == USE_WAITS) {
		reply->wait = f.use_request;
		return SKS_OK;
	}
	if (d.reason == REASON_SECOND_PERSON)
		return uses_ask(s, job, r, &f, &login);
	if (d.verdict != VERDICT_ALLOW) {
		sudo_say_refused(&f, d.reason, reply->text, sizeof(reply->text));
		return sudo_record_refusal(
		    s, r, reason_words[d.reason], write_denied, &refused);
	}
	if (r->uid != 0 && r->run_as_uid != 0 &&
	    policy_account_class(s->policy, r->run_as, r->run_as_uid) == CLASS_SHARED &&
	    !held_note(r->run_as_uid, r->actor, &job->peer))
		return SKS_NOMEM;
	if ((e = uses_spend(s, &f)) != SKS_OK ||
	    (e = sudo_record_command(s, r, &f, &login, &d, &reply->record)) != SKS_OK)
		return e;
	if (f.use == USE_APPROVED)
		(void)snprintf(reply->text, sizeof(reply->text), _("Sekisho: %s agreed (U-%llu)."),
		    f.use_by, (unsigned long long)f.use_request);
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
	const char *why = reason_words[REASON_EXPIRED];
	int e = store_grant_get(s->store, q->grant, &g);

	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_OK && grants_left_ms(s, &g, &why) > 0 && g.uid == q->uid &&
	    strcmp(g.user, q->user) == 0) {
		struct elevation_facts f = {.grant = g.number, .left_ms = g.left_ms};

		(void)snprintf(f.role, sizeof(f.role), "%s", g.role);
		reply_fill(s, job, &f);
		reply->held = runs_have_room(s, q->uid);
		return SKS_OK;
	}
	sudo_say_over(&g, why, reply->text, sizeof(reply->text));
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
	const struct sudo_exit x = {q->grant, q->ended, q->status, q->over};
	struct record record;

	sudo_begin_exit(s, &record, &x);
	record_put_str(&record, "user.name", r->user);
	record_put_int(&record, "user.id", r->uid);
	record_put_int(&record, "process.pid", r->pid);
	record_put_str(&record, "process.executable", r->command);
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
	sudo_put_case(s, &record, x->r, x->f, x->login);
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
	int e = sudo_login(s, job, &login);

	if (e == SKS_NOT_FOUND)
		memset(&login, 0, sizeof(login));
	else if (e != SKS_OK)
		return e;
	job->sudo_reply.verdict = PAM_VERDICT_ALLOW;
	return sudo_record_refusal(
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
