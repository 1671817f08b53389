/*
 * Two people for each use: a command of a role that says so waits, in sudo's process, until another
 * member agrees to this very command (a request of kind U), or five minutes.
 *
 * The word lies in the store; which process and which command it was given for, only here. A daemon
 * that ended forgot what was waited for, so that no word of before is left to be used: also not one
 * in a store that was put back.
 */
#include "command/request.h"
#include "error.h"
#include "i18n.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "keeper/retention.h"
#include "sudo.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { USES_MAX = 256, USES_PER_UID = 8, DIGEST_SIZE = 32 };

struct use {
	uint64_t number; /* of its request; 0: free */
	uint64_t grant;
	uint32_t uid, pid;
	uint64_t pid_start;
	int64_t made_boot_ms;
	uint8_t digest[DIGEST_SIZE];
};

static struct use use[USES_MAX];

/* ---- which command ----------------------------------------------------------------------- */

static int
digest_of(const struct elevation_request *r, const struct elevation_facts *f,
    uint8_t out[DIGEST_SIZE])
{
	const uint64_t number[] = {
	    f->grant, r->uid, r->login_uid, r->audit_session, r->run_as_uid, r->cut, r->edit};
	const char *const text[] = {r->user, r->command, r->arguments, r->cwd, r->run_as};
	unsigned int len = DIGEST_SIZE;
	struct buf b;
	int e;

	buf_init(&b, 2 * sizeof(*r));
	buf_put_bytes(&b, number, sizeof(number));
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		buf_put_bytes(&b, text[i], strlen(text[i]) + 1);
	e = buf_error(&b);
	if (e == SKS_OK && EVP_Digest(b.data, b.len, out, &len, EVP_sha256(), NULL) != 1)
		e = SKS_NOMEM;
	if (b.len > 0)
		explicit_bzero(b.data, b.len);
	buf_clear(&b);
	return e;
}

static struct use *
use_find(uint64_t number)
{
	for (size_t i = 0; number != 0 && i < USES_MAX; i++) {
		if (use[i].number == number)
			return &use[i];
	}
	return NULL;
}

/* Whose sudo has given up, or goes on with another command: nobody is asked about it any more. */
static int
use_drop(struct server *s, struct use *u)
{
	struct store_request q;
	int e = store_request_get(s->store, 'U', u->number, &q);

	if (e == SKS_OK && q.state == REQUEST_OPEN)
		e = retention_expire(s, &q);
	if (e == SKS_OK || e == SKS_NOT_FOUND)
		*u = (struct use){0};
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

static bool
is_of(const struct use *u, const struct job *job)
{
	return u->number != 0 && u->pid == job->peer.pid && u->pid_start == job->peer.pid_start;
}

/* Those that are over make room, in the list of what waits too. */
static int
uses_clear(struct server *s, const struct job *job)
{
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < USES_MAX; i++) {
		if (use[i].number != 0 &&
		    (is_of(&use[i], job) || !peer_is_alive(use[i].pid, use[i].pid_start)))
			e = use_drop(s, &use[i]);
	}
	return e;
}

/* A free place. NULL: there is none. */
static struct use *
use_place(const struct elevation_request *r)
{
	struct use *place = NULL;
	size_t n = 0;

	for (size_t i = 0; i < USES_MAX; i++) {
		struct use *u = &use[i];

		if (u->number == 0 && place == NULL)
			place = u;
		n += u->number != 0 && u->uid == r->uid;
	}
	return n < USES_PER_UID ? place : NULL;
}

/* ---- what became of it ------------------------------------------------------------------- */

/* By either clock. */
static bool
is_over(const struct use *u, const struct store_request *q)
{
	struct instant now = clock_now();

	return now.boot_ms - u->made_boot_ms >= request_life_ms('U') ||
	       request_is_over(q, now.wall_ms, 0);
}

static enum use_state
state_of(const struct use *u, const struct store_request *q)
{
	switch (q->state) {
	case REQUEST_OPEN:
		return is_over(u, q) ? USE_OVER : USE_WAITS;
	case REQUEST_APPROVED:
		return is_over(u, q) ? USE_OVER : USE_APPROVED;
	case REQUEST_DECLINED:
		return USE_DECLINED;
	default:
		return USE_OVER;
	}
}

int
uses_facts(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f)
{
	const struct role *role = policy_role(s->policy, f->role);
	const struct use *u = use_find(job->sudo.use);
	uint8_t digest[DIGEST_SIZE];
	struct store_request q;
	int e;

	if (role == NULL || role->each_use != CHANGE_TWO_PERSON || job->sudo.use == 0)
		return SKS_OK;
	f->use = USE_OVER;
	if ((e = digest_of(r, f, digest)) != SKS_OK)
		return e;
	if (u == NULL || u->pid != job->peer.pid || u->pid_start != job->peer.pid_start ||
	    memcmp(u->digest, digest, sizeof(digest)) != 0)
		return SKS_OK;
	if ((e = store_request_get(s->store, 'U', u->number, &q)) != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->use_request = u->number;
	f->use = state_of(u, &q);
	if (f->use == USE_APPROVED || f->use == USE_DECLINED)
		(void)snprintf(f->use_by, sizeof(f->use_by), "%s", q.ended_by);
	return SKS_OK;
}

int
uses_spend(struct server *s, const struct elevation_facts *f)
{
	const struct store_request q = {.kind = 'U', .number = f->use_request};

	return f->use == USE_APPROVED ? store_request_use(s->store, &q) : SKS_OK;
}

/* ---- asking ------------------------------------------------------------------------------ */

static int
record_asked(struct server *s, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login, uint64_t number)
{
	struct record record;
	char id[REQUEST_ID_SIZE];

	keeper_record(s, &record, ACTION_USE_REQUEST, OUTCOME_SUCCESS, reason_words[REASON_OK]);
	sudo_put_case(s, &record, r, f, login);
	sudo_put_grant(&record, f->grant);
	(void)snprintf(id, sizeof(id), "U-%llu", (unsigned long long)number);
	record_put_str(&record, "sekisho.use", id);
	return keeper_append(s, &record);
}

int
uses_ask(struct server *s, struct job *job, const struct elevation_request *r,
    const struct elevation_facts *f, const struct session *login)
{
	struct store_request q = {.kind = 'U', .record = f->grant, .by_uid = r->uid};
	struct use *u = NULL;
	struct sudo_reply *reply = &job->sudo_reply;
	uint8_t digest[DIGEST_SIZE];
	int e;

	if ((e = digest_of(r, f, digest)) != SKS_OK || (e = uses_clear(s, job)) != SKS_OK)
		return e;
	u = use_place(r);
	(void)snprintf(q.by, sizeof(q.by), "%s", r->user);
	(void)snprintf(q.person, sizeof(q.person), "%s", policy_person(s->policy, r->user));
	sudo_command_line(s, f->role, r, q.why, sizeof(q.why));
	e = u != NULL ? store_request_add(s->store, &q) : SKS_FULL;
	if (e == SKS_FULL) {
		(void)snprintf(reply->text, sizeof(reply->text), "%s",
		    _("Sekisho: too many commands wait for a second person already. `sekisho "
		      "pending` shows them."));
		return SKS_OK;
	}
	if (e != SKS_OK || (e = record_asked(s, r, f, login, q.number)) != SKS_OK)
		return e;
	*u = (struct use){.number = q.number,
	    .grant = f->grant,
	    .uid = r->uid,
	    .pid = job->peer.pid,
	    .pid_start = job->peer.pid_start,
	    .made_boot_ms = clock_now().boot_ms};
	memcpy(u->digest, digest, sizeof(digest));
	reply->wait = q.number;
	(void)snprintf(reply->text, sizeof(reply->text),
	    _("Sekisho: each command of the role \"%s\" takes two people. It waits %d minutes for "
	      "another member to agree: sekisho approve U-%llu"),
	    f->role, (int)(request_life_ms('U') / 60000), (unsigned long long)q.number);
	return SKS_OK;
}

/* ---- the second person: requests of kind U ----------------------------------------------- */

static const struct role *
role_of(struct server *s, const struct store_request *q, struct store_grant *g)
{
	if (store_grant_get(s->store, q->record, g) != SKS_OK)
		return NULL;
	return policy_role(s->policy, g->role);
}

bool
use_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	static struct store_grant g;
	const struct role *role = role_of(s, q, &g);

	return role != NULL && role_has_member(role, job->who, job->groups_known ? job->groups : NULL, clock_now().wall_ms);
}

int
use_request_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	static struct store_grant g;
	const struct use *u = use_find(q->number);
	const struct role *role = role_of(s, q, &g);

	(void)job;
	f->found = role != NULL && u != NULL && peer_is_alive(u->pid, u->pid_start) && !is_over(u, q);
	if (role != NULL)
		(void)snprintf(r->role, sizeof(r->role), "%s", role->name);
	return SKS_OK;
}

int
use_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, r->by);

	(void)f;
	if (e == SKS_OK)
		command_say(job, STATUS_DONE, _("%s runs now, for %s: %s"), r->request, q->by, q->why);
	return e;
}

int
use_describe(struct server *s, const struct store_request *q, json_t *out)
{
	static struct store_grant g;
	const struct role *role = role_of(s, q, &g);

	return json_object_set_new(out, "role", json_string(role != NULL ? role->name : "")) == 0
		   ? SKS_OK
		   : SKS_NOMEM;
}
