/*
 * The end of a host's log: recorded, then the daemon stops, which seals it for the last time,
 * and does not start on this store again.
 */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "log.h"
#include "origin.h"

enum { EXIT_CONFIG = 78 }; /* starting again changes nothing: the supervisor leaves it */

static void
stop_for_good(struct server *s, struct job *job)
{
	(void)job;
	log_warn("the log was ended: stopping, and not to be started again");
	s->stop = 1;
	s->exit_status = EXIT_CONFIG;
}

int
command_decommission(struct server *s, struct job *job)
{
	struct chain_status status = {0};
	struct record r;
	int e;

	keeper_record(s, &r, ACTION_LOG_END, OUTCOME_SUCCESS, "decommissioned");
	e = origin_append(s, job, &r);
	if (e == SKS_OK)
		e = store_meta_set(s->store, LOG_ENDED, "1");
	if (e != SKS_OK)
		return e;
	if (s->chain != NULL)
		chain_status(s->chain, &status);
	job->after_commit = stop_for_good;
	return command_json(
	    job, json_pack("{s:s,s:s}", "origin", status.origin, "vkey", status.vkey));
}
