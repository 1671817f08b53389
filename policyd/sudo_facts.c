/* MSG_SUDO: what a decision about a command of sudo's depends on, all inside a turn. */
#include "error.h"
#include "sudo.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GRANTS_A_LOOK = ROLES_AT_ONCE, SESSIONS_A_LOOK = 64, BEGAN_MARGIN_MS = 2000 };

/* A terminal multiplexer outlives the login that it was started in: then another one of the same
 * account that is open counts. */
int
sudo_login(struct server *s, const struct job *job, struct session *out)
{
	static struct session x[SESSIONS_A_LOOK];
	size_t n = 0;
	int e = SKS_NOT_FOUND;

	if (job->peer.audit_session != NO_UID)
		e = store_session_login(s->store, job->peer.audit_session, out);
	if (e != SKS_NOT_FOUND)
		return e;
	if (job->peer.login_uid == NO_UID)
		return SKS_NOT_FOUND;
	e = store_sessions(s->store, job->peer.login_uid, x, SESSIONS_A_LOOK, &n);
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (x[i].login && x[i].uid == job->peer.login_uid) {
			*out = x[i];
			return SKS_OK;
		}
	}
	return e == SKS_OK ? SKS_NOT_FOUND : e;
}

static bool
is_identified(const struct server *s, const struct elevation_request *r, const struct session *x)
{
	if (x->uid != r->login_uid)
		return false;
	return r->login_uid == r->uid ||
	       (strcmp(x->user, r->actor) == 0 &&
		   strcmp(policy_person(s->policy, r->actor), policy_person(s->policy, r->user)) ==
		       0);
}

static bool
covers(const struct server *s, const struct store_grant *g, const struct elevation_request *r)
{
	const struct role *role = policy_role(s->policy, g->role);

	return role != NULL && elevation_covers(role, r);
}

/* One that can be used here and now goes before one that cannot, then the one that lasts longest. */
static int
find_grant(struct server *s, const struct elevation_request *r, struct elevation_facts *f)
{
	static struct store_grant g[GRANTS_A_LOOK];
	bool usable = false;
	size_t n = 0;
	int e = store_grant_list(s->store, 0, false, r->user, r->uid, g, GRANTS_A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		const struct role *role = policy_role(s->policy, g[i].role);
		bool this_one;

		if (g[i].state != GRANT_ACTIVE || g[i].left_ms <= 0 || !covers(s, &g[i], r))
			continue;
		this_one = role_unusable(role, f->source, f->weekday, f->minute_of_day) ==
			   REASON_NONE;
		if (f->grant != 0 &&
		    (this_one != usable ? usable : g[i].left_ms <= f->left_ms))
			continue;
		usable = this_one;
		f->grant = g[i].number;
		f->left_ms = g[i].left_ms;
		(void)snprintf(f->role, sizeof(f->role), "%s", g[i].role);
	}
	return e;
}

/* sudo asked for its groups after it began: what ended since may be what let it through. */
static int
find_ended(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f)
{
	static struct store_grant g[GRANTS_A_LOOK];
	struct instant now = clock_now();
	int64_t began_ms = (int64_t)(job->peer.pid_start * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
	size_t n = 0;
	int e = store_grant_ended(s->store, r->user, r->uid,
	    now.wall_ms - (now.boot_ms - began_ms) - BEGAN_MARGIN_MS, g, GRANTS_A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n && !f->over; i++) {
		f->over = covers(s, &g[i], r);
		if (f->over)
			(void)snprintf(f->role, sizeof(f->role), "%s", g[i].role);
	}
	return e;
}

int
sudo_facts(struct server *s, const struct job *job, const struct elevation_request *r,
    struct elevation_facts *f, struct session *login)
{
	static struct user_state user;
	int e;

	*f = (struct elevation_facts){.wall_ms = clock_now().wall_ms};
	memset(login, 0, sizeof(*login));
	pam_local_time(f->wall_ms, &f->weekday, &f->minute_of_day);
	if ((e = store_user(s->store, r->user, r->uid, s->policy->deny,
		 s->policy->unlock_time_ms, &user)) != SKS_OK)
		return e;
	f->suspended = user.suspended;
	e = sudo_login(s, job, login);
	if (e == SKS_OK) {
		f->identified = is_identified(s, r, login);
		(void)snprintf(f->source, sizeof(f->source), "%s", login->source);
	} else if (e != SKS_NOT_FOUND) {
		return e;
	}
	if (r->uid == 0)
		return SKS_OK;
	if (r->run_as_uid != 0 &&
	    policy_account_class(s->policy, r->run_as, r->run_as_uid) == CLASS_SHARED &&
	    (e = held_find(s, r->run_as, r->run_as_uid, r->actor, f->held_by)) != SKS_OK)
		return e;
	if ((e = find_grant(s, r, f)) != SKS_OK)
		return e;
	if (f->grant != 0)
		return uses_facts(s, job, r, f);
	return find_ended(s, job, r, f);
}
