/*
 * MSG_PAM: from a request to a decision with its record, inside the turn.
 */
#include "ahead.h"
#include "error.h"
#include "factor/factor.h"
#include "first_use.h"
#include "i18n.h"
#include "keeper/host.h"
#include "keeper/change.h"
#include "keeper/exceptions.h"
#include "keeper/grants.h"
#include "keeper/retention.h"
#include "keeper/volume.h"
#include "log.h"
#include "people.h"
#include "refusal.h"
#include "server.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { UNKNOWN_SLOTS = 4096 };

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

void
pam_local_time(int64_t wall_ms, uint32_t *weekday, uint32_t *minute_of_day)
{
	static int64_t minute = -1;
	static uint32_t last_weekday, last_minute;
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local = {0};

	if (wall_ms / 60000 != minute && localtime_r(&seconds, &local) != NULL) {
		last_weekday = (uint32_t)local.tm_wday;
		last_minute = (uint32_t)(local.tm_hour * 60 + local.tm_min);
		minute = wall_ms / 60000;
	}
	*weekday = last_weekday;
	*minute_of_day = last_minute;
}

/* What strangers can send by the hundred asks for none. */
static bool
exceptions_matter(const struct request *r)
{
	return r->known && (r->phase == PHASE_NEED || r->phase == PHASE_CODE ||
			       r->phase == PHASE_ACCOUNT || r->phase == PHASE_OPEN);
}

/* Roles of who acts, attributes of the person whom the decision is about, and what rules ask of the
 * host. */
static int
pam_facts_power(struct server *s, const struct request *r, struct facts *f)
{
	bool decided = r->phase == PHASE_NEED || r->phase == PHASE_CODE ||
		       r->phase == PHASE_ACCOUNT || r->phase == PHASE_OPEN;
	int e = SKS_OK;

	if (decided && policy_service_class(s->policy, r->service) == SERVICE_ELEVATION)
		e = store_grant_held(s->store, r->actor, r->actor_uid, f->grants, f->acting);
	else if (decided && r->known && r->source[0] != '\0' && policy_has_permits(s->policy))
		e = store_grant_held(s->store, r->user, r->uid, f->grants, f->acting);
	if (decided && s->policy->host_used)
		host_facts(s->policy, f->wall_ms, f->host);
	if (e == SKS_OK && decided && r->known && policy_needs_attributes(s->policy))
		e = people_attributes(s, policy_person(s->policy, f->principal), f->attributes,
		    sizeof(f->attributes));
	return e;
}

int
pam_facts(struct server *s, const struct request *r, const char *groups, struct facts *f)
{
	struct instant now = clock_now();
	uint32_t slot = 0;
	int e = SKS_OK;

	*f = (struct facts){.wall_ms = now.wall_ms, .boot_ms = now.boot_ms};
	pam_local_time(now.wall_ms, &f->weekday, &f->minute_of_day);
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
	if ((e = pam_session_facts(s, r, f)) != SKS_OK)
		return e;
	if (exceptions_matter(r) &&
	    (e = store_exceptions_for(s->store, r->user, r->service, groups, f->exceptions,
		 sizeof(f->exceptions))) != SKS_OK)
		return e;
	return pam_facts_power(s, r, f);
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

/* What an administrator is told by who was refused. What is wrong with an answer that was typed
 * is said in words; everything else stands in the record alone. */
static void
reply_put_code(struct server *s, const struct decision *d, uint64_t seq, struct pam_reply *p)
{
	char code[REFUSAL_CODE_SIZE];
	size_t used = strlen(p->text);

	if (d->verdict == VERDICT_ALLOW || seq == 0 || used == 0 ||
	    d->text == TEXT_WRONG_CODE || d->text == TEXT_REPLAYED ||
	    d->text == TEXT_RECOVERY_SPENT || d->text == TEXT_CODE_IS_PASSWORD ||
	    d->text == TEXT_PASSWORD || refusal_code(s->seal, seq, code) != SKS_OK)
		return;
	(void)snprintf(p->text + used, sizeof(p->text) - used, "\n");
	used++;
	(void)snprintf(p->text + used, sizeof(p->text) - used,
	    _("For an administrator (sekisho explain): %s"), code);
}

/* sshd hands a refusal on as a text with no question behind it, and OpenSSH's client writes what is
 * not ASCII in such a text as octal numbers. What stands before a question it shows as it is, and
 * so it does with what refuses a key: nobody answered anything there ("f" may be NULL). */
static bool
is_last_word(const struct request *r, const struct facts *f)
{
	return strcmp(r->service, "sshd") == 0 &&
	       (r->phase == PHASE_CHARGE || r->phase == PHASE_FAILED ||
		   r->phase == PHASE_NEED || r->phase == PHASE_CODE ||
		   (r->phase == PHASE_ACCOUNT && f != NULL && f->txn_first_factor));
}

/* The policy's language, else the session's, else the default; English where the screen shows
 * nothing else. "last": it is all that is said. */
static const char *
language_of(const struct server *s, const struct job *job, bool last)
{
	const struct pam_request *q = &job->pam;

	if (q->ascii || last)
		return "en";
	if (!s->policy->language_said &&
	    (strcmp(q->language, "ja") == 0 || strcmp(q->language, "en") == 0))
		return q->language;
	return s->policy->language;
}

/* Between these two _() speaks the language of who is asked. */
static bool
speak_to(const struct server *s, const struct job *job, bool last)
{
	const char *language = language_of(s, job, last);
	bool another = strcmp(language, s->policy->language) != 0;

	if (another)
		i18n_init(language);
	return another;
}

static void
speak_again(const struct server *s, bool another)
{
	if (another)
		i18n_init(s->policy->language);
}

static bool
is_password(const struct request *r)
{
	return r->phase == PHASE_PASSWORD_BEGIN || r->phase == PHASE_PASSWORD;
}

/* And not read from a file, as chpasswd does. */
static bool
is_chosen_by_a_person(const struct server *s, const struct job *job)
{
	return is_password(&job->request) &&
	       policy_service_class(s->policy, job->request.service) != SERVICE_NON_INTERACTIVE;
}

static void
hint(const struct server *s, const struct job *job, char *out, size_t size)
{
	const struct request *r = &job->request;

	if (r->phase == PHASE_PASSWORD)
		texts_password_strength(job->password_strength, out, size);
	else
		texts_password_asked(
		    s->policy, policy_account_class(s->policy, r->user, r->uid), out, size);
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
	if (d->verdict == VERDICT_ALLOW && job->request.phase == PHASE_OPEN) {
		p->inheritable = d->inheritable;
		p->drop = d->drop;
		p->no_new_privs = d->no_new_privs;
	}
	if (d->need == PAM_NEED_CODE)
		texts_render(s->policy, TEXT_PROMPT_CODE, 0, f, p->prompt, sizeof(p->prompt));
	if (d->text == TEXT_PASSWORD)
		texts_password(s->policy,
		    policy_account_class(s->policy, job->request.user, job->request.uid),
		    f->password_failed, p->text, sizeof(p->text));
	else if (d->text == TEXT_NONE && d->verdict == VERDICT_ALLOW &&
		 is_chosen_by_a_person(s, job))
		hint(s, job, p->text, sizeof(p->text));
	else if (d->text != TEXT_NONE && d->text != TEXT_PROMPT_CODE &&
		 d->text != TEXT_PURPOSE)
		texts_render(s->policy, d->text, d->wait_ms, f, p->text, sizeof(p->text));
	reply_put_code(s, d, seq, p);
	if (d->text == TEXT_PURPOSE)
		first_use_purpose(s, job);
	/* Who does not know this need has not done what it asks for. */
	if (d->need == PAM_NEED_PASSWORD || d->need == PAM_NEED_ENROL)
		p->verdict = PAM_VERDICT_DENY;
	if (job->request.phase == PHASE_OPEN && d->verdict == VERDICT_ALLOW)
		welcome_render(s, &job->request, job->groups_known ? job->groups : NULL, seq,
		    p->text, sizeof(p->text));
	if (job->request.phase == PHASE_CHARGE && service != NULL && service->appended_code)
		p->code_digits = appended_digits(s, f);
}

/* Lines of PAM files that make something weaker are in the register as soon as they are used. */
static int
note_lines(struct server *s, const struct request *r)
{
	int e = SKS_OK;

	if (!r->by_root || !exceptions_matter(r))
		return SKS_OK;
	if (r->flags & PAM_FLAG_OBSERVE)
		e = exceptions_note_line(s, "observe", r->service);
	if (e == SKS_OK && (r->flags & PAM_FLAG_FAIL_OPEN))
		e = exceptions_note_line(s, "fail-open", r->service);
	return e;
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

	admission_leave(s, job); /* it changed a password before, and now goes on */
	if (pidfd >= 0)
		(void)loop_watch(s, pidfd, &job->request);
}

static void
session_over(struct server *s, struct job *job)
{
	loop_unwatch(s, job->request.pid, job->request.pid_start);
}

int
pam_gather(struct server *s, struct job *job, struct facts *f)
{
	const struct request *r = &job->request;
	int e = pam_facts(s, r, job->groups_known ? job->groups : NULL, f);

	if (e == SKS_OK)
		e = unfinished_look(s, job);
	if (e == SKS_OK)
		e = first_use_facts(s, job, f);
	f->may_wait = may_wait(s, job);
	f->password_failed = job->password_failed;
	f->password_turn = job->password_turn;
	return e == SKS_OK ? remember_compare(s, job, f) : e;
}

int
pam_settle(struct server *s, struct job *job, const struct facts *f, const struct decision *d)
{
	const struct request *r = &job->request;
	uint64_t seq = 0;
	bool another;
	int e;

	if (d->changes.session_close && (e = volume_over(s, job)) != SKS_OK)
		return e;
	if ((e = store_apply(s->store, r, f, &d->changes)) != SKS_OK ||
	    (e = pam_record_all(s, r, f, d, &seq)) != SKS_OK)
		return e;
	if (d->reason == REASON_PLUGIN_MISSING && seq != 0)
		log_error("sudo of %s is refused: the role %s demands sekisho_sudo.so, and "
			  "/etc/sudo.conf does not name it. Next: sekisho setup --service sudo",
		    r->user, d->rule);
	if (d->verdict == VERDICT_ALLOW &&
	    ((e = remember_accepted(s, job, f->wall_ms)) != SKS_OK ||
		(e = unfinished_begin(s, job, seq)) != SKS_OK))
		return e;
	if (d->changes.bypass_spend && (e = exceptions_bypass_used(s, f->device)) != SKS_OK)
		return e;
	if (d->changes.session_open && d->verdict == VERDICT_ALLOW &&
	    ((e = change_note_session(s, r, job->pam.loaded_boot_ms)) != SKS_OK ||
		(e = volume_begun(s, job)) != SKS_OK))
		return e;
	another = speak_to(s, job,
	    d->verdict != VERDICT_ALLOW && d->need == PAM_NEED_NONE && is_last_word(r, f));
	reply_fill(s, job, f, d, seq);
	if (d->verdict == VERDICT_ALLOW)
		unfinished_tell(job, job->pam_reply.text, sizeof(job->pam_reply.text));
	e = first_use_apply(s, job, f, d);
	speak_again(s, another);
	return e;
}

/* Is account management the next that comes, over this connection? A recovery code and a bypass are
 * rare, and change more of the facts. */
static bool
is_followed(const struct job *job, const struct decision *d)
{
	return !d->changes.recovery_spend && !d->changes.bypass_spend && job->from_root_socket && job->request.phase == PHASE_CODE &&
	       job->pam_reply.verdict == PAM_VERDICT_ALLOW;
}

int
pam_run(struct server *s, struct job *job, enum job_result *result)
{
	static struct facts f, before;
	struct request *r = &job->request;
	struct decision d;
	int e;

	ahead_forget(job); /* of an attempt that was undone */
	if (is_on_reserve(s, r)) {
		s->refused_full++;
		pam_fail(s, job, SKS_FULL);
		return SKS_OK;
	}
	if (r->phase == PHASE_CHARGE && (e = abandon_earlier(s, r)) != SKS_OK)
		return e;
	if ((e = note_lines(s, r)) != SKS_OK || (e = pam_gather(s, job, &f)) != SKS_OK)
		return e;
	if (r->phase == PHASE_CODE)
		before = f;
	if (decide_may_evaluate(s->policy, r, &f) &&
	    (e = factor_check(s->store, s->seal, s->policy, &job->pam.code, &f)) != SKS_OK)
		return e;
	decide(s->policy, r, &f, &d);
	if (d.verdict == VERDICT_WAIT) {
		*result = JOB_WAIT;
		return SKS_OK;
	}
	if ((e = pam_settle(s, job, &f, &d)) != SKS_OK ||
	    (is_followed(job, &d) && (e = ahead_decide(s, job, &before)) != SKS_OK))
		return e;
	job->after_commit = is_password(r)		 ? admission_answered
			    : d.changes.session_open ? session_begun
			    : d.changes.session_close ? session_over
						      : NULL;
	return SKS_OK;
}

void
pam_fail(struct server *s, struct job *job, int error)
{
	struct pam_reply *p = &job->pam_reply;
	bool another;

	*p = (struct pam_reply){.verdict = PAM_VERDICT_DENY};
	p->delay_ms = (uint32_t)s->policy->fail_delay_ms;
	job->after_commit = NULL;
	ahead_forget(job);
	buf_reset(&job->reply_payload);
	another = speak_to(s, job, is_last_word(&job->request, NULL));
	texts_render(s->policy, error == SKS_FULL ? TEXT_DISK_FULL : TEXT_CANNOT_RECORD, 0,
	    NULL, p->text, sizeof(p->text));
	speak_again(s, another);
}
