/*
 * Who has a shared account open. Sessions say so once they are open; a command of sudo's that was
 * allowed counts from that moment on, so that two people who ask at the same time do not both get
 * it. That is lost with the daemon, and then the sessions are there.
 */
#include "error.h"
#include "server.h"
#include <stdio.h>
#include <string.h>

enum { SESSIONS_A_LOOK = 64, TAKEN_MAX = 256 };

struct taken {
	uint32_t uid; /* of the shared account; 0: free */
	uint32_t pid;
	uint64_t pid_start;
	char by[NAME_SIZE];
};

static struct taken taken[TAKEN_MAX];

static bool
is_other(const struct policy *p, const char *who, const char *person)
{
	return strcmp(policy_person(p, who), person) != 0;
}

int
held_find(struct server *s, const char *account, uint32_t uid, const char *actor,
    char out[NAME_SIZE])
{
	static struct session x[SESSIONS_A_LOOK];
	const char *person = policy_person(s->policy, actor);
	size_t n = 0;
	int e = store_sessions(s->store, uid, x, SESSIONS_A_LOOK, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++)
		if (strcmp(x[i].user, account) == 0 && is_other(s->policy, x[i].actor, person))
			(void)snprintf(out, NAME_SIZE, "%s", x[i].actor);
	for (size_t i = 0; i < TAKEN_MAX; i++) {
		struct taken *t = &taken[i];

		if (t->uid != 0 && !peer_is_alive(t->pid, t->pid_start))
			t->uid = 0;
		if (t->uid == uid && is_other(s->policy, t->by, person))
			(void)snprintf(out, NAME_SIZE, "%s", t->by);
	}
	return e;
}

bool
held_note(uint32_t uid, const char *actor, const struct peer *peer)
{
	struct taken *place = NULL;

	for (size_t i = 0; i < TAKEN_MAX; i++) {
		if (taken[i].uid == 0 || (taken[i].pid == peer->pid &&
					     taken[i].pid_start == peer->pid_start))
			place = &taken[i];
	}
	if (place == NULL)
		return false;
	*place = (struct taken){.uid = uid, .pid = peer->pid, .pid_start = peer->pid_start};
	(void)snprintf(place->by, sizeof(place->by), "%s", actor);
	return true;
}
