/*
 * The host's own logs for a report that an auditor has made: opened here, because they are
 * root's, and handed to the worker for reading. Which files those are is written down in
 * report/hostlogs.h; nothing of the request chooses one, and not a byte of them is looked at
 * here.
 */
#include "report/hostlogs.h"

#include "error.h"
#include "warden.h"

void
hostlogs_run(const struct warden_call *call, struct warden_answer *answer)
{
	struct hostlogs logs;

	hostlogs_init(&logs);
	hostlogs_open(&logs);
	answer->status = hostlogs_send(HELPER_SHARED_FD, (uint32_t)call->number, &logs);
	hostlogs_close(&logs);
}
