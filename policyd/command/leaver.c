/* An account that is needed no more: whoever had it leaves, and the account stays for the
 * records. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/ending.h"
#include "keeper/grants.h"
#include "store/keep.h"
#include "store/invite.h"
#include <stdio.h>
#include <string.h>

enum { LEAVER_DEVICES = 64, LEAVER_REQUESTS = 256 };

struct leaver {
	uint32_t devices, codes, requests;
};

static void
put_leaver(struct record *record, void *context)
{
	const struct leaver *l = context;

	record_put_int(record, "sekisho.retired.devices", l->devices);
	record_put_int(record, "sekisho.retired.recovery_codes", l->codes);
	record_put_int(record, "sekisho.retired.requests", l->requests);
}

static bool
is_theirs(const struct store_request *q, const struct admin_request *r)
{
	return q->by_uid == r->uid && strcmp(q->by, r->user) == 0;
}

static bool
is_live(const struct device *d)
{
	return d->state == DEVICE_PENDING || d->state == DEVICE_ACTIVE;
}

/* What there is to be ended, before it is. */
static int
count_theirs(struct server *s, const struct admin_request *r, struct device *d, size_t *devices,
    struct store_request *q, size_t *requests, struct leaver *l)
{
	static struct user_state user;
	int e = store_devices(s->store, r->user, r->uid, false, d, LEAVER_DEVICES, devices);

	if (e != SKS_OK && e != SKS_TOO_BIG)
		return e;
	if ((e = store_user(s->store, r->user, r->uid, s->policy->deny,
		 s->policy->unlock_time_ms, &user)) != SKS_OK ||
	    (e = store_request_list(s->store, q, LEAVER_REQUESTS, requests)) != SKS_OK)
		return e;
	l->codes = user.recovery_codes;
	for (size_t i = 0; i < *devices; i++)
		l->devices += is_live(&d[i]);
	for (size_t i = 0; i < *requests; i++)
		l->requests += is_theirs(&q[i], r);
	return SKS_OK;
}

static int
end_devices(struct server *s, const struct admin_request *r, struct device *d, size_t count)
{
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < count; i++) {
		if (!is_live(&d[i]))
			continue;
		d[i].state = DEVICE_REVOKED;
		d[i].ended_wall_ms = clock_now().wall_ms;
		(void)snprintf(d[i].ended_by, sizeof(d[i].ended_by), "%s", r->by);
		(void)snprintf(d[i].ended_why, sizeof(d[i].ended_why), "retired");
		e = store_device_update(s->store, &d[i]);
	}
	return e;
}

/* Those for roles end with the grants, each with its record. */
static int
end_requests(struct server *s, const struct admin_request *r, const struct store_request *q,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int e = is_theirs(&q[i], r)
			    ? store_request_end(s->store, &q[i], REQUEST_EXPIRED, r->by)
			    : SKS_OK;

		if (e != SKS_OK && e != SKS_NOT_FOUND)
			return e;
	}
	return SKS_OK;
}

/* One that was never used opens nothing when the account is resumed. */
static int
end_invitation(struct server *s, const struct admin_request *r)
{
	struct invitation i;
	int e = store_invitation(s->store, r->user, r->uid, &i);

	if (e != SKS_OK || i.state != INVITATION_OPEN)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	return store_invitation_end(
	    s->store, r->user, r->uid, i.number, INVITATION_VOID, 0, 0);
}

int
command_user_retire(struct server *s, struct job *job)
{
	static struct device d[LEAVER_DEVICES];
	static struct store_request q[LEAVER_REQUESTS];
	struct leaver l = {0};
	struct admin_request r;
	struct admin_facts f;
	struct decision decision;
	size_t devices = 0, requests = 0;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = job->command.uid_known;
	if (f.found && (e = count_theirs(s, &r, d, &devices, q, &requests, &l)) != SKS_OK)
		return e;
	if ((e = command_decide(s, job, &r, &f, put_leaver, &l, &decision)) != SKS_OK)
		return e;
	if (decision.reason == REASON_NOT_PERMITTED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("root does not leave: at the console it stays the last way in."));
	if (decision.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_user_suspend(s->store, r.user, r.uid, USER_RETIRED, r.by, r.text)) !=
		SKS_OK ||
	    (e = end_devices(s, &r, d, devices)) != SKS_OK ||
	    (e = store_recovery_replace(s->store, r.user, r.uid, NULL, 0)) != SKS_OK ||
	    (e = grants_end_user(s, r.user, r.uid, r.by, "retired")) != SKS_OK ||
	    (e = end_invitation(s, &r)) != SKS_OK ||
	    (e = end_requests(s, &r, q, requests)) != SKS_OK)
		return e;
	job->after_commit = ending_with_answer;
	command_say(job, STATUS_DONE,
	    _("%s is retired: refused from the next decision on. Devices revoked: %u; recovery "
	      "codes ended: %u; requests withdrawn: %u. The account stays for the records: its "
	      "files and its line in /etc/passwd are as they were."),
	    r.user, l.devices, l.codes, l.requests);
	return SKS_OK;
}
