/*
 * What commands of roles may leave behind. For each grant that a command was run under: in which
 * login, as whom and since when. When the grant or the hours of its role are over, and none other covers the same login and
 * account, the warden looks there a moment later, and what it finds is a record.
 *
 * Lost when the daemon ends; commands that still run come back with their connection.
 */
#include "error.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "log.h"
#include "loop.h"
#include <stdio.h>
#include <string.h>

enum {
	TRAILS_MAX = 512,
	SESSIONS_A_LOOK = 256,
	MOMENT_MS = 3500, /* sudo's plugin gives two seconds, and one */
	WITHIN_MS = 8000,
};

struct trail {
	uint64_t grant; /* 0: free */
	char role[64], user[NAME_SIZE];
	uint32_t uid, audit_session, run_as;
	uint64_t since;
	int64_t due_ms; /* monotonic; 0: its grant is active */
	bool asked, end;
	struct server *server;
	/* of the warden's answer */
	uint64_t ended;
	char left[4096];
};

static struct trail trail[TRAILS_MAX];

void
left_note(struct server *s, const struct left_begun *b)
{
	struct trail *free_one = NULL;

	if (b->audit_session == NO_UID)
		return;
	for (size_t i = 0; i < TRAILS_MAX; i++) {
		struct trail *t = &trail[i];

		if (t->grant == 0 && free_one == NULL)
			free_one = t;
		if (t->grant == b->grant && t->audit_session == b->audit_session &&
		    t->run_as == b->run_as)
			return;
	}
	if (free_one == NULL) {
		log_warn("too many roles are used at a time: what R-%llu leaves behind is not "
			 "looked for",
		    (unsigned long long)b->grant);
		return;
	}
	*free_one = (struct trail){.grant = b->grant,
	    .uid = b->uid,
	    .audit_session = b->audit_session,
	    .run_as = b->run_as,
	    .since = b->since,
	    .server = s};
	(void)snprintf(free_one->role, sizeof(free_one->role), "%s", b->role);
	(void)snprintf(free_one->user, sizeof(free_one->user), "%s", b->user);
}

/* ---- who is there by right --------------------------------------------------------------- */

/* Commands that run under other grants, and su and sudo in the same login. */
static int
put_spared(struct server *s, const struct trail *t, char *out, size_t size)
{
	static struct session x[SESSIONS_A_LOOK];
	size_t n = 0, used = runs_put_pids(s, out, size);
	int e = store_sessions(s->store, NO_UID, x, SESSIONS_A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (x[i].audit_session != t->audit_session || x[i].login ||
		    x[i].pid_start < t->since || size - used < 16)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%u ", x[i].pid);
	}
	return e;
}

/* ---- the record -------------------------------------------------------------------------- */

static int
record_left(struct server *s, void *context)
{
	const struct trail *t = context;
	char id[32];
	struct record r;

	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)t->grant);
	keeper_record(s, &r, ACTION_SUDO_LEFT,
	    t->left[0] == '\0' ? OUTCOME_SUCCESS : OUTCOME_FAILURE,
	    t->left[0] == '\0' ? "ended" : "left-running");
	record_put_str(&r, "user.name", t->user);
	record_put_int(&r, "user.id", t->uid);
	record_put_int(&r, "user.target.id", t->run_as);
	record_put_str(&r, "sekisho.request", id);
	record_put_str(&r, "sekisho.role", t->role);
	record_put_int(&r, "sekisho.login.session", t->audit_session);
	record_put_int(&r, "sekisho.ended.processes", (int64_t)t->ended);
	record_put_str(&r, "sekisho.left.processes", t->left);
	return keeper_append(s, &r);
}

static void
looked(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;
	struct trail *t = ctx;

	(void)payload;
	(void)payload_len;
	if (error == SKS_OK)
		error = (int)a->status;
	if (error != SKS_OK)
		log_warn("what R-%llu left behind could not be looked for: %s",
		    (unsigned long long)t->grant, error_text(error));
	if (error == SKS_OK && (a->number > 0 || a->text[0] != '\0')) {
		t->ended = a->number;
		(void)snprintf(t->left, sizeof(t->left), "%s", a->text);
		if (turn_own(t->server, record_left, t) != SKS_OK)
			log_warn("what R-%llu left behind could not be recorded",
			    (unsigned long long)t->grant);
	}
	t->grant = 0;
}

static void
ask(struct server *s, struct trail *t)
{
	struct warden_call call = {.number = (uint64_t)t->run_as << 32 | t->audit_session,
	    .pid_start = t->since,
	    .limit = t->end};

	if (put_spared(s, t, call.text, sizeof(call.text)) != SKS_OK ||
	    helper_send(s->warden, WARDEN_LEFT, &warden_call_fields, &call, NULL, 0, looked, t,
		clock_monotonic_ms() + WITHIN_MS) != SKS_OK)
		return; /* the next tick tries again */
	t->asked = true;
}

/* ---- every second ------------------------------------------------------------------------ */

static bool
is_covered(const struct trail *t)
{
	for (size_t i = 0; i < TRAILS_MAX; i++) {
		const struct trail *other = &trail[i];

		if (other->grant != 0 && other->due_ms == 0 &&
		    other->audit_session == t->audit_session && other->run_as == t->run_as)
			return true;
	}
	return false;
}

static int
look(struct server *s, void *context)
{
	int64_t now = clock_monotonic_ms();

	(void)context;
	for (size_t i = 0; i < TRAILS_MAX; i++) {
		static struct store_grant g;
		struct trail *t = &trail[i];
		const struct role *role;
		const char *why;
		int e;

		if (t->grant == 0 || t->due_ms != 0)
			continue;
		e = store_grant_get(s->store, t->grant, &g);
		if (e != SKS_OK && e != SKS_NOT_FOUND)
			return e;
		if (e == SKS_OK && grants_left_ms(s, &g, &why) > 0)
			continue;
		role = policy_role(s->policy, t->role);
		t->end = role != NULL && role->end == ROLE_END_ALL;
		t->due_ms = now + (runs_of(s, t->grant) > 0 ? MOMENT_MS : 0);
	}
	for (size_t i = 0; i < TRAILS_MAX; i++) {
		struct trail *t = &trail[i];

		if (t->grant != 0 && t->due_ms != 0 && t->due_ms <= now && !t->asked &&
		    !is_covered(t))
			ask(s, t);
	}
	return SKS_OK;
}

int
left_tick(struct server *s)
{
	for (size_t i = 0; i < TRAILS_MAX; i++) {
		if (trail[i].grant != 0)
			return turn_own(s, look, NULL);
	}
	return SKS_OK;
}
