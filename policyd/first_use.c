#include "first_use.h"
#include "people.h"

#include "command/issue.h"
#include "error.h"
#include "factor/factor.h"
#include "factor/picture.h"
#include "factor/totp.h"
#include "i18n.h"
#include "store/invite.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };
static const char device_name[] = "phone";

/* ---- facts -------------------------------------------------------------------------------- */

/* Another password than the invitation's stands in its place: it is of no use any more. */
static int
load_invitation(struct server *s, const struct job *job, struct facts *f)
{
	const struct request *r = &job->request;
	const char *mark = job->pam.password_mark;
	struct invitation i;
	int e = store_invitation(s->store, r->user, r->uid, &i);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	if (i.state == INVITATION_WITHDRAWN || (mark[0] != '\0' && strcmp(mark, i.mark) != 0))
		return SKS_OK;
	/* Only who knows which password it is can tell that a spent one is over. */
	if (mark[0] == '\0' && i.state != INVITATION_OPEN)
		return SKS_OK;
	f->invitation = i.state;
	f->invitation_own = i.state == INVITATION_SPENT && i.spent_pid == r->pid &&
			    i.spent_start == r->pid_start;
	return SKS_OK;
}

static int
load_terms(struct server *s, const struct job *job, struct facts *f)
{
	const struct pam_request *q = &job->pam;
	const struct request *r = &job->request;
	struct account_terms t;
	int64_t contract_ms = 0;
	int e = store_account_terms(s->store, r->user, r->uid, &t);

	if (e != SKS_OK)
		return e;
	if (t.must == MUST_CHANGE_AFTER && q->password_mark[0] != '\0' &&
	    strcmp(t.must_mark, q->password_mark) != 0) {
		t.must = MUST_CHANGE;
		(void)snprintf(t.must_mark, sizeof(t.must_mark), "%s", q->password_mark);
		if ((e = store_account_terms_put(s->store, r->user, r->uid, &t)) != SKS_OK)
			return e;
	}
	f->password_must = t.must == MUST_CHANGE &&
			   (t.must_mark[0] == '\0' || q->password_mark[0] == '\0' ||
			       strcmp(t.must_mark, q->password_mark) == 0);
	f->account_until_ms = t.until_wall_ms;
	if (q->shadow_end > 0 &&
	    (t.until_wall_ms == 0 || q->shadow_end * DAY_MS < t.until_wall_ms))
		f->account_until_ms = q->shadow_end * DAY_MS;
	if ((e = people_contract_end(s, r->user, r->uid, &contract_ms)) != SKS_OK)
		return e;
	if (contract_ms != 0 && (f->account_until_ms == 0 || contract_ms < f->account_until_ms))
		f->account_until_ms = contract_ms;
	f->shadow_max_days = q->shadow_max;
	f->password_at_ms = q->shadow_day * DAY_MS;
	if (q->shadow_day == 0 && q->password_mark[0] == '\0')
		e = store_password_newest(s->store, policy_person(s->policy, r->user), r->user,
		    &f->password_at_ms);
	return e;
}

static int
pending_device(struct server *s, const struct request *r, struct device *out)
{
	static struct device d[DEVICES_MAX];
	size_t n = 0;
	int e = store_devices(s->store, r->user, r->uid, false, d, DEVICES_MAX, &n);

	if (e != SKS_OK && e != SKS_TOO_BIG)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (d[i].state == DEVICE_PENDING && strcmp(d[i].name, device_name) == 0) {
			*out = d[i];
			return SKS_OK;
		}
	}
	return SKS_NOT_FOUND;
}

static int
judge_code(struct server *s, struct job *job, struct facts *f)
{
	struct device d;
	bool right = false;
	int e = pending_device(s, &job->request, &d);

	if (e == SKS_OK)
		e = issue_judge(s, &job->pam.code, &d, &right);
	else if (e == SKS_NOT_FOUND)
		e = SKS_OK;
	f->code = right ? CODE_MATCH : CODE_WRONG;
	f->device = d.id;
	f->step = d.last_step;
	return e;
}

int
first_use_facts(struct server *s, struct job *job, struct facts *f)
{
	const struct request *r = &job->request;
	int e;

	if (!r->known || !r->by_root || r->phase == PHASE_CHARGE || r->phase == PHASE_FAILED ||
	    r->phase == PHASE_CLOSE)
		return SKS_OK;
	e = load_invitation(s, job, f);
	if (e == SKS_OK)
		e = load_terms(s, job, f);
	if (e == SKS_OK && r->phase == PHASE_ENROL_CODE && f->devices == 0)
		e = judge_code(s, job, f);
	/* the record of the device has its number; one that is refused leaves it unused */
	if (e == SKS_OK && r->phase == PHASE_ENROL)
		e = store_device_reserve_id(s->store, &f->device);
	return e;
}

/* ---- what follows ------------------------------------------------------------------------- */

static int
spend(struct server *s, const struct request *r)
{
	struct invitation i;
	int e = store_invitation(s->store, r->user, r->uid, &i);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_CONFLICT : e;
	return store_invitation_end(s->store, r->user, r->uid, i.number, INVITATION_SPENT,
	    r->pid, r->pid_start);
}

/* Who typed it for somebody else knows it. */
static int
set_by_root(struct server *s, struct job *job)
{
	const struct request *r = &job->request;
	struct account_terms t;
	int e;

	if (!s->policy->password.change_after_root || r->uid == 0 || r->login_uid == r->uid)
		return SKS_OK;
	if ((e = store_account_terms(s->store, r->user, r->uid, &t)) != SKS_OK)
		return e;
	t.must = job->pam.password_mark[0] != '\0' ? MUST_CHANGE_AFTER : MUST_CHANGE;
	t.must_wall_ms = clock_now().wall_ms;
	(void)snprintf(t.must_mark, sizeof(t.must_mark), "%s", job->pam.password_mark);
	(void)snprintf(t.must_by, sizeof(t.must_by), "%s", r->actor);
	(void)snprintf(t.must_why, sizeof(t.must_why), "set by root");
	return store_account_terms_put(s->store, r->user, r->uid, &t);
}

/* Where nothing can be seen of what is stored, what was accepted has to do. */
static int
set_unseen(struct server *s, struct job *job, const struct facts *f)
{
	const struct request *r = &job->request;
	struct account_terms t;
	int e;

	if (!f->password_must || job->pam.password_mark[0] != '\0')
		return SKS_OK;
	if ((e = store_account_terms(s->store, r->user, r->uid, &t)) != SKS_OK)
		return e;
	t.must = MUST_NOT;
	return store_account_terms_put(s->store, r->user, r->uid, &t);
}

/* The picture is the payload, the key in groups the text: for who cannot show the one. */
static int
show_key(struct server *s, struct job *job, const struct device *d, const struct secret *key)
{
	struct totp_params p = {.digits = d->digits, .period_s = d->period_s};
	struct secret uri = SECRET_INIT, groups = SECRET_INIT;
	int e;

	(void)snprintf(p.algorithm, sizeof(p.algorithm), "%s", d->algorithm);
	e = totp_uri_make(s->policy->issuer, d->user, key, &p, &uri);
	if (e == SKS_OK)
		e = picture_draw((const char *)uri.bytes, false, &job->reply_payload);
	if (e == SKS_OK)
		e = picture_groups(key, &groups);
	if (e == SKS_OK) {
		(void)snprintf(job->pam_reply.text, sizeof(job->pam_reply.text), "%s\n    %s",
		    _("Scan the picture with the app that shows your codes, or type this key "
		      "into it:"),
		    (const char *)groups.bytes);
		(void)snprintf(job->pam_reply.prompt, sizeof(job->pam_reply.prompt), "%s",
		    _("Code that the app shows now: "));
	}
	secret_clear(&uri);
	secret_clear(&groups);
	return e;
}

/* Issued in the name of who made the invitation, and verified the person. */
static int
make_device(struct server *s, struct job *job, uint64_t id)
{
	const struct request *r = &job->request;
	struct secret key = SECRET_INIT;
	struct invitation i;
	struct device d, old;
	int e = store_invitation(s->store, r->user, r->uid, &i);

	if (e != SKS_OK)
		return e;
	e = pending_device(s, r, &old);
	if (e == SKS_OK) { /* one that was begun and never confirmed gives way */
		old.state = DEVICE_REVOKED;
		old.ended_wall_ms = clock_now().wall_ms;
		(void)snprintf(old.ended_why, sizeof(old.ended_why), "never confirmed");
		e = store_device_update(s->store, &old);
	}
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	d = (struct device){.id = id,
	    .uid = r->uid,
	    .state = DEVICE_PENDING,
	    .algorithm = "SHA1",
	    .digits = 6,
	    .period_s = 30,
	    .last_step = -1,
	    .floor_step = -1,
	    .issued_wall_ms = clock_now().wall_ms};
	(void)snprintf(d.user, sizeof(d.user), "%s", r->user);
	(void)snprintf(d.name, sizeof(d.name), "%s", device_name);
	(void)snprintf(d.issued_by, sizeof(d.issued_by), "%s", i.by);
	(void)snprintf(d.verified_by, sizeof(d.verified_by), "%s", i.verified_by);
	(void)snprintf(d.verified_how, sizeof(d.verified_how), "%s", i.verified_how);
	(void)snprintf(d.purpose_version, sizeof(d.purpose_version), "%s", r->purpose);
	(void)snprintf(d.source, sizeof(d.source), "%s",
	    r->source[0] != '\0' ? r->source : r->tty[0] != '\0' ? r->tty : "local");
	if ((e = factor_make(s->seal, &d, &key)) == SKS_OK &&
	    (e = store_device_add(s->store, &d)) == SKS_OK)
		e = show_key(s, job, &d, &key);
	secret_clear(&key);
	return e;
}

static int
confirm_device(struct server *s, struct job *job, const struct facts *f)
{
	const struct request *r = &job->request;
	struct device d;
	int e = pending_device(s, r, &d);

	if (e != SKS_OK)
		return e;
	d.state = DEVICE_ACTIVE;
	d.last_step = f->step;
	d.confirmed_wall_ms = d.used_wall_ms = f->wall_ms;
	(void)snprintf(d.confirmed_by, sizeof(d.confirmed_by), "%s", r->user);
	if ((e = store_device_update(s->store, &d)) != SKS_OK)
		return e;
	return issue_recovery_text(
	    s, r->user, r->uid, job->pam_reply.text, sizeof(job->pam_reply.text));
}

int
first_use_put(struct server *s, const struct request *r, struct record *record)
{
	struct invitation i;
	int e = store_invitation(s->store, r->user, r->uid, &i);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	record_put_str(record, "sekisho.device.name", device_name);
	record_put_str(record, "sekisho.device.issuer", i.by);
	record_put_str(record, "sekisho.verified.by", i.verified_by);
	record_put_str(record, "sekisho.verified.how", i.verified_how);
	return SKS_OK;
}

int
first_use_apply(
    struct server *s, struct job *job, const struct facts *f, const struct decision *d)
{
	int e = SKS_OK;

	if (d->verdict != VERDICT_ALLOW)
		return SKS_OK;
	if (d->changes.invitation_spend)
		e = spend(s, &job->request);
	if (e != SKS_OK)
		return e;
	switch (job->request.phase) {
	case PHASE_PASSWORD:
		return password_is_set_by_root(&job->request) ? set_by_root(s, job)
							       : set_unseen(s, job, f);
	case PHASE_ENROL:
		return make_device(s, job, f->device);
	case PHASE_ENROL_CODE:
		return confirm_device(s, job, f);
	default:
		return SKS_OK;
	}
}

void
first_use_purpose(struct server *s, struct job *job)
{
	const struct policy *p = s->policy;
	bool ja = strcmp(i18n_language(), "ja") == 0 && p->purpose_text_ja != NULL;
	const char *text = ja ? p->purpose_text_ja : p->purpose_text;

	buf_reset(&job->reply_payload);
	buf_put_bytes(&job->reply_payload, text, strlen(text));
	(void)snprintf(job->pam_reply.version, sizeof(job->pam_reply.version), "%s",
	    p->purpose_version);
	(void)snprintf(job->pam_reply.prompt, sizeof(job->pam_reply.prompt), "%s",
	    _("Do you accept this? Type yes (or key, if your screen cannot show a picture): "));
}
