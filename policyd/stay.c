#include "stay.h"

#include "ahead.h"
#include "error.h"
#include <sys/socket.h>

/* ---- begins ------------------------------------------------------------------------------ */

bool
stay_is_due(const struct connection *c)
{
	return c->job != NULL && c->from_root_socket && c->job->kind->type == MSG_PAM &&
	       c->job->request.phase == PHASE_CODE &&
	       c->job->pam_reply.verdict == PAM_VERDICT_ALLOW;
}

void
stay_begin(struct connection *c)
{
	c->peer = c->job->peer;
	c->job->peer.pidfd = -1; /* now the connection's again */
	c->ahead = c->job->ahead;
	c->job->ahead = NULL;
	job_free(c->job);
	c->job = NULL;
	c->header_len = 0;
	buf_clear(&c->out);
	buf_init(&c->out, REPLY_FIELDS_MAX + PAYLOAD_MAX + FRAME_HEADER_SIZE);
	buf_init(&c->in, PAM_FIELDS_MAX);
	c->answering = false;
	c->reading = c->stayed = true;
	c->deadline_ms = clock_monotonic_ms() + STAY_MS;
}

/* ---- the next request -------------------------------------------------------------------- */

/* Made use of what came along with the code. From anybody else it means nothing. */
void
stay_taken(struct server *s, struct connection *c)
{
	struct ahead *a = c->ahead;

	if (ahead_is_decided(a)) {
		c->ahead = NULL;
		ahead_taken(s, a);
	} else {
		loop_refused(s, REFUSED_MALFORMED);
	}
	connection_end(s, c);
}

bool
stay_answer(struct server *s, struct connection *c)
{
	const struct pam_reply *reply = ahead_reply(s, c->ahead, &c->frame, &c->in);
	int64_t arrived_us = clock_monotonic_us();

	if (reply == NULL)
		return false;
	frame_encode(&c->out, MSG_PAM | MSG_REPLY, &pam_reply_fields, reply, NULL, 0);
	if (buf_error(&c->out) != SKS_OK) {
		buf_reset(&c->out);
		return false;
	}
	ahead_answered(s, c->ahead, clock_monotonic_us() - arrived_us);
	c->ahead = NULL;
	return true;
}

void
stay_asked(struct server *s, struct connection *c, const struct job *job)
{
	ahead_overtaken(s, c->ahead, job);
	c->ahead = NULL;
}

/* ---- none came --------------------------------------------------------------------------- */

/*
 * Nothing more is heard: whoever still sends gets EPIPE, and asks anew over another connection. What was
 * sent before is in line: has the peer made use of what was decided ahead?
 */
static bool
is_taken_at_last(struct connection *c)
{
	struct frame frame;
	ssize_t n;

	(void)shutdown(c->fd, SHUT_RD);
	n = recv(c->fd, c->header + c->header_len, sizeof(c->header) - c->header_len, MSG_DONTWAIT);
	return n > 0 && (size_t)n == sizeof(c->header) - c->header_len &&
	       frame_decode_header(c->header, &frame) == SKS_OK && frame.type == MSG_TAKEN;
}

void
stay_drop(struct server *s, struct connection *c, bool is_news)
{
	struct ahead *a = c->ahead;

	c->ahead = NULL;
	if (!ahead_is_decided(a))
		ahead_unasked(s, a);
	else if (is_taken_at_last(c))
		ahead_taken(s, a);
	else if (is_news)
		ahead_outdated(s, a);
	else
		ahead_unasked(s, a);
}

void
stay_overtake(struct server *s)
{
	struct connection *next;

	if (!ahead_is_news(s))
		return;
	for (struct connection *c = s->connections; c != NULL; c = next) {
		next = c->next;
		if (ahead_is_decided(c->ahead)) {
			stay_drop(s, c, true);
			connection_end(s, c);
		}
	}
}

void
stay_expect_none(struct server *s)
{
	for (struct connection *c = s->connections; c != NULL; c = c->next)
		stay_drop(s, c, false);
}
