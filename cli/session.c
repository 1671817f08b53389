/* sekisho session list */
#include "call.h"
#include "cli.h"
#include "list.h"
#include "show.h"

int
run_session_list(const struct args *args)
{
	struct call call;
	json_t *sessions = NULL;
	int r;

	call_init(&call, VERB_SESSION_LIST);
	r = call_run(&call, args);
	if (r != STATUS_DONE)
		goto out;
	r = STATUS_UNREADABLE;
	sessions = call_json(&call);
	if (sessions == NULL)
		goto out;
	if (args_has(args, OPT_JSON))
		show_json(sessions);
	else
		list_print_sessions(sessions);
	r = STATUS_DONE;
out:
	json_decref(sessions);
	call_clear(&call);
	return r;
}
