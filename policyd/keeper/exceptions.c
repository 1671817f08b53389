#include "command/request.h"
#include "keeper/exceptions.h"
#include "error.h"
#include "keeper/contingency.h"
#include "keeper/keeper.h"
#include "log.h"
#include "policy/exceptions.h"
#include <stdio.h>
#include <string.h>

enum { A_LOOK = 16, LINES_MAX = 32 };

static char followed[POLICY_DIGEST_SIZE]; /* the policy whose weaknesses are entered */
static bool names_groups;
/* Lines are seen with every login: those that are entered are remembered. */
static char noted[LINES_MAX][96];
static size_t noted_count;

bool
exceptions_need_groups(void)
{
	return names_groups;
}

void
exceptions_note_subject(const char *subject)
{
	names_groups |= subject[0] == '@';
}

/* ---- entering ------------------------------------------------------------------------------ */

int
exceptions_add(struct server *s, struct store_exception *x, const char *by, uint32_t by_uid,
    const char *person, const char *why)
{
	struct store_request q = {.kind = 'E', .by_uid = by_uid};
	int e;

	(void)snprintf(q.by, sizeof(q.by), "%s", by);
	(void)snprintf(q.person, sizeof(q.person), "%s", person);
	(void)snprintf(q.why, sizeof(q.why), "%s", why);
	if ((e = request_add(s, &q)) != SKS_OK)
		return e;
	x->number = q.number;
	return store_exception_add(s->store, x);
}

static void
put_entry(struct record *r, const struct store_exception *x)
{
	char id[REQUEST_ID_SIZE];

	(void)snprintf(id, sizeof(id), "E-%llu", (unsigned long long)x->number);
	record_put_str(r, "sekisho.request", id);
	record_put_str(r, "sekisho.exception.kind", x->kind);
	record_put_str(r, "sekisho.exception.rule", x->rule);
	record_put_str(r, "sekisho.exception.key", x->key);
	record_put_str(r, "sekisho.exception.subject", x->subject);
	record_put_str(r, "sekisho.exception.service", x->service);
	record_put_str(r, "sekisho.exception.source", x->source);
	record_put_bool(r, "sekisho.exception.emergency", x->emergency);
	if (x->end_wall_ms != 0)
		record_put_int(r, "sekisho.exception.end", x->end_wall_ms);
}

/* Like exceptions_add(), for something that is in force already, with its record. */
static int
exceptions_enter(struct server *s, struct store_exception *x, const char *by,
    const char *person, const char *why)
{
	struct record r;
	int e;

	if ((e = exceptions_add(s, x, by, NO_UID, person, why)) != SKS_OK ||
	    (e = store_exception_start(s->store, x->number)) != SKS_OK)
		return e;
	keeper_record(s, &r, ACTION_EXCEPTION_START, OUTCOME_SUCCESS, x->kind);
	put_entry(&r, x);
	record_put_str(&r, "sekisho.request.by", by);
	record_put_str(&r, "sekisho.request.person", person);
	record_put_str(&r, "message", why);
	return keeper_append(s, &r);
}

/* What nobody asked for lowers what its kind says, for whom and where it holds. */
static void
automatic(struct store_exception *x, const char *kind, const char *subject, const char *service)
{
	memset(x, 0, sizeof(*x));
	(void)snprintf(x->kind, sizeof(x->kind), "%s", kind);
	(void)snprintf(x->key, sizeof(x->key), "%s", kind);
	(void)snprintf(x->subject, sizeof(x->subject), "%s", subject);
	(void)snprintf(x->service, sizeof(x->service), "%s", service);
	(void)snprintf(x->source, sizeof(x->source), "*");
	(void)snprintf(x->paper, sizeof(x->paper), "{}");
}

/* ---- ending -------------------------------------------------------------------------------- */

int
exceptions_end(
    struct server *s, const struct store_exception *x, const char *by, const char *why)
{
	bool due = x->state == EXCEPTION_ACTIVE && !x->waived;

	noted_count = 0; /* a line that is seen again is entered again */
	return store_exception_end(s->store, x->number, by, why,
	    due ? clock_now().wall_ms + s->policy->exception_report_ms : 0);
}

int
exceptions_end_recorded(struct server *s, const struct store_exception *x, const char *why)
{
	struct record r;
	int e = exceptions_end(s, x, "", why);

	if (e != SKS_OK)
		return e;
	keeper_record(s, &r,
	    strcmp(x->kind, CONTINGENCY_KEY) == 0 ? ACTION_CONTINGENCY_END
						  : ACTION_EXCEPTION_END,
	    OUTCOME_SUCCESS, why);
	put_entry(&r, x);
	record_put_bool(&r, "sekisho.exception.approved", x->judged == EXCEPTION_GRANTED);
	return keeper_append(s, &r);
}

int
exceptions_each(struct server *s, int (*look)(struct server *, struct store_exception *, void *),
    void *context)
{
	static struct store_exception x[A_LOOK];
	uint64_t after = 0;
	size_t n = 0;
	int e;

	do {
		e = store_exception_list(s->store, after, false, x, A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = x[i].number;
			e = look(s, &x[i], context);
		}
	} while (e == SKS_OK && n == A_LOOK);
	return e;
}

static int
end_bypasses(struct server *s, bool all)
{
	static struct store_bypass b[A_LOOK];
	static struct store_exception x;
	size_t n = 0;
	int e = store_bypass_list(s->store, b, A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (!all && b[i].left_ms > 0)
			continue;
		e = store_bypass_end(s->store, b[i].number);
		if (e == SKS_OK && all && b[i].exception != 0 &&
		    store_exception_get(s->store, b[i].exception, &x) == SKS_OK &&
		    x.state != EXCEPTION_OVER)
			e = exceptions_end_recorded(s, &x, "restored");
	}
	return e;
}

int
exceptions_bypass_used(struct server *s, uint64_t number)
{
	static struct store_exception x;
	static struct store_bypass b;
	int e = store_bypass_get(s->store, number, &b);

	if (e == SKS_OK)
		e = store_exception_get(s->store, b.exception, &x);
	if (e == SKS_OK && x.state != EXCEPTION_OVER)
		return exceptions_end_recorded(s, &x, "used");
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

static int
end_asked(struct server *s, struct store_exception *x, void *why)
{
	if (x->state == EXCEPTION_OVER || x->origin[0] != '\0')
		return SKS_OK;
	return exceptions_end_recorded(s, x, why);
}

int
exceptions_end_all(struct server *s, const char *why)
{
	char text[64];
	int e;

	(void)snprintf(text, sizeof(text), "%s", why);
	e = exceptions_each(s, end_asked, text);
	return e == SKS_OK ? end_bypasses(s, true) : e;
}

/* ---- what the policy says ------------------------------------------------------------------ */

struct wanted {
	struct weakening item[WEAKENINGS_MAX];
	bool there[WEAKENINGS_MAX];
	size_t count;
};

static bool
is_from_policy(const struct store_exception *x)
{
	return strncmp(x->origin, "line:", 5) != 0 && x->origin[0] != '\0';
}

static int
compare_one(struct server *s, struct store_exception *x, void *context)
{
	struct wanted *w = context;

	if (x->state != EXCEPTION_OVER && contingency_is_gone(s, x))
		return exceptions_end_recorded(s, x, "policy");
	if (x->state == EXCEPTION_OVER || !is_from_policy(x))
		return SKS_OK;
	for (size_t i = 0; i < w->count; i++) {
		/* another end is another exception, to be approved anew */
		if (strcmp(w->item[i].origin, x->origin) == 0 &&
		    w->item[i].end_wall_ms == x->end_wall_ms) {
			w->there[i] = true;
			return SKS_OK;
		}
	}
	return exceptions_end_recorded(s, x, "policy");
}

static int
follow_policy(struct server *s, void *context)
{
	static struct store_exception x;
	static struct wanted w;
	struct stored_policy active = {0};
	int64_t now_ms = clock_now().wall_ms;
	size_t n = 0;
	int e;

	(void)context;
	memset(&w, 0, sizeof(w));
	policy_weakenings(s->policy, w.item, WEAKENINGS_MAX, &w.count);
	if ((e = contingency_follow(s)) != SKS_OK ||
	    (e = store_policy_history(s->store, &active, 1, &n)) != SKS_OK ||
	    (e = exceptions_each(s, compare_one, &w)) != SKS_OK)
		return e;
	for (size_t i = 0; e == SKS_OK && i < w.count; i++) {
		const struct weakening *weak = &w.item[i];

		if (w.there[i] || (weak->end_wall_ms != 0 && weak->end_wall_ms <= now_ms))
			continue;
		automatic(&x, weak->kind, weak->subject, weak->service);
		(void)snprintf(x.origin, sizeof(x.origin), "%s", weak->origin);
		x.end_wall_ms = weak->end_wall_ms;
		e = exceptions_enter(s, &x, "", "", active.comment);
	}
	return e;
}

/* ---- lines of PAM files, and break-glass --------------------------------------------------- */

static bool
was_noted(const char *origin)
{
	for (size_t i = 0; i < noted_count; i++) {
		if (strcmp(noted[i], origin) == 0)
			return true;
	}
	return false;
}

int
exceptions_note_line(struct server *s, const char *kind, const char *service)
{
	static struct store_exception x;
	char origin[96];
	int e;

	(void)snprintf(origin, sizeof(origin), "line:%s:%s", kind, service);
	if (was_noted(origin))
		return SKS_OK;
	e = store_exception_of(s->store, origin, &x);
	if (e == SKS_NOT_FOUND) {
		automatic(&x, kind, "*", service);
		(void)snprintf(x.origin, sizeof(x.origin), "%s", origin);
		e = exceptions_enter(s, &x, "", "", "");
	} else if (e == SKS_OK && noted_count < LINES_MAX) { /* committed */
		(void)snprintf(noted[noted_count++], sizeof(noted[0]), "%s", origin);
	}
	return e == SKS_FULL ? SKS_OK : e; /* a full register keeps nobody out */
}

int
exceptions_note_break_glass(struct server *s, const struct spool_event *event)
{
	static struct store_exception x;
	char text[160], used[32] = "";
	int e;

	automatic(&x, "break-glass", event->user, event->service);
	(void)snprintf(
	    x.origin, sizeof(x.origin), "line:break-glass:%u:%s", event->number, event->user);
	x.emergency = x.waived = true;
	if ((e = store_meta_get(s->store, BREAK_GLASS_USED, used, sizeof(used))) != SKS_OK &&
	    e != SKS_NOT_FOUND)
		return e;
	(void)snprintf(used, sizeof(used), "%lld", strtoll(used, NULL, 10) + 1);
	if ((e = store_meta_set(s->store, BREAK_GLASS_USED, used)) != SKS_OK)
		return e;
	(void)snprintf(text, sizeof(text), "%u, %.60s", event->number, event->tty);
	e = exceptions_enter(
	    s, &x, event->user, policy_person(s->policy, event->user), text);
	return e == SKS_FULL ? SKS_OK : e;
}

/* ---- as time goes by ----------------------------------------------------------------------- */

static int
chase(struct server *s, struct store_exception *x)
{
	struct record r;
	int e = store_exception_chased(s->store, x->number);

	if (e != SKS_OK)
		return e;
	keeper_record(s, &r, ACTION_EXCEPTION_OVERDUE, OUTCOME_FAILURE, "overdue");
	put_entry(&r, x);
	record_put_int(&r, "sekisho.exception.report.due", x->report_due_ms);
	return keeper_append(s, &r);
}

static int
look_at_one(struct server *s, struct store_exception *x, void *context)
{
	bool *groups = context;

	*groups |= x->state == EXCEPTION_ACTIVE && x->subject[0] == '@';
	if (x->state == EXCEPTION_ACTIVE && x->left_ms > 0)
		contingency_note(x);
	if ((x->state == EXCEPTION_ACTIVE && x->left_ms == 0) || contingency_is_late(s, x))
		return exceptions_end_recorded(s, x, reason_words[REASON_EXPIRED]);
	if (x->report_due_ms != 0 && !x->chased && clock_now().wall_ms >= x->report_due_ms)
		return chase(s, x);
	return SKS_OK;
}

static int
look(struct server *s, void *context)
{
	int e = exceptions_each(s, look_at_one, context);

	return e == SKS_OK ? end_bypasses(s, false) : e;
}

int
exceptions_tick(struct server *s)
{
	bool groups = false;
	int e = SKS_OK;

	if (strcmp(followed, s->policy->digest) != 0) {
		e = turn_own(s, follow_policy, NULL);
		if (e == SKS_OK)
			(void)snprintf(followed, sizeof(followed), "%s", s->policy->digest);
		else
			log_warn("the register of exceptions does not follow the policy: %s",
			    error_text(e));
	}
	contingency_forget();
	if (e == SKS_OK && (e = turn_own(s, look, &groups)) == SKS_OK)
		names_groups = groups;
	return e;
}
