/* sekisho session list */
#include "call.h"
#include "cli.h"
#include "list.h"
#include "show.h"

int
run_session_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_SESSION_LIST);
	r = call_run_and_show(&call, args, list_print_sessions);
	call_clear(&call);
	return r;
}
