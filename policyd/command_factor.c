/* Second factors: issue, confirm, import, end; recovery codes; the register. */
#include "command.h"
#include "error.h"
#include "factor/factor.h"
#include "factor/totp.h"
#include "i18n.h"
#include "keys.h"
#include "origin.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

static void
put_device(struct record *record, void *context)
{
	const struct device *d = context;

	record_put_int(record, "sekisho.device.id", (int64_t)d->id);
	record_put_str(record, "sekisho.device.issuer", d->issued_by);
}

/* The live device of that name, else the newest that ever had it. */
static int
find_device(struct server *s, const struct admin_request *r, struct device *out, bool *found)
{
	static struct device all[DEVICES_MAX * 4];
	size_t n = 0;
	int e = store_devices(
	    s->store, r->user, r->uid, false, all, sizeof(all) / sizeof(all[0]), &n);

	*found = false;
	if (e != SKS_OK && e != SKS_TOO_BIG)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i].name, r->name) != 0)
			continue;
		if (!*found || (all[i].state <= DEVICE_ACTIVE && out->state > DEVICE_ACTIVE)) {
			*out = all[i];
			*found = true;
		}
	}
	return SKS_OK;
}

int
command_gave_up(struct server *s, const struct admin_request *r, bool *gave_up)
{
	static struct device all[DEVICES_MAX * 4];
	size_t n = 0;
	int e = store_devices(
	    s->store, r->user, r->uid, false, all, sizeof(all) / sizeof(all[0]), &n);

	*gave_up = e == SKS_TOO_BIG; /* nobody has so many without having had one */
	for (size_t i = 0; i < n; i++)
		*gave_up |= all[i].state > DEVICE_ACTIVE && all[i].confirmed_wall_ms != 0 &&
			    strcmp(all[i].ended_by, r->user) == 0;
	return e == SKS_TOO_BIG ? SKS_OK : e;
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
	if ((e = find_device(s, &r, &old, &found)) != SKS_OK)
		return e;
	f.exists = found && old.state == DEVICE_ACTIVE;
	fill_device(job, &r, s, &d);
	if ((e = store_device_reserve_id(s->store, &d.id)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, put_device, &d, &decision)) != SKS_OK ||
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
issue_recovery(struct server *s, const struct admin_request *r, json_t **codes)
{
	static struct secret code[RECOVERY_COUNT];
	static uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE];
	int e = factor_recovery_make(s->seal, r->user, r->uid, code, hash);

	if (e == SKS_OK)
		e = store_recovery_replace(s->store, r->user, r->uid,
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

/* Is this the code that the device shows now? Marks its step as spent. */
static int
confirm_code(struct server *s, const struct secret *typed, struct device *d, bool *ok)
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
	    (e = confirm_code(s, &job->command.code, &d, &f.code_ok)) != SKS_OK)
		return e;
	(void)snprintf(r.name, sizeof(r.name), "%s", f.found ? d.name : "");
	if ((e = command_decide(s, job, &r, &f, put_device, &d, &decision)) != SKS_OK ||
	    decision.verdict != VERDICT_ALLOW)
		return e;
	d.state = DEVICE_ACTIVE;
	d.confirmed_wall_ms = d.used_wall_ms = f.wall_ms;
	(void)snprintf(d.confirmed_by, sizeof(d.confirmed_by), "%s", r.by);
	if ((e = store_device_update(s->store, &d)) != SKS_OK)
		return e;
	reply = json_object();
	if (f.devices == 0) {
		if ((e = issue_recovery(s, &r, &codes)) != SKS_OK) {
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
	if ((e = issue_recovery(s, &r, &codes)) != SKS_OK) {
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
	if ((e = find_device(s, &r, &old, &found)) != SKS_OK)
		return e;
	f.exists = found && old.state <= DEVICE_ACTIVE;
	fill_device(job, &r, s, &d);
	if ((e = store_device_reserve_id(s->store, &d.id)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, put_device, &d, &decision)) != SKS_OK ||
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

int
command_way_back(struct server *s, const struct admin_request *r, char *out, size_t size)
{
	static struct user_state u;
	bool self = r->uid == r->by_uid;
	int e = store_user(
	    s->store, r->user, r->uid, s->policy->deny, s->policy->unlock_time_ms, &u);

	out[0] = '\0';
	if (e != SKS_OK)
		return e;
	if (u.devices > 0 && self)
		(void)snprintf(out, size, "%s", _("Another device of yours still works."));
	else if (u.devices > 0)
		(void)snprintf(out, size, _("Another device of %s still works."), r->user);
	else if (u.recovery_codes > 0 && self)
		(void)snprintf(out, size, "%s",
		    _("To get back in, log in with a recovery code and run `sekisho enroll`."));
	else if (u.recovery_codes > 0)
		(void)snprintf(out, size,
		    _("%s gets back in with a recovery code, or with a new device from you: "
		      "`sekisho enroll %s`."),
		    r->user, r->user);
	else if (self)
		(void)snprintf(out, size,
		    _("No recovery code is left to you: to get back in, ask an administrator "
		      "to run `sekisho enroll %s` as root."),
		    r->user);
	else
		(void)snprintf(out, size,
		    _("No recovery code is left either: `sekisho enroll %s` issues a new "
		      "device."),
		    r->user);
	return SKS_OK;
}

static int
say_ended(
    struct server *s, struct job *job, const struct admin_request *r, const struct device *d)
{
	char back[1024];
	int e = command_way_back(s, r, back, sizeof(back));

	if (e != SKS_OK)
		return e;
	if (r->verb == VERB_FACTOR_LOST)
		command_say(job, STATUS_DONE,
		    _("The device \"%s\" is lost: no code of it counts from now on. %s"),
		    d->name, back);
	else if (r->verb == VERB_FACTOR_REVOKE)
		command_say(
		    job, STATUS_DONE, _("The device \"%s\" is revoked. %s"), d->name, back);
	else
		command_say(
		    job, STATUS_DONE, _("The device \"%s\" is returned. %s"), d->name, back);
	return SKS_OK;
}

int
command_factor_end(struct server *s, struct job *job)
{
	static const uint32_t state_of[VERB_COUNT] = {
	    [VERB_FACTOR_REVOKE] = DEVICE_REVOKED,
	    [VERB_FACTOR_LOST] = DEVICE_LOST,
	    [VERB_FACTOR_RETURN] = DEVICE_RETURNED,
	};
	struct admin_request r;
	struct admin_facts f;
	struct device d = {0};
	struct decision decision;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = find_device(s, &r, &d, &f.found)) != SKS_OK)
		return e;
	f.state = d.state;
	if ((e = command_decide(s, job, &r, &f, put_device, &d, &decision)) != SKS_OK ||
	    decision.verdict != VERDICT_ALLOW)
		return e;
	d.state = state_of[r.verb];
	d.ended_wall_ms = f.wall_ms;
	if (d.state == DEVICE_LOST) {
		d.lost_wall_ms = f.wall_ms;
		(void)snprintf(d.lost_by, sizeof(d.lost_by), "%s", r.by);
	}
	(void)snprintf(d.ended_by, sizeof(d.ended_by), "%s", r.by);
	(void)snprintf(d.ended_why, sizeof(d.ended_why), "%s", r.text);
	if ((e = store_device_update(s->store, &d)) != SKS_OK)
		return e;
	return say_ended(s, job, &r, &d);
}

static void
set_text(json_t *o, const char *key, const char *value)
{
	if (value[0] != '\0')
		(void)json_object_set_new(o, key, json_string(value));
}

static void
set_time(json_t *o, const char *key, int64_t ms)
{
	if (ms != 0)
		(void)json_object_set_new(o, key, json_integer((json_int_t)ms));
}

static json_t *
device_json(const struct device *d)
{
	json_t *o = json_pack("{s:I,s:s,s:s,s:s,s:i,s:i,s:b,s:i}", "id", (json_int_t)d->id,
	    "name", d->name, "state", device_state_words[d->state], "algorithm", d->algorithm,
	    "digits", (int)d->digits, "period", (int)d->period_s, "imported", (int)d->imported,
	    "drift", (int)d->drift);

	set_text(o, "issued_by", d->issued_by);
	set_text(o, "verified_by", d->verified_by);
	set_text(o, "verified_how", d->verified_how);
	set_text(o, "source", d->source);
	set_text(o, "purpose_version", d->purpose_version);
	set_text(o, "confirmed_by", d->confirmed_by);
	set_text(o, "lost_by", d->lost_by);
	set_text(o, "ended_by", d->ended_by);
	set_text(o, "ended_why", d->ended_why);
	set_time(o, "issued", d->issued_wall_ms);
	set_time(o, "confirmed", d->confirmed_wall_ms);
	set_time(o, "used", d->used_wall_ms);
	set_time(o, "lost", d->lost_wall_ms);
	set_time(o, "ended", d->ended_wall_ms);
	return o;
}

json_t *
command_devices_json(struct server *s, const char *user, uint32_t uid)
{
	static struct device d[DEVICES_MAX * 4];
	uint64_t exposed = keys_exposed_bound(s);
	json_t *list = json_array();
	size_t n = 0;

	(void)store_devices(s->store, user, uid, false, d, sizeof(d) / sizeof(d[0]), &n);
	for (size_t i = 0; i < n; i++) {
		json_t *o = device_json(&d[i]);

		if (d[i].id <= exposed && d[i].state <= DEVICE_ACTIVE)
			(void)json_object_set_new(o, "reenrol", json_true());
		(void)json_array_append_new(list, o);
	}
	return list;
}

int
command_factor_list(struct server *s, struct job *job)
{
	if (!job->command.uid_known) {
		command_say(job, STATUS_REFUSED, _("There is no account \"%s\" on this host."),
		    job->command.user);
		return SKS_OK;
	}
	return command_json(job, command_devices_json(s, job->command.user, job->command.uid));
}
