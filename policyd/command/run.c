/* What somebody's roles let a program have, see run/main.c. */
#include "audit/controls.h"
#include "command/command.h"
#include "decide/elevation.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "origin.h"
#include "policy/capability.h"
#include "store/grant.h"
#include "text.h"
#include <string.h>

/* The capabilities of the roles that can be used from this login, now; the ids of their grants
 * beside. */
static int
add_up(struct server *s, const struct job *job, uint64_t *mask, char *grants, size_t size)
{
	static struct store_grant g[ROLES_AT_ONCE];
	static struct session login;
	uint32_t weekday, minute;
	const char *source = "name:unobserved";
	size_t n = 0;
	int e = origin_session(s, &job->peer, &login);

	if (e == SKS_OK)
		source = login.source;
	else if (e != SKS_NOT_FOUND)
		return e;
	pam_local_time(clock_now().wall_ms, &weekday, &minute);
	e = store_grant_list(s->store, 0, false, job->who, job->peer.uid, g, ROLES_AT_ONCE, &n);
	*mask = 0;
	grants[0] = '\0';
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		const struct role *role = policy_role(s->policy, g[i].role);
		size_t used = strlen(grants);

		if (g[i].state != GRANT_ACTIVE || g[i].left_ms <= 0 || role == NULL ||
		    role->capabilities == 0 ||
		    role_unusable(role, source, weekday, minute) != REASON_NONE)
			continue;
		*mask |= role->capabilities;
		(void)snprintf(grants + used, size - used, "%sR-%llu", used > 0 ? "," : "",
		    (unsigned long long)g[i].number);
	}
	return e;
}

static int
record_use(struct server *s, struct job *job, uint64_t mask, const char *grants, bool suspended)
{
	char program[sizeof(job->command.name)], list[1024];
	struct record r;

	(void)text_clean(program, sizeof(program), job->command.name);
	keeper_record(s, &r, ACTION_CAPABILITIES_USE,
	    mask != 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE,
	    reason_words[suspended   ? REASON_SUSPENDED
			 : mask != 0 ? REASON_OK
				     : REASON_NOT_PERMITTED]);
	record_put_str(&r, "user.name", job->who);
	record_put_int(&r, "user.id", job->peer.uid);
	record_put_int(&r, "process.pid", job->peer.pid);
	record_put_str(&r, "sekisho.person", policy_person(s->policy, job->who));
	record_put_str(
	    &r, "sekisho.capabilities.given", capability_print(mask, list, sizeof(list)));
	record_put_str(&r, "sekisho.grants", grants);
	record_put_str(&r, "sekisho.program", program); /* as who asks says */
	return turn_append(s, &r, &job->command_reply.record);
}

int
command_run_program(struct server *s, struct job *job)
{
	static struct user_state user;
	uint64_t mask = 0;
	char grants[GRANTS_SIZE];
	int e;

	if ((e = store_user(s->store, job->who, job->peer.uid, s->policy->deny,
		 s->policy->unlock_time_ms, &user)) != SKS_OK ||
	    (e = add_up(s, job, &mask, grants, sizeof(grants))) != SKS_OK)
		return e;
	if (user.suspended || job->peer.uid == 0)
		mask = 0;
	if ((e = record_use(s, job, mask, grants, user.suspended)) != SKS_OK)
		return e;
	job->command_reply.next = mask;
	if (mask == 0)
		command_say(job, STATUS_REFUSED, "%s",
		    _("You have no role with capabilities now. Ask for one: sekisho request "
		      "ROLE"));
	else
		command_say(job, STATUS_DONE, "%s", _("The role runs."));
	return SKS_OK;
}
