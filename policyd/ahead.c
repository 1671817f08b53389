#include "ahead.h"

#include "error.h"
#include "keeper/host.h"
#include "keeper/keeper.h"
#include "keeper/metrics.h"
#include "stay.h"
#include <stdlib.h>
#include <string.h>

enum { HABITS_MAX = 32, MISSED_MAX = 3, ASKED_AGAIN = 8, GOOD_FOR_MS = 5000, MINUTE_MS = 60000 };

struct ahead {
	struct ahead *next;
	struct buf question; /* fields of the request that is expected; no secret is in it */
	bool decided;        /* else the question is without flags, to be compared only */
	uint32_t flags;      /* of the question */
	struct request request;
	struct pam_reply reply;
	uint64_t news;
	int64_t wall_ms, boot_ms; /* when */
	const char *why; /* nobody asked, a word of event.reason */
};

/* ---- what services do ---------------------------------------------------------------------- */

/*
 * How a service asked the last time. Lost with the daemon, and learnt again. Whoever has a code could hang
 * up behind it, again and again: a service that was given up for that is looked at for longer, not for ever.
 */
struct habit {
	char service[64];
	uint32_t flags;
	unsigned asked, wanted; /* as expected, on end; so many make it known */
	unsigned missed;	/* on end, since it is known */
};
static struct habit habit[HABITS_MAX];
static size_t habit_count;

/* NULL where there is no room for it: nothing is decided ahead. */
static struct habit *
habit_of(const char *service)
{
	size_t i = 0, len = strlen(service);

	while (i < habit_count && strcmp(habit[i].service, service) != 0)
		i++;
	if (i == habit_count) {
		if (habit_count == HABITS_MAX || len >= sizeof(habit[i].service))
			return NULL;
		habit[habit_count] = (struct habit){.wanted = 1};
		memcpy(habit[habit_count++].service, service, len + 1);
	}
	return &habit[i];
}

static bool
habit_is_known(const struct habit *h)
{
	return h->asked >= h->wanted;
}

static void
habit_missed(const char *service)
{
	struct habit *h = habit_of(service);

	if (h == NULL || (habit_is_known(h) && ++h->missed < MISSED_MAX))
		return;
	if (habit_is_known(h))
		h->wanted = ASKED_AGAIN;
	h->asked = h->missed = 0;
}

static void
habit_asked(const char *service, uint32_t flags)
{
	struct habit *h = habit_of(service);

	if (h == NULL)
		return;
	h->asked = h->flags == flags ? h->asked + 1 : 1;
	h->flags = flags;
}

/* ---- life and death ------------------------------------------------------------------------ */

static void
ahead_free(struct ahead *a)
{
	if (a == NULL)
		return;
	buf_clear(&a->question);
	free(a);
}

static int
ahead_new(const struct pam_request *expected, struct ahead **out)
{
	struct ahead *a = calloc(1, sizeof(*a));
	int e;

	if (a == NULL)
		return SKS_NOMEM;
	buf_init(&a->question, PAM_FIELDS_MAX);
	fields_encode(&pam_request_fields, expected, &a->question);
	if ((e = buf_error(&a->question)) != SKS_OK) {
		ahead_free(a);
		return e;
	}
	*out = a;
	return SKS_OK;
}

void
ahead_forget(struct job *job)
{
	ahead_free(job->ahead);
	job->ahead = NULL;
}

/* Decided and on disk, and not what was asked for: the log has to say so. */
static void
ahead_tell(struct server *s, struct ahead *a, enum reason why)
{
	a->why = reason_words[why];
	a->next = s->unasked;
	s->unasked = a;
}

/* ---- deciding ------------------------------------------------------------------------------ */

/* The question behind this one, in "then". */
static void
foresee(const struct job *job, uint32_t flags, struct job *then)
{
	then->server = job->server;
	then->connection = job->connection;
	then->peer = job->peer;
	then->peer.pidfd = -1;
	then->kind = job->kind;
	then->from_root_socket = job->from_root_socket;
	then->pam = job->pam;
	then->pam.phase = PHASE_ACCOUNT;
	then->pam.flags = flags;
	secret_clear(&then->pam.code);
	secret_clear(&then->pam.password);
	secret_clear(&then->pam.old);
	memcpy(then->groups, job->groups, sizeof(then->groups));
	then->groups_known = job->groups_known;
}

static bool
is_plain(const struct decision *d)
{
	return d->verdict == VERDICT_ALLOW && d->need == PAM_NEED_NONE && d->text == TEXT_NONE;
}

/* Also what the host says of itself, which no turn of ours is about. Both only grow. */
static uint64_t
news_of(const struct server *s)
{
	return s->news + host_news();
}

/* Rules look at the minute; and a host that slept, or whose clock was set, is asked for anew what
 * has ended meanwhile. */
static bool
is_of_now(const struct server *s, const struct ahead *a)
{
	struct instant now = clock_now();
	int64_t wall = now.wall_ms - a->wall_ms, boot = now.boot_ms - a->boot_ms;

	return a->news == news_of(s) && now.wall_ms / MINUTE_MS == a->wall_ms / MINUTE_MS &&
	       wall >= 0 && wall <= GOOD_FOR_MS && boot <= GOOD_FOR_MS;
}

static int
decide_then(
    struct server *s, struct job *then, const struct facts *before, struct ahead *a, bool *plain)
{
	static struct facts f;
	struct decision d;
	int e;

	pam_request_build(then);
	then->request.ahead = true;
	f = *before;
	if ((e = store_load_transaction(s->store, &then->request, &f)) != SKS_OK ||
	    (e = pam_session_facts(s, &then->request, &f)) != SKS_OK)
		return e;
	decide(s->policy, &then->request, &f, &d);
	if (!(*plain = is_plain(&d)))
		return SKS_OK;
	if ((e = pam_settle(s, then, &f, &d)) != SKS_OK)
		return e;
	a->decided = true;
	a->flags = then->pam.flags;
	a->request = then->request;
	a->reply = then->pam_reply;
	a->news = news_of(s);
	a->wall_ms = f.wall_ms;
	a->boot_ms = f.boot_ms;
	return SKS_OK;
}

int
ahead_decide(struct server *s, struct job *job, const struct facts *before)
{
	static struct job then;
	struct habit *h = habit_of(job->request.service);
	struct ahead *a = NULL;
	bool plain = true;
	int e;

	if (h == NULL)
		return SKS_OK;
	foresee(job, habit_is_known(h) ? h->flags : 0, &then);
	if ((e = ahead_new(&then.pam, &a)) == SKS_OK && habit_is_known(h))
		e = decide_then(s, &then, before, a, &plain);
	if (e != SKS_OK || !plain) {
		ahead_free(a);
		return e;
	}
	memcpy(a->request.service, h->service, sizeof(h->service));
	job->ahead = a;
	return SKS_OK;
}

/* ---- the question -------------------------------------------------------------------------- */

/* Without a word: what is to be shown comes with an answer of its own. */
static bool
is_silent(const struct pam_reply *r)
{
	return r->verdict == PAM_VERDICT_ALLOW && r->need == PAM_NEED_NONE && r->text[0] == '\0';
}

void
ahead_say(const struct server *s, struct job *job)
{
	const struct ahead *a = job->ahead;
	int64_t age, left;

	if (a == NULL || !a->decided || !is_silent(&a->reply) || !is_of_now(s, a))
		return;
	age = clock_now().boot_ms - a->boot_ms;
	left = MINUTE_MS - clock_now().wall_ms % MINUTE_MS;
	if (age < 0 || age >= GOOD_FOR_MS)
		return;
	if (left > GOOD_FOR_MS - age)
		left = GOOD_FOR_MS - age;
	/* a daemon that is held up ends no connection in time */
	job->pam_reply.then_ms = (uint32_t)(left < STAY_MS ? left : STAY_MS);
	job->pam_reply.then_flags = a->flags;
}

void
ahead_taken(struct server *s, struct ahead *a)
{
	ahead_answered(s, a, 0);
}

bool
ahead_is_decided(const struct ahead *a)
{
	return a != NULL && a->decided;
}

bool
ahead_is_news(struct server *s)
{
	uint64_t news = news_of(s);
	bool is_new = news != s->news_heard;

	s->news_heard = news;
	return is_new;
}

void
ahead_outdated(struct server *s, struct ahead *a)
{
	ahead_tell(s, a, REASON_OVERTAKEN);
}

const struct pam_reply *
ahead_reply(const struct server *s, const struct ahead *a, const struct frame *frame,
    const struct buf *fields)
{
	if (a == NULL || !a->decided || !is_of_now(s, a) || frame->type != MSG_PAM ||
	    frame->payload_len != 0 || fields->len != a->question.len ||
	    memcmp(fields->data, a->question.data, a->question.len) != 0)
		return NULL;
	return &a->reply;
}

void
ahead_answered(struct server *s, struct ahead *a, int64_t took_us)
{
	struct habit *h = habit_of(a->request.service);

	if (h != NULL)
		h->missed = 0;
	metrics_answered_pam(s, a->request.service, PHASE_ACCOUNT, METRICS_ALLOW, took_us);
	ahead_free(a);
}

/* As expected but for the flags, which are those of the service? */
static bool
is_expected(const struct ahead *a, const struct pam_request *q)
{
	static struct pam_request plain;
	struct buf b;
	bool same;

	plain = *q;
	plain.flags = 0;
	buf_init(&b, PAM_FIELDS_MAX);
	fields_encode(&pam_request_fields, &plain, &b);
	same = buf_error(&b) == SKS_OK && b.len == a->question.len &&
	       memcmp(b.data, a->question.data, b.len) == 0;
	buf_clear(&b);
	fields_clear(&pam_request_fields, &plain);
	return same;
}

void
ahead_overtaken(struct server *s, struct ahead *a, const struct job *job)
{
	if (a == NULL)
		return;
	if (a->decided) {
		if (is_of_now(s, a))
			habit_missed(a->request.service);
		ahead_tell(s, a, REASON_OVERTAKEN);
		return;
	}
	if (job->kind->type == MSG_PAM && is_expected(a, &job->pam))
		habit_asked(a->request.service, job->pam.flags);
	else
		habit_missed(a->request.service);
	ahead_free(a);
}

void
ahead_unasked(struct server *s, struct ahead *a)
{
	if (a == NULL)
		return;
	habit_missed(a->request.service);
	if (a->decided)
		ahead_tell(s, a, REASON_UNASKED);
	else
		ahead_free(a);
}

/* ---- the log ------------------------------------------------------------------------------- */

static int
record_unasked(struct server *s, void *context)
{
	int e = SKS_OK;

	(void)context;
	for (const struct ahead *a = s->unasked; a != NULL && e == SKS_OK; a = a->next) {
		struct record record;

		keeper_record(s, &record, ACTION_ACCOUNT_UNASKED, OUTCOME_UNKNOWN, a->why);
		record_put_str(&record, "user.name", a->request.user);
		record_put_int(&record, "user.id", a->request.uid);
		record_put_str(&record, "sekisho.person", policy_person(s->policy, a->request.user));
		record_put_str(&record, "service.name", a->request.service);
		record_put_int(&record, "process.pid", a->request.pid);
		record_put_int(&record, "sekisho.request.record", (int64_t)a->reply.record);
		e = keeper_append(s, &record);
	}
	return e;
}

int
ahead_settle(struct server *s)
{
	int e;

	/* what is left of a full disk is for administrators to come in: this waits */
	if (s->unasked == NULL || s->space >= STORE_SPACE_RESERVE)
		return SKS_OK;
	e = turn_aside(s, record_unasked, NULL);
	if (e == SKS_OK)
		ahead_close_all(s);
	return e == SKS_FULL ? SKS_OK : e;
}

void
ahead_close_all(struct server *s)
{
	struct ahead *a;

	while ((a = s->unasked) != NULL) {
		s->unasked = a->next;
		ahead_free(a);
	}
}
