/*
 * What a request has to ask the warden. It answers a few at a time and keeps a short queue, so
 * all users together may only have some of it: a login of root's must not find it full.
 */
#include "error.h"
#include "server.h"

enum { USER_QUESTIONS_MAX = 32 };

static void
asking_done(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct job *job = ctx;

	job->server->user_questions -= job->peer.uid != 0;
	job->asked(job, error, answer, payload, payload_len);
}

int
asking_send(struct server *s, struct job *job, uint16_t type, const struct warden_call *call,
    helper_done *done, int64_t within_ms)
{
	int r;

	if (job->peer.uid != 0 && s->user_questions >= USER_QUESTIONS_MAX)
		return SKS_FULL;
	job->asked = done;
	r = helper_send(s->warden, type, &warden_call_fields, call, NULL, 0, asking_done, job,
	    clock_monotonic_ms() + within_ms);
	if (r == SKS_OK)
		s->user_questions += job->peer.uid != 0;
	return r;
}
