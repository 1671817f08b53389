/* sekisho audit finding: what an auditor found, who puts it right and by when, and its end. */
#include "command/audit_review.h"
#include "error.h"
#include "i18n.h"
#include "store/keep.h"
#include <stdio.h>
#include <string.h>

static void
put_finding(struct record *record, void *context)
{
	const struct store_finding *f = context;

	record_put_int(record, "sekisho.finding.number", (int64_t)f->number);
	record_put_str(record, "sekisho.finding.owner", f->owner);
	record_put_int(record, "sekisho.finding.due", f->due_wall_ms);
	record_put_bool(record, "sekisho.finding.grave", f->grave);
}

int
command_finding_add(struct server *s, struct job *job)
{
	struct store_finding x = {.record = job->command.number,
	    .due_wall_ms = job->command.until_ms,
	    .grave = job->command.limit != 0};
	struct store_kept kept;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = review_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	e = x.record == 0 ? SKS_OK : store_kept_get(s->store, x.record, &kept);
	f.found = e == SKS_OK;
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	f.grave = x.grave;
	r.record = x.record <= INT64_MAX ? x.record : 0;
	r.for_ms = x.due_wall_ms - f.wall_ms;
	(void)snprintf(x.what, sizeof(x.what), "%s", r.text);
	(void)snprintf(x.owner, sizeof(x.owner), "%s", r.name);
	(void)snprintf(x.by, sizeof(x.by), "%s", r.by);
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW && (e = store_finding_add(s->store, &x)) != SKS_OK) {
		if (e == SKS_FULL)
			command_say(job, STATUS_REFUSED, "%s",
			    _("Too many findings are open. Close some: `sekisho audit finding "
			      "list`."));
		return e == SKS_FULL ? SKS_OK : e;
	}
	if ((e = command_decide(s, job, &r, &f, put_finding, &x, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say what was found, who puts it right (--owner) and by when (--until, in the "
		      "future)."));
	if (d.verdict == VERDICT_ALLOW)
		command_say(job, STATUS_DONE,
		    _("Finding F-%llu is open; %s puts it right."), (unsigned long long)x.number,
		    x.owner);
	return SKS_OK;
}

int
command_finding_list(struct server *s, struct job *job)
{
	static struct store_finding f[FINDINGS_MAX];
	json_t *list;
	size_t n = 0;
	int e = store_finding_list(s->store, job->command.newest_first, f, FINDINGS_MAX, &n);

	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:I,s:I,s:s,s:s,s:I,s:b,s:b,s:s,s:I,s:s,s:s,s:I}", "finding",
			(json_int_t)f[i].number, "record", (json_int_t)f[i].record, "what",
			f[i].what, "owner", f[i].owner, "due", (json_int_t)f[i].due_wall_ms,
			"grave", (int)f[i].grave, "overdue",
			(int)(f[i].closed_wall_ms == 0 &&
			      f[i].due_wall_ms <= clock_now().wall_ms),
			"by", f[i].by, "made", (json_int_t)f[i].wall_ms, "closed_by",
			f[i].closed_by, "closed_why", f[i].closed_why, "closed",
			(json_int_t)f[i].closed_wall_ms));
	return command_json(job, list);
}

int
command_finding_close(struct server *s, struct job *job)
{
	struct store_finding x = {0};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = review_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	e = store_finding_get(s->store, job->command.number, &x);
	f.found = e == SKS_OK;
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	f.open = x.closed_wall_ms == 0;
	f.same_person = f.found &&
			strcmp(policy_person(s->policy, r.by), policy_person(s->policy, x.owner)) == 0;
	if ((e = command_decide(s, job, &r, &f, put_finding, &x, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("There is no finding F-%llu: `sekisho audit finding list --all` shows them."),
		    (unsigned long long)job->command.number);
	else if (d.reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, _("Finding F-%llu is closed already."),
		    (unsigned long long)x.number);
	else if (d.reason == REASON_SAME_PERSON)
		command_say(job, STATUS_REFUSED, "%s",
		    _("You had to put it right. Another auditor looks whether it is, and closes it."));
	if (d.verdict != VERDICT_ALLOW)
		return SKS_OK;
	if ((e = store_finding_close(s->store, x.number, r.by, r.text)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("Finding F-%llu is closed."), (unsigned long long)x.number);
	return SKS_OK;
}
