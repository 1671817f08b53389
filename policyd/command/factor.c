/* Second factors: what their data are for, how one is issued, confirmed, imported. */
#include "command/command.h"
#include "command/issue.h"
#include "error.h"
#include "factor/factor.h"
#include "factor/totp.h"
#include "i18n.h"
#include "keeper/keys.h"
#include "keeper/retention.h"
#include "origin.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

/* Nobody is asked for a password, or shown a text to accept, for what is refused anyway. */
static bool
may_enrol_at_all(struct server *s, struct job *job, int *e)
{
	static struct user_state u;
	const struct policy *p = s->policy;
	int64_t date_ms = 0;

	if ((*e = retention_date(s, clock_now(), &date_ms)) != SKS_OK)
		return true;
	if (job->peer.uid == 0 ||
	    policy_grace_until(p, job->groups_known ? job->groups : NULL, date_ms) != 0 ||
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

static void
fill_device(struct job *job, const struct admin_request *r, struct server *s, struct device *d)
{
	*d = (struct device){.uid = r->uid,
	    .last_step = -1, /* step 0 is a step like any other */
	    .floor_step = -1,
	    .digits = r->digits,
	    .period_s = r->period_s,
	    .issued_wall_ms = clock_now().wall_ms};
	(void)snprintf(d->user, sizeof(d->user), "%s", r->user);
	(void)snprintf(d->name, sizeof(d->name), "%s", r->name);
	(void)snprintf(d->algorithm, sizeof(d->algorithm), "%s", r->algorithm);
	(void)snprintf(d->issued_by, sizeof(d->issued_by), "%s", r->by);
	(void)snprintf(d->verified_by, sizeof(d->verified_by), "%s", r->verified_by);
	(void)snprintf(d->verified_how, sizeof(d->verified_how), "%s", r->verified_how);
	/* as accepted: nobody was shown it who is imported */
	(void)snprintf(
	    d->purpose_version, sizeof(d->purpose_version), "%s", r->purpose_version);
	origin_word(s, &job->peer, d->source, sizeof(d->source));
}

/* The defaults that every authenticator understands. */
static void
default_params(struct command *c)
{
	if (c->algorithm[0] == '\0')
		(void)snprintf(c->algorithm, sizeof(c->algorithm), "SHA1");
	if (c->digits == 0)
		c->digits = 6;
	if (c->period_s == 0)
		c->period_s = 30;
	if (c->name[0] == '\0')
		(void)snprintf(c->name, sizeof(c->name), "phone");
}

static int
enroll_reply(
    struct server *s, struct job *job, const struct device *d, const struct secret *key)
{
	struct totp_params p = {.digits = d->digits, .period_s = d->period_s};
	struct secret uri = SECRET_INIT;
	int e;

	(void)snprintf(p.algorithm, sizeof(p.algorithm), "%s", d->algorithm);
	if ((e = totp_uri_make(s->policy->issuer, d->user, key, &p, &uri)) == SKS_OK)
		e = command_json(job, json_pack("{s:I,s:s,s:s}", "id", (json_int_t)d->id,
					  "name", d->name, "uri", (const char *)uri.bytes));
	secret_clear(&uri);
	command_say(job, STATUS_DONE, "%s",
	    _("Scan the picture, then type the code that your device shows."));
	return e;
}

int
command_enroll(struct server *s, struct job *job)
{
	struct secret key = SECRET_INIT;
	struct admin_request r;
	struct admin_facts f;
	struct device d, old;
	struct decision decision;
	bool found;
	int e;

	default_params(&job->command);
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	(void)text_clean(r.purpose_version, sizeof(r.purpose_version), job->command.text);
	r.text[0] = '\0';
	if ((e = command_find_device(s, &r, &old, &found)) != SKS_OK)
		return e;
	f.exists = found && old.state == DEVICE_ACTIVE;
	fill_device(job, &r, s, &d);
	if ((e = store_device_reserve_id(s->store, &d.id)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, command_put_device, &d, &decision)) != SKS_OK ||
	    decision.verdict != VERDICT_ALLOW)
		return e;
	/* An enrolment that was begun and never confirmed gives way to the new one. */
	if (found && old.state == DEVICE_PENDING) {
		old.state = DEVICE_REVOKED;
		old.ended_wall_ms = f.wall_ms;
		(void)snprintf(old.ended_why, sizeof(old.ended_why), "never confirmed");
		if ((e = store_device_update(s->store, &old)) != SKS_OK)
			return e;
	}
	d.state = DEVICE_PENDING;
	if ((e = factor_make(s->seal, &d, &key)) == SKS_OK &&
	    (e = store_device_add(s->store, &d)) == SKS_OK)
		e = enroll_reply(s, job, &d, &key);
	secret_clear(&key);
	return e;
}

/* Fresh recovery codes into the reply's JSON under "recovery_codes", or as the whole array. */
static int
issue_recovery(struct server *s, const char *user, uint32_t uid, json_t **codes)
{
	static struct secret code[RECOVERY_COUNT];
	static uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE];
	int e = factor_recovery_make(s->seal, user, uid, code, hash);

	if (e == SKS_OK)
		e = store_recovery_replace(s->store, user, uid,
		    (const uint8_t(*)[RECOVERY_HASH_SIZE])hash, RECOVERY_COUNT);
	*codes = json_array();
	for (size_t i = 0; i < RECOVERY_COUNT; i++) {
		if (e == SKS_OK)
			(void)json_array_append_new(
			    *codes, json_string((const char *)code[i].bytes));
		secret_clear(&code[i]);
	}
	return e;
}

int
issue_judge(struct server *s, const struct secret *typed, struct device *d, bool *ok)
{
	struct totp_params p = {.digits = d->digits, .period_s = d->period_s};
	struct secret key = SECRET_INIT, code = SECRET_INIT;
	int64_t step = 0;
	int e, n;

	*ok = false;
	(void)snprintf(p.algorithm, sizeof(p.algorithm), "%s", d->algorithm);
	if ((e = factor_unseal(s->seal, d, &key)) != SKS_OK)
		return e == SKS_CORRUPT ? SKS_UNTRUSTED
					: e; /* this device's, not the store's */
	n = text_fold_code((const char *)typed->bytes, (char *)code.bytes, SECRET_MAX);
	if (n > 0 && totp_find(&key, &p, clock_now().wall_ms, 0, s->policy->window_steps,
			 (const char *)code.bytes, &step)) {
		*ok = true;
		d->last_step = step;
	}
	secret_clear(&key);
	secret_clear(&code);
	return SKS_OK;
}

int
issue_recovery_text(struct server *s, const char *user, uint32_t uid, char *out, size_t size)
{
	json_t *codes = NULL, *code;
	int e = issue_recovery(s, user, uid, &codes);
	size_t i, used;
	int n = snprintf(out, size, "%s",
	    _("The device is active. These recovery codes stand in for it, each once; write "
	      "them down now, nobody can show them again:"));

	used = n > 0 ? (size_t)n : 0;
	json_array_foreach(codes, i, code)
	{
		n = used < size ? snprintf(out + used, size - used, "%s%s",
				      i % 2 == 0 ? "\n    " : "    ", json_string_value(code))
				: -1;
		used += n > 0 ? (size_t)n : 0;
	}
	json_decref(codes);
	return e == SKS_OK && used >= size ? SKS_TOO_BIG : e;
}

int
command_enroll_confirm(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct device d = {0};
	struct decision decision;
	json_t *reply, *codes = NULL;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	e = store_device_get(s->store, job->command.number, &d);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	f.found = e == SKS_OK && d.uid == r.uid && strcmp(d.user, r.user) == 0;
	f.state = d.state;
	if (f.found && d.state == DEVICE_PENDING &&
	    (e = issue_judge(s, &job->command.code, &d, &f.code_ok)) != SKS_OK)
		return e;
	(void)snprintf(r.name, sizeof(r.name), "%s", f.found ? d.name : "");
	if ((e = command_decide(s, job, &r, &f, command_put_device, &d, &decision)) != SKS_OK ||
	    decision.verdict != VERDICT_ALLOW)
		return e;
	d.state = DEVICE_ACTIVE;
	d.confirmed_wall_ms = d.used_wall_ms = f.wall_ms;
	(void)snprintf(d.confirmed_by, sizeof(d.confirmed_by), "%s", r.by);
	if ((e = store_device_update(s->store, &d)) != SKS_OK)
		return e;
	reply = json_object();
	if (f.devices == 0) {
		if ((e = issue_recovery(s, r.user, r.uid, &codes)) != SKS_OK) {
			json_decref(codes);
			json_decref(reply);
			return e;
		}
		(void)json_object_set_new(reply, "recovery_codes", codes);
	}
	command_say(job, STATUS_DONE, _("The device \"%s\" is active."), d.name);
	return command_json(job, reply);
}

int
command_recovery_codes(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct decision decision;
	json_t *codes = NULL;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, NULL, NULL, &decision)) != SKS_OK ||
	    decision.verdict != VERDICT_ALLOW)
		return e;
	if ((e = issue_recovery(s, r.user, r.uid, &codes)) != SKS_OK) {
		json_decref(codes);
		return e;
	}
	command_say(
	    job, STATUS_DONE, "%s", _("These are the new recovery codes; the old ones ended."));
	return command_json(job, codes);
}

int
command_factor_import(struct server *s, struct job *job)
{
	struct admin_request r;
	struct admin_facts f;
	struct device d, old;
	struct decision decision;
	bool found;
	int e;

	default_params(&job->command);
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	if (!job->command.uid_known) {
		command_say(
		    job, STATUS_REFUSED, _("There is no account \"%s\" on this host."), r.user);
		return SKS_OK;
	}
	if (job->command.secret.len < 10) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("The secret is too short: at least 80 bits are needed (RFC 4226 asks for "
		      "128)."));
		return SKS_OK;
	}
	if ((e = command_find_device(s, &r, &old, &found)) != SKS_OK)
		return e;
	f.exists = found && old.state <= DEVICE_ACTIVE;
	fill_device(job, &r, s, &d);
	if ((e = store_device_reserve_id(s->store, &d.id)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, command_put_device, &d, &decision)) != SKS_OK ||
	    decision.verdict != VERDICT_ALLOW)
		return e;
	d.state = DEVICE_ACTIVE;
	d.imported = true;
	d.confirmed_wall_ms = f.wall_ms;
	(void)snprintf(d.confirmed_by, sizeof(d.confirmed_by), "%s", r.by);
	if ((e = factor_seal(s->seal, &d, &job->command.secret)) != SKS_OK ||
	    (e = store_device_add(s->store, &d)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("The device \"%s\" of %s is active."), d.name, d.user);
	return command_json(
	    job, json_pack("{s:I,s:s}", "id", (json_int_t)d.id, "name", d.name));
}
