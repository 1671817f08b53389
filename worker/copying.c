#include "error.h"
#include "log.h"
#include "version.h"
#include "worker.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { FULL_WAIT_MS = 20 };

static int
copying_answer(struct copying *c, int error)
{
	static struct command_reply reply;
	uint32_t id = c->id;

	reply = (struct command_reply){.status = STATUS_DONE, .record = c->size};
	(void)snprintf(reply.text, sizeof(reply.text), "%s", c->head);
	if (error != SKS_OK) {
		log_error("copying the store: %s", error_text(error));
		reply.status = STATUS_REFUSED;
		(void)snprintf(reply.text, sizeof(reply.text), "%s", error_text(error));
	}
	copying_end(c);
	return helper_answer(
	    HELPER_FD, id, WORKER_BACKUP, &command_reply_fields, &reply, NULL, 0);
}

int
copying_begin(struct copying *c, const char *dir, struct helper_message *m)
{
	static struct command command;
	int r;

	if (m->more || m->payload.len != 0 || c->source != NULL ||
	    fields_decode(&command_fields, &m->fields, &command) != SKS_OK ||
	    command.number == 0 || command.number > UINT32_MAX)
		return SKS_PROTOCOL;
	c->id = m->id;
	r = backup_source_open(
	    dir, HELPER_SHARED_FD, (uint32_t)command.number, SEKISHO_VERSION, &c->source);
	if (r != SKS_OK)
		return copying_answer(c, r);
	backup_source_about(c->source, &c->size, c->head, sizeof(c->head));
	return SKS_OK;
}

int
copying_wait_ms(const struct copying *c)
{
	if (c->source == NULL)
		return -1;
	return c->full ? FULL_WAIT_MS : 0;
}

int
copying_step(struct copying *c)
{
	struct pollfd p = {.fd = HELPER_SHARED_FD, .events = POLLOUT};
	int r;

	if (c->source == NULL)
		return SKS_OK;
	/* a moment for whoever asks us, then one for the warden */
	if (c->full)
		(void)poll(&p, 1, FULL_WAIT_MS);
	r = backup_source_step(c->source);
	c->full = r == 2;
	return r > 0 ? SKS_OK : copying_answer(c, r);
}

void
copying_end(struct copying *c)
{
	backup_source_free(c->source);
	*c = (struct copying){.source = NULL};
}
