/* How the use of a permit ended, said by who had it. */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "store/terms.h"
#include <stdio.h>
#include <string.h>

int
command_permit_report(struct server *s, struct job *job)
{
	struct store_request q = {.kind = 'R'};
	struct store_terms terms = {0};
	static struct store_grant g;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	char kind = 0;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	r.name[0] = '\0'; /* of a device, in records */
	if (request_read_id(job->command.name, &kind, &q.number) && kind == 'R') {
		e = store_grant_get(s->store, q.number, &g);
		if (e != SKS_OK && e != SKS_NOT_FOUND)
			return e;
		f.found = e == SKS_OK && strcmp(g.user, r.by) == 0 && g.uid == r.by_uid;
	}
	if (f.found) {
		if ((e = store_terms_get(s->store, q.number, &terms)) != SKS_OK)
			return e;
		f.open = g.state == GRANT_OVER && g.from_wall_ms != 0 &&
			 terms.reported_wall_ms == TERMS_OWED;
		(void)snprintf(r.role, sizeof(r.role), "%s", g.role);
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such permit of yours. `sekisho grant list --all` shows them."));
	else if (d.reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED,
		    _("%s owes no report: it still runs, was reported, or is no permit."), r.request);
	else if (d.reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say with --text how the work ended, and what became of what was taken out."));
	if (d.verdict != VERDICT_ALLOW)
		return SKS_OK;
	if ((e = store_terms_report(s->store, q.number, r.text)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("Your report on %s is recorded."), r.request);
	return SKS_OK;
}
