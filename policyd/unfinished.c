/*
 * What became of a password that was accepted. Between our yes and the host's own module
 * storing it the program can be killed and the power can go, and we are not there when it is
 * stored. So the commit that accepts it keeps the mark of the password that the host had then;
 * whoever comes next about that account shows the one that it has now. If it is another one,
 * the change is complete; if not, it was cut off, and log and person are told. The history has
 * the password in either case.
 */
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

static bool
is_still_at_it(const struct password_open *o, const struct request *r)
{
	if (o->pid == r->pid && o->pid_start == r->pid_start)
		return r->phase ==
		       PHASE_PASSWORD; /* typed differently the second time: once more */
	return peer_is_alive(o->pid, o->pid_start);
}

static int
settle(struct server *s, const struct request *r, const struct password_open *o, bool stored)
{
	struct record record;
	int e;

	keeper_record(s, &record, ACTION_PASSWORD_STORED,
	    stored ? OUTCOME_SUCCESS : OUTCOME_FAILURE,
	    reason_words[stored ? REASON_OK : REASON_NOT_STORED]);
	record_put_str(&record, "user.name", r->user);
	record_put_int(&record, "user.id", r->uid);
	record_put_str(&record, "sekisho.person", policy_person(s->policy, r->user));
	record_put_int(&record, "process.pid", o->pid);
	record_put_int(&record, "sekisho.request.record", (int64_t)o->seq);
	e = keeper_append(s, &record);
	return e == SKS_OK ? store_password_open_end(s->store, r->user) : e;
}

int
unfinished_look(struct server *s, struct job *job)
{
	const struct request *r = &job->request;
	const char *mark = job->pam.password_mark;
	struct password_open o;
	bool stored;
	int e;

	job->cut_off = false;
	if (!r->by_root || !r->known || mark[0] == '\0')
		return SKS_OK;
	if ((e = store_password_open(s->store, r->user, &o)) != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	if (is_still_at_it(&o, r))
		return SKS_OK;
	stored = strcmp(o.mark, mark) != 0;
	job->cut_off = !stored;
	return settle(s, r, &o, stored);
}

int
unfinished_begin(struct server *s, const struct job *job, uint64_t seq)
{
	const struct request *r = &job->request;
	struct password_open o = {.pid = r->pid, .pid_start = r->pid_start, .seq = seq};

	if (r->phase != PHASE_PASSWORD || !r->known || job->pam.password_mark[0] == '\0')
		return SKS_OK;
	(void)text_clean(o.mark, sizeof(o.mark), job->pam.password_mark);
	return store_password_open_begin(s->store, r->user, &o);
}

void
unfinished_tell(const struct job *job, char *out, size_t size)
{
	char before[2048];

	if (!job->cut_off ||
	    (job->request.phase != PHASE_PASSWORD_BEGIN && job->request.phase != PHASE_OPEN))
		return;
	(void)snprintf(before, sizeof(before), "%s", out);
	(void)snprintf(out, size, "%s%s%.1500s",
	    _("Your last change of the password was cut off: the one from before is in force."),
	    before[0] != '\0' ? "\n" : "", before);
}
