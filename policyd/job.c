/*
 * Jobs: who may send what and how much, what a complete request becomes, and its end.
 */
#include "ahead.h"
#include "error.h"
#include "loop.h"
#include <stdlib.h>

/* ---- who may send what, and how much ----------------------------------------------------- */

#define JOB_MEMBER(member) offsetof(struct job, member)
/* What anybody may send beside a command: a self-check sheet. */
enum { USER_PAYLOAD_MAX = 32 * 1024 };

static const struct job_kind job_kinds[] = {
    {MSG_PAM, true, true, PAM_FIELDS_MAX, 0, 0, &pam_request_fields, &pam_reply_fields,
	JOB_MEMBER(pam), JOB_MEMBER(pam_reply), pam_prepare, pam_run, pam_fail},
    {MSG_COMMAND, false, true, COMMAND_FIELDS_MAX, POLICY_BUNDLE_MAX, USER_PAYLOAD_MAX, &command_fields,
	&command_reply_fields, JOB_MEMBER(command), JOB_MEMBER(command_reply), command_prepare,
	command_run, command_fail},
    {MSG_SUDO, true, false, PAM_FIELDS_MAX, 0, 0, &sudo_request_fields, &sudo_reply_fields,
	JOB_MEMBER(sudo), JOB_MEMBER(sudo_reply), sudo_prepare, sudo_run, sudo_fail},
    /* never becomes a job, see stay_taken() */
    {MSG_TAKEN, true, false, 0, 0, 0, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

static const struct job_kind *
job_kind_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(job_kinds) / sizeof(job_kinds[0]); i++)
		if (job_kinds[i].type == type)
			return &job_kinds[i];
	return NULL;
}

/* ---- life and death ---------------------------------------------------------------------- */

int
job_check_header(struct server *s, struct connection *c)
{
	const struct job_kind *kind;
	uint32_t payload_max;

	if (frame_decode_header(c->header, &c->frame) != SKS_OK ||
	    (kind = job_kind_of(c->frame.type)) == NULL) {
		loop_refused(s, REFUSED_MALFORMED);
		return SKS_INVALID;
	}
	if (!(c->from_root_socket ? kind->pam_socket : kind->user_socket)) {
		loop_refused(s, REFUSED_UNPERMITTED);
		return SKS_DENIED;
	}
	payload_max = c->uid == 0 ? kind->payload_max_root : kind->payload_max_user;
	if (c->frame.fields_len > kind->fields_max || c->frame.payload_len > payload_max) {
		loop_refused(s, REFUSED_OVERSIZE);
		return SKS_TOO_BIG;
	}
	return SKS_OK;
}

struct job *
job_new(struct server *s, struct connection *c)
{
	const struct job_kind *kind = job_kind_of(c->frame.type);
	struct job *job = calloc(1, sizeof(*job));
	struct buf fields;

	if (job == NULL)
		return NULL;
	job->peer.pidfd = -1;
	job->connection = c;
	job->server = s;
	job->kind = kind;
	job->from_root_socket = c->from_root_socket;
	job->arrived_us = clock_monotonic_us();
	job->arrived_ms = job->arrived_us / 1000;
	job->password_status = 1;
	buf_init(&job->payload, POLICY_BUNDLE_MAX);
	buf_init(&job->reply_payload, PAYLOAD_MAX);
	buf_init_read(&fields, c->in.data, c->frame.fields_len);
	if (fields_decode(kind->fields, &fields, (char *)job + kind->request) != SKS_OK) {
		job_free(job);
		return NULL;
	}
	if (c->frame.payload_len > 0)
		buf_put_bytes(
		    &job->payload, c->in.data + c->frame.fields_len, c->frame.payload_len);
	return job;
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	peer_clear(&job->peer);
	fields_clear(&pam_request_fields, &job->pam);
	fields_clear(&command_fields, &job->command);
	fields_clear(&sudo_request_fields, &job->sudo); /* arguments may hold secrets */
	buf_clear(&job->payload);
	buf_clear(&job->reply_payload);
	policy_free(job->new_policy);
	ahead_unasked(job->server, job->ahead);
	free(job);
}
