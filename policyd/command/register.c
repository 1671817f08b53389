/* The register of second factors: which there are, how one ends, how its owner gets in then. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keys.h"
#include <stdio.h>
#include <string.h>

void
command_put_device(struct record *record, void *context)
{
	const struct device *d = context;

	record_put_int(record, "sekisho.device.id", (int64_t)d->id);
	record_put_str(record, "sekisho.device.issuer", d->issued_by);
}

int
command_find_device(
    struct server *s, const struct admin_request *r, struct device *out, bool *found)
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
	    (e = command_find_device(s, &r, &d, &f.found)) != SKS_OK)
		return e;
	f.state = d.state;
	if ((e = command_decide(s, job, &r, &f, command_put_device, &d, &decision)) != SKS_OK ||
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
