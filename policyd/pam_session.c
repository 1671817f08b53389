/* Facts about sessions: who has a shared account open, what a login may have of its roles, and
 * from which device its person is logged in besides. */
#include "error.h"
#include "server.h"
#include "store/grant.h"
#include <stdio.h>
#include <string.h>

enum { SESSIONS_A_LOOK = 64 };

static const char *
device_of(const struct policy *p, const char *key, const char *source)
{
	const struct machine *m = policy_machine(p, key, source);

	return m != NULL ? m->name : key;
}

/* Two that are known and differ: without a key and a registration nothing can be said. */
static int
find_elsewhere(struct server *s, const struct request *r, struct facts *f)
{
	static struct session x[SESSIONS_A_LOOK];
	const char *here = device_of(s->policy, r->key, r->source);
	size_t n = 0;
	int e = SKS_OK;

	if (here[0] == '\0' ||
	    (e = store_sessions(s->store, r->uid, x, SESSIONS_A_LOOK, &n)) != SKS_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		const char *there = device_of(s->policy, x[i].key, x[i].source);

		if (x[i].login && strcmp(x[i].user, r->user) == 0 && there[0] != '\0' &&
		    strcmp(here, there) != 0)
			(void)snprintf(f->elsewhere, sizeof(f->elsewhere), "%s", there);
	}
	return SKS_OK;
}

int
pam_session_facts(struct server *s, const struct request *r, struct facts *f)
{
	bool elevation = policy_service_class(s->policy, r->service) == SERVICE_ELEVATION;
	int e = SKS_OK;

	if (!r->known || (r->phase != PHASE_ACCOUNT && r->phase != PHASE_OPEN))
		return SKS_OK;
	if (elevation && r->uid != 0 &&
	    policy_account_class(s->policy, r->user, r->uid) == CLASS_SHARED)
		e = held_find(s, r->user, r->uid, r->actor, f->held_by);
	if (e != SKS_OK || r->phase != PHASE_OPEN || r->uid == 0)
		return e;
	if ((e = store_grant_held(s->store, r->user, r->uid, NULL, f->roles)) != SKS_OK)
		return e;
	return !elevation && r->source[0] != '\0' ? find_elsewhere(s, r, f) : SKS_OK;
}
