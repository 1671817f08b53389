#include "log.h"
#include "clock.h"
#include "command/audit_review.h"
#include "error.h"
#include "helper.h"
#include "i18n.h"
#include "worker.h"
#include <stdio.h>
#include <string.h>

enum {
	LIMIT_MAX = 500,
	ENTRY_HEAD = 12, /* u64 seq, u32 len */
};

static void
log_fail(struct command_reply *reply, struct buf *payload, uint32_t status, const char *text)
{
	buf_reset(payload);
	*reply = (struct command_reply){.status = status};
	snprintf(reply->text, sizeof(reply->text), "%s", text);
}

static void
log_fail_error(struct store *s, struct command_reply *reply, struct buf *payload, int error)
{
	log_error("reading the log: %s: %s", error_text(error), store_error(s));
	if (error == SKS_CORRUPT)
		log_fail(reply, payload, STATUS_TAMPERED,
		    N_("A record does not fit its own header: it was changed or is damaged. "
		       "The system log says more."));
	else
		log_fail(reply, payload, STATUS_UNREADABLE,
		    N_("The log could not be read. The system log says why."));
}

/* False when it does not fit any more: then it begins the next page. */
static bool
log_put(struct buf *payload, const struct log_row *row)
{
	size_t len = row->body != NULL ? row->body_len : 0;

	if (len > payload->max - payload->len || ENTRY_HEAD > payload->max - payload->len - len)
		return false;
	buf_put_u64(payload, row->seq);
	buf_put_u32(payload, (uint32_t)len);
	buf_put_bytes(payload, row->body, len);
	return true;
}

/* A page is followed by another one when a row is left, so one more than its limit is read. */
static int
log_read_page(
    struct log_cursor *cursor, uint32_t limit, struct command_reply *reply, struct buf *payload)
{
	struct log_row row;
	uint64_t last = 0;
	int r;

	for (uint32_t count = 0; (r = store_log_step(cursor, &row)) > 0; count++) {
		if (count == limit || !log_put(payload, &row)) {
			reply->next = last;
			return SKS_OK;
		}
		last = row.seq;
	}
	return r < 0 ? r : buf_error(payload);
}

void
log_read(
    struct store *s, const struct command *c, struct command_reply *reply, struct buf *payload)
{
	const struct log_filter filter = {.user = c->user,
	    .source = c->source,
	    .event = c->event,
	    .outcome = c->outcome,
	    .reason = c->reason,
	    .since_wall_ms = c->since_ms,
	    .until_wall_ms = c->until_ms,
	    .newest_first = c->newest_first};
	uint32_t limit = c->limit == 0 || c->limit > LIMIT_MAX ? LIMIT_MAX : c->limit;
	struct log_cursor *cursor = NULL;
	int r;

	buf_reset(payload);
	*reply = (struct command_reply){.status = STATUS_DONE};
	r = store_log_open(s, &filter, c->number, &cursor);
	if (r == SKS_INVALID || r == SKS_TOO_BIG) {
		log_fail(reply, payload, STATUS_USAGE,
		    N_("There is no such event, outcome, source or reason. "
		       "See `sekisho log --help`."));
		return;
	}
	if (r == SKS_OK)
		r = log_read_page(cursor, limit, reply, payload);
	store_log_close(cursor);
	if (r != SKS_OK)
		log_fail_error(s, reply, payload, r);
}

void
log_read_review(
    struct store *s, const struct command *c, struct command_reply *reply, struct buf *payload)
{
	static struct review_page page;
	int r = review_read(s, c->until_ms, clock_now().wall_ms, c->number,
	    c->verb == VERB_REVIEW ? REVIEW_PAGE : 0, &page);

	buf_reset(payload);
	*reply = (struct command_reply){.status = STATUS_DONE};
	if (r == SKS_OK) {
		review_put(payload, &page);
		r = buf_error(payload);
	}
	if (r != SKS_OK)
		log_fail_error(s, reply, payload, r);
}
