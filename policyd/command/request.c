/*
 * Requests that wait for a second person: asked for, listed, approved, declined. X: one record
 * whose body is to be destroyed before its time. D: records that are to be handed out
 * (export.c asks). R: a role (grant.c). E: an exception (exception.c). B: a bypass (bypass.c).
 * P: a new policy (policy_request.c). U: one command of sudo's (policyd/uses.c asks).
 */
#include "command/exception.h"
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/retention.h"
#include "origin.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	APPROVERS_MAX = 256,
	/* What one person may have waiting of a kind: a part of what all may, so that nobody fills the
	 * list of what waits, or the register that contingency policies need, for the others. */
	OF_A_PERSON = REQUESTS_MAX / 4,
	ENTRIES_OF_A_PERSON = REQUESTS_MAX / 2,
};

/* ---- who -----------------------------------------------------------------------------------
 */

int
request_identify(struct server *s, const struct job *job, struct admin_facts *f)
{
	enum account_class class = policy_account_class(s->policy, job->who, job->peer.uid);
	static struct session x;
	int e = origin_session(s, &job->peer, &x);

	f->redactor = policy_is_redactor(s->policy, job->who, job->peer.uid);
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	(void)snprintf(f->source, sizeof(f->source), "%s", x.source);
	f->identified = job->peer.uid != 0 && job->peer.uid == job->peer.login_uid &&
			job->peer.uid == job->peer.real_uid && x.uid == job->peer.uid &&
			strcmp(x.user, job->who) == 0 &&
			(class == CLASS_PERSON || class == CLASS_ADMIN);
	return SKS_OK;
}

int
request_identify_behind_root(struct server *s, const struct job *job, struct admin_facts *f,
    char by[NAME_SIZE], char person[NAME_SIZE])
{
	static struct session x;
	enum account_class class;
	int e = origin_session(s, &job->peer, &x);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	class = policy_account_class(s->policy, x.user, x.uid);
	f->identified = x.uid != 0 && x.uid == job->peer.login_uid &&
			(class == CLASS_PERSON || class == CLASS_ADMIN);
	(void)snprintf(by, NAME_SIZE, "%s", x.user);
	(void)snprintf(person, NAME_SIZE, "%s", policy_person(s->policy, x.user));
	return SKS_OK;
}

bool
request_same_person(const struct server *s, const char *who, const struct store_request *q)
{
	const char *person = policy_person(s->policy, who);

	return strcmp(who, q->by) == 0 || strcmp(person, q->person) == 0 ||
	       strcmp(person, policy_person(s->policy, q->by)) == 0;
}

static int
watched(struct server *s, int64_t *watched_ms)
{
	struct retention_state x;
	int e = retention_load(s, &x);

	*watched_ms = 0;
	if (e != SKS_OK)
		return e;
	/* what passed since the keeper looked counts: else a request that is made in the first minutes
	 * after a long pause of the daemon would be as old as the pause */
	retain_clock_look(&x.clock, clock_now(), s->boot_id);
	*watched_ms = x.clock.watched_ms;
	return SKS_OK;
}

int
request_add(struct server *s, struct store_request *q)
{
	int64_t waiting = 0;
	int e = watched(s, &q->made_watched_ms);

	/* what enters the register by itself is nobody's */
	if (e == SKS_OK && q->by_uid != NO_UID)
		e = store_request_count(s->store, q->kind, q->person, &waiting);
	if (e == SKS_OK && waiting >= (q->kind == 'E' ? ENTRIES_OF_A_PERSON : OF_A_PERSON))
		e = SKS_FULL;
	return e == SKS_OK ? store_request_add(s->store, q) : e;
}

/* ---- asking --------------------------------------------------------------------------------
 */

static int
record_facts(struct server *s, uint64_t seq, struct admin_facts *f)
{
	struct store_kept k;
	int e = store_kept_get(s->store, seq, &k);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = k.body;
	f->for_ever = k.retention >= RETAIN_LOG;
	return k.body ? store_hold_match(s->store, &k, &f->on_hold) : SKS_OK;
}

static int
is_asked_for(struct server *s, uint64_t seq, bool *asked)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	for (size_t i = 0; i < n; i++)
		*asked |= q[i].kind == 'X' && q[i].record == seq;
	return e;
}

void
request_put(struct record *r, void *context)
{
	const struct store_request *q = context;

	record_put_str(r, "sekisho.request.person", q->person);
	record_put_str(r, "sekisho.request.by", q->by);
}

struct answering {
	struct server *server;
	struct store_request *request;
	const char *account;
};

/* Who judges an entry of the register stands in it by name, role, unit and contact. */
static void
put_answer(struct record *r, void *context)
{
	const struct answering *a = context;

	request_put(r, a->request);
	if (a->request->kind == 'E' || a->request->kind == 'B')
		exception_put_person(r, a->server, a->account);
}

void
request_id(const struct store_request *q, char id[REQUEST_ID_SIZE])
{
	(void)snprintf(id, REQUEST_ID_SIZE, "%c-%llu", q->kind, (unsigned long long)q->number);
}

static void
say_redact_refused(struct job *job, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such record, or its body is gone already."));
	else if (d->reason == REASON_EXISTS)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That was asked for already. `sekisho pending` shows it."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why: --reason. Do not repeat there what is to be destroyed."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
}

int
command_redact(struct server *s, struct job *job)
{
	struct store_request q = {.kind = 'X', .record = job->command.number};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK ||
	    (e = record_facts(s, q.record, &f)) != SKS_OK ||
	    (e = is_asked_for(s, q.record, &f.exists)) != SKS_OK)
		return e;
	(void)snprintf(q.by, sizeof(q.by), "%s", r.by);
	(void)snprintf(q.person, sizeof(q.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(q.why, sizeof(q.why), "%s", r.text);
	q.by_uid = r.by_uid;
	r.record = q.record <= INT64_MAX ? q.record : 0;
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW) {
		e = request_add(s, &q);
		if (e == SKS_FULL)
			command_say(job, STATUS_REFUSED, "%s",
			    _("Too many requests wait already. `sekisho pending` shows them."));
		if (e != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		request_id(&q, r.request);
	}
	if ((e = command_decide(s, job, &r, &f, request_put, &q, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_redact_refused(job, &d);
		return SKS_OK;
	}
	command_say(job, STATUS_DONE,
	    _("Request %s waits for another person: `sekisho approve %s`, within seven days."),
	    r.request, r.request);
	return command_json(job, json_pack("{s:s}", "id", r.request));
}

/* ---- kinds of requests ---------------------------------------------------------------------
 */

static void
wipe_after(struct server *s, struct job *job)
{
	(void)job;
	(void)retention_wipe(s);
}

static int
redact_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	(void)job;
	r->record = q->record;
	return record_facts(s, q->record, f);
}

static bool
redact_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	(void)q;
	return policy_is_redactor(s->policy, job->who, job->peer.uid);
}

static int
redact_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, r->by);

	(void)f;
	if (e != SKS_OK || (e = store_erase(s->store, q->record)) != SKS_OK)
		return e;
	job->after_commit = wipe_after;
	command_say(job, STATUS_DONE,
	    _("The body of record %llu is destroyed. Its header stays, and everything else can "
	      "still be verified."),
	    (unsigned long long)q->record);
	return SKS_OK;
}

static int
redact_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	(void)s;
	command_say(job, STATUS_DONE,
	    withdrawn ? _("Request %s is withdrawn; record %llu stays as it is.")
		      : _("Request %s is declined; record %llu stays as it is."),
	    r->request, (unsigned long long)q->record);
	return SKS_OK;
}

static int
export_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	(void)s;
	(void)job;
	(void)q;
	(void)r;
	f->found = true;
	return SKS_OK;
}

static bool
export_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	(void)q;
	return policy_is_approver(s->policy, job->who, job->peer.uid);
}

static int
export_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, r->by);

	(void)f;
	if (e == SKS_OK)
		command_say(job, STATUS_DONE,
		    _("Request %s is approved: %s can write the export within seven days."),
		    r->request, q->by);
	return e;
}

static int
plainly_declined(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, bool withdrawn)
{
	(void)s;
	(void)q;
	command_say(job, STATUS_DONE,
	    withdrawn ? _("Request %s is withdrawn.") : _("Request %s is declined."), r->request);
	return SKS_OK;
}

static const struct request_kind {
	char kind;
	const char *word;
	request_facts *facts;
	request_may_answer *may_answer;
	request_approved *approved;
	request_declined *declined;
	request_describe *describe; /* NULL: there is nothing to add */
} request_kinds[] = {
    {'X', "redact", redact_facts, redact_may_answer, redact_approved, redact_declined, NULL},
    {'D', "export", export_facts, export_may_answer, export_approved, plainly_declined, NULL},
    {'R', "role", grant_facts, grant_may_answer, grant_approved, grant_declined, grant_describe},
    {'E', "exception", exception_facts, exception_may_answer, exception_approved,
	exception_declined, exception_describe},
    {'B', "bypass", bypass_facts, bypass_may_answer, bypass_approved, bypass_declined,
	bypass_describe},
    {'U', "use", use_request_facts, use_may_answer, use_approved, plainly_declined, use_describe},
    {'P', "policy", policy_facts, policy_may_answer, policy_approved, policy_declined,
	policy_describe},
};

static const struct request_kind *
kind_of(char kind)
{
	for (size_t i = 0; i < sizeof(request_kinds) / sizeof(request_kinds[0]); i++) {
		if (request_kinds[i].kind == kind)
			return &request_kinds[i];
	}
	return NULL;
}

/* ---- what waits ----------------------------------------------------------------------------
 */

static bool
may_see(struct server *s, const struct job *job, const struct store_request *q)
{
	const struct request_kind *kind = kind_of(q->kind);

	return job->peer.uid == 0 || strcmp(q->by, job->who) == 0 ||
	       (kind != NULL && kind->may_answer(s, job, q));
}

static int
append_request(struct server *s, const struct store_request *q, json_t *list)
{
	const struct request_kind *kind = kind_of(q->kind);
	char id[REQUEST_ID_SIZE];
	json_t *item;

	request_id(q, id);
	item = json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:I,s:I}", "id", id, "kind",
	    kind != NULL ? kind->word : "", "record", (json_int_t)q->record, "by", q->by,
	    "person", q->person, "why", q->why, "made", (json_int_t)q->made_wall_ms, "expires",
	    (json_int_t)(request_life_ms(q->kind) == INT64_MAX
			     ? 0
			     : q->made_wall_ms + request_life_ms(q->kind)));
	if (item == NULL || json_array_append_new(list, item) != 0)
		return SKS_NOMEM;
	return kind != NULL && kind->describe != NULL ? kind->describe(s, q, item) : SKS_OK;
}

int
command_pending(struct server *s, struct job *job)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	json_t *list;
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		if (may_see(s, job, &q[i]) && e == SKS_OK)
			e = append_request(s, &q[i], list);
	}
	if (e != SKS_OK) {
		json_decref(list);
		return e;
	}
	return command_json(job, list);
}

/* ---- the answer ----------------------------------------------------------------------------
 */

bool
request_read_id(const char *text, char *kind, uint64_t *number)
{
	char *end;

	if (text[0] == '\0' || text[1] != '-' || text[2] < '1' || text[2] > '9' ||
	    strlen(text) > 20)
		return false;
	*kind = (char)(text[0] & ~0x20); /* x-1 too */
	*number = strtoull(text + 2, &end, 10);
	return *end == '\0';
}

/* Did whoever asks for this approve something of who answers it, which still waits or holds? */
static int
look_for_crossing(struct server *s, const struct job *job, const struct store_request *q,
    struct admin_facts *f)
{
	static struct store_approver a[APPROVERS_MAX];
	size_t n = 0;
	int e = store_approved_for(
	    s->store, policy_person(s->policy, job->who), a, APPROVERS_MAX, &n);

	for (size_t i = 0; i < n; i++)
		f->crossed |= request_same_person(s, a[i].account, q);
	/* more than can be looked at: nobody knows who is among them */
	f->crossed |= n == APPROVERS_MAX;
	return e;
}

/* The request that the command names, and what of it counts for the decision. */
static int
find_request(struct server *s, struct job *job, struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	const struct request_kind *kind = NULL;
	int64_t watched_ms = 0;
	uint64_t number = 0;
	char letter = 0;
	int e = SKS_NOT_FOUND;

	r->name[0] = '\0'; /* of a device, in records */
	if (request_read_id(job->command.name, &letter, &number) &&
	    (kind = kind_of(letter)) != NULL) {
		/* what kind of answer it is, is known without it */
		(void)snprintf(r->request, sizeof(r->request), "%c-%llu", letter,
		    (unsigned long long)number);
		e = store_request_get(s->store, letter, number, q);
	}
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->redactor = kind->may_answer(s, job, q);
	if ((e = watched(s, &watched_ms)) != SKS_OK || (e = kind->facts(s, job, q, r, f)) != SKS_OK)
		return e;
	f->open =
	    q->state == REQUEST_OPEN && f->found && !request_is_over(q, f->wall_ms, watched_ms);
	f->found = true;
	f->same_person |= request_same_person(s, r->by, q);
	request_id(q, r->request);
	return r->verb == VERB_APPROVE ? look_for_crossing(s, job, q, f) : SKS_OK;
}

static void
say_answer_refused(struct job *job, const struct decision *d)
{
	/* to a stranger both read the same */
	if (d->reason == REASON_NOT_FOUND || d->reason == REASON_NOT_PERMITTED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such request, or its answer is not yours to give. `sekisho pending` "
		      "shows what waits for you."));
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That request is over: approved, declined, withdrawn or too old."));
	else if (d->reason == REASON_PROOF_NEEDED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("A current code of a device of yours is needed."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say why: an exception is granted or refused with the --reason."));
	else if (d->reason == REASON_TOO_LONG)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Grant what was asked for or less, not more."));
}

static int
decide_answer(struct server *s, struct job *job, struct store_request *q, struct admin_request *r,
    struct admin_facts *f, struct decision *d)
{
	struct answering answering = {s, q, r->by};
	int e;

	*q = (struct store_request){0};
	if ((e = command_facts(s, job, r, f)) != SKS_OK ||
	    (e = request_identify(s, job, f)) != SKS_OK ||
	    (e = find_request(s, job, q, r, f)) != SKS_OK ||
	    (e = command_decide(s, job, r, f, put_answer, &answering, d)) != SKS_OK)
		return e;
	if (d->verdict != VERDICT_ALLOW)
		say_answer_refused(job, d);
	return SKS_OK;
}

int
command_approve(struct server *s, struct job *job)
{
	struct store_request q;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e = decide_answer(s, job, &q, &r, &f, &d);

	if (e != SKS_OK || d.verdict != VERDICT_ALLOW)
		return e;
	return kind_of(q.kind)->approved(s, job, &q, &r, &f);
}

int
command_deny(struct server *s, struct job *job)
{
	struct store_request q;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e = decide_answer(s, job, &q, &r, &f, &d);

	if (e != SKS_OK || d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_request_end(s->store, &q,
		 f.same_person ? REQUEST_WITHDRAWN : REQUEST_DECLINED, r.by)) != SKS_OK)
		return e;
	return kind_of(q.kind)->declined(s, job, &q, &r, f.same_person);
}
