/*
 * Requests that wait for a second person: what their kinds are, and what all have in common: who
 * acts, how they are named, that they are put in line. Each kind has a file that asks; pending.c
 * lists what waits, approve.c takes the answer.
 */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/retention.h"
#include "origin.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* What one person may have waiting of a kind: a part of what all may, so that nobody fills the
	 * list of what waits, or the register that contingency policies need, for the others. */
	OF_A_PERSON = REQUESTS_MAX / 4,
	ENTRIES_OF_A_PERSON = REQUESTS_MAX / 2,
};

/* ---- kinds ------------------------------------------------------------------------------- */

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

static const struct request_kind request_kinds[] = {
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

const struct request_kind *
request_kind_of(char kind)
{
	for (size_t i = 0; i < sizeof(request_kinds) / sizeof(request_kinds[0]); i++) {
		if (request_kinds[i].kind == kind)
			return &request_kinds[i];
	}
	return NULL;
}

/* ---- names ------------------------------------------------------------------------------- */

void
request_id(const struct store_request *q, char id[REQUEST_ID_SIZE])
{
	(void)snprintf(id, REQUEST_ID_SIZE, "%c-%llu", q->kind, (unsigned long long)q->number);
}

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

/* ---- who --------------------------------------------------------------------------------- */

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

void
request_put(struct record *r, void *context)
{
	const struct store_request *q = context;

	record_put_str(r, "sekisho.request.person", q->person);
	record_put_str(r, "sekisho.request.by", q->by);
}

/* ---- in line ----------------------------------------------------------------------------- */

int
request_watched_ms(struct server *s, int64_t *watched_ms)
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
	int e = request_watched_ms(s, &q->made_watched_ms);

	/* what enters the register by itself is nobody's */
	if (e == SKS_OK && q->by_uid != NO_UID)
		e = store_request_count(s->store, q->kind, q->person, &waiting);
	if (e == SKS_OK && waiting >= (q->kind == 'E' ? ENTRIES_OF_A_PERSON : OF_A_PERSON))
		e = SKS_FULL;
	return e == SKS_OK ? store_request_add(s->store, q) : e;
}
