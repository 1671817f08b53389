#include "keeper/idle.h"

#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "log.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	IDLE_EVERY_MS = 10000,
	IDLE_WITHIN_MS = 20000,
	IDLE_KNOWN = 1024,
	IDLE_A_TIME = 64, /* of one question */
};

/* What is known of a session's terminal. Times of the boot clock: a wall clock that is set ends
 * nobody's work. After a start of the daemon it counts from then. */
struct idle {
	uint64_t session; /* id of the store; 0: free */
	uint32_t audit_session;
	int64_t read_s;    /* what the kernel says, as it is */
	int64_t since_ms;  /* since when it is the same */
	bool warned, seen; /* told; still open at this look */
	struct session row;
	char tty[24];
};

static struct {
	struct idle item[IDLE_KNOWN];
	int64_t next_ms;
	size_t from; /* where the next question begins */
	bool asking;
} idle;

static int64_t
limit_of(const struct server *s, const struct session *x)
{
	/* a command of sudo's may run for long, and nobody has to type */
	if (x->audit_session == NO_UID || strncmp(x->service, "sudo", 4) == 0)
		return 0;
	return s->policy->idle_ms[policy_account_class(s->policy, x->user, x->uid)];
}

static struct idle *
find(uint64_t session)
{
	for (size_t i = 0; i < IDLE_KNOWN; i++)
		if (idle.item[i].session == session)
			return &idle.item[i];
	return NULL;
}

/* The sessions that have a limit now; those that are over leave the table. */
static int
look(struct server *s, void *context)
{
	static struct session x[IDLE_KNOWN];
	size_t n = 0;
	int e = store_sessions(s->store, NO_UID, x, IDLE_KNOWN, &n);

	(void)context;
	for (size_t i = 0; i < IDLE_KNOWN; i++)
		idle.item[i].seen = false;
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		struct idle *known = limit_of(s, &x[i]) > 0 ? find(x[i].id) : NULL;

		if (limit_of(s, &x[i]) > 0 && known == NULL && (known = find(0)) != NULL)
			*known = (struct idle){.session = x[i].id,
			    .audit_session = x[i].audit_session,
			    .row = x[i],
			    .since_ms = clock_now().boot_ms};
		if (known != NULL)
			known->seen = true;
	}
	for (size_t i = 0; i < IDLE_KNOWN; i++)
		if (!idle.item[i].seen)
			idle.item[i] = (struct idle){0};
	return e;
}

/* ---- what follows ------------------------------------------------------------------------ */

static void
asked(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	if (error != SKS_OK || a->status != 0)
		log_warn("an idle session could not be %s: %s", (const char *)ctx,
		    error_text(error != SKS_OK ? error : (int)a->status));
}

static void
warn(struct server *s, struct idle *i, int64_t left_ms)
{
	static char what[] = "told";
	struct warden_call call = {0};

	i->warned = true;
	(void)snprintf(call.name, sizeof(call.name), "%s", i->tty);
	(void)snprintf(call.text, sizeof(call.text),
	    _("Sekisho: nothing was typed here for a while. This session ends in %lld seconds "
	      "unless a key is pressed."),
	    (long long)((left_ms + 999) / 1000));
	(void)helper_send(s->courier, WARDEN_TELL, &warden_call_fields, &call, NULL, 0, asked,
	    what, clock_monotonic_ms() + IDLE_WITHIN_MS);
}

struct over {
	const struct idle *idle;
	int64_t idle_ms, limit_ms;
};

static int
record_over(struct server *s, void *context)
{
	const struct over *o = context;
	const struct session *x = &o->idle->row;
	struct record r;

	keeper_record(
	    s, &r, ACTION_SESSION_IDLE, OUTCOME_SUCCESS, reason_words[REASON_EXPIRED]);
	record_put_str(&r, "user.name", x->user);
	record_put_int(&r, "user.id", x->uid);
	record_put_str(&r, "user.effective.name", x->actor);
	record_put_str(&r, "service.name", x->service);
	record_put_str(&r, "source.ip", x->source);
	record_put_str(&r, "process.tty", o->idle->tty);
	record_put_int(&r, "process.pid", x->pid);
	record_put_int(&r, "sekisho.session", (int64_t)x->id);
	record_put_int(&r, "sekisho.idle", o->idle_ms);
	record_put_int(&r, "sekisho.idle.limit", o->limit_ms);
	return keeper_append(s, &r);
}

static int
end(struct server *s, struct idle *i, int64_t idle_ms, int64_t limit_ms)
{
	static char what[] = "ended";
	struct warden_call call = {.pid = i->row.pid, .pid_start = i->row.pid_start};
	struct over over = {i, idle_ms, limit_ms};
	int e = turn_own(s, record_over, &over);

	if (e == SKS_OK)
		(void)helper_send(s->warden, WARDEN_END_SESSION, &warden_call_fields, &call,
		    NULL, 0, asked, what, clock_monotonic_ms() + IDLE_WITHIN_MS);
	/* Where it did not end it is tried again when as much time has passed. */
	i->since_ms = clock_now().boot_ms;
	i->warned = false;
	return e;
}

static void
judge(struct server *s, struct idle *i, int64_t read_s, const char *tty)
{
	int64_t now = clock_now().boot_ms, limit = limit_of(s, &i->row), idle_ms;
	int e;

	if (i->read_s != read_s || strcmp(i->tty, tty) != 0) {
		i->read_s = read_s;
		(void)snprintf(i->tty, sizeof(i->tty), "%s", tty);
		i->since_ms = now;
		i->warned = false;
		return;
	}
	idle_ms = now - i->since_ms;
	if (limit <= 0)
		return;
	if (idle_ms >= limit && (i->warned || s->policy->idle_warn_ms == 0)) {
		if ((e = end(s, i, idle_ms, limit)) != SKS_OK)
			log_warn("an idle session could not be recorded: %s", error_text(e));
	} else if (!i->warned && idle_ms >= limit - s->policy->idle_warn_ms) {
		warn(s, i, limit > idle_ms ? limit - idle_ms : IDLE_EVERY_MS);
	}
}

static void
looked(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;
	const char *at;

	(void)payload;
	(void)payload_len;
	idle.asking = false;
	if (error != SKS_OK || a->status != 0)
		return;
	for (at = a->text; *at != '\0'; at = strchr(at, '\n') + 1) {
		uint32_t session;
		int64_t read_s;
		char tty[24];

		if (strchr(at, '\n') == NULL ||
		    sscanf(at, "%" SCNu32 " %" SCNd64 " %23[a-zA-Z0-9/]", &session, &read_s,
			tty) != 3)
			return;
		for (size_t i = 0; i < IDLE_KNOWN; i++)
			if (idle.item[i].session != 0 && idle.item[i].audit_session == session)
				judge(ctx, &idle.item[i], read_s, tty);
	}
}

static void
ask(struct server *s)
{
	static struct warden_call call;
	size_t used = 0, n = 0, i = 0;

	memset(&call, 0, sizeof(call));
	for (; i < IDLE_KNOWN && n < IDLE_A_TIME; i++) {
		const struct idle *x = &idle.item[(idle.from + i) % IDLE_KNOWN];

		if (x->session == 0)
			continue;
		used += (size_t)snprintf(call.text + used, sizeof(call.text) - used, "%s%u",
		    n > 0 ? "," : "", x->audit_session);
		n++;
	}
	idle.from = (idle.from + i) % IDLE_KNOWN;
	if (n > 0)
		idle.asking =
		    helper_send(s->warden, WARDEN_IDLE, &warden_call_fields, &call, NULL, 0,
			looked, s, clock_monotonic_ms() + IDLE_WITHIN_MS) == SKS_OK;
}

int
idle_tick(struct server *s)
{
	int64_t now = clock_now().boot_ms;
	bool wanted = false;
	int e;

	for (size_t i = 0; i < CLASS_COUNT; i++)
		wanted |= s->policy->idle_ms[i] > 0;
	if (!wanted || idle.asking || now < idle.next_ms)
		return SKS_OK;
	idle.next_ms = now + IDLE_EVERY_MS;
	if ((e = turn_own(s, look, NULL)) == SKS_OK)
		ask(s);
	return e;
}
