/* The use of a break-glass code is reviewed by another person before new codes are made. */
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/exceptions.h"
#include <stdio.h>
#include <string.h>

static bool
is_open_review(const struct store_exception *x)
{
	return strcmp(x->kind, "break-glass") == 0 && x->judged == EXCEPTION_UNJUDGED &&
	       x->state == EXCEPTION_ACTIVE;
}

/* Adds the uses of break-glass codes whose review is open: id, user, at. */
static int
review_list_open(struct server *s, json_t *list)
{
	enum { A_LOOK = 16 };
	static struct store_exception x[A_LOOK];
	uint64_t after = 0;
	size_t n = 0;
	int e;

	do {
		e = store_exception_list(s->store, after, false, x, A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			char id[REQUEST_ID_SIZE];

			after = x[i].number;
			(void)snprintf(id, sizeof(id), "E-%llu", (unsigned long long)after);
			if (is_open_review(&x[i]))
				(void)json_array_append_new(list,
				    json_pack("{s:s,s:s,s:I}", "id", id, "user", x[i].subject, "at",
					(json_int_t)x[i].from_wall_ms));
		}
	} while (e == SKS_OK && n == A_LOOK);
	return e;
}

int
review_is_open(struct server *s, bool *open)
{
	json_t *list = json_array();
	int e = review_list_open(s, list);

	*open = json_array_size(list) > 0;
	json_decref(list);
	return e;
}

int
command_break_glass_state(struct server *s, struct job *job)
{
	json_t *list = json_array();
	char used[32] = "";
	int e = review_list_open(s, list);

	if (e == SKS_OK)
		e = store_meta_get(s->store, BREAK_GLASS_USED, used, sizeof(used));
	if (e != SKS_OK && e != SKS_NOT_FOUND) {
		json_decref(list);
		return e;
	}
	return command_json(job,
	    json_pack("{s:o,s:I}", "open", list, "used", (json_int_t)strtoll(used, NULL, 10)));
}

/* The entry, and the one who used the code as who asked for it. */
static int
find_review(struct server *s, const char *name, struct store_exception *x,
    struct store_request *q, struct admin_request *r, struct admin_facts *f)
{
	char kind = 0;
	int e = SKS_NOT_FOUND;

	if (request_read_id(name, &kind, &q->number) && kind == 'E' &&
	    (e = store_exception_get(s->store, q->number, x)) == SKS_OK)
		e = store_request_get(s->store, 'E', q->number, q);
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = strcmp(x->kind, "break-glass") == 0;
	f->open = is_open_review(x);
	f->same_person = request_same_person(s, r->by, q);
	(void)snprintf(r->subject, sizeof(r->subject), "%s", x->subject);
	request_id(q, r->request);
	return SKS_OK;
}

static void
say_refused(struct job *job, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such review. `sekisho pending` shows what waits."));
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, "%s", _("That review is closed already."));
	else if (d->reason == REASON_SAME_PERSON)
		command_say(job, STATUS_REFUSED, "%s",
		    _("It was you who used the code: another person reviews it."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say what the review found: --text."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
}

struct reviewing {
	struct server *server;
	const char *account;
};

static void
put_reviewer(struct record *record, void *context)
{
	const struct reviewing *r = context;

	exception_put_person(record, r->server, r->account);
}

int
command_break_glass_review(struct server *s, struct job *job)
{
	static struct store_exception x;
	struct store_request q = {.kind = 'E'};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	struct reviewing reviewing = {s, r.by};
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK)
		return e;
	r.name[0] = '\0';
	f.redactor = policy_may_approve(s->policy, &s->policy->reviewers, job->who,
	    job->peer.uid, job->groups_known ? job->groups : NULL);
	if ((e = find_review(s, job->command.name, &x, &q, &r, &f)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, put_reviewer, &reviewing, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_refused(job, &d);
		return SKS_OK;
	}
	x.judged = EXCEPTION_GRANTED;
	if ((e = exception_write(&x, "judge", exception_person(s, r.by))) != SKS_OK ||
	    (e = exception_write(&x, "review", json_pack("{s:s}", "text", r.text))) != SKS_OK ||
	    (e = store_exception_update(s->store, &x)) != SKS_OK ||
	    (e = store_request_end(s->store, &q, REQUEST_APPROVED, r.by)) != SKS_OK ||
	    (e = exceptions_end(s, &x, r.by, "reviewed")) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("The review %s is closed."), r.request);
	return SKS_OK;
}
